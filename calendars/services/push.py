"""Makes calendars equal to the visits, one writer per calendar, until nothing is behind. Owns when to try again.

Level-triggered: what to do is read from the rows each time, so a run that comes twice, late or never changes nothing
but the time. A run is one turn: some events of one calendar, then the next one's turn comes, so that who has much to write
does not keep others from their little.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q

from bookings.models import Concern, Visit
from bookings.services import concerns
from calendars import enqueue, leases
from calendars.google import client, quota
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Slow, Urgency
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection, EventMirror
from calendars.services import standing, tokens, work, writer
from calendars.services.work import Item
from calendars.services.writer import Writer
from wire import backoff

log = structlog.get_logger(__name__)

EVENTS_A_TURN, TURN_SECONDS = 20, 10.0
_WAITED_SECONDS = 2.0  # for quota, in one turn: somebody else may need the worker
_MOST_WAIT_SECONDS = 30.0


@dataclass(slots=True)
class _Turn:
    """How much one run may still do. `ended`: not by want of work, but so that others come to theirs."""

    urgency: Urgency
    written: int = 0
    ended: bool = False
    began: float = field(default_factory=time.monotonic)

    def is_over(self, waited: float) -> bool:
        self.ended = self.written >= EVENTS_A_TURN or time.monotonic() - self.began > TURN_SECONDS or waited > _WAITED_SECONDS
        return self.ended


def sweep(*, now: datetime) -> None:
    """Enqueue calendars with work that nobody is doing, as many as could be written to until the next sweep."""
    for connection_id in work.idle_connections(now=now, most=quota.requests_in(enqueue.PUSH_SWEEP_SECONDS)):
        enqueue.push(connection_id)


def drain_technician(technician_id: int, *, clock: Callable[[], datetime]) -> None:
    """Write what is behind in a technician's calendar, if they have one connected: something was arranged a moment ago.

    Those whose turn it is come before: they may stand behind a hundred such hints of a shop that has had its share.
    """
    for connection_id in work.idle_connections(now=clock(), most=2):
        drain(connection_id, clock=clock, urgency=Urgency.NOW)
    connected = CalendarConnection.objects.filter(technician=technician_id, state=CalendarConnection.State.CONNECTED)
    for connection_id in connected.values_list("pk", flat=True):
        drain(connection_id, clock=clock, urgency=Urgency.NOW)


def drain(connection_id: int, *, clock: Callable[[], datetime], urgency: Urgency = Urgency.BACKLOG) -> None:
    """Write what is behind in one calendar, for one turn, unless somebody else is writing to it.

    Looks once more after the lease is given back: who came meanwhile and found it taken has gone away again.
    """
    turn = _Turn(urgency)
    while not turn.ended and work.of_connection(connection_id, now=clock()):
        lease = leases.take(connection_id, "push", state=CalendarConnection.State.CONNECTED)
        if lease is None:
            return
        try:
            _drain(connection_id, lease, turn, clock=clock)
        except LeaseLostError:
            log.warning("push_lease_lost", connection=connection_id)
            return
        finally:
            lease.release()
    if turn.ended and turn.written:
        enqueue.push(connection_id)


def _drain(connection_id: int, lease: Lease, turn: _Turn, *, clock: Callable[[], datetime]) -> None:
    connection = CalendarConnection.objects.select_related("technician").defer(*CalendarConnection.SECRETS).get(pk=connection_id)
    credentials = tokens.StoredCredentials(connection_id, clock=clock)
    purse = Purse(connection.shop_id, connection_id, turn.urgency)
    with client.Calendar(connection.calendar_id, credentials, label=connection_id, before=lease.keep, purse=purse) as google:
        pen = Writer(connection, google, lease, clock)
        while items := work.of_connection(connection_id, now=clock()):
            for item in items:
                lease.keep()
                if turn.is_over(google.waited):
                    _wait_until(connection_id, clock())
                    return
                if not _write(pen, item):
                    return
                turn.written += 1


def _write(pen: Writer, item: Item) -> bool:
    """Write one event; return whether to go on with the calendar's others."""
    visit = writer.load(item.visit)
    with structlog.contextvars.bound_contextvars(call=visit.booking.origin):
        mirror = pen.mirror(visit, item.mirror)
        try:
            pen.settle(visit, mirror)
        except Slow as slow:
            # Google was not asked: nothing is held against the event.
            _wait_until(pen.connection.pk, pen.clock() + timedelta(seconds=slow.retry_after or 0))
            return False
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
        told = timedelta(seconds=error.retry_after or 0)
        CalendarConnection.objects.filter(pk=pen.connection.pk).update(
            push_failures=failures, push_not_before=now + max(told, backoff.delay(failures, most_seconds=_MOST_WAIT_SECONDS))
        )
        _later(pen, str(error), least=told)
    return False


def _later(pen: Writer, reason: str, *, least: timedelta = timedelta()) -> None:
    attempts = min(pen.at.attempts + 1, 1000)
    EventMirror.objects.filter(pk=pen.at.pk).update(
        attempts=attempts,
        next_attempt_at=pen.clock() + max(least, backoff.delay(attempts, most_seconds=_MOST_WAIT_SECONDS)),
        last_error=reason[:200],
    )


def _wait_until(connection_id: int, moment: datetime) -> None:
    """Let a calendar's next turn come no sooner, and after those who have waited longer; a longer wait stands."""
    earlier = Q(push_not_before=None) | Q(push_not_before__lt=moment)
    CalendarConnection.objects.filter(earlier, pk=connection_id).update(push_not_before=moment)
