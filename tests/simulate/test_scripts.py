"""Every scripted call, as it is written and in other orders of delivery."""

import difflib
import json
import os

import pytest

from hvacsched.simulate.scripts import script, shuffle
from tests.simulate.scripted import play

SCRIPTS = {name: script.load(name) for name in script.names()}
SHUFFLES = int(os.environ.get("SHUFFLES", "1"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.django_db(transaction=each.at_once)) for name, each in SCRIPTS.items()]
)
def test_a_script(name):
    """Each answer is the one that is written, and so is what stands afterwards; also in other orders of delivery.

    A script that names a `race` may take another way there: a retraction that comes before or after the booking it takes
    back is committed leaves another history, and the same promise.
    """
    written = SCRIPTS[name]
    promise_only = bool(written.race)
    played, looked_at, wrong, straight = play(written, promise_only=promise_only)
    assert played.problems + wrong == []
    assert (played.right, looked_at > 0) == (played.asked, True)
    for seed in range(0 if written.at_once else SHUFFLES):
        played, _, _, shuffled = play(written, plan=shuffle.plan(_seed(name, seed)), promise_only=promise_only)
        assert not (otherwise := _otherwise(straight, shuffled)), f"{name} in order {seed}:\n{otherwise}"
        assert promise_only or played.problems == [], f"{name} in order {seed}"


def _otherwise(straight, shuffled):
    """The lines that differ."""
    one, other = (json.dumps(each, indent=1, sort_keys=True, ensure_ascii=False).splitlines() for each in (straight, shuffled))
    return "\n".join(difflib.unified_diff(one, other, n=0, lineterm=""))


def _seed(name, seed):
    """Two scripts do not begin with the same ways, so that few orders try many of them."""
    return seed + sum(name.encode())
