"""A call comes in: the assistant takes it, or a person does, and the caller never hears nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookings.models import Lead
from telephony.assistant import builder, variables, versions
from telephony.models import AssistantVersion, Call
from tests.factories import ShopFactory
from tests.telephony.twilio import signing

PATH = "/twilio/inbound"


def verbs(tree):
    return [each.tag for each in tree]


def rings(tree, number, step=0):
    """The answer rings this one number, whose owner takes the call by a key, and then asks us how it went.

    `step` None: nobody knows the call, and the number is the last resort.
    """
    dial = tree.find("Dial")
    assert verbs(tree)[-1] == "Dial"
    asks = f"{signing.SERVER}/twilio/after-dispatcher"
    assert dial.get("action") == (asks if step is None else f"{asks}?step={step}")
    assert dial.get("answerOnBridge") == "true"
    (rung,) = dial.findall("Number")
    assert rung.text == number
    hears = urlsplit(rung.get("url"))
    assert (hears.path, rung.get("method")) == ("/twilio/whisper", "POST")
    assert bool(hears.query) is (step is not None)
    return dial


def test_the_assistant_takes_the_call(shop, vendors, say):
    tree = say(PATH, signing.payload("voice_inbound"))
    assert verbs(tree) == ["Connect", "Redirect"]
    assert tree.find("Connect/Stream").get("url").startswith("wss://")
    assert tree.find("Redirect").text == f"{signing.SERVER}/twilio/after-assistant"
    assert tree.find("Redirect").get("method") == "POST"

    call = Call.objects.get()
    (asked,) = vendors.vapi_calls()
    assert (call.twilio_sid, call.vapi_id) == (signing.CALL_SID, asked["id"])
    assert (call.shop, call.stage, call.fallback_reason) == (shop, Call.Stage.RINGING, "")
    assert asked["customer"] == {"number": "+14155550123"}
    assert asked["phoneCallProviderBypassEnabled"] is True
    assert asked["phoneNumberId"] == "5a5a04dc-dcbe-45b1-8f64-fd32a253d135"
    told = asked["assistantOverrides"]["variableValues"]
    assert told == variables.of(call, now=timezone.now()) | {
        name: told[name] for name in ("local_time", "open_now", "opens_next")
    }
    assert (told["twilio_call_sid"], told["call"], told["caller"]) == (signing.CALL_SID, str(call.public_id), "new")
    assert asked["assistantOverrides"]["metadata"] == {"twilio_call_sid": signing.CALL_SID, "call": str(call.public_id)}


def test_a_caller_waits_for_six_statements(shop, vendors, say, django_assert_num_queries):
    """Signature seen, shop, call with its claim, first shop, what the number says, what Vapi answered."""
    say(PATH, signing.payload("voice_inbound"))
    with django_assert_num_queries(6):
        say(PATH, signing.payload("voice_inbound", CallSid=f"CA{1:032x}"))


def test_whoever_is_put_to_a_person_waits_for_ten(shop, vendors, say, django_assert_num_queries, settings):
    """Signature seen, shop, call, first shop, what the number says, that it fell back; the ladder in a transaction: lock, turns,
    people, office, and with the savepoint around it what is written.
    """
    vendors.fault(service="vapi", path="/call", method="POST", status=429)
    say(PATH, signing.payload("voice_inbound"))
    with django_assert_num_queries(13):
        say(PATH, signing.payload("voice_inbound", CallSid=f"CA{1:032x}"))


def test_an_id_of_vapis_that_another_call_holds_is_left_there(shop, vendors, say, a_vapi_that_says):
    other = Call.objects.create(shop=shop, vapi_id="taken", started_at=timezone.now())
    a_vapi_that_says(
        b'{"id": "taken", "phoneCallProviderDetails": {"twiml": "<Response><Connect><Stream url=\\"wss://a\\"/></Connect></Response>"}}'
    )
    assert verbs(say(PATH, signing.payload("voice_inbound"))) == ["Connect", "Redirect"]
    call = Call.objects.exclude(pk=other.pk).get()
    assert (call.vapi_id, bool(call.handoff_twiml), call.control_url) == (None, True, "")


def test_the_shops_own_vapi_ids_go_first(shop, vendors, say):
    number_id, assistant_id = "0192d3a4-7b1c-7aa0-9c55-000000000001", "0192d3a4-7b1c-7aa0-9c55-000000000002"
    type(shop).objects.update(vapi_phone_number_id=number_id, vapi_assistant_id=assistant_id)
    say(PATH, signing.payload("voice_inbound"))
    (asked,) = vendors.vapi_calls()
    assert (asked["phoneNumberId"], asked["assistantId"]) == (number_id, assistant_id)


def test_the_call_is_kept_with_the_assistant_that_was_pushed(shop, vendors, say, now, settings):
    older = versions.pushed(shop, builder.build(shop), settings.VAPI_ASSISTANT_ID, now=now)
    type(shop).objects.update(greeting="Good day.")
    shop.refresh_from_db()
    latest = versions.pushed(shop, builder.build(shop), settings.VAPI_ASSISTANT_ID, now=now + timedelta(hours=1))
    say(PATH, signing.payload("voice_inbound"))
    assert Call.objects.get().assistant == latest != older


def test_a_shop_without_an_assistant_at_vapi_sends_one_along(shop, vendors, say, settings):
    settings.VAPI_ASSISTANT_ID = ""
    assert verbs(say(PATH, signing.payload("voice_inbound"))) == ["Connect", "Redirect"]
    (asked,) = vendors.vapi_calls()
    assert asked["assistant"] == builder.build(shop)
    assert "assistantId" not in asked
    kept = AssistantVersion.objects.get()
    assert (kept.body, kept.pushed_at) == (asked["assistant"], None)
    assert Call.objects.get().assistant == kept


def test_another_shops_callers_do_not_meet_the_first_shops_assistant(shop, vendors, say):
    other = ShopFactory(phone_number="+12125550300", name="Second HVAC")
    say(PATH, signing.payload("voice_inbound", To="+12125550300", Called="+12125550300"))
    (asked,) = vendors.vapi_calls()
    assert asked["assistant"]["metadata"] == {"shop": other.phone_number}
    assert "Second HVAC" in asked["assistant"]["firstMessage"]


def test_without_an_assistant_and_a_credential_the_dispatcher_rings(shop, vendors, say, settings):
    settings.VAPI_ASSISTANT_ID = settings.VAPI_CREDENTIAL_ID = ""
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert vendors.vapi_calls() == []
    assert Call.objects.get().fallback_reason == "the shop has no assistant at Vapi"


@pytest.mark.parametrize(
    "caller",
    ["anonymous", "+266696687", "", None, "Restricted", "sip:jane@example.com", "client:jane", "+1", "4155550123", "unknown"],
)
def test_a_caller_without_a_number_is_served_like_any_other(shop, vendors, say, caller):
    tree = say(PATH, signing.payload("voice_inbound", From=caller, Caller=caller))
    assert verbs(tree) == ["Connect", "Redirect"]
    (asked,) = vendors.vapi_calls()
    assert asked["customer"] == {"number": "anonymous", "numberE164CheckEnabled": False}
    assert asked["assistantOverrides"]["variableValues"]["caller_number"] == ""
    assert Call.objects.get().from_number == ""


def test_a_caller_without_a_number_rings_the_dispatcher_with_ours(shop, vendors, say):
    vendors.fault(service="vapi", path="/call", status=500)
    dial = rings(say(PATH, signing.payload("voice_inbound", From="anonymous")), "+12125550111")
    assert dial.get("callerId") == "+12125550100"


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 500}, "Vapi failed (500)"),
        ({"status": 503}, "Vapi failed (503)"),
        ({"status": 400}, "Vapi refused (400)"),
        ({"status": 401}, "Vapi refused (401)"),
        ({"status": 429}, "Vapi refused (429)"),
        ({"drop": True}, "Vapi could not be reached"),
    ],
)
def test_vapi_fails_and_the_dispatcher_rings_at_once(shop, vendors, say, fault, reason):
    vendors.fault(service="vapi", path="/call", **fault)
    began = time.monotonic()
    dial = rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert time.monotonic() - began < 2
    assert dial.get("callerId") is None
    call = Call.objects.get()
    assert (call.fallback_reason, call.stage, call.vapi_id) == (reason, Call.Stage.DISPATCHER, None)


def test_vapi_is_not_there(shop, vendors, say, settings):
    settings.VAPI_BASE_URL = "http://127.0.0.1:9/vapi"
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert Call.objects.get().fallback_reason == "Vapi could not be reached"


def test_a_slow_vapi_is_given_four_seconds(shop, vendors, say):
    vendors.fault(service="vapi", path="/call", latency_ms=10_000)
    began = time.monotonic()
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert 3.9 < time.monotonic() - began < 4.7
    assert Call.objects.get().fallback_reason == "Vapi was too slow"


def test_vapi_at_its_concurrency_limit(shop, vendors, say):
    vendors.set(vapi_concurrency_limit=0)
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert Call.objects.get().fallback_reason == "Vapi is at its concurrency limit"


@pytest.fixture
def a_vapi_that_says(settings):
    """A Vapi whose answer to POST /call is these bytes."""
    servers = []

    def start(body, status=201):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        settings.VAPI_BASE_URL = f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "Vapi's answer was not understood"),
        (b"<html>", "Vapi's answer was not understood"),
        (b"[]", "Vapi's answer was not understood"),
        (b'{"id": "1"}', "Vapi's answer was not understood"),
        (b'{"id": "1", "phoneCallProviderDetails": null}', "Vapi's answer was not understood"),
        (b'{"id": "1", "phoneCallProviderDetails": {"twiml": 5}}', "Vapi's answer was not understood"),
        (b'{"id": "1", "phoneCallProviderDetails": {"twiml": "<Response><Connect>"}}', "Vapi's TwiML was not valid"),
        (b'{"id": "1", "phoneCallProviderDetails": {"twiml": "<Response/>"}}', "Vapi's TwiML was not valid"),
        (b'{"id": "1", "phoneCallProviderDetails": {"twiml": "<html><p/></html>"}}', "Vapi's TwiML was not valid"),
        (
            b'{"id": "1", "phoneCallProviderDetails": {"twiml": '
            b'"<!DOCTYPE r [<!ENTITY a \\"b\\">]><Response><Say>&a;</Say></Response>"}}',
            "Vapi's TwiML was not valid",
        ),
    ],
)
def test_vapi_answers_nonsense(shop, say, a_vapi_that_says, body, reason):
    a_vapi_that_says(body)
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert Call.objects.get().fallback_reason == reason


def test_vapis_twiml_may_have_a_prolog_spaces_and_further_verbs(shop, say, a_vapi_that_says):
    a_vapi_that_says(
        b'{"id": "1", "phoneCallProviderDetails": {"twiml": '
        b'"  <?xml version=\\"1.0\\"?><Response><Pause/><Connect><Stream url=\\"wss://a/b?c=1&amp;d=2\\"/></Connect></Response>"}}'
    )
    tree = say(PATH, signing.payload("voice_inbound"))
    assert verbs(tree) == ["Pause", "Connect", "Redirect"]
    assert tree.find("Connect/Stream").get("url") == "wss://a/b?c=1&d=2"


def test_a_second_delivery_hears_the_same_assistant(shop, vendors, say):
    first = say(PATH, signing.payload("voice_inbound"))
    again = say(PATH, signing.payload("voice_inbound"))
    assert ElementTree.tostring(again) == ElementTree.tostring(first)
    assert len(vendors.vapi_calls()) == Call.objects.count() == 1


def test_a_second_delivery_after_a_failure_rings_the_dispatcher_again(shop, vendors, say):
    vendors.fault(service="vapi", path="/call", status=500, count=1)
    for _ in range(2):
        rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert vendors.vapi_calls() == []


@pytest.mark.concurrency
def test_deliveries_at_once_make_one_call_and_ask_vapi_once(shop, vendors):
    vendors.fault(service="vapi", path="/call", latency_ms=500)
    said = signing.payload("voice_inbound")

    def deliver(_):
        try:
            return signing.post(Client(), PATH, said)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        trees = [signing.read(answer.content) for answer in pool.map(deliver, range(5))]
    assert len(vendors.vapi_calls()) == Call.objects.count() == 1
    assert sorted(map(verbs, trees)) == [["Connect", "Redirect"]] + [["Pause", "Redirect"]] * 4
    for tree in trees:
        if verbs(tree)[0] == "Pause":
            assert tree.find("Redirect").text == f"{signing.SERVER}{PATH}"
    assert verbs(signing.read(deliver(0).content)) == ["Connect", "Redirect"]


def test_a_hand_off_that_was_cut_off_ends_at_the_dispatcher(shop, vendors, say, now):
    Call.objects.create(shop=shop, twilio_sid=signing.CALL_SID, started_at=now, handoff_started_at="2026-01-01T00:00:00Z")
    rings(say(PATH, signing.payload("voice_inbound")), "+12125550111")
    assert vendors.vapi_calls() == []


@pytest.mark.concurrency
def test_no_more_than_half_of_the_threads_wait_for_vapi(shop, vendors, settings):
    settings.WEB_THREADS = 4
    vendors.fault(service="vapi", path="/call", latency_ms=1500)

    def call(number):
        began = time.monotonic()
        try:
            answer = signing.post(Client(), PATH, signing.payload("voice_inbound", CallSid=f"CA{number:032d}"))
            return verbs(signing.read(answer.content)), time.monotonic() - began
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(call, range(5)))
    at_once = [took for said, took in answers if said == ["Dial"]]
    assert len(at_once) == 3
    assert max(at_once) < 1.4
    assert Call.objects.filter(fallback_reason="too many calls wait for Vapi").count() == 3


def test_by_sip(shop, say, settings):
    settings.VAPI_SIP_URI = "sip:a1b2c3@sip.vapi.ai"
    for _ in range(2):
        dial = say(PATH, signing.payload("voice_inbound")).find("Dial")
        assert dial.get("action") == f"{signing.SERVER}/twilio/after-assistant"
        assert dial.get("answerOnBridge") == "true"
        assert int(dial.get("timeout")) <= 15
    uri = dial.find("Sip").text
    assert uri.startswith("sip:a1b2c3@sip.vapi.ai?x-shop=ABC%20HVAC&")
    assert "+" not in uri
    headers = parse_qs(urlsplit(uri).query)
    assert headers["x-caller_number"] == ["+14155550123"]
    assert headers["x-twilio_call_sid"] == [signing.CALL_SID]
    assert headers["x-call"] == [str(Call.objects.get().public_id)]
    assert headers["x-caller"] == ["new"]
    assert len(uri.partition("?")[2]) < 1024  # as much as Twilio passes on


def test_by_sip_without_a_number(shop, say, settings):
    settings.VAPI_SIP_URI = "sip:a1b2c3@sip.vapi.ai;transport=tls?x-key=1"
    uri = say(PATH, signing.payload("voice_inbound", From="anonymous")).find("Dial/Sip").text
    assert uri.startswith("sip:a1b2c3@sip.vapi.ai;transport=tls?x-key=1&x-shop=")
    assert "x-caller_number" not in uri


def test_an_unknown_number_rings_the_lifeline(shop, vendors, say, settings):
    ShopFactory(phone_number="+12125550300")
    dial = rings(say(PATH, signing.payload("voice_inbound", To="+12125550999")), settings.FALLBACK_DIAL_NUMBER, step=None)
    assert dial.get("callerId") is None
    assert Call.objects.count() == 0


@pytest.mark.parametrize("said", [{"CallSid": None}, {"CallSid": ""}, {"CallSid": "CA\x00"}])
def test_a_request_that_names_no_call_still_rings_somebody(shop, vendors, say, settings, said):
    rings(say(PATH, signing.payload("voice_inbound", **said)), settings.FALLBACK_DIAL_NUMBER, step=None)


def test_nobody_to_ring_means_the_voicemail(shop, vendors, say, settings):
    settings.FALLBACK_DIAL_NUMBER = ""
    type(shop).objects.update(fallback_number="")
    vendors.fault(service="vapi", path="/call", status=500)
    assert verbs(say(PATH, signing.payload("voice_inbound"))) == ["Say", "Record", "Say", "Hangup"]


def test_the_shop_without_a_dispatcher_rings_the_lifeline(shop, vendors, say, settings):
    type(shop).objects.update(fallback_number="")
    vendors.fault(service="vapi", path="/call", status=500)
    rings(say(PATH, signing.payload("voice_inbound")), settings.FALLBACK_DIAL_NUMBER)


def test_twilio_takes_the_fallback_address(shop, say):
    for _ in range(2):
        rings(say("/twilio/fallback", signing.payload("voice_fallback_11200")), "+12125550111")
    call = Call.objects.get()
    assert call.fallback_reason == "Twilio could not use our answer (11200)"
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    ("failed", "answer"),
    [
        ("after-assistant", ["Dial"]),
        ("after-dispatcher", ["Say", "Record", "Say", "Hangup"]),
        ("voicemail", ["Say", "Hangup"]),
    ],
)
def test_the_fallback_goes_one_link_further_than_what_failed(shop, say, failed, answer):
    said = signing.payload("voice_fallback_11200", ErrorUrl=f"{signing.SERVER}/twilio/{failed}", CallStatus="in-progress")
    assert verbs(say("/twilio/fallback", said)) == answer
