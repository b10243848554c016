"""Hears danger that no turn speaks of by itself: a yes to a question about it, a smell named in answer to one, a sentence that
the recognition broke in two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telephony import safety
from telephony.safety import words
from telephony.safety.words import PAUSE, STOP

LONGEST = 6  # words; whoever says more says it whole, unless it begins with a yes


def _each(listed: str) -> frozenset[str]:
    return frozenset(part.strip() for line in listed.splitlines() for part in line.split("|") if part.strip())


# Any of these at the beginning of an answer is a yes, ...
_YES = _each("""
    yes | yeah | yep | yup | yea | ya | yah | yessir | mhm | absolutely | definitely | certainly | exactly | correct | sure
    si | sip | simon | claro | aja | correcto | exacto | exactamente | efectivamente
""")
# ... these are one where nothing else is said, ...
_ALONE = _each("""
    i do | we do | i am | we are | i can | we can | it is | it does | it has | there is | there are | they are | he is | she is
    i think so | i believe so | i guess | i guess so | i am afraid so | a little | a little bit | a bit | kind of | sort of
    kinda | sorta | maybe | slightly | faintly | very | very much | right | that is right | uh huh | huh | of course | a lot
    asi es | un poco | un poquito | poquito | tantito | mas o menos | creo que si | pienso que si | parece que si | pues si
    ya lo creo | mucho | bastante | por supuesto | a lo mejor | tal vez | puede ser
""")
# ... and these make it something else.
_NO = _each("no | nope | nah | none | nothing | nobody | never | nada | nadie | ninguno | ninguna | tampoco | nunca")
_OPENERS = _each("well | oh | so | and | but | okay | ok | please | sir | pues | bueno | ay | ah | este | mire | oiga")
_SMELL = {
    "en": (re.compile(r"\bsmell"), "it smells like "),
    "es": (re.compile(r"\b(huele|oler|olor|aroma)"), "huele a "),
}
_LIKE = re.compile(r"^(?:like|of|kind of|sort of|i think|maybe|como|a|como a|creo que|parece)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the `user` or the `assistant` said in one go."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Across:
    """A danger, and the words of all turns that speak of it together."""

    heard: safety.Heard
    text: str


def may_answer(text: str) -> bool:
    """Say whether a text is such that what was said before it may give it another meaning: short, or a yes."""
    return 0 < len(text.split()) <= LONGEST or _agrees(text)


def heard_across(before: Sequence[Turn], text: str) -> Across | None:
    """Return the danger that a caller's words speak of with what was said just `before`, the latest last.

    None where they do not, or speak of one by themselves.
    """
    if not before or not may_answer(text) or safety.heard_in(text):
        return None
    last = before[-1]
    if last.role == "user":
        return None if safety.heard_in(last.text) else _heard(f"{last.text.rstrip('. ')}, {text}")
    question = _question(before)
    if not question:
        return None
    asked = safety.heard_in(question)
    if asked is not None and _agrees(text):
        return Across(asked, f"{question} {text}")
    return _named(question, text)


def _heard(text: str) -> Across | None:
    found = safety.heard_in(text)
    return None if found is None else Across(found, text)


def _question(before: Sequence[Turn]) -> str:
    """Return the last sentence the assistant said since the caller's last words, if it is a question; else ""."""
    said = ""
    for turn in reversed(before):
        if turn.role != "assistant":
            break
        said = f"{turn.text.strip()} {said}".strip()
    sentence = re.split(r"(?<=[.!?])\s+", said)[-1]
    return sentence if sentence.endswith("?") else ""


def _agrees(text: str) -> bool:
    said = [word for word in words.of(text) if word not in (STOP, PAUSE)]
    while said and said[0] in _OPENERS:
        said.pop(0)
    if not said or not _NO.isdisjoint(said):
        return False
    return said[0] in _YES or " ".join(said) in _ALONE


def _named(question: str, text: str) -> Across | None:
    """Read a short answer to a question about a smell as its name."""
    plain = words.plain(question)
    for asks, begins in _SMELL.values():
        if asks.search(plain) and (found := safety.heard_in(begins + _LIKE.sub("", text.strip()))) is not None:
            return Across(found, f"{question} {text}")
    return None
