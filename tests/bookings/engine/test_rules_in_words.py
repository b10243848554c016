"""Each rule by name, and what the back office reads of it."""

from dataclasses import replace
from datetime import date, time

import pytest

from bookings import explaining
from bookings.engine.day import Block
from bookings.engine.roster import DayStarts, Holdback, Role, SkillName, Urgency
from bookings.engine.travel import Place, StraightLine, miles
from tests.bookings.engine.plain import DAY, at, roster, search, service, visit, worker

MANHATTAN, BRONX, ALBANY = Place(40.7484, -73.9967), Place(40.82, -73.92), Place(42.65, -73.75)
EPA = 7


def why(shop, window, taken=None, **fields):
    look = search(shop, taken, **fields)
    whole = look.refused_day(DAY)
    found = whole or look.why_not(shop.workers[0], DAY, window)
    return None if found is None else explaining.refusal(found, shop)


def test_nothing_speaks_against_it():
    assert why(roster(), at(9)) is None


@pytest.mark.parametrize(
    ("fields", "window", "words"),
    [
        ({"skills": {}}, at(9), "lacks certificate EPA 608"),
        ({"skills": {EPA: date(2026, 3, 3)}}, at(9), "certificate EPA 608 expired on 3 March"),
        ({"skills": {EPA: DAY}, "alone": False}, at(9), "goes along as a helper only"),
        ({"skills": {EPA: DAY}, "shifts": ()}, at(9), "does not work that day"),
        ({"skills": {EPA: DAY}}, at(17), "the work does not fit into the shift, 8:00 am to 6:00 pm"),
        ({"skills": {EPA: DAY}, "most_visits": 0}, at(9), "has 0 visits that day already, the most allowed"),
        ({"skills": {EPA: DAY}, "most_minutes": 90}, at(9), "has no room in the 1 hours 30 minutes planned for that day at most"),
    ],
)
def test_what_a_technician_may_and_may_not(fields, window, words):
    shop = roster(
        [replace(worker(1), **fields)], [service(roles=(Role("lead", (EPA,)),))], skills={EPA: SkillName("EPA 608", True)}
    )
    assert why(shop, window) == words


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (Block(at(8), at(9, 30), "visit"), "another visit from 8:00 am to 9:30 am"),
        (Block(at(10), at(11), "busy"), "busy in their calendar from 10:00 am to 11:00 am"),
        (Block(at(0), at(12), "off"), "time off from 12:00 am to 12:00 pm"),
        (Block(at(0), at(23), "unknown"), "their calendar could not be read, so the time counts as taken"),
    ],
)
def test_what_takes_their_time(block, words):
    assert why(roster(), at(9), {1: [block]}) == words


def test_fifty_five_minutes_away_at_nine():
    """As the crow flies, times the roads, at the speed of the city; from the end of the visit before."""
    there = Place(40.7484, -73.9967 + 0.334)  # 17.5 miles
    shop = roster(travel=StraightLine(130, 25))
    assert 17 < miles(MANHATTAN, there) < 18
    assert shop.travel.seconds(MANHATTAN, there) == 55 * 60
    taken = {1: [visit(at(8), at(9), there)]}
    assert why(shop, at(9), taken, place=MANHATTAN) == "55 minutes away at 9:00 am"
    assert why(shop, at(9, 30), taken, place=MANHATTAN) == "55 minutes away at 9:00 am"
    assert why(shop, at(10), taken, place=MANHATTAN) is None
    assert search(shop, taken, place=MANHATTAN).candidates(DAY)[0].start == at(10)


def test_the_drive_to_the_next_visit_counts_too():
    taken = {1: [visit(at(12), at(14), BRONX)]}
    assert why(roster(), at(10), taken, place=MANHATTAN) == "20 minutes from the next visit at 12:00 pm"
    assert why(roster(), at(9, 30), taken, place=MANHATTAN) is None


def test_time_at_the_dentist_is_no_time_to_drive():
    taken = {1: [visit(at(8), at(9), BRONX), Block(at(9), at(10), "busy")]}
    assert why(roster(), at(10), taken, place=MANHATTAN) == "20 minutes away at 9:00 am"
    assert why(roster(), at(10, 30), taken, place=MANHATTAN) is None


@pytest.mark.parametrize(
    ("starts", "first", "last"),
    [(DayStarts.FIRST_JOB, at(8), at(16)), (DayStarts.HOME, at(8, 30), at(15, 30)), (DayStarts.SHOP, at(8, 30), at(15, 30))],
)
def test_where_the_day_starts_and_ends(starts, first, last):
    shop = roster([worker(1, day_starts=starts, base=BRONX)])
    found = [each.start for each in search(shop, place=MANHATTAN).candidates(DAY)]
    assert (found[0], found[-1]) == (first, last)


def test_from_home_in_words():
    shop = roster([worker(1, day_starts=DayStarts.HOME, base=BRONX)])
    assert why(shop, at(8), place=MANHATTAN) == "20 minutes from where their day starts at 8:00 am"
    assert why(shop, at(16), place=MANHATTAN) == "20 minutes from where their day ends at 6:00 pm"


def test_farther_than_anybody_is_sent():
    assert why(roster([worker(1, base=MANHATTAN)]), at(9), place=ALBANY) == "415 minutes away, farther than anybody is sent"


def test_rules_of_the_whole_day():
    closed = roster(closures={DAY: "Thanksgiving"})
    assert why(closed, at(9)) == "closed for Thanksgiving"
    assert why(roster(), at(9), weekdays=frozenset({1, 3})) == "that area is served on Tuesday and Thursday only"
    cutoff = roster(same_day_cutoff=time(14))
    assert why(cutoff, at(15), now=at(14), earliest=at(15)) == "no more routine work for the same day after 2:00 pm"
    assert why(cutoff, at(15), now=at(14), earliest=at(15), urgency=Urgency.URGENT) is None
    assert why(roster(), at(9), now=at(9), earliest=at(10)) == "earlier than the shop's lead time allows (10:00 am)"


def test_what_is_held_back_and_until_when():
    shop = roster(holdbacks=(Holdback(11, 2, frozenset(range(7)), 50, time(10)),))
    taken = {1: [visit(at(8), at(11))]}
    words = "50 % of the day is held back for urgent callers until 10:00 am"
    assert why(shop, at(13), taken, minutes=180) == words
    assert why(shop, at(13), taken, minutes=120) is None
    assert why(shop, at(13), taken, minutes=180, priority=True) is None
    assert why(shop, at(13), taken, minutes=180, urgency=Urgency.EMERGENCY) is None
    assert why(shop, at(13), taken, minutes=180, now=at(10), earliest=at(10)) is None


@pytest.mark.parametrize(("month", "held"), [(10, False), (11, True), (12, True), (1, True), (2, True), (3, False)])
def test_a_season_runs_over_the_years_end(month, held):
    winter = Holdback(11, 2, frozenset({0, 1, 2, 3, 4}), 20, time(10))
    monday = next(date(2026, month, day) for day in range(1, 8) if date(2026, month, day).weekday() == 0)
    assert winter.covers(monday) is held
    assert winter.covers(monday.replace(day=monday.day + 5)) is False


def test_alone_where_it_takes_two():
    shop = roster([worker(1)], [service(roles=(Role("lead", ()), Role("helper", ())))])
    assert why(shop, at(9)) == "not together with others: it takes 2 people at once"
