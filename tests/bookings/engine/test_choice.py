"""Who is sent, and why it was them."""

from datetime import date

import pytest

from bookings import explaining
from bookings.engine import choice
from bookings.engine.choice import Past
from bookings.engine.day import Day, Job, Taken
from bookings.engine.roster import Area, LengthRule, Role, Weights
from bookings.engine.travel import Place
from tests.bookings.engine.plain import DAY, at, roster, service, visit, worker

HERE, NEAR, FAR = Place(40.75, -73.99), Place(40.76, -73.98), Place(40.95, -73.80)


def ranking(workers, taken=None, past=None, origin="call:1", **fields):
    shop = roster(workers, **fields)
    job = Job(roster=shop, service=shop.services[0], minutes=120, now=at(0), earliest=at(0), place=HERE)
    day = Day(shop, DAY)
    filed = Taken(taken or {}, [day])
    scores = [choice.of(each, Role("lead", (1,)), job, day, at(13), filed, past or Past()) for each in shop.workers]
    return choice.ranked(scores, origin=origin)


def test_the_shorter_detour_goes():
    found = ranking([worker(1), worker(2)], {1: [visit(at(8), at(10), FAR)], 2: [visit(at(8), at(10), NEAR)]})
    assert [score.worker for score in found] == [2, 1]
    assert found[0].parts["drive"] > found[1].parts["drive"]


def test_the_emptier_day_goes_and_a_specialist_is_kept_free():
    assert [each.worker for each in ranking([worker(1), worker(2)], {1: [visit(at(8), at(12))]})] == [2, 1]
    assert [each.worker for each in ranking([worker(1, skills={1: None, 2: None}), worker(2, skills={1: None})])] == [2, 1]


def test_the_usual_technician_and_whoever_was_there_last():
    four = [worker(n) for n in range(1, 5)]
    assert ranking(four, past=Past(usual=3))[0].worker == 3
    assert ranking(four, past=Past(usual=3, last=2))[0].worker == 2
    assert ranking(four, past=Past(usual=3, last=2), weights=Weights(usual=20, continuity=1))[0].worker == 3
    assert ranking(four, past=Past(own=frozenset({4})))[0].worker == 4


def test_ties_are_rotated_by_the_call():
    firsts = {ranking([worker(n) for n in (1, 2, 3)], origin=f"call:{n}")[0].worker for n in range(50)}
    assert firsts == {1, 2, 3}


def test_the_score_is_told_in_words():
    best = ranking([worker(1), worker(2)], {2: [visit(at(8), at(12))]}, Past(usual=1))[0]
    told = explaining.points({"points": best.points, "parts": dict(best.parts), "among": 2})
    assert told == "the best of 2, with 8 points: usual technician +8"
    assert explaining.points({"points": 0, "parts": {"load": 0.0}, "among": 3}) == "the best of 3"
    assert explaining.points({"points": best.points, "parts": {}, "among": 1}) == "the only one who could"


@pytest.mark.parametrize(
    ("equipment", "years", "minutes"),
    [
        ("", None, 60), ("heat_pump", None, 75), ("boiler", 16, 135), ("furnace", 3, 60), ("boiler", None, 90),
        ("mini_split", 20, 120),
    ],
)  # fmt: skip
def test_lengths_by_equipment_and_age(equipment, years, minutes):
    """x1.2, x1.4, x1.3, over fifteen years x1.5, under five x0.9; rounded up to a quarter of an hour."""
    rules = (
        LengthRule(None, "heat_pump", None, None, 120), LengthRule(None, "boiler", None, None, 140),
        LengthRule(1, "mini_split", None, None, 130), LengthRule(None, "", 15, None, 150), LengthRule(None, "", None, 5, 90),
    )  # fmt: skip
    shop = roster(services=[service(minutes=60, minutes_least=45, minutes_most=240)], length_rules=rules)
    assert shop.minutes_of(shop.services[0], equipment=equipment, years=years) == minutes


def test_lengths_stay_within_the_services_range_and_an_asked_one_wins():
    shop = roster(
        services=[service(minutes=60, minutes_least=45, minutes_most=70)],
        length_rules=(LengthRule(None, "boiler", None, None, 140),),
    )
    assert shop.minutes_of(shop.services[0], equipment="boiler") == 70
    assert shop.minutes_of(shop.services[0], asked=50, equipment="boiler") == 50
    assert shop.minutes_of(shop.services[0], asked=600) == 70


def test_an_exact_zip_code_goes_before_its_beginning():
    all_of_it, one = Area(1, "all", ("10*",), frozenset()), Area(2, "one", ("10451",), frozenset({date(2026, 1, 1).weekday()}))
    shop = roster(areas=(all_of_it, one))
    assert (shop.area_of("10451"), shop.area_of("10452"), shop.area_of("90210")) == (one, all_of_it, None)
