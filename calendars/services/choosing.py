"""Which calendars of a connection count as busy, and which one receives the visits."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from bookings.models import BusyBlock
from calendars import enqueue
from calendars.google import client, oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Urgency
from calendars.models import CalendarConnection, ReadCalendar
from calendars.services import connect, leaving, reading, tokens
from calendars.services.connect import ConnectError

State = CalendarConnection.State


@dataclass(frozen=True, slots=True)
class Entry:
    """A calendar that Google shows to the account."""

    id: str
    name: str
    zone: str
    writable: bool


def has_list(connection: CalendarConnection) -> bool:
    """Say whether we were permitted to see which calendars there are."""
    return oauth.CALENDAR_LIST in connection.scopes.split()


def entries(connection: CalendarConnection, *, clock: Callable[[], datetime], typed: str = "") -> list[Entry]:
    """Return the calendars to choose from: those of Google's list, those in use, and one whose id was typed.

    Google's own come first, the account's main calendar ahead. Raises ConnectError (`google_away`, `denied`, `not_found`).
    """
    credentials = tokens.StoredCredentials(connection.pk, clock=clock)
    purse = Purse(connection.shop_id, connection.pk, Urgency.READ)
    found: dict[str, Entry] = {}
    try:
        with client.Calendar(connection.calendar_id, credentials, label=connection.pk, purse=purse) as google:
            listed = google.entries() if has_list(connection) else []
        for each in sorted(listed, key=lambda each: (not each.get("primary"), _name(each).lower())):
            if each.get("accessRole") != "none":
                found[str(each["id"])] = _entry(str(each["id"]), each, _name(each))
        for read in connection.calendars.order_by("pk"):
            writable = read.calendar_id == connection.calendar_id
            found.setdefault(read.calendar_id, Entry(read.calendar_id, read.name or read.calendar_id, read.zone, writable))
        if typed and typed not in found:
            with client.Calendar(typed, credentials, label=connection.pk, purse=purse) as google:
                found[typed] = _entry(typed, google.first(), typed)
    except GoogleError as error:
        raise ConnectError(_CODES.get(error.verdict, "not_found")) from error
    return list(found.values())


_CODES = {Verdict.RETRY: "google_away", Verdict.GRANT: "denied"}


def choose(
    connection: CalendarConnection, offered: Iterable[Entry], *, receives: str, counts: Collection[str], now: datetime
) -> bool:
    """Use these calendars of those that were offered; return whether another one receives the visits than before.

    What receives visits counts as well. Raises ConnectError (`not_offered`, `not_writable`, `calendar_taken`, `not_connected`).
    """
    known = {each.id: each for each in offered}
    wanted = {receives, *counts}
    if not wanted <= set(known):
        raise ConnectError("not_offered")
    if not known[receives].writable:
        raise ConnectError("not_writable")
    try:
        with transaction.atomic():
            return _choose(connection, [known[each] for each in sorted(wanted)], receives, now=now)
    except IntegrityError as error:  # another technician's at this moment
        raise ConnectError("calendar_taken") from error


def _choose(connection: CalendarConnection, wanted: list[Entry], receives: str, *, now: datetime) -> bool:
    row = leaving.locked(connection.technician)
    if row is None or row.state != State.CONNECTED:
        raise ConnectError("not_connected")
    if connect.is_taken(receives, row.technician):
        raise ConnectError("calendar_taken")
    changes = row.calendar_id != receives
    if changes:
        # Whoever writes to or reads the calendar of before finds the lease gone, and writes nothing more.
        fields = {"calendar_id": receives, "connected_at": now, "updated_at": now, **connect.LEASES_ENDED}
        CalendarConnection.objects.filter(pk=row.pk).update(**fields)
        row.calendar_id = receives
        connect.adopt(row)
        leaving.begin_clearing(row, now=now)
        transaction.on_commit(lambda: enqueue.push(row.pk), robust=True)
    ids = [each.id for each in wanted]
    known = ReadCalendar.objects.filter(connection=row)
    known.update(pull_lease="", pull_until=None)  # who reads at this moment takes nothing over
    # Rows stay: their push channels have to be stopped.
    known.exclude(calendar_id__in=ids).update(counts=False, read_at=None, read_until=None, sync_token="")
    BusyBlock.objects.filter(technician=row.technician_id).exclude(calendar_id__in=ids).delete()
    for each in wanted:
        ReadCalendar.objects.update_or_create(
            connection=row,
            calendar_id=each.id,
            defaults={"shop_id": row.shop_id, "name": each.name[:200], "zone": each.zone[:64], "counts": True},
        )
    reading.refresh(row)  # what was never read is not known to be free
    transaction.on_commit(lambda: enqueue.pull_connection(row.pk), robust=True)
    return changes


def _name(each: client.Json) -> str:
    return str(each.get("summaryOverride") or each.get("summary") or each["id"])


def _entry(calendar_id: str, found: client.Json, name: str) -> Entry:
    return Entry(calendar_id, name, str(found.get("timeZone", "")), found.get("accessRole") in connect.WRITABLE)
