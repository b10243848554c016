"""How long the answers of a call's tools took, as a small plot: one bar an answer, from a millisecond to ten seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10
from statistics import median

from desk.calls import terms
from telephony.models import ToolInvocation

HEIGHT = 48
WIDTH = 10  # of a bar with the gap behind it
_LEAST_BARS = 12  # so that a few answers are no wall
_LEAST, _MOST = 1, 10_000  # milliseconds
# From here on a caller notices; from there on they ask whether anybody is there.
_FELT, _LONG = 500, 2000


@dataclass(frozen=True, slots=True)
class Bar:
    """`x`, `y` and `height` are in the plot's own units; `title` says what it is."""

    x: int
    y: int
    height: int
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Plot:
    bars: list[Bar]
    width: int
    pixels: int
    lines: list[tuple[int, str]]
    usual: int
    slowest: int
    height: int = HEIGHT

    @property
    def says(self) -> str:
        """The plot in a sentence, also for those who do not see it."""
        return f"{len(self.bars)} answers, half of them within {self.usual} ms, the slowest in {self.slowest} ms"


def plot(invocations: Sequence[ToolInvocation]) -> Plot | None:
    """Return the plot; None for less than two answers, which need none."""
    if len(invocations) < 2:
        return None
    took = [each.milliseconds for each in invocations]
    bars = [
        Bar(n * WIDTH, HEIGHT - _height(ms), _height(ms), _tone(ms), f"{terms.TOOLS.get(each.name, each.name)}: {ms} ms")
        for n, (each, ms) in enumerate(zip(invocations, took, strict=True))
    ]
    lines = [(HEIGHT - _height(ms), label) for ms, label in ((10, "10 ms"), (100, "100 ms"), (1000, "1 s"))]
    width = max(len(bars), _LEAST_BARS) * WIDTH
    return Plot(bars, width, round(width * 1.6), lines, usual=round(median(took)), slowest=max(took))


def _height(milliseconds: int) -> int:
    share = log10(min(max(milliseconds, _LEAST), _MOST) / _LEAST) / log10(_MOST / _LEAST)
    return max(2, round(share * HEIGHT))


def _tone(milliseconds: int) -> str:
    return "bad" if milliseconds >= _LONG else "wait" if milliseconds >= _FELT else "good"
