"""Orders of delivery: bounded, repeatable, and none that a network could not make."""

from datetime import date

import pytest

from hvacsched.simulate.scripts import script, shuffle, stage
from hvacsched.simulate.scripts.script import FOLDER
from hvacsched.simulate.scripts.words import days_of
from tests.simulate.scripted import NOW

TOLD = stage.Sent(call=0, number=1, at=5.0, answered=None, body={"message": {"type": "speech-update"}})
ASKED = stage.Sent(call=0, number=2, at=6.0, answered=6.4, body={"message": {"type": "tool-calls"}})


@pytest.mark.parametrize("seed", range(40))
def test_an_order_is_one_that_a_network_could_make(seed):
    """Nothing arrives before it was sent; a question arrives before its answer, copies of it only after that."""
    arrive = shuffle.plan(seed)
    for _ in range(20):
        assert all(each >= TOLD.at for each in arrive(TOLD, (5.0,)))
        first, *copies = arrive(ASKED, (6.0, 6.9))
        assert 6.0 <= first < 6.4
        assert all(each >= 6.4 for each in copies)


def test_the_same_seed_makes_the_same_order():
    one, other = ([[plan(each, (each.at,)) for each in (TOLD, ASKED)] for _ in range(9)] for plan in map(shuffle.plan, (7, 7)))
    assert one == other


def test_orders_differ():
    assert len({str([shuffle.plan(seed)(TOLD, (5.0,)) for _ in range(1)]) for seed in range(40)}) > 20


def test_scripts_ask_for_days_that_any_run_can_have():
    """What is played against a running product never speaks of today or tomorrow, and says so of itself where it must."""
    day = NOW[:10]
    for name in script.names():
        each = script.load(name)
        found = days_of(each.days, date.fromisoformat(day))
        if each.clock == "any":
            ahead = [(on - date.fromisoformat(day)).days for on in found.values()]
            assert all(days >= 3 or days < 0 for days in ahead), name
    assert len(list(FOLDER.glob("*.json"))) == len(script.names()) >= 60
