"""Calls as they are written down: what is said, what is done between, and what contradicts.

A file of calls is plain text. A call begins with "== name | language | what contradicts", "-" for nothing; then lines:

    now 2026-11-24 09:00          when it begins, in New York; this Tuesday unless it says so
    fee 89 | trip 25              what visits and the way to the area cost
    had repair 2026-11-30 09:00   booked by the same number the day before
    A: …   U: …                   what the assistant and the caller say, six seconds each
    * book repair 2026-11-25 09:00    the tools that are used between; also move, cancel, hold, check, message
"""

import pathlib
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 11, 24, 9, tzinfo=NEW_YORK)
TRANSCRIPTS = pathlib.Path(__file__).parent / "transcripts"


@dataclass
class Written:
    """One written call."""

    name: str
    language: str
    expected: tuple[str, ...]
    lines: list[str] = field(default_factory=list)


def load(pattern):
    """The calls of all files whose name fits, in their order."""
    found = []
    for path in sorted(TRANSCRIPTS.glob(pattern)):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if line.startswith("=="):
                name, language, expected = (part.strip() for part in line.strip("= ").split("|"))
                kinds = () if expected == "-" else tuple(sorted(each.strip() for each in expected.split(",")))
                found.append(Written(name, language, kinds))
            elif line.strip() and not line.startswith("#"):
                assert found, f"{path.name}:{number}: no call begins"
                found[-1].lines.append(line.strip())
    return found
