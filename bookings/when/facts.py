"""What the signs of a phrase say, one by one, before anything is put together: days, clock times, parts, links."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Asked:
    """The circumstances of a phrase: the local time of the call without its zone, country, language, appointment.

    `speak` is the language of what is said back.
    """

    now: datetime
    country: str
    language: str
    standing: datetime | None = None
    speak: str = "en"

    @property
    def today(self) -> date:
        """The day of the call in the shop's zone."""
        return self.now.date()

    @property
    def monday(self) -> date:
        """The Monday of the week of the call."""
        return self.today - timedelta(days=self.today.weekday())


@dataclass(frozen=True, slots=True)
class Day:
    """A day that was named, or with `period` a stretch of days.

    `on` is what it means by itself and `other` a second reading of it; `weekday` (Monday is 0), `number` and `month` are
    what it demands of a date, so that "Friday" and "the 13th" can be tried against each other; `gone` is the day that a
    month and day without a year had this year, shortly ago. `first` to `last` is the stretch. `loose` gives way to any
    other day ("any time").
    """

    on: date | None = None
    other: date | None = None
    ambiguous: bool = False
    problem: str = ""
    weekday: int | None = None
    number: int | None = None
    month: int | None = None
    gone: date | None = None
    first: date | None = None
    last: date | None = None
    period: bool = False
    loose: bool = False
    firm: bool = False  # "this Friday": no other Friday is meant
    floating: bool = False  # a weekday by itself: on its own day it may be today or a week from now


@dataclass(frozen=True, slots=True)
class Clock:
    """A time that was named. Without `half` ("am", "pm") and unless `exact` (a 24-hour time) the hour still has two readings."""

    hour: int
    minute: int = 0
    half: str = ""
    exact: bool = False
    bare: bool = False  # a number and nothing else: "3"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day, narrowed by hours of the day where words like "late" do so."""

    name: str
    begins: int | None = None
    ends: int | None = None
    night: bool = False


@dataclass(frozen=True, slots=True)
class Shift:
    """So many days or months from the day that follows: "a week from" Friday."""

    days: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A word that says how what stands around it belongs together: "before", "or", "not"."""

    word: str


@dataclass(frozen=True, slots=True)
class SameTime:
    """The time of the appointment that is being moved, `minutes` later."""

    minutes: int = 0


Fact = Day | Clock | Part | Shift | Link | SameTime
