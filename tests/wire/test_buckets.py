"""Token buckets over the real Redis, between processes' own objects, and without Redis."""

import threading
import time
from uuid import uuid4

import pytest
import redis
from django.conf import settings as django_settings

from wire.buckets import Buckets, Claim, Rate, Refusal, rate

FULL = Rate(1000.0, 1000.0)
SLOW = Rate(0.01, 8.0)  # nothing flows in while a test looks


@pytest.fixture
def name():
    return f"test-{uuid4()}"


def claim(user="u", claimant="shop", group=0, within=0.0, over=0.0):
    return Claim(user, claimant, group, within, over)


def buckets(name, weights=(9, 1)):
    """What each process has: none of them shares anything but Redis."""
    return Buckets(name, weights=weights)


def refusal(*, of_all=False, most=64.0, least=0.0, draws=(0.0, 0.0)):
    return Refusal(of_all, most, least, draws)


@pytest.mark.parametrize("per_minute", [4, 10, 30, 100, 300, 600, 10_000])
def test_a_burst_and_a_minutes_flow_stay_below_the_limit_and_near_it(per_minute):
    used = rate(per_minute)
    assert used.burst + 60 * used.per_second <= per_minute
    assert used.burst + 60 * used.per_second >= 0.9 * per_minute
    assert used.burst >= 1


def test_many_at_once_over_several_processes_get_the_burst_and_the_rate_and_no_more(name):
    everybody, got, until = Rate(100.0, 5.0), [], time.monotonic() + 1.5

    def run(number):
        mine = buckets(name)
        while time.monotonic() < until:
            seconds = mine.take(claim(user=f"u{number}"), everybody=everybody, user=FULL)
            if seconds:
                time.sleep(seconds)
            else:
                got.append(time.monotonic())

    began = time.monotonic()
    threads = [threading.Thread(target=run, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    most = 5 + 100 * (time.monotonic() - began)
    assert 0.6 * most < len(got) <= most


def test_both_buckets_or_neither(name):
    mine, user = buckets(name), Rate(0.01, 2.0)
    assert [mine.take(claim("a"), everybody=SLOW, user=user) for _ in range(2)] == [0, 0]
    assert mine.take(claim("a"), everybody=SLOW, user=user) > 50  # the user's is empty
    others = [mine.take(claim("b"), everybody=SLOW, user=FULL) for _ in range(8)]
    assert (others[:6], [each > 50 for each in others[6:]]) == ([0] * 6, [True] * 2)  # two of eight were gone, not three


def test_a_token_takes_one_round_trip(name):
    mine = buckets(name)
    mine.take(claim(), everybody=FULL, user=FULL)
    with redis.Redis.from_url(django_settings.REDIS_URL) as server:
        sent = []
        with server.monitor() as watched:
            mine.take(claim(), everybody=FULL, user=FULL)
            server.set(f"quota:{name}:end", 1, px=1000)
            for command in watched.listen():
                if name in command["command"] and command["client_type"] != "lua":
                    sent.append(command["command"].split()[0])
                if f"quota:{name}:end" in command["command"]:
                    break
    assert sent == ["EVALSHA", "SET"]


def test_who_drew_more_than_a_share_leaves_something_to_who_comes_anew(name):
    mine = buckets(name)
    greedy = claim("g", "thousand", within=0.25, over=0.5)
    drawn = 0
    while not mine.take(greedy, everybody=SLOW, user=FULL):
        drawn += 1
    assert 4 <= drawn <= 6
    assert mine.take(claim("n", "one"), everybody=SLOW, user=FULL) == 0


def test_claimants_share_alike_however_often_they_ask(name):
    mine, everybody = buckets(name), Rate(200.0, 8.0)
    got, until = {"a": 0, "b": 0}, time.monotonic() + 2
    while time.monotonic() < until:
        for who in ("a", "a", "a", "a", "a", "a", "b"):
            got[who] += not mine.take(claim(who, who, within=0.25, over=0.5), everybody=everybody, user=FULL)
    assert got["b"] > 0.7 * got["a"]


def test_writes_go_before_readings_which_keep_their_share(name):
    mine, everybody = buckets(name), Rate(200.0, 16.0)
    got, until = {"writes": 0, "reads": 0}, time.monotonic() + 2
    while time.monotonic() < until:
        for _ in range(5):
            got["reads"] += not mine.take(
                claim("r", "shop", 1, within=0.25, over=0.75), everybody=everybody, user=FULL
            )  # fmt: skip
        got["writes"] += not mine.take(claim("w", "shop", 0, within=0.25, over=0.5), everybody=everybody, user=FULL)
    assert got["writes"] > 4 * got["reads"]
    assert got["reads"] > 15


def test_what_one_process_was_refused_all_of_them_know(name):
    mine, others = buckets(name), buckets(name)
    seconds = mine.refused("u", refusal(least=30))
    assert seconds == pytest.approx(30, abs=0.1)
    assert others.take(claim("u"), everybody=FULL, user=FULL) == pytest.approx(30, abs=0.5)
    assert others.take(claim("another"), everybody=FULL, user=FULL) == 0


def test_a_limit_of_all_that_hits_one_user_alone_slows_that_user_alone_and_two_slow_all(name):
    mine = buckets(name)
    mine.refused("a", refusal(of_all=True, least=20))
    assert mine.take(claim("c"), everybody=FULL, user=FULL) == 0
    mine.refused("b", refusal(of_all=True, least=20))
    assert mine.take(claim("c"), everybody=FULL, user=FULL) == pytest.approx(20, abs=0.5)


def test_each_refusal_after_a_wait_doubles_it_and_what_was_under_way_does_not(name):
    mine = buckets(name)
    assert mine.refused("u", refusal()) == pytest.approx(0.5)
    assert mine.refused("u", refusal()) < 0.5  # it was under way
    time.sleep(0.55)
    assert mine.refused("u", refusal()) == pytest.approx(1.0)
    assert mine.refused("v", refusal(draws=(0.9, 0.0))) == pytest.approx(0.95)  # drawn anew each time
    assert mine.refused("w", refusal(most=0.2)) == pytest.approx(0.1)


def test_without_redis_each_process_has_little_of_its_own_and_waits_for_nobody(name, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    mine, everybody = buckets(name), Rate(2.0, 30.0)
    began = time.monotonic()
    got = [mine.take(claim("u"), everybody=everybody, user=Rate(10.0, 600.0)) for _ in range(5)]
    assert time.monotonic() - began < 0.3
    assert (got[:3], got[3] > 1, got[4] > 1) == ([0, 0, 0], True, True)
    assert mine.refused("u", refusal(least=9)) == pytest.approx(9)
    assert mine.take(claim("u"), everybody=FULL, user=FULL) == pytest.approx(9, abs=0.2)
