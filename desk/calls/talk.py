"""A call as it is read in the back office: what was said in turns, and beside it everything that happened, in order.

Both are made from the call's stored events, the answers its tools were given and the people who were rung: three statements,
however long the call was.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from desk.calls import latencies, live, terms
from telephony.models import Call, CallEvent, Ring, ToolInvocation

_WHO = {"user": "Caller", "assistant": "Assistant"}
_SPEAKERS = {"AI": "assistant", "Assistant": "assistant", "Bot": "assistant", "User": "user", "Customer": "user"}
# Said again by others that stay: shown on demand.
_FOLDED = ("conversation-update", "assistant.speechStarted")
_STATUS = {
    "scheduled": "Waits for the assistant",
    "queued": "Waits for the assistant",
    "ringing": "Rings at the assistant",
    "in-progress": "The assistant answers",
    "forwarding": "The assistant puts the caller through",
    "ended": "The assistant's part is over",
}
_ALARMING = {"emergency": "bad", "not_booked": "wait", "office_will_call": "wait"}


@dataclass(slots=True)
class Turn:
    """One piece of the conversation; `note` is what happened between two of them. `clock` is empty where the time is unknown."""

    role: str
    text: str
    clock: str = ""
    heard: bool = True
    note: bool = False

    @property
    def who(self) -> str:
        return _WHO.get(self.role, "")


@dataclass(slots=True)
class Entry:
    """A line of the timeline: when, what, and what was said; a tool's call has its invocation, a fold its lines."""

    at: datetime
    clock: str
    what: str
    text: str = ""
    tone: str = ""
    invocation: ToolInvocation | None = None
    said: str = ""
    arguments: str = ""
    folded: "list[Entry]" = field(default_factory=list)

    @property
    def key(self) -> str:
        """Tells this fold from others when the page is brought up to date."""
        return f"{self.what}-{self.at.timestamp():.3f}"


@dataclass(slots=True)
class Talk:
    turns: list[Turn]
    entries: list[Entry]
    live: bool
    words_deleted: bool
    plot: latencies.Plot | None = None


def read(call: Call, *, now: datetime) -> Talk:
    """Return the call's conversation and its timeline."""
    events = list(call.events.order_by("at", "kind", "key"))
    invocations = list(call.invocations.order_by("requested_at", "pk"))
    running = call.ended_at is None and now - call.started_at < live.LONGEST
    lines = [*_entries(call, events, invocations), *((False, entry) for entry in _rung(call))]
    entries = list(_fold(sorted(lines, key=lambda line: line[1].at)))
    turns = _turns(call, events, invocations, running)
    forgotten = now - timedelta(days=call.shop.transcript_days)
    deleted = not turns and call.started_at < forgotten
    return Talk(turns, entries, running, words_deleted=deleted, plot=latencies.plot(invocations))


def clock(call: Call, at: datetime) -> str:
    """Return how far into the call a moment was: 01:07.250."""
    since = round((at - call.started_at).total_seconds() * 1000)
    minutes, rest = divmod(abs(since), 60_000)
    seconds, thousandths = divmod(rest, 1000)
    return f"{'-' if since < 0 else ''}{minutes:02d}:{seconds:02d}.{thousandths:03d}"


def _turns(call: Call, events: list[CallEvent], invocations: list[ToolInvocation], running: bool) -> list[Turn]:
    spoken = [each for each in events if each.kind == "transcript" and each.detail == "final" and each.text]
    both = {each.role for each in spoken} >= {"user", "assistant"}
    if call.transcript and not both:
        return _reported(call.transcript)
    happened: list[CallEvent | ToolInvocation] = [
        *spoken,
        *(each for each in events if each.kind == "user-interrupted"),
        *invocations,
    ]
    turns: list[Turn] = []
    for each in sorted(happened, key=_when):
        if isinstance(each, ToolInvocation):
            turns.append(Turn("", terms.used(each.name, each.state), clock(call, each.requested_at), note=True))
        elif each.kind == "user-interrupted":
            turns.append(Turn("", "The caller interrupts", clock(call, each.at), note=True))
        elif turns and turns[-1].role == each.role and not turns[-1].note:
            turns[-1].text += f" {each.text}"
        else:
            turns.append(Turn(each.role, each.text, clock(call, each.at)))
    last = events[-1] if events else None
    if running and last is not None and last.kind == "transcript" and last.detail == "partial" and last.text:
        turns.append(Turn(last.role, last.text, clock(call, last.at), heard=False))
    return turns if any(not each.note for each in turns) else []


def _reported(transcript: str) -> list[Turn]:
    """Read the report's transcript, a line a turn: "AI: …" and "User: …"."""
    turns: list[Turn] = []
    for line in transcript.splitlines():
        who, colon, text = line.partition(": ")
        if colon and who in _SPEAKERS:
            turns.append(Turn(_SPEAKERS[who], text.strip()))
        elif turns:
            turns[-1].text += f" {line.strip()}"
        elif line.strip():
            turns.append(Turn("", line.strip()))
    return turns


def _when(each: CallEvent | ToolInvocation) -> datetime:
    return each.requested_at if isinstance(each, ToolInvocation) else each.at


def _entries(call: Call, events: list[CallEvent], invocations: list[ToolInvocation]) -> list[tuple[bool, Entry]]:
    """Return every line with whether it is folded, in order."""
    lines: list[tuple[bool, Entry]] = []
    happened: list[CallEvent | ToolInvocation] = [*events, *invocations]
    for each in sorted(happened, key=_when):
        at = clock(call, _when(each))
        if isinstance(each, ToolInvocation):
            lines.append((False, _tool(each, at)))
        else:
            what, text, tone = _words(each)
            folded = each.kind in _FOLDED or (each.kind == "transcript" and each.detail != "final")
            lines.append((folded, Entry(each.at, at, what, text, tone)))
    return lines


def _fold(lines: list[tuple[bool, Entry]]) -> Iterator[Entry]:
    """Put neighbours that are shown on demand under one line."""
    fold: Entry | None = None
    for folded, entry in lines:
        if not folded:
            fold = None
            yield entry
        elif fold is None:
            fold = Entry(entry.at, entry.clock, "As it was heard", tone="quiet", folded=[entry])
            yield fold
        else:
            fold.folded.append(entry)


def _rung(call: Call) -> Iterator[Entry]:
    """Yield what became of the people who were rung: each moment a line."""
    for turn in call.rings.all():
        took_it = turn.status == Ring.Status.ACCEPTED
        for at, what, tone in (
            (turn.rang_at, f"{turn.name} is rung ({turn.rung.lower()})", "mark"),
            (turn.answered_at, f"{turn.name} or a voicemail box picks up, and hears what it is about", "mark"),
            (turn.accepted_at, f"{turn.name} presses the key", "tool"),
            (turn.ended_at, f"{turn.name} and the caller have spoken" if took_it else f"{turn.name} did not take the call",
             "tool" if took_it else "wait"),
        ):  # fmt: skip
            if at is not None:
                yield Entry(at, clock(call, at), what, tone=tone)


def _tool(invocation: ToolInvocation, at: str) -> Entry:
    answer: Any = invocation.answer
    said = str(answer.get("say", "")) if isinstance(answer, dict) else ""
    arguments = json.dumps(invocation.arguments, indent=2, ensure_ascii=False) if invocation.arguments else ""
    tone = _ALARMING.get(invocation.state, "tool")
    what, came = terms.did(invocation.name, invocation.state)
    return Entry(invocation.requested_at, at, what, came, tone, invocation, said=said, arguments=arguments)


def _words(event: CallEvent) -> tuple[str, str, str]:
    """Return what happened, what was said of it, and its tone."""
    who = _WHO.get(event.role, "Somebody")
    match event.kind:
        case "transcript":
            return who, event.text, event.role if event.detail == "final" else "quiet"
        case "speech-update":
            return f"{who} {'stops' if event.detail == 'stopped' else 'starts'} speaking", "", "quiet"
        case "user-interrupted":
            return "The caller interrupts", "", "wait"
        case "hang":
            return "The caller has to wait", "Model, voice or an answer of ours was slow.", "wait"
        case "status-update":
            return _STATUS.get(event.detail, event.detail), event.text.replace("-", " "), "mark"
        case "language-change-detected":
            return "Language heard", terms.LANGUAGES.get(event.detail.casefold()[:2], event.detail), "mark"
        case "transfer-update":
            return "The caller is put through", event.text or event.detail, "mark"
        case "conversation-update":
            return f"Conversation, {event.detail}", event.text, "quiet"
        case "assistant.speechStarted":
            return "Assistant begins to say", event.text, "quiet"
        case "end-of-call-report":
            return "Vapi's report", event.detail.replace("-", " "), "mark"
        case "assistant-request":
            return "Vapi asks who answers", event.text, "mark"
        case "transfer-destination-request":
            return "Vapi asks where to put the caller through", event.text, "mark"
    return event.kind, event.text or event.detail, "mark"
