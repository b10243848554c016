"""Words spoken into a running call, through an address that may be Vapi's only."""

import threading
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection

from telephony import endings
from telephony.models import Call
from telephony.vapi import control
from tests.factories import a_shop
from tests.outside import http
from tests.telephony.twilio import signing
from tests.telephony.twilio.conftest import Vendors, demo_settings, running_sandbox, say, shop, vendors  # noqa: F401
from tests.telephony.vapi.speaking import payload, post, tool_message
from tests.telephony.vapi.talking import told

VAPIS = "https://aws-us-west-2-production1-phone-call-websocket.vapi.ai/7420f27a-30fd-4f49-a995-5549ae7cc00d/control"
CALL = "0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"


@pytest.mark.parametrize("url", [VAPIS, "https://vapi.ai/c", "https://VAPI.ai/c", "https://a.b.vapi.ai:443/c?x=1"])
def test_vapis_own_addresses_are_accepted(settings, url):
    settings.PRODUCTION = True
    assert control.accepted(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "http://phone.vapi.ai/c",  # not encrypted
        "https://vapi.ai.evil.com/c",
        "https://evilvapi.ai/c",
        "https://vapi.ai./c",
        "https://vapi.ai@evil.com/c",
        "https://evil.com#@vapi.ai/c",
        "https://evil.com\\@vapi.ai/c",
        "https://evil.com?.vapi.ai/c",
        "https://user@vapi.ai/c",
        "https://user:password@vapi.ai/c",
        "https://@vapi.ai/c",
        "https://vapi.ai:8443/c",
        "https://vapi.ai:22/c",
        "https://vapi.ai:/c",
        "https://vapi.ai:443:443/c",
        "https://vapi.ai:abc/c",
        "https://vapi.ai:99999/c",
        "https://vapi。ai/c",  # an ideographic full stop, which some resolvers read as a dot
        "https://vapi\uff0eai/c",  # a full-width one
        "https://v\u0430pi.ai/c",  # a Cyrillic letter
        "https://xn--vpi-8cd.ai/c",
        "https://vapi%2eai/c",
        "https://169.254.169.254%2f.vapi.ai/c",
        "https://127.0.0.1/c",
        "https://2130706433/c",
        "https://0x7f000001/c",
        "https://0177.0.0.1/c",
        "https://127.1/c",
        "https://[::1]/c",
        "https://[::ffff:127.0.0.1]/c",
        "https://[::1].vapi.ai/c",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/c",
        "https://-.vapi.ai/c",
        "https://.vapi.ai/c",
        "https://a..vapi.ai/c",
        "https://a_b.vapi.ai/c",
        "https:vapi.ai/c",
        "https:///vapi.ai/c",
        "//vapi.ai/c",
        "vapi.ai/c",
        "file:///etc/passwd",
        "file://vapi.ai/etc/passwd",
        "ftp://vapi.ai/c",
        "gopher://vapi.ai/c",
        "wss://vapi.ai/c",
        "javascript://vapi.ai/%0aalert(1)",
        "https://vapi.ai/c\r\nHost: evil.com",
        "https://vapi.ai/c d",
        " https://vapi.ai/c",
        "https://vapi.ai/c#x",
        "https://ev\til.com/.vapi.ai/",
        "https://vapi.ai/" + "c" * 500,
        "",
    ],
)
@pytest.mark.parametrize("production", [True, False])
def test_no_other_address_is(settings, url, production):
    settings.PRODUCTION = production
    settings.VAPI_BASE_URL = "https://api.vapi.ai" if production else "http://127.0.0.1:9099/vapi"
    assert control.accepted(url) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:9099/vapi/live/1/control"])
def test_the_sandbox_is_taken_outside_of_production_only(settings, url):
    settings.VAPI_BASE_URL, settings.PRODUCTION = "http://127.0.0.1:9099/vapi", False
    assert control.accepted(url) == url
    for other in ("http://127.0.0.1:9098/c", "http://127.0.0.1/c", "https://127.0.0.1:9099/c", "http://localhost:9099/c"):
        assert control.accepted(other) == ""
    settings.PRODUCTION = True
    assert control.accepted(url) == ""


def test_other_hosts_can_be_named(settings):
    settings.VAPI_CONTROL_HOSTS = ["vapi.example"]
    assert control.accepted("https://phone.vapi.example/c") == "https://phone.vapi.example/c"
    assert control.accepted(VAPIS) == ""


def the_address():
    return Call.objects.values_list("control_url", flat=True).get()


def in_the_table():
    with connection.cursor() as cursor:
        cursor.execute("SELECT control_url FROM telephony_call")
        return cursor.fetchone()[0]


def with_address(message, url=VAPIS):
    message["message"].setdefault("call", {})["monitor"] = {"controlUrl": url, "listenUrl": "wss://vapi.ai/listen"}
    return message


def checking(n=1):
    return tool_message((f"call_{n}", "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"}), call=CALL)


@pytest.fixture
def one_shop(db):
    return a_shop(phone_number="+12125550100")


def test_the_address_is_kept_encrypted_from_a_calls_first_tool_and_once(client, one_shop):
    post(client, with_address(checking()))
    assert the_address() == VAPIS
    assert "vapi" not in in_the_table()
    before = in_the_table()
    post(client, with_address(checking(2), VAPIS + "2"))
    assert in_the_table() == before


def test_a_call_known_without_one_gets_it_with_its_next_tool(client, one_shop):
    post(client, checking())
    assert the_address() == ""
    post(client, with_address(checking(2)))
    assert the_address() == VAPIS


def test_the_address_is_kept_when_the_assistant_takes_the_call(client, one_shop):
    ringing = told("status-update", 0, status="queued")
    post(client, ringing)
    post(client, with_address(told("status-update", 1, status="in-progress")))
    call = Call.objects.get()
    assert (call.stage, call.control_url) == ("assistant", VAPIS)


def test_words_of_the_call_store_no_address(client, one_shop):
    post(client, with_address(told("transcript", 1, role="user", transcriptType="final", transcript="Hello")))
    assert the_address() == ""


@pytest.mark.parametrize("url", ["https://169.254.169.254/c", "https://vapi.ai.evil.com/c", 7, {"a": 1}, None])
def test_a_strange_address_is_not_stored(client, one_shop, url):
    post(client, with_address(checking(), url))
    post(client, with_address(told("status-update", 1, status="in-progress"), url))
    assert the_address() == ""


def test_the_end_forgets_the_address_and_no_late_tool_brings_it_back(client, one_shop, now):
    post(client, with_address(checking()))
    endings.close(Call.objects.get(), reason="customer-ended-call", at=now)
    assert the_address() == ""
    post(client, with_address(checking(2)))
    assert the_address() == ""


def test_a_message_that_carries_one_still_shows_none_of_it(client, one_shop):
    assert "monitor" in payload("tool-calls")["message"]["call"]
    post(client, payload("tool-calls"))
    assert the_address().startswith("https://phone-call-websocket.")


# -- commands, to the sandbox's own address


@pytest.fixture
def running_call(shop, vendors, say):  # noqa: F811 - fixtures
    say("/twilio/inbound", signing.payload("voice_inbound"))
    return Call.objects.get()


def commands(vendors):  # noqa: F811
    (call,) = [each for each in vendors.get("/_control/calls")["calls"] if each["service"] == "vapi"]
    return [{name: value for name, value in each.items() if name != "at"} for each in call["commands"]]


def test_the_hand_off_keeps_the_address_and_words_are_said(running_call, vendors):  # noqa: F811
    assert running_call.control_url == f"{vendors.url}/vapi/live/{running_call.vapi_id}/control"
    assert control.say(running_call, "Leave the house now.") is True
    assert commands(vendors) == [{"type": "say", "content": "Leave the house now."}]


def test_a_transfer_is_refused_where_the_call_came_through_us(running_call, vendors):  # noqa: F811
    assert control.transfer(running_call, "+12125550111", "One moment.") is False
    assert commands(vendors) == []


def test_a_call_that_vapi_answers_is_put_through(running_call, vendors):  # noqa: F811
    http.post(
        f"{vendors.url}/_control/calls/{running_call.vapi_id}", json={"phoneCallProviderBypassEnabled": False}
    ).raise_for_status()
    assert control.transfer(running_call, "+12125550111", "One moment.") is True
    destination = {"type": "number", "number": "+12125550111"}
    assert commands(vendors) == [{"type": "transfer", "destination": destination, "content": "One moment."}]


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 404}, {"drop": True}])
def test_what_fails_is_false_and_nothing_more(running_call, vendors, fault):  # noqa: F811
    vendors.fault(service="vapi", path="/live", **fault)
    assert control.say(running_call, "Hello") is False


def test_a_call_that_is_over_takes_no_commands(running_call, vendors):  # noqa: F811
    http.post(f"{vendors.url}/_control/calls/{running_call.vapi_id}", json={"status": "ended"})
    assert control.say(running_call, "Hello") is False
    endings.close(running_call, reason="completed", at=running_call.started_at + timedelta(seconds=9), hung_up=True)
    assert control.say(running_call, "Hello") is False


def test_a_slow_answer_is_given_two_seconds(running_call, vendors):  # noqa: F811
    vendors.fault(service="vapi", path="/live", latency_ms=6000)
    began = time.monotonic()
    assert control.say(running_call, "Hello") is False
    assert 1.9 < time.monotonic() - began < 3


def test_an_address_that_came_into_the_table_by_other_ways_is_not_called(running_call, vendors):  # noqa: F811
    Call.objects.update(control_url="http://127.0.0.1:9/control")
    assert control.say(running_call, "Hello") is False


def test_no_redirect_is_followed(running_call, settings):
    asked = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append((self.path, self.headers.get("Authorization")))
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(307)
            self.send_header("Location", f"http://127.0.0.1:{server.server_port}/inside")
            self.end_headers()

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        settings.VAPI_BASE_URL = f"http://127.0.0.1:{server.server_port}"
        Call.objects.update(control_url=f"http://127.0.0.1:{server.server_port}/control")
        assert control.say(running_call, "Hello") is False
        assert asked == [("/control", None)]
    finally:
        server.shutdown()
        server.server_close()
