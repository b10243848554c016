"""Days, times, lists and amounts as they are said in both languages."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from bookings import speech
from bookings.when import parse

ZONE = ZoneInfo("America/New_York")
WEDNESDAY = date(2026, 11, 25)
BACK, FORWARD = date(2026, 11, 1), date(2027, 3, 14)  # the nights in which the clock is changed


def at(clock, on=WEDNESDAY):
    hour, minute = clock.split(":")
    return datetime(on.year, on.month, on.day, int(hour), int(minute), tzinfo=ZONE)


@pytest.mark.parametrize(
    ("on", "english", "spanish"),
    [
        (WEDNESDAY, "Wednesday, November 25", "el miércoles 25 de noviembre"),
        (date(2026, 12, 1), "Tuesday, December 1", "el martes primero de diciembre"),
        (date(2027, 1, 2), "Saturday, January 2", "el sábado 2 de enero"),
        (date(2027, 9, 5), "Sunday, September 5", "el domingo 5 de septiembre"),
    ],
)
def test_day(on, english, spanish):
    assert said(speech.day, on) == (english, spanish)


@pytest.mark.parametrize("month", range(1, 13))
@pytest.mark.parametrize("number", [1, 2, 21, 28])
def test_a_spoken_day_is_read_as_that_day(month, number):
    on = date(2027, month, number)
    for language in ("en", "es"):
        with translation.override(language):
            assert parse.read(speech.day(on), now=datetime(2026, 12, 31, 9, tzinfo=ZONE), zone=ZONE).on == on


@pytest.mark.parametrize(
    ("clock", "english", "spanish"),
    [
        ("00:00", "12 AM", "la medianoche"),
        ("00:30", "12:30 AM", "las 12:30 de la noche"),
        ("01:00", "1 AM", "la 1 de la madrugada"),
        ("05:00", "5 AM", "las 5 de la mañana"),
        ("08:00", "8 AM", "las 8 de la mañana"),
        ("12:00", "noon", "el mediodía"),
        ("12:30", "12:30 PM", "las 12:30 de la tarde"),
        ("13:00", "1 PM", "la 1 de la tarde"),
        ("13:15", "1:15 PM", "la 1:15 de la tarde"),
        ("19:30", "7:30 PM", "las 7:30 de la tarde"),
        ("20:00", "8 PM", "las 8 de la noche"),
    ],
)
def test_clock(clock, english, spanish):
    assert said(speech.clock, at(clock)) == (english, spanish)


@pytest.mark.parametrize(
    ("first", "last", "english", "spanish"),
    [
        ("08:00", "10:00", "between 8 and 10 AM", "entre las 8 y las 10 de la mañana"),
        ("10:00", "12:00", "between 10 AM and noon", "entre las 10 de la mañana y el mediodía"),
        ("11:00", "13:00", "between 11 AM and 1 PM", "entre las 11 de la mañana y la 1 de la tarde"),
        ("12:00", "14:00", "between noon and 2 PM", "entre el mediodía y las 2 de la tarde"),
        ("13:00", "15:00", "between 1 and 3 PM", "entre la 1 y las 3 de la tarde"),
        ("14:30", "16:30", "between 2:30 and 4:30 PM", "entre las 2:30 y las 4:30 de la tarde"),
        ("19:00", "21:00", "between 7 and 9 PM", "entre las 7 de la tarde y las 9 de la noche"),
    ],
)
def test_window(first, last, english, spanish):
    assert said(speech.window, at(first), at(last)) == (english, spanish)
    days = ("Wednesday, November 25, ", "el miércoles 25 de noviembre ")
    assert said(speech.when, at(first), at(last)) == (days[0] + english, days[1] + spanish)


@pytest.mark.parametrize(
    ("first", "last", "english", "spanish"),
    [
        ("08:00", "10:00", "8 AM to 10 AM", "de 8 am a 10 am"),
        ("10:30", "12:00", "10:30 AM to 12 PM", "de 10:30 am a 12 pm"),
    ],
)
def test_a_window_in_a_text(first, last, english, spanish):
    assert said(speech.written, at(first), at(last)) == (english, spanish)


@pytest.mark.parametrize(
    ("first", "last", "english", "spanish"),
    [
        (
            at("01:00", BACK), at("01:00", BACK).replace(fold=1),
            "between 1 AM daylight time and 1 AM standard time",
            "entre la 1 de la madrugada hora de verano y la 1 de la madrugada hora estándar",
        ),
        (
            at("00:30", BACK), at("01:30", BACK).replace(fold=1),
            "between 12:30 AM and 1:30 AM standard time",
            "entre las 12:30 de la noche y la 1:30 de la madrugada hora estándar",
        ),
        (
            at("01:30", BACK), at("02:30", BACK),
            "between 1:30 AM daylight time and 2:30 AM",
            "entre la 1:30 de la madrugada hora de verano y las 2:30 de la madrugada",
        ),
        (at("02:00", BACK), at("04:00", BACK), "between 2 and 4 AM", "entre las 2 y las 4 de la madrugada"),
        (at("01:30", FORWARD), at("03:30", FORWARD), "between 1:30 and 3:30 AM", "entre la 1:30 y las 3:30 de la madrugada"),
    ],
)  # fmt: skip
def test_window_in_a_night_in_which_the_clock_is_changed(first, last, english, spanish):
    assert said(speech.window, first, last) == (english, spanish)


def test_a_text_names_which_of_two_equal_hours_it_is():
    first, last = at("01:00", BACK), at("01:00", BACK).replace(fold=1)
    assert said(speech.written, first, last) == (
        "1 AM daylight time to 1 AM standard time", "de 1 am hora de verano a 1 am hora estándar"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("items", "last", "english", "spanish"),
    [
        ([], "or", "", ""),
        (["a"], "and", "a", "a"),
        (["a", "b"], "and", "a and b", "a y b"),
        (["a", "b", "c"], "or", "a, b or c", "a, b o c"),
        (["padre", "hijo"], "and", "padre and hijo", "padre e hijo"),
        (["agua", "hielo"], "and", "agua and hielo", "agua y hielo"),
        (["reparación", "instalación"], "and", "reparación and instalación", "reparación e instalación"),
        (["reparación", "instalación"], "or", "reparación or instalación", "reparación o instalación"),
        (["mañana", "hoy"], "or", "mañana or hoy", "mañana u hoy"),
        (["7", "8"], "or", "7 or 8", "7 u 8"),
        (["10", "11"], "or", "10 or 11", "10 u 11"),
    ],
)
def test_listed(items, last, english, spanish):
    assert said(speech.listed, items, last=last) == (english, spanish)


@pytest.mark.parametrize(
    ("cents", "english", "spanish"),
    [
        (0, "$0", "0 dólares"),
        (100, "$1", "un dólar"),
        (2500, "$25", "25 dólares"),
        (2550, "$25.50", "25 dólares con 50 centavos"),
        (101, "$1.01", "un dólar con un centavo"),
        (50, "$0.50", "50 centavos"),
    ],
)
def test_dollars(cents, english, spanish):
    assert said(speech.dollars, cents) == (english, spanish)


def test_weekdays_parts_holidays_and_references():
    assert said(speech.weekdays, {5, 0, 2}) == (["Monday", "Wednesday", "Saturday"], ["lunes", "miércoles", "sábados"])
    assert said(speech.part, "afternoon") == ("afternoon", "tarde")
    assert said(speech.the_part, "evening") == ("the evening", "la noche")
    assert said(speech.holiday, "Thanksgiving Day") == ("Thanksgiving Day", "el Día de Acción de Gracias")
    assert said(speech.holiday, "Company picnic") == ("Company picnic", "Company picnic")
    assert said(speech.reference, "HV-4K7PQ") == ("H V, 4 K 7 P Q", "H V, 4 K 7 P Q")


def said(function, *values, **options):
    """What is said in English and in Spanish."""
    both = []
    for language in ("en-us", "es"):
        with translation.override(language):
            both.append(function(*values, **options))
    return tuple(both)


@pytest.mark.parametrize(
    ("noted", "read"),
    [
        ("2026-11-27T08:00", "Fri Nov 27, 8:00 AM"),
        ("2026-11-27", "Fri Nov 27"),
        ("2026-11-27T15:00:00Z", "2026-11-27T15:00:00Z"),  # another clock's hour is no hour of the shop's
        ("Friday morning", "Friday morning"),
    ],
)
def test_what_computers_noted_is_read_as_people_write_it(noted, read):
    assert speech.english.read(noted) == read
