"""Measures how well danger is heard in sentences whose danger is known, and how long that takes."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from telephony import safety
from telephony.models import Danger


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as a caller speaks it, and the danger in it, None for none."""

    text: str
    language: str
    danger: Danger | None


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares from 0 to 1, and the sentences behind them with what was heard: missed dangers, false alarms, other classes."""

    recall: float
    false_alarms: float
    right_class: float
    microseconds: float
    missed: tuple[Sentence, ...]
    false: tuple[tuple[Sentence, Danger], ...]
    other: tuple[tuple[Sentence, Danger], ...]

    def __str__(self) -> str:
        return (
            f"recall {self.recall:.1%}, false alarms {self.false_alarms:.1%}, right class {self.right_class:.1%}, "
            f"{self.microseconds:.0f} µs a sentence"
        )


def read(path: Path) -> list[Sentence]:
    """Read a file of JSON lines with `text`, `language` and `danger` (a class or null)."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Sentence(each["text"], each["language"], Danger(each["danger"]) if each["danger"] else None) for each in lines]


def measure(sentences: Sequence[Sentence]) -> Figures:
    safety.heard_in("so that the file is read before the clock runs")
    begun = time.process_time()
    heard = [safety.heard_in(each.text) for each in sentences]
    took = time.process_time() - begun
    pairs = [(each, found.danger if found else None) for each, found in zip(sentences, heard, strict=True)]
    dangers = [(each, found) for each, found in pairs if each.danger is not None]
    harmless = [(each, found) for each, found in pairs if each.danger is None]
    caught = [(each, found) for each, found in dangers if found is not None]
    false = tuple((each, found) for each, found in harmless if found is not None)
    other = tuple((each, found) for each, found in caught if found != each.danger)
    return Figures(
        recall=len(caught) / max(1, len(dangers)),
        false_alarms=len(false) / max(1, len(harmless)),
        right_class=(len(caught) - len(other)) / max(1, len(caught)),
        microseconds=took / max(1, len(sentences)) * 1e6,
        missed=tuple(each for each, found in dangers if found is None),
        false=false,
        other=other,
    )
