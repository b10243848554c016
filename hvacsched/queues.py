"""Which queue a task stands in, what is done again and again, and how Celery speaks with its broker."""

TRANSPORT = {
    # Longer than the longest task and countdown. By default a dead worker's task is looked for every
    # 10 s x 10 rounds only; these two bring it back at most 2 s after the visibility timeout.
    "visibility_timeout": 120,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    # Whoever publishes gives up after one more try at once; by default it would try for six seconds, inside a webhook.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 1,
    "socket_timeout": 10,
    "socket_keepalive": True,
    "health_check_interval": 10,
}

ROUTES = {
    "calendars.tasks.push_technician": {"queue": "calendar-writes"},  # somebody arranged something a moment ago
    "calendars.tasks.push_calendar": {"queue": "calendar-backlog"},  # which it does not stand behind
    "calendars.tasks.sweep_*": {"queue": "calendar-writes"},
    "calendars.tasks.follow_*": {"queue": "calendar-writes"},
    "calendars.tasks.renew_*": {"queue": "calendar-writes"},
    "calendars.tasks.clear_*": {"queue": "calendar-backlog"},
    "calendars.tasks.pull_*": {"queue": "calendar-reads"},
    "calendars.tasks.channel_*": {"queue": "calendar-reads"},
    "telephony.tasks.alarm_*": {"queue": "alarms"},  # before the rest: an alarm stands behind no pile of texts
    "telephony.tasks.*": {"queue": "messages"},
    "desk.tasks.*": {"queue": "messages"},
}


def beat(pull_seconds: int) -> dict[str, dict[str, object]]:
    """Return the sweeps; calendars that are not told of changes are read every so many seconds."""
    return {
        "calendar-writes": _every(5.0, "calendars.tasks.sweep_writes"),
        "calendar-reads": _every(float(min(pull_seconds, 10)), "calendars.tasks.pull_due"),
        "calendar-moves": _every(30.0, "calendars.tasks.follow_moves"),
        "calendar-words": _every(30.0, "calendars.tasks.renew_events"),
        "calendar-channels": _every(60.0, "calendars.tasks.channel_sweep"),
        "alarms": _every(5.0, "telephony.tasks.alarm_sweep"),
        "safety-words": _every(5.0, "telephony.tasks.alarm_say_sweep"),
        "messages": _every(10.0, "telephony.tasks.sweep_messages"),
        "holds": _every(15.0, "bookings.tasks.lapse_holds"),
        "overbooked": _every(15.0, "bookings.tasks.settle_overbooked"),
        "line-tests": _every(15.0, "telephony.tasks.sweep_line_tests"),
        "told": _every(30.0, "telephony.tasks.sweep_told"),
        "old-calls": _every(60.0, "telephony.tasks.sweep_calls"),
        "lost-calls": _every(60.0, "telephony.tasks.reconcile_calls"),
        "old-rows": _every(3600.0, "bookings.tasks.sweep_old"),
        "old-notes": _every(3600.0, "desk.tasks.sweep_notes"),
        "old-answers": _every(3600.0, "telephony.tasks.sweep_answers"),
    }


def _every(seconds: float, task: str) -> dict[str, object]:
    """A sweep. It expires before its next turn, so that a stopped worker does not come back to a pile of them, and has a queue
    of its own: what looks for work that was lost may not stand behind the work."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds, "queue": "sweeps"}}
