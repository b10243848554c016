"""Who calls after somebody has waited for Vapi in vain does not wait; a Twilio that is down is not asked all the time."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from django.db import connection
from django.test import Client

from bookings.models import OutgoingMessage
from telephony.models import Call
from telephony.twilio import rest, texts
from telephony.vapi import handoff
from tests.telephony.twilio import signing
from tests.telephony.twilio.test_inbound import PATH, rings, verbs
from wire.breaker import OpenError


@pytest.fixture
def call_in(say):
    """Ring the shop as caller n, and say what the caller hears and how long it took."""

    def ring(n):
        began = time.monotonic()
        tree = say(PATH, signing.payload("voice_inbound", CallSid=f"CA{n:032x}"))
        return tree, time.monotonic() - began

    return ring


def at_once(took):
    """Nobody waited for Vapi, on a machine that may be busy with other things; how long it takes is measured by a benchmark."""
    assert max(took) < 1.4


def reasons():
    return list(Call.objects.order_by("pk").values_list("fallback_reason", flat=True))


NOT_ASKED = "Vapi was not asked: it failed a moment ago"


def test_the_second_caller_of_a_dead_vapi_hears_the_dispatcher_ring_at_once(shop, vendors, call_in):
    vendors.fault(service="vapi", path="/call", latency_ms=10_000)
    tree, took = call_in(1)
    rings(tree, "+12125550111")
    assert 3.9 < took < 8
    took_later = []
    for n in range(2, 6):
        tree, took = call_in(n)
        rings(tree, "+12125550111")
        took_later.append(took)
    at_once(took_later)
    assert reasons() == ["Vapi was too slow"] + [NOT_ASKED] * 4


def test_vapi_is_tried_again_by_one_caller_and_then_takes_all(shop, vendors, call_in, settings):
    vendors.fault(service="vapi", path="/call", status=500, count=2)
    call_in(1)
    rings(call_in(2)[0], "+12125550111")
    for _ in range(2):  # the first trial fails as well
        redis.Redis.from_url(settings.REDIS_URL).delete("breaker:vapi:waiting")
        tree, _ = call_in(3 + len(reasons()))
    assert verbs(tree) == ["Connect", "Redirect"]
    assert verbs(call_in(9)[0]) == ["Connect", "Redirect"]
    assert reasons() == ["Vapi failed (500)", NOT_ASKED, "Vapi failed (500)", "", ""]


@pytest.mark.parametrize("status", [400, 401, 404, 429])
def test_a_refusal_holds_nobody_up(shop, vendors, call_in, status):
    vendors.fault(service="vapi", path="/call", status=status, count=1)
    rings(call_in(1)[0], "+12125550111")
    assert verbs(call_in(2)[0]) == ["Connect", "Redirect"]


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0"])
def test_without_redis_the_process_knows_by_itself(shop, vendors, call_in, settings, url):
    settings.REDIS_URL = url
    vendors.fault(service="vapi", path="/call", status=503)
    call_in(1)
    at_once([call_in(n)[1] for n in range(2, 5)])
    assert reasons() == ["Vapi failed (503)"] + [NOT_ASKED] * 3


@pytest.mark.concurrency
def test_who_finds_all_places_taken_does_not_wait_either(shop, vendors, settings, call_in):
    """While Vapi is slow but not dead, more callers than may wait hear the dispatcher ring at once."""
    settings.WEB_THREADS = 4
    handoff._bulkhead.cache_clear()
    vendors.fault(service="vapi", path="/call", latency_ms=1500)

    def deliver(n):
        try:
            began = time.monotonic()
            answer = signing.post(Client(), PATH, signing.payload("voice_inbound", CallSid=f"CA{n:032x}"))
            return verbs(signing.read(answer.content)), time.monotonic() - began
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        first = [pool.submit(deliver, n) for n in range(2)]
        until = time.monotonic() + 5
        while handoff._bulkhead(2)._places._value and time.monotonic() < until:
            time.sleep(0.01)
        turned_away = [deliver(n) for n in range(2, 5)]
        taken = [each.result() for each in first]
    handoff._bulkhead.cache_clear()
    assert [heard for heard, _ in taken] == [["Connect", "Redirect"]] * 2
    assert [heard for heard, _ in turned_away] == [["Dial"]] * 3
    at_once([took for _, took in turned_away])
    assert "too many calls wait for Vapi" in reasons()
    assert verbs(call_in(9)[0]) == ["Connect", "Redirect"]  # nothing is held against Vapi


def test_the_answer_says_how_long_vapi_took(client, shop, vendors):
    vendors.fault(service="vapi", path="/call", latency_ms=300)
    answer = signing.post(client, PATH, signing.payload("voice_inbound"))
    name, _, took = answer["Server-Timing"].partition(";dur=")
    assert (name, 300 <= float(took) < 1000) == ("vapi", True)
    again = signing.post(client, PATH, signing.payload("voice_inbound"))
    assert "Server-Timing" not in again


# -- Twilio


@pytest.fixture
def waiting_texts(shop, now):
    return [
        OutgoingMessage.objects.create(
            shop=shop, reason=f"t{n}", to="+12125550177", body=f"Hello {n}", created_at=now, next_attempt_at=now
        )
        for n in range(5)
    ]


def test_a_twilio_that_is_down_is_left_alone_and_texts_wait(waiting_texts, vendors, now, settings):
    settings.TWILIO_ACCOUNT_SID = "AC" + "0f" * 16
    settings.TWILIO_API_BASE_URL = "http://127.0.0.1:9/twilio"
    for each in waiting_texts:
        texts.send(each.pk, now=now)
    states = list(OutgoingMessage.objects.order_by("pk").values_list("status", flat=True))
    assert states == ["queued"] * 5
    with pytest.raises(OpenError):
        rest.client().messages.list(limit=1)
    assert issubclass(OpenError, rest.ERRORS)


def test_what_twilio_refuses_says_nothing_against_it(waiting_texts, vendors, now, settings):
    settings.TWILIO_ACCOUNT_SID = "AC" + "0f" * 16
    vendors.fault(service="twilio", path="/2010-04-01", status=429, count=4)
    for each in waiting_texts:
        texts.send(each.pk, now=now)
    states = list(OutgoingMessage.objects.order_by("pk").values_list("status", flat=True))
    assert states == ["queued"] * 4 + ["sent"]
