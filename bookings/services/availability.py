"""Searches for times to offer: what was asked for if there is any, else the nearest alternatives, in one answer."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bookings.engine import slots
from bookings.engine.clock import MINUTE, instant, local
from bookings.engine.roster import Part, Roster, Service, Span
from bookings.errors import RefusedError
from bookings.services import occupancy

OFFERED_AT_MOST = 3
DAYS_AROUND = 14
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A start that can be promised: the arrival window in the shop's zone and the part of the day it is called by."""

    starts_at: datetime
    window_ends_at: datetime
    part: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `as_asked`: the slots are on the day and in the part asked for.

    `closed` is the reason when the shop is closed on that day ("" when it gave none), None when it is open.
    """

    on: date
    part: str | None
    slots: list[Slot] = field(default_factory=list)
    as_asked: bool = False
    closed: str | None = None


def day_span(roster: Roster, on: date, days: int = 1, *, reach: int = 0) -> Span:
    """Return the span from the start of a day to the start of the day `days` later, in the shop's zone.

    `reach` minutes more are added for visits that run over midnight.
    """
    end = instant(on + days * DAY, time.min, roster.zone)
    return Span(instant(on, time.min, roster.zone), end + reach * MINUTE)


def check_day(roster: Roster, on: date, now: datetime) -> None:
    """Raise RefusedError `past` or `beyond_horizon` for a day on which nothing can be booked."""
    today = now.astimezone(roster.zone).date()
    until = today + roster.horizon_days * DAY
    if on < today:
        raise RefusedError("past", on=on)
    if on > until:
        raise RefusedError("beyond_horizon", on=on, until=until)


def part_named(roster: Roster, name: str | None) -> Part | None:
    """Return the part of the day called so, None for none; raise RefusedError `part_unknown` for another word."""
    if not name:
        return None
    part = roster.part(name.strip().casefold())
    if part is None:
        raise RefusedError("part_unknown", said=name, parts=[each.name for each in roster.parts])
    return part


def search(
    roster: Roster,
    service: Service,
    *,
    on: date,
    now: datetime,
    part: str | None = None,
    at: time | None = None,
    minutes: int | None = None,
) -> Found:
    """Return at most three slots: of that day and part, those nearest to `at` if a time was named; else alternatives.

    Raises RefusedError `past`, `beyond_horizon`, `part_unknown`. Two statements to the database at most.
    """
    check_day(roster, on, now)
    asked = part_named(roster, part)
    length = service.clamp(minutes)
    closed = roster.closures.get(on)
    if closed is None:
        within = Span(instant(on, asked.starts, roster.zone), instant(on, asked.ends, roster.zone)) if asked else None
        stretch = day_span(roster, on, reach=length + service.buffer_minutes)
        taken = occupancy.read(roster, stretch, now=now).taken
        day = slots.candidates(
            roster, service, on=on, minutes=length, earliest=_earliest(roster, now), within=within, taken=taken
        )
        chosen = _near(day, instant(on, at, roster.zone), service, OFFERED_AT_MOST) if at else _choose(day, service, within)
        if chosen:
            return Found(on, part, _slots(roster, service, chosen, length), as_asked=True)
    nearest = alternatives(roster, service, on=on, now=now, part=part, at=at, minutes=minutes)
    return Found(on, asked.name if asked else None, nearest, closed=closed)


def alternatives(
    roster: Roster,
    service: Service,
    *,
    on: date,
    now: datetime,
    part: str | None = None,
    at: time | None = None,
    minutes: int | None = None,
) -> list[Slot]:
    """Return at most three slots of the nearest days, at most two a day, nearest to that time of the day, in order."""
    asked = part_named(roster, part)
    length = service.clamp(minutes)
    aim = at or (asked.starts if asked else time(12))
    today = now.astimezone(roster.zone).date()
    last = min(on + DAYS_AROUND * DAY, today + roster.horizon_days * DAY)
    first = max(today, on - 2 * DAY)
    reach = length + service.buffer_minutes
    taken = occupancy.read(roster, day_span(roster, first, (last - first).days + 1, reach=reach), now=now).taken
    chosen: list[slots.Candidate] = []
    # Outward from the day asked for; a later day costs nothing unless the nearer ones had too little.
    days = sorted((first + n * DAY for n in range((last - first).days + 1)), key=lambda day: (abs(day - on), day < on))
    for day in days:
        found = slots.candidates(roster, service, on=day, minutes=length, earliest=_earliest(roster, now), taken=taken)
        chosen += _near(found, instant(day, aim, roster.zone), service, 2)
        if len(chosen) >= OFFERED_AT_MOST:
            break
    return _slots(roster, service, sorted(chosen[:OFFERED_AT_MOST], key=lambda each: each.start), length)


def _earliest(roster: Roster, now: datetime) -> int:
    return int(now.timestamp()) + roster.lead_minutes * MINUTE


def _near(found: list[slots.Candidate], aim: int, service: Service, most: int) -> list[slots.Candidate]:
    """Return those nearest to an instant whose promised windows do not overlap, in order of time."""
    apart = service.arrival_minutes * MINUTE
    near: list[slots.Candidate] = []
    for candidate in sorted(found, key=lambda each: abs(each.start - aim)):
        if len(near) < most and all(abs(candidate.start - other.start) >= apart for other in near):
            near.append(candidate)
    return sorted(near, key=lambda each: each.start)


def _choose(day: list[slots.Candidate], service: Service, within: Span | None) -> list[slots.Candidate]:
    """Prefer windows that lie wholly in the part asked for over those that only begin in it."""
    arrival = service.arrival_minutes * MINUTE
    inside = [each for each in day if within is None or each.start + arrival <= within.end]
    return slots.spread(inside or day, apart=arrival, most=OFFERED_AT_MOST)


def _slots(roster: Roster, service: Service, chosen: list[slots.Candidate], minutes: int) -> list[Slot]:
    return [slot_at(roster, service, candidate.start, minutes) for candidate in chosen]


def slot_at(roster: Roster, service: Service, start: int, minutes: int) -> Slot:
    """Return the promise that goes with a visit starting at that instant."""
    starts_at = local(start, roster.zone)
    return Slot(
        starts_at=starts_at,
        window_ends_at=local(start + service.arrival_minutes * MINUTE, roster.zone),
        part=roster.part_at(starts_at.time()),
        minutes=minutes,
    )
