"""Runs the tools an assistant asks for, each idempotent by identity: claim, work and stored answer commit together."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from rest_framework import serializers

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Concern, Lead
from bookings.services import concerns, leads, rosters, transactions
from telephony import safety
from telephony.calls import KnownCall
from telephony.models import ToolInvocation
from telephony.tools import answers, arguments, booking, checking, stored
from telephony.tools.answers import Answer
from telephony.tools.context import Context, ToolRequest, digest

log = structlog.get_logger(__name__)

SPOKEN_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Tool:
    """What the assistant may use: what it takes, what it does, whether it writes.

    One serializer validates every request: its fields keep no state, and making them anew costs more than their use.
    """

    description: str
    takes: serializers.Serializer[Any]
    work: Callable[[Context, Mapping[str, Any]], Answer]
    writes: bool


_SCHEDULE = Tool(
    "Book the first free time in the part of a day the caller asked for.",
    arguments.ScheduleAppointment(), booking.schedule, writes=True,
)  # fmt: skip

TOOLS: dict[str, Tool] = {
    "checkAvailability": Tool(
        "Find appointment times. Use before offering any time; offer only what it returns.",
        arguments.CheckAvailability(), checking.check, writes=False,
    ),
    "bookAppointment": Tool(
        "Book the time the caller chose, or move or correct the appointment booked in this call.",
        arguments.BookAppointment(), booking.book, writes=True,
    ),
    "scheduleHVACAppointment": _SCHEDULE,
    "scheduleAppointment": _SCHEDULE,
}  # fmt: skip


def run_all(
    call: KnownCall, tools: Sequence[ToolRequest], *, at: datetime | None, message: str, now: datetime
) -> Iterator[Answer]:
    """Answer every tool of a message, in order; `at` is the message's own time, `message` what names it."""
    roster = rosters.of(call.shop_id, call.config_version)
    at = at or now
    for tool in tools:
        context = Context(
            call=call,
            roster=roster,
            now=now,
            requested_at=at,
            # Words such as "tomorrow" belong to the moment of the call; a clock that is a day off does not decide them.
            spoken_at=at if abs(at - now) < SPOKEN_WITHIN else now,
            request=message,
        )
        yield run(context, tool)


def run(context: Context, request: ToolRequest) -> Answer:
    """Answer one tool: always a sentence, never an exception."""
    begun = time.perf_counter()
    tool = TOOLS.get(request.name)
    try:
        if tool is None:
            answer = answers.not_booked("I can't do that myself. Is there an appointment I can help you with?")
            _store(context, request, answer, begun)
        elif tool.writes:
            # A write is replayed also where its id names nothing, by its message's own time.
            answer = transactions.run(context.call.origin, lambda: _once(context, tool, request, begun))
        else:
            answer = _once(context, tool, request, begun)
    except TryAgainError:
        answer = answers.not_booked("Nothing is booked yet: that time is being taken just now. Shall I look again?")
    except Exception:  # the delivery boundary: somebody waits for a sentence, and what failed was rolled back
        log.exception("tool_failed", tool=request.name)
        answer = answers.not_booked("I'm having trouble reaching our schedule. Nothing has changed so far.")
    log.info("tool_answered", tool=request.name, state=answer["state"], ms=_milliseconds(begun))
    return answer


def _once(context: Context, tool: Tool, request: ToolRequest, begun: float) -> Answer:
    """Return the stored answer of this request, or work and store it.

    A write asks first, under the origin's lock. A read works first: it changes nothing, its second delivery is rare, and
    what stands already is then the answer.
    """
    key = _replay_key(context, tool, request)
    if tool.writes and key is not None:
        before = stored.find(context.call.id, key)
        if before is not None:
            return before
    answer = _work(context, tool, request)
    if not _store(context, request, answer, begun, key) and key is not None:
        return stored.find(context.call.id, key) or answer
    return answer


def _replay_key(context: Context, tool: Tool, request: ToolRequest) -> str | None:
    if request.has_identity:
        return digest([request.id, request.name, request.arguments])
    if tool.writes:
        # The same words later in the call are a new request: only this message's second delivery is the same one.
        return digest([context.request, request.name, request.arguments])
    return None


def _work(context: Context, tool: Tool, request: ToolRequest) -> Answer:
    danger = safety.danger_in(*(value for value in request.arguments.values() if isinstance(value, str)))
    if danger is not None:
        return _alarm(context, danger)
    if not request.readable:
        return answers.incomplete([], ["that"])
    try:
        return tool.work(context, tool.takes.run_validation(request.arguments))
    except serializers.ValidationError as error:
        return _incomplete(tool, error)
    except RefusedError as error:
        return answers.refused(error)


def _incomplete(tool: Tool, error: serializers.ValidationError) -> Answer:
    missing: list[str] = []
    wrong: list[str] = []
    assert isinstance(error.detail, dict)  # what a serializer raises names its fields
    for name, details in error.detail.items():
        absent = any(getattr(detail, "code", "") in ("required", "null", "blank") for detail in details)
        (missing if absent else wrong).append(str(tool.takes.fields[name].label))
    return answers.incomplete(missing, wrong)


def _alarm(context: Context, danger: safety.Danger) -> Answer:
    """Record a danger for the office; the script is the whole answer."""
    call, shop_id = context.call, context.roster.shop_id
    leads.keep(
        shop_id=shop_id, origin=call.origin, reason=Lead.Reason.EMERGENCY, phone=call.from_number, now=context.now,
        wanted=f"Safety script said: {danger.key.replace('_', ' ')} (version {safety.VERSION}).",
    )  # fmt: skip
    concerns.raise_once(
        Concern.Kind.EMERGENCY, call.origin,
        f"A caller spoke of {danger.key.replace('_', ' ')}. The safety script was said and nothing was booked. Call back now.",
        shop_id=shop_id, now=context.now,
    )  # fmt: skip
    return answers.emergency(danger)


def _store(context: Context, request: ToolRequest, answer: Answer, begun: float, key: str | None = None) -> bool:
    return stored.keep(
        ToolInvocation(
            call_id=context.call.id,
            shop_id=context.roster.shop_id,
            replay_key=key,
            tool_call_id=request.id,
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
