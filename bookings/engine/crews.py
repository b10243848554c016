"""Work that takes several people at once, or the same people for several working days: all of it or nothing.

Everybody begins with the promised window, and at the same time by the clock on each day.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from bookings.engine.clock import local
from bookings.engine.day import Day
from bookings.engine.roster import Role, Roster, Service, Worker
from bookings.engine.rules import Refusal

MOST_DAYS_BETWEEN = 4  # from one day of a job to the next: a long weekend


class Turn(NamedTuple):
    """One person's visit: in which role of the service, on which day, and the instant it begins."""

    worker: int
    role: int
    on: date
    start: int


class Looks(Protocol):
    """What crews ask of a search."""

    def day(self, on: date) -> Day: ...

    def refused_day(self, on: date) -> Refusal | None: ...

    def able_at(self, role: Role, on: date, window: int, *, leads: bool) -> frozenset[int]: ...


class Crews:
    """Finds who could go along with whom. Sets of people are worked out once a role, day and time."""

    def __init__(self, roster: Roster, service: Service, search: Looks) -> None:
        self.roster = roster
        self.service = service
        self.search = search
        self._able: dict[tuple[int, date, int], frozenset[int]] = {}
        self._dates: dict[tuple[int, date], list[date] | None] = {}

    def complete(self, on: date, window: int, leads: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return those leads for whom there is a whole crew on all days."""
        return [
            (worker, start)
            for worker, start in leads
            if start == window and self.turns(on, window, worker, self.others(on, window, worker)) is not None
        ]

    def others(self, on: date, window: int, leader: int) -> list[list[int]]:
        """Return for each further role who could take it beside this leader on all days, by ascending id."""
        dates = self.dates(leader, on) or []
        found = []
        for role in range(1, len(self.service.roles)):
            able = [self._able_at(role, each, window) for each in dates]
            found.append(sorted(frozenset.intersection(*able) - {leader}) if able else [])
        return found

    def turns(self, on: date, window: int, leader: int, others: Sequence[Sequence[int]]) -> tuple[Turn, ...] | None:
        """Return every visit of the job, with the leader and one of each list of others: the earlier the better.

        None when there are not enough people, or the leader cannot lead on all days.
        """
        dates = self.dates(leader, on)
        people = distinct([[leader], *others])
        if dates is None or people is None or any(leader not in self._able_at(0, each, window) for each in dates):
            return None
        return tuple(
            Turn(person, role, each, self._same_time(each, window)) for each in dates for role, person in enumerate(people)
        )

    def dates(self, leader: int, on: date) -> list[date] | None:
        """Return the days of the job: the first, and the following ones that this leader regularly works.

        None when there are too many days between, or a rule of the shop refuses one of them.
        """
        key = (leader, on)
        if key not in self._dates:
            self._dates[key] = self._find_dates(leader, on)
        return self._dates[key]

    def _find_dates(self, leader: int, on: date) -> list[date] | None:
        worker = self.roster.worker(leader)
        dates = [on]
        while worker is not None and len(dates) < self.service.days:
            following = self._next_working(worker, dates[-1])
            if following is None or self.search.refused_day(following) is not None:
                return None
            dates.append(following)
        return dates

    def _next_working(self, worker: Worker, on: date) -> date | None:
        days = (on + timedelta(days=n) for n in range(1, MOST_DAYS_BETWEEN + 1))
        return next((each for each in days if self.search.day(each).shifts(worker, overtime=False)), None)

    def _able_at(self, role: int, on: date, window: int) -> frozenset[int]:
        start = self._same_time(on, window)
        key = (role, on, start)
        known = self._able.get(key)
        if known is None:
            known = self._able[key] = self.search.able_at(self.service.roles[role], on, start, leads=role == 0)
        return known

    def _same_time(self, on: date, window: int) -> int:
        """Return the instant of a day at which the clock shows what it shows at `window`."""
        moment = local(window, self.roster.zone)
        return window if moment.date() == on else self.search.day(on).at(moment.time())


def distinct(lists: Sequence[Sequence[int]]) -> list[int] | None:
    """Return one of each list, nobody twice, the earlier in a list the better; None when that cannot be."""

    def fill(position: int, taken: list[int]) -> list[int] | None:
        if position == len(lists):
            return taken
        for each in lists[position]:
            if each not in taken and (found := fill(position + 1, [*taken, each])) is not None:
                return found
        return None

    return fill(0, [])
