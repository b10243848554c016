"""When a technician could begin a job, as stretches of instants: the fast way to what bookings.engine.rules says of each.

A search over a thousand technicians looks at tens of thousands of days. Each is read once from left to right; nothing is
tried start by start. The property tests hold this file and the rules to the same answer.
"""

from collections.abc import Sequence
from typing import NamedTuple

from bookings.engine.day import Block, Day, Job, counted, starts_at_base
from bookings.engine.roster import Role, Worker


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
    """Return the stretches in which the worker could begin, in order; skills are `able`'s affair.

    One walk over the gaps between blocks; the visits before and after a gap are carried along, and drives are reckoned only
    where a gap is long enough. It is one function because calls in this loop cost more than what they do.
    """
    shifts = day.shifts(worker, overtime=job.overtime)
    if not shifts or not _within_limits(worker, job, day, blocks):
        return []
    found: list[Stretch] = []
    before, length, after = job.before, job.length, job.after
    need = before + length + after
    longest = job.roster.longest_drive_minutes * 60
    day_first, day_last = shifts[0][0], shifts[-1][1]
    home, away = starts_at_base(worker), job.drive(worker.base)
    opens = day.starts - 86_400
    came: Block | None = None
    visits = [block for block in blocks if block[2] == "visit"]
    visits.reverse()
    for block in (*blocks, None):
        goes = visits[-1] if visits else None
        closes = block[0] if block is not None else day.ends + 86_400
        if closes - opens >= need and closes > day_first and opens < day_last:
            # When the blocked time may begin and end, and when the work has to be over for the way back to base.
            begins, ends, over, fits = opens, closes, day_last, True
            if came is not None and (drive := job.drive(came[3])):
                if drive > longest and came[1] > day_first:
                    fits = False
                else:
                    free = opens - came[1]
                    begins = max(begins, opens + drive - (free_between(blocks, came[1], opens) if free > 0 else free))
            if goes is not None and (drive := job.drive(goes[3])):
                if drive > longest and goes[0] < day_last:
                    fits = False
                else:
                    free = goes[0] - closes
                    ends = min(ends, closes - drive + (free_between(blocks, closes, goes[0]) if free > 0 else free))
            if away:  # the first visit is driven to from the base, the last one driven home from
                if came is None or came[1] <= day_first:
                    if away > longest:
                        fits = False
                    elif home:
                        begins = max(begins, opens + away - free_between(blocks, day_first, opens))
                if goes is None or goes[0] >= day_last:
                    if away > longest:
                        fits = False
                    elif home:
                        over -= away
            if fits:
                first, last = begins + before, ends - after - length
                for shift in shifts:
                    begin = max(first, shift[0] + before)
                    end = min(last, shift[1] - length, over - length)
                    if begin <= end:
                        found.append(Stretch(shift[0], begin, end))
        if block is not None:
            if block[1] > opens:
                opens = block[1]
            if block[2] == "visit":
                visits.pop()
                if came is None or (block[1], block[0]) >= (came[1], came[0]):
                    came = block
    return found


def _within_limits(worker: Worker, job: Job, day: Day, blocks: Sequence[Block]) -> bool:
    if job.urgent or (worker.most_visits is None and worker.most_minutes is None):
        return True
    visits, minutes = counted(blocks, day)
    if worker.most_visits is not None and visits >= worker.most_visits:
        return False
    own = (job.before + job.length + job.after) // 60
    return worker.most_minutes is None or minutes + own <= worker.most_minutes


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
