"""When a technician could begin a job, as stretches of instants: the fast way to what bookings.engine.rules says of each.

A search over a thousand technicians looks at tens of thousands of days. Each is read once from left to right; nothing is
tried start by start. The property tests hold this file and the rules to the same answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bookings.engine.day import Block, Day, Job, counted, starts_at_base
from bookings.engine.roster import Role, Span, Worker


class Stretch(NamedTuple):
    """Every instant from `first` to `last`, both included, will do as a start; `opens` is the start of the shift."""

    opens: int
    first: int
    last: int


def able(worker: Worker, role: Role, job: Job, day: Day, *, leads: bool) -> bool:
    """Say whether the worker may take the role on that day, whatever the hour."""
    if leads and (not worker.alone or (job.only is not None and worker.id not in job.only)):
        return False
    for skill in role.skills:
        if skill not in worker.skills:
            return False
        until = worker.skills[skill]
        if until is not None and until < day.on:
            return False
    return True


def of_worker(worker: Worker, job: Job, day: Day, blocks: Sequence[Block]) -> list[Stretch]:
    """Return the stretches in which the worker could begin, in order; skills are `able`'s affair."""
    shifts = day.shifts(worker, overtime=job.overtime)
    if not shifts or not _within_limits(worker, job, day, blocks):
        return []
    found: list[Stretch] = []
    travel = _Neighbours(worker, job, shifts, blocks)
    before, length, after = job.before, job.length, job.after
    need = before + length + after
    opens = day.starts - 86_400
    for number, block in enumerate([*blocks, None]):
        closes = block[0] if block is not None else day.ends + 86_400
        if closes - opens >= need:
            window = travel.window(opens, closes, number)
            if window is not None:
                first, last = window[0] + before, window[1] - after - length
                for shift in shifts:
                    begin = max(first, shift[0] + before)
                    end = min(last, shift[1] - length, window[2] - length)
                    if begin <= end:
                        found.append(Stretch(shift[0], begin, end))
        if block is not None and block[1] > opens:
            opens = block[1]
    return found


def _within_limits(worker: Worker, job: Job, day: Day, blocks: Sequence[Block]) -> bool:
    if job.urgent or (worker.most_visits is None and worker.most_minutes is None):
        return True
    visits, minutes = counted(blocks, day)
    if worker.most_visits is not None and visits >= worker.most_visits:
        return False
    own = (job.before + job.length + job.after) // 60
    return worker.most_minutes is None or minutes + own <= worker.most_minutes


class _Neighbours:
    """What comes before and after a gap: the visits nearest to it, or the base the day starts and ends at."""

    __slots__ = ("away", "base", "blocks", "first", "home", "job", "last", "longest")

    def __init__(self, worker: Worker, job: Job, shifts: Sequence[Span], blocks: Sequence[Block]) -> None:
        self.job = job
        self.blocks = blocks
        self.base = worker.base
        self.away: int | None = None
        self.home = starts_at_base(worker)
        self.first = shifts[0][0]
        self.last = shifts[-1][1]
        self.longest = job.roster.longest_drive_minutes * 60

    def window(self, opens: int, closes: int, number: int) -> tuple[int, int, int] | None:
        """Return when the blocked time may begin and end in a gap, and when the work has to be over to get back to base.

        None when the drive to or from the job is longer than anybody is sent. `number` blocks come before the gap.
        """
        job, blocks = self.job, self.blocks
        came: Block | None = None
        for block in blocks[:number]:
            if block[2] == "visit" and (came is None or (block[1], block[0]) >= (came[1], came[0])):
                came = block
        goes: Block | None = None
        for block in blocks[number:]:
            if block[2] == "visit":
                goes = block
                break
        begins, ends, over = opens, closes, self.last
        if came is not None:
            drive = job.drive(came[3])
            if drive:
                if drive > self.longest and came[1] > self.first:
                    return None
                begins = max(begins, opens + drive - free_between(blocks, came[1], opens))
        if goes is not None:
            drive = job.drive(goes[3])
            if drive:
                if drive > self.longest and goes[0] < self.last:
                    return None
                ends = min(ends, closes - drive + free_between(blocks, closes, goes[0]))
        if self.away is None:
            self.away = job.drive(self.base)
        if self.away:
            if came is None or came[1] <= self.first:
                if self.away > self.longest:
                    return None
                if self.home:
                    begins = max(begins, opens + self.away - free_between(blocks, self.first, opens))
            if goes is None or goes[0] >= self.last:
                if self.away > self.longest:
                    return None
                if self.home:
                    over -= self.away
        return begins, ends, over


def free_between(blocks: Sequence[Block], start: int, end: int) -> int:
    """Return the seconds of [start, end) that no block takes; negative is the distance where end lies before start.

    That is what makes a day that has not begun yet cost the whole way to its beginning.
    """
    if end <= start:
        return end - start
    free, cursor = 0, start
    for block in blocks:
        if block[0] >= end:
            break
        if block[1] > cursor:
            free += max(0, block[0] - cursor)
            cursor = block[1]
    return free + max(0, end - cursor)
