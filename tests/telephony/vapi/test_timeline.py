"""What Vapi tells of a call becomes one row per event, ordered by Vapi's time, however often and in whatever order it comes."""

import json

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from telephony.models import Call, CallEvent
from tests.factories import a_shop
from tests.telephony.vapi.speaking import payload, post

pytestmark = pytest.mark.django_db
CALL = "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"


@pytest.fixture(autouse=True)
def _shop():
    a_shop(phone_number="+12125550100")
    with time_machine.travel("2026-08-20T16:00:09Z", tick=False):
        yield


INFORMATIONAL = [
    "status-update.in-progress", "speech-update.user-stopped", "transcript.partial", "transcript.final", "user-interrupted",
    "hang",
]  # fmt: skip


@pytest.mark.parametrize("name", INFORMATIONAL)
def test_an_informational_message_of_a_known_call_costs_one_statement(client, name):
    post(client, payload("status-update.in-progress"))
    post(client, payload("speech-update.user-stopped"))
    # The process knows the shop's words then, and has asked for its calendars to be read once.
    post(client, payload("transcript.partial"))
    body = payload(name)
    body["message"]["timestamp"] += 1
    with CaptureQueriesContext(connection) as asked:
        assert post(client, body).status_code == 200
    assert len(asked) == 1
    with CaptureQueriesContext(connection) as again:
        post(client, json.loads(json.dumps(body)))
    assert len(again) == 1
    assert CallEvent.objects.count() == 4
    assert Call.objects.count() == 1
