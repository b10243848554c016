"""Which days and times a promise names, and whether a window that stands is one of them.

Read by bookings.when, and compared rather than worked out: "Tuesday" is every Tuesday, "nine" either nine. What is not clearly
another time contradicts nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bookings.when.facts import Clock, Day, Fact, Link, Part
from bookings.when.mentions import facts_in
from bookings.when.reading import PAST
from telephony.told import lookalikes

_SPANS = {"morning": (time(0), time(12)), "afternoon": (time(12), time(18)), "evening": (time(17), time.max)}
_JOINS = frozenset({"to", "until", "and", "at", "or"})
_NEAR = timedelta(minutes=30)  # "around nine"
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Window:
    """What stands: the local start and end of arrival, and the last day somebody comes."""

    starts: datetime
    ends: datetime
    through: date

    @classmethod
    def of(cls, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, days: int = 1) -> "Window":
        """Return the window in the shop's zone; a job of several days goes on for some, weekends included."""
        starts = starts_at.astimezone(zone).replace(tzinfo=None)
        on = starts.date()
        return cls(starts, ends_at.astimezone(zone).replace(tzinfo=None), on + timedelta(days=(days - 1) * 2 + 2 * (days > 1)))


@dataclass(slots=True)
class Said:
    """A time as one promise names it. `old` is one that is given up: "from Tuesday to Thursday"; `open` one of several."""

    days: list[Day] = field(default_factory=list)
    pairs: list[tuple[Clock, Clock]] = field(default_factory=list)
    clocks: list[tuple[str, Clock]] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    old: bool = False
    open: bool = False

    def names_a_day(self) -> bool:
        return bool(self.days)

    def names_a_time(self) -> bool:
        return bool(self.pairs or self.clocks or self.parts)

    def anything(self) -> bool:
        return self.names_a_day() or self.names_a_time()

    def day_fits(self, window: Window) -> bool:
        """Say whether no day that was named is another than the window's; True where none was named."""
        return all(_is_day(day, window) for day in self.days)

    def time_fits(self, window: Window) -> bool:
        """Say whether no time that was named is another than the window's; True where none was named."""
        starts, ends = _minutes(window.starts.time()), _minutes(window.ends.time()) or 24 * 60
        part = self.parts[-1] if len({each.name for each in self.parts}) == 1 else None
        for each in self.parts:
            first, last = _SPANS[each.name]
            if not (starts < (_minutes(last) or 24 * 60) and ends > _minutes(first)):
                return False
        for first_clock, second in self.pairs:
            if not any(begin == starts and end == ends for begin in _readings(first_clock, part, second.half)
                       for end in _readings(second, part, first_clock.half) if begin < end):  # fmt: skip
                return False
        return all(any(_meets(link, at, starts, ends) for at in _readings(clock, part)) for link, clock in self.clocks)

    def repeats(self, other: "Said") -> bool:
        """Say whether it names nothing that the other does not: what is said again."""
        mine, theirs = (
            {
                (clock.hour % 12, clock.minute)
                for clock in (*(one for pair in each.pairs for one in pair), *(at for _, at in each.clocks))
            }
            for each in (self, other)
        )
        return mine <= theirs and all(_agree(day, other.days) for day in self.days)

    def fits(self, window: Window) -> bool:
        return self.day_fits(window) and self.time_fits(window)


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _is_day(day: Day, window: Window) -> bool:
    first, last = window.starts.date(), window.through
    return any(_is_on(day, first + timedelta(days=ahead)) for ahead in range((last - first).days + 1))


def _is_on(day: Day, on: date) -> bool:
    if day.period:
        return day.first is not None and day.last is not None and day.first <= on <= day.last
    if day.number is not None:
        return on.day == day.number and day.month in (None, on.month)
    if day.weekday is not None and day.floating:
        return on.weekday() == day.weekday
    return on in (day.on, day.other)


def _readings(clock: Clock, part: Part | None, borrowed: str = "") -> list[int]:
    """Return the minutes of the day a clock time may mean: one, or both halves of the day."""
    if clock.hour > 24 or clock.minute > 59:
        return []
    if clock.exact or clock.hour > 12 or clock.hour == 0:
        return [clock.hour % 24 * 60 + clock.minute]
    halves = [clock.half] if clock.half else ["am", "pm"]
    found = [(clock.hour % 12 + (12 if half == "pm" else 0)) * 60 + clock.minute for half in halves]
    if part is not None and not clock.half and not borrowed:
        first, last = (_minutes(edge) for edge in _SPANS[part.name])
        found = [at for at in found if first <= at <= (last or 24 * 60) + 60] or found
    return found


def _meets(link: str, at: int, starts: int, ends: int) -> bool:
    if link in ("by", "before", "until"):
        return at >= ends
    if link in ("after", "past"):
        return at < ends
    slack = _NEAR.seconds // 60 if link == "around" else 0
    return starts - slack <= at < ends + slack


def said_in(text: str, *, now: datetime, zone: ZoneInfo, country: str) -> list[Said]:
    """Return the times a text names, in order, days and clock times that belong together in one."""
    return [
        each for each in _Grouping().of(facts_in(lookalikes.plain(text), now=now, zone=zone, country=country)) if each.anything()
    ]


class _Grouping:
    """One walk over the facts of a text."""

    def __init__(self) -> None:
        self.groups: list[Said] = [Said()]
        self.links: list[str] = []
        self.negated = False
        self.apart = False  # other words stand between the day before and what comes
        self.dropped = False  # the day before was given up: "instead of tomorrow at ten"

    def of(self, facts: Sequence[Fact | None]) -> list[Said]:
        skip = -1
        for position, fact in enumerate(facts):
            if position <= skip:
                continue
            match fact:
                case None:
                    self.links, self.negated, self.dropped, self.apart = [], False, False, True
                case Link(word):
                    self.negated = self.negated or word in ("not", "insteadof")
                    self.links.append(word)
                case Day():
                    self._day(fact)
                case Part():
                    self._part(fact)
                case Clock():
                    skip = self._clock(facts, position, fact)
                case _:
                    pass
        return self.groups

    def _day(self, day: Day) -> None:
        links, self.links = self.links, []
        apart, self.apart = self.apart, False
        if self.negated:
            self.negated, self.dropped = False, True
            return
        self.dropped = False
        if day.problem == PAST or not (day.on or _is_a_week(day)):
            return
        group = self.groups[-1]
        if "or" in links and group.days:
            group.open = True
            group.days = [replace(day, on=None, period=True, first=date.min, last=date.max)]
        elif not group.days or (_agree(day, group.days) and not (group.names_a_time() and day == group.days[0])):
            group.days.append(day)
        elif group.names_a_time() or apart or any(link in _JOINS for link in links):
            group.old = any(link in ("to", "until") for link in links)
            self.groups.append(Said(days=[day]))
        else:
            group.days.append(day)  # "Tuesday the 25th", which is a Wednesday

    def _part(self, part: Part) -> None:
        links, self.links = self.links, []
        if self.negated:
            self.negated = False
        elif "or" in links and self.groups[-1].parts:
            self.groups[-1].open = True
        else:
            self.groups[-1].parts.append(part)

    def _clock(self, facts: Sequence[Fact | None], position: int, clock: Clock) -> int:
        """Take a clock time, or both of "between nine and eleven"; return the position of the last fact taken."""
        links, self.links = self.links, []
        dropped, self.dropped = self.dropped or self.negated, False
        self.negated = False
        rest = list(facts[position + 1 : position + 5])
        between = next((each for each in rest[:1] if isinstance(each, Part)), None)
        if between is not None and len(rest) > 1 and isinstance(rest[1], Link):  # "entre las 10 de la mañana y el mediodía"
            rest, position = rest[1:], position + 1
            clock = clock if clock.half or clock.exact else replace(clock, half="am" if between.name == "morning" else "pm")
        words = [each.word for each in rest if isinstance(each, Link)]
        at = next((n for n, each in enumerate(rest) if not isinstance(each, Link)), len(rest))
        second = rest[at] if at < len(rest) else None
        joined = words[:at]
        if isinstance(second, Clock) and at and not clock_is_number(second):
            if any(word in ("to", "until") for word in joined) or ("and" in joined and {"between", "from"} & set(links)):
                if not dropped:
                    self._fresh()
                    self.groups[-1].pairs.append((clock, second))
                return position + 1 + at
            if "or" in joined:
                self.groups[-1].open = True
                return position + 1 + at
        named = [link for link in links if link in ("at", "around", "by", "before", "until", "after", "past", "from", "between")]
        after = facts[position + 1] if position + 1 < len(facts) else None
        if clock.hour <= 24 and not dropped and (named or not clock.bare or isinstance(after, Part)):
            self._fresh()
            self.groups[-1].clocks.append((named[-1] if named else "at", clock))
        return position

    def _fresh(self) -> None:
        """Begin another promise where this one has its clock times."""
        group = self.groups[-1]
        if group.pairs or group.clocks:
            self.groups.append(Said(days=list(group.days)))


def clock_is_number(clock: Clock) -> bool:
    """Say whether a clock time cannot be one."""
    return clock.hour > 24


def _is_a_week(day: Day) -> bool:
    return day.period and day.first is not None and day.last is not None and day.last - day.first <= _WEEK


def _agree(day: Day, others: Sequence[Day]) -> bool:
    for other in others:
        mine, theirs = ({on for on in (each.on, each.other) if on} for each in (day, other))
        if mine & theirs or any(_is_on(other, on) for on in mine) or any(_is_on(day, on) for on in theirs):
            return True
    return False
