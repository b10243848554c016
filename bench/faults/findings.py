"""What was found wrong, by the phase of the run and by kind."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

UNTRUE, LOST, DOUBLED, SILENT, ODD = "untrue", "lost", "doubled", "silent", "odd"


@dataclass(slots=True)
class Findings:
    """Problems by phase and kind, and what is worth knowing beside them."""

    problems: defaultdict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    unspoken: Counter[str] = field(default_factory=Counter)  # by phase: made by requests whose answer nobody heard
    everywhere: list[tuple[str, str]] = field(default_factory=list)  # what belongs to no single call

    def add(self, phase: str, kind: str, text: str) -> None:
        self.problems[phase, kind].append(text)

    def count(self, phase: str, kind: str) -> int:
        return len(self.problems[phase, kind])

    @property
    def all(self) -> list[tuple[str, str, str]]:
        found = [(phase, kind, text) for (phase, kind), texts in self.problems.items() for text in texts]
        return found + [("the whole run", kind, text) for kind, text in self.everywhere]
