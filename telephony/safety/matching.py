"""Finds phrases among words: where each begins and ends, and which words it names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from telephony.safety.phrases import Phrase, Rule, Step, Words
from telephony.safety.words import PAUSE, STOP

MASKED = "_"  # stands for a word that means something else


@dataclass(frozen=True, slots=True)
class Place:
    """Where a phrase stands: from the first of its words to the one after its last; `named` are those it names."""

    start: int
    end: int
    named: tuple[int, ...]


def place_of(phrase: Phrase, said: Sequence[str], start: int) -> Place | None:
    """Return where a phrase stands that begins at a word; None when it does not. The nearest words win."""
    for length in phrase.steps[0].words.lengths(said, start):
        named = _follow(phrase.steps[1:], said, start + length)
        if named is not None:
            every = (*range(start, start + length), *named)
            return Place(start, every[-1] + 1, every)
    return None


def _follow(steps: tuple[Step, ...], said: Sequence[str], at: int) -> tuple[int, ...] | None:
    """Return which words the rest of a phrase names from a place on, None where it does not stand there."""
    if not steps:
        return ()
    step, rest = steps[0], steps[1:]
    skipped, here = 0, at
    while here < len(said) and said[here] != STOP:
        if said[here] != PAUSE:
            for length in step.words.lengths(said, here):
                named = _follow(rest, said, here + length)
                if named is not None:
                    return (*range(here, here + length), *named)
            skipped += said[here] not in step.over
            if skipped > step.gap:
                break
        here += 1
    return _follow(rest, said, at) if step.optional else None


class _Lookup:
    """The numbers of sets of words by the words that are in them."""

    def __init__(self, sets: Iterable[Words]) -> None:
        self._full: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        for number, words in enumerate(sets):
            for word in words.full | set(words.several):
                self._full.setdefault(word, []).append(number)
            for stem in words.stems:
                self._stems.setdefault(stem, []).append(number)
        self.of = lru_cache(maxsize=4096)(self._look_up)

    def _look_up(self, word: str) -> frozenset[int]:
        found = set(self._full.get(word, ()))
        for length in range(1, len(word) + 1):
            found.update(self._stems.get(word[:length], ()))
        return frozenset(found)


def _last(phrase: Phrase) -> Step:
    """Return the last place of a phrase that something must stand at."""
    return next(each for each in reversed(phrase.steps) if not each.optional)


class Index:
    """Rules by the words their phrases begin and end with, so that a sentence looks at few of them."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._phrases = tuple((phrase, rule) for rule in rules for phrase in rule.phrases)
        self._beginning = _Lookup(phrase.steps[0].words for phrase, _ in self._phrases)
        self._ending = _Lookup(
            next(each for each in reversed(phrase.steps) if not each.optional).words for phrase, _ in self._phrases
        )

    def found(self, said: Sequence[str]) -> Iterator[tuple[Rule, Place]]:
        """Yield each rule with the places at which its phrases stand."""
        ending = frozenset().union(*map(self._ending.of, set(said)))
        for start, word in enumerate(said):
            for number in sorted(self._beginning.of(word) & ending):
                phrase, rule = self._phrases[number]
                if (place := place_of(phrase, said, start)) is not None:
                    yield rule, place

    def places(self, said: Sequence[str]) -> tuple[Place, ...]:
        return tuple(place for _, place in self.found(said))

    def stands(self, said: Sequence[str]) -> bool:
        return next(self.found(said), None) is not None


def index_of(phrases: Sequence[Phrase]) -> Index:
    return Index([Rule(tuple(phrases))])


def masked(said: Sequence[str], harmless: Index) -> list[str]:
    """Return the words with those that mean something else taken out."""
    result = list(said)
    for place in harmless.places(said):
        for at in place.named:
            result[at] = MASKED
    return result


def any_of(words: Words, said: Iterable[str]) -> bool:
    return any(each in words for each in said)
