"""One promise, and where it stands in a call."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from telephony.told.times import Said
from telephony.told.turns import Sentence

Reader = Callable[[str], list[Said]]  # finds the times in a text


@dataclass(frozen=True, slots=True)
class Promise:
    """One promise of one appointment. `kind` is booked, moved or cancelled; `time` what it named, None for no time.

    `words` are those of the sentence that belong to it. `soft` words promise nothing by themselves ("you're all set"), but tell
    of what was done. `bare`: only a day and a time ("Thursday the second, nine to eleven"); it can tell of a booking or
    contradict it, and promises none; `last` where no word after it asks for a time or names one. `another`: beside the one
    before; `standing`: of one that was there already. `order` is its place in the call, `at` when it was said, if
    that is known.
    """

    kind: str
    sentence: str
    words: str
    time: Said | None
    order: int
    at: datetime | None
    soft: bool = False
    another: bool = False
    standing: bool = False
    bare: bool = False
    last: bool = False


def the_one_before(sentences: Sequence[Sentence], order: int) -> int:
    """Return the place of the sentence before, of the same turn; -1 where there is none."""
    return order - 1 if order and sentences[order - 1].turn == sentences[order].turn else -1
