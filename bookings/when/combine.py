"""Tries the days that were said of each other against one another: "Friday" and "the 13th", "Tuesday" and "next week"."""

from dataclasses import replace
from datetime import date, timedelta

from bookings.when import days
from bookings.when.facts import Asked, Day
from bookings.when.reading import AMBIGUOUS, IMPOSSIBLE, PAST, RANGE

_MOST_DAYS = 800  # of a stretch that is searched


def combined(group: list[Day], asked: Asked) -> Day:
    """Return the one day or stretch that all of a group's days mean."""
    said = [day for day in group if not day.loose] or group[:1]
    for problem in (IMPOSSIBLE, PAST):
        if any(day.problem == problem for day in said):
            return Day(problem=problem)
    if any(day.weekday is not None for day in said):  # "Tuesday in two weeks": two weeks from now is a week
        said = [replace(day, on=None, period=True) if day.first and not day.period else day for day in said]
    stretches, single = [day for day in said if day.period], [day for day in said if not day.period]
    if stretches:
        return _in_stretch(stretches, single, asked)
    weekdays = [day for day in single if day.weekday is not None and day.number is None]
    dates = [day for day in single if day not in weekdays]
    found = _agreeing(dates if dates else weekdays)
    return _on_weekday(found, weekdays[0], asked) if dates and weekdays and found.on else found


def _in_stretch(stretches: list[Day], single: list[Day], asked: Asked) -> Day:
    first = max(day.first for day in stretches if day.first)
    last = min(day.last for day in stretches if day.last)
    if last < first:
        return Day(problem=IMPOSSIBLE)
    if not single:
        if last < asked.today:
            return Day(problem=PAST)
        return replace(days.span(max(first, asked.today), last), problem=RANGE)
    fitting = [on for on in _each(first, last) if all(_demands(day, on) for day in single)]
    ahead = [on for on in fitting if on >= asked.today]
    if len(ahead) == 1:
        return Day(on=ahead[0])
    if ahead:
        return replace(days.span(ahead[0], ahead[-1]), problem=RANGE)
    if fitting:
        return Day(problem=PAST)
    usual = _agreeing(single)
    return replace(usual, ambiguous=True, problem=AMBIGUOUS) if usual.on else Day(problem=IMPOSSIBLE)


def _each(first: date, last: date) -> list[date]:
    return [first + timedelta(days=ahead) for ahead in range(min((last - first).days + 1, _MOST_DAYS))]


def _demands(day: Day, on: date) -> bool:
    if day.weekday is not None:
        return on.weekday() == day.weekday
    if day.number is not None:
        return on.day == day.number and day.month in (None, on.month)
    return on in (day.on, day.other)


def _agreeing(said: list[Day]) -> Day:
    """Return the day that several ways of saying it agree on; where they do not, none, and a choice of them."""
    agreed = said[0]
    for day in said[1:]:
        both = [on for on in (agreed.on, agreed.other) if on and on in (day.on, day.other)]
        if both:
            agreed = replace(agreed, on=both[0], other=None, ambiguous=False, problem="")
            continue
        options = sorted(on for on in (agreed.on, day.on) if on)
        return Day(first=options[0], last=options[-1], ambiguous=True, problem=AMBIGUOUS) if options else agreed
    return agreed


def _on_weekday(found: Day, weekday: Day, asked: Asked) -> Day:
    """Return a date tried against a weekday; where they disagree the date, asked about together with another that fits."""
    wanted = weekday.weekday
    if found.gone is not None and found.gone.weekday() == wanted:
        return Day(problem=PAST)
    fitting = [on for on in (found.on, found.other) if on and on.weekday() == wanted]
    if len(fitting) == 1 and (found.gone is None or found.on in fitting):
        strayed = weekday.firm and weekday.on != fitting[0]
        if strayed:
            return Day(on=fitting[0], other=weekday.on, ambiguous=True, problem=AMBIGUOUS)
        return replace(
            found, on=fitting[0], other=None, ambiguous=found.gone is not None, problem=AMBIGUOUS if found.gone else ""
        )
    if fitting or found.on is None:
        return found
    other = weekday.on
    if found.number is not None and found.month is None:  # "Tuesday the 6th" whose 6th is a Tuesday only next month
        later = [days.day_of_month(replace(asked, now=asked.now + timedelta(days=ahead)), found.number).on for ahead in (31, 62)]
        other = next((on for on in later if on and on.weekday() == wanted), other)
    return replace(found, other=other, ambiguous=True, problem=AMBIGUOUS)
