"""However deep in other calls a loop stands, its own calls take as long."""

import time

import pytest

from hvacsched.frames import roomy

DEEPEST = 250


def leaf():
    return None


def loop():
    begun = time.thread_time()
    for _ in range(5000):
        leaf()
    return time.thread_time() - begun


def deep(levels):
    return loop() if levels == 0 else deep(levels - 1)


def test_no_depth_of_calls_is_slow_where_there_is_room():
    took = [min(roomy(deep)(levels) for _ in range(3)) for levels in range(DEEPEST)]
    assert max(took) < 10 * min(took)


def test_it_answers_and_raises_what_it_calls():
    assert roomy(lambda a, *, b: (a, b))(1, b=2) == (1, 2)
    with pytest.raises(ZeroDivisionError):
        roomy(lambda: 1 / 0)()
