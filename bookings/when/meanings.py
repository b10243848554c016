"""From the match of a rule to facts: one function for each kind of rule in `rules`; stretches are in `stretches`."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from bookings.when import days
from bookings.when.clocks import AFTERNOON, EVENING, MORNING
from bookings.when.facts import Asked, Clock, Day, Fact, Part, SameTime, Shift
from bookings.when.named_days import holiday, holiday_in
from bookings.when.reading import AMBIGUOUS, PAST, UNREADABLE

Match = re.Match[str]
Maker = Callable[[Match, Asked], list[Fact]]

_SPANS = {"day": (1, 0), "week": (7, 0), "month": (0, 1), "year": (0, 12), "weekend": (7, 0)}
_MOST = 1000  # so many days, weeks or months ahead nobody books

_PARTS = {"morning": MORNING, "afternoon": AFTERNOON, "evening": EVENING, "night": EVENING}
# What "early", "mid" and "late" make of a part: the hours it begins and ends at.
_NARROWED = {
    ("early", MORNING): (None, 10), ("mid", MORNING): (9, 11), ("late", MORNING): (10, 12),
    ("early", AFTERNOON): (12, 14), ("mid", AFTERNOON): (13, 16), ("late", AFTERNOON): (15, 17),
    ("early", EVENING): (17, 19), ("mid", EVENING): (18, 20), ("late", EVENING): (19, None),
}  # fmt: skip
_SAID_HOURS = {
    "lunchtime": Part(AFTERNOON, 12, 13),
    "afterlunch": Part(AFTERNOON, 13),
    "beforelunch": Part(MORNING, None, 12),
    "afterschool": Part(AFTERNOON, 15),
    "beforedinner": Part(AFTERNOON),
    "eod": Part(AFTERNOON, 15, 17),
}


def amount(said: str, unit: str, sign: int = 1) -> tuple[int, int]:
    """Return so many of a unit as days and months; raise OverflowError where nobody books so far ahead."""
    if len(said) > 4 or int(said) > _MOST:
        raise OverflowError("nobody books so far ahead")
    number = int(said) * sign
    each_days, each_months = _SPANS[unit]
    return number * each_days, number * each_months


def in_units(match: Match, asked: Asked) -> list[Fact]:
    """Return "in two weeks"."""
    number, unit = match["n"], match["unit"]
    on = days.shifted(asked.today, *amount(number, unit))
    if unit == "week":  # "Tuesday in two weeks": the week counts when a weekday is said with it
        around = days.week_of(on)
        return [Day(on=on, first=around.first, last=around.last)]
    return [Day(on=on)]


def in_about(match: Match, asked: Asked) -> list[Fact]:
    """Return "in about a week": the day itself, asked about."""
    return [Day(on=days.shifted(asked.today, *amount(match["n"], match["unit"])), ambiguous=True, problem=AMBIGUOUS)]


def in_hours(match: Match, asked: Asked) -> list[Fact]:
    """Return "in two hours", by the clock on the wall."""
    minutes = int(match["n"][:5]) * (60 if match["unit"] == "hour" else 1)
    moment = asked.now + timedelta(minutes=minutes)
    return [Day(on=moment.date()), Clock(moment.hour, moment.minute, exact=True)]


def about_days(number: int) -> Maker:
    """Return the rule of "ocho días", which is a week, and of "quince días", which is two; either may be counted out."""

    def make(_match: Match, asked: Asked) -> list[Fact]:
        on = asked.today + timedelta(days=number)
        return [Day(on=on, other=on + days.DAY, ambiguous=True, problem=AMBIGUOUS)]

    return make


def business_days(match: Match, asked: Asked) -> list[Fact]:
    """Return "in two business days", asked about: whether the shop counts Saturdays and holidays is not known here."""
    on = asked.today
    for _ in range(amount(match["n"], "day")[0]):
        on += days.DAY * (7 - on.weekday() if on.weekday() > 3 else 1)
    return [Day(on=on, ambiguous=True, problem=AMBIGUOUS)]


def shift(match: Match, _asked: Asked) -> list[Fact]:
    """Return "a week from", "two days before": what it is counted from follows."""
    back = match.group().endswith("before ")
    shift_days, shift_months = amount(match["n"], match["unit"], -1 if back else 1)
    return [Shift(shift_days, shift_months)]


def a_weekday(match: Match, asked: Asked) -> list[Fact]:
    """Return "Friday", "next Friday", "Friday after next"."""
    number, which = int(match["d"]), match["w1"] or match["w2"] or ""
    if which == "last":
        return [Day(problem=PAST)]
    if which == "afternext":
        return [Day(on=asked.monday + timedelta(days=14 + number), weekday=number)]
    if which == "following" and asked.standing is not None:
        return [Day(on=_weekday_after(asked.standing.date(), number), weekday=number)]
    make = {"next": days.next_weekday, "following": days.next_weekday, "coming": days.coming_weekday, "this": days.this_weekday}
    return [make.get(which, days.weekday)(asked, number)]


def _weekday_after(on: date, number: int) -> date:
    return on + timedelta(days=(number - on.weekday() - 1) % 7 + 1)


def weekday_and_number(match: Match, asked: Asked) -> list[Fact]:
    """Return "Friday the 13th": a weekday and a day of the month, to be tried against each other."""
    return [days.weekday(asked, int(match["d"])), days.day_of_month(asked, int(match["n"][:6]))]


def weekday_number(match: Match, asked: Asked) -> list[Fact]:
    """ "martes 16" is a date; "Tuesday 16" as well, but "Tuesday 10" an hour, unless the next 10th is a Tuesday."""
    weekday, number = days.weekday(asked, int(match["d"])), int(match["n"])
    dated = days.day_of_month(asked, number)
    if asked.language == "es" or number > 12:
        return [weekday, dated]
    if dated.on is not None and dated.on.weekday() == int(match["d"]):
        return [replace(dated, other=weekday.on if weekday.on != dated.on else None, ambiguous=True, problem=AMBIGUOUS)]
    return [weekday, Clock(number, bare=True)]


def a_week_after_weekday(match: Match, asked: Asked) -> list[Fact]:
    """Return "Friday week", "a week on Friday", "de lunes en ocho"."""
    if match["d"] is not None:
        on = days.coming_weekday(asked, int(match["d"])).on
        floating = asked.today.weekday() == int(match["d"])
        if on is not None and floating:
            on -= days.WEEK
    else:
        on = asked.today + timedelta(days=int(match["r"]))
    return [Day(on=on + days.WEEK if on else None)]


def month_day(match: Match, asked: Asked) -> list[Fact]:
    """Return "March 5", "el 5 de marzo de 2027"."""
    groups = match.groupdict()
    year = int(groups["y"]) if groups.get("y") else 2000 + int(groups["yy"]) if groups.get("yy") else None
    number = int(match["n"][:6])
    if groups.get("w") == "last":
        return [Day(problem=PAST)]
    return [days.month_day(asked, int(match["m"]), number, year)]


def figures(match: Match, asked: Asked) -> list[Fact]:
    """Return "3/4", "3/4/27"."""
    year = int(match["y"]) if match["y"] else None
    return [days.in_figures(asked, int(match["a"]), int(match["b"]), year)]


def iso(match: Match, asked: Asked) -> list[Fact]:
    """Return "2027-03-04"."""
    return [days.month_day(asked, int(match["m"]), int(match["n"]), int(match["y"]))]


def named_holiday(match: Match, asked: Asked) -> list[Fact]:
    """Return a holiday by its name."""
    if match["y"]:
        on = holiday_in(match["h"], asked.country, int(match["y"]))
        return [Day(problem=PAST) if on and on < asked.today else Day(on=on, problem="" if on else UNREADABLE)]
    on = holiday(match["h"], country=asked.country, today=asked.today)
    return [Day(on=on, problem="" if on else UNREADABLE)]


def this_part(match: Match, asked: Asked) -> list[Fact]:
    """Return "this afternoon"."""
    part = part_of_day(match, asked)
    return [Day(on=asked.today), *part]


def part_of_day(match: Match, asked: Asked) -> list[Fact]:
    """Return "late afternoon"."""
    name = _PARTS[match["p"]]
    begins, ends = _NARROWED.get((match["how"] or "", name), (None, None))
    return [Part(name, begins, ends, night=match["p"] == "night")]


def said_hours(match: Match, _asked: Asked) -> list[Fact]:
    """Return parts of the day that are named after what people do in them."""
    return [_SAID_HOURS[match["s"]]]


def about(match: Match, _asked: Asked) -> list[Fact]:
    """Return "2ish", "2 pm ish"."""
    groups = match.groupdict()
    return [Clock(int(groups["h"] or groups["h2"]), half=groups["half"] or groups["half2"] or "")]


def standing_shift(match: Match, asked: Asked) -> list[Fact]:
    """ "an hour later", "two days earlier", "a week later": from the appointment that is being moved."""
    if asked.standing is None:
        return [Day(problem=UNREADABLE)]
    sign = -1 if match["way"] == "earlier" else 1
    if match["unit"] in ("hour", "minute"):
        minutes = sign * int(match["n"][:5]) * (60 if match["unit"] == "hour" else 1)
        moment = asked.standing + timedelta(minutes=minutes)
        return [Day(on=moment.date()), SameTime(minutes)]
    on = days.shifted(asked.standing.date(), *amount(match["n"], match["unit"], sign))
    return [Day(on=on), SameTime()]


def next_to_standing(match: Match, asked: Asked) -> list[Fact]:
    """Return "the day after", "the same day": beside the appointment that is being moved."""
    if asked.standing is None:
        return [replace(days.soon(asked), loose=False)]
    return [Day(on=asked.standing.date() + {"sameday": 0, "daybefore": -1}.get(match[1] or match[2], 1) * days.DAY)]


def same_time(match: Match, asked: Asked) -> list[Fact]:
    """ "same time", "same time next week": a week after the appointment, which may be another week than next week."""
    if asked.standing is None:
        return [days.week(asked, 1), SameTime()] if match["week"] else [SameTime()]
    if not match["week"]:
        return [SameTime()]
    on = asked.standing.date() + days.WEEK
    next_week = asked.monday + days.WEEK + timedelta(days=asked.standing.weekday())
    if match["week"].strip() == "next week" and next_week not in (on, asked.standing.date()):
        return [Day(on=on, other=next_week, ambiguous=True, problem=AMBIGUOUS), SameTime()]
    return [Day(on=on), SameTime()]


def constant(*found: Fact) -> Maker:
    """Return the rule of signs that mean the same at any moment."""
    return lambda _match, _asked: list(found)
