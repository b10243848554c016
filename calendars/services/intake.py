"""Takes a reading of a calendar over into the core, in one transaction with its sync token: busy time, freshness, and what was
done to our own events. Asks Google nothing.

An event of ours is judged only when its mirror is settled and was so before the reading began: what our own writing
does at the same moment is neither a move nor a deletion. What cannot be judged yet is listed once more.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, Value

from bookings.models import BusyBlock, Visit
from bookings.services import confirming
from calendars.google import mapping
from calendars.google.mapping import Stretch
from calendars.leases import Lease
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import handing, overlaps, reading, surprises

log = structlog.get_logger(__name__)
Confirmed = EventMirror.Confirmed

_RULES = 1  # raised when events are judged by other rules than before: every calendar is read anew then
_TAKEN = (
    "pass_number", "full_read_at", "judged_by", "zone", "sync_token", "read_at", "read_until", "pull_failures", "pull_error",
)  # fmt: skip
_INSTANCE = r"_[0-9]{8}(T[0-9]{6}Z)?$"  # what Google puts behind a series' id


@dataclass(slots=True)
class Reading:
    """What Google listed, by event id, and what it said of events of ours that it was asked for."""

    whole: bool
    started_at: datetime
    since: datetime
    until: datetime
    zone_name: str
    zone: ZoneInfo
    sync_token: str = ""
    writable: bool = False
    events: dict[str, mapping.Json] = field(default_factory=dict)
    asked: dict[str, mapping.Json] = field(default_factory=dict)
    again: bool = False  # something of ours could not be judged: the same has to be listed once more
    disturbed: bool = False  # something of ours has to be written again

    def add(self, page: mapping.Json) -> None:
        """Take a page; what was listed before and changed while paging counts as it is now."""
        self.writable = page.get("accessRole") in ("writer", "owner", "writerWithoutPrivateAccess")
        self.sync_token = str(page.get("nextSyncToken") or "")
        for event in page.get("items", []):
            if isinstance(event, dict) and event.get("id"):
                self.events[str(event["id"])] = event


def rules(calendar: ReadCalendar) -> str:
    """Name what decides whether an event of this calendar takes time."""
    return f"{_RULES}:{calendar.counts:d}{calendar.connection.shop.tentative_is_busy:d}"


def to_ask(calendar: ReadCalendar, found: Reading) -> list[EventMirror]:
    """Return the settled mirrors whose events are not as we left them, or should have been listed and were not."""
    which = Q(event_id__in=list(found.events))
    if found.whole:
        expected = Q(retired=False, confirmed=Confirmed.PRESENT)
        which |= expected & Q(pushed_ends_at__gt=found.started_at, pushed_starts_at__lt=found.until)
    return [
        mirror
        for mirror in _mirrors(calendar).filter(which)
        if _is_ours_to_judge(calendar, mirror, found)
        and (mirror.confirmed == Confirmed.PRESENT or mirror.moved_to)
        and found.events.get(mirror.event_id, {}).get("etag", "gone") != mirror.etag
    ]


def take(calendar: ReadCalendar, found: Reading, *, lease: Lease, now: datetime) -> bool:
    """Apply a reading; False when a newer one was applied already, or the calendar is not read any more."""
    connection = calendar.connection
    with transaction.atomic():
        # Whoever connects or disconnects takes the same rows in the same order.
        CalendarConnection.objects.select_for_update(no_key=True).filter(pk=connection.pk).values_list("pk").first()
        row = ReadCalendar.objects.select_for_update(no_key=True).filter(pk=calendar.pk, pull_lease=lease.name).first()
        if row is None or (row.read_at is not None and row.read_at >= found.started_at):
            return False
        before = row.read_at
        row.pass_number += found.whole
        busy = _busy(calendar, found, now=now)
        _store(calendar, found, busy, pass_number=row.pass_number)
        if found.whole:
            row.full_read_at, row.judged_by, row.zone = found.started_at, rules(calendar), found.zone_name
        if not found.again:
            row.sync_token = found.sync_token
        elif found.whole:
            row.sync_token = ""
        row.read_at, row.read_until = found.started_at, found.until
        row.pull_failures, row.pull_error = 0, ""
        row.save(update_fields=_TAKEN)
        reading.refresh(connection)
        overlaps.compare(connection.technician, since=before, now=now)
        seen = partial(confirming.seen, technician_id=connection.technician_id, now=now)
        transaction.on_commit(seen, robust=True)
    return True


def _mirrors(calendar: ReadCalendar) -> QuerySet[EventMirror]:
    return EventMirror.objects.filter(connection=calendar.connection_id, calendar_id=calendar.calendar_id).select_related(
        "visit__shop", "visit__booking", "visit__technician"
    )


def _is_wanted(calendar: ReadCalendar, mirror: EventMirror) -> bool:
    visit = mirror.visit
    stands = visit.status in (Visit.Status.ACTIVE, Visit.Status.DONE)
    return not mirror.retired and stands and visit.technician_id == calendar.connection.technician_id


def _is_settled(calendar: ReadCalendar, mirror: EventMirror) -> bool:
    """Say whether nothing of this event is on its way; else whoever writes it looks at it first."""
    if calendar.calendar_id != calendar.connection.calendar_id:
        return False  # it receives no visits any more: what is left of ours is over, or being taken out
    if mirror.moved_to:
        return True  # nothing is written until that is decided
    if not _is_wanted(calendar, mirror):
        return mirror.confirmed == Confirmed.ABSENT
    is_blocked = mirror.blocked_reason != "" and mirror.blocked_version >= mirror.visit.version
    return mirror.confirmed == Confirmed.PRESENT and (is_blocked or mirror.pushed_version >= mirror.visit.version)


def _is_ours_to_judge(calendar: ReadCalendar, mirror: EventMirror, found: Reading) -> bool:
    """Say whether Google's last word on this event is older than the reading, and nothing of it is on its way."""
    return mirror.confirmed_at is not None and mirror.confirmed_at < found.started_at and _is_settled(calendar, mirror)


def _busy(calendar: ReadCalendar, found: Reading, *, now: datetime) -> dict[str, Stretch]:
    """Return the busy time by event id; our own events count only where somebody moved them."""
    named = {event.get("recurringEventId", name) for name, event in found.events.items()} | set(found.events) | set(found.asked)
    _hold(calendar, named, found)
    ours = {mirror.event_id: mirror for mirror in _mirrors(calendar).filter(event_id__in=named)}
    busy: dict[str, Stretch] = {}
    for name in {**found.events, **found.asked}:
        mirror = ours.get(name)
        try:
            if mirror is not None:
                stretch = _of_ours(calendar, mirror, found, now=now)
            else:
                series = ours.get(found.events[name].get("recurringEventId", ""))
                stretch = _of_theirs(calendar, series, found.events[name], found, now=now)
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            # One event that cannot be read must not hide the others; it names no time, so it takes none.
            log.warning("event_unreadable", connection=calendar.connection_id, kind=type(error).__name__)
            continue
        # Changes are listed wherever they lie.
        if stretch and stretch.starts_at < stretch.ends_at and stretch.ends_at > found.since and stretch.starts_at < found.until:
            busy[name] = stretch
    return busy


def _hold(calendar: ReadCalendar, named: Collection[str], found: Reading) -> None:
    """Hold all mirrors of each visit that this reading may say something about, in the order in which whoever decides does."""
    visits = set(_mirrors(calendar).filter(event_id__in=named).values_list("visit", flat=True))
    if names := {name for event in found.events.values() if (name := mapping.visit_named(event))}:
        visits |= set(Visit.objects.filter(public_id__in=names, shop=calendar.shop_id).values_list("pk", flat=True))
    mirrors = EventMirror.objects.filter(visit__in=visits).order_by("pk")
    list(mirrors.select_for_update(no_key=True).values_list("pk", flat=True))


def _of_ours(calendar: ReadCalendar, mirror: EventMirror, found: Reading, *, now: datetime) -> Stretch | None:
    """Note what was done to an event of ours; return the time it takes where its place is another than we gave it."""
    listed = found.events.get(mirror.event_id)
    if not _is_ours_to_judge(calendar, mirror, found):
        # What we wrote after the reading began may have been changed since, and whoever writes next asks about what was done but
        # takes no time for it: nobody would list it again.
        is_there = _is_settled(calendar, mirror) and mirror.confirmed == Confirmed.PRESENT
        if listed is not None and (is_there or _lies_elsewhere(calendar, mirror, listed, found)):
            found.again = found.again or mapping.etag(listed) != mirror.etag
        return None
    if mirror.confirmed == Confirmed.ABSENT and not mirror.moved_to:
        if listed is not None and listed.get("status") != "cancelled":
            if handing.back(mirror, listed, now=now):
                return mapping.span(listed, found.zone) if mapping.is_busy(listed, tentative=True) else None
            # Brought back in Google after we had deleted it: it is deleted again.
            EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.PRESENT)
            found.disturbed = True
        return None
    event = found.asked.get(mirror.event_id)
    if event is None and listed is not None and mapping.etag(listed) == mirror.etag:
        event = listed  # as we left it, or as we know it to be
    if event is None:
        found.again = True
        return None
    if not surprises.found(mirror, mirror.visit, event, now=now):
        return None
    return mapping.span(event, found.zone) if mapping.is_busy(event, tentative=True) else None


def _of_theirs(
    calendar: ReadCalendar, series: EventMirror | None, event: mapping.Json, found: Reading, *, now: datetime
) -> Stretch | None:
    """Return the time an event takes that is none of this calendar's visits; `series` is ours, if it is a repetition of that."""
    is_receiving = calendar.calendar_id == calendar.connection.calendar_id
    if is_receiving and not handing.over(calendar.connection, event, now=now):
        return None
    if not calendar.counts or not mapping.is_busy(event, tentative=calendar.connection.shop.tentative_is_busy):
        return None
    stretch = mapping.span(event, found.zone)
    return None if _repeats(series, stretch) else stretch


def _lies_elsewhere(calendar: ReadCalendar, mirror: EventMirror, listed: mapping.Json, found: Reading) -> bool:
    """Say whether an event that is still to be written lies neither where it was put nor where it is to go."""
    if listed.get("status") == "cancelled" or not _is_wanted(calendar, mirror):
        return False
    visit = mirror.visit
    return mapping.span(listed, found.zone) not in (surprises.pushed(mirror), Stretch(visit.starts_at, visit.ends_at))


def _repeats(mirror: EventMirror | None, stretch: Stretch) -> bool:
    """Somebody made a series of our event: its first instance is our event still."""
    return mirror is not None and stretch == surprises.pushed(mirror)


def _store(calendar: ReadCalendar, found: Reading, busy: dict[str, Stretch], *, pass_number: int) -> None:
    """Keep this calendar's busy blocks in step: what was listed as it is now; after a complete reading nothing else."""
    technician_id = calendar.connection.technician_id
    BusyBlock.objects.bulk_create(
        [
            BusyBlock(
                shop_id=calendar.shop_id,
                technician_id=technician_id,
                calendar_id=calendar.calendar_id,
                event_id=name,
                starts_at=stretch.starts_at,
                ends_at=stretch.ends_at,
                pass_number=pass_number,
            )
            for name, stretch in busy.items()
        ],
        update_conflicts=True,
        unique_fields=["technician", "calendar_id", "event_id"],
        update_fields=["starts_at", "ends_at", "pass_number"],
        batch_size=5000,
    )
    stored = BusyBlock.objects.filter(technician=technician_id, calendar_id=calendar.calendar_id)
    mirrors = EventMirror.objects.filter(calendar_id=calendar.calendar_id, event_id=OuterRef("event_id"))
    # Where the visit followed, or the event was set back, its own event takes no time of its own any more.
    mirrors = mirrors.filter(visit__technician=technician_id)
    is_visit = Q(visit__starts_at=OuterRef("starts_at"), visit__ends_at=OuterRef("ends_at"))
    is_pushed = Q(pushed_starts_at=OuterRef("starts_at"), pushed_ends_at=OuterRef("ends_at"))
    is_the_visit = Q(Exists(mirrors.filter(is_visit | is_pushed)))
    if found.whole:
        stored.filter(Q(pass_number__lt=pass_number) | is_the_visit).delete()
        return
    # Of a deleted series Google may name the series alone.
    gone = [name for name in found.events if name not in busy]
    series = Func(F("event_id"), Value(_INSTANCE), Value(""), function="regexp_replace")
    ended = [name for name in gone if found.events[name].get("status") == "cancelled"]
    stored.alias(series=series).filter(Q(event_id__in=gone) | Q(series__in=ended) | is_the_visit).delete()
