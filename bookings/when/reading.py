"""What a phrase was understood to mean: the one result of this package."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

NOON = time(12)
EVENING = time(17)

PAST = "past"
IMPOSSIBLE = "impossible"
UNREADABLE = "unreadable"
RANGE = "range"
AMBIGUOUS = "ambiguous"
NO_DAY = "no_day"


@dataclass(frozen=True, slots=True)
class Reading:
    """A phrase read at a moment in a zone. Days and times are the zone's own; `part` is only what was said in words.

    `on` is None for what is past, impossible, unreadable, a range, a choice of days or a time without a day; where one
    reading is the usual one, it is given although `ambiguous`. `first` and `last` bound a range, both inclusive.
    `say` can always be spoken: the read-back, or the question to ask.
    """

    on: date | None
    part: str | None = None
    at: time | None = None
    not_before: time | None = None
    not_after: time | None = None
    first: date | None = None
    last: date | None = None
    ambiguous: bool = False
    problem: str = ""
    say: str = ""

    @property
    def window(self) -> str | None:
        """The part of the day: the one said, else the one the times said lie in; None when neither settles it."""
        return self.part or window_of(self.at, self.not_before, self.not_after)


def part_at(at: time) -> str:
    """Return the part of the day a local time belongs to."""
    if at < NOON:
        return "morning"
    return "afternoon" if at < EVENING else "evening"


def window_of(at: time | None, not_before: time | None, not_after: time | None) -> str | None:
    """Return the part of the day that exact or bounding local times lie in; None without any, or when they span two."""
    if at is not None:
        return part_at(at)
    begins = part_at(not_before) if not_before is not None else None
    if not_after is None:
        return begins
    ends = part_at(a_minute_before(not_after))
    return ends if begins in (None, ends) else None


def a_minute_before(at: time) -> time:
    """Return the minute before a local time, so that what ends at noon counts to the morning."""
    return (datetime.combine(date(2000, 1, 2), at) - timedelta(minutes=1)).time()
