"""Where things stand on the day's axis, also on the days when the clock changes."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from desk import words
from desk.board import layout

NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = date(2026, 11, 24)


def at(hour, minute=0, on=TUESDAY):
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=NEW_YORK)


def test_axis_of_an_ordinary_day_is_seven_to_eight():
    axis = layout.axis(TUESDAY, NEW_YORK, [(at(8), at(18))])
    assert (axis.starts, axis.ends) == (at(7), at(20))
    assert [name for _, name in axis.hours(NEW_YORK)][:3] == ["7 am", "8 am", "9 am"]
    assert len(axis.hours(NEW_YORK)) == 13
    assert axis.at(at(13, 30)) == 6 * 3600 + 1800


def test_axis_widens_to_hold_what_lies_outside():
    axis = layout.axis(TUESDAY, NEW_YORK, [(at(5, 30), at(6)), (at(20), at(21, 15))])
    assert (axis.starts, axis.ends) == (at(5), at(22))


def test_axis_of_a_visit_over_midnight_runs_to_the_day_s_end():
    axis = layout.axis(TUESDAY, NEW_YORK, [(at(22), at(1, on=date(2026, 11, 25)))])
    assert axis.ends == at(0, on=date(2026, 11, 25))
    before = layout.axis(TUESDAY, NEW_YORK, [(at(22, on=date(2026, 11, 23)), at(2))])
    assert (before.starts, before.ends) == (at(0), at(20))


@pytest.mark.parametrize(("on", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25)])
def test_a_whole_day_has_as_many_hours_as_it_has(on, hours):
    axis = layout.axis(on, NEW_YORK, [(at(0, 30, on), at(23, 30, on))])
    assert len(axis.hours(NEW_YORK)) == hours


def test_what_lies_outside_is_held_at_the_edge():
    axis = layout.axis(TUESDAY, NEW_YORK, [])
    assert (axis.at(at(3)), axis.at(at(23))) == (0, 13 * 3600)


def test_overlapping_visits_get_lanes_of_their_own():
    spans = [(at(8), at(10)), (at(9), at(11)), (at(10), at(12)), (at(10, 30), at(11, 30))]
    assert layout.lanes(spans) == [0, 1, 0, 2]


def test_spans_are_said_as_short_as_they_can_be():
    assert words.span(at(9), at(11)) == "9\u201311 am"
    assert words.span(at(10, 30), at(12, 30)) == "10:30 am\u201312:30 pm"


@pytest.mark.parametrize(
    ("term", "found"), [("(212) 555-0201", "2125550201"), ("555.0201", "5550201"), ("HV-X1Y2Z", "HV-X1Y2Z"), ("12", "12")]
)
def test_what_looks_like_a_number_is_looked_for_as_digits(term, found):
    assert words.searchable(term) == found
