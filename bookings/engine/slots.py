"""Which windows of a day can be promised, and who could lead the work that keeps the promise."""

from dataclasses import dataclass
from datetime import date

from bookings.engine import rules, stretches
from bookings.engine.clock import MINUTE
from bookings.engine.crews import Crews
from bookings.engine.day import Day, Job, Taken
from bookings.engine.roster import Role, Span, Worker
from bookings.engine.rules import Refusal, Try
from bookings.engine.stretches import Stretch

GRID = 5 * MINUTE  # a visit that cannot begin with its window begins at a time that can be said


@dataclass(frozen=True, slots=True)
class Candidate:
    """A window that begins at `start`, and who could lead: (technician, instant the visit begins), by ascending id."""

    start: int
    leads: tuple[tuple[int, int], ...]

    @property
    def workers(self) -> tuple[int, ...]:
        return tuple(worker for worker, _ in self.leads)


class Search:
    """Looks for windows for one job over what is taken; each day and each technician's stretches are worked out once."""

    def __init__(self, job: Job, taken: Taken) -> None:
        self.job = job
        self.taken = taken
        self._slack = job.slack
        self._days: dict[date, Day] = {}
        self._stretches: dict[tuple[int, date], list[Stretch]] = {}
        self._refused: dict[date, Refusal | None] = {}
        alone = len(job.service.roles) == 1 and job.service.days == 1
        self.crews = None if alone else Crews(job.roster, job.service, self)

    def day(self, on: date) -> Day:
        known = self._days.get(on)
        if known is None:
            if on not in self.taken.dates:
                raise LookupError(f"what is taken on {on} was never read")
            known = self._days[on] = Day(self.job.roster, on)
        return known

    def refused_day(self, on: date) -> Refusal | None:
        """Return the rule that refuses the whole day, None when somebody may go."""
        if on not in self._refused:
            self._refused[on] = rules.refused_day(self.job, self.day(on), self.taken)
        return self._refused[on]

    def candidates(self, on: date, *, within: Span | None = None) -> list[Candidate]:
        """Return the windows of a day, in order, not before the job's earliest, beginning inside `within`.

        The grid of windows starts with each shift, so that a day from 8:15 offers 8:15 and not 8:30.
        """
        if self.refused_day(on) is not None:
            return []
        job, day = self.job, self.day(on)
        lead = job.service.roles[0]
        found: dict[int, list[tuple[int, int]]] = {}
        begin = max(job.earliest, within.start) if within else job.earliest
        end = within.end - 1 if within else day.ends
        step, slack = job.roster.step_minutes * MINUTE, self._slack
        for worker in job.roster.workers:
            if not stretches.able(worker, lead, job, day, leads=True):
                continue
            number = worker.id
            for opens, first, last in self._of(worker, on):
                start = -(-first // GRID) * GRID
                window = opens + -(-(max(opens, first - slack, start - slack, begin) - opens) // step) * step
                latest = min(last, end)
                while window <= latest:
                    planned = window if window >= first else start
                    if planned <= last and planned <= window + slack:
                        known = found.get(window)
                        if known is None:
                            found[window] = [(number, planned)]
                        elif known[-1][0] != number:
                            known.append((number, planned))
                    window += step
        if self.crews is not None:
            found = {window: kept for window, leads in found.items() if (kept := self.crews.complete(on, window, leads))}
        return [Candidate(window, tuple(found[window])) for window in sorted(found)]

    def at(self, on: date, window: int) -> Candidate | None:
        """Return who could keep a promise that begins at this instant, on the grid or not; None when nobody could."""
        if window < self.job.earliest or self.refused_day(on) is not None:
            return None
        day, lead = self.day(on), self.job.service.roles[0]
        leads = [
            (worker.id, start)
            for worker in self.job.roster.workers
            if stretches.able(worker, lead, self.job, day, leads=True) and (start := self._start(worker, on, window)) is not None
        ]
        if self.crews is not None:
            leads = self.crews.complete(on, window, leads)
        return Candidate(window, tuple(leads)) if leads else None

    def able_at(self, role: Role, on: date, window: int, *, leads: bool) -> frozenset[int]:
        """Return who could take a role in work that begins exactly at this instant."""
        day = self.day(on)
        return frozenset(
            worker.id
            for worker in self.job.roster.workers
            if stretches.able(worker, role, self.job, day, leads=leads) and self._start(worker, on, window) == window
        )

    def may_begin(self, worker: Worker, role: int, on: date, start: int) -> bool:
        """Say whether the worker could begin their part at exactly this instant, whatever the rest of the shop does."""
        wanted = self.job.service.roles[role]
        return stretches.able(worker, wanted, self.job, self.day(on), leads=role == 0) and any(
            first <= start <= last for _, first, last in self._of(worker, on)
        )

    def why_not(self, worker: Worker, on: date, window: int) -> Refusal | None:
        """Return the one rule that keeps this worker from leading what is promised from this instant; None: they could.

        A rule that refuses the whole day is `refused_day`'s affair.
        """
        job, day, lead = self.job, self.day(on), self.job.service.roles[0]
        if window < job.earliest:
            return Refusal("too_soon", (job.earliest,))
        if stretches.able(worker, lead, job, day, leads=True):
            start = self._start(worker, on, window)
            if start is not None:
                if self.crews is None or self.crews.complete(on, window, [(worker.id, start)]):
                    return None
                return Refusal("crew", (len(job.service.roles), job.service.days))
        refusal = rules.why_not(Try(job, day, worker, lead, True, window, self.taken.on(worker.id, on)))
        return refusal or Refusal("hours", self._shift_ends(worker, day))

    def _shift_ends(self, worker: Worker, day: Day) -> tuple[int, ...]:
        shifts = day.shifts(worker, overtime=self.job.overtime)
        return (shifts[0].start, shifts[-1].end)

    def _of(self, worker: Worker, on: date) -> list[Stretch]:
        key = (worker.id, on)
        known = self._stretches.get(key)
        if known is None:
            known = stretches.of_worker(worker, self.job, self.day(on), self.taken.on(worker.id, on))
            self._stretches[key] = known
        return known

    def _start(self, worker: Worker, on: date, window: int) -> int | None:
        """Return when the visit would begin for a promise that begins at `window`; None when it could not."""
        for opens, first, last in self._of(worker, on):
            if opens <= window <= last:
                start = window if window >= first else -(-first // GRID) * GRID
                if start <= last and start <= window + self._slack:
                    return start
        return None
