"""Reads a server message of Vapi's, whichever of its shapes was sent, into one form.

Nothing is believed of `call.status`, which may be stale. What is handed on is what is needed: the body itself, with the
credentials, other links and whole histories that it may carry, goes no further than this reading.
Shapes: https://docs.vapi.ai/server-url/events and payloads seen on the wire.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telephony.timeline import Event
from telephony.tools.context import ToolRequest, Turn, digest
from telephony.vapi import events
from telephony.vapi.events import Report
from telephony.vapi.values import harmless, is_secret
from telephony.vapi.values import mapping as _mapping
from telephony.vapi.values import moment as _moment
from telephony.vapi.values import text as _text

# What may hold a NUL or half a surrogate pair (an emoji cut in two): no database takes them. A body has up to sixty kilobytes:
# this pattern begins with two fixed bytes, which is twenty times as fast to look for as one that has a choice there.
_UNSTORABLE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_HALVES = b"\xed"


class MalformedError(Exception):
    """The body is no server message; the text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Message:
    """A server message. `at` is Vapi's own time of it, None where it gave none.

    `control_url` is as it was sent: telephony.vapi.control says whether it may be used.
    `tools` and `conversation` come with what asks for tools, `event` with what happened in a call, `report` with its end.
    """

    type: str
    at: datetime | None
    vapi_id: str
    twilio_sid: str
    shop_number: str
    phone_number_id: str
    caller: str
    control_url: str = field(default="", repr=False)
    tools: tuple[ToolRequest, ...] = ()
    conversation: tuple[Turn, ...] = ()
    event: Event | None = None
    report: Report | None = None

    @property
    def request(self) -> str:
        """A name of the message that its second delivery has too: from its tool calls and its time."""
        parts = [[tool.id, tool.name, tool.arguments] for tool in self.tools]
        return digest([self.at.isoformat() if self.at else "", parts])


def read(body: bytes) -> Message:
    """Return the message in a request's body; raise MalformedError."""
    try:
        envelope = json.loads(body)
        if _HALVES in body or _UNSTORABLE.search(body):
            envelope = _clean(envelope)
    except (ValueError, RecursionError) as error:
        raise MalformedError("The body is not JSON.") from error
    message = envelope.get("message") if isinstance(envelope, dict) else None
    if not isinstance(message, dict):
        raise MalformedError('The body has no "message" object.')
    kind = message.get("type")
    if not isinstance(kind, str) or not kind:
        raise MalformedError('"message.type" is missing.')
    kind = kind.partition("[")[0]  # transcript[transcriptType="final"]
    tools: tuple[ToolRequest, ...] = ()
    if kind == "tool-calls":
        tools = _tool_calls(message)
    elif kind == "function-call":
        tools = (_function_call(message),)
    event, report = events.read(kind, message)
    call = _mapping(message.get("call"))
    # Ours come with the call in bypass mode; over SIP they are headers, which Vapi shows among the artifact's values.
    given = _mapping(_mapping(call.get("assistantOverrides")).get("variableValues"))
    variables = {**_mapping(_mapping(message.get("artifact")).get("variableValues")), **given}
    transport = _mapping(call.get("transport"))
    number = _mapping(message.get("phoneNumber")) or _mapping(call.get("phoneNumber"))
    customer = _mapping(message.get("customer")) or _mapping(call.get("customer"))
    static = tools[0].arguments if tools else {}
    # Our own static arguments say where a request is from only where Vapi does not: a model may make one up, and the caller's
    # number is half of what a caller is known by.
    given_number = "" if call else _text(static.get("callerNumber")) or _text(static.get("caller_number"))
    return Message(
        type=kind,
        at=_moment(message.get("timestamp")),
        vapi_id=(_text(call.get("id")) or _text(static.get("callId")) or _text(static.get("call_id")))[:64],
        twilio_sid=(
            _text(call.get("phoneCallProviderId"))
            or _text(transport.get("callSid"))
            or _text(variables.get("twilio_call_sid"))
            or _text(static.get("twilio_call_sid"))
        )[:64],
        shop_number=_text(number.get("number")),
        phone_number_id=_text(number.get("id")) or _text(call.get("phoneNumberId")),
        caller=_text(customer.get("number")) or given_number,
        control_url=_address(_mapping(call.get("monitor")).get("controlUrl")),
        tools=tools,
        conversation=_conversation(message) if tools else (),
        event=event,
        report=report,
    )


def _tool_calls(message: Mapping[str, Any]) -> tuple[ToolRequest, ...]:
    listed = message.get("toolCallList")
    if not listed and isinstance(message.get("toolWithToolCallList"), list):
        listed = [_mapping(each).get("toolCall") for each in message["toolWithToolCallList"]]
    if not listed:
        listed = message.get("toolCalls")
    if not isinstance(listed, list) or not listed:
        raise MalformedError('A "tool-calls" message needs a list of calls in "toolCallList".')
    return tuple(_tool_call(each) for each in listed)


def _tool_call(item: Any) -> ToolRequest:
    """Read one call: nested under `function` or flat, `arguments` or `parameters`, an object or a string of JSON."""
    if not isinstance(item, dict):
        raise MalformedError("A tool call is not an object.")
    function = _mapping(item.get("function"))
    name = _text(function.get("name")) or _text(item.get("name"))
    if not name:
        raise MalformedError("A tool call has no name.")
    raw: Any = next(
        (place[key] for place in (function, item) for key in ("arguments", "parameters") if place.get(key) is not None), {}
    )
    arguments, readable = _arguments(raw)
    return ToolRequest(_id(item.get("id")), name[:80], arguments, readable)


def _function_call(message: Mapping[str, Any]) -> ToolRequest:
    """Read the legacy message, whose id stands only in the conversation it carries."""
    item = message.get("functionCall")
    if not isinstance(item, dict):
        raise MalformedError('A "function-call" message needs an object in "functionCall".')
    request = _tool_call(item)
    history = _mapping(message.get("artifact")).get("messages")
    last = _mapping(history[-1]) if isinstance(history, list) and history else {}
    pending = last.get("toolCalls")
    if not request.id and isinstance(pending, list) and len(pending) == 1:
        call = _mapping(pending[0])
        if _mapping(call.get("function")).get("name") == request.name:
            return ToolRequest(_id(call.get("id")), request.name, request.arguments, request.readable)
    return request


# As `artifact.messages` names them, and as older and OpenAI-style lists do.
_ROLES = {"user": "user", "bot": "bot", "assistant": "bot", "tool_call_result": "tool", "tool": "tool"}


def _conversation(message: Mapping[str, Any]) -> tuple[Turn, ...]:
    """Read what was said so far; turns of the system and the tool calls themselves are left out."""
    listed = _mapping(message.get("artifact")).get("messages")
    turns = []
    for each in listed if isinstance(listed, list) else ():
        item = _mapping(each)
        role = _ROLES.get(_text(item.get("role")), "")
        text = _text(item.get("result" if role == "tool" else "message"))
        if role and text:
            until = _moment(item.get("endTime")) or _moment(item.get("time"))
            turns.append(Turn(role, text, until, _confidences(item)))
    return tuple(turns)


def _confidences(item: Mapping[str, Any]) -> tuple[tuple[str, float], ...]:
    """Read how sure the speech recognition is of each word: `metadata.wordLevelConfidence` of a user's turn, where it is sent."""
    listed = _mapping(item.get("metadata")).get("wordLevelConfidence")
    return tuple(
        (word["word"], float(word["confidence"]))
        for word in (listed if isinstance(listed, list) else ())
        if isinstance(word, dict) and isinstance(word.get("word"), str) and isinstance(word.get("confidence"), int | float)
    )


def _clean(value: Any) -> Any:
    """Return a JSON value whose texts can be stored, whatever their depth."""
    if isinstance(value, str):
        return value.replace("\x00", "").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return [_clean(item) for item in value] if isinstance(value, list) else value


def _arguments(raw: Any) -> tuple[dict[str, Any], bool]:
    if isinstance(raw, str):
        try:
            raw = _clean(json.loads(raw)) if raw.strip() else {}
        except (ValueError, RecursionError):
            return {"unreadable": "" if is_secret(raw) else _text(_clean(raw))}, False
    try:
        return (harmless(raw), True) if isinstance(raw, dict) else ({}, False)
    except RecursionError:  # JSON of some hundred levels, which nobody's arguments have
        return {}, False


def _address(value: Any) -> str:
    """Keep an address as it came; `values.text` would take this one away."""
    return value if isinstance(value, str) else ""


def _id(value: Any) -> str:
    """Keep an id as it came: Vapi finds its tool call by it."""
    return value if isinstance(value, str) else "" if value is None else str(value)
