"""Credentials, control links and presigned links that a message carries reach neither a log nor a row."""

import io
import logging
from contextlib import contextmanager

import pytest
import time_machine
from django.db import connection

from telephony.models import Call, CallEvent, ToolInvocation
from telephony.vapi.values import harmless, link, text
from tests.factories import a_shop
from tests.telephony.vapi.speaking import PAYLOADS, payload, post
from tests.telephony.vapi.talking import report, short_call, told, words

PLANTED = "pl4nted"
SECRETS = {
    "twilioAuthToken": f"{PLANTED}-token",
    "twilioApiKey": f"SK{PLANTED}",
    "twilioApiSecret": f"{PLANTED}-api-secret",
    "secret": f"{PLANTED}-server-secret",
    "headers": {"Authorization": f"Bearer {PLANTED}-bearer", "X-Key": f"{PLANTED}-header"},
    "credentials": [{"apiKey": f"{PLANTED}-key"}],
    "controlUrl": f"https://phone-call-websocket.vapi.ai/{PLANTED}/control",
    "listenUrl": f"wss://phone-call-websocket.vapi.ai/{PLANTED}/listen",
    "presignedRecordingUrl": f"https://r2.example/rec.wav?X-Amz-Signature={PLANTED}",
}
NAMES = sorted(path.stem for path in PAYLOADS.glob("*.json") if not path.stem.startswith(("api.", "response.")))


def planted(value, depth=0):
    """The value with credentials in each of its objects, and a key behind each of its links."""
    if isinstance(value, dict):
        return {**{name: planted(each, depth + 1) for name, each in value.items()}, **(SECRETS if depth else {})}
    if isinstance(value, list):
        return [planted(each, depth + 1) for each in value]
    if isinstance(value, str) and value.startswith(("https://", "wss://")):
        return f"{value}?X-Amz-Signature={PLANTED}&token={PLANTED}"
    return value


@contextmanager
def everything_logged():
    """All that is logged meanwhile, at DEBUG, as it is written."""
    root, written = logging.getLogger(), io.StringIO()
    formatter = next(each.formatter for each in root.handlers if type(each) is logging.StreamHandler)
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield written
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def stored():
    """Every row of every table that has the planted word in it."""
    with connection.cursor() as cursor:
        found = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t WHERE row_to_json(t)::text LIKE %s', [f"%{PLANTED}%"])  # noqa: S608
            found += [(table, row) for (row,) in cursor.fetchall()]
    return found


@pytest.fixture
def _shop(db):
    a_shop(phone_number="+12125550100")
    with time_machine.travel("2026-08-20T16:00:09Z", tick=False):
        yield


@pytest.mark.usefixtures("_shop")
def test_the_search_finds_what_is_there():
    a_shop(name=f"{PLANTED} Air")
    assert [table for table, _ in stored()] == ["bookings_shop"]
    with everything_logged() as written:
        logging.getLogger("x").debug("hello %s", PLANTED)
    assert PLANTED in written.getvalue()


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize("name", NAMES)
def test_every_example_message(client, name):
    with everything_logged() as written:
        assert post(client, planted(payload(name))).status_code == 200
    assert PLANTED not in written.getvalue()
    assert stored() == []
    assert Call.objects.count() == 1


@pytest.mark.usefixtures("_shop")
def test_a_whole_call_and_links_in_its_words(client):
    behind = f"https://r2.example/rec.wav?X-Amz-Signature={PLANTED}"
    messages = [
        *short_call(),
        told("conversation-update", 7, messages=[{"role": "bot", "message": f"See {behind} please"}]),
        told("transfer-update", 8, destination={"type": "number", "number": "+12125550199", "description": f"at {behind}"}),
        told("status-update", 9, status="ended", endedReason=f"pipeline-error {behind}"),
        told("assistant.speechStarted", 9, text=f"wss://phone.vapi.ai/{PLANTED}/listen"),
        words(9, "user", f"it says {behind}"),
        report(30, analysis={
            "summary": f"Recorded at {behind}",
            "structuredData": {"recording": behind, "apiKey": PLANTED, "nested": {"token": PLANTED}, "ok": "yes"},
        }),
    ]  # fmt: skip
    with everything_logged() as written:
        for message in messages:
            assert post(client, planted(message)).status_code == 200
    assert PLANTED not in written.getvalue()
    assert stored() == []
    call, bare = Call.objects.get(), "https://r2.example/rec.wav"
    assert (call.wanted, call.summary) == ({"recording": bare, "ok": "yes"}, f"Recorded at {bare}")


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    "body",
    [
        f'{{"message":{{"type":"hang","twilioAuthToken":"{PLANTED}"',
        f'{{"message":{{"twilioAuthToken":"{PLANTED}"}}}}',
        f'{{"message":{{"type":{{"secret":"{PLANTED}"}}}}}}',
        f'{{"message":"{PLANTED}"}}',
        f'["{PLANTED}"]',
        f'{{"message":{{"type":"tool-calls","toolCallList":[{{"id":"{PLANTED}","secret":"{PLANTED}"}}]}}}}',
        f'{{"message":{{"type":"function-call","functionCall":"{PLANTED}"}}}}',
        f"{PLANTED}\\u0000\\ud83d",
    ],
)
def test_bodies_that_are_no_message(client, body):
    with everything_logged() as written:
        assert post(client, body.encode()).status_code == 400
        assert post(client, body.encode(), headers={"x-vapi-secret": PLANTED}).status_code == 401
    assert PLANTED not in written.getvalue()
    assert "vapi_malformed" in written.getvalue()
    assert stored() == []


@pytest.mark.usefixtures("_shop")
@pytest.mark.parametrize(
    "arguments",
    [
        {"serviceType": "repair", "twilioAuthToken": PLANTED, "more": {"secret": PLANTED, "list": [{"apiKey": PLANTED}]}},
        f'{{"serviceType": "repair", "controlUrl": "{PLANTED}"',
        f"https://r2.example/rec.wav?sig={PLANTED}",
        {"serviceType": "repair", "notes": f"https://r2.example/rec.wav?sig={PLANTED}"},
    ],
)
def test_arguments_of_tools(client, arguments):
    message = payload("tool-calls")
    message["message"]["toolCallList"][0]["function"]["arguments"] = arguments
    with everything_logged() as written:
        assert post(client, message).status_code == 200
    assert PLANTED not in written.getvalue()
    assert stored() == []
    assert ToolInvocation.objects.count() == 1


# What the database refuses then, with the whole row in its complaint.
BROKEN = ("telephony_callevent", "telephony_call", "telephony_toolinvocation", "bookings_lead")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", BROKEN)
def test_messages_whose_handling_fails(client, table):
    a_shop(phone_number="+12125550100")
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT refuses_all CHECK (false) NOT VALID")
    try:
        with everything_logged() as written, time_machine.travel("2026-08-20T16:00:09Z", tick=False):
            for name in NAMES:
                assert post(client, planted(payload(name))).status_code == 200
            for message in short_call():
                assert post(client, planted(message)).status_code == 200
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT refuses_all")
    lines = written.getvalue()
    assert "refuses_all" in lines
    assert "Traceback" in lines
    assert PLANTED not in lines
    assert "+14155550142" not in lines
    assert "furnace is broken" not in lines
    assert stored() == []


def test_links_lose_what_may_be_a_key():
    assert link("https://user:pass@storage.vapi.ai/a.wav?sig=x#y") == "https://storage.vapi.ai/a.wav"
    assert link("ftp://storage/a.wav") == link("https://[x") == link(None) == ""
    assert text(" see https://a.example/b?c=d, or wss://e.example/f ") == "see https://a.example/b or"
    assert text("https://ws.vapi.ai/1/control") == ""
    assert harmless({"a": [{"Api_Key": "k", "b": 1}], "headers": {}, "header": "x"}) == {"a": [{"b": 1}], "header": "x"}


@pytest.mark.usefixtures("_shop")
def test_no_history_is_copied_into_events(client):
    for message in short_call():
        post(client, planted(message))
    assert max(len(each.text) for each in CallEvent.objects.all()) < 100
