"""From the match of a rule to facts, where it names a stretch of days or a day by its place in one."""

from dataclasses import replace
from datetime import date, timedelta

from bookings.when import days
from bookings.when.facts import Asked, Day, Fact
from bookings.when.meanings import Match, amount
from bookings.when.named_days import holiday
from bookings.when.reading import IMPOSSIBLE, PAST, RANGE, UNREADABLE

_AHEAD = {"next": 1, "following": 1, "this": 0, "coming": 1, "afternext": 2, "": 0}


def within(match: Match, asked: Asked) -> list[Fact]:
    """Return "in the next two weeks": from today on."""
    number, unit = match["n"] or "1", match["unit"]
    if match["few"]:
        number = "5"
    return [days.span(asked.today, days.shifted(asked.today, *amount(number, unit)))]


def a_few(match: Match, asked: Asked) -> list[Fact]:
    """Return "in a few days", "in a week or two": two to five of them from now."""
    first = days.shifted(asked.today, *amount("2", match["unit"]))
    return [days.span(first, days.shifted(asked.today, *amount("5", match["unit"])))]


def _period(kind: str, which: str, asked: Asked) -> Day:
    if which == "last":
        return Day(problem=PAST)
    ahead = _AHEAD[which]
    if kind == "week":
        return days.week(asked, ahead)
    if kind == "weekend":
        gone = which == "coming" and asked.today.weekday() == 6
        return days.weekend(asked, ahead if which != "coming" else int(gone))
    return days.month(asked, ahead) if kind == "month" else days.year(asked, ahead)


def stretch(match: Match, asked: Asked) -> list[Fact]:
    """Return "next week", "this weekend"."""
    return [_period(match["kind"], match["w1"] or match["w2"] or "", asked)]


def _stretch_named(match: Match, asked: Asked) -> Day:
    kind, which = match["kind"], match["w1"] or match["w2"] or "this"
    if kind[0] == "M":
        return _month_named(int(kind[1:]), which, asked)
    return _period(kind, which, asked)


def _month_named(number: int, which: str, asked: Asked, year: str | None = None) -> Day:
    if which == "last":
        return Day(problem=PAST)
    return days.named_month(asked, number, year=int(year) if year else None)


def narrowed_stretch(match: Match, asked: Asked) -> list[Fact]:
    """Return "early", "mid" or "late" in a week, month or year."""
    return [days.part_of(_stretch_named(match, asked), match["part"])]


def later_this(match: Match, asked: Asked) -> list[Fact]:
    """Return "later this week": from tomorrow to its end."""
    period, tomorrow = _period(match["kind"], "this", asked), asked.today + days.DAY
    return [days.span(tomorrow, max(period.last or tomorrow, tomorrow))]


def nth_week(match: Match, asked: Asked) -> list[Fact]:
    """Return "the first week of April": its first seven days, then the next."""
    period = _stretch_named(match, asked)
    if period.first is None or period.last is None or not 1 <= int(match["n"]) <= 5:
        return [period if period.problem else Day(problem=IMPOSSIBLE)]
    first = period.first + (int(match["n"]) - 1) * days.WEEK
    return [days.span(min(first, period.last), min(first + timedelta(days=6), period.last))]


def last_week_of(match: Match, asked: Asked) -> list[Fact]:
    """Return "the last week of March": its last seven days, or its last whole weekend."""
    period = _stretch_named(match, asked)
    if period.last is None:
        return [period]
    if match["unit"] == "week":
        return [days.span(period.last - timedelta(days=6), period.last)]
    sunday = period.last - timedelta(days=(period.last.weekday() + 1) % 7)
    return [days.span(sunday - days.DAY, sunday)]


def whole_month(match: Match, asked: Asked) -> list[Fact]:
    """Return a month by name: a stretch."""
    if "next" in match.groupdict():
        return [days.named_month(asked, int(match["m"]), year=asked.today.year + 1)]
    return [_month_named(int(match["m"]), match["w1"] or match["w2"] or "this", asked, match["y"])]


def any_weekday(match: Match, asked: Asked) -> list[Fact]:
    """Return "Mondays", "any Monday": a stretch in which only Mondays suit."""
    return [replace(days.soon(asked), loose=False, weekday=int(match["d"]), problem=RANGE)]


def nth_weekday(match: Match, asked: Asked) -> list[Fact]:
    """Return "the second Tuesday of April"; of a month by name the next one that is not past."""
    period = _stretch_named(match, asked)
    which = -1 if match["last"] else int(match["n"])
    found = days.nth_weekday(period, which, int(match["d"]))
    if found.on and found.on < asked.today:
        if match["kind"][0] != "M":
            return [Day(problem=PAST)]
        found = days.nth_weekday(days.named_month(asked, int(match["kind"][1:]), ahead=1), which, int(match["d"]))
    return [found]


def edge_of_stretch(match: Match, asked: Asked) -> list[Fact]:
    """Return "the last day of the month", "the first day of April"."""
    period = _stretch_named(match, asked)
    on = period.last if match["last"] else period.first
    if on is not None and not match["last"]:
        on += timedelta(days=int(match["n"]) - 1)
    return _checked(on if on and period.last and on <= period.last else None, period, asked)


def number_of_month(match: Match, asked: Asked) -> list[Fact]:
    """Return "the 5th of next month"; "the 5th of the month" is the next 5th."""
    number, which = int(match["n"]), match["w1"] or match["w2"] or "plain"
    if which == "plain":
        return [days.day_of_month(asked, number)]
    period = _period("month", which, asked)
    if not period.first or not period.last or not 1 <= number <= period.last.day:
        return [period if period.problem else Day(problem=IMPOSSIBLE)]
    return _checked(period.first.replace(day=number), period, asked)


def _checked(on: date | None, period: Day, asked: Asked) -> list[Fact]:
    if on is None:
        return [period if period.problem else Day(problem=IMPOSSIBLE)]
    return [Day(on=on) if on >= asked.today else Day(problem=PAST)]


def holiday_stretch(match: Match, asked: Asked) -> list[Fact]:
    """Return the week of a holiday, or its weekend with the holiday itself."""
    on = holiday(match["h"], country=asked.country, today=asked.today)
    if on is None:
        return [Day(problem=UNREADABLE)]
    if match["kind"] == "week":
        return [days.week_of(on)]
    saturday = on + timedelta(days=(5 - on.weekday()) % 7 if on.weekday() < 6 else -1)
    if on.weekday() in (0, 1):
        saturday -= days.WEEK
    return [days.span(min(on, saturday), max(on, saturday + days.DAY))]
