"""The test of the line, over HTTP from end to end: Twilio's set-up, a call that is placed, arrives and meets the assistant."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.utils import timezone

from bookings.models import Concern, Lead, OnCallPerson, OutgoingMessage, Shop
from telephony import linetest, tasks
from telephony.models import Call, LineTest, Ring

OURS = "+12125550180"
OVER = ("completed", "busy", "no-answer", "failed", "canceled", "ended")
Status = LineTest.Status


@pytest.fixture
def line(product, settings):
    """A shop with an owner, an assistant at Vapi, and its number at Twilio as it has to be."""
    settings.SELF_TEST_NUMBER = OURS
    OnCallPerson.objects.filter(shop=product.shop).update(owner=False)
    OnCallPerson.objects.create(shop=product.shop, name="Olga", phone="+12125550189", owner=True)
    call_command("push_assistant", verbosity=0)
    set_up(product)
    yield product
    quiet(product)


def quiet(product):
    """Wait until the vendors have nothing more to tell of what a test began: the next one empties the tables."""
    until, before = time.monotonic() + 15, None
    while time.monotonic() < until:
        live = [each for each in product.control("GET", "calls")["calls"] if each["status"] not in OVER]
        told = len(product.control("GET", "deliveries")["deliveries"])
        if not live and told == before:
            return
        before = told
        time.sleep(0.7)


def set_up(product, **changes):
    number = {
        "number": product.shop.phone_number,
        "voice_url": f"{product.url}/twilio/inbound#rt=6000&rc=1",
        "voice_fallback_url": f"{product.url}/twilio/fallback",
        "status_callback": f"{product.url}/twilio/status",
        "sms_url": f"{product.url}/twilio/text",
    }
    product.control("POST", "incoming", number | changes)


def run(product, *, at=None):
    """Test the line as the worker does, until the call we placed is over; return the test as it stands then."""
    test = linetest.start(product.shop.pk, now=timezone.now())
    linetest.carry_out(test.pk, now=timezone.now())
    until = time.monotonic() + 8
    while time.monotonic() < until:
        linetest.settle(timezone.now())
        test.refresh_from_db()
        arrived = Call.objects.filter(from_number=OURS, started_at__gte=test.started_at).first()
        if test.status != Status.RUNNING or (arrived and arrived.ended_at):
            break
        time.sleep(0.1)
    linetest.settle(timezone.now() + (at or timedelta()))
    test.refresh_from_db()
    return test


def ended(call):
    until = time.monotonic() + 8
    while time.monotonic() < until:
        call.refresh_from_db()
        if call.stage == Call.Stage.ENDED and call.ended_reason:
            return call
        time.sleep(0.1)
    raise AssertionError("the call never ended")


def test_a_line_that_works_passes(line):
    test = run(line)
    assert (test.status, test.findings) == (Status.PASSED, "")
    assert test.twilio_sid.startswith("CA")
    call = ended(test.call)
    assert (call.from_number, call.outcome) == (OURS, Call.Outcome.SPAM)
    assert call.vapi_id is not None
    # No lead, nobody rung, nobody told.
    assert not Lead.objects.filter(origin=call.origin).exists()
    assert Ring.objects.count() == 0
    assert not Concern.objects.filter(kind=Concern.Kind.LINE_BROKEN).exists()
    assert not OutgoingMessage.objects.filter(reason__startswith="line-broken").exists()


def test_a_call_the_assistant_does_not_take_fails_and_rings_nobody(line):
    line.control("POST", "faults", {"service": "vapi", "path": "/call", "method": "POST", "status": 429})
    test = run(line, at=linetest.PATIENCE + timedelta(seconds=1))
    assert test.status == Status.FAILED
    assert test.findings == "A call to the number arrived, and the assistant did not take it: Vapi refused (429)."
    assert Ring.objects.count() == 0
    assert not Lead.objects.filter(origin=ended(test.call).origin, status=Lead.Status.OPEN).exists()
    concern = Concern.objects.get(kind=Concern.Kind.LINE_BROKEN)
    assert test.findings in concern.text

    # A second failure tells nobody anew; a test that passes closes the concern, and the next failure tells again.
    run(line, at=linetest.PATIENCE + timedelta(seconds=1))
    texts = OutgoingMessage.objects.filter(reason__startswith="line-broken")
    assert [each.to for each in texts] == ["+12125550189"]
    line.control("POST", "faults", {"clear": True})
    assert run(line).status == Status.PASSED
    concern.refresh_from_db()
    assert concern.status == Concern.Status.DONE
    set_up(line, sms_url=None)
    assert run(line).status == Status.FAILED
    assert texts.all().count() == 2


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            {"voice_url": "https://api.vapi.ai/twilio/inbound_call"},
            "“A call comes in” is set to https://api.vapi.ai/twilio/inbound_call",
        ),
        ({"voice_fallback_url": None}, "“Primary handler fails” is set to nothing"),
        ({"status_callback": "https://elsewhere.example.com/"}, "“Call status changes” is set to https://elsewhere.example.com/"),
        ({"number": "+12125550999"}, "This account of Twilio has no number"),
    ],
)
def test_what_is_set_wrong_is_found_without_a_call(line, changes, finding):
    if "number" in changes:
        Shop.objects.update(phone_number="+12125550998")
        line.shop.refresh_from_db()
    else:
        set_up(line, **changes)
    test = run(line)
    assert test.status == Status.FAILED
    assert finding in test.findings
    assert not Call.objects.filter(from_number=OURS).exists()


def test_twilio_that_does_not_answer_is_a_failure(line):
    line.control("POST", "faults", {"service": "twilio", "path": "/2010-04-01", "status": 500})
    test = run(line)
    assert (test.status, test.findings.partition(":")[0]) == (Status.FAILED, "Twilio did not say how the number is set up")


def test_without_a_number_of_our_own_only_the_set_up_is_looked_at(line, settings):
    settings.SELF_TEST_NUMBER = ""
    test = run(line)
    assert (test.status, test.findings) == (Status.PASSED, "No call was placed: SELF_TEST_NUMBER is not set.")
    assert not Call.objects.filter(from_number=OURS).exists()


def test_a_customer_is_no_test(line, settings):
    settings.SELF_TEST_NUMBER = ""
    assert not Call(from_number="").is_a_test
    settings.SELF_TEST_NUMBER = OURS
    assert not Call(from_number="+12125550209").is_a_test


def test_it_is_due_once_a_week_in_the_small_hours_of_the_shop(product):
    zone = ZoneInfo(product.shop.timezone)
    night = datetime(2026, 12, 1, 3, 30, tzinfo=zone).astimezone(UTC)
    assert linetest.due(night) == [product.shop.pk]
    assert linetest.due(night + timedelta(hours=6)) == []
    first = linetest.start(product.shop.pk, now=night)
    assert linetest.start(product.shop.pk, now=night) == first
    LineTest.objects.update(status=Status.PASSED)
    assert linetest.due(night + timedelta(days=1)) == []
    assert linetest.due(night + timedelta(days=7)) == [product.shop.pk]


def test_a_test_that_nobody_carried_out_is_taken_up_once_and_ends(line):
    test = linetest.start(line.shop.pk, now=timezone.now() - timedelta(seconds=30))
    assert linetest.waiting(timezone.now()) == [test.pk]
    for _ in range(2):
        tasks.line_test(test.pk)
    assert linetest.waiting(timezone.now()) == []
    placed = [each for each in line.control("GET", "calls")["calls"] if each.get("direction") == "outbound-api"]
    assert len(placed) == 1
    LineTest.objects.update(placed_at=None)
    linetest.settle(test.started_at + linetest.PATIENCE + timedelta(seconds=1))
    test.refresh_from_db()
    assert (test.status, test.findings) == (Status.FAILED, "The test was not carried out: no worker took it.")
