"""What a script is: the JSON files of sandbox/scenarios, read and checked. README.md beside them describes the format."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]
# The sandbox is not part of the product's image: there, no script is known.
FOLDER = Path(__file__).parents[3] / "sandbox" / "scenarios"

# What each kind of step may carry beside `at`. The first key that is there names the kind.
_DELIVERY = {"late", "again", "at_once"}
_TOOL = {"with", "answer", "as"}
STEPS: Mapping[str, set[str]] = {
    "tool": _TOOL | _DELIVERY | {"shape", "takes", "heard", "static"},
    "tools": _DELIVERY | {"shape", "takes", "heard", "static"},
    "user": _DELIVERY | {"partials", "confidence"},
    "partial": _DELIVERY,
    "bot": _DELIVERY,
    "speech": _DELIVERY | {"role"},
    "interrupted": _DELIVERY,
    "hang": _DELIVERY,
    "status": _DELIVERY,
    "ends": _DELIVERY | {"summary", "report_first"},
    "type": _DELIVERY | {"with"},
}
EXPECTED = {"bookings", "leads", "concerns", "texts", "calls", "refresh", "never_said"}
CLOCKS = ("any", "pinned")


class ScriptError(Exception):
    """A file that is no script; the text says where and why."""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    """One call: who calls, seconds after the script's start, and its steps in order of time. `caller`: "" sends no number."""

    caller: str
    begins: float
    steps: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Script:
    """`clock`: "pinned" where only a clock that stands still can play it, and `why` says so.

    `now`: where that clock stands, ISO; "" is the tests' usual moment.
    `race`: why deliveries in another order may honestly lead to another history; the last promise must be the same.
    """

    name: str
    about: str
    days: Mapping[str, str]
    calls: tuple[ScriptedCall, ...]
    expect: Json
    shop: Json = field(default_factory=dict)
    clock: str = "any"
    why: str = ""
    now: str = ""
    race: str = ""

    @property
    def at_once(self) -> bool:
        """Whether something is delivered in parallel."""
        return any(step.get("at_once") for call in self.calls for step in call.steps)


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


def load(name: str) -> Script:
    """Return the script of that name; raise ScriptError."""
    path = FOLDER / f"{name}.json"
    try:
        return read(name, json.loads(path.read_text()))
    except (OSError, ValueError) as error:
        raise ScriptError(f"{name}: {error}") from error


def read(name: str, body: Json) -> Script:
    """Return a script from its JSON; raise ScriptError for whatever a reader might have mistyped."""
    _only(name, body, {"about", "clock", "why", "now", "race", "shop", "days", "calls", "expect"})
    _need(name, bool(body.get("about")) and bool(body.get("calls")) and "expect" in body, "about, calls and expect are needed")
    clock = body.get("clock", "any")
    _need(name, clock in CLOCKS, f"clock is one of {', '.join(CLOCKS)}")
    _need(name, (clock == "pinned") == bool(body.get("why")), "a pinned clock, and only that, says why")
    _only(f"{name}: expect", body["expect"], EXPECTED)
    return Script(
        name=name,
        about=body["about"],
        days=body.get("days", {}),
        calls=tuple(_call(f"{name}: call {n}", each) for n, each in enumerate(body["calls"], start=1)),
        expect=body["expect"],
        shop=body.get("shop", {}),
        clock=clock,
        why=body.get("why", ""),
        now=body.get("now", ""),
        race=body.get("race", ""),
    )


def kind_of(step: Json) -> str:
    return next(kind for kind in STEPS if kind in step)


def uses(step: Json) -> list[Json]:
    """Return the tools a step uses: several in one message, one, or none."""
    several: list[Json] = step.get("tools", [])
    return several or ([step] if "tool" in step else [])


def _call(where: str, body: Json) -> ScriptedCall:
    _only(where, body, {"from", "begins", "messages"})
    steps = body.get("messages", [])
    for n, step in enumerate(steps, start=1):
        here = f"{where}: message {n}"
        _need(here, isinstance(step.get("at"), int | float), '"at" is missing')
        kinds = [kind for kind in STEPS if kind in step]
        _need(here, bool(kinds), f"no kind of message ({', '.join(STEPS)})")
        _only(here, step, STEPS[kinds[0]] | {"at", kinds[0]})
        for each in step.get("tools", []):
            _only(here, each, _TOOL | {"tool"})
        for each in uses(step):
            answer = each.get("answer", {})
            _need(here, bool(answer.get("state")) and bool(answer.get("say")), "an answer needs state and say")
    ordered = sorted(steps, key=lambda step: float(step["at"]))
    _need(where, steps == ordered, "messages are not in order of time")
    return ScriptedCall(body.get("from", ""), float(body.get("begins", 0)), tuple(steps))


def _only(where: str, body: Json, known: set[str]) -> None:
    unknown = set(body) - known
    _need(where, not unknown, f"{', '.join(sorted(unknown))}: not known here")


def _need(where: str, good: bool, what: str) -> None:
    if not good:
        raise ScriptError(f"{where}: {what}")
