"""The scripts of others that lie in the repository are those that the list of them names."""

import hashlib
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHELVES = [ROOT / "desk/static/vendor", ROOT / "tests/vendor"]
LISTED = dict(re.findall(r"\| `([^`]+)` \| `([0-9a-f]{64})` \|", (SHELVES[0] / "README.md").read_text()))


def _file(name: str) -> Path:
    return ROOT / name if name.startswith("tests/") else SHELVES[0] / name


@pytest.mark.parametrize("name", sorted(LISTED))
def test_a_script_of_others_is_as_it_was_published(name):
    assert hashlib.sha256(_file(name).read_bytes()).hexdigest() == LISTED[name]


def test_no_script_of_others_lies_there_unlisted():
    there = {each for shelf in SHELVES for each in shelf.rglob("*") if each.suffix in (".js", ".css")}
    assert there == {_file(name) for name in LISTED}
