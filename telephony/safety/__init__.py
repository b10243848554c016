"""Hears danger in what a caller says: by rules alone, the same every time, in English and Spanish at once.

No model, no network, no database. What counts as a danger is written in phrases.toml; the words that answer it are in
telephony.safety.scripts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from telephony.models import Danger
from telephony.safety import matching, phrases, words
from telephony.safety.judging import Judge, Told
from telephony.safety.matching import Index

GRAVEST_FIRST = tuple(Danger)
LONGEST = 4_000  # letters of one text that are looked at: a caller's sentence, a voicemail of three minutes
_NEAR = 9  # words around a phrase that may take its meaning away


def version() -> str:
    """Return the version of the phrases by which dangers are heard."""
    return phrases.read().version


@dataclass(frozen=True, slots=True)
class Heard:
    """A danger somebody spoke of, and the language of the words that say so."""

    danger: Danger
    language: str


class Ear:
    """The rules of one phrases file, ready to listen."""

    def __init__(self, said: phrases.Phrases) -> None:
        self._said = said
        self._harmless = matching.index_of(said.meanings["harmless"])
        self._dangers = Index(said.dangers)
        self._judge = Judge(said)
        self._needs = {id(rule): matching.index_of(rule.needs) for rule in said.dangers if rule.needs}
        self._also = {id(rule): matching.index_of(rule.also) for rule in said.dangers if rule.also}
        self._unless = {id(rule): matching.index_of(rule.unless) for rule in said.dangers if rule.unless}

    def hear(self, text: str) -> Heard | None:
        """Return the gravest danger a text speaks of, None when it speaks of none."""
        heard = words.of(text[:LONGEST], self._said.hearing)
        clean = matching.masked(heard, self._harmless)
        told: Told | None = None
        found: dict[Danger, str] = {}
        for rule, place in self._dangers.found(clean):
            assert rule.danger is not None  # only rules of dangers are in this index
            if rule.danger in found or not self._counts(rule, place, heard, clean) or self._judge.denied(place, clean):
                continue
            told = told or self._judge.told(heard)
            if not self._judge.is_past(place, clean, told, of_a_person=rule.danger == Danger.PERSON):
                found[rule.danger] = rule.language
        return next((Heard(danger, found[danger]) for danger in GRAVEST_FIRST if danger in found), None)

    def _counts(self, rule: phrases.Rule, place: matching.Place, heard: Sequence[str], clean: Sequence[str]) -> bool:
        """Say whether what the phrases of a rule need is there, and nothing that takes their meaning away."""
        needs, also, unless = self._needs.get(id(rule)), self._also.get(id(rule)), self._unless.get(id(rule))
        return (
            (needs is None or needs.stands(clean))
            and (unless is None or not self._stands_undenied(unless, _around(heard, place)))
            and (also is None or self._stands_undenied(also, clean))
        )

    def _stands_undenied(self, index: Index, said: Sequence[str]) -> bool:
        return any(not self._judge.denied(each, said) for each in index.places(said))


def _around(said: Sequence[str], place: matching.Place) -> Sequence[str]:
    """Return the words of a phrase's own sentence, some before it and some after."""
    start, end = place.start, place.end
    while start > 0 and place.start - start < _NEAR and said[start - 1] != words.STOP:
        start -= 1
    while end < len(said) and end - place.end < _NEAR and said[end] != words.STOP:
        end += 1
    return said[start:end]


@cache
def ear() -> Ear:
    """Return the product's own ear; the phrases file is read once in a process."""
    return Ear(phrases.read())


def heard_in(*texts: str) -> Heard | None:
    """Return the gravest danger that any of the texts speaks of, None when there is none."""
    found = [heard for text in texts if text and (heard := ear().hear(text)) is not None]
    return min(found, key=lambda each: GRAVEST_FIRST.index(each.danger), default=None)


def graver(one: Danger, other: Danger) -> bool:
    """Say whether one danger is graver than another."""
    return GRAVEST_FIRST.index(one) < GRAVEST_FIRST.index(other)
