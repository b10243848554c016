"""Hears a caller take back what they said: "wait, no, make that Thursday". Words alone; a noise on the line says nothing."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime

from django.db import connection

# Said before one comes to the point, and after it.
_FILLERS = frozenset(
    {
        "um", "uh", "oh", "well", "hey", "sorry", "ok", "okay", "hmm", "and", "but", "you", "know", "so", "no", "wait",
        "actually", "please", "this", "eh", "ah", "este", "bueno", "perdon", "perdone", "disculpe", "pero", "y", "a", "ver",
    }
)  # fmt: skip
_CLAUSE = re.compile(r"[.,;:!?\u2013\u2014\u2026]+|\s-+\s|--+")


def fold(text: str) -> str:
    """Return the words of a text without case, accents and punctuation; apostrophes stay."""
    plain = unicodedata.normalize("NFKD", text.casefold().replace("\u2019", "'"))
    return " ".join(re.findall(r"[a-z0-9']+", "".join(each for each in plain if not unicodedata.combining(each))))


def is_in(text: str, phrases: Sequence[str]) -> bool:
    """Say whether a text takes something back: one of the phrases, where a sentence or a clause begins."""
    return _found(text, phrases) is not None


def is_bare(text: str, phrases: Sequence[str]) -> bool:
    """Say whether a text takes something back and says nothing else: "Actually wait, no, make that\u2026"."""
    rest = _found(text, phrases)
    while rest and (further := _found(" ".join(rest), phrases)) is not None:
        rest = further
    return rest is not None and not [word for word in rest if word not in _FILLERS]


def _found(text: str, phrases: Sequence[str]) -> list[str] | None:
    """Return the words that follow the last phrase at a clause's beginning, None where there is none."""
    words: list[str] = []
    begins: list[bool] = []
    for clause in _CLAUSE.split(text):
        new = fold(clause).split()
        words += new
        begins += [at == 0 for at in range(len(new))]
    wanted = [phrase.split() for phrase in {fold(each) for each in phrases} if phrase]
    rest = None
    opens = True
    for at, word in enumerate(words):
        opens = begins[at] or opens
        if opens:
            lengths = [len(each) for each in wanted if words[at : at + len(each)] == each]
            if lengths:
                rest = words[at + max(lengths) :]
        opens = opens and word in _FILLERS
    return rest


_TAKE_BACK = """
UPDATE telephony_call SET taken_back_at = %s WHERE id = %s AND (taken_back_at IS NULL OR taken_back_at < %s)
"""


def note(call_id: int, *, at: datetime) -> None:
    """Keep when the caller last took something back; earlier words that come later change nothing. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_BACK, [at, call_id, at])
