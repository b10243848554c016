"""Every shape a message comes in is read as the same request; what is no message is said so."""

import json

import pytest
import time_machine

from bookings.models import Shop
from telephony.models import Call, ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.speaking import PAYLOADS, answers, payload, post, tool_message

pytestmark = pytest.mark.django_db
ARGS = {"serviceType": "repair", "requestedDate": "tomorrow", "timeWindow": "morning"}


@pytest.fixture(autouse=True)
def _shop(now):
    a_shop(phone_number="+12125550100")
    with time_machine.travel(now, tick=False):  # "tomorrow" is asked after in the hours around midnight
        yield


def nested(arguments, key="arguments"):
    return {"id": "c1", "type": "function", "function": {"name": "checkAvailability", key: arguments}}


def flat(arguments, key="arguments"):
    return {"id": "c1", "name": "checkAvailability", key: arguments}


@pytest.mark.parametrize("place", ["toolCallList", "toolCalls", "toolWithToolCallList"])
@pytest.mark.parametrize(
    "item",
    [
        nested(ARGS),
        nested(json.dumps(ARGS)),
        nested(ARGS, "parameters"),
        nested(json.dumps(ARGS), "parameters"),
        flat(ARGS),
        flat(json.dumps(ARGS)),
        flat(ARGS, "parameters"),
        flat(json.dumps(ARGS), "parameters"),
    ],
)
def test_every_shape_of_a_tool_call(client, place, item):
    message = tool_message()["message"]
    del message["toolCallList"]
    message[place] = [{"type": "function", "function": {"parameters": {}}, "toolCall": item}] if "With" in place else [item]
    assert answers(post(client, {"message": message}))[0]["state"] == "offered"
    assert ToolInvocation.objects.get().arguments == ARGS


def test_several_tools_in_one_message_are_answered_in_order(client):
    response = post(client, tool_message(("a", "checkAvailability", ARGS), ("b", "nonsense", {}), ("c", "checkAvailability", {})))
    assert [(each["toolCallId"], each["name"]) for each in response.json()["results"]] == [
        ("a", "checkAvailability"), ("b", "nonsense"), ("c", "checkAvailability"),
    ]  # fmt: skip
    assert [answer["state"] for answer in answers(response)] == ["offered", "not_booked", "not_booked"]


def test_the_legacy_function_call_takes_its_id_from_the_conversation(client):
    body = payload("function-call.legacy")
    body["message"]["functionCall"]["parameters"]["requestedDate"] = "tomorrow"
    response = post(client, body)
    assert response.status_code == 200
    assert json.loads(response.json()["result"])["state"] == "offered"
    assert ToolInvocation.objects.get().tool_call_id == "call_VaJOd8ZeZgWCEHDYomyCPfwN"


@pytest.mark.parametrize(
    "name", sorted(path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith(("api.", "response.")))
)
def test_every_example_payload_passes(client, name):
    assert post(client, payload(name)).status_code == 200


def test_arguments_nested_beyond_reason_are_no_arguments(client):
    nested = "[" * 700 + "]" * 700
    body = tool_message(("t", "takeMessage", {"message": "NESTED"}))
    response = post(client, json.dumps(body).replace('"NESTED"', nested).encode())
    assert [each["state"] for each in answers(response)] == ["not_booked"]


def test_the_end_of_a_call_is_recorded(client):
    post(client, payload("status-update.in-progress"))
    assert Call.objects.get().stage == Call.Stage.ASSISTANT
    post(client, payload("end-of-call-report"))
    post(client, payload("status-update.in-progress"))
    call = Call.objects.get()
    assert (call.stage, call.ended_reason) == (Call.Stage.ENDED, "customer-ended-call")
    assert call.ended_at is not None
    assert call.ended_at.isoformat() == "2026-08-20T16:02:11.500000+00:00"
    assert call.summary == "Jane Doe booked a tune-up for Tuesday 25 August at 2:30 PM."
    assert str(call.cost) == "0.1431"
    assert call.twilio_sid == "CA0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"x"',
        b"{}",
        b'{"message":1}',
        b'{"message":{}}',
        b'{"message":{"type":7}}',
        b'{"message":{"type":"tool-calls"}}',
        b'{"message":{"type":"tool-calls","toolCallList":[]}}',
        b'{"message":{"type":"tool-calls","toolCallList":["x"]}}',
        b'{"message":{"type":"tool-calls","toolCallList":[{"id":"a"}]}}',
        b'{"message":{"type":"function-call"}}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_message_is_refused_with_a_reason(client, body):
    response = post(client, body)
    assert response.status_code == 400
    assert response.json()["error"]
    assert Call.objects.count() == 0


def test_what_is_too_large_is_refused_with_a_reason(client):
    response = post(client, b"[" + b" " * (5 * 1024 * 1024) + b"]")
    assert (response.status_code, response.json()) == (413, {"error": "The body is larger than any server message."})
    assert Call.objects.count() == 0


@pytest.mark.parametrize("arguments", ["{", "[1]", "7", [1], 7])
def test_unreadable_arguments_are_answered_with_a_sentence(client, arguments):
    item = {"id": "c1", "type": "function", "function": {"name": "bookAppointment", "arguments": arguments}}
    message = tool_message()["message"] | {"toolCallList": [item]}
    answer = answers(post(client, {"message": message}))[0]
    said = "I didn't get that right. Could you say that once more?"
    assert answer == {"state": "not_booked", "say": said, "message": said, "success": False}


def test_unknown_types_are_fine_and_leave_nothing(client):
    assert post(client, {"message": {"type": "model-output", "output": "x"}}).json() == {}
    assert Call.objects.count() == 0


def test_a_call_without_an_id_is_the_same_call_when_delivered_again(client):
    message = {
        "message": {
            "type": "function-call",
            "functionCall": {
                "name": "scheduleHVACAppointment",
                "parameters": {
                    "serviceType": "AC Repair", "requestedDate": "tomorrow", "timeWindow": "morning",
                    "customerName": "Test Customer", "customerPhone": "+15555551234",
                },
            },
        }
    }  # fmt: skip
    first, second = (json.loads(post(client, message).json()["result"]) for _ in range(2))
    assert first == second
    assert first["success"] is True
    assert first["confirmationId"] == first["reference"]


@pytest.mark.parametrize("place", ["overrides", "artifact", "static", "provider", "transport"])
def test_the_two_halves_of_a_call_are_joined(client, place):
    """Twilio's name of the call comes by bypass, over SIP, with the tool, or from Vapi itself."""
    sid = "CA0123456789abcdef0123456789abcdef"
    call = Call.objects.create(shop=Shop.objects.get(), twilio_sid=sid, started_at="2026-11-24T14:00Z")
    message = tool_message(("c1", "checkAvailability", ARGS))["message"]
    if place == "overrides":
        message["call"]["assistantOverrides"] = {"variableValues": {"twilio_call_sid": sid}}
    elif place == "artifact":
        message["artifact"] = {"variableValues": {"twilio_call_sid": sid}}
    elif place == "static":
        message["toolCallList"][0]["function"]["arguments"] = {**ARGS, "twilio_call_sid": sid}
    elif place == "provider":
        message["call"]["phoneCallProviderId"] = sid
    else:
        message["call"]["transport"] = {"callSid": sid}
    post(client, {"message": message})
    assert Call.objects.get() == call
    assert ToolInvocation.objects.get().call == call
