"""Plays a script over a line; whoever plays may delay and repeat its deliveries."""

from collections.abc import Sequence

from hvacsched.simulate.scripts.script import Script
from hvacsched.simulate.scripts.side import Side
from hvacsched.simulate.scripts.stage import Line, Place, Plan, Play, Played, Sent


def as_written(sent: Sent, arrivals: tuple[float, ...]) -> Sequence[float]:
    return arrivals


def play(script: Script, place: Place, line: Line, *, plan: Plan = as_written) -> Played:
    """Play the script and return what was answered. Raises WrongError for an answer that cannot be read at all."""
    stage = Play(place, line, plan)
    for n, call in enumerate(script.calls):
        Side(stage, n, call)
    return stage.run()


def length(script: Script) -> float:
    """Return how many seconds a script takes, with its deliveries as they are written."""
    ends = [
        call.begins + float(step["at"]) + max([float(step.get("late", 0)), *map(float, step.get("again", []))])
        for call in script.calls
        for step in call.steps
    ]
    return max(ends) + 2
