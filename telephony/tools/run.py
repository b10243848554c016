"""Runs the tools an assistant asks for, each idempotent by identity: claim, work and stored answer commit together."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import DatabaseError
from django.utils import translation
from rest_framework import serializers

from bookings.engine.roster import Roster
from bookings.errors import RefusedError, TryAgainError
from bookings.services import rosters, transactions
from telephony.calls import InForce, KnownCall
from telephony.models import ToolInvocation
from telephony.safety import Heard
from telephony.tools import (
    answers,
    arguments,
    booking,
    changing,
    checking,
    danger,
    doubts,
    finding,
    messages,
    refusals,
    stored,
    transfer,
    unserved,
)
from telephony.tools.answers import Answer
from telephony.tools.context import Context, PutThrough, ToolRequest, Turn, digest, nobody
from telephony.tools.intent import Intent

log = structlog.get_logger(__name__)

SPOKEN_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Tool:
    """What the assistant may use: what it takes, what it does, whether it writes, and what it changes for the caller.

    One serializer validates every request: its fields keep no state, and making them anew costs more than their use.
    """

    description: str
    takes: serializers.Serializer[Any]
    work: Callable[[Context, Mapping[str, Any]], Answer]
    writes: bool
    intent: Intent | None = None
    plans: bool = False  # leads to a visit: not for whoever the office serves no more
    # What is done once the transaction is over and the answer stands; what it returns is true from then on, None: as it stands.
    afterwards: Callable[[Context], Answer | None] | None = None


_SCHEDULE = Tool(
    "Book the first free time in the part of a day the caller asked for.",
    arguments.ScheduleAppointment(), booking.schedule, writes=True, intent=Intent.BOOK, plans=True,
)  # fmt: skip

TOOLS: dict[str, Tool] = {
    "checkAvailability": Tool(
        "Find appointment times. Use before offering any time; offer only what it returns.",
        arguments.CheckAvailability(), checking.check, writes=False, plans=True,
    ),
    "bookAppointment": Tool(
        "Book the time the caller chose, or move or correct the appointment booked in this call.",
        arguments.BookAppointment(), booking.book, writes=True, intent=Intent.BOOK, plans=True,
    ),
    "holdSlot": Tool(
        "Hold the offered time the caller chose while you ask for name and address; then book it with bookAppointment.",
        arguments.HoldSlot(), booking.hold, writes=True, intent=Intent.BOOK, plans=True,
    ),
    "rescheduleAppointment": Tool(
        "Move an appointment the caller has to another time.",
        arguments.RescheduleAppointment(), changing.reschedule, writes=True, intent=Intent.MOVE, plans=True,
    ),
    "cancelAppointment": Tool(
        "Cancel an appointment the caller has, after they said that they want it cancelled.",
        arguments.CancelAppointment(), changing.cancel, writes=True, intent=Intent.CANCEL,
    ),
    "findAppointments": Tool(
        "Find the appointments the caller has, by their number and a name, ZIP code, address or reference they say.",
        arguments.FindAppointments(), finding.find, writes=False,
    ),
    "takeMessage": Tool(
        "Take a message for the office: a question you cannot answer, or a wish to be called back.",
        arguments.TakeMessage(), messages.take, writes=True,
    ),
    transfer.NAME: Tool(
        "Put the caller through to a person: when they ask for one, are upset, or need what you cannot do.",
        arguments.TransferToHuman(), transfer.ask, writes=True, afterwards=transfer.move,
    ),
    danger.REPORT: Tool(
        "Report danger: gas, carbon monoxide, fire, smoke, sparks, water near electrics, somebody hurt or unwell. Use it first, "
        "before any other tool and any question, also when in doubt.",
        arguments.ReportEmergency(), danger.again, writes=True,
    ),
    "scheduleHVACAppointment": _SCHEDULE,
    "scheduleAppointment": _SCHEDULE,
}  # fmt: skip

_CHANGES = [name for name, tool in TOOLS.items() if tool.intent is not None]


def run_all(
    call: KnownCall,
    tools: Sequence[ToolRequest],
    *,
    at: datetime | None,
    message: str,
    now: datetime,
    conversation: tuple[Turn, ...] = (),
    put_through: PutThrough = nobody,
) -> Iterator[Answer]:
    """Answer every tool of a message, in order; `at` is the message's own time, `message` what names it.

    `conversation` is what the message says was spoken before it; `put_through` moves the live call to a person.
    """
    roster = rosters.of(call.shop_id, call.config_version)
    at = at or now
    for tool in tools:
        context = Context(
            call=call,
            roster=roster,
            now=now,
            requested_at=at,
            # Words such as "tomorrow" belong to the moment the call began; a clock that is a day off does not decide them.
            spoken_at=call.started_at if abs(call.started_at - now) < SPOKEN_WITHIN else now,
            request=message,
            conversation=conversation,
            language=_language(tool, call, roster),
            tools=tuple(tools),
            put_through=put_through,
        )
        with translation.override(context.language):
            answer = run(context, tool)
        if answer["state"] == "emergency" and call.alarm is None:
            with suppress(DatabaseError):  # what is answered already is heard in any case
                call = replace(call, alarm=danger.in_force(call.id))  # for the rest of the message too
        yield answer


def _language(request: ToolRequest, call: KnownCall, roster: Roster) -> str:
    """Return the language to answer in: the one the assistant says is spoken, else the one heard, else the shop's first."""
    for said in (request.arguments.get("language"), call.language):
        if isinstance(said, str) and (found := said.strip().casefold()[:2]) in roster.languages:
            return found
    return roster.languages[0]


def run(context: Context, request: ToolRequest) -> Answer:
    """Answer one tool: always a sentence, never an exception."""
    begun = time.perf_counter()
    tool = TOOLS.get(request.name)
    key = _replay_key(context, tool, request)
    try:
        answer = _afterwards(context, tool, request, key, _answer(context, tool, request, begun, key))
    except Exception as error:
        # What failed or was refused was rolled back. The answer is kept for itself, so that the call's end knows of it.
        refused = _refusal(tool, error, context)
        if refused is None:  # the delivery boundary: somebody waits for a sentence
            log.exception("tool_failed", tool=request.name)
        if refused is None or isinstance(error, TryAgainError):
            refused = danger.without_a_database(request, context.language) or refused
        answer = _store_apart(context, request, answers.in_full(refused or answers.unreachable(), request.name), begun, key)
    log.info("tool_answered", tool=request.name, state=answer["state"], ms=_milliseconds(begun))
    return answer


def _answer(context: Context, tool: Tool | None, request: ToolRequest, begun: float, key: str | None) -> Answer:
    heard = danger.heard(request)
    if heard is not None:
        return transactions.run(context.call.origin, lambda: _alarmed(context, request, heard, begun, key))
    if tool is None or not tool.writes:
        return _once(context, tool, request, begun, key)
    return transactions.run(context.call.origin, lambda: _once(context, tool, request, begun, key))


def _afterwards(context: Context, tool: Tool | None, request: ToolRequest, key: str | None, answer: Answer) -> Answer:
    """Do what may not be done in a transaction. The answer that was stored stays true if this never ends."""
    if tool is None or tool.afterwards is None or key is None or (better := tool.afterwards(context)) is None:
        return answer
    better = answers.in_full(better, request.name)
    with suppress(DatabaseError):
        stored.better(context.call.id, key, better)
    return better


def _alarmed(context: Context, request: ToolRequest, heard: Heard, begun: float, key: str | None) -> Answer:
    """Note the danger a request speaks of: the script is the whole answer, unless a person has released that danger."""
    alarm = danger.note(context, request, heard)
    tool = TOOLS.get(request.name)
    if alarm is None or _goes_on(context, tool, alarm):
        return _once(context, tool, request, begun, key)
    answer = answers.in_full(danger.answer(context, alarm), request.name)
    _store(context, request, answer, begun, key)
    return answer


def _once(context: Context, tool: Tool | None, request: ToolRequest, begun: float, key: str | None) -> Answer:
    """Return the stored answer of this request, or work and store it.

    A write asks first, under the origin's lock. A read works first: it changes nothing, its second delivery is rare, and
    what stands already is then the answer. A danger that is in force answers everything, also what was answered before it.
    """
    context.claimed.clear()  # by an earlier try that was rolled back
    before = _before(context, key) if tool is not None and tool.writes else None
    alarm = context.call.alarm if before is None else before.alarm
    if alarm is not None and not _goes_on(context, tool, alarm):
        answer = answers.in_full(danger.answer(context, alarm), request.name)
        _store(context, request, answer, begun, key)
        return answer
    if before is not None and before.answer is not None:
        if request.has_identity:
            return before.answer
        # The same words without an id or a time may be a new request: what it hears has to be true now.
        return answers.in_full(doubts.as_it_stands(context, before.answer), request.name)
    answer = answers.in_full(answers.unknown_tool() if tool is None else _work(context, tool, request, before), request.name)
    if not _store(context, request, answer, begun, key) and key is not None:
        return _before(context, key).answer or answer
    return answer


def _goes_on(context: Context, tool: Tool | None, alarm: InForce) -> bool:
    """Say whether a tool works in spite of a danger: nobody who has heard the script is refused a person."""
    return tool is not None and tool.afterwards is not None and danger.was_said(context, alarm)


def _before(context: Context, key: str | None) -> stored.Before:
    return stored.before(context.call.id, key, requested_at=context.requested_at, changes=_CHANGES)


def _replay_key(context: Context, tool: Tool | None, request: ToolRequest) -> str | None:
    if request.has_identity:
        return request.identity
    if tool is not None and tool.writes:
        # The same words later in the call are a new request: only this message's second delivery is the same one.
        return digest([context.request, request.name, request.arguments])
    return None


def _work(context: Context, tool: Tool, request: ToolRequest, before: stored.Before | None) -> Answer:
    if not request.readable:
        return refusals.unreadable()
    if tool.plans and context.call.unserved:
        return unserved.answer(context, context.call.unserved, phone=context.call.from_number, said=request.arguments)
    if tool.intent is not None and before is not None:
        service = request.arguments.get("serviceType")
        doubt = doubts.answer(context, tool.intent, service if isinstance(service, str) else "", before)
        if doubt is not None:
            return doubt
    return tool.work(context, tool.takes.run_validation(request.arguments))


def _refusal(tool: Tool | None, error: Exception, context: Context) -> Answer | None:
    """Return the sentence for what was refused; None for what went wrong."""
    match error:
        case RefusedError():
            return refusals.refused(error, context.roster.zone)
        case TryAgainError():
            return answers.busy()
        case serializers.ValidationError() if tool is not None:
            return _incomplete(tool, error)
    return None


def _incomplete(tool: Tool, error: serializers.ValidationError) -> Answer:
    missing: list[str] = []
    wrong: list[str] = []
    assert isinstance(error.detail, dict)  # what a serializer raises names its fields
    for name, details in error.detail.items():
        absent = any(getattr(detail, "code", "") in ("required", "null", "blank") for detail in details)
        (missing if absent else wrong).append(str(tool.takes.fields[name].label))
    return refusals.incomplete(missing, wrong)


def _store_apart(context: Context, request: ToolRequest, answer: Answer, begun: float, key: str | None) -> Answer:
    """Store an answer after its transaction failed, and return the one that stands.

    That may be another: of a commit whose word was lost, or of this request's other delivery. The database may be the reason
    of the failure, so nothing depends on it.
    """
    with suppress(DatabaseError):
        if not _store(context, request, answer, begun, key) and key is not None and answer["state"] != "emergency":
            return _before(context, key).answer or answer
    return answer


def _store(context: Context, request: ToolRequest, answer: Answer, begun: float, key: str | None) -> bool:
    return stored.keep(
        ToolInvocation(
            call_id=context.call.id,
            shop_id=context.roster.shop_id,
            replay_key=key,
            tool_call_id=request.id[:100],
            name=request.name,
            arguments=request.arguments,
            answer=answer,
            state=answer["state"],
            requested_at=context.requested_at,
            answered_at=context.now,
            milliseconds=_milliseconds(begun),
        )
    )


def _milliseconds(begun: float) -> int:
    return round((time.perf_counter() - begun) * 1000)
