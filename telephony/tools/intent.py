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
    "move", "reschedule", "change", "another day", "another time", "different", "instead", "later", "earlier", "sooner",
    "push", "switch", "postpone", "can't make", "cannot make", "won't be", "not going to be", "not gonna be", "came up",
    "make it", "make that", "same time", "moved", "moving", "changed", "changing", "rescheduling", "re schedule", "bump",
    "rather than", "could we do", "can we do", "cambiar", "cambio", "mover", "reagendar", "reprogramar", "posponer",
    "otro dia", "otra hora", "mas tarde", "mas temprano", "mejor", "no puedo", "adelantar", "cambiarla", "cambiarlo",
    "moverla", "reprogramarla", "pasarla", "pasar al", "pasar para", "surgio",
)  # fmt: skip
_CANCELS = (
    "cancel", "cancelled", "canceled", "canceling", "cancelling", "cancellation", "call it off", "call off", "don't need",
    "do not need", "don't want", "do not want", "no longer", "not need", "get rid", "drop it", "delete", "remove",
    "take me off", "take it off", "won't need", "won't be needing", "don't have to come", "sold the house", "scrap",
    "cancelar", "cancelo", "cancelando", "cancelacion", "cancela", "cancele", "cancelen", "cancelarla", "cancelela", "anular",
    "anule", "anularla", "anulela", "ya no", "no necesito", "no quiero", "no hace falta", "no vengan",
)  # fmt: skip
# Speaks of an appointment that stands, which is no wish for one.
_STANDING = (
    "my appointment", "have an appointment", "had an appointment", "got an appointment", "appointment i have",
    "appointment already", "the technician", "my technician", "your technician", "el tecnico", "mi cita", "tengo una cita",
    "tengo cita",
)  # fmt: skip
# Wants something, and not what the tool does.
_NO_VISITS = (
    "don't need", "do not need", "don't want to", "do not want to", "don't want", "do not want", "don't send", "do not send",
    "don't book", "do not book", "don't want to book", "don't want to schedule", "don't come", "do not come",
    "don't schedule", "no longer need", "no longer want", "want to cancel", "need to cancel", "like to cancel",
    "want to know", "would like to know", "no necesito", "no quiero", "no vengan", "no venga", "no manden", "no mande",
    "quiero cancelar", "necesito cancelar", "quisiera cancelar", "quiero saber", "quisiera saber",
)  # fmt: skip
_NO_CANCELS = (
    "don't cancel", "do not cancel", "not cancel", "cancellation policy", "cancellation fee", "don't need anything",
    "do not need anything", "don't want to pay", "don't want anything", "no cancele", "no cancelen", "no la cancele",
    "no necesito nada", "no quiero nada", "no quiero pagar",
)  # fmt: skip
_YES = (
    "yes", "yeah", "yep", "yup", "yea", "sure", "ok", "okay", "please", "correct", "right", "that works", "works", "perfect",
    "great", "sounds good", "go ahead", "do it", "do that", "let's do", "let's go", "let's book", "i'll take", "we'll take",
    "that's fine", "that's great", "that's perfect", "that's right", "that's correct", "that would", "that'd", "that will",
    "mm hmm", "mmhmm", "mhm", "mm hm", "uh huh", "fine", "absolutely", "definitely", "of course", "that's good", "good", "si",
    "claro", "vale", "perfecto", "correcto", "por favor", "adelante", "de acuerdo", "esta bien", "bueno", "exacto", "dale",
    "okey", "me parece bien", "asi es",
)  # fmt: skip
# Before a yes, and what makes a "right" none.
_BEFORE_YES = frozenset({"um", "uh", "oh", "well", "hmm", "ah", "eh", "ay", "pues", "y", "and", "so", "i", "guess"})
_NO_YES = ("right now", "right away", "sure not", "okay bye", "ok bye", "good question", "good bye")
_ASKS_WHO = ("hear me", "still there", "are you there", "speaking with", "me escucha", "me oye", "hablo con")
# What an assistant asks about a time, and how a caller names one.
_ASKS_WHEN = (
    "when", "what day", "which day", "what time", "which time", "which one", "which", "which of", "prefer", "what works",
    "work", "works", "suit", "suits", "good for you", "best for you", "tomorrow", "o'clock", "am", "pm", "cuando", "que dia",
    "a que hora", "cual", "prefiere", "conviene", "le sirve", "le queda", "le parece", "manana",
)  # fmt: skip
_NAMES_A_TIME = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "today", "tonight", "tomorrow", "morning",
    "afternoon", "evening", "noon", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "first", "second", "third", "last", "earliest", "soonest", "asap", "soon", "next", "either", "any", "anytime",
    "whichever", "works", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "hoy", "manana", "tarde",
    "noche", "mediodia", "una", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "primera", "primero", "segunda", "segundo", "ultima", "antes", "cualquiera", "pronto",
)  # fmt: skip
_REFUSES = re.compile(r"(?:(?:no|nope|nah|none|neither|ninguna|ninguno|not|i'm not|i am not)\b)")
# A "no" to such a question says no to nothing else.
_SHORT = 8  # words
_CHANGES = (
    "make that",
    "make it",
    "scratch",
    "book",
    "mind",
    "forget",
    "change",
    "cancel",
    "cambie",
    "olvidelo",
    "agende",
    "cancele",
)
_ASKS_FOR_MORE = ("anything", "any", "something else", "algo mas", "otra cosa", "alguna", "algun")
_OFFERS = frozenset({"offered", "held"})


def judge(intent: Intent, conversation: Sequence[Turn], roster: Roster) -> Meant:
    """Say whether the caller's own words ask for it. YES also where nothing can be judged."""
    theirs = [turn for turn in conversation if turn.role == "user"]
    if not theirs or not roster.intent_words:
        return Meant.YES
    if conversation[-1] is theirs[-1] and retraction.is_bare(theirs[-1].text, roster.retraction_words):
        question = next((turn.text for turn in reversed(conversation) if turn.role == "bot"), "")
        if not is_only_no_to(question, theirs[-1].text):
            return Meant.TAKEN_BACK
    words, others = _words_of(intent, roster)
    asked = any(words.search(others.sub(" ", _heard(turn, roster.intent_confidence))) for turn in theirs)
    return Meant.YES if asked or _accepted(intent, conversation) else Meant.NO


def is_only_no_to(question: str, text: str) -> bool:
    """Say whether a "no, actually" answers whether there is anything else, and so takes nothing back."""
    said = fold(text)
    asks = "?" in question and _pattern(_ASKS_FOR_MORE).search(fold(question.rpartition(". ")[2])) is not None
    short = "no" in said.split() and len(said.split()) <= _SHORT and not _names_a_time(said)
    return asks and short and _pattern(_CHANGES).search(said) is None


def asks_for_a_visit(text: str, roster: Roster) -> bool:
    """Say whether a text holds one of the shop's words for wanting a visit; it may be half heard, and is no wish yet."""
    return bool(roster.intent_words) and _pattern(roster.intent_words).search(fold(text)) is not None


def _words_of(intent: Intent, roster: Roster) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Return the words that ask for it, and those beside them that want something else."""
    if intent is Intent.CANCEL:
        return _pattern(_CANCELS), _pattern(_NO_CANCELS)
    return _pattern((*roster.intent_words, *_MOVES) if intent is Intent.MOVE else roster.intent_words), _pattern(_NO_VISITS)


def _heard(turn: Turn, percent: int) -> str:
    """Return the turn's words, without those the speech recognition was not sure of and what speaks of a standing appointment."""
    text = turn.text
    if turn.words:
        text = " ".join(word for word, confidence in turn.words if confidence * 100 >= percent)
    return _pattern(_STANDING).sub(" ", fold(text))


def _accepted(intent: Intent, conversation: Sequence[Turn]) -> bool:
    """Say whether the caller has answered an offer, named a time when asked for one, or said yes to a question.

    What cannot be undone needs a question that named it.
    """
    offered = answered = False
    question = ""
    for turn in conversation:
        if turn.role == "tool":
            offered = offered or _state(turn.text) in _OFFERS
        elif turn.role == "bot":
            question = f"{'' if answered else question} {fold(turn.text) if '?' in turn.text else ''}".strip()
            answered = False
        else:
            answered = True
            said = fold(turn.text)
            if intent is Intent.CANCEL:
                if _pattern(_CANCELS).search(question) and _is_yes(said):
                    return True
            elif _is_yes(said) and question and not _pattern(_ASKS_WHO).search(question):
                return True
            elif "?" in turn.text or _REFUSES.match(said):
                continue
            elif offered or (_pattern(_ASKS_WHEN).search(question) and _names_a_time(said)):
                return True
    return False


def _is_yes(said: str) -> bool:
    words = said.split()
    while words and words[0] in _BEFORE_YES:
        words = words[1:]
    rest = " ".join(words)
    return _pattern(_YES).match(rest) is not None and _pattern(_NO_YES).match(rest) is None


def _names_a_time(said: str) -> bool:
    return _pattern(_NAMES_A_TIME).search(said) is not None or any(each.isdigit() for each in said)


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
