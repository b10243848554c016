"""Other orders in which a network could deliver a script's messages: bounded and seeded.

A message cannot arrive before it was sent, and nothing that was sent after an answer can overtake the question: Vapi waits
for it. So tool calls keep their order, and whatever Vapi sent while it waited may come before them. Everything else may come
late, twice, or after the end.
"""

from collections.abc import Callable, Sequence
from random import Random

from hvacsched.simulate.scripts.stage import Plan, Sent

# Later than the longest script but two, and within the five minutes in which a signed request may come again.
AFTER_THE_END = 240.0


def plan(seed: int) -> Plan:
    """Return when messages arrive under that seed; the first few seeds are the named ways, then they are mixed at random."""
    dice = Random(seed)  # noqa: S311 - dice for play, not for secrets
    way = WAYS[seed % len(WAYS)]

    def arrive(sent: Sent, written: tuple[float, ...]) -> Sequence[float]:
        if sent.answered is None:
            return [each + delay for each in written for delay in way(dice)]
        # A call for tools arrives while Vapi waits for it; another copy of it any time later.
        late = dice.uniform(0, max(0.0, sent.answered - written[0]) * 0.99)
        copies = [sent.answered + dice.choice((0.0, 0.2, 3.0, 20.0, AFTER_THE_END))] if dice.random() < 0.4 else []
        return [written[0] + late, *written[1:], *copies]

    return arrive


Way = Callable[[Random], list[float]]


def _a_little_late(dice: Random) -> list[float]:
    return [dice.choice((0.0, 0.0, dice.uniform(0, 1), dice.uniform(0, 8)))]


def _twice(dice: Random) -> list[float]:
    return [0.0, dice.choice((0.0, dice.uniform(0, 30)))]


def _after_the_end(dice: Random) -> list[float]:
    return [AFTER_THE_END + dice.uniform(0, 1)]


def _anyhow(dice: Random) -> list[float]:
    often = dice.choice((1, 1, 2, 3))
    return [dice.choice((0.0, dice.uniform(0, 2), dice.uniform(0, 40), AFTER_THE_END + dice.uniform(0, 9))) for _ in range(often)]


WAYS: tuple[Way, ...] = (_anyhow, _a_little_late, _twice, _after_the_end)
