"""Takes visits out of calendars that receive none any more, and ends connections that are given up.

Work is derived from the rows: a connection with `clearing_since` has mirrors that are to be absent, or is being left. Taking out
holds the calendar's write lease, so nothing is written beside it. A permission is given back last, when nothing needs it.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import F, Q, QuerySet

from bookings.models import BusyBlock, CalendarFreshness, Concern, Technician
from bookings.services import concerns
from calendars import enqueue, leases
from calendars.google import client, oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Slow, Urgency
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection, EventMirror
from calendars.services import channels, reading, standing, tokens
from wire import backoff
from wire.fields import UndecipherableError

log = structlog.get_logger(__name__)
Kind, State = CalendarConnection.Kind, CalendarConnection.State
Wanted, Confirmed = EventMirror.Wanted, EventMirror.Confirmed

TURN_SECONDS = 10  # then others come to theirs, and the sweep goes on with it
_MOST_WAIT_SECONDS = 60.0
# While Google does not answer, it is told again that the permission is given back.
_TELL_EVERY, _TELL_FOR = timedelta(seconds=30), timedelta(hours=1)
# A writer that lost its lease may have one insert on its way still: an event nobody confirmed is deleted only after that.
_IN_FLIGHT = timedelta(seconds=client.TIMEOUT_SECONDS + 5)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the taking out is: `left` to be tried, `refused` by Google for good."""

    total: int
    left: int
    refused: int

    @property
    def done(self) -> int:
        return max(self.total - self.left - self.refused, 0)


def locked(technician: Technician) -> CalendarConnection | None:
    """Lock a technician's connection, without reading its secrets."""
    return (
        CalendarConnection.objects.select_for_update(no_key=True)
        .defer(*CalendarConnection.SECRETS)
        .filter(technician=technician)
        .first()
    )


def stored_refresh_token(row: CalendarConnection) -> str:
    try:
        return str(row.refresh_token)
    except UndecipherableError:
        return ""


def disconnect(connection: CalendarConnection, *, remove_visits: bool, by: str, now: datetime) -> None:
    """Stop using a calendar. Visits from now on are taken out first if asked for; then the permission is given back.

    Nothing is asked of Google here: the rest is `clear`'s.
    """
    with transaction.atomic():
        row = locked(connection.technician)
        if row is None or row.state in (State.DISCONNECTED, State.LEAVING):
            return
        marked = _mark(row, _all_of(row), now=now) if remove_visits else 0
        # The write lease is left to its holder, who finds nothing more to write and gives it back.
        CalendarConnection.objects.filter(pk=row.pk).update(
            state=State.LEAVING,
            state_text=f"Disconnected by {by}"[:200],
            clearing_since=now,
            clearing_total=marked,
            push_not_before=None,
            updated_at=now,
        )
        reading.end(row)
        CalendarFreshness.objects.filter(technician=row.technician_id).delete()
        BusyBlock.objects.filter(technician=row.technician_id).delete()
        concerns.close(Concern.Kind.CALENDAR_BROKEN, standing.key(row), shop_id=row.shop_id, now=now)
        Concern.objects.filter(
            kind=Concern.Kind.BUSY_OVER_VISIT, technician=row.technician_id, status=Concern.Status.OPEN
        ).update(status=Concern.Status.DONE, closed_at=now)
        transaction.on_commit(lambda: enqueue.clear(row.pk), robust=True)


def keep_visits(connection: CalendarConnection) -> None:
    """Whoever does not want to wait leaves the rest of the visits where they are."""
    _to_clear(connection).update(wanted=Wanted.PRESENT)
    enqueue.clear(connection.pk)


def begin_clearing(row: CalendarConnection, *, now: datetime) -> None:
    """Another calendar receives the visits from now on: those to come are taken out of the others. In a transaction."""
    marked = _mark(row, _elsewhere(row), now=now)
    CalendarConnection.objects.filter(pk=row.pk).update(clearing_since=now, clearing_total=marked)
    transaction.on_commit(lambda: enqueue.clear(row.pk), robust=True)


def progress(connection: CalendarConnection) -> Progress:
    waiting = _to_clear(connection)
    refused = waiting.filter(blocked_reason__gt="").count()
    return Progress(connection.clearing_total, waiting.count() - refused, refused)


def sweep(*, now: datetime) -> None:
    """Enqueue every connection where something is to be taken out, and nobody is at it."""
    due = CalendarConnection.objects.filter(
        Q(clearing_since__isnull=False) | Q(probe_event_id__gt=""), state__in=(State.CONNECTED, State.LEAVING)
    ).filter(Q(push_not_before=None) | Q(push_not_before__lte=now))
    for connection_id in due.values_list("pk", flat=True):
        enqueue.clear(connection_id)


def clear(connection_id: int, *, clock: Callable[[], datetime]) -> None:
    """Take out what is marked; end the connection if it is being left and nothing is left to do."""
    lease = leases.take(connection_id, "push", state__in=(State.CONNECTED, State.LEAVING))
    if lease is None:
        return
    try:
        _clear(connection_id, lease, clock=clock)
    except LeaseLostError:
        log.warning("clearing_lease_lost", connection=connection_id)
    finally:
        lease.release()


def _clear(connection_id: int, lease: Lease, *, clock: Callable[[], datetime]) -> None:
    connection = CalendarConnection.objects.select_related("technician").defer(*CalendarConnection.SECRETS).get(pk=connection_id)
    credentials = tokens.StoredCredentials(connection_id, clock=clock)
    if connection.clearing_since is not None and connection.state == State.CONNECTED:
        # What a writer began in the calendar of before, while that was changed.
        _mark(connection, _elsewhere(connection), now=clock())
    stop_at = time.monotonic() + TURN_SECONDS
    if connection.probe_event_id and not _without_probe(connection, credentials, lease):
        return
    purse = Purse(connection.shop_id, connection_id, Urgency.BACKLOG)
    due = _due(connection, now=clock())
    for calendar_id in sorted(set(due.values_list("calendar_id", flat=True))):
        with client.Calendar(calendar_id, credentials, label=connection_id, before=lease.keep, purse=purse) as google:
            for mirror in due.filter(calendar_id=calendar_id).order_by("attempts", "pk"):
                if time.monotonic() > stop_at or not _take_out(connection, google, mirror, lease, now=clock()):
                    break
    if _to_clear(connection).filter(blocked_reason="").exists():
        return
    if connection.state == State.LEAVING:
        _end(connection, credentials, lease, now=clock())
    else:
        CalendarConnection.objects.filter(pk=connection_id, push_lease=lease.name).update(clearing_since=None)


def _take_out(
    connection: CalendarConnection, google: client.Calendar, mirror: EventMirror, lease: Lease, *, now: datetime
) -> bool:
    """Delete one event; return whether to go on with the calendar's others."""
    lease.keep()
    rows = EventMirror.objects.filter(pk=mirror.pk, connection__push_lease=lease.name)
    try:
        google.delete(mirror.event_id)
    except GoogleError as error:
        if error.verdict is Verdict.RETRY:
            told = timedelta(seconds=error.retry_after or 0)
            if isinstance(error, Slow):  # Google was not asked: nothing is held against the event
                rows.update(next_attempt_at=now + told)
                return False
            attempts = min(mirror.attempts + 1, 1000)
            wait = max(told, backoff.delay(attempts, most_seconds=_MOST_WAIT_SECONDS))
            rows.update(attempts=attempts, next_attempt_at=now + wait, last_error=str(error)[:200])
            return False
        if error.verdict is Verdict.GRANT and standing.lost(connection, error, now=now):
            return False  # it goes on once it is reconnected
        if error.verdict is not Verdict.GONE:
            refused = {"blocked_reason": str(error)[:200], "last_error": str(error)[:200]}
            if error.verdict is Verdict.BLOCKED:
                rows.update(**refused)
                return True
            _to_clear(connection).filter(calendar_id=mirror.calendar_id).update(**refused)
            return False
    written = rows.update(
        confirmed=Confirmed.ABSENT, confirmed_at=now, attempts=0, next_attempt_at=None, blocked_reason="", last_error="", etag=""
    )
    if not written:
        raise LeaseLostError
    return True


def _without_probe(connection: CalendarConnection, credentials: tokens.StoredCredentials, lease: Lease) -> bool:
    """Delete what a test may have left behind; False when that has to be tried again before anything else."""
    label, purse = connection.pk, Purse(connection.shop_id, connection.pk, Urgency.BACKLOG)
    with client.Calendar(connection.probe_calendar_id, credentials, label=label, before=lease.keep, purse=purse) as google:
        try:
            remove_probe(connection, google)
        except GoogleError as error:
            return error.verdict is not Verdict.RETRY
    return True


def remove_probe(connection: CalendarConnection, google: client.Calendar) -> None:
    """Delete a test's event; forget it once it is gone, or refused to us for good. Raises GoogleError."""
    try:
        google.delete(connection.probe_event_id)
    except GoogleError as error:
        if error.verdict in (Verdict.RETRY, Verdict.GRANT):
            raise
    CalendarConnection.objects.filter(pk=connection.pk, probe_event_id=connection.probe_event_id).update(
        probe_event_id="", probe_calendar_id=""
    )


def _end(connection: CalendarConnection, credentials: tokens.StoredCredentials, lease: Lease, *, now: datetime) -> None:
    """Give the permission back and forget it. A killed process leaves the row as it was: the next one does it again."""
    row = CalendarConnection.objects.get(pk=connection.pk)
    token = stored_refresh_token(row) if row.kind == Kind.OAUTH else ""
    # Google takes an account's whole permission back, so not while another technician's calendar hangs on it.
    shared = CalendarConnection.objects.filter(google_sub=row.google_sub, google_sub__gt="").exclude(pk=row.pk)
    channels.stop_all(row, credentials=credentials)
    text = row.state_text
    if token and not shared.exclude(state=State.DISCONNECTED).exists() and not oauth.revoke(token):
        if row.clearing_since is not None and now < row.clearing_since + _TELL_FOR:
            CalendarConnection.objects.filter(pk=row.pk).update(push_not_before=now + _TELL_EVERY)
            return
        text += ". Google did not answer: remove the access in the Google account"
    if refused := _to_clear(connection).count():
        text += f". {refused} visits could not be taken out of the calendar"
    with transaction.atomic():
        ended = CalendarConnection.objects.filter(pk=row.pk, state=State.LEAVING, push_lease=lease.name).update(
            state=State.DISCONNECTED,
            state_text=text[:200],
            refresh_token="",
            access_token="",
            expires_at=None,
            token_version=F("token_version") + 1,
            clearing_since=None,
            probe_event_id="",
            probe_calendar_id="",
            updated_at=now,
        )
        if not ended:
            raise LeaseLostError
        reading.end(row)
    log.info("calendar_disconnected", connection=row.pk)


def _all_of(row: CalendarConnection) -> Q:
    return Q(connection=row)


def _elsewhere(row: CalendarConnection) -> Q:
    return Q(connection=row) & ~Q(calendar_id=row.calendar_id)


def _mark(row: CalendarConnection, which: Q, *, now: datetime) -> int:
    """Want the visits from now on absent; what is over stays as the calendar's history. Return how many are to be taken out."""
    EventMirror.objects.filter(which, wanted=Wanted.PRESENT, visit__ends_at__gt=now).exclude(confirmed=Confirmed.ABSENT).update(
        wanted=Wanted.ABSENT, attempts=0, next_attempt_at=None, blocked_reason="", last_error=""
    )
    return _waiting(which).count()


def _waiting(which: Q) -> QuerySet[EventMirror]:
    return EventMirror.objects.filter(which, wanted=Wanted.ABSENT).exclude(confirmed=Confirmed.ABSENT)


def _to_clear(connection: CalendarConnection) -> QuerySet[EventMirror]:
    """What is to be taken out by us; in the calendar that receives visits that is the writer's."""
    return _waiting(_all_of(connection) if connection.state == State.LEAVING else _elsewhere(connection))


def _due(connection: CalendarConnection, *, now: datetime) -> QuerySet[EventMirror]:
    settled = Q(confirmed=Confirmed.PRESENT)
    if connection.clearing_since is None or connection.clearing_since < now - _IN_FLIGHT or connection.state == State.LEAVING:
        settled |= Q(confirmed=Confirmed.NONE)
    return _to_clear(connection).filter(settled, Q(next_attempt_at=None) | Q(next_attempt_at__lte=now), blocked_reason="")
