"""Stays with an emergency until the workers have it in hand: an alarm must not depend on a broker or a worker being there.

The process that heard of the danger asks a worker to tell people, then looks every few seconds whether that is being
done. What is overdue it does itself. Nothing depends on this thread either: the sweep finds what is due.
"""

import os
import threading
from datetime import timedelta

import structlog
from django.db import connection
from django.utils import timezone

from telephony import tasks
from telephony.models import Emergency
from telephony.twilio import alarms

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0
OVERDUE = timedelta(seconds=4)


class Watch:
    """One daemon thread a process, alive while it watches over something."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._new: list[int] = []
        self._watched: set[int] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def over(self, emergency_id: int) -> None:
        """Have people told of an emergency, from now on; returns at once."""
        if self._pid != os.getpid():  # a forked worker has the parent's emergencies and none of its threads
            self._reset()
        with self._changed:
            self._new.append(emergency_id)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="alarm-watch", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to watch over; say whether that came to be."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout=seconds)

    def stop(self, seconds: float) -> bool:
        """Watch over nothing any more, and wait until what is being done is; say whether that came to be."""
        with self._changed:
            self._new.clear()
            self._watched.clear()
            self._changed.notify_all()
        return self.wait(seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._new) or not self._watched, timeout=LOOK_SECONDS)
                new, self._new = self._new, []
                watched = self._watched.difference(new)
                self._watched.update(new)
                if not self._watched:
                    self._thread = None
                    self._changed.notify_all()
                    return
            for emergency_id in new:
                _start(emergency_id)
            over = _look(watched)
            connection.close()
            with self._changed:
                self._watched -= over


def _start(emergency_id: int) -> None:
    try:
        tasks.alarm_tell.apply_async((emergency_id,), retry=False, expires=30)
    except Exception as error:  # whatever is wrong with the broker, people are told
        log.warning("alarm_without_broker", emergency=emergency_id, kind=type(error).__name__)
        _tell(emergency_id)


def _look(watched: set[int]) -> set[int]:
    """Do what is overdue; return those with which nothing will be left to do."""
    if not watched:
        return set()
    now = timezone.now()
    try:
        open_ = Emergency.objects.filter(pk__in=watched, acknowledged_at=None, gave_up_at=None)
        over = watched.difference(open_.values_list("pk", flat=True))
        overdue = [each for each in alarms.due(now - OVERDUE) if each in watched and each not in over]
    except Exception as error:  # a database that is away: looked at again
        log.warning("alarms_not_watched", emergencies=len(watched), kind=type(error).__name__)
        return set()
    for emergency_id in overdue:
        _tell(emergency_id)
    return over


def _tell(emergency_id: int) -> None:
    try:
        alarms.tell(emergency_id, now=timezone.now())
    except Exception:  # the boundary: this thread has other emergencies to watch over, and looks at this one again
        log.exception("alarm_not_told", emergency=emergency_id)


watch = Watch()
