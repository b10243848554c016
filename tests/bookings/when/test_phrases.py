"""What callers say, against the tables: the right day, the right part of it, and a question where there is one."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from bookings.when.parse import read
from bookings.when.reading import Reading
from tests.bookings.when.table import rows, tricky

ROWS = rows()
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2027, 3, 10, 15, 20, tzinfo=NEW_YORK)  # a Wednesday
NOVEMBER = datetime(2026, 11, 24, 9, 0, tzinfo=NEW_YORK)  # a Tuesday


def said(phrase, *, now=NOW, zone=NEW_YORK, **more):
    return read(phrase, now=now, zone=zone, **more)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_phrase_means_its_day_and_window(row):
    reading = read(row.said, now=row.moment, zone=ZoneInfo(row.zone))
    found = (reading.on.isoformat() if reading.on else None, reading.window, reading.ambiguous)
    assert found == (row.date, row.window, row.ambiguous)
    assert reading.say


def test_the_tables_are_large_enough():
    assert len(ROWS) >= 500
    assert len(tricky()) >= 90
    assert len({row.zone for row in ROWS}) == 9


def test_no_phrase_of_the_tables_is_a_confident_day_in_the_past_or_another_day():
    wrong = []
    for row in ROWS:
        reading = read(row.said, now=row.moment, zone=ZoneInfo(row.zone))
        if reading.on and (reading.on < row.moment.date() or (not reading.ambiguous and reading.on.isoformat() != row.date)):
            wrong.append(str(row))
    assert wrong == []


@pytest.mark.parametrize("phrase", tricky())
@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Madrid"])
def test_a_tricky_phrase_is_no_confident_day(phrase, zone):
    reading = said(phrase, now=NOW, zone=ZoneInfo(zone))
    assert reading.on is None or reading.ambiguous
    assert reading.problem
    assert reading.say


@pytest.mark.parametrize(
    ("phrase", "problem"),
    [
        ("yesterday", "past"),
        ("11/20/26", "past"),
        ("today at 9", "past"),
        ("this morning", "past"),
        ("el viernes pasado", "past"),
        ("February 30", "impossible"),
        ("2026-02-30", "impossible"),
        ("the 40th of May", "impossible"),
        ("2026-11-25T99:00", "impossible"),
        ("9999-12-31T23:59-12:00", "impossible"),
        ("el treinta de febrero", "impossible"),
        ("", "unreadable"),
        ("   ", "unreadable"),
        ("25", "unreadable"),
        ("banana", "unreadable"),
        ("Tuesday banana", "unreadable"),
        ("every Friday", "unreadable"),
        ("if it rains Friday", "unreadable"),
        ("next week", "range"),
        ("soon", "range"),
        ("April", "range"),
        ("not Monday", "range"),
        ("next Friday", "ambiguous"),
        ("Monday or Tuesday", "ambiguous"),
        ("9am", "no_day"),
        ("in the morning", "no_day"),
        ("tomorrow", ""),
    ],
)
def test_a_problem_has_its_name(phrase, problem):
    reading = said(phrase)
    assert reading.problem == problem
    assert reading.ambiguous == (problem in ("range", "ambiguous", "no_day"))


@pytest.mark.parametrize(
    ("phrase", "on", "at"),
    [
        ("2026-11-25", date(2026, 11, 25), None),
        ("2026-11-25T09:00", date(2026, 11, 25), time(9)),
        ("2026-11-25 09:00", date(2026, 11, 25), time(9)),
        ("2026-11-25T09:00:00-05:00", date(2026, 11, 25), time(9)),
        ("2026-11-25T14:00:00Z", date(2026, 11, 25), time(9)),
        ("2026-11-25T14:00:00.000Z", date(2026, 11, 25), time(9)),
        ("2026-11-25T00:00:00Z", date(2026, 11, 25), None),
        ("2026-11-25T00:00:00", date(2026, 11, 25), None),
        ("today", date(2026, 11, 24), None),
        (" Tomorrow. ", date(2026, 11, 25), None),
        ("Friday", date(2026, 11, 27), None),
        ("next tuesday", date(2026, 12, 1), None),
        ("November 30", date(2026, 11, 30), None),
        ("Nov 30 2026 at 2:30pm", date(2026, 11, 30), time(14, 30)),
        ("1/5", date(2027, 1, 5), None),
        ("Wed, 25 Nov 2026 14:00:00 GMT", date(2026, 11, 25), time(9)),
    ],
)
def test_dates_of_programs_are_read_in_the_shops_zone(phrase, on, at):
    reading = said(phrase, now=NOVEMBER)
    assert (reading.on, reading.at, reading.problem) == (on, at, "")


def test_tomorrow_is_the_shops_tomorrow():
    late = datetime(2026, 11, 25, 2, tzinfo=ZoneInfo("UTC"))  # still Tuesday evening in New York
    assert said("tomorrow", now=late).on == date(2026, 11, 25)


@pytest.mark.parametrize(
    ("phrase", "at", "not_before", "not_after"),
    [
        ("tomorrow at 4", time(16), None, None),
        ("tomorrow at 9", time(9), None, None),
        ("tomorrow at half past two", time(14, 30), None, None),
        ("tomorrow at a quarter to five", time(16, 45), None, None),
        ("tomorrow at ten past four", time(16, 10), None, None),
        ("tomorrow at four thirty p m", time(16, 30), None, None),
        ("tomorrow at 12:30", time(12, 30), None, None),
        ("tomorrow at two oh five", time(14, 5), None, None),
        ("tomorrow 1400", time(14), None, None),
        ("tomorrow at noon", time(12), None, None),
        ("tomorrow at 8 in the evening", time(20), None, None),
        ("tomorrow 2ish", time(14), None, None),
        ("tomorrow after four", None, time(16), None),
        ("tomorrow from 3 on", None, time(15), None),
        ("tomorrow before noon", None, None, time(12)),
        ("tomorrow by 10", None, None, time(10)),
        ("tomorrow between 8 and 10", None, time(8), time(10)),
        ("tomorrow 8 to 12", None, time(8), time(12)),
        ("tomorrow between 10 and 2", None, time(10), time(14)),
        ("tomorrow between 8 and 10 pm", None, time(20), time(22)),
        ("tomorrow 11 to 1 pm", None, time(11), time(13)),
        ("tomorrow from 9 to 5", None, time(9), time(17)),
        ("tomorrow from nine to eleven", None, time(9), time(11)),
        ("tomorrow at 3 or 4", None, time(15), time(16)),
        ("mañana a las tres y media", time(15, 30), None, None),
        ("mañana a las cuatro menos cuarto", time(15, 45), None, None),
        ("mañana a las cuatro y veinte", time(16, 20), None, None),
        ("mañana después de las cuatro", None, time(16), None),
        ("mañana antes del mediodía", None, None, time(12)),
        ("mañana entre las ocho y las diez", None, time(8), time(10)),
    ],
)
def test_clock_times_and_bounds(phrase, at, not_before, not_after):
    reading = said(phrase)
    assert reading.on == date(2027, 3, 11)
    assert (reading.at, reading.not_before, reading.not_after) == (at, not_before, not_after)


@pytest.mark.parametrize(
    ("phrase", "first", "last"),
    [
        ("next week", date(2027, 3, 15), date(2027, 3, 21)),
        ("this week", date(2027, 3, 10), date(2027, 3, 14)),
        ("later this week", date(2027, 3, 11), date(2027, 3, 14)),
        ("early next week", date(2027, 3, 15), date(2027, 3, 16)),
        ("this weekend", date(2027, 3, 13), date(2027, 3, 14)),
        ("next weekend", date(2027, 3, 20), date(2027, 3, 21)),
        ("as soon as possible", date(2027, 3, 10), date(2027, 3, 23)),
        ("next month", date(2027, 4, 1), date(2027, 4, 30)),
        ("the week of the 17th", date(2027, 3, 15), date(2027, 3, 21)),
        ("before Friday", date(2027, 3, 10), date(2027, 3, 11)),
        ("by Friday", date(2027, 3, 10), date(2027, 3, 12)),
        ("after Thursday", date(2027, 3, 12), date(2027, 3, 25)),
        ("Monday through Wednesday", date(2027, 3, 15), date(2027, 3, 17)),
        ("March 16 to 18", date(2027, 3, 16), date(2027, 3, 18)),
        ("from the 30th to the 2nd", date(2027, 3, 30), date(2027, 4, 2)),
        ("Monday or Tuesday", date(2027, 3, 15), date(2027, 3, 16)),
        ("la semana que viene", date(2027, 3, 15), date(2027, 3, 21)),
        ("del lunes al miércoles", date(2027, 3, 15), date(2027, 3, 17)),
    ],
)
def test_a_stretch_has_its_first_and_last_day(phrase, first, last):
    reading = said(phrase)
    assert (reading.on, reading.first, reading.last, reading.ambiguous) == (None, first, last, True)


def test_the_country_may_be_given():
    assert said("3/4", country="GB").on == date(2027, 4, 3)
    assert said("Labor Day", country="de").on == date(2027, 5, 1)


def test_country_overrides_only_order_and_holidays():
    assert said("tomorrow at 9", country="GB") == said("tomorrow at 9")


def test_nothing_but_what_was_understood_is_told():
    assert said("the unit is 15 years old") == Reading(None, problem="unreadable", say="Sorry, which day did you mean?")
