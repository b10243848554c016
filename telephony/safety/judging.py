"""Says whether a danger that was named is one: not denied, not over with its cause known, not somebody else's story.

What is not understood counts: a negation reaches a danger only over words that are known to carry it there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from telephony.safety.matching import Place, any_of, index_of
from telephony.safety.phrases import Phrases
from telephony.safety.words import PAUSE, STOP

_REACH = 12  # words a negation may stand before what it denies
_LIST = 6  # words after one of several things denied in which the list ends
_NEAR = 10  # words around a danger that say when and where it was
_OBJECT = 5  # words after "fixed" that may name what was


@dataclass(frozen=True, slots=True)
class Told:
    """What a text says beside its dangers, as places in it."""

    cleared: tuple[Place, ...]
    mended: tuple[Place, ...]
    old: tuple[Place, ...]
    elsewhere: tuple[Place, ...]
    unknown: bool


class Judge:
    """The rules of one phrases file. Keeps nothing of what it judges."""

    def __init__(self, phrases: Phrases) -> None:
        self._marks = phrases.marks
        self._spoken = {name: index_of(said) for name, said in phrases.meanings.items()}

    def told(self, said: Sequence[str]) -> Told:
        """Read what a text says of all that is over, asserted and not denied."""
        cleared = self._asserted("cleared", said)
        mended = tuple(each for each in self._asserted("mended", said) if not self._is_since(each, said))
        old, elsewhere = self._spoken["old"].places(said), self._spoken["elsewhere"].places(said)
        return Told(cleared, mended, old, elsewhere, self._spoken["unknown"].stands(said))

    def _asserted(self, name: str, said: Sequence[str]) -> tuple[Place, ...]:
        return tuple(place for place in self._spoken[name].places(said) if not self.denied(place, said))

    def _is_since(self, place: Place, said: Sequence[str]) -> bool:
        """Say whether a mending only tells when something began: "ever since they replaced it"."""
        before = list(said[max(0, place.start - 4) : place.start])
        before = before[max((at + 1 for at, word in enumerate(before) if word in (STOP, PAUSE)), default=0) :]
        return any_of(self._marks["since"], before)

    # Denied

    def denied(self, place: Place, said: Sequence[str]) -> bool:
        """Say whether a negation inside of a phrase, or before it, denies it."""
        inside = [at for at in range(place.start, place.end) if at not in place.named and self._is_inside(at, place, said)]
        if any(self._denies(at, said) for at in inside):
            return not self._any_more(inside[0], place, said)
        before = self._negation_before(place, said)
        return before is not None and not self._any_more(before, place, said)

    def _is_inside(self, at: int, place: Place, said: Sequence[str]) -> bool:
        """Say whether a negation within a phrase denies its next word: "it is not chirping, it is screaming" does not."""
        following = next(named for named in place.named if named > at)
        return said[at] in self._marks["denying"] and PAUSE not in said[at:following]

    def _negation_before(self, place: Place, said: Sequence[str]) -> int | None:
        """Return where the negation stands that reaches a phrase, going back over words that carry it."""
        listed = self._is_listed(place, said)
        for at in range(place.start - 1, max(-1, place.start - 1 - _REACH), -1):
            word = said[at]
            if word in self._marks["denying"]:
                if self._denies(at, said):
                    return at
                if any_of(self._marks["denying"], said[at - 1 : at] if at else ()):
                    return None  # "can't not smell it": two that cancel each other
                continue
            if word in self._marks["listing"]:
                listed = True
            elif word == PAUSE:
                if not listed:
                    return None
            elif word == STOP or word in self._marks["breaks"] or not (listed or self._carries(at, said)):
                return None
        return None

    def _is_listed(self, place: Place, said: Sequence[str]) -> bool:
        """Say whether a phrase is one of several things denied at once: "no smoke, fire, or flames"."""
        if place.start == 0 or said[place.start - 1] != PAUSE:
            return False
        after = said[place.end : place.end + 2]
        return any_of(self._marks["listing"], after) or self._ends_in_nothing(place, said)

    def _ends_in_nothing(self, place: Place, said: Sequence[str]) -> bool:
        """Say whether a phrase is in a list that ends with "nothing": "we have no smells, leaks, smoke, nothing"."""
        for at in range(place.end, min(place.end + _LIST, len(said) - 1)):
            if said[at] == STOP:
                return False
            if said[at] == PAUSE and said[at + 1] in self._marks["closing"]:
                return at + 2 == len(said) or said[at + 2] in (STOP, PAUSE)
        return False

    def _carries(self, at: int, said: Sequence[str]) -> bool:
        """Say whether a word carries a denial on: a pronoun does after what somebody does not think ("I don't think it is")."""
        return said[at] in self._marks["reach"] or (at > 0 and said[at - 1] in self._marks["thinking"])

    def _denies(self, at: int, said: Sequence[str]) -> bool:
        """Say whether a negation denies what follows it: not "not only", not "can't stand the smell", not "not not"."""
        if at and said[at - 1] in self._marks["denying"] and said[at] == said[at - 1] == "not":
            return False
        return not any(place.start == at for place in self._spoken["not_denying"].places(said[: at + 8]))

    def _any_more(self, at: int, place: Place, said: Sequence[str]) -> bool:
        """Say whether it was there and is no more: that is over, not denied."""
        until = place.end
        while until < len(said) and until < place.end + 4 and said[until] != STOP:
            until += 1
        return self._spoken["no_more"].stands(said[max(0, at - 1) : until])

    # Over, or elsewhere

    def is_past(self, place: Place, said: Sequence[str], told: Told, *, of_a_person: bool) -> bool:
        """Say whether a danger is over with its cause known, or was never here."""
        now = self._is_now(place, said)
        if any(self._covers(each, place, said, now=now) for each in told.cleared) and not of_a_person:
            return True
        if any(self._same_sentence(each, place, said) and not now for each in told.elsewhere):
            return True
        if told.unknown:
            return False
        if any(self._is_what_was_mended(each, place, said) for each in told.mended):
            return True
        if now:
            return False
        if any(each.start > place.start and not self._comes_again(each.end, said) for each in told.mended):
            return True
        return any(self._near(each, place, said) for each in told.old)

    def _is_what_was_mended(self, mended: Place, place: Place, said: Sequence[str]) -> bool:
        """Say whether a danger is named as the object: "fixed the gas leak"."""
        in_reach = mended.start <= place.start < mended.end + _OBJECT
        return in_reach and not any(self._parts(word) for word in said[mended.end : place.start])

    def _covers(self, cleared: Place, place: Place, said: Sequence[str], *, now: bool) -> bool:
        """Say whether an all-clear by those who may give one is of this danger: not of one that came after it."""
        if place.start < cleared.end:
            return not self._comes_again(cleared.end, said)
        return not now and not any_of(self._marks["again"], said[cleared.end :])

    def _comes_again(self, end: int, said: Sequence[str]) -> bool:
        return any_of(self._marks["again"], said[end:])

    def _is_now(self, place: Place, said: Sequence[str]) -> bool:
        """Say whether a danger is told as of now, by the words of its own clause."""
        start, end = place.start, place.end
        while start > 0 and not self._parts(said[start - 1]):
            start -= 1
        while end < len(said) and not self._parts(said[end]):
            end += 1
        clause = said[start:end]
        return any_of(self._marks["present"], clause) and not any_of(self._marks["past"], clause)

    def _parts(self, word: str) -> bool:
        return word in (STOP, PAUSE) or word in self._marks["breaks"]

    def _same_sentence(self, one: Place, other: Place, said: Sequence[str]) -> bool:
        first, second = sorted((one.start, other.start))
        return STOP not in said[first:second]

    def _near(self, one: Place, other: Place, said: Sequence[str]) -> bool:
        between = other.start - one.end if one.start < other.start else one.start - other.end
        return between <= _NEAR and self._same_sentence(one, other, said)
