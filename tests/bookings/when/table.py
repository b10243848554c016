"""The tables of phrases beside this file, as rows."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """A phrase said at a moment in a zone, and what it means; `date` and `window` as `parse_when` writes them."""

    said: str
    now: str
    zone: str
    date: str | None
    window: str | None
    ambiguous: bool

    @property
    def moment(self):
        return datetime.fromisoformat(self.now).replace(tzinfo=ZoneInfo(self.zone))

    def __str__(self):
        return f"{self.said} @ {self.now} {self.zone}"


def _lines(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def rows():
    found = []
    now = zone = ""
    for line in _lines("phrases.txt"):
        if line.startswith("@"):
            now, zone = line[1:].split()
            continue
        said, date, window, mark = (cell.strip() for cell in line.split("|"))
        found.append(Row(said, now, zone, None if date == "-" else date, None if window == "-" else window, mark == "?"))
    return found


def tricky():
    return _lines("tricky.txt")
