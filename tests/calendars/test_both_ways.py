"""Both sides of some calendars are changed at random while everything between them fails; in the end they agree to the event.

A few seeds at small size, with workers of this process. `SEED=…` replays one: the same people do the same things, though what
happens at once does not happen at the same instants. `make soak ARGS=both_ways` is the long form: real workers, killed.
"""

import os
from random import Random

import pytest
from django.utils import timezone

from bench.both_ways import day, floor
from bench.both_ways.callers import Callers
from bench.both_ways.dispatcher import Dispatcher
from bench.both_ways.google import Google
from bench.both_ways.hands import Hands, first_reading
from bench.both_ways.log import Log
from bench.both_ways.technicians import Technicians
from bench.both_ways.troubles import Troubles
from tests.forgetting import forget_refusals

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.concurrency, pytest.mark.long]
SEEDS = os.environ["SEED"].split(",") if os.environ.get("SEED") else ["small-1", "small-2", "small-3"]
TECHNICIANS, VISITS_FIRST, ACTS = 4, 5, 75


@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_agree_when_it_is_quiet(google, settings, live_server, seed):
    settings.SERVER_URL = live_server.url
    came = play(seed, google.url, live_server.url)
    assert not came.wrong, f"{day.story(came)}\nreplay: SEED={seed} make test ARGS='-n0 -k both_sides_agree'"


def play(seed, sandbox, server, acts=ACTS):
    """Play a seed and return what came of it."""
    outside, log = Google(sandbox), Log()
    shop = floor.build(outside, seed, TECHNICIANS, server=server, now=timezone.now(), days=2)
    first_reading(shop)
    hands = Hands(Random(f"{seed}/hands"))
    callers = Callers(shop, log, Random(f"{seed}/callers"))
    dispatcher = Dispatcher(shop, log, Random(f"{seed}/dispatcher"))
    technicians = Technicians(shop, outside, log, Random(f"{seed}/technicians"))
    troubles = Troubles(shop, outside, log, Random(f"{seed}/troubles"), hands.kill, slow_ms=120)
    try:
        hands.start()
        troubles.begin()
        for _ in range(VISITS_FIRST):
            callers.act()
        dice = Random(f"{seed}/who")
        for _ in range(acts):
            dice.choices((callers, dispatcher, technicians, troubles), (14, 16, 52, 18))[0].act()
        hands.stop()
        forget_refusals()
        outside.heal()
        came = day.end(seed, shop, outside, log, lambda since: hands.sweep(shop, since), seconds=30)
        came.wrong += hands.errors
        return came
    finally:
        hands.stop()
        hands.close()
        outside.heal()
        callers.close()
        outside.close()
