"""What single days and stretches of days mean by themselves, at the moment of the call. No words here, no times."""

from calendar import monthrange
from dataclasses import replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from bookings.when.countries import month_comes_first, order_is_certain
from bookings.when.facts import Asked, Day
from bookings.when.reading import AMBIGUOUS, IMPOSSIBLE, PAST

WEEK = timedelta(days=7)
DAY = timedelta(days=1)
# "As soon as possible" and its like are looked for in this many days, today included.
SOON_DAYS = 14
# A month and day without a year that was at most so long ago may be meant as past; "January 5" in November is not.
JUST_PAST_DAYS = 60
# Within this time of midnight, before or after, "tomorrow" and "tonight" may mean two days.
NEAR_MIDNIGHT_MINUTES = 60
EVENING_HOUR = 17


def near_midnight(asked: Asked) -> bool:
    """Return whether the call is within an hour of midnight, on either side."""
    minutes = asked.now.hour * 60 + asked.now.minute
    return minutes <= NEAR_MIDNIGHT_MINUTES or minutes >= 24 * 60 - NEAR_MIDNIGHT_MINUTES


def relative(asked: Asked, days: int) -> Day:
    """Return the day so many days from today; near midnight "tomorrow" has two readings."""
    on = asked.today + timedelta(days=days)
    if days < 0:
        return Day(problem=PAST)
    if days == 1 and near_midnight(asked):
        other = asked.today if asked.now.hour < 12 else on + DAY
        return Day(on=on, other=other, ambiguous=True, problem=AMBIGUOUS)
    return Day(on=on)


def tonight(asked: Asked) -> Day:
    """Return today; near midnight "tonight" has two readings."""
    if not near_midnight(asked):
        return Day(on=asked.today)
    other = asked.today + DAY if asked.now.hour >= 12 else None
    return Day(on=asked.today, other=other, ambiguous=True, problem=AMBIGUOUS)


def weekday(asked: Asked, number: int) -> Day:
    """Return the weekday said by itself: the first ahead. On that day it is today or, from the evening on, a week later."""
    on = asked.today + timedelta(days=(number - asked.today.weekday()) % 7)
    if on > asked.today:
        return Day(on=on, weekday=number, floating=True)
    usual, other = (on + WEEK, on) if asked.now.hour >= EVENING_HOUR else (on, on + WEEK)
    return Day(on=usual, other=other, ambiguous=True, problem=AMBIGUOUS, weekday=number, floating=True)


def this_weekday(asked: Asked, number: int) -> Day:
    """Return "this Friday": the first from today on."""
    return Day(on=asked.today + timedelta(days=(number - asked.today.weekday()) % 7), weekday=number, firm=True)


def coming_weekday(asked: Asked, number: int) -> Day:
    """Return "the coming Friday": the first after today."""
    return Day(on=asked.today + timedelta(days=(number - asked.today.weekday() - 1) % 7 + 1), weekday=number, firm=True)


def next_weekday(asked: Asked, number: int) -> Day:
    """Return "next Friday": next week's; while this week's is still ahead, it may be that one."""
    on = asked.monday + WEEK + timedelta(days=number)
    if on - WEEK > asked.today:
        return Day(on=on, other=on - WEEK, ambiguous=True, problem=AMBIGUOUS, weekday=number)
    return Day(on=on, weekday=number)


def day_of_month(asked: Asked, number: int) -> Day:
    """Return "the 5th": the next one, today included, in a month that has it."""
    if not 1 <= number <= 31:
        return Day(problem=IMPOSSIBLE)
    return Day(on=_next_numbered(asked.today, number), number=number)


def _next_numbered(start: date, number: int) -> date:
    month = start.replace(day=1)
    while True:
        if number <= monthrange(month.year, month.month)[1] and month.replace(day=number) >= start:
            return month.replace(day=number)
        month += relativedelta(months=1)


def month_day(asked: Asked, month: int, number: int, year: int | None = None) -> Day:
    """Return a month and day. Without a year it is the next one; shortly past, it is asked about.

    29 February belongs to the February nearest to the call: this year's if it is ahead or shortly past, else the next.
    """
    if not (1 <= month <= 12 and 1 <= number <= 31) or number > monthrange(2000, month)[1]:
        return Day(problem=IMPOSSIBLE)
    if year is not None:
        year += 2000 if year < 100 else 0
        if not 1 <= year <= 9998 or number > monthrange(year, month)[1]:
            return Day(problem=IMPOSSIBLE)
        on = date(year, month, number)
        return Day(on=on, month=month, number=number) if on >= asked.today else Day(problem=PAST)
    year = asked.today.year
    if number > monthrange(year, month)[1]:  # 29 February
        this_year, exists = date(year, 3, 1), False
    else:
        this_year, exists = date(year, month, number), True
    if this_year >= asked.today:
        return Day(on=this_year, month=month, number=number) if exists else Day(problem=IMPOSSIBLE)
    shortly = (asked.today - this_year).days <= JUST_PAST_DAYS
    if (shortly and not exists) or number > monthrange(year + 1, month)[1]:
        return Day(problem=PAST if exists and shortly else IMPOSSIBLE)
    on = date(year + 1, month, number)
    if shortly:
        return Day(on=on, ambiguous=True, problem=AMBIGUOUS, month=month, number=number, gone=this_year)
    return Day(on=on, month=month, number=number)


def in_figures(asked: Asked, first: int, second: int, year: int | None) -> Day:
    """Return a date in figures in the country's order, in the other where only that one is a date."""
    month, number = (first, second) if month_comes_first(asked.country) else (second, first)
    if month > 12 and number <= 12:
        month, number = number, month
    found = month_day(asked, month, number, year)
    if order_is_certain(asked.country) or month == number or month > 12 or number > 12:
        return found
    swapped = month_day(asked, number, month, year)
    return replace(found, other=swapped.on, ambiguous=True, problem=AMBIGUOUS) if found.on else found


def span(first: date, last: date) -> Day:
    """Return a stretch of days, both ends included."""
    return Day(first=first, last=last, period=True)


def soon(asked: Asked) -> Day:
    """Return the stretch in which "any day" and "as soon as possible" are looked for."""
    return replace(span(asked.today, asked.today + timedelta(days=SOON_DAYS - 1)), loose=True)


def week(asked: Asked, ahead: int) -> Day:
    """Return the Monday-to-Sunday week so many weeks ahead."""
    return week_of(asked.monday + ahead * WEEK)


def week_of(on: date) -> Day:
    """Return the Monday-to-Sunday week of a day; "the week of" a Sunday is the one that begins with it."""
    if on.weekday() == 6:
        return span(on, on + timedelta(days=6))
    monday = on - timedelta(days=on.weekday())
    return span(monday, monday + timedelta(days=6))


def weekend(asked: Asked, ahead: int) -> Day:
    """Return Saturday and Sunday of the week so many weeks ahead."""
    saturday = asked.monday + ahead * WEEK + timedelta(days=5)
    return span(saturday, saturday + DAY)


def month(asked: Asked, ahead: int) -> Day:
    """Return the month so many months ahead."""
    first = asked.today.replace(day=1) + relativedelta(months=ahead)
    return span(first, first + relativedelta(months=1) - DAY)


def named_month(asked: Asked, number: int, ahead: int = 0, year: int | None = None) -> Day:
    """Return a month by name: the running one or the next, `ahead` years later."""
    if year is None:
        year = asked.today.year + (number < asked.today.month) + ahead
    if year < asked.today.year:
        return Day(problem=PAST)
    first = date(year, number, 1)
    return span(first, first + relativedelta(months=1) - DAY)


def year(asked: Asked, ahead: int) -> Day:
    """Return the year so many years ahead."""
    first = date(asked.today.year + ahead, 1, 1)
    return span(first, first.replace(month=12, day=31))


def part_of(period: Day, which: str) -> Day:
    """Return the "early", "mid" or "late" part of a stretch; of a week Mon-Tue, Tue-Thu and Thu-Fri, else thirds."""
    if period.first is None or period.last is None:
        return period
    length = (period.last - period.first).days + 1
    if length == 7:
        begins, ends = {"early": (0, 1), "mid": (1, 3), "late": (3, 4)}[which]
    else:
        third = max(1, length // 3)
        begins, ends = {"early": (0, third - 1), "mid": (third, length - third - 1), "late": (length - third, length - 1)}[which]
    return span(period.first + begins * DAY, period.first + max(begins, ends) * DAY)


def nth_weekday(period: Day, which: int, number: int) -> Day:
    """Return "the second Tuesday of" a stretch, -1 for the last; impossible where it has none."""
    if period.first is None or period.last is None:
        return Day(problem=IMPOSSIBLE)
    if which < 0:
        on = period.last - timedelta(days=(period.last.weekday() - number) % 7)
    else:
        on = period.first + timedelta(days=(number - period.first.weekday()) % 7) + (which - 1) * WEEK
    return Day(on=on) if period.first <= on <= period.last else Day(problem=IMPOSSIBLE)


def shifted(on: date, days: int, months: int) -> date:
    """Return the date so many days and months away."""
    return on + relativedelta(months=months) + timedelta(days=days)
