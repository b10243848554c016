"""Did the caller ask for this? Looked at before anything is written, in the conversation that the tool call itself carries.

Speech recognition corrects itself and models act on its first guess: what it heard at last has to hold a wish. An offer
that the caller answered is one. A request that carries no conversation is not judged.
"""

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from enum import StrEnum
from functools import lru_cache

from bookings.engine.roster import Roster
from telephony.tools import retraction
from telephony.tools.context import Turn
from telephony.tools.retraction import fold


class Intent(StrEnum):
    """What a tool does to the caller's day."""

    BOOK = "book"
    MOVE = "move"
    CANCEL = "cancel"


class Meant(StrEnum):
    """Whether the caller asked for it. TAKEN_BACK: they did, and their last words take it back without saying what instead."""

    YES = "yes"
    NO = "no"
    TAKEN_BACK = "taken_back"


_MOVES = (
    "move", "reschedule", "change", "another day", "another time", "different", "instead", "later", "earlier", "sooner", "push",
    "switch", "postpone", "can't make", "cannot make", "won't be", "make it", "make that", "same time",
    "cambiar", "cambio", "mover", "reagendar", "reprogramar", "posponer", "otro dia", "otra hora", "mas tarde", "mas temprano",
    "mejor", "no puedo", "adelantar",
)  # fmt: skip
_CANCELS = (
    "cancel", "cancelled", "canceled", "call it off", "call off", "don't need", "do not need", "don't want", "do not want",
    "no longer", "not need", "get rid", "drop it", "delete", "sold the house", "scrap",
    "cancelar", "cancela", "cancele", "cancelen", "cancelarla", "cancelela", "anular", "anule", "anularla", "anulela",
    "ya no", "no necesito", "no quiero",
)  # fmt: skip
# Speaks of an appointment that stands, which is no wish for one.
_STANDING = (
    "my appointment", "have an appointment", "had an appointment", "got an appointment", "appointment i have",
    "appointment already", "the technician", "my technician", "your technician", "el tecnico", "mi cita", "tengo una cita",
    "tengo cita",
)  # fmt: skip
_YES = (
    "yes", "yeah", "yep", "yup", "sure", "ok", "okay", "please", "correct", "right", "that works", "works", "perfect", "great",
    "sounds good", "go ahead", "do it", "fine", "absolutely", "definitely", "of course", "that's good", "good",
    "si", "claro", "vale", "perfecto", "correcto", "por favor", "adelante", "de acuerdo", "esta bien", "bueno", "exacto", "dale",
)  # fmt: skip
_OFFERS = frozenset({"offered", "held"})


def judge(intent: Intent, conversation: Sequence[Turn], roster: Roster) -> Meant:
    """Say whether the caller's own words ask for it. YES also where nothing can be judged."""
    theirs = [turn for turn in conversation if turn.role == "user"]
    if not theirs or not roster.intent_words:
        return Meant.YES
    if retraction.is_bare(theirs[-1].text, roster.retraction_words) and conversation[-1] is theirs[-1]:
        return Meant.TAKEN_BACK
    words = _words_of(intent, roster)
    asked = any(words.search(_heard(turn, roster.intent_confidence)) for turn in theirs)
    return Meant.YES if asked or _accepted(conversation) else Meant.NO


def asks_for_a_visit(text: str, roster: Roster) -> bool:
    """Say whether a text holds one of the shop's words for wanting a visit; it may be half heard, and is no wish yet."""
    return bool(roster.intent_words) and _pattern(roster.intent_words).search(fold(text)) is not None


def _words_of(intent: Intent, roster: Roster) -> re.Pattern[str]:
    if intent is Intent.CANCEL:
        return _pattern(_CANCELS)
    return _pattern((*roster.intent_words, *_MOVES) if intent is Intent.MOVE else roster.intent_words)


def _heard(turn: Turn, percent: int) -> str:
    """Return the turn's words, without those the speech recognition was not sure of and what speaks of a standing appointment."""
    text = turn.text
    if turn.words:
        text = " ".join(word for word, confidence in turn.words if confidence * 100 >= percent)
    return _pattern(_STANDING).sub(" ", fold(text))


def _accepted(conversation: Sequence[Turn]) -> bool:
    """Say whether the caller has answered an offer, or said yes to a question of the assistant's."""
    offered = asked = False
    for turn in conversation:
        if turn.role == "tool":
            offered = offered or _state(turn.text) in _OFFERS
        elif turn.role == "bot":
            asked = turn.text.rstrip().endswith("?")
        elif offered or (asked and _pattern(_YES).match(fold(turn.text))):
            return True
    return False


def _state(result: str) -> str:
    with suppress(ValueError):
        answer = json.loads(result)
        if isinstance(answer, dict):
            return str(answer.get("state"))
    return ""


@lru_cache(maxsize=64)
def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    folded = sorted({fold(phrase) for phrase in phrases} - {""}, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, folded))})\b")
