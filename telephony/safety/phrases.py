"""Reads the phrases file: once, checked, into rules a matcher can follow. The file's own head explains how it is written."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

from telephony.models import Danger
from telephony.safety import words

FILE = Path(__file__).with_name("phrases.toml")
LANGUAGES = ("en", "es")
_GAPS = {"..": 4, "...": 9}
_OF_A_RULE = ("phrases", "needs", "also", "unless")
_PHRASES = ("harmless", "not_denying", "no_more", "cleared", "mended", "old", "elsewhere", "unknown")
_WORDS = ("denying", "reach", "listing", "closing", "thinking", "since", "again", "present", "past", "breaks")


class PhraseError(ValueError):
    """A line of the phrases file that cannot be read."""


def _is(word: str, meant: str) -> bool:
    return word.startswith(meant[:-1]) if meant.endswith("*") else word == meant


@dataclass(frozen=True, slots=True)
class Words:
    """What may stand at one place of a phrase: words in full or by how they begin, and several words by their first one."""

    full: frozenset[str]
    stems: tuple[str, ...]
    several: Mapping[str, tuple[tuple[str, ...], ...]]

    def __contains__(self, word: str) -> bool:
        return word in self.full or (bool(self.stems) and word.startswith(self.stems))

    def lengths(self, said: Sequence[str], at: int) -> Iterator[int]:
        """Yield how many words of what is said, from a place on, may stand here."""
        word = said[at]
        for rest in self.several.get(word, ()):
            follow = said[at + 1 : at + 1 + len(rest)]
            if len(follow) == len(rest) and all(_is(word, meant) for word, meant in zip(follow, rest, strict=True)):
                yield 1 + len(rest)
        if word in self:
            yield 1


@dataclass(frozen=True, slots=True)
class Step:
    """One place of a phrase, and how many words may stand before it that the phrase does not name; words of `over` are free."""

    words: Words
    gap: int = 0
    optional: bool = False
    over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Phrase:
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases of one meaning: they count where one of `needs` and of `also` is in the text, none of `unless` near by."""

    phrases: tuple[Phrase, ...]
    danger: Danger | None = None
    language: str = ""
    needs: tuple[Phrase, ...] = ()
    also: tuple[Phrase, ...] = ()
    unless: tuple[Phrase, ...] = ()


@dataclass(frozen=True, slots=True)
class Phrases:
    """The whole file. `meanings` and `marks` say when a danger that is named is none; the file explains each by its name."""

    version: str
    hearing: words.Hearing
    dangers: tuple[Rule, ...]
    meanings: Mapping[str, tuple[Phrase, ...]]
    marks: Mapping[str, Words]


class _Book:
    """A language's named sets of words while its phrases are read."""

    def __init__(self, named: Mapping[str, list[str]], where: str, forms: Sequence[str], light: Sequence[str]) -> None:
        self._named, self._where = named, where
        self._forms = {each: family.split() for family in forms for each in family.split()}
        self._light = frozenset(light)

    def words(self, listed: Sequence[str], *, wide: bool = False) -> Words:
        full: set[str] = set()
        stems: set[str] = set()
        several: dict[str, list[tuple[str, ...]]] = {}
        spelled_out = self._spelled_out(listed)
        if wide:
            spelled_out = (form for each in spelled_out for form in self._forms.get(each, (each,)))
        for each in spelled_out:
            first, *rest = words.plain(each).split()
            if rest:
                several.setdefault(first, []).append(tuple(rest))
            elif first.endswith("*"):
                stems.add(first[:-1])
            else:
                full.add(first)
        longest_first = {first: tuple(sorted(many, key=len, reverse=True)) for first, many in several.items()}
        return Words(frozenset(full), tuple(sorted(stems)), longest_first)

    def _spelled_out(self, listed: Sequence[str]) -> Iterator[str]:
        for each in listed:
            if each.isupper():
                if each not in self._named:
                    raise PhraseError(f"{self._where}: {each} is not among the words")
                yield from self._spelled_out(self._named[each])
            else:
                yield each

    def phrases(self, listed: Sequence[str], *, wide: bool = False) -> tuple[Phrase, ...]:
        """Read phrases. Wide ones take each form of their words, and count no light words in their gaps."""
        return tuple(phrase for each in listed for phrase in self._phrase(each, wide))

    def _phrase(self, text: str, wide: bool) -> Iterator[Phrase]:
        sides = text.split(" & ")
        if len(sides) > 2:
            raise PhraseError(f"{self._where}: {text!r} has more than one &")
        yield Phrase(self._steps(" ... ".join(sides), wide))
        if len(sides) == 2:
            yield Phrase(self._steps(" ... ".join(reversed(sides)), wide))

    def _steps(self, text: str, wide: bool) -> tuple[Step, ...]:
        steps: list[Step] = []
        gap = 0
        for item in text.split():
            if item in _GAPS:
                gap = _GAPS[item]
                continue
            listed = [each if each.isupper() else each.replace("_", " ") for each in item.rstrip("?").split("/")]
            optional = item.endswith("?")
            steps.append(Step(self.words(listed, wide=wide), gap, optional, self._light if wide else frozenset()))
            gap = gap if optional else 0  # where the word is not there, the gap before it still is
        if not steps or text.split()[-1] in _GAPS or steps[0].optional or steps[0].gap:
            raise PhraseError(f"{self._where}: {text!r} must begin and end with a word")
        return tuple(steps)


def _texts(value: Any, where: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) and each.strip() for each in value):
        raise PhraseError(f"{where} must be a list of phrases")
    return value


def _joins(slips: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    for written, meant in slips.items():
        for heard in product(*(item.split("/") for item in words.plain(written).split())):
            first, *rest = " ".join(heard).replace("_", " ").split()
            yield first, tuple(rest), tuple(words.plain(meant).replace("*", heard[-1]).split())


def _rules(part: Mapping[str, Any], book: _Book, language: str) -> Iterator[Rule]:
    for danger in Danger:
        for number, rule in enumerate(part[danger.value]):
            where = f"{language}.{danger.value} {number + 1}"
            named = {
                name: book.phrases(_texts(rule.get(name, []), f"{where}: {name}"), wide=name != "unless") for name in _OF_A_RULE
            }
            yield Rule(danger=danger, language=language, **named)


@cache
def read(path: Path = FILE) -> Phrases:
    """Return what the file says. Raises PhraseError or KeyError for what cannot be read or is not there."""
    with path.open("rb") as file:
        said = tomllib.load(file)
    joins: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    sounds: dict[str, str] = {}
    rules: list[Rule] = []
    meanings: dict[str, tuple[Phrase, ...]] = dict.fromkeys(_PHRASES, ())
    marks: dict[str, Words] = dict.fromkeys(_WORDS, Words(frozenset(), (), {}))
    for language in LANGUAGES:
        part = said[language]
        forms, light = (
            _texts(part["forms"]["words"], f"{language}: forms"),
            _texts(part["meaning"]["light"], f"{language}: light"),
        )
        book = _Book(part["words"], language, forms, light)
        for first, rest, meant in _joins(part["slips"]):
            joins.setdefault(first, []).append((rest, meant))
        sounds |= {words.consonants(each): each for each in _texts(part["sounds"]["words"], f"{language}: sounds")}
        for word in _texts(part["shortened"]["words"], f"{language}: shortened"):
            joins.setdefault(word + "s", []).append(((), (word, "is")))
        rules.extend(_rules(part, book, language))
        for name in _PHRASES:
            meanings[name] += book.phrases(_texts(part["meaning"][name], f"{language}: {name}"))
        for name in _WORDS:
            more = book.words(_texts(part["meaning"][name], f"{language}: {name}"))
            if more.several:
                raise PhraseError(f"{language}: {name} takes single words, not {sorted(more.several)}")
            marks[name] = Words(marks[name].full | more.full, marks[name].stems + more.stems, {})
    for follow in joins.values():
        follow.sort(key=lambda each: -len(each[0]))
    return Phrases(said["version"], words.Hearing(joins, sounds), tuple(rules), meanings, marks)
