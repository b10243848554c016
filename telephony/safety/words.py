"""Turns what a caller said into plain words: one spelling, no accents, contractions in full, what belongs together as one.

Speech recognition leaves out apostrophes, accents and most punctuation, and breaks up words it does not know.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

STOP = "."  # the end of a sentence
PAUSE = ","

# What is written together: the first word of it, with all that may follow and the one word it becomes.
Joins = Mapping[str, Sequence[tuple[tuple[str, ...], tuple[str, ...]]]]

_BY_SOUND = 6  # letters a word needs to be known by its consonants


@dataclass(frozen=True, slots=True)
class Hearing:
    """What is put right before all else: `sounds` are words by their consonants, however their vowels are spelled; then joins."""

    joins: Joins
    sounds: Mapping[str, str]


PLAIN = Hearing({}, {})  # nothing is put right
_APOSTROPHES = re.compile("[\u2018\u2019\u02bc`\u00b4]")
_LETTERS = re.compile(r"\b([a-z])\.(?:\s?([a-z])\.)+")
_TOKEN = re.compile(r"[a-z0-9]+|[.?!;:\n\u2014\u2026]|,|[¿¡]")
_CONTRACTED = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"'s\b"), " is"),
)
_SOUNDS = (
    (re.compile("ph"), "f"),
    (re.compile("c(?=[eiy])|z"), "s"),
    (re.compile("x"), "ks"),
    (re.compile("[cq]"), "k"),
    (re.compile("[eiuywh]|[ao](?!$)"), ""),  # the last letter tells Spanish words from English ones
    (re.compile(r"(.)\1+"), r"\1"),
)
_FILLERS = frozenset({"um", "uh", "uhm", "umm", "uhh", "er", "erm", "hmm", "mm", "ehm"})


def plain(text: str) -> str:
    """Return text in small letters without accents, its contractions in full."""
    text = _APOSTROPHES.sub("'", text.casefold())
    text = "".join(each for each in unicodedata.normalize("NFD", text) if not unicodedata.combining(each))
    text = _LETTERS.sub(lambda found: found.group().replace(".", "").replace(" ", "") + " ", text)
    for pattern, full in _CONTRACTED:
        text = pattern.sub(full, text)
    return text


def of(text: str, hearing: Hearing = PLAIN) -> list[str]:
    """Return the words of a text, with STOP and PAUSE between them; joins are applied from left to right, once."""
    said = [_mark(each) for each in _TOKEN.findall(plain(text)) if each not in _FILLERS]
    if hearing.sounds:
        said = [hearing.sounds.get(consonants(each), each) if len(each) >= _BY_SOUND else each for each in said]
    return joined(said, hearing.joins)


@lru_cache(maxsize=4096)
def consonants(word: str) -> str:
    """Return the consonants of a word as they sound: one for "monoxide", "monoxcide", "manoxid" and "monocside"."""
    for pattern, sound in _SOUNDS:
        word = pattern.sub(sound, word)
    return word


def _mark(said: str) -> str:
    if said[0].isalnum():
        return said
    return PAUSE if said in ",\u2026¿¡" else STOP


def joined(tokens: Sequence[str], joins: Joins) -> list[str]:
    """Return the words with those that belong together put together; the longest that fits wins."""
    result: list[str] = []
    at = 0
    while at < len(tokens):
        for rest, becomes in joins.get(tokens[at], ()):
            if tuple(tokens[at + 1 : at + 1 + len(rest)]) == rest:
                result.extend(becomes)
                at += 1 + len(rest)
                break
        else:
            result.append(tokens[at])
            at += 1
    return result
