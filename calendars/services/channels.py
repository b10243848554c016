"""Google's push channels: opened for each calendar that is read, replaced before they end, stopped when they are not needed, and
listened to. Only a hint each time: what changed is read as always, and the turns of `pull` find what no channel told.

A channel's token is the only proof that a notification is Google's. It is random, told to Google alone, and kept as a digest.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection as database
from django.db import transaction
from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.utils.crypto import constant_time_compare
from google.auth.credentials import Credentials

from calendars import enqueue
from calendars.google import client
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Urgency
from calendars.models import CalendarConnection, ReadCalendar, WatchChannel
from calendars.services import reading, tokens
from wire import backoff

log = structlog.get_logger(__name__)
State = WatchChannel.State

LASTS = timedelta(days=7)  # as asked for; Google may grant less
_REPLACE_AHEAD = timedelta(days=1)  # or a quarter of its life, for one that was granted less
_NO_ANSWER = timedelta(minutes=5)  # then whoever asked is gone
_KEPT = timedelta(days=30)
_MOST_WAIT_SECONDS = 6 * 3600.0
_AT_ONCE = 100  # opened by one sweep

_TOLD = """
WITH channel AS (
  UPDATE calendars_watchchannel SET told_at = %(now)s WHERE id = %(channel)s AND state <> 'ended' RETURNING calendar_id
)
UPDATE calendars_readcalendar r
   SET told_at = %(now)s,
       claimed_at = CASE WHEN r.told_at > COALESCE(r.read_at, '-infinity') THEN r.claimed_at ELSE %(now)s END
  FROM channel WHERE r.id = channel.calendar_id
RETURNING r.id, r.claimed_at IS NOT DISTINCT FROM %(now)s
"""


def told(*, channel_id: str, token: str, resource_id: str, state: str, now: datetime) -> bool:
    """Take a notification; False for a channel that is not ours or a token that is not its own, of which nothing is stored.

    Many of one calendar enqueue one reading: while one is asked for and has not come, the rest only move the time.
    """
    channel = _channel(channel_id)
    # The first may come before Google's answer that names the resource.
    if channel is None or not constant_time_compare(_digest(token), channel.token_digest):
        return False
    if channel.resource_id and not constant_time_compare(resource_id, channel.resource_id):
        return False
    if state == "sync":  # the channel is open, which is no change
        return True
    with database.cursor() as cursor:
        cursor.execute(_TOLD, {"now": now, "channel": channel.pk})
        found = cursor.fetchone()
    if found is not None and found[1]:
        enqueue.pull(found[0])
    return True


def sweep(*, now: datetime) -> None:
    """Open, replace and end what is due. Works by rows alone; Google is asked by tasks of their own."""
    live = WatchChannel.objects.exclude(state=State.ENDED)
    opening = live.filter(state=State.OPENING, created_at__lt=now - _NO_ANSWER)
    for channel in opening.only("failures"):
        _count_failure(channel, now=now)
    live.filter(expires_at__lte=now).update(state=State.ENDED, next_attempt_at=None)
    # A channel dies with the permission it was opened under.
    usable = CalendarConnection.objects.filter(state__in=(*tokens.USABLE, CalendarConnection.State.LEAVING))
    live.exclude(calendar__connection__in=usable).update(state=State.ENDED)
    is_read = ReadCalendar.objects.filter(reading.IS_READ)
    newer = WatchChannel.objects.filter(calendar=OuterRef("calendar"), state=State.OPEN, pk__gt=OuterRef("pk"))
    live.filter(Exists(newer) | ~Q(calendar__in=is_read), state=State.OPEN).update(state=State.STOPPING, next_attempt_at=None)
    for pk in live.filter(_due(now), state=State.STOPPING).values_list("pk", flat=True):
        enqueue.stop_channel(pk)
    if can_be_told():
        for pk in _begin(now=now):
            enqueue.open_channel(pk)
    WatchChannel.objects.filter(state=State.ENDED, expires_at__lt=now - _KEPT).delete()


def can_be_told() -> bool:
    """Google tells https addresses only; the sandbox also this machine's own."""
    ours, theirs = urlsplit(settings.SERVER_URL), urlsplit(settings.GOOGLE_API_ENDPOINT)
    return ours.scheme == "https" or (_is_loopback(ours.hostname) and _is_loopback(theirs.hostname))


def open_one(channel_id: int, *, clock: Callable[[], datetime]) -> None:
    """Ask Google to tell of a calendar's changes. Run twice, the second does nothing."""
    token = secrets.token_urlsafe(32)
    row = WatchChannel.objects.filter(pk=channel_id, state=State.OPENING)
    if not row.filter(token_digest="").update(token_digest=_digest(token)):
        return
    channel = _loaded(channel_id)
    calendar = channel.calendar
    credentials = tokens.StoredCredentials(calendar.connection_id, clock=clock)
    try:
        with client.Calendar(calendar.calendar_id, credentials, label=calendar.connection_id, purse=_purse(calendar)) as google:
            answer = google.watch(
                str(channel.channel_id),
                token=token,
                address=f"{settings.SERVER_URL}/webhook/google",
                seconds=round(LASTS.total_seconds()),
            )
            resource_id = str(answer.get("resourceId", ""))[:255]
            if not row.update(
                state=State.OPEN, resource_id=resource_id, expires_at=_granted(answer, channel.expires_at), failures=0
            ):
                google.stop(str(channel.channel_id), resource_id)  # disconnected meanwhile
                return
    except GoogleError as error:
        log.warning("channel_not_opened", calendar=calendar.pk, reason=error.reason)
        _count_failure(channel, now=clock())
        return
    # What changed between the last reading and now was told to nobody.
    enqueue.pull(calendar.pk)
    older = WatchChannel.objects.filter(calendar=calendar, state=State.OPEN, pk__lt=channel.pk)
    for pk in older.values_list("pk", flat=True):
        WatchChannel.objects.filter(pk=pk).update(state=State.STOPPING, next_attempt_at=None)
        enqueue.stop_channel(pk)


def stop_one(channel_id: int, *, clock: Callable[[], datetime]) -> None:
    """Ask Google to tell no more by this channel. One that Google does not know is ended."""
    if not WatchChannel.objects.filter(pk=channel_id, state=State.STOPPING).exists():
        return
    channel = _loaded(channel_id)
    calendar = channel.calendar
    credentials = tokens.StoredCredentials(calendar.connection_id, clock=clock)
    try:
        with client.Calendar(calendar.calendar_id, credentials, label=calendar.connection_id, purse=_purse(calendar)) as google:
            _stop(google, channel)
    except GoogleError as error:
        if error.verdict is Verdict.RETRY:
            failures = min(channel.failures + 1, 1000)
            WatchChannel.objects.filter(pk=channel.pk).update(failures=failures, next_attempt_at=clock() + _wait(failures))
            return
    WatchChannel.objects.filter(pk=channel.pk).update(state=State.ENDED, failures=0, next_attempt_at=None)


def stop_all(connection: CalendarConnection, *, credentials: Credentials) -> None:
    """Stop every channel of a connection as well as it goes, before its permission is given back. Never raises GoogleError."""
    live = WatchChannel.objects.filter(calendar__connection=connection).exclude(state=State.ENDED)
    open_ones = list(live.exclude(resource_id="").select_related("calendar"))
    live.update(state=State.ENDED)
    if not open_ones:
        return
    purse = Purse(connection.shop_id, connection.pk, Urgency.READ)
    with client.Calendar(connection.calendar_id, credentials, label=connection.pk, purse=purse) as google:
        for channel in open_ones:
            try:
                _stop(google, channel)
            except GoogleError as error:
                log.info("channel_not_stopped", calendar=channel.calendar_id, reason=error.reason)
                if error.verdict in (Verdict.RETRY, Verdict.GRANT):
                    return


def _channel(channel_id: str) -> WatchChannel | None:
    try:
        wanted = UUID(channel_id)
    except ValueError:
        return None
    return WatchChannel.objects.filter(channel_id=wanted).exclude(state=State.ENDED).only("token_digest", "resource_id").first()


def _loaded(channel_id: int) -> WatchChannel:
    return (
        WatchChannel.objects.select_related("calendar__connection")
        .defer(*(f"calendar__connection__{secret}" for secret in CalendarConnection.SECRETS))
        .get(pk=channel_id)
    )


def _purse(calendar: ReadCalendar) -> Purse:
    """Out of the shop's own share, and after what writes visits."""
    return Purse(calendar.shop_id, calendar.connection_id, Urgency.READ)


def _stop(google: client.Calendar, channel: WatchChannel) -> None:
    if channel.resource_id:
        google.stop(str(channel.channel_id), channel.resource_id)


def _begin(*, now: datetime) -> list[int]:
    """Write the rows of channels that are to be opened. Two sweeps at once write none twice."""
    with transaction.atomic():
        without = list(_without_channel(now).select_for_update(skip_locked=True, no_key=True, of=("self",))[:_AT_ONCE])
        failures = dict(
            WatchChannel.objects.filter(calendar__in=without)
            .order_by("calendar", "-pk")
            .distinct("calendar")
            .values_list("calendar_id", "failures")
        )
        made = WatchChannel.objects.bulk_create(
            WatchChannel(
                shop_id=each.shop_id,
                calendar=each,
                expires_at=now + LASTS,
                created_at=now,
                failures=failures.get(each.pk, 0),
            )
            for each in without
        )
    return [each.pk for each in made]


def _without_channel(now: datetime) -> QuerySet[ReadCalendar]:
    """The calendars that have none, or one that soon ends, and none under way or put off."""
    quarter = ExpressionWrapper((F("expires_at") - F("created_at")) / 4, output_field=DurationField())
    lasts = Q(expires_at__gt=now + _REPLACE_AHEAD) | Q(expires_at__gt=ExpressionWrapper(now + F("quarter"), DateTimeField()))
    standing = WatchChannel.objects.alias(quarter=quarter).filter(
        Q(state=State.OPENING) | (Q(state=State.OPEN) & lasts) | Q(state=State.ENDED, next_attempt_at__gt=now),
        calendar=OuterRef("pk"),
    )
    return ReadCalendar.objects.filter(
        ~Exists(standing), reading.IS_READ, connection__state=CalendarConnection.State.CONNECTED
    ).order_by("pk")


def _count_failure(channel: WatchChannel, *, now: datetime) -> None:
    """End a channel that did not come to be; the next try has another id, for Google may know this one all the same."""
    failures = min(channel.failures + 1, 1000)
    WatchChannel.objects.filter(pk=channel.pk, state=State.OPENING).update(
        state=State.ENDED, failures=failures, next_attempt_at=now + _wait(failures)
    )


def _wait(failures: int) -> timedelta:
    return backoff.delay(failures, first_seconds=60.0, most_seconds=_MOST_WAIT_SECONDS)


def _due(now: datetime) -> Q:
    return Q(next_attempt_at=None) | Q(next_attempt_at__lte=now)


def _granted(answer: dict[str, Any], asked: datetime) -> datetime:
    """Return when Google ends the channel: what it says, else what was asked for."""
    try:
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, tz=UTC)
    except (KeyError, TypeError, ValueError, OverflowError):
        return asked


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
