"""What is said back: weekday, date and window, or the question."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bookings.when.parse import read
from tests.bookings.when.table import rows

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2027, 3, 10, 15, 20, tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("phrase", "sentence"),
    [
        ("next Tuesday afternoon", "Tuesday, March 16, in the afternoon"),
        ("tomorrow at 2:30", "Thursday, March 11, at 2:30 PM"),
        ("tomorrow at noon", "Thursday, March 11, at noon"),
        ("tomorrow after four", "Thursday, March 11, after 4 PM"),
        ("tomorrow between 8 and 10", "Thursday, March 11, between 8 AM and 10 AM"),
        ("January 5", "Wednesday, January 5, 2028"),
        ("next Friday", "Do you mean this Friday, March 12, or next Friday, March 19?"),
        ("Wednesday", "Do you mean today, Wednesday, March 10, or next Wednesday, March 17?"),
        ("Monday or Tuesday", "Do you mean Monday, March 15, or Tuesday, March 16?"),
        ("March 5", "Do you mean Sunday, March 5, 2028?"),
        ("Friday the 13th", "Do you mean Friday, March 12, or Saturday, March 13?"),
        ("next week", "Which day suits you best between Monday, March 15, and Sunday, March 21?"),
        ("after four", "On which day, after 4 PM?"),
        ("yesterday", "That time is already past. Which day would suit you?"),
        ("June 31", "There is no such day or time. Which day would suit you?"),
        ("banana", "Sorry, which day did you mean?"),
        ("el martes por la tarde", "el martes 16 de marzo, por la tarde"),
        ("mañana a las tres y media", "el jueves 11 de marzo, a las 3:30 de la tarde"),
        ("mañana a la una", "el jueves 11 de marzo, a la 1 de la tarde"),
        ("mañana al mediodía", "el jueves 11 de marzo, al mediodía"),
        ("mañana antes del mediodía", "el jueves 11 de marzo, antes del mediodía"),
        ("el viernes que viene", "¿Quiere decir este viernes 12 de marzo o el próximo viernes 19 de marzo?"),
        ("la semana que viene", "¿Qué día le conviene más entre el lunes 15 de marzo y el domingo 21 de marzo?"),
        ("lunes o martes", "¿Quiere decir el lunes 15 de marzo o el martes 16 de marzo?"),
        ("ayer", "Esa fecha ya pasó. ¿Qué día le conviene?"),
        ("por la mañana", "¿Qué día, por la mañana?"),
    ],
)
def test_the_sentence(phrase, sentence):
    assert read(phrase, now=NOW, zone=NEW_YORK).say == sentence


@pytest.mark.parametrize(
    ("phrase", "speak", "sentence"),
    [
        ("next week", "es", "¿Qué día le conviene más entre el lunes 15 de marzo y el domingo 21 de marzo?"),
        ("2027-02-30", "es", "Ese día o esa hora no existe. ¿Qué día le conviene?"),
        ("banana", "es", "Perdón, ¿qué día quiso decir?"),
        ("ayer", "en", "That time is already past. Which day would suit you?"),
        ("el viernes que viene", "en", "Do you mean this Friday, March 12, or next Friday, March 19?"),
    ],
)
def test_the_sentence_is_in_the_language_asked_for(phrase, speak, sentence):
    assert read(phrase, now=NOW, zone=NEW_YORK, speak=speak).say == sentence


@pytest.mark.parametrize("row", [row for row in rows() if row.date and not row.ambiguous], ids=str)
def test_a_read_back_means_the_same_day_and_times(row):
    zone = ZoneInfo(row.zone)
    first = read(row.said, now=row.moment, zone=zone)
    again = read(first.say, now=row.moment, zone=zone)
    assert again.on == first.on
    assert (again.at, again.window) == (first.at, first.window)
