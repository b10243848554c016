from collections import Counter
from datetime import date, timedelta
from random import Random

import pytest
from django.core.management import CommandError, call_command

from hvacsched.simulate import people, run
from hvacsched.simulate.scenarios import SCENARIOS


def test_one_call_books():
    assert run.plan(1, [], Random(1)) == ["books"]


def test_named_scenarios_take_turns():
    assert run.plan(3, ["gas", "books"], Random(1)) == ["gas", "books", "gas"]


def test_the_mixture_has_everything_but_what_must_be_named():
    mixed = Counter(run.plan(2000, [], Random(1)))
    assert set(mixed) == {name for name, scenario in SCENARIOS.items() if scenario.weight}
    assert "vapi_down" not in mixed
    assert sum(scenario.weight for scenario in SCENARIOS.values()) == 100


def test_the_same_seed_plans_the_same():
    assert run.plan(50, [], Random("a")) == run.plan(50, [], Random("a")) != run.plan(50, [], Random("b"))


def test_days_are_weekdays_within_the_horizon():
    today = date(2026, 11, 24)
    days = [people.workday(Random(n), today) for n in range(500)]
    assert all(day.weekday() < 5 and timedelta(7) < day - today <= timedelta(57) for day in days)
    assert len(set(days)) > 25


def test_sundays_are_within_the_horizon():
    today = date(2026, 11, 24)
    days = {people.sunday(Random(n), today) for n in range(500)}
    assert len(days) >= 6
    assert all(day.weekday() == 6 and timedelta(7) < day - today <= timedelta(57) for day in days)


@pytest.mark.parametrize(("today", "expected"), [(24, 25), (27, 30), (28, 30), (29, 30)])
def test_the_next_workday(today, expected):
    assert people.next_workday(date(2026, 11, today)) == date(2026, 11, expected)


def test_callers_are_nobody_the_shop_knows():
    numbers = {people.somebody(Random(n)).number for n in range(2000)}
    assert all(number[5:8] == "555" and 300 <= int(number[-4:]) <= 999 for number in numbers)
    assert len(numbers) > 1200


def test_production_is_never_called(settings):
    settings.ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="would book real technicians"):
        call_command("simulate_calls")


@pytest.mark.parametrize("options", [{"calls": 0}, {"concurrency": 1000}])
def test_numbers_out_of_range_are_refused(options):
    with pytest.raises(CommandError, match="--calls is at least 1"):
        call_command("simulate_calls", **options)


def test_the_list_names_every_scenario(capsys):
    call_command("simulate_calls", list=True)
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert listed == list(SCENARIOS)
    assert {"holds", "holds_and_goes", "moves", "moves_later", "next_week", "cancels", "not_theirs", "no_heat"} < set(listed)
