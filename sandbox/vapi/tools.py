"""The tools an assistant may have, by Vapi's schema of August 2026: what they take, what is spoken around them, their server."""

from collections.abc import Iterator
from typing import Any

from sandbox.vapi.shape import anything, flag, kinds, many, matching, number, one_of, record, text, text_of, uuid

_BACKOFF = record(
    {
        "type": one_of("fixed", "exponential"),
        "maxRetries": number(0, 10),
        "baseDelaySeconds": number(0, 10),
        "excludedStatusCodes": many(number(100, 599)),
    },
    needs=["type", "maxRetries", "baseDelaySeconds"],
)
SERVER = record(
    {
        "url": matching(r"https?://\S+"),
        "timeoutSeconds": number(1, 300),
        "credentialId": uuid,
        "staticIpAddressesEnabled": flag,
        "encryptedPaths": many(text),
        "headers": anything,
        "backoffPlan": _BACKOFF,
    }
)


def schema(value: Any, at: str) -> Iterator[str]:
    """A JSON Schema, as far as Vapi's own has it."""
    yield from _SCHEMA(value, at)


def _schemas(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at} must be an object"
        return
    for name, each in value.items():
        yield from schema(each, f"{at}.{name}")


_SCHEMA = record(
    {
        "type": one_of("string", "number", "integer", "boolean", "array", "object"),
        "description": text,
        "properties": _schemas,
        "required": many(text),
        "items": schema,
        "enum": many(text),
        "pattern": text,
        "format": text,
        "title": text,
        "minimum": anything,
        "maximum": anything,
        "value": anything,
        "target": text,
        "regex": text,
    },
    needs=["type"],
)
_PARAMETERS = record({"type": one_of("object"), "properties": _schemas, "required": many(text)}, needs=["type", "properties"])

# -- what is spoken around a tool

_CONTENTS = many(
    record(
        {"type": one_of("text"), "text": text_of(1000, 1), "language": matching("[a-z]{2}")}, needs=["type", "text", "language"]
    )
)
_SPOKEN = {"content": text_of(1000), "contents": _CONTENTS, "conditions": anything}
_DONE = _SPOKEN | {"role": one_of("assistant", "system"), "endCallAfterSpokenEnabled": flag}
_TYPE = {"type": text}
MESSAGES = many(
    kinds(
        "type",
        {
            "request-start": record(_TYPE | _SPOKEN | {"blocking": flag}),
            "request-complete": record(_TYPE | _DONE),
            "request-failed": record(_TYPE | _DONE),
            "request-response-delayed": record(_TYPE | _SPOKEN | {"timingMilliseconds": number(100, 120_000)}),
        },
    )
)

# -- tools

_FUNCTION = record(
    {"name": matching("[a-zA-Z0-9_-]{1,64}"), "description": text_of(1000), "strict": flag, "parameters": _PARAMETERS},
    needs=["name"],
)
_STATIC = many(record({"key": text_of(None, 1), "value": anything}, needs=["key", "value"]))
_ANY_TOOL = {"type": text, "messages": MESSAGES, "rejectionPlan": anything}
TOOL = kinds(
    "type",
    {
        "function": record(
            _ANY_TOOL
            | {
                "async": flag,
                "function": _FUNCTION,
                "server": SERVER,
                "parameters": _STATIC,
                "variableExtractionPlan": anything,
            },
            needs=["function"],
        ),
        "endCall": record(_ANY_TOOL),
        "transferCall": record(_ANY_TOOL | {"destinations": anything, "function": _FUNCTION}),
        **dict.fromkeys(("apiRequest", "dtmf", "handoff", "query", "sms", "voicemail", "mcp"), anything),
    },
)
