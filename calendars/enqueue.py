"""Hands a connection's number to the workers. Best effort and quick: what is lost here the sweeps find in the database."""

import time

import structlog
from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError

log = structlog.get_logger(__name__)

SECONDS = 1.0
_PAUSE_SECONDS = 5.0
_bulkhead = Bulkhead(8)
_silent_until = 0.0


def push(connection_id: int) -> None:
    """Ask for a calendar to be written. Never raises."""
    _send("calendars.tasks.push_calendar", connection_id)


def pull(connection_id: int) -> None:
    """Ask for a calendar to be read. Never raises."""
    _send("calendars.tasks.pull_calendar", connection_id)


def _send(task: str, connection_id: int) -> None:
    global _silent_until
    if time.monotonic() < _silent_until:
        return
    try:
        _bulkhead.call(lambda: current_app.send_task(task, [connection_id], retry=False), seconds=SECONDS)
    except (OperationalError, RedisError, OSError, BulkheadFullError, DeadlineExceededError) as error:
        # One caller in five seconds waits for a broker that is away; the others leave it to the sweep.
        _silent_until = time.monotonic() + _PAUSE_SECONDS
        log.warning("enqueue_failed", task=task, reason=type(error).__name__)
