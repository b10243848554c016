"""The shapes in which a tool call reaches a webhook. https://docs.vapi.ai/server-url/events, and payloads seen on the wire."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hvacsched.simulate import messages
from hvacsched.simulate.messages import Conversation

Json = dict[str, Any]
HOOK_ID = "hook-function-call"
LEGACY = frozenset({"legacy", "legacy-string"})
WITHOUT_ID = LEGACY | {"hook"}


def asked(shape: str, name: str, arguments: Json) -> Json:
    """Return a tool call as the conversation keeps it; hooks send one id for every call."""
    identity = HOOK_ID if shape == "hook" else messages.new_tool_call_id()
    return messages.tool_call(name, arguments, as_text=shape in ("string", "legacy-string"), tool_call_id=identity)


def message(shape: str, talk: Conversation, calls: Sequence[Json], milliseconds: int) -> Json:
    """Return the server message that asks for those tools."""
    if shape in LEGACY:
        made = talk.function_call(calls[0], milliseconds)
        if shape == "legacy-string":
            function = made["message"]["functionCall"]
            function["parameters"] = json.dumps(function["parameters"])
        return made
    made = talk.tool_calls(list(calls), milliseconds)
    body = made["message"]
    keep, change = _SHAPES[shape]
    for key in ("toolCalls", "toolCallList", "toolWithToolCallList"):
        if key not in keep:
            body[key] = []
    if change:
        for key in keep:
            body[key] = [change(each, key) for each in body[key]]
    return made


def _flat(key: str) -> Callable[[Json, str], Json]:
    """{id, name, arguments} or {id, name, parameters}, without a function around them."""

    def change(each: Json, where: str) -> Json:
        call = each.get("toolCall", each)
        flat = {"id": call["id"], "name": call["function"]["name"], key: call["function"]["arguments"]}
        return {"type": "function", "name": flat["name"], "toolCall": flat} if where == "toolWithToolCallList" else flat

    return change


def _hollow(each: Json, where: str) -> Json:
    """`toolWithToolCallList[].toolCall.function.parameters`, as an older page of Vapi's shows it."""
    call = each["toolCall"]
    function = {"name": call["function"]["name"], "parameters": call["function"]["arguments"]}
    return each | {"toolCall": {"id": call["id"], "type": "function", "function": function}}


_ALL = ("toolCalls", "toolCallList", "toolWithToolCallList")
_SHAPES: Mapping[str, tuple[tuple[str, ...], Callable[[Json, str], Json] | None]] = {
    "object": (_ALL, None),
    "string": (_ALL, None),
    "hook": (_ALL, None),
    "list-only": (("toolCallList",), None),
    "calls-only": (("toolCalls",), None),
    "with-only": (("toolWithToolCallList",), None),
    "with-parameters": (("toolWithToolCallList",), _hollow),
    "flat": (("toolCallList",), _flat("arguments")),
    "flat-parameters": (("toolCallList",), _flat("parameters")),
}
SHAPES = frozenset(_SHAPES) | LEGACY
