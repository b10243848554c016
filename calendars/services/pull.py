"""Reads calendars into busy blocks. Whatever goes wrong changes nothing: unknown is never free.

The network comes first, every page of it; then one transaction takes the reading over as a whole.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from bookings.services.refreshing import AT_MOST_EVERY
from calendars import enqueue, leases
from calendars.google import client
from calendars.google.errors import GoogleError, Verdict
from calendars.leases import Lease, LeaseLostError
from calendars.models import CalendarConnection
from calendars.services import intake, standing, tokens
from calendars.services.intake import Reading

log = structlog.get_logger(__name__)
State = CalendarConnection.State

_ASK_AFTER_MOST = 20  # events that are missing from one reading; more of them wait for the next


def enqueue_due(*, now: datetime) -> None:
    """Claim every calendar whose turn it is, or whose shop asked for a fresh picture, and enqueue its reading.

    Two at once claim none twice.
    """
    # A calendar was claimed last a whole turn before it is due again; if that was before the shop asked, it is due now.
    asked = F("shop__refresh_request__asked_at") + timedelta(seconds=settings.CALENDAR_PULL_SECONDS) - AT_MOST_EVERY
    refreshed = Q(state=State.CONNECTED, pull_due_at__lt=asked)
    with transaction.atomic():
        due = list(
            CalendarConnection.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
            .filter(Q(pull_due_at=None) | Q(pull_due_at__lte=now) | refreshed, state__in=tokens.USABLE)
            .values_list("pk", "state")
        )
        for state, wait in (
            (State.CONNECTED, timedelta(seconds=settings.CALENDAR_PULL_SECONDS)),
            (State.BROKEN, standing.BROKEN_RETRY),
        ):
            CalendarConnection.objects.filter(pk__in=[pk for pk, found in due if found == state]).update(pull_due_at=now + wait)
    for pk, _ in due:
        enqueue.pull(pk)


def read(connection_id: int, *, clock: Callable[[], datetime]) -> None:
    """Read one calendar and take it over, unless somebody else is reading it."""
    lease = leases.take(connection_id, "pull", state__in=tokens.USABLE)
    if lease is None:
        return
    try:
        _read(connection_id, lease, clock)
    except LeaseLostError:
        log.warning("pull_lease_lost", connection=connection_id)
    finally:
        lease.release()


def _read(connection_id: int, lease: Lease, clock: Callable[[], datetime]) -> None:
    connection = (
        CalendarConnection.objects.select_related("technician", "shop").defer(*CalendarConnection.SECRETS).get(pk=connection_id)
    )
    started_at = clock()
    since, until = _stretch(connection, started_at)
    credentials = tokens.StoredCredentials(connection_id, clock=clock)
    try:
        with client.Calendar(connection.calendar_id, credentials, label=connection_id, before=lease.keep) as google:
            reading = _collect(google, connection, started_at, since, until)
            _ask_after_missing(google, connection, reading)
    except GoogleError as error:
        judged = error
        if error.verdict is Verdict.GONE:
            judged = GoogleError(Verdict.CALENDAR, "there is no such calendar", error.status)
        CalendarConnection.objects.filter(pk=connection.pk).update(pull_error=str(judged)[:200])
        standing.lost(connection, judged, now=clock())
        return
    if not intake.take(connection, reading, lease=lease, now=clock()):
        return
    if reading.writable:
        standing.well(connection, now=clock())
    if reading.disturbed:
        enqueue.push(connection_id)


def _stretch(connection: CalendarConnection, now: datetime) -> tuple[datetime, datetime]:
    """From the first minute of the shop's today to the end of what can be booked, with room for the last visit."""
    zone = connection.shop.zone
    today = now.astimezone(zone).date()
    last = today + timedelta(days=connection.shop.horizon_days + 2)
    return datetime.combine(today, time.min, tzinfo=zone), datetime.combine(last, time.min, tzinfo=zone)


def _collect(
    google: client.Calendar, connection: CalendarConnection, started_at: datetime, since: datetime, until: datetime
) -> Reading:
    reading = Reading(started_at=started_at, since=since, until=until, zone=connection.shop.zone)
    for page in google.pages(since, until):
        if page.get("timeZone"):
            reading.zone = _zone(page["timeZone"], otherwise=reading.zone)
        reading.writable = page.get("accessRole") in ("writer", "owner", "writerWithoutPrivateAccess")
        for event in page.get("items", []):
            reading.events[str(event.get("id", ""))] = event
    return reading


def _zone(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the calendar's zone, the shop's for one this machine does not know: a name must not stop the reading."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        log.warning("calendar_zone_unknown")
        return otherwise


def _ask_after_missing(google: client.Calendar, connection: CalendarConnection, reading: Reading) -> None:
    """An event of ours that was not listed is deleted, or lies somewhere else by now: Google is asked which."""
    for mirror in intake.missing(connection, reading)[:_ASK_AFTER_MOST]:
        try:
            reading.asked[mirror.event_id] = google.get(mirror.event_id)
        except GoogleError as error:
            if error.verdict is Verdict.GONE:
                reading.asked[mirror.event_id] = {"status": "cancelled"}
            else:
                log.info("missing_event_not_judged", connection=connection.pk, mirror=mirror.pk)
