"""What Vapi refuses in a body: a list of sentences, as its validation gives them. Owns no state."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.vapi.assistants import ASSISTANT, OVERRIDES
from sandbox.vapi.shape import is_uuid
from sandbox.vapi.tools import SERVER

Json = dict[str, Any]

NUMBER_KEYS = frozenset({
    "provider", "number", "name", "assistantId", "squadId", "workflowId", "server", "fallbackDestination", "hooks",
    "smsEnabled", "twilioAccountSid", "twilioAuthToken", "twilioApiKey", "twilioApiSecret", "sipUri", "authentication",
    "numberDesiredAreaCode", "credentialId", "numberE164CheckEnabled",
})  # fmt: skip
E164 = re.compile(r"\+[1-9]\d{1,14}")


def assistant(body: Json, at: str = "") -> Iterator[str]:
    yield from ASSISTANT(body, at)


def phone_number(body: Json, *, new: bool) -> Iterator[str]:
    for key in body:
        if key not in NUMBER_KEYS:
            yield f"property {key} should not exist"
    if body.get("server") is not None:
        yield from SERVER(body["server"], "server")
    if not new:
        return
    match body.get("provider"):
        case "twilio":
            if not E164.fullmatch(str(body.get("number", ""))):
                yield "number must be a valid phone number in the E.164 format"
            if not body.get("twilioAccountSid"):
                yield "twilioAccountSid should not be empty"
            if not body.get("twilioAuthToken") and not (body.get("twilioApiKey") and body.get("twilioApiSecret")):
                yield "twilioAuthToken should not be empty"
        case "vapi":
            pass
        case _:
            yield "provider must be one of the following values: twilio, vapi"


def call(body: Json) -> Iterator[str]:
    known = {
        "phoneNumberId", "phoneCallProviderBypassEnabled", "customer", "customerId", "customers", "assistantId",
        "assistant", "assistantOverrides", "squadId", "squad", "workflowId", "workflow", "name", "schedulePlan",
        "transport", "phoneNumber",
    }  # fmt: skip
    for key in body:
        if key not in known:
            yield f"property {key} should not exist"
    if not any(body.get(key) for key in ("assistantId", "assistant", "squadId", "squad", "workflowId", "workflow")):
        yield "One of assistantId, assistant, squadId, squad, workflowId or workflow is needed"
    for key in ("assistantId", "phoneNumberId"):
        if body.get(key) is not None and not is_uuid(body[key]):
            yield f"{key} must be a UUID"
    if isinstance(body.get("assistant"), dict):
        yield from assistant(body["assistant"], "assistant")
    if not body.get("phoneNumberId") and not body.get("phoneNumber"):
        yield "phoneNumberId or phoneNumber is needed for a phone call"
    if body.get("assistantOverrides") is not None:
        yield from OVERRIDES(body["assistantOverrides"], "assistantOverrides")
    yield from _customer(body.get("customer"))


COMMANDS = {
    "say": ("content",),
    "add-message": ("message",),
    "control": ("control",),
    "end-call": (),
    "transfer": ("destination",),
    "handoff": ("destination",),
}


def command(body: Json, *, bypass: bool) -> Iterator[str]:
    """Live call control. In bypass mode Vapi does not hold the telephone line, and cannot put anybody through."""
    kind = body.get("type")
    if not isinstance(kind, str) or kind not in COMMANDS:
        yield f"type must be one of the following values: {', '.join(COMMANDS)}"
        return
    for key in COMMANDS[kind]:
        if not body.get(key):
            yield f"{key} should not be empty"
    if kind == "say" and not isinstance(body.get("content"), str):
        yield "content must be a string"
    if kind == "transfer":
        if bypass:
            yield "phoneCallProviderBypassEnabled must be false for Vapi-managed transfers"
        destination = body.get("destination")
        number = destination.get("number") if isinstance(destination, dict) else None
        if number is not None and not E164.fullmatch(str(number)):
            yield "destination.number must be a valid phone number in the E.164 format"


def _customer(customer: Any) -> Iterator[str]:
    if customer is None:
        yield "customer or customerId is needed for a phone call"
        return
    if not isinstance(customer, dict):
        yield "customer must be an object"
        return
    number = customer.get("number")
    if number is None and not customer.get("sipUri"):
        yield "customer.number or customer.sipUri is needed"
    if number is not None and not 3 <= len(str(number)) <= 40:
        yield "customer.number must be between 3 and 40 characters"
    elif number is not None and customer.get("numberE164CheckEnabled", True) and not E164.fullmatch(str(number)):
        yield (
            "customer.number must be a valid phone number in the E.164 format. Hot tip, you may be missing the country "
            "code (Eg. US: +1)."
        )
    if len(str(customer.get("name", ""))) > 40:
        yield "customer.name must be shorter than or equal to 40 characters"
