"""Vapi asks who takes a call, or where to put a caller through; the answer always leads to somebody."""

import json
import os
import subprocess
import sys
import threading
import time

import pytest
from django.db import connection

from bookings.models import Lead
from telephony.assistant import builder, variables, versions
from telephony.models import AssistantVersion, Call, CallEvent
from tests.factories import CustomerFactory, ShopFactory, a_shop
from tests.telephony.vapi import speaking


@pytest.fixture
def shop(db):
    """The shop of the example payloads."""
    return a_shop(phone_number="+12125550100", fallback_number="+12125550111")


def ask(client, message):
    answer = speaking.post(client, message)
    assert answer.status_code == 200
    return answer.json()


def request():
    return speaking.payload("assistant-request")


def test_the_shops_assistant_takes_the_call_and_is_told_of_it(shop, client, now, time_machine, settings):
    time_machine.move_to(now, tick=False)
    version = versions.pushed(shop, builder.build(shop), settings.VAPI_ASSISTANT_ID, now=now)
    CustomerFactory(shop=shop, phone="+14155550142")
    answer = ask(client, request())
    call = Call.objects.get()
    assert answer == {
        "assistantId": settings.VAPI_ASSISTANT_ID,
        "assistantOverrides": {
            "variableValues": variables.of(call, now=now),
            "metadata": {"twilio_call_sid": "CA0123456789abcdef0123456789abcdef", "call": str(call.public_id)},
        },
    }
    assert answer["assistantOverrides"]["variableValues"]["caller"] == "known"
    assert (call.vapi_id, call.twilio_sid) == ("0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e", "CA0123456789abcdef0123456789abcdef")
    assert (call.shop, call.from_number, call.assistant) == (shop, "+14155550142", version)
    assert [each.kind for each in call.events.all()] == ["assistant-request"]


def test_the_shops_own_assistant_goes_first(shop, client):
    own = "0192d3a4-7b1c-7aa0-9c55-000000000002"
    type(shop).objects.update(vapi_assistant_id=own)
    assert ask(client, request())["assistantId"] == own


def test_a_shop_without_one_is_answered_with_the_whole_assistant(shop, client, vapi, settings):
    settings.VAPI_ASSISTANT_ID = ""
    answer = ask(client, request())
    assert answer["assistant"] == builder.build(shop)
    assert vapi.accepts(answer["assistant"]) == []
    version = AssistantVersion.objects.get()
    assert version.body == answer["assistant"]
    assert Call.objects.get().assistant == version
    ask(client, request())
    assert Call.objects.count() == AssistantVersion.objects.count() == 1


def test_a_second_delivery_hears_the_same(shop, client, now, time_machine):
    time_machine.move_to(now, tick=False)
    assert ask(client, request()) == ask(client, request())
    assert Call.objects.count() == CallEvent.objects.count() == 1


def test_a_number_of_no_shop_hears_a_sentence(shop, client):
    ShopFactory(phone_number="+12125550300")
    message = request()
    message["message"]["phoneNumber"] = {"number": "+12125550999"}
    message["message"]["call"]["phoneNumberId"] = "0192d3a4-7b1c-7aa0-9c55-000000000009"
    assert ask(client, message) == {
        "error": "I'm sorry, nobody can be reached at this number. Please check the number and call again."
    }
    assert Call.objects.count() == 0


def test_a_request_that_names_no_call_is_answered(shop, client, settings):
    message = request()
    message["message"]["call"] = {}
    assert ask(client, message)["assistantId"] == settings.VAPI_ASSISTANT_ID
    assert Call.objects.filter(vapi_id__startswith="unnamed-").count() == 1


def test_whatever_fails_leads_to_the_dispatcher(shop, client, settings):
    settings.VAPI_ASSISTANT_ID = settings.VAPI_CREDENTIAL_ID = ""
    assert ask(client, request()) == {
        "destination": {
            "type": "number",
            "number": settings.FALLBACK_DIAL_NUMBER,
            "message": "One moment please, I am connecting you.",
        }
    }
    settings.FALLBACK_DIAL_NUMBER = ""
    assert ask(client, request()) == {
        "error": "I'm sorry, we can't take your call right now. Please call again in a few minutes."
    }


@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_locked_leads_to_the_dispatcher_in_time(client, settings):
    """Somebody holds the calls for longer than Vapi waits."""
    a_shop(phone_number="+12125550100")
    ready, done = threading.Event(), threading.Event()

    def hold():
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("LOCK TABLE telephony_call IN ACCESS EXCLUSIVE MODE")
            ready.set()
            done.wait(10)
            cursor.execute("ROLLBACK")
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    ready.wait(5)
    began = time.monotonic()
    try:
        answer = ask(client, request())
    finally:
        done.set()
        holder.join()
    assert answer["destination"]["number"] == settings.FALLBACK_DIAL_NUMBER
    assert time.monotonic() - began < 4


# Runs apart from pytest, with the real settings and a database that is not there.
ALONE = """
import json, sys, django
django.setup()
from django.test import Client
for message in json.load(sys.stdin):
    answer = Client().post("/webhook/vapi", json.dumps(message), content_type="application/json", headers={"x-vapi-secret": "%s"})
    print(json.dumps([answer.status_code, answer.json()]))
"""


@pytest.mark.processes
def test_without_a_database_it_is_the_dispatcher_still():
    transfer = request()
    transfer["message"]["type"] = "transfer-destination-request"
    done = subprocess.run(
        [sys.executable, "-c", ALONE % speaking.SECRET],
        input=json.dumps([request(), transfer]),
        env=os.environ | {
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing", "DJANGO_SETTINGS_MODULE": "hvacsched.settings",
            "HVACSCHED_ENV": "demo",
        },
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[")]
    assert [status for status, _ in said] == [200, 200]
    assert [answer["destination"]["number"] for _, answer in said] == ["+12125550199"] * 2


def test_it_takes_a_constant_number_of_statements(shop, client, django_assert_num_queries):
    ask(client, request())
    for n in range(4):
        CustomerFactory(shop=shop, phone="+14155550142", name=f"J {n}", name_key=f"j {n}")
    # The limit, the call, the call with its shop, the first shop, who answered, who calls, the timeline; and the savepoint.
    with django_assert_num_queries(9):
        ask(client, request())


def test_a_caller_is_put_through_to_the_shops_dispatcher(shop, client):
    message = request()
    message["message"]["type"] = "transfer-destination-request"
    assert ask(client, message) == {
        "destination": {
            "type": "number",
            "number": "+12125550111",
            "message": "",
            "transferPlan": {
                "mode": "warm-transfer-say-message",
                "message": "A call for ABC HVAC. The assistant could not take it.",
            },
        },
        "message": {"type": "request-start", "content": "One moment please, I am connecting you with somebody at ABC HVAC."},
    }
    assert [each.kind for each in Call.objects.get().events.all()] == ["transfer-destination-request"]
    first = Call.objects.get().rings.get(step=0)
    assert (first.number, first.status) == ("+12125550111", "ringing")
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.status) == (Lead.Reason.WANTED_PERSON, True, Lead.Status.OPEN)


def test_nobody_to_be_put_through_to(shop, client, settings):
    settings.FALLBACK_DIAL_NUMBER = ""
    type(shop).objects.update(fallback_number="")
    message = request()
    message["message"]["type"] = "transfer-destination-request"
    assert ask(client, message) == {"error": "I can't connect you right now. I can take a message for our office instead."}


def test_an_unknown_number_is_put_through_to_the_lifeline(client, db, settings):
    message = request()
    message["message"]["type"] = "transfer-destination-request"
    answer = ask(client, message)
    assert answer["destination"]["number"] == settings.FALLBACK_DIAL_NUMBER
    assert answer["message"]["content"] == "One moment please, I am connecting you."


def test_there_is_no_other_assistant(shop, client):
    message = request()
    message["message"] |= {"type": "handoff-destination-request", "parameters": {}}
    assert ask(client, message) == {"error": "There is nobody else to hand this call to. Stay with the caller."}
    assert [each.kind for each in Call.objects.get().events.all()] == ["handoff-destination-request"]


def test_a_stranger_is_told_nothing(shop, client):
    answer = speaking.post(client, request(), headers={})
    assert answer.status_code == 401
    assert Call.objects.count() == 0
    assert "assistant" not in json.loads(answer.content)
