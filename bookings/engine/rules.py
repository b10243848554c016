"""The rules, each a small named piece: why this technician cannot begin this job at this instant.

One rule answers at a time, in the order in which a dispatcher would name it. `stretches` is the fast way to the same
answers; words for them are in bookings.explaining.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from bookings.engine.day import Block, Day, Job, Taken, counted, starts_at_base
from bookings.engine.roster import Role, Span, Worker
from bookings.engine.stretches import free_between


class Refusal(NamedTuple):
    """The one rule that refused, and its facts: ids, instants, seconds, dates in ISO form."""

    rule: str
    facts: tuple[int | str, ...] = ()


@dataclass(frozen=True)
class Try:
    """A technician in a role at an instant. `blocks` are what is taken around the day, in order."""

    job: Job
    day: Day
    worker: Worker
    role: Role
    leads: bool
    start: int
    blocks: Sequence[Block]

    @property
    def begins(self) -> int:
        return self.start - self.job.before

    @property
    def over(self) -> int:
        """When the work is over; what is kept free after it may run on."""
        return self.start + self.job.length

    @property
    def ends(self) -> int:
        return self.over + self.job.after

    @cached_property
    def shifts(self) -> list[Span]:
        return self.day.shifts(self.worker, overtime=self.job.overtime)

    @cached_property
    def came(self) -> Block | None:
        """Return the visit before."""
        before = [block for block in self.blocks if block.kind == "visit" and block.end <= self.begins]
        return max(before, key=lambda block: (block.end, block.start, block.place or ()), default=None)

    @cached_property
    def goes(self) -> Block | None:
        """Return the visit after."""
        return next((block for block in self.blocks if block.kind == "visit" and block.start >= self.ends), None)


def _chosen(each: Try) -> Refusal | None:
    """Refuse who was not chosen, when a person chose somebody."""
    return Refusal("pinned") if each.leads and each.job.only is not None and each.worker.id not in each.job.only else None


def _alone(each: Try) -> Refusal | None:
    """Refuse a helper the lead."""
    return Refusal("helper") if each.leads and not each.worker.alone else None


def _skills(each: Try) -> Refusal | None:
    """Refuse who lacks a skill, or whose certificate is no longer valid on that day."""
    for skill in each.role.skills:
        if skill not in each.worker.skills:
            return Refusal("skill", (skill,))
        until = each.worker.skills[skill]
        if until is not None and until < each.day.on:
            return Refusal("expired", (skill, until.isoformat()))
    return None


def _works(each: Try) -> Refusal | None:
    """Refuse a day without a shift."""
    return None if each.shifts else Refusal("not_working")


def _hours(each: Try) -> Refusal | None:
    """Refuse work that does not lie within one shift."""
    shifts = each.shifts
    if any(shift.start <= each.begins and each.over <= shift.end for shift in shifts):
        return None
    return Refusal("hours", (shifts[0].start, shifts[-1].end))


def _free(each: Try) -> Refusal | None:
    """Refuse time that is taken."""
    for block in each.blocks:
        if block.start < each.ends and each.begins < block.end:
            return Refusal(block.kind, (block.start, block.end))
    return None


def _far(each: Try) -> Refusal | None:
    """Refuse a drive that is longer than anybody is sent on."""
    longest = each.job.roster.longest_drive_minutes * 60
    first, last = each.shifts[0].start, each.shifts[-1].end
    came, goes, base = each.came, each.goes, each.job.drive(each.worker.base)
    from_where = each.job.drive(came.place) if came is not None and came.end > first else base
    to_where = each.job.drive(goes.place) if goes is not None and goes.start < last else base
    longer = max(from_where, to_where)
    return Refusal("far", (longer,)) if longer > longest else None


def _comes(each: Try) -> Refusal | None:
    """Refuse a start that cannot be reached from the visit before, or from where the day starts."""
    came, first = each.came, each.shifts[0].start
    if came is not None:
        drive = each.job.drive(came.place)
        if drive and drive > free_between(each.blocks, came.end, each.begins):
            return Refusal("drive_there", (drive, came.end))
    if (came is None or came.end <= first) and starts_at_base(each.worker):
        drive = each.job.drive(each.worker.base)
        if drive and drive > free_between(each.blocks, first, each.begins):
            return Refusal("drive_out", (drive, first))
    return None


def _goes(each: Try) -> Refusal | None:
    """Refuse a job after which the next visit, or the end of the day at the base, cannot be reached."""
    goes, last = each.goes, each.shifts[-1].end
    if goes is not None:
        drive = each.job.drive(goes.place)
        if drive and drive > free_between(each.blocks, each.ends, goes.start):
            return Refusal("drive_on", (drive, goes.start))
    if (goes is None or goes.start >= last) and starts_at_base(each.worker):
        drive = each.job.drive(each.worker.base)
        if drive and each.over + drive > last:
            return Refusal("drive_home", (drive, last))
    return None


def _limits(each: Try) -> Refusal | None:
    """Refuse more visits or minutes than a day may have; urgent work goes beyond them."""
    if each.job.urgent:
        return None
    visits, minutes = counted(each.blocks, each.day)
    most = each.worker.most_visits
    if most is not None and visits >= most:
        return Refusal("most_visits", (most,))
    own = (each.ends - each.begins) // 60
    if each.worker.most_minutes is not None and minutes + own > each.worker.most_minutes:
        return Refusal("most_minutes", (each.worker.most_minutes,))
    return None


LONG_MINUTES = 240  # half a working day

RULES: tuple[Callable[[Try], Refusal | None], ...] = (
    _chosen, _alone, _skills, _works, _limits, _hours, _free, _far, _comes, _goes,
)  # fmt: skip


def why_not(each: Try) -> Refusal | None:
    """Return the one rule that refuses this technician at this instant; None when they could go."""
    return next((refusal for rule in RULES if (refusal := rule(each)) is not None), None)


def refused_day(job: Job, day: Day, taken: Taken) -> Refusal | None:
    """Return the rule that refuses a whole day to this job, whoever would go; None when some technician may."""
    if day.closed is not None and not any(day.shifts(worker, overtime=job.overtime) for worker in job.roster.workers):
        return Refusal("closed", (day.closed,))
    if job.weekdays is not None and day.weekday not in job.weekdays:
        return Refusal("area_day", tuple(sorted(job.weekdays)))
    cutoff = job.roster.same_day_cutoff
    if not job.urgent and cutoff is not None and day.starts <= job.now < day.ends and job.now >= day.at(cutoff):
        return Refusal("cutoff", (day.at(cutoff),))
    return held_back(job, day, taken)


def held_back(job: Job, day: Day, taken: Taken) -> Refusal | None:
    """Refuse a day on which this job would take what is held back for urgent callers and members.

    Capacity is the regular working time that nothing but visits takes; the share that is held back has to stay free of them.
    Work of a crew or of more than half a day takes whole people out of it by its nature, and is planned on all of it.
    """
    if job.priority or job.urgent or job.minutes > LONG_MINUTES or len(job.service.roles) > 1:
        return None
    held = [each for each in job.roster.holdbacks if each.percent and each.covers(day.on) and job.now < day.at(each.released_at)]
    if not held:
        return None
    hold = max(held, key=lambda each: each.percent)
    capacity = free = 0
    for shifts, blocks in _regular(job, day, taken):
        capacity += _uncovered(shifts, [block for block in blocks if block.kind != "visit"])
        free += _uncovered(shifts, blocks)
    if not capacity or (free - job.length) * 100 >= capacity * hold.percent:
        return None
    return Refusal("held_back", (hold.percent, day.at(hold.released_at)))


def _regular(job: Job, day: Day, taken: Taken) -> Iterator[tuple[list[Span], Sequence[Block]]]:
    for worker in job.roster.workers:
        yield day.shifts(worker, overtime=False), taken.on(worker.id, day.on)


def _uncovered(shifts: Sequence[Span], blocks: Sequence[Block]) -> int:
    """Return the seconds of the shifts that no block takes."""
    return sum(free_between(blocks, shift.start, shift.end) for shift in shifts)
