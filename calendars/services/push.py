"""Makes calendars equal to the visits, one writer per calendar, until nothing is behind. Owns when to try again.

Level-triggered: what to do is read from the rows each time, so a run that comes twice, late or never changes nothing
but the time.
"""

import time
from collections.abc import Callable
from datetime import datetime

import structlog
from celery.exceptions import SoftTimeLimitExceeded

from bookings.models import Concern, Visit
from bookings.services import concerns
from calendars import enqueue, leases
from calendars.google import client
from calendars.google.errors import GoogleError, Verdict
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection, EventMirror
from calendars.services import standing, tokens, work, writer
from calendars.services.work import Item
from calendars.services.writer import Writer
from wire import backoff

log = structlog.get_logger(__name__)

RUN_SECONDS = 40  # well inside a task's time limit; the sweep goes on where a run stops
_MOST_WAIT_SECONDS = 30.0


def sweep(*, now: datetime) -> None:
    """Enqueue every calendar with work that nobody is doing."""
    for connection_id in work.idle_connections(now=now):
        enqueue.push(connection_id)


def drain_technician(technician_id: int, *, clock: Callable[[], datetime]) -> None:
    """Write what is behind in a technician's calendar, if they have one connected."""
    connected = CalendarConnection.objects.filter(technician=technician_id, state=CalendarConnection.State.CONNECTED)
    for connection_id in connected.values_list("pk", flat=True):
        drain(connection_id, clock=clock)


def drain(connection_id: int, *, clock: Callable[[], datetime]) -> None:
    """Write what is behind in one calendar, unless somebody else is writing to it.

    Looks once more after the lease is given back: who came meanwhile and found it taken has gone away again.
    """
    stop_at = time.monotonic() + RUN_SECONDS
    while time.monotonic() < stop_at and work.of_connection(connection_id, now=clock()):
        lease = leases.take(connection_id, "push", state=CalendarConnection.State.CONNECTED)
        if lease is None:
            return
        try:
            _drain(connection_id, lease, clock=clock, stop_at=stop_at)
        except LeaseLostError:
            log.warning("push_lease_lost", connection=connection_id)
            return
        finally:
            lease.release()


def _drain(connection_id: int, lease: Lease, *, clock: Callable[[], datetime], stop_at: float) -> None:
    connection = CalendarConnection.objects.select_related("technician").defer(*CalendarConnection.SECRETS).get(pk=connection_id)
    credentials = tokens.StoredCredentials(connection_id, clock=clock)
    with client.Calendar(connection.calendar_id, credentials, label=connection_id, before=lease.keep) as google:
        pen = Writer(connection, google, lease, clock)
        while items := work.of_connection(connection_id, now=clock()):
            for item in items:
                lease.keep()
                if time.monotonic() > stop_at or not _write(pen, item):
                    return


def _write(pen: Writer, item: Item) -> bool:
    """Write one event; return whether to go on with the calendar's others."""
    visit = writer.load(item.visit)
    with structlog.contextvars.bound_contextvars(call=visit.booking.origin):
        mirror = pen.mirror(visit, item.mirror)
        try:
            pen.settle(visit, mirror)
        except GoogleError as error:
            return _failed(pen, visit, error)
        except (LeaseLostError, SoftTimeLimitExceeded):
            raise
        except Exception as error:
            # One event that we cannot handle must not keep the calendar's others back.
            log.exception("push_failed", connection=pen.connection.pk)
            _later(pen, f"our mistake: {type(error).__name__}")
            return True
    if pen.connection.push_failures:
        pen.connection.push_failures = 0
        CalendarConnection.objects.filter(pk=pen.connection.pk).update(push_failures=0, push_not_before=None)
    return True


def _failed(pen: Writer, visit: Visit, error: GoogleError) -> bool:
    now = pen.clock()
    if error.verdict is Verdict.BLOCKED:
        EventMirror.objects.filter(pk=pen.at.pk).update(
            blocked_reason=str(error)[:200], blocked_version=visit.version, last_error=str(error)[:200]
        )
        concerns.raise_once(
            Concern.Kind.CALENDAR_REFUSED,
            f"visit:{visit.pk}",
            f"Google refuses to take visit {visit.booking.reference} ({error}). Tell {pen.connection.technician.name}; "
            "it is tried again when the booking changes.",
            shop_id=visit.shop_id,
            now=now,
            booking=visit.booking,
            visit=visit,
            technician=pen.connection.technician,
        )
        return True
    if not standing.lost(pen.connection, error, now=now):
        # Google is away or asks us to slow down: the whole calendar waits, not only this event.
        failures = min(pen.connection.push_failures + 1, 1000)
        CalendarConnection.objects.filter(pk=pen.connection.pk).update(
            push_failures=failures, push_not_before=now + backoff.delay(failures, most_seconds=_MOST_WAIT_SECONDS)
        )
        _later(pen, str(error))
    return False


def _later(pen: Writer, reason: str) -> None:
    attempts = min(pen.at.attempts + 1, 1000)
    EventMirror.objects.filter(pk=pen.at.pk).update(
        attempts=attempts,
        next_attempt_at=pen.clock() + backoff.delay(attempts, most_seconds=_MOST_WAIT_SECONDS),
        last_error=reason[:200],
    )
