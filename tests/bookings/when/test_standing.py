"""Phrases about the appointment that is being moved: arithmetic on the clock on the wall."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.when.parse import read

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2027, 3, 10, 15, 20, tzinfo=NEW_YORK)
STANDING = datetime(2027, 3, 12, 10, 30)  # noqa: DTZ001 - a local start; the clocks go forward on the 14th


@pytest.mark.parametrize(
    ("phrase", "on", "at"),
    [
        ("same time next week", date(2027, 3, 19), time(10, 30)),
        ("the same time next week", date(2027, 3, 19), time(10, 30)),
        ("same time a week later", date(2027, 3, 19), time(10, 30)),
        ("same time on Monday", date(2027, 3, 15), time(10, 30)),
        ("Monday, same time", date(2027, 3, 15), time(10, 30)),
        ("same time tomorrow", date(2027, 3, 11), time(10, 30)),
        ("an hour later", date(2027, 3, 12), time(11, 30)),
        ("two hours earlier", date(2027, 3, 12), time(8, 30)),
        ("half an hour later", date(2027, 3, 12), time(11, 0)),
        ("a day later", date(2027, 3, 13), time(10, 30)),
        ("two days earlier", None, None),  # ten thirty on the day of the call is past
        ("a week later", date(2027, 3, 19), time(10, 30)),
        ("a week later at 3", date(2027, 3, 19), time(15)),
        ("the day after", date(2027, 3, 13), None),
        ("the day before", date(2027, 3, 11), None),
        ("the next day", date(2027, 3, 13), None),
        ("same day at 3", date(2027, 3, 12), time(15)),
        ("the following Monday", date(2027, 3, 15), None),
        ("a la misma hora el lunes", date(2027, 3, 15), time(10, 30)),
        ("una hora más tarde", date(2027, 3, 12), time(11, 30)),
        ("el mismo día a las tres", date(2027, 3, 12), time(15)),
        ("al día siguiente", date(2027, 3, 13), None),
    ],
)
def test_a_phrase_about_the_appointment(phrase, on, at):
    reading = read(phrase, now=NOW, zone=NEW_YORK, standing=STANDING)
    assert (reading.on, reading.at) == (on, at)
    assert reading.ambiguous is False


def test_same_time_next_week_keeps_the_clock_across_the_change():
    for zone, standing in (
        ("America/New_York", datetime(2027, 3, 11, 9)),  # noqa: DTZ001
        ("America/Los_Angeles", datetime(2027, 11, 4, 9)),  # noqa: DTZ001
        ("Europe/Madrid", datetime(2027, 3, 25, 9)),  # noqa: DTZ001
    ):
        now = datetime(standing.year, standing.month, standing.day - 1, 12, tzinfo=ZoneInfo(zone))
        reading = read("same time next week", now=now, zone=ZoneInfo(zone), standing=standing)
        assert (reading.on, reading.at) == (standing.date() + timedelta(days=7), time(9))


def test_an_aware_start_is_taken_into_the_zone():
    standing = datetime(2027, 3, 12, 15, 30, tzinfo=ZoneInfo("UTC"))
    assert read("an hour later", now=NOW, zone=NEW_YORK, standing=standing).at == time(11, 30)


def test_same_time_next_week_is_asked_about_where_the_appointment_is_in_another_week():
    standing = datetime(2027, 3, 25, 9)  # noqa: DTZ001 - in two weeks
    reading = read("same time next week", now=NOW, zone=NEW_YORK, standing=standing)
    assert (reading.on, reading.at, reading.problem) == (date(2027, 4, 1), time(9), "ambiguous")
    assert reading.say == "Do you mean next Thursday, March 18, or Thursday, April 1, at 9 AM?"


@pytest.mark.parametrize("phrase", ["same time", "an hour later", "the day after", "same day at 3", "same time tomorrow"])
def test_without_an_appointment_it_is_no_certain_time(phrase):
    reading = read(phrase, now=NOW, zone=NEW_YORK)
    assert reading.problem in ("range", "no_day", "unreadable", "ambiguous")
    assert reading.at is None or reading.on is None
