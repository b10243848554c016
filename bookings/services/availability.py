"""Searches for times to offer: what was asked for if there is any, else the nearest alternatives, in one answer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bookings.engine import spread
from bookings.engine.clock import instant
from bookings.engine.day import Job
from bookings.engine.roster import Area, Roster, Span
from bookings.engine.slots import Candidate, Search
from bookings.models import Booking
from bookings.services import jobs, occupancy, standing, unseen, whynot
from bookings.services.asking import Slot, Wish
from bookings.services.whynot import Compact

OFFERED_AT_MOST = 3
DAYS_AROUND = 14
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, from `on` to `until` where several days would do. `as_asked`: the slots are on those days and in
    the part asked for.

    `closed` is the reason when the shop is closed on that day ("" when it gave none), None when it is open. `why_not` is
    kept where nothing could be had as asked.
    """

    on: date
    part: str | None
    until: date | None = None
    slots: list[Slot] = field(default_factory=list)
    as_asked: bool = False
    closed: str | None = None
    area: Area | None = None
    why_not: Compact = field(default_factory=dict)


def search(roster: Roster, wish: Wish, *, now: datetime, origin: str = "", moves: Booking | None = None) -> Found:
    """Return at most three slots: of the days and part asked for, those nearest to a time named; else alternatives.

    What the origin itself holds counts as free, as do the visits of `moves`, the booking that is to be moved; whom a person
    chose for it stays. Raises RefusedError `past`, `beyond_horizon`, `part_unknown`, `outside_area`. Two statements to the
    database at most, one more for `moves`.
    """
    jobs.check_day(roster, wish.on, now)
    area = standing.area_of(roster, wish.zip_code, moves)
    own = standing.visits(moves) if moves is not None else []
    without = [visit.pk for visit in own]
    job = _job(roster, wish, area, now, only=standing.chosen(roster, own))
    part = wish.part and wish.part.strip().casefold()
    closed = roster.closures.get(wish.on) if wish.until is None else None
    days = _days(roster, wish, now)
    count = len(days) - 1 + jobs.reach(wish.service)
    look = Search(job, occupancy.read(roster, days[0], count, now=now, without=without, holder=origin))
    also = None
    chosen = _as_asked(roster, wish, look, days)
    if not chosen and (also := unseen.too(roster, look)) is not None:
        look, chosen = also, _as_asked(roster, wish, also, days)
    if chosen:
        slots = _slots(roster, job, chosen, to_confirm=also is not None)
        return Found(wish.on, part, wish.until, slots, as_asked=True, area=area)
    why = whynot.compact(look, wish.on, within_of(roster, wish, wish.on), at=wish.at)
    nearest = alternatives(roster, wish, now=now, without=without, job=job, origin=origin)
    return Found(wish.on, part, wish.until, nearest, closed=closed, area=area, why_not=why)


def alternatives(
    roster: Roster, wish: Wish, *, now: datetime, without: Sequence[int] = (), job: Job | None = None, origin: str = ""
) -> list[Slot]:
    """Return at most three slots of the nearest days, at most two a day, nearest to that time of the day, in order.

    Where nobody who was seen has any, those that the office would have to confirm, if the shop offers such.
    `without` are visits that count as gone, because they are the ones to be moved.
    """
    if job is None:
        job = _job(roster, wish, jobs.area_of(roster, wish.zip_code), now)
    part = jobs.part_named(roster, wish.part)
    aim = wish.at or wish.not_before or (part.starts if part else time(12))
    today = now.astimezone(roster.zone).date()
    last = min((wish.until or wish.on) + DAYS_AROUND * DAY, today + roster.horizon_days * DAY)
    first = min(max(today, wish.on - 2 * DAY), last)
    count = (last - first).days + 1
    taken = occupancy.read(roster, first, count - 1 + jobs.reach(wish.service), now=now, without=without, holder=origin)
    look = Search(job, taken)
    # Outward from the day asked for; a later day costs nothing unless the nearer ones had too little.
    days = sorted((first + n * DAY for n in range(count)), key=lambda day: (abs(day - wish.on), day < wish.on))
    chosen = _nearest(roster, wish, look, days, aim)
    also = unseen.too(roster, look) if not chosen else None
    if also is not None:
        chosen = _nearest(roster, wish, also, days, aim)
    return _slots(roster, job, sorted(chosen, key=lambda each: each.start), to_confirm=also is not None)


def _nearest(roster: Roster, wish: Wish, look: Search, days: Sequence[date], aim: time) -> list[Candidate]:
    chosen: list[Candidate] = []
    for day in days:
        chosen += spread.near(look.candidates(day), instant(day, aim, roster.zone), wish.service, 2)
        if len(chosen) >= OFFERED_AT_MOST:
            break
    return chosen[:OFFERED_AT_MOST]


def within_of(roster: Roster, wish: Wish, on: date) -> Span | None:
    """Return the stretch of a day in which the window may begin; None for all of it. Raises RefusedError `part_unknown`."""
    part = jobs.part_named(roster, wish.part)
    # Before the first part of the day and after the last one counts to those.
    starts = [part.starts] if part and part != roster.parts[0] else []
    ends = [part.ends] if part and part != roster.parts[-1] else []
    starts += [wish.not_before] if wish.not_before else []
    ends += [wish.not_after] if wish.not_after else []
    if not part and not starts and not ends:
        return None
    start = instant(on, max(starts), roster.zone) if starts else instant(on, time.min, roster.zone)
    end = instant(on, min(ends), roster.zone) if ends else instant(on + DAY, time.min, roster.zone)
    return Span(start, end)


def _job(roster: Roster, wish: Wish, area: Area | None, now: datetime, only: frozenset[int] | None = None) -> Job:
    return jobs.job(
        roster, wish.service, now=now, zip_code=wish.zip_code, area=area, urgency=wish.urgency, priority=wish.priority,
        minutes=roster.minutes_of(wish.service, asked=wish.minutes, equipment=wish.equipment, years=wish.years),
        only=only,
    )  # fmt: skip


def _days(roster: Roster, wish: Wish, now: datetime) -> list[date]:
    last = now.astimezone(roster.zone).date() + roster.horizon_days * DAY
    until = min(wish.until or wish.on, last, wish.on + (DAYS_AROUND - 1) * DAY)
    return [wish.on + n * DAY for n in range((until - wish.on).days + 1)]


def _as_asked(roster: Roster, wish: Wish, look: Search, days: Sequence[date]) -> list[Candidate]:
    """Return windows of the days asked for: several of a single day, or the first ones of several days.

    Of several days the soonest has two, so that who is in a hurry has a choice.
    """
    if len(days) == 1:
        on = days[0]
        found = look.candidates(on, within=within_of(roster, wish, on))
        if wish.at is not None:
            return spread.near(found, instant(on, wish.at, roster.zone), wish.service, OFFERED_AT_MOST)
        return spread.over_day(found, roster, wish.service, within_of(roster, wish, on), OFFERED_AT_MOST)
    by_day: list[list[Candidate]] = []
    for on in days:
        within = within_of(roster, wish, on)
        found = look.candidates(on, within=within)
        if found:
            by_day.append(spread.over_day(found, roster, wish.service, within, OFFERED_AT_MOST))
        if len(by_day) == OFFERED_AT_MOST - 1:
            break
    chosen = [each for found in by_day for each in found[:1]] + [each for found in by_day for each in found[1:]]
    return sorted(chosen[:OFFERED_AT_MOST], key=lambda each: each.start)


def _slots(roster: Roster, job: Job, chosen: Sequence[Candidate], *, to_confirm: bool = False) -> list[Slot]:
    return [jobs.slot_at(roster, job.service, candidate.start, job.minutes, to_confirm=to_confirm) for candidate in chosen]
