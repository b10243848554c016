"""Times, lists and amounts as they are said in English."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bookings.engine.clock import comes_twice

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def day(on: date) -> str:
    """Return a day as it is said: "Wednesday, November 25"."""
    return f"{_WEEKDAYS[on.weekday()]}, {_MONTHS[on.month - 1]} {on.day}"


def clock(at: datetime, *, half: bool = True) -> str:
    """Return a time as it is said: "8 AM", "noon", "2:30 PM", "1 AM standard time"; `half` adds AM and PM."""
    if (at.hour, at.minute) == (12, 0):
        return "noon"
    return f"{_figures(at)} {_half(at)}{_which(at)}" if half else _figures(at)


def window(starts_at: datetime, ends_at: datetime) -> str:
    """Return an arrival window as it is said: "between 8 and 10 AM", "between 11 AM and 1 PM"."""
    apart = any(clock(at) == "noon" or comes_twice(at) for at in (starts_at, ends_at))
    same_half = not apart and _half(starts_at) == _half(ends_at)
    return f"between {clock(starts_at, half=not same_half)} and {clock(ends_at)}"


def when(starts_at: datetime, ends_at: datetime) -> str:
    """Return a day and its window as they are said: "Wednesday, November 25, between 8 and 10 AM"."""
    return f"{day(starts_at.date())}, {window(starts_at, ends_at)}"


def written(starts_at: datetime, ends_at: datetime) -> str:
    """Return a window as a text message has it: "8 AM to 10 AM"."""
    first, last = (f"{_figures(at)} {_half(at)}{_which(at)}" for at in (starts_at, ends_at))
    return f"{first} to {last}"


def read(said: str) -> str:
    """Return a day, or a shop's day and time, that was noted as computers do, as people write it; anything else as it is."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return said
    if at.tzinfo is not None:
        return said  # of whose clock it is, is part of what was said
    return f"{at:%a %b %-d, %-I:%M %p}" if "T" in said else f"{at:%a %b %-d}"


def part(name: str) -> str:
    """Return a part of the day: "morning"."""
    return name


def the_part(name: str) -> str:
    """Return a part of the day with its article: "the morning"."""
    return f"the {name}"


def listed(items: Sequence[str], *, last: str = "or") -> str:
    """Return a list as it is said: "a, b or c"."""
    return "".join(items) if len(items) < 2 else f"{', '.join(items[:-1])} {last} {items[-1]}"


def weekdays(numbers: Iterable[int]) -> list[str]:
    """Return the names of weekdays, 0 being Monday, in the week's order."""
    return [_WEEKDAYS[number] for number in sorted(numbers)]


def dollars(cents: int) -> str:
    """Return an amount as it is said: "$25", "$25.50"."""
    return f"${cents // 100}" if cents % 100 == 0 else f"${cents / 100:.2f}"


def holiday(name: str) -> str:
    """Return a holiday as it is: its name is English."""
    return name


def _half(at: datetime) -> str:
    return "AM" if at.hour < 12 else "PM"


def _which(at: datetime) -> str:
    """Return which of two it is, on the night on which the clock shows the same times twice."""
    return (" standard time" if at.fold else " daylight time") if comes_twice(at) else ""


def _figures(at: datetime) -> str:
    return f"{at.hour % 12 or 12}" + (f":{at.minute:02d}" if at.minute else "")
