"""The breaker, on the real Redis, without one, and between processes."""

import socket
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
import redis
from django.conf import settings as django_settings

from wire import breaker
from wire.breaker import Breaker, Health, OpenError


class Down(Exception):
    pass


def judge(outcome):
    if isinstance(outcome, Exception):
        return Health.BROKEN if isinstance(outcome, Down) else Health.UNTOLD
    return Health.BROKEN if outcome == "5xx" else Health.WELL


def down():
    raise Down


def broken(each):
    with pytest.raises(Down):
        each.call(down, judge=judge)


def is_open(each):
    asked = []
    try:
        each.call(lambda: asked.append(1), judge=lambda outcome: Health.UNTOLD)
    except OpenError:
        assert asked == []
        return True
    return False


@pytest.fixture
def name():
    """A service of its own, and none of the breakers here among those of the product."""
    known = list(breaker._every)
    yield f"test-{uuid4()}"
    breaker.forget_all()
    breaker._every[:] = known


@pytest.fixture
def server():
    return redis.Redis.from_url(django_settings.REDIS_URL)


def the_wait_ends(name, server, *others):
    """Instead of waiting for it."""
    server.delete(f"breaker:{name}:waiting")
    for each in others:
        each._memory.remove([f"breaker:{name}:waiting"])


def test_it_opens_with_the_first_failure_for_every_process_and_closes_after_a_success(name, server):
    one, other = Breaker(name, trial_seconds=5), Breaker(name, trial_seconds=5)
    assert one.call(lambda: "fine", judge=judge) == "fine"
    broken(one)
    assert is_open(one)
    assert is_open(other)
    the_wait_ends(name, server)
    assert other.call(lambda: "back", judge=judge) == "back"
    assert not is_open(one)
    assert not is_open(other)


def test_a_result_may_be_a_failure_and_a_refusal_is_none(name):
    one = Breaker(name, trial_seconds=5)
    with pytest.raises(ValueError, match="4xx"):
        one.call(lambda: (_ for _ in ()).throw(ValueError("4xx")), judge=judge)
    assert not is_open(one)
    assert one.call(lambda: "5xx", judge=judge) == "5xx"
    assert is_open(one)


def test_waits_grow_up_to_thirty_seconds(name, server):
    one = Breaker(name, trial_seconds=5)
    waits = []
    for _ in range(5):
        broken(one)
        waits.append(round(server.pttl(f"breaker:{name}:waiting") / 1000))
        the_wait_ends(name, server)
    assert waits == [5, 10, 20, 30, 30]


@pytest.mark.concurrency
def test_one_of_many_tries_again_and_nobody_else_while_it_does(name, server):
    processes = [Breaker(name, trial_seconds=5) for _ in range(4)]
    broken(processes[0])
    the_wait_ends(name, server)
    release, tried, refused = threading.Event(), [], list[str]()

    def work():
        tried.append(1)
        release.wait(5)
        raise Down

    def caller(n):
        try:
            processes[n % 4].call(work, judge=judge)
        except (OpenError, Down) as error:
            if len(refused) == 38:
                release.set()
            refused.append(type(error).__name__)

    with ThreadPoolExecutor(40) as pool:
        list(pool.map(caller, range(40)))
    assert len(tried) == 1
    assert sorted(refused) == ["Down"] + ["OpenError"] * 39
    assert is_open(processes[3])


def test_a_trial_that_said_nothing_is_given_to_the_next(name, server):
    one, other = Breaker(name, trial_seconds=60), Breaker(name, trial_seconds=60)
    broken(one)
    the_wait_ends(name, server)
    with pytest.raises(KeyError):
        one.call(lambda: {"a": 1}["nothing"], judge=judge)
    assert other.call(lambda: "fine", judge=judge) == "fine"


def test_a_trial_whose_process_was_killed_ends(name, server):
    one = Breaker(name, trial_seconds=0.2)
    broken(one)
    the_wait_ends(name, server)
    server.set(f"breaker:{name}:trial", 1, px=200)  # as somebody who died left it
    assert is_open(one)
    time.sleep(0.25)
    assert not is_open(one)


def test_a_late_failure_does_not_lengthen_the_wait(name, server):
    one = Breaker(name, trial_seconds=5)
    began, both = threading.Barrier(3), []

    def slow():
        began.wait()
        raise Down

    def caller():
        try:
            one.call(slow, judge=judge)
        except Down:
            both.append(1)

    threads = [threading.Thread(target=caller) for _ in range(2)]
    for each in threads:
        each.start()
    began.wait()
    for each in threads:
        each.join()
    assert (len(both), int(server.get(f"breaker:{name}:openings"))) == (2, 1)


def test_in_the_background_several_failures_in_a_row_open_it(name):
    one, other = Breaker(name, failures=3, trial_seconds=5), Breaker(name, failures=3, trial_seconds=5)
    broken(one)
    broken(other)
    assert one.call(lambda: "fine", judge=judge) == "fine"
    broken(one)
    broken(other)
    assert not is_open(other)
    broken(other)
    assert is_open(one)
    assert is_open(other)


def test_a_slow_call_holds_up_nobody(name):
    one, release = Breaker(name, trial_seconds=5), threading.Event()
    thread = threading.Thread(target=lambda: one.call(lambda: release.wait(5), judge=judge))
    thread.start()
    began = time.monotonic()
    assert one.call(lambda: "fine", judge=judge) == "fine"
    assert time.monotonic() - began < 0.5
    release.set()
    thread.join()


def test_what_costs_nothing_is_one_question(name, server):
    one = Breaker(name, trial_seconds=5)
    one.call(lambda: "fine", judge=judge)
    before = server.info("commandstats")
    one.call(lambda: "fine", judge=judge)
    after = server.info("commandstats")
    asked = {
        each: counts["calls"] - before.get(each, {"calls": 0})["calls"]
        for each, counts in after.items()
        if counts["calls"] != before.get(each, {"calls": 0})["calls"]
    }
    assert asked == {"cmdstat_mget": 1, "cmdstat_info": 1}


def test_without_redis_each_process_learns_for_itself(name, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    one, other = Breaker(name, trial_seconds=5), Breaker(name, trial_seconds=5)
    broken(one)
    assert is_open(one)
    assert not is_open(other)
    one._memory.remove([f"breaker:{name}:waiting"])
    assert one.call(lambda: "back", judge=judge) == "back"
    assert not is_open(one)


def test_an_emptied_redis_is_told_again(name, server):
    one, other = Breaker(name, trial_seconds=5), Breaker(name, trial_seconds=5)
    broken(one)
    server.delete(*server.keys(f"breaker:{name}:*"))
    assert not is_open(other)  # it had not learnt of it
    assert is_open(one)
    assert is_open(other)


def test_what_was_learnt_alone_is_told_when_redis_is_back(name, settings):
    there, settings.REDIS_URL = settings.REDIS_URL, "redis://127.0.0.1:1/0"
    one, other = Breaker(name, trial_seconds=5), Breaker(name, trial_seconds=5)
    broken(one)
    settings.REDIS_URL = there
    one._shared._away_until = 0.0  # some seconds later
    assert is_open(one)
    assert is_open(other)


def test_a_redis_that_hangs_costs_a_tenth_of_a_second_once(name, settings):
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        settings.REDIS_URL = f"redis://127.0.0.1:{hanging.getsockname()[1]}/0"
        one, took = Breaker(name, trial_seconds=5), []
        for _ in range(20):
            began = time.monotonic()
            one.call(lambda: "fine", judge=judge)
            took.append(time.monotonic() - began)
    assert took[0] < 0.4
    assert max(took[1:]) < 0.05


_ELSEWHERE = textwrap.dedent("""
    import django, sys
    django.setup()
    from wire.breaker import Breaker, Health, OpenError
    here = Breaker(sys.argv[1], trial_seconds=5)
    def work():
        if sys.argv[2] == "breaks":
            raise TimeoutError
        return "fine"
    try:
        print(here.call(work, judge=lambda said: Health.WELL if said == "fine" else Health.BROKEN))
    except OpenError:
        print("open")
    except TimeoutError:
        print("broke")
""")


def elsewhere(name, how):
    command = [sys.executable, "-c", _ELSEWHERE, name, how]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]


@pytest.mark.processes
def test_another_process_shares_what_is_learnt(name, server, monkeypatch):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "hvacsched.settings")
    monkeypatch.setenv("LOG_LEVEL", "ERROR")
    here = Breaker(name, trial_seconds=5)
    assert elsewhere(name, "breaks") == "broke"
    server.expire(f"breaker:{name}:waiting", 60)  # a process may take longer to start than the wait is
    assert is_open(here)
    assert elsewhere(name, "works") == "open"
    the_wait_ends(name, server)
    assert elsewhere(name, "works") == "fine"
    assert not is_open(here)
