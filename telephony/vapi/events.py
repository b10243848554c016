"""Reads what an informational message tells of a call: one event of its timeline, and the report of its end.

Only what is kept is read: no history of the conversation, no credentials, no links that are keys.
https://docs.vapi.ai/server-url/events
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from telephony.timeline import Event
from telephony.vapi.values import dollars, is_secret, items, link, mapping, moment, text

Body = Mapping[str, Any]

# As `artifact.messages` names who spoke, as OpenAI-style lists do, and as transcripts do.
_SPEAKERS = {"user": "user", "customer": "user", "bot": "assistant", "assistant": "assistant"}
# What a model that fills in a form may be asked for: a few plain answers, no documents.
_MOST_ANSWERS, _MOST_LETTERS = 30, 300


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of the conversation as the report has it; `until` is when it was over, else when it began."""

    role: str
    text: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """What the report of a call's end has for the call's record. The recording's link has no query any more."""

    reason: str
    started_at: datetime | None
    ended_at: datetime | None
    transcript: str
    summary: str
    recording_url: str
    cost: Decimal | None
    wanted: dict[str, Any] = field(default_factory=dict)
    spoken: tuple[Spoken, ...] = ()

    @property
    def opening(self) -> Spoken | None:
        """The first words the assistant spoke."""
        return next((each for each in self.spoken if each.role == "assistant"), None)


def read(kind: str, message: Body) -> tuple[Event | None, Report | None]:
    """Return what happened, None for types that leave nothing, and the report if it is one.

    `kind` is the type without its brackets.
    """
    if kind == "end-of-call-report":
        said = report(message)
        first = said.opening
        return Event(kind, detail=said.reason, text=first.text if first else ""), said
    reader = _READERS.get(kind)
    return (reader(message) if reader is not None else None), None


def report(message: Body) -> Report:
    """Read an end-of-call report."""
    artifact, analysis = mapping(message.get("artifact")), mapping(message.get("analysis"))
    recording = mapping(artifact.get("recording"))
    return Report(
        reason=text(message.get("endedReason")),
        started_at=moment(message.get("startedAt")),
        ended_at=moment(message.get("endedAt")),
        transcript=text(artifact.get("transcript")) or text(message.get("transcript")),
        summary=text(analysis.get("summary")) or text(message.get("summary")),
        recording_url=link(
            artifact.get("recordingUrl")
            or mapping(recording.get("mono")).get("combinedUrl")
            or recording.get("stereoUrl")
            or message.get("recordingUrl")
        ),
        cost=dollars(message.get("cost")),
        wanted=_plain(mapping(analysis.get("structuredData"))),
        spoken=tuple(_spoken(artifact.get("messages") or message.get("messages"))),
    )


def _spoken(listed: Any) -> list[Spoken]:
    turns = []
    for each in items(listed):
        role = _SPEAKERS.get(text(each.get("role")), "")
        words = text(each.get("message")) or text(each.get("content"))
        if role and words:
            turns.append(Spoken(role, words, moment(each.get("endTime")) or moment(each.get("time"))))
    return turns


def _plain(answers: Body) -> dict[str, Any]:
    """Keep short plain answers; what is nested, long or looks like a secret is left out."""
    kept: dict[str, Any] = {}
    for name, value in list(answers.items())[:_MOST_ANSWERS]:
        plain = isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _MOST_LETTERS)
        if plain and not is_secret(name) and len(name) <= 60:
            kept[name] = text(value) if isinstance(value, str) else value
    return kept


def _status(message: Body) -> Event:
    return Event("status-update", detail=text(message.get("status")), text=text(message.get("endedReason"))[:120])


def _speech(message: Body) -> Event:
    role = _SPEAKERS.get(text(message.get("role")), "")
    return Event("speech-update", role, text(message.get("status")), turn=str(message.get("turn", "")))


def _interrupted(message: Body) -> Event:
    return Event("user-interrupted", "user", turn=text(message.get("turnId")))


def _transcript(message: Body) -> Event:
    """The bracketed type says again what `transcriptType` says; where only it does, it counts."""
    bracket = text(message.get("type")).partition("[")[2]
    detail = text(message.get("transcriptType")) or ("final" if "final" in bracket else "partial")
    return Event("transcript", _SPEAKERS.get(text(message.get("role")), ""), detail, text(message.get("transcript")))


def _conversation(message: Body) -> Event:
    """How many turns were spoken, and the last one: the history itself comes with every message and is kept with none."""
    turns = _spoken(message.get("messages") or message.get("messagesOpenAIFormatted"))
    last = turns[-1] if turns else Spoken("", "", None)
    return Event("conversation-update", last.role, f"{len(turns)} turns", last.text)


def _hang(message: Body) -> Event:
    return Event("hang")


def _language(message: Body) -> Event:
    return Event("language-change-detected", "user", text(message.get("language")))


def _transfer(message: Body) -> Event:
    to = mapping(message.get("toAssistant"))
    destination = mapping(message.get("destination"))
    return Event(
        "transfer-update", detail=text(destination.get("type")), text=text(to.get("name")) or text(destination.get("description"))
    )


def _asked(kind: str) -> Callable[[Body], Event]:
    """What Vapi waits for says nothing but that it was asked; telephony.vapi.requests has the answer."""
    return lambda message: Event(kind)


def _began_to_speak(message: Body) -> Event:
    return Event(
        "assistant.speechStarted",
        "assistant",
        text(message.get("source")),
        text(message.get("text")),
        str(message.get("turn", "")),
    )


_READERS: dict[str, Callable[[Body], Event]] = {
    "status-update": _status,
    "speech-update": _speech,
    "user-interrupted": _interrupted,
    "transcript": _transcript,
    "conversation-update": _conversation,
    "hang": _hang,
    "language-change-detected": _language,
    "transfer-update": _transfer,
    "assistant.speechStarted": _began_to_speak,
    **{each: _asked(each) for each in ("assistant-request", "transfer-destination-request", "handoff-destination-request")},
}
