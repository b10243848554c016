"""Reads calendars into busy blocks: everything at first and about once a day, else what changed since. Whatever goes wrong
changes nothing: unknown is never free.

The network comes first, every page of it; then one transaction takes the reading over and keeps the sync token with it.
"""

import zlib
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import Exists, OuterRef

from bookings.models import Concern
from bookings.services import concerns
from bookings.services.refreshing import AT_MOST_EVERY
from calendars import enqueue, leases
from calendars.google import client
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Slow, Urgency
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection, ReadCalendar
from calendars.services import intake, reading, standing, telling, tokens
from calendars.services.intake import Reading
from wire import backoff

log = structlog.get_logger(__name__)
State = CalendarConnection.State

WHOLE_EVERY = timedelta(days=1)  # give or take a quarter, so that no two shops read everything at once for long
_AHEAD = timedelta(days=7)  # a complete reading looks this much further than can be booked: some may fail until it is needed
_ASK_MOST = 40  # events of ours to look at in one reading; more of them wait for the next
_AGAIN_AFTER = timedelta(seconds=10)
_MOST_WAIT_SECONDS = 300.0
_IN_A_ROW = 3  # readings by one task, while Google tells of further changes
# Google does not know the state any more, which needs no person: everything is read anew.
_TOKEN_ENDED = ("fullSyncRequired", "updatedMinTooLongAgo")

_CLAIM = """
WITH due AS (
  SELECT r.id, c.state, EXISTS (SELECT 1 FROM calendars_watchchannel w
                                 WHERE w.calendar_id = r.id AND w.state = 'open' AND w.expires_at > %(now)s) AS watched
    FROM calendars_readcalendar r
    JOIN calendars_calendarconnection c ON c.id = r.connection_id
    LEFT JOIN bookings_refreshrequest q ON q.shop_id = r.shop_id
   WHERE c.state IN ('connected', 'broken') AND (r.counts OR r.calendar_id = c.calendar_id)
     AND (r.pull_due_at IS NULL OR r.pull_due_at <= %(now)s
          OR c.state = 'connected' AND r.claimed_at < q.asked_at - %(fresh)s
          OR c.state = 'connected' AND r.told_at > r.read_at AND r.pull_failures = 0 AND r.claimed_at < %(now)s - %(fresh)s)
     FOR NO KEY UPDATE OF r SKIP LOCKED
)
UPDATE calendars_readcalendar r
   SET claimed_at = %(now)s,
       pull_due_at = %(now)s + CASE WHEN due.state = 'broken' THEN %(broken)s
                                    WHEN due.watched THEN %(pull)s * (1 + 2 * random())
                                    ELSE %(pull)s END
  FROM due WHERE r.id = due.id
RETURNING r.id
"""


def enqueue_due(*, now: datetime) -> None:
    """Claim every calendar whose turn it is, whose shop asked for a fresh picture, or of whose change Google told and no reading
    came; and enqueue its reading. Two at once claim none twice. One statement.

    Where Google tells of changes, turns are one to three times as long, and never together.
    """
    times: dict[str, Any] = {
        "now": now,
        "fresh": AT_MOST_EVERY,
        "broken": standing.BROKEN_RETRY,
        "pull": timedelta(seconds=settings.CALENDAR_PULL_SECONDS),
    }
    with database.cursor() as cursor:
        cursor.execute(_CLAIM, times)
        due = [pk for (pk,) in cursor.fetchall()]
    for pk in due:
        enqueue.pull(pk)


def read_connection(connection_id: int, *, clock: Callable[[], datetime]) -> None:
    """Read each calendar of a connection."""
    for calendar_id in reading.of_connection(connection_id).values_list("pk", flat=True):
        read(calendar_id, clock=clock)


def read(calendar_id: int, *, clock: Callable[[], datetime]) -> None:
    """Read one calendar and take it over, unless somebody else is reading it.

    Once more if Google told of a change meanwhile: who came with that and found it taken has gone away again.
    """
    usable = CalendarConnection.objects.filter(pk=OuterRef("connection"), state__in=tokens.USABLE)
    for _ in range(_IN_A_ROW):
        lease = leases.take(calendar_id, "pull", Exists(usable))
        if lease is None:
            return
        started_at = clock()
        try:
            was_read = _read(calendar_id, lease, started_at, clock)
        except LeaseLostError:
            log.warning("pull_lease_lost", calendar=calendar_id)
            return
        finally:
            lease.release()
        if not was_read or not ReadCalendar.objects.filter(pk=calendar_id, told_at__gte=started_at).exists():
            return


def _read(calendar_id: int, lease: Lease, started_at: datetime, clock: Callable[[], datetime]) -> bool:
    calendar = (
        ReadCalendar.objects.select_related("connection__technician", "connection__shop")
        .defer(*(f"connection__{secret}" for secret in CalendarConnection.SECRETS))
        .get(pk=calendar_id)
    )
    connection = calendar.connection
    credentials = tokens.StoredCredentials(connection.pk, clock=clock)
    try:
        purse = Purse(calendar.shop_id, connection.pk, Urgency.READ)
        with client.Calendar(calendar.calendar_id, credentials, label=connection.pk, before=lease.keep, purse=purse) as google:
            found = _collect(google, calendar, started_at)
            _ask_after_ours(google, calendar, found)
    except GoogleError as error:
        _failed(calendar, error, lease, now=clock())
        return False
    if not intake.take(calendar, found, lease=lease, now=clock()):
        return False
    _went_well(calendar, found, lease, now=clock())
    return True


def _collect(google: client.Calendar, calendar: ReadCalendar, started_at: datetime) -> Reading:
    if not _has_to_be_whole(calendar, started_at):
        try:
            found = _changes(google, calendar, started_at)
        except GoogleError as error:
            # A token that Google cannot read at all would be refused for ever as well.
            if error.status != 400 and (error.status != 410 or error.reason not in _TOKEN_ENDED):
                raise
            log.info("sync_token_ended", calendar=calendar.pk, reason=error.reason)
        else:
            if found is not None:
                return found
    return _everything(google, calendar, started_at)


def _has_to_be_whole(calendar: ReadCalendar, now: datetime) -> bool:
    if not calendar.sync_token or calendar.read_until is None or calendar.full_read_at is None:
        return True
    if calendar.judged_by != intake.rules(calendar):
        return True
    if calendar.read_until < _midnight(calendar, _last_day(calendar, now)):
        return True
    spread = zlib.crc32(f"{calendar.pk}:{calendar.pass_number}".encode()) / 2**32
    return now - calendar.full_read_at >= WHOLE_EVERY * (0.75 + spread / 2)


def _last_day(calendar: ReadCalendar, now: datetime) -> date:
    """The end of what can be booked, with room for the last visit."""
    shop = calendar.connection.shop
    return now.astimezone(shop.zone).date() + timedelta(days=shop.horizon_days + 2)


def _midnight(calendar: ReadCalendar, on: date) -> datetime:
    return datetime.combine(on, time.min, tzinfo=calendar.connection.shop.zone)


def _blank(calendar: ReadCalendar, started_at: datetime, *, whole: bool, until: datetime) -> Reading:
    shop = calendar.connection.shop
    return Reading(
        whole=whole,
        started_at=started_at,
        since=_midnight(calendar, started_at.astimezone(shop.zone).date()),
        until=until,
        zone_name=calendar.zone,
        zone=_zone(calendar.zone, otherwise=shop.zone),
    )


def _everything(google: client.Calendar, calendar: ReadCalendar, started_at: datetime) -> Reading:
    until = _midnight(calendar, _last_day(calendar, started_at) + _AHEAD)
    found = _blank(calendar, started_at, whole=True, until=until)
    for page in google.pages(found.since, found.until):
        if page.get("timeZone"):
            found.zone_name = str(page["timeZone"])[:64]
            found.zone = _zone(found.zone_name, otherwise=found.zone)
        found.add(page)
    return found


def _changes(google: client.Calendar, calendar: ReadCalendar, started_at: datetime) -> Reading | None:
    """Return what changed; None when the calendar's zone did, for then all whole days lie elsewhere."""
    assert calendar.read_until is not None
    found = _blank(calendar, started_at, whole=False, until=calendar.read_until)
    for page in google.changes(calendar.sync_token):
        if page.get("timeZone", calendar.zone) != calendar.zone:
            return None
        found.add(page)
    return found


def _zone(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the calendar's zone, the shop's for one this machine does not know: a name must not stop the reading."""
    if not name:
        return otherwise
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("calendar_zone_unknown")
        return otherwise


def _ask_after_ours(google: client.Calendar, calendar: ReadCalendar, found: Reading) -> None:
    """Look at each event of ours that is not as we left it, or should have been listed: its text is not in the list, and what is
    said to be gone may only lie out of sight.
    """
    wanted = intake.to_ask(calendar, found)
    found.again = len(wanted) > _ASK_MOST
    for mirror in wanted[:_ASK_MOST]:
        try:
            found.asked[mirror.event_id] = google.get(mirror.event_id)
        except GoogleError as error:
            if error.verdict is not Verdict.GONE:
                log.info("our_event_not_judged", connection=calendar.connection_id, mirror=mirror.pk)
                found.again = True
                return
            found.asked[mirror.event_id] = {"status": "cancelled"}


def _went_well(calendar: ReadCalendar, found: Reading, lease: Lease, *, now: datetime) -> None:
    connection = calendar.connection
    is_receiving = calendar.calendar_id == connection.calendar_id
    if connection.state == State.BROKEN and found.writable and is_receiving:
        standing.well(connection, now=now)
    if calendar.pull_error and not is_receiving:
        concerns.close(Concern.Kind.CALENDAR_BROKEN, _key(calendar), shop_id=calendar.shop_id, now=now)
    if found.again:
        ReadCalendar.objects.filter(pk=calendar.pk, pull_lease=lease.name).update(pull_due_at=now + _AGAIN_AFTER)
    if found.disturbed:
        enqueue.push(connection.pk)


def _failed(calendar: ReadCalendar, error: GoogleError, lease: Lease, *, now: datetime) -> None:
    connection = calendar.connection
    told = timedelta(seconds=error.retry_after or 0)
    if isinstance(error, Slow):  # Google was not asked: nothing failed
        ReadCalendar.objects.filter(pk=calendar.pk, pull_lease=lease.name).update(pull_due_at=now + told)
        return
    if error.verdict is Verdict.GONE:
        error = GoogleError(Verdict.CALENDAR, "there is no such calendar", error.status)
    failures = min(calendar.pull_failures + 1, 1000)
    wait = max(told, backoff.delay(failures, first_seconds=5.0, most_seconds=_MOST_WAIT_SECONDS))
    if error.verdict is Verdict.CALENDAR:
        wait = standing.BROKEN_RETRY
    ReadCalendar.objects.filter(pk=calendar.pk, pull_lease=lease.name).update(
        pull_error=str(error)[:200], pull_failures=failures, pull_due_at=now + wait
    )
    if error.verdict is Verdict.GRANT or calendar.calendar_id == connection.calendar_id:
        standing.lost(connection, error, now=now)
    elif error.verdict is Verdict.CALENDAR:
        # Visits go to another calendar and are written on; but what is in this one is not known any more.
        who = connection.technician.name
        with transaction.atomic():
            if concerns.raise_once(
                Concern.Kind.CALENDAR_BROKEN,
                _key(calendar),
                f"Google no longer shows us {who}'s calendar “{calendar}” ({error}). Share it again, or let it no longer count.",
                shop_id=calendar.shop_id,
                now=now,
                technician=connection.technician,
            ):
                telling.lost(connection, f"Google no longer shows us your calendar “{calendar}”. Share it again", now=now)


def _key(calendar: ReadCalendar) -> str:
    return f"calendar:{calendar.pk}"
