"""One day of a shop, what is to be placed in it, and what takes its technicians' time: the values all rules look at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import NamedTuple

from bookings.engine.clock import MINUTE, instant
from bookings.engine.roster import DayStarts, Roster, Service, Span, Urgency, Worker
from bookings.engine.travel import Place

# How far over midnight a neighbouring day's visits are looked at: what is kept free around a visit is shorter.
REACH = 4 * 3600
NONE: tuple["Block", ...] = ()


class Block(NamedTuple):
    """Time of a technician that is taken, [start, end) in instants; a visit's has what is kept free around it.

    Kinds: `visit` (held ones too), `busy` (their calendar), `off`, `unknown` (a calendar nobody could read). Only a visit
    has a place; one that is not known is taken for the shop's.
    """

    start: int
    end: int
    kind: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be placed. `earliest` and `now` are instants; `weekdays` are those of its area, None for every day.

    `priority` sees what is held back for urgent callers and members. `only`: nobody else may lead it, because a person
    chose them.
    """

    roster: Roster
    service: Service
    minutes: int
    now: int
    earliest: int
    place: Place | None = None
    weekdays: frozenset[int] | None = None
    urgency: Urgency = Urgency.ROUTINE
    priority: bool = False
    only: frozenset[int] | None = None
    drives: dict[Place | None, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def urgent(self) -> bool:
        return self.urgency is not Urgency.ROUTINE

    @property
    def overtime(self) -> bool:
        """Say whether hours beyond the regular ones may be used."""
        return self.urgent and not self.service.regular_hours_only

    @property
    def length(self) -> int:
        return self.minutes * MINUTE

    @property
    def before(self) -> int:
        return self.service.setup_minutes * MINUTE

    @property
    def after(self) -> int:
        return self.service.buffer_minutes * MINUTE

    @property
    def slack(self) -> int:
        """Seconds into the promised window at which the visit may still be planned to begin.

        Several people or days begin together, at the window's start.
        """
        if len(self.service.roles) > 1 or self.service.days > 1:
            return 0
        return self.service.arrival_minutes * self.roster.latest_start_percent // 500 * 5 * MINUTE

    def drive(self, place: Place | None) -> int:
        """Return the seconds between a place and the job's."""
        known = self.drives.get(place)
        if known is None:
            known = self.drives[place] = self.roster.travel.seconds(place, self.place)
        return known


class Day:
    """A date of a shop: its midnights as instants, whether it is closed, and its technicians' shifts."""

    __slots__ = ("_instants", "_shifts", "closed", "ends", "on", "roster", "starts", "weekday")

    def __init__(self, roster: Roster, on: date) -> None:
        self.roster = roster
        self.on = on
        self.weekday = on.weekday()
        self.closed = roster.closures.get(on)
        self.starts = instant(on, time.min, roster.zone)
        self.ends = instant(on + timedelta(days=1), time.min, roster.zone)
        self._instants: dict[time, int] = {}
        self._shifts: dict[tuple[int, bool], list[Span]] = {}

    def at(self, local: time) -> int:
        """Return the instant of a local time of this day."""
        known = self._instants.get(local)
        if known is None:
            known = self._instants[local] = instant(self.on, local, self.roster.zone)
        return known

    def shifts(self, worker: Worker, *, overtime: bool) -> list[Span]:
        """Return the worker's shifts in order, those that touch as one; on a closed day only overtime is left."""
        key = (id(worker.shifts), overtime)
        known = self._shifts.get(key)
        if known is not None:
            return known
        found = [
            Span(self.at(shift.starts), self.at(shift.ends))
            for shift in worker.shifts
            if shift.weekday == self.weekday and (overtime if shift.overtime else self.closed is None)
        ]
        self._shifts[key] = found = found if len(found) < 2 else merged(found)
        return found


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans in order, without overlaps."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        elif span.start < span.end:
            joined.append(span)
    return joined


def in_order(block: Block) -> tuple[int, int, tuple[float, ...]]:
    """Order blocks by start, end and place, so that of two visits on one another the same one counts as the neighbour."""
    return block[0], block[1], block[3] or ()


class Taken:
    """What takes technicians' time, by technician and day."""

    def __init__(self, blocks: Mapping[int, Sequence[Block]] | None = None, days: Sequence[Day] = ()) -> None:
        """Take blocks by technician, in any order, and the days that will be asked for, in order and without gaps."""
        self._days: dict[tuple[int, date], list[Block]] = {}
        self.dates = frozenset(day.on for day in days)
        if not blocks or not days:
            return
        dates = [day.on for day in days]
        opens = [day.starts - REACH for day in days]
        closes = [day.ends + REACH for day in days]
        last = len(days) - 1
        filed = self._days
        for worker, taken in blocks.items():
            begun = 0
            taken = sorted(taken, key=in_order)
            for block in taken:
                begins, ends = block[0], block[1]
                while begun <= last and closes[begun] <= begins:
                    begun += 1
                at = begun
                while at <= last and opens[at] < ends:
                    key = (worker, dates[at])
                    if key in filed:
                        filed[key].append(block)
                    else:
                        filed[key] = [block]
                    at += 1

    def on(self, worker: int, on: date) -> Sequence[Block]:
        """Return what is taken around a day, in order of start; some of it may belong to the neighbouring days."""
        return self._days.get((worker, on), NONE)

    def has(self, kind: str) -> bool:
        """Say whether a block of this kind takes time on one of the days."""
        return any(block[2] == kind for blocks in self._days.values() for block in blocks)

    def without(self, kind: str) -> "Taken":
        """Return the same without blocks of this kind."""
        left = Taken()
        left.dates = self.dates
        left._days = {key: [block for block in blocks if block[2] != kind] for key, blocks in self._days.items()}
        return left


def counted(blocks: Sequence[Block], day: Day) -> tuple[int, int]:
    """Return how many visits begin on the day and their minutes with what is kept free around them."""
    visits = seconds = 0
    starts, ends = day.starts, day.ends
    for begins, over, kind, _ in blocks:
        if kind == "visit" and starts <= begins < ends:
            visits += 1
            seconds += over - begins
    return visits, seconds // MINUTE


def starts_at_base(worker: Worker) -> bool:
    """Say whether the way to the first job and home from the last one counts as working time."""
    return worker.day_starts is not DayStarts.FIRST_JOB
