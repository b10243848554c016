"""The days and times a whole sentence speaks of, one by one, whatever else it says.

`parse.read` takes a phrase that is about a day and nothing else. Here most words are about something else: what no rule
takes is passed over, and what is found is left as facts, for whoever compares them with a day that is known.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bookings.when import days
from bookings.when.countries import country_of
from bookings.when.facts import Asked, Day, Fact, Shift
from bookings.when.reading import UNREADABLE
from bookings.when.rules import RULES
from bookings.when.words import UNKNOWN, signs_of


def facts_in(said: str, *, now: datetime, zone: ZoneInfo, country: str = "") -> list[Fact | None]:
    """Return the facts in `said` to somebody in `zone` at the aware moment `now`; None stands for words that are no such fact.

    Loose days ("any time") are left out; "a week from" is applied to the day that follows.
    """
    language, signs = signs_of(said)
    asked = Asked(now.astimezone(zone).replace(tzinfo=None), country.upper() or country_of(zone), language)
    found: list[Fact | None] = []
    shift: Shift | None = None
    for fact in _facts(" ".join(signs) + " ", asked):
        if isinstance(fact, Shift):
            shift = fact
        elif not isinstance(fact, Day):
            found.append(fact)
        elif fact.problem == UNREADABLE:
            found.append(None)
        elif not fact.loose:
            found.append(_moved(fact, shift) if shift else fact)
            shift = None
    return found


def _facts(text: str, asked: Asked) -> Iterator[Fact | None]:
    position = 0
    while position < len(text.rstrip()):
        end = text.index(" ", position) + 1
        if text[position:end].strip() != UNKNOWN:
            made = _made(text, position, asked)
            if made is not None:
                facts, position = made
                yield from facts
                continue
        yield None
        position = end


def _made(text: str, position: int, asked: Asked) -> tuple[list[Fact], int] | None:
    for pattern, make in RULES:
        match = pattern.match(text, position)
        if match is not None:
            try:
                return make(match, asked), match.end()
            except (OverflowError, ValueError):  # the calendar ends, or nobody books so far ahead
                return [Day(problem=UNREADABLE)], match.end()
    return None


def _moved(day: Day, shift: Shift) -> Day:
    if day.on is None:
        return day
    other = days.shifted(day.other, shift.days, shift.months) if day.other else None
    return replace(day, on=days.shifted(day.on, shift.days, shift.months), other=other, number=None, month=None)
