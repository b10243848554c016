"""What a play is made of: messages on their way in a queue in order of time, the line they take, and what came of them."""

import heapq
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

Json = dict[str, Any]
Reply = tuple[int, str, float]


@dataclass(frozen=True, slots=True)
class Sent:
    """A message on its way. `answered`: when Vapi, which waits for it, goes on; None where nobody waits."""

    call: int
    number: int
    at: float
    answered: float | None
    body: Json

    @property
    def kind(self) -> str:
        return str(self.body["message"]["type"]).partition("[")[0]


class Line(Protocol):
    """Delivers a message some seconds after the script's start, `copies` times at once; returns (status, body, ms) of each."""

    def __call__(self, sent: Sent, *, at: float, copies: int) -> Sequence[Reply]: ...


# When a message arrives, in seconds after the script's start, one for each delivery. The script's own are given.
Plan = Callable[[Sent, tuple[float, ...]], Sequence[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """The shop that is called, the days the script names, and when its start is."""

    shop: str
    number: str
    zone: ZoneInfo
    days: Mapping[str, date]
    began: datetime


@dataclass(slots=True)
class Played:
    """What came of it. `problems` are answers that were not the expected ones, in words.

    `said` is every answer, whole, with the number of its call.
    """

    vapi_ids: list[str] = field(default_factory=list)
    asked: int = 0
    right: int = 0
    problems: list[str] = field(default_factory=list)
    milliseconds: list[float] = field(default_factory=list)
    said: list[tuple[int, str]] = field(default_factory=list)
    scope: Json = field(default_factory=dict)


class Play:
    """What happens in a script, in order of time. Whatever happens may put more into the queue."""

    def __init__(self, place: Place, line: Line, plan: Plan) -> None:
        self.place, self._line, self._plan = place, line, plan
        self.played = Played(scope={**place.days, "shop": {"name": place.shop, "number": place.number}})
        self._queue: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._numbers = itertools.count()

    def run(self) -> Played:
        while self._queue:
            at, _, happens = heapq.heappop(self._queue)
            happens(at)
        return self.played

    def later(self, at: float, happens: Callable[[float], None]) -> None:
        heapq.heappush(self._queue, (at, next(self._order), happens))

    def send(
        self, call: int, body: Json, at: float, step: Json, *, answered: float | None = None,
        heard: Callable[[Sequence[Reply]], None] | None = None,
    ) -> None:  # fmt: skip
        """Let a message arrive as often and as late as the step and the plan say; `heard` is told of each arrival."""
        sent = Sent(call, next(self._numbers), at, answered, body)
        first = at + step.get("late", 0)
        arrivals = self._plan(sent, (first, *(at + each for each in step.get("again", []))))
        for n, arrives in enumerate(arrivals):
            copies = step.get("at_once", 1) if n == 0 else 1

            def arrive(now: float, copies: int = copies) -> None:
                replies = self._line(sent, at=now, copies=copies)
                if heard is None:
                    if wrong := [status for status, _, _ in replies if status != 200]:
                        self.played.problems.append(f"{sent.kind}: HTTP {wrong[0]}")
                else:
                    self.played.milliseconds += [milliseconds for _, _, milliseconds in replies]
                    heard(replies)

            self.later(arrives, arrive)
