"""Each example message ends as exactly these rows, delivered once or twice."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.apps import apps

from telephony.models import Call, CallEvent, ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.speaking import PAYLOADS, payload, post

AT = datetime(2026, 8, 20, 16, 0, 8, 150_000, tzinfo=UTC)
HEARD = datetime(2026, 8, 20, 16, 0, 9, tzinfo=UTC)
CALL: dict[str, Any] = {
    "twilio_sid": "CA0123456789abcdef0123456789abcdef",
    "vapi_id": "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e",
    "from_number": "+14155550142",
    "to_number": "+12125550100",
    "stage": "ringing",
    "outcome": "",
    "fallback_reason": "",
    "handoff_started_at": None,
    "handoff_twiml": "",
    "started_at": AT,
    "ended_at": None,
    "ended_reason": "",
    "summary": "",
    "transcript": "",
    "recording_url": "",
    "recording_removed_at": None,
    "recording_try_at": None,
    "cost": None,
    "wanted": {},
    "assistant_id": None,
    "language": "",
    "disclosure": "",
    "disclosed_at": None,
    "recording_consent": "",
    "taken_back_at": None,
    "control_url": "",
    "wants_person": "",
    "put_through_at": None,
    "told_checked_at": None,
    "reconcile_at": None,
}
COMMANDS = "https://phone-call-websocket.aws-us-west-2-backend-production2.vapi.ai/0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e/control"
GREETING = "Hello, this is the front desk. How can I help?"
# By file: what the call has beside the above, and its events as (kind, role, detail, text).
INFORMATIONAL: dict[str, tuple[dict[str, Any], tuple[str, str, str, str]]] = {
    "status-update.in-progress": ({"stage": "assistant", "control_url": COMMANDS}, ("status-update", "", "in-progress", "")),
    "status-update.ended": (
        {"stage": "ended", "outcome": "abandoned", "ended_at": AT, "ended_reason": "customer-ended-call"},
        ("status-update", "", "ended", "customer-ended-call"),
    ),
    "speech-update.user-stopped": ({}, ("speech-update", "user", "stopped", "")),
    "transcript.partial": ({}, ("transcript", "user", "partial", "Can I come in next")),
    "transcript.final": ({}, ("transcript", "user", "final", "Can I come in next Tuesday afternoon?")),
    "user-interrupted": ({}, ("user-interrupted", "user", "", "")),
    "hang": ({}, ("hang", "", "", "")),
    "end-of-call-report": (
        {
            "stage": "ended",
            "outcome": "answered",
            "started_at": datetime(2026, 8, 20, 16, 0, 1, tzinfo=UTC),
            "ended_at": datetime(2026, 8, 20, 16, 2, 11, 500_000, tzinfo=UTC),
            "ended_reason": "customer-ended-call",
            "summary": "Jane Doe booked a tune-up for Tuesday 25 August at 2:30 PM.",
            "transcript": f"AI: {GREETING}\nUser: Can I come in next Tuesday afternoon?\n"
            "AI: On Tuesday I have one, two thirty or four.",
            "recording_url": "https://storage.vapi.ai/0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e-mono.wav",
            "cost": "0.1431",
            "wanted": {"booked": True},
            "disclosure": GREETING,
            "disclosed_at": datetime(2026, 8, 20, 16, 0, 3, 900_000, tzinfo=UTC),
            "recording_consent": "given",
        },
        ("end-of-call-report", "", "customer-ended-call", GREETING),
    ),
}
# The legacy message has the tool call's id in its conversation only.
ID = "call_VaJOd8ZeZgWCEHDYomyCPfwN"
TOOLS = ("tool-calls", "tool-calls.wire-object-arguments", "function-call.legacy")
ARGUMENTS = {"requestedDate": "2026-08-25", "serviceType": "maintenance", "timeWindow": "afternoon"}
STATIC = {"callId": CALL["vapi_id"], "callerNumber": CALL["from_number"]}
# These are answered with an assistant, from the shop's rows.
ELSEWHERE = {"assistant-request"}


@pytest.fixture(autouse=True)
def shop(db):
    made = a_shop(phone_number="+12125550100")
    with time_machine.travel(HEARD, tick=False):
        yield made


def rows():
    """Every row of telephony and the core, by table, without our own ids."""
    models = [model for label in ("telephony", "bookings") for model in apps.get_app_config(label).get_models()]
    return {
        model.__name__: [
            {name: value for name, value in row.items() if name not in ("id", "public_id", "key", "replay_key", "milliseconds")}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in models
    }


def test_every_example_of_a_message_is_looked_at():
    names = {path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith(("api.", "response."))}
    assert names == INFORMATIONAL.keys() | set(TOOLS) | ELSEWHERE


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", INFORMATIONAL)
def test_what_a_message_tells_is_stored(client, shop, name, times):
    before = rows()
    more, (kind, role, detail, text) = INFORMATIONAL[name]
    for _ in range(times):
        assert post(client, payload(name)).json() == {}
    after = rows()
    at = datetime(2026, 8, 20, 16, 2, 11, 900_000, tzinfo=UTC) if kind == "end-of-call-report" else AT
    (call,) = after.pop("Call")
    assert call | {"cost": None if call["cost"] is None else str(call["cost"])} == {**CALL, "shop_id": shop.pk, **more}
    assert after.pop("CallEvent") == [
        {
            "call_id": Call.objects.get().pk, "shop_id": shop.pk, "kind": kind, "role": role, "detail": detail, "text": text,
            "at": at, "received_at": HEARD,
        }
    ]  # fmt: skip
    leads = after.pop("Lead")
    assert [(each["reason"], each["phone"]) for each in leads] == (
        [("abandoned", "+14155550142")] if more.get("outcome") == "abandoned" else []
    )
    # "Come" in words that may still change: the calendars are read ahead.
    assert after.pop("RefreshRequest") == ([{"shop_id": shop.pk, "asked_at": HEARD}] if name == "transcript.partial" else [])
    for model in ("Call", "CallEvent", "Lead", "RefreshRequest"):
        before.pop(model)
    assert after == before


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("name", TOOLS)
def test_what_a_tool_was_asked_and_answered_is_stored(client, shop, name, times):
    before = rows()
    for _ in range(times):
        said = post(client, payload(name)).json()
    answer = json.loads(said["result"] if "result" in said else said["results"][0]["result"])
    after = rows()
    assert after.pop("Call") == [{**CALL, "shop_id": shop.pk, "control_url": COMMANDS}]
    (asked,) = after.pop("ToolInvocation")
    assert asked == {
        "call_id": Call.objects.get().pk, "shop_id": shop.pk, "tool_call_id": ID, "name": "checkAvailability",
        "arguments": ARGUMENTS | (STATIC if name != "function-call.legacy" else {}),
        "answer": answer, "state": "offered", "requested_at": AT, "answered_at": HEARD,
    }  # fmt: skip
    assert ToolInvocation.objects.get().milliseconds < 10_000
    # A search is done again for a second delivery, which then hears the first answer: its own offers are known to nobody.
    assert (len(answer["slots"]), len(after.pop("Offer"))) == (2, 2 * times)
    assert {each["origin"] for each in after.pop("Search")} == {Call.objects.get().origin}
    assert not CallEvent.objects.exists()
    for model in ("Call", "ToolInvocation", "Offer", "Search"):
        before.pop(model)
    assert after == before
