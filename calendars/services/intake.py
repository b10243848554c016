"""Takes a complete reading of a calendar over into the core, in one transaction: busy time, freshness, and what was
done to our own events. Asks Google nothing.

An event of ours is judged only when its mirror is settled and was so before the reading began: what our own writing
does at the same moment is neither a move nor a deletion.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.db.models import QuerySet

from bookings.models import BusyBlock, CalendarFreshness, Concern, Visit
from bookings.services import concerns
from calendars.google import mapping
from calendars.google.mapping import Stretch
from calendars.leases import Lease
from calendars.models import CalendarConnection, EventMirror
from calendars.services import surprises

log = structlog.get_logger(__name__)
Confirmed = EventMirror.Confirmed


@dataclass(slots=True)
class Reading:
    """What Google listed, by event id, and what it said of events of ours that were not in the list."""

    started_at: datetime
    since: datetime
    until: datetime
    zone: ZoneInfo
    writable: bool = False
    events: dict[str, mapping.Json] = field(default_factory=dict)
    asked: dict[str, mapping.Json] = field(default_factory=dict)
    moved: dict[str, int] = field(default_factory=dict)  # events of ours that lie somewhere else now: their visit
    disturbed: bool = False  # something of ours has to be written again


def missing(connection: CalendarConnection, reading: Reading) -> list[EventMirror]:
    """Return the settled mirrors whose events should have been listed."""
    return [
        mirror
        for mirror in _mirrors(connection).filter(
            retired=False,
            confirmed=Confirmed.PRESENT,
            pushed_ends_at__gt=reading.started_at,
            pushed_starts_at__lt=reading.until,
        )
        if mirror.event_id not in reading.events and _is_ours_to_judge(connection, mirror, reading)
    ]


def take(connection: CalendarConnection, reading: Reading, *, lease: Lease, now: datetime) -> bool:
    """Apply a reading; False when a newer one was applied already, or the calendar is not this one any more."""
    with transaction.atomic():
        still = CalendarConnection.objects.select_for_update(no_key=True).filter(
            pk=connection.pk, pull_lease=lease.name, calendar_id=connection.calendar_id
        )
        if not still.exists():
            return False
        fresh, _ = CalendarFreshness.objects.select_for_update().get_or_create(
            technician=connection.technician, defaults={"shop_id": connection.shop_id}
        )
        if fresh.read_at is not None and fresh.read_at >= reading.started_at:
            return False
        busy = _busy(connection, reading, now=now)
        _replace(connection, busy)
        _compare_with_visits(connection, reading, busy, now=now)
        fresh.read_at = reading.started_at
        fresh.read_until = reading.until
        fresh.save(update_fields=["read_at", "read_until"])
        still.update(pull_error="")
    return True


def _mirrors(connection: CalendarConnection) -> QuerySet[EventMirror]:
    return EventMirror.objects.filter(connection=connection, calendar_id=connection.calendar_id).select_related(
        "visit__shop", "visit__booking", "visit__technician"
    )


def _is_wanted(connection: CalendarConnection, mirror: EventMirror) -> bool:
    visit = mirror.visit
    stands = visit.status in (Visit.Status.ACTIVE, Visit.Status.DONE)
    return not mirror.retired and stands and visit.technician_id == connection.technician_id


def _is_ours_to_judge(connection: CalendarConnection, mirror: EventMirror, reading: Reading) -> bool:
    """Say whether Google's last word on this event is older than the reading, and nothing of it is on its way."""
    if mirror.confirmed_at is None or mirror.confirmed_at >= reading.started_at:
        return False
    if mirror.moved_to:
        return True  # nothing is written until that is decided
    if not _is_wanted(connection, mirror):
        return mirror.confirmed == Confirmed.ABSENT
    is_blocked = mirror.blocked_reason != "" and mirror.blocked_version >= mirror.visit.version
    return mirror.confirmed == Confirmed.PRESENT and (is_blocked or mirror.pushed_version >= mirror.visit.version)


def _busy(connection: CalendarConnection, reading: Reading, *, now: datetime) -> dict[str, Stretch]:
    """Return the busy time by event id; our own events count only where somebody moved them."""
    ours: dict[str, EventMirror] = {
        mirror.event_id: mirror
        for mirror in _mirrors(connection)
        .select_for_update(of=("self",), no_key=True)
        .filter(event_id__in={event.get("recurringEventId", name) for name, event in reading.events.items()} | set(reading.asked))
    }
    busy: dict[str, Stretch] = {}
    for name, event in reading.events.items():
        try:
            stretch = mapping.span(event, reading.zone)
        except ValueError:
            # One event that cannot be read must not hide the others; it names no time, so it takes none.
            log.warning("event_unreadable", connection=connection.pk)
            continue
        mirror = ours.get(name)
        if mirror is not None:
            takes = _was_moved(connection, mirror, event, reading, now=now)
        else:
            takes = not _repeats(ours.get(event.get("recurringEventId", "")), stretch)
            if surprises.handed_over(connection, event, now=now):
                reading.moved[name] = 0
        if takes and mapping.is_busy(event, tentative=connection.shop.tentative_is_busy) and stretch.ends_at > stretch.starts_at:
            busy[name] = stretch
    for name, event in reading.asked.items():
        if name in ours:
            _was_missing(connection, ours[name], event, reading, now=now)
    return busy


def _was_moved(
    connection: CalendarConnection, mirror: EventMirror, event: mapping.Json, reading: Reading, *, now: datetime
) -> bool:
    """Note what was done to a listed event of ours; return whether its place is another than we gave it."""
    if not _is_ours_to_judge(connection, mirror, reading):
        return False
    if mirror.confirmed == Confirmed.ABSENT and not mirror.moved_to:
        # Brought back in Google after we had deleted it: it is deleted again.
        EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.PRESENT)
        reading.disturbed = True
        return False
    if not surprises.found(mirror, mirror.visit, event, now=now):
        return False
    reading.moved[mirror.event_id] = mirror.visit_id
    return True


def _repeats(mirror: EventMirror | None, stretch: Stretch) -> bool:
    """Somebody made a series of our event: its first instance is our event still."""
    return mirror is not None and stretch == _pushed(mirror)


def _was_missing(
    connection: CalendarConnection, mirror: EventMirror, event: mapping.Json, reading: Reading, *, now: datetime
) -> None:
    if mirror.event_id in reading.events or not _is_ours_to_judge(connection, mirror, reading):
        return
    try:
        surprises.found(mirror, mirror.visit, event, now=now)
    except ValueError:
        log.warning("event_unreadable", connection=connection.pk)


def _pushed(mirror: EventMirror) -> Stretch | None:
    if mirror.pushed_starts_at is None or mirror.pushed_ends_at is None:
        return None
    return Stretch(mirror.pushed_starts_at, mirror.pushed_ends_at)


def _replace(connection: CalendarConnection, busy: dict[str, Stretch]) -> None:
    """Make the technician's busy blocks these and no others, without touching those that stayed as they were."""
    stored = {(block.calendar_id, block.event_id): block for block in BusyBlock.objects.filter(technician=connection.technician)}
    changed = []
    for name, stretch in busy.items():
        block = stored.pop((connection.calendar_id, name), None)
        if block is None or Stretch(block.starts_at, block.ends_at) != stretch:
            changed.append(
                BusyBlock(
                    shop_id=connection.shop_id,
                    technician=connection.technician,
                    calendar_id=connection.calendar_id,
                    event_id=name,
                    starts_at=stretch.starts_at,
                    ends_at=stretch.ends_at,
                )
            )
    BusyBlock.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["technician", "calendar_id", "event_id"],
        update_fields=["starts_at", "ends_at"],
    )
    if stored:
        BusyBlock.objects.filter(pk__in=[block.pk for block in stored.values()]).delete()


def _compare_with_visits(connection: CalendarConnection, reading: Reading, busy: dict[str, Stretch], *, now: datetime) -> None:
    """Open a concern for each visit that busy time lies over, once for the same overlap, and close those that passed."""
    found = {}
    visits = Visit.objects.select_related("booking", "technician").filter(
        technician=connection.technician, status=Visit.Status.ACTIVE, ends_at__gt=now, starts_at__lt=reading.until
    )
    for visit in visits:
        over = sorted(
            name
            for name, each in busy.items()
            # A visit's own event, moved a little, is told as moved.
            if each.starts_at < visit.ends_at and each.ends_at > visit.starts_at and reading.moved.get(name) != visit.pk
        )
        if over:
            found[_overlap_key(visit, [(name, busy[name]) for name in over])] = visit
    known = Concern.objects.filter(kind=Concern.Kind.BUSY_OVER_VISIT, technician=connection.technician)
    told = set(known.filter(key__in=found).values_list("key", flat=True))
    known.filter(status=Concern.Status.OPEN).exclude(key__in=found).update(status=Concern.Status.DONE, closed_at=now)
    for key, visit in found.items():
        if key not in told:
            concerns.raise_once(
                Concern.Kind.BUSY_OVER_VISIT,
                key,
                f"{connection.technician.name} has something else in the calendar at the time of visit "
                f"{visit.booking.reference}. Move the visit, or ask them.",
                shop_id=connection.shop_id,
                now=now,
                booking=visit.booking,
                visit=visit,
                technician=connection.technician,
            )


def _overlap_key(visit: Visit, over: Iterable[tuple[str, Stretch]]) -> str:
    """Name an overlap by what it consists of: one that a person has put aside is not brought up again."""
    parts = [f"{visit.starts_at.isoformat()}/{visit.ends_at.isoformat()}", *(f"{name} {each}" for name, each in over)]
    return f"visit:{visit.pk}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"
