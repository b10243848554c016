"""Who said what in a call, as sentences: from the final words of its timeline, else from the transcript of its report."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

ASSISTANT, USER = "assistant", "user"
_SPEAKER = re.compile(r"\s*(AI|Assistant|Bot|User|Customer|Caller)\s*:\s*", re.IGNORECASE)
_ROLES = {"ai": ASSISTANT, "assistant": ASSISTANT, "bot": ASSISTANT, "user": USER, "customer": USER, "caller": USER}
_HALVES = re.compile(r"\b([ap])\. ?m\b\.?(?=(\s+[A-ZÁÉÍÓÚ¿¡])?)", re.IGNORECASE)
_SHORT = re.compile(r"\b(St|Ave|Dr|Mr|Mrs|Ms|Jr|Sr|Blvd|Rd|Sra|Ln|No)\.(?=\s)")
_ENDS = re.compile(r"(?<=[.!?\u2026])\s+|(?=[\u00bf\u00a1])|\s*[;\n]\s*")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of somebody; `turn` counts the turns of the call, `at` is when it was over, None where nobody knows."""

    role: str
    text: str
    turn: int
    at: datetime | None = None


def of_events(events: Iterable[tuple[str, str, datetime]]) -> list[Sentence]:
    """Return the sentences of (role, text, at) in the order they were said; what follows of one speaker is one turn.

    A sentence may be cut in two by speech recognition: it ends where its words do.
    """
    found: list[Sentence] = []
    turn, before = -1, ""
    pieces: list[tuple[str, datetime]] = []
    for role, text, at in events:
        if role != before:
            found += _cut(before, pieces, turn)
            turn, before, pieces = turn + 1, role, []
        pieces.append((text, at))
    return found + _cut(before, pieces, turn)


def _cut(role: str, pieces: Sequence[tuple[str, datetime]], turn: int) -> list[Sentence]:
    found: list[Sentence] = []
    whole = " ".join(text.strip() for text, _ in pieces)
    ends, length = [], 0
    for text, at in pieces:
        length += len(text.strip()) + 1
        ends.append((length, at))
    position = 0
    for sentence in split(whole):
        position = max(position, whole.find(sentence[-12:], position) + len(sentence[-12:]))
        at = next((moment for end, moment in ends if position <= end), ends[-1][1])
        found.append(Sentence(role, sentence, turn, at))
    return found


def of_transcript(transcript: str) -> list[Sentence]:
    """Return the sentences of a report's transcript: a line for each turn, or for a part of it, "AI: …" or "User: …"."""
    found: list[Sentence] = []
    role, turn = "", -1
    for line in transcript.splitlines():
        speaker = _SPEAKER.match(line)
        if speaker is not None:
            now = _ROLES[speaker.group(1).casefold()]
            turn += now != role
            role, line = now, line[speaker.end() :]
        if role:
            found += [Sentence(role, each, turn) for each in split(line)]
    return found


def split(text: str) -> list[str]:
    """Return the sentences of a text, each with the mark that ends it."""
    text = _SHORT.sub(r"\1", _HALVES.sub(lambda half: half.group(1) + "m" + ("." if half.group(2) else ""), text))
    return [each.strip() for each in _ENDS.split(text) if each and each.strip(" .,")]


def light(text: str) -> str:
    """Return the words of a text in lower case with their accents, nothing between them but one space."""
    return " ".join(re.findall(r"[^\W_]+(?:'[^\W_]+)*", text.casefold().replace("\u2019", "'")))
