"""The scripts of others that lie beside the tests are those that the list of them names."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELF = ROOT / "tests/vendor"
LISTED = dict(re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", (SHELF / "README.md").read_text()))


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_script_of_others_is_as_it_was_published(name):
    assert hashlib.sha256((SHELF / name).read_bytes()).hexdigest() == LISTED[name]


def test_no_script_of_others_lies_there_unlisted():
    there = {each for each in SHELF.rglob("*") if each.suffix in (".js", ".css")}
    assert there == {SHELF / name for name in LISTED}
