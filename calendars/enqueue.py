"""Hands numbers of connections, calendars and technicians to the workers. Best effort: what is lost here
the sweeps find in the database.
"""

from celery import current_app

from wire.later import later

PUSH_SWEEP_SECONDS = 5.0


def push(connection_id: int) -> None:
    """Ask for a calendar to be written in its turn. Waits for nobody and never raises.

    If no worker comes to it before the next sweep, the sweep decides anew whose turn it is.
    """
    _send("calendars.tasks.push_calendar", connection_id, expires=PUSH_SWEEP_SECONDS)


def push_technician(technician_id: int) -> None:
    """Ask for a technician's calendar to be written, if they have one. Waits for nobody and never raises."""
    _send("calendars.tasks.push_technician", technician_id)


def clear(connection_id: int) -> None:
    """Ask for visits to be taken out of calendars that receive none any more. Waits for nobody and never raises."""
    _send("calendars.tasks.clear_calendars", connection_id)


def pull(calendar_id: int) -> None:
    """Ask for one calendar to be read. Waits for nobody and never raises."""
    _send("calendars.tasks.pull_calendar", calendar_id)


def pull_connection(connection_id: int) -> None:
    """Ask for all calendars of a connection to be read. Waits for nobody and never raises."""
    _send("calendars.tasks.pull_connection", connection_id)


def pull_after_booking(technician_id: int) -> None:
    """Ask for a technician's calendars to be read where the picture of them is old. Waits for nobody and never raises."""
    _send("calendars.tasks.pull_after_booking", technician_id)


def open_channel(channel_id: int) -> None:
    """Ask for Google to be asked to tell of changes. Waits for nobody and never raises."""
    _send("calendars.tasks.channel_open", channel_id)


def stop_channel(channel_id: int) -> None:
    """Ask for Google to be asked to tell no more. Waits for nobody and never raises."""
    _send("calendars.tasks.channel_stop", channel_id)


def pull_due() -> None:
    """Ask for whatever calendar is due to be read. Waits for nobody and never raises."""
    later.soon("pull_due", lambda: current_app.send_task("calendars.tasks.pull_due", retry=False, expires=30))


def _send(task: str, number: int, *, expires: float | None = None) -> None:
    later.soon((task, number), lambda: current_app.send_task(task, [number], retry=False, expires=expires))
