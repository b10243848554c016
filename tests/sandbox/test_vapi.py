"""Vapi: calls with provider bypass, reading them back, assistants and phone numbers."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from tests.outside import http

PAYLOADS = Path(__file__).parent.parent / "payloads" / "vapi"


def payload(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((PAYLOADS / name).read_text())
    return loaded


BYPASS = payload("api.create-call.bypass.request.json")


def tool(**parts: Any) -> dict[str, Any]:
    """An assistant with one tool of those parts."""
    made = {"type": "function", "function": {"name": "checkAvailability"}} | parts
    return {"model": {"provider": "openai", "model": "gpt-4.1", "tools": [made]}}


def silence(**options: Any) -> dict[str, Any]:
    return {"hooks": [{"on": "customer.speech.timeout", "options": options, "do": [{"type": "say", "exact": "Hello?"}]}]}


def test_a_call_with_bypass_answers_as_the_example(vapi: httpx.Client) -> None:
    answer = vapi.post("/call", json=BYPASS)
    assert answer.status_code == 201
    call, example = answer.json(), payload("api.create-call.bypass.response-201.json")
    assert set(example) <= set(call)
    for key in ("type", "status", "phoneCallProvider", "phoneCallTransport", "assistantId", "customer"):
        assert call[key] == example[key]
    # S314: our own answer, not somebody's document
    twiml = ElementTree.fromstring(call["phoneCallProviderDetails"]["twiml"].encode())  # noqa: S314
    stream = twiml.find("./Connect/Stream")
    assert stream is not None
    assert stream.get("url", "").startswith("wss://")
    assert call["id"] in stream.get("url", "")
    assert call["subscriptionLimits"]["concurrencyBlocked"] is False


def test_calls_are_read_back(vapi: httpx.Client, control: httpx.Client) -> None:
    first, second = (vapi.post("/call", json=BYPASS).json()["id"] for _ in range(2))
    assert [each["id"] for each in vapi.get("/call").json()] == [second, first]
    assert [each["id"] for each in vapi.get("/call", params={"limit": 1}).json()] == [second]
    changed = control.post(f"/calls/{first}", json={"status": "ended", "endedReason": "customer-ended-call"})
    assert changed.status_code == 200
    call = vapi.get(f"/call/{first}").json()
    assert (call["status"], call["endedReason"]) == ("ended", "customer-ended-call")
    assert call["endedAt"] >= call["startedAt"]
    missing = vapi.get("/call/0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e")
    assert (missing.status_code, missing.json()["statusCode"]) == (404, 404)
    assert control.post("/calls/nothing", json={"status": "ended"}).status_code == 404


def test_a_call_is_deleted_with_what_was_kept_of_it(vapi: httpx.Client) -> None:
    call = vapi.post("/call", json=BYPASS).json()
    assert vapi.delete(f"/call/{call['id']}").json()["id"] == call["id"]
    assert vapi.get(f"/call/{call['id']}").status_code == 404
    assert vapi.delete(f"/call/{call['id']}").status_code == 404


@pytest.mark.parametrize("number", ["anonymous", "2125550201", "+0123456789", "+266696687x"])
def test_a_number_that_is_not_e164_is_refused_unless_asked(vapi: httpx.Client, number: str) -> None:
    answer = vapi.post("/call", json=BYPASS | {"customer": {"number": number}})
    assert answer.status_code == 400
    body = answer.json()
    assert (body["error"], body["statusCode"]) == ("Bad Request", 400)
    assert body["message"][0].startswith("customer.number must be a valid phone number")
    assert vapi.get("/call").json() == []
    lenient = BYPASS | {"customer": {"number": number, "numberE164CheckEnabled": False}}
    assert vapi.post("/call", json=lenient).status_code == 201


@pytest.mark.parametrize(
    "change",
    [{"assistantId": "front-desk"}, {"assistantId": None}, {"phoneNumberId": None}, {"customer": None}, {"metadata": {}}],
)
def test_calls_vapi_would_refuse(vapi: httpx.Client, change: dict[str, Any]) -> None:
    assert vapi.post("/call", json=BYPASS | change).status_code == 400


def test_the_concurrency_limit_blocks_without_twiml(vapi: httpx.Client, control: httpx.Client) -> None:
    control.post("/settings", json={"vapi_concurrency_limit": 1})
    first = vapi.post("/call", json=BYPASS).json()
    assert first["subscriptionLimits"] == {
        "concurrencyBlocked": False,
        "concurrencyLimit": 1,
        "remainingConcurrentCalls": 0,
    }
    blocked = vapi.post("/call", json=BYPASS)
    assert blocked.status_code == 201
    assert blocked.json()["subscriptionLimits"]["concurrencyBlocked"] is True
    assert "phoneCallProviderDetails" not in blocked.json()
    control.post(f"/calls/{first['id']}", json={"status": "ended"})
    assert "phoneCallProviderDetails" in vapi.post("/call", json=BYPASS).json()


def test_a_key_is_needed(sandbox: Any) -> None:
    for headers in ({}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"}):
        answer = http.post(f"{sandbox.url}/vapi/call", json=BYPASS, headers=headers)
        assert (answer.status_code, answer.json()["error"]) == (401, "Unauthorized")


def test_an_assistant_is_made_changed_and_removed(vapi: httpx.Client) -> None:
    example = payload("api.assistant.create.json")
    made = vapi.post("/assistant", json=example)
    assert made.status_code == 201
    assistant = made.json()
    assert example.items() <= assistant.items()
    path = f"/assistant/{assistant['id']}"
    changed = vapi.patch(path, json={"firstMessage": "Good day"}).json()
    assert (changed["firstMessage"], changed["name"]) == ("Good day", example["name"])
    assert vapi.get(path).json() == changed
    assert assistant["id"] in [each["id"] for each in vapi.get("/assistant").json()]
    assert vapi.delete(path).status_code == 200
    assert vapi.get(path).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"serverUrl": "https://x.example"}, "property serverUrl should not exist"),
        ({"serverUrlSecret": "x"}, "property serverUrlSecret should not exist"),
        ({"endCallFunctionEnabled": True}, "property endCallFunctionEnabled should not exist"),
        ({"backgroundDenoisingEnabled": True}, "property backgroundDenoisingEnabled should not exist"),
        ({"recordingEnabled": True}, "property recordingEnabled should not exist"),
        ({"silenceTimeoutSeconds": 30}, "property silenceTimeoutSeconds should not exist"),
        ({"server": {"url": "https://x.example", "secret": "x"}}, "server.property secret should not exist"),
        ({"model": {"provider": "openai", "model": "gpt-4.1", "functions": []}}, "model.property functions"),
        ({"model": {"provider": "openai", "model": "gpt-4.1", "systemPrompt": "x"}}, "model.property systemPrompt"),
        ({"model": {"provider": "nobody", "model": "gpt-4.1"}}, "model.provider must be one of"),
        ({"model": {"provider": "openai", "model": "gpt-4.1", "temperature": 3}}, "model.temperature must be a number"),
        (tool(server={"url": "https://x.example", "secret": "x"}), "model.tools.0.server.property secret should not exist"),
        (tool(server={"timeoutSeconds": 301}), "model.tools.0.server.timeoutSeconds must be"),
        (tool(server={"credentialId": "the-secret"}), "model.tools.0.server.credentialId must be a UUID"),
        (tool(function={"name": "check availability"}), "model.tools.0.function.name must match"),
        (tool(function={"name": "x", "parameters": {"type": "array", "properties": {}}}), "parameters.type must be one of"),
        (
            tool(function={"name": "x", "parameters": {"type": "object", "properties": {"on": {"type": "date"}}}}),
            "on.type must be",
        ),
        (tool(messages=[{"type": "request-start", "content": "x" * 1001}]), "messages.0.content must be shorter"),
        (tool(messages=[{"type": "request-start", "timingMilliseconds": 500}]), "property timingMilliseconds should not exist"),
        (tool(messages=[{"type": "request-response-delayed", "timingMilliseconds": 50}]), "timingMilliseconds must be"),
        (tool(messages=[{"type": "request-began"}]), "messages.0.type must be one of"),
        (tool(parameters={"callId": "x"}), "model.tools.0.parameters must be an array"),
        ({"voice": {"provider": "vapi"}}, "voice.voiceId should not be empty"),
        ({"transcriber": {"provider": "deepgram", "endpointing": 0.5}}, "transcriber.endpointing must be a number"),
        ({"transcriber": {"provider": "deepgram", "keyterms": []}}, "transcriber.property keyterms should not exist"),
        ({"stopSpeakingPlan": {"numWords": 11}}, "stopSpeakingPlan.numWords must be a number from 0 to 10"),
        ({"stopSpeakingPlan": {"padding": 150}}, "stopSpeakingPlan.property padding should not exist"),
        (
            {"startSpeakingPlan": {"smartEndpointingPlan": {"provider": "deepgram"}}},
            "smartEndpointingPlan.provider must be one of",
        ),
        ({"hooks": [{"on": "customer.silence", "do": []}]}, "hooks.0.on must be one of"),
        (silence(timeoutSeconds=0), "hooks.0.options.timeoutSeconds must be"),
        ({"artifactPlan": {"recordingEnabled": "yes"}}, "artifactPlan.recordingEnabled must be a boolean"),
        ({"analysisPlan": {"structuredDataPlan": {"schema": {"type": "thing"}}}}, "schema.type must be one of"),
        (
            {"server": {"backoffPlan": {"type": "linear", "maxRetries": 1, "baseDelaySeconds": 1}}},
            "server.backoffPlan.type must be",
        ),
        ({"serverMessages": ["call.started"]}, "each value in serverMessages"),
        ({"maxDurationSeconds": 5}, "maxDurationSeconds must be"),
        ({"name": "x" * 41}, "name must be shorter"),
    ],
)
def test_what_is_gone_from_the_schema_is_refused(vapi: httpx.Client, wrong: dict[str, Any], says: str) -> None:
    before = vapi.get("/assistant").json()
    answer = vapi.post("/assistant", json=wrong)
    assert answer.status_code == 400
    assert any(says in message for message in answer.json()["message"])
    assert vapi.get("/assistant").json() == before


def test_numbers_are_imported_without_showing_their_secret(vapi: httpx.Client) -> None:
    number = {
        "provider": "twilio",
        "number": "+12125550111",
        "twilioAccountSid": "AC" + "0f" * 16,
        "twilioAuthToken": "a-secret",
        "smsEnabled": False,
    }
    made = vapi.post("/phone-number", json=number)
    assert made.status_code == 201
    assert "a-secret" not in made.text
    assert vapi.post("/phone-number", json=number).status_code == 400
    path = f"/phone-number/{made.json()['id']}"
    assert vapi.patch(path, json={"name": "Desk"}).json()["name"] == "Desk"
    assert vapi.get(path).json()["number"] == "+12125550111"
    assert vapi.post("/phone-number", json={"provider": "twilio", "number": "212"}).status_code == 400


def test_the_demos_assistant_and_number_are_there(vapi: httpx.Client) -> None:
    assert vapi.get("/assistant/41d935c5-76c3-448e-b770-e54bd0769aea").status_code == 200
    assert vapi.get("/phone-number/5a5a04dc-dcbe-45b1-8f64-fd32a253d135").status_code == 200
