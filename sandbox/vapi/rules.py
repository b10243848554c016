"""What Vapi refuses in a body: a list of sentences, as its validation gives them. Owns no state."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

Json = dict[str, Any]

ASSISTANT_KEYS = frozenset({
    "name", "firstMessage", "firstMessageMode", "firstMessageInterruptionsEnabled", "model", "voice", "transcriber",
    "server", "serverMessages", "clientMessages", "startSpeakingPlan", "stopSpeakingPlan", "backgroundSound",
    "backgroundSpeechDenoisingPlan", "maxDurationSeconds", "endCallMessage", "endCallPhrases", "voicemailDetection",
    "voicemailMessage", "analysisPlan", "artifactPlan", "monitorPlan", "compliancePlan", "hooks", "metadata",
    "credentialIds", "credentials", "transportConfigurations", "observabilityPlan", "keypadInputPlan",
    "modelOutputInMessagesEnabled",
})  # fmt: skip
NUMBER_KEYS = frozenset({
    "provider", "number", "name", "assistantId", "squadId", "workflowId", "server", "fallbackDestination", "hooks",
    "smsEnabled", "twilioAccountSid", "twilioAuthToken", "twilioApiKey", "twilioApiSecret", "sipUri", "authentication",
    "numberDesiredAreaCode", "credentialId", "numberE164CheckEnabled",
})  # fmt: skip
SERVER_MESSAGES = frozenset({
    "assistant.started", "assistant.speechStarted", "conversation-update", "end-of-call-report", "function-call", "hang",
    "handoff-destination-request", "language-changed", "language-change-detected", "model-output", "phone-call-control",
    "speech-update", "status-update", "tool-calls", "transcript", 'transcript[transcriptType="final"]',
    "transfer-destination-request", "transfer-update", "user-interrupted", "voice-input", "call.artifact.upload",
    "call.deleted", "call.delete.failed", "chat.created", "chat.deleted", "session.created", "session.updated",
    "session.deleted",
})  # fmt: skip
RANGES = {
    ("maxDurationSeconds",): (10, 43_200),
    ("startSpeakingPlan", "waitSeconds"): (0, 5),
    ("stopSpeakingPlan", "numWords"): (0, 10),
    ("stopSpeakingPlan", "voiceSeconds"): (0, 0.5),
    ("stopSpeakingPlan", "backoffSeconds"): (0, 10),
}
FIRST_MESSAGE_MODES = (
    "assistant-speaks-first",
    "assistant-waits-for-user",
    "assistant-speaks-first-with-model-generated-message",
)
FUNCTION_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
E164 = re.compile(r"\+[1-9]\d{1,14}")


def assistant(body: Json, at: str = "") -> Iterator[str]:
    for key in body:
        if key not in ASSISTANT_KEYS:
            yield f"{at}property {key} should not exist"
    if len(str(body.get("name", ""))) > 40:
        yield f"{at}name must be shorter than or equal to 40 characters"
    if body.get("firstMessageMode", FIRST_MESSAGE_MODES[0]) not in FIRST_MESSAGE_MODES:
        yield f"{at}firstMessageMode must be one of the following values: {', '.join(FIRST_MESSAGE_MODES)}"
    for path, (low, high) in RANGES.items():
        value: Any = body
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is not None and not (isinstance(value, int | float) and low <= value <= high):
            yield f"{at}{'.'.join(path)} must be a number from {low} to {high}"
    for message in body.get("serverMessages") or []:
        if message not in SERVER_MESSAGES:
            yield f"{at}each value in serverMessages must be one of the following values: {message} is not"
    yield from _server(body.get("server"), f"{at}server.")
    if (model := body.get("model")) is not None:
        yield from _model(model, f"{at}model.")


def _model(model: Any, at: str) -> Iterator[str]:
    if not isinstance(model, dict) or not model.get("provider") or not model.get("model"):
        yield f"{at}provider and {at}model should not be empty"
        return
    for key in ("functions", "systemPrompt"):
        if key in model:
            yield f"{at}property {key} should not exist"
    for index, tool in enumerate(model.get("tools") or []):
        yield from _tool(tool, f"{at}tools.{index}.")


def _tool(tool: Any, at: str) -> Iterator[str]:
    if not isinstance(tool, dict) or not tool.get("type"):
        yield f"{at}type should not be empty"
        return
    yield from _server(tool.get("server"), f"{at}server.")
    if tool["type"] == "function":
        function = tool.get("function") or {}
        if not FUNCTION_NAME.fullmatch(str(function.get("name", ""))):
            yield f"{at}function.name must match /^[a-zA-Z0-9_-]{{1,64}}$/ regular expression"
        if function.get("parameters", {"type": "object"}).get("type") != "object":
            yield f"{at}function.parameters.type must be object"
    for index, message in enumerate(tool.get("messages") or []):
        if len(message.get("content", "")) > 1000:
            yield f"{at}messages.{index}.content must be shorter than or equal to 1000 characters"


def _server(server: Any, at: str) -> Iterator[str]:
    if server is None:
        return
    if not isinstance(server, dict):
        yield f"{at.rstrip('.')} must be an object"
        return
    if "secret" in server:
        yield f"{at}property secret should not exist"
    if not 1 <= server.get("timeoutSeconds", 20) <= 300:
        yield f"{at}timeoutSeconds must be a number from 1 to 300"


def phone_number(body: Json, *, new: bool) -> Iterator[str]:
    for key in body:
        if key not in NUMBER_KEYS:
            yield f"property {key} should not exist"
    yield from _server(body.get("server"), "server.")
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
        yield from assistant(body["assistant"], "assistant.")
    if not body.get("phoneNumberId") and not body.get("phoneNumber"):
        yield "phoneNumberId or phoneNumber is needed for a phone call"
    yield from _customer(body.get("customer"))


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


def is_uuid(text: Any) -> bool:
    try:
        UUID(str(text))
    except ValueError:
        return False
    return True
