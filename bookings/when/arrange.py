"""Puts the facts of a phrase together: which day each word bounds, what is offered side by side, what is a stretch."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from bookings.when import days
from bookings.when.clocks import AFTERNOON, EVENING, MORNING, Times
from bookings.when.facts import Asked, Clock, Day, Fact, Link, Part, SameTime, Shift
from bookings.when.reading import PAST, UNREADABLE

_UP_TO = ("before", "by", "until")
_FROM = ("after", "from", "past")
_THROUGH = ("to", "until")
# A bound on a part of the day is the part beside it.
_BESIDE = {
    ("after", MORNING): AFTERNOON, ("after", AFTERNOON): EVENING, ("before", AFTERNOON): MORNING, ("before", EVENING): AFTERNOON,
    ("by", AFTERNOON): MORNING, ("by", EVENING): AFTERNOON, ("until", AFTERNOON): MORNING, ("until", EVENING): AFTERNOON,
}  # fmt: skip


@dataclass(slots=True)
class Gathered:
    """A phrase put together: days said of each other in one group, alternatives in several, and all its times."""

    groups: list[list[Day]] = field(default_factory=lambda: [[]])
    times: Times = field(default_factory=Times)
    negated: bool = False
    unreadable: bool = False
    midnight: bool = False
    same_time: SameTime | None = None

    def days(self) -> list[list[Day]]:
        """Return the groups that name a day."""
        return [group for group in self.groups if group]

    def anything(self) -> bool:
        """Return whether the phrase says anything about days or times."""
        return bool(self.days() or self.times.anything() or self.midnight or self.same_time or self.unreadable or self.negated)


def gather(facts: Iterable[Fact], asked: Asked) -> Gathered:
    """Return the facts put together."""
    return _Gathering(asked).of(facts)


class _Gathering:
    """One walk over the facts: `links` and `shift` wait for what they belong to, `last` is what was said before."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.found = Gathered()
        self.links: list[str] = []
        self.shift: Shift | None = None
        self.last: Day | Clock | Part | None = None
        self.open = ""  # "between" or "from", until its second end has come

    def of(self, facts: Iterable[Fact]) -> Gathered:
        for fact in facts:
            if isinstance(fact, Link):
                self._link(fact.word)
            elif isinstance(fact, Shift):
                before = self.shift or Shift()
                self.shift = Shift(before.days + fact.days, before.months + fact.months)
            elif isinstance(fact, SameTime):
                self.found.same_time = fact
            elif "insteadof" in self.links and not isinstance(fact, Part):
                self.links.clear()
            elif isinstance(fact, Part):
                self._part(fact)
            elif isinstance(fact, Clock):
                self._clock(fact)
            else:
                self._day(fact)
        dangling = [word for word in self.links if word not in ("at", "around", "to", "from", "and", "or")]
        unclear = any(day.problem == UNREADABLE for group in self.found.groups for day in group)
        if self.shift is not None or dangling or unclear:
            self.found.unreadable = True
        return self.found

    def _link(self, word: str) -> None:
        if word == "not":
            self.found.negated = True
        elif word == "midnight":
            bounded = any(link in _UP_TO or link in _THROUGH for link in self.links)
            self.found.midnight = not bounded
            self.found.times.parts.append(Part(EVENING))
            self.links.clear()
        elif word in ("onward", "orearlier", "orso"):
            self._bound_last(word)
        else:
            if word in ("between", "from"):
                self.open = word
            self.links.append(word)

    def _bound_last(self, word: str) -> None:
        group, times = self.found.groups[-1], self.found.times
        if isinstance(self.last, Clock):
            if word == "orso" or not times.at:
                return
            if word == "onward":
                times.after = times.at.pop()
            else:
                times.before = times.at.pop()
        elif isinstance(self.last, Day) and group:
            group[-1] = self._bounded({"onward": "from", "orearlier": "by", "orso": "around"}[word], group[-1])
        elif word != "orso":
            self.found.unreadable = True

    def _part(self, part: Part) -> None:
        bounds = [word for word in self.links if word in (*_UP_TO, "after", "past")]
        if bounds:
            beside = _BESIDE.get((bounds[-1], part.name))
            if beside is None:
                self.found.unreadable = True
                return
            part = Part(beside)
        self.found.times.parts.append(part)
        self.links, self.last = [word for word in self.links if word == "or"], part

    def _clock(self, clock: Clock) -> None:
        links, times, before = self.links, self.found.times, self.last
        self.links, self.last = [], clock
        if isinstance(before, Day) and before.number and clock.bare and links[-1:] and links[-1] in ("to", "or", "and", "until"):
            self._day_after_day(clock, before, links)
            return
        through = any(word in _THROUGH for word in links) or (self.open and any(word in ("and", "at") for word in links))
        if isinstance(before, Clock) and through and (times.at or times.after):
            first = times.after if self.open == "from" and times.after else times.at.pop() if times.at else times.after
            times.after = None
            times.between = (first, clock) if first else None
            self.open = ""
        elif any(word in _UP_TO for word in links):
            times.before = clock
        elif any(word in _FROM for word in links):
            times.after = clock
        elif isinstance(before, Day) and "to" in links and clock.bare:
            self.found.unreadable = True
        else:
            times.at.append(clock)

    def _day_after_day(self, clock: Clock, before: Day, links: list[str]) -> None:
        """ "March 8 to 10", "the 5th or 6": the number is a day of the same month."""
        number = clock.hour
        second = days.month_day(self.asked, before.month, number) if before.month else days.day_of_month(self.asked, number)
        self.links, self.last = links, before
        self._day(second)

    def _day(self, day: Day) -> None:
        links = self.links
        self.links = []
        if day.problem == UNREADABLE:
            self.found.unreadable = True
            return
        day = self._moved(day, links)
        before = self.last if isinstance(self.last, Day) else None
        group = self.found.groups[-1]
        self.last = day
        if before is not None and group and (any(w in _THROUGH for w in links) or (self.open == "between" and "and" in links)):
            group[-1] = self._from_to(group[-1], day)
            self.open = ""
            return
        bounds = [word for word in links if word in _UP_TO + _FROM]
        if bounds:
            if (
                before is not None
                and before.weekday is not None
                and group
                and bounds[-1] in ("before", "after")
                and "or" not in links
            ):
                group[-1] = self._weekday_beside(before.weekday, bounds[-1], day)
                return
            day = self._bounded(bounds[-1], day)
        elif "around" in links and not day.period:
            day = self._bounded("around", day)
        if group and ("or" in links or ("and" in links and self.open != "between")):
            self._with_month_of(day, group)
            self.found.groups.append([day])
        else:
            group.append(day)

    def _with_month_of(self, day: Day, group: list[Day]) -> None:
        """ "the 5th or the 6th of April": both are in April."""
        one = group[-1]
        if day.month and one.number and not one.month and not one.problem:
            group[-1] = days.month_day(self.asked, day.month, one.number)

    def _moved(self, day: Day, links: list[str]) -> Day:
        """Apply "a week from", "the week of" and their like."""
        shift, self.shift = self.shift, None
        if shift is not None and day.problem != PAST:
            on, other = self._shifted(day.on, shift), self._shifted(day.other, shift)
            if day.floating and on and other:  # "a week from Friday" said on a Friday
                day = Day(on=min(on, other))
            elif day.period:
                day = replace(day, first=self._shifted(day.first, shift), last=self._shifted(day.last, shift))
            else:
                day = Day(on=on, other=other, ambiguous=day.ambiguous, problem=day.problem)
        on = day.on or day.first
        if on is None:
            return day
        if "weekof" in links:
            return days.week_of(on)
        if "weekendof" in links or "weekendafter" in links:
            saturday = on + timedelta(days=(5 - on.weekday()) % 7 if on.weekday() < 6 else -1)
            if "weekendafter" in links and saturday <= on:
                saturday += days.WEEK
            return days.span(saturday, saturday + days.DAY)
        return day

    @staticmethod
    def _shifted(on: date | None, shift: Shift) -> date | None:
        return days.shifted(on, shift.days, shift.months) if on else None

    def _bounded(self, word: str, day: Day) -> Day:
        """Return the stretch that "before Friday", "from Friday on" or "around Friday" leaves."""
        first, last = day.first if day.period else day.on, day.last if day.period else day.on
        if first is None or last is None:
            return day
        today = self.asked.today
        soon = timedelta(days=days.SOON_DAYS - 1)
        if word in ("after", "past"):
            return days.span(last + days.DAY, last + days.DAY + soon)
        if word == "from":
            return days.span(first, first + soon)
        if word == "around":
            return days.span(max(first - days.DAY, today), last + days.DAY)
        ends = last if word == "by" or (word == "until" and not day.period) else first - days.DAY
        return days.span(today, ends) if ends >= today else Day(problem=PAST)

    def _from_to(self, first: Day, second: Day) -> Day:
        """Return the stretch from one day to another; "Monday to Wednesday" ends after it begins."""
        begins, ends = first.first or first.on, second.last or second.on
        for problem in (first.problem, second.problem):
            if begins is None or ends is None:
                return Day(problem=problem or UNREADABLE)
        if begins is None or ends is None:
            return Day(problem=UNREADABLE)
        if second.month and first.number and not first.month:
            begins = days.month_day(self.asked, second.month, first.number).on or begins
        if ends < begins and second.weekday is not None:
            ends += days.WEEK
        if ends < begins and second.number:
            ends = days.shifted(ends, 0, 1)
        return days.span(begins, ends) if begins <= ends else Day(problem=UNREADABLE)

    def _weekday_beside(self, weekday: int, word: str, day: Day) -> Day:
        """Return "the Monday after Thanksgiving", "the Friday before the 20th"."""
        on = (day.last if word == "after" else day.first) if day.period else day.on
        if on is None:
            return day
        if word == "after":
            return Day(on=on + timedelta(days=(weekday - on.weekday() - 1) % 7 + 1), weekday=weekday)
        on -= timedelta(days=(on.weekday() - weekday - 1) % 7 + 1)
        return Day(on=on, weekday=weekday) if on >= self.asked.today else Day(problem=PAST)
