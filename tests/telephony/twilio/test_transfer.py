"""A caller asks the assistant for a person: the live call is moved to the ladder, or the office truly calls back."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookings.models import Lead
from telephony import endings
from telephony.models import Call, Ring, ToolInvocation
from tests.outside import http
from tests.telephony.twilio import signing
from tests.telephony.twilio.test_inbound import rings, verbs
from tests.telephony.vapi import speaking

REASON = "wants to talk about last week's bill"
CALL_BACK = (
    "I've passed on that you'd like to speak with somebody. Our office will call you back as soon as it can, at the number "
    "you're calling from."
)
Stage, Outcome = Call.Stage, Call.Outcome


@pytest.fixture
def call(shop, vendors, settings, now):
    """With the assistant, brought by Twilio, which knows of it."""
    settings.WEBHOOK_SECRETS = [speaking.SECRET]
    known = {"from": "+14155550142", "to": shop.phone_number, "sid": signing.CALL_SID, "account_sid": settings.TWILIO_ACCOUNT_SID}
    http.post(f"{vendors.url}/_control/calls", json=known).raise_for_status()
    return Call.objects.create(
        shop=shop, twilio_sid=signing.CALL_SID, vapi_id="v1", from_number="+14155550142", to_number=shop.phone_number,
        stage=Stage.ASSISTANT, started_at=timezone.now(), handoff_started_at=timezone.now(),
    )  # fmt: skip


def asks(client, tid="t1", **said):
    return speaking.ask(client, "transferToHuman", {"reason": REASON} | said, tid=tid, call="v1", at=timezone.now())


def moves(vendors):
    """The TwiML that Twilio was given for the call, one after the other."""
    (known,) = [each for each in vendors.get("/_control/calls")["calls"] if each["id"] == signing.CALL_SID]
    return [each["twiml"] for each in known["updates"]]


@pytest.fixture
def stage_that_stays():
    """The database takes no new stage of a call."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_stage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'away'; END $$;"
            "CREATE TRIGGER refuse_stage BEFORE UPDATE OF stage ON telephony_call FOR EACH ROW EXECUTE FUNCTION refuse_stage()"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse_stage ON telephony_call; DROP FUNCTION refuse_stage()")


def test_a_call_that_was_moved_is_not_moved_again_where_its_stage_could_not_be_kept(call, vendors, client, stage_that_stays):
    assert asks(client)["state"] == "transferring"
    assert asks(client, "t2")["state"] == "transferring"
    assert len(moves(vendors)) == 1


def test_the_live_call_is_moved_to_the_first_person(call, vendors, client, say):
    answer = asks(client)
    assert (answer["state"], answer["say"]) == ("transferring", "One moment, I'm connecting you with somebody now.")
    (moved,) = moves(vendors)
    assert len(moved) < 4000
    tree = signing.read(moved)
    assert verbs(tree) == ["Say", "Dial"]
    assert tree.find("Say").text == "One moment please, I am connecting you with somebody at ABC HVAC."
    dial = rings(tree, "+12125550111")
    assert dial.get("callerId") is None
    call.refresh_from_db()
    assert (call.stage, call.wants_person) == (Stage.DISPATCHER, REASON)
    kept = ToolInvocation.objects.get()
    assert (kept.state, kept.answer) == ("transferring", answer)
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.wanted) == (Lead.Reason.WANTED_PERSON, True, f"Wanted a person: {REASON}")


def test_somebody_takes_it_and_the_lead_is_closed(call, client, say, tell):
    asks(client)
    # The assistant's end is not the call's.
    endings.close(call, reason="customer-ended-call", at=timezone.now())
    turn = Ring.objects.get(step=0)
    whisper = say(f"/twilio/whisper?ring={turn.pk}", signing.payload("number_url_whisper"))
    assert f"They ask for a person: {REASON}." in whisper.find("Gather/Say").text
    say(f"/twilio/accept?ring={turn.pk}", signing.payload("gather_accept"))
    said = {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "60"}
    say("/twilio/after-dispatcher?step=0", signing.payload("dial_action_dispatcher_no_answer", **said))
    tell("/twilio/status", signing.payload("voice_status_completed"))
    call.refresh_from_db()
    assert (call.outcome, call.stage) == (Outcome.TRANSFERRED, Stage.ENDED)
    assert Lead.objects.get().status == Lead.Status.DONE


def test_nobody_takes_it_and_an_urgent_message_is_left(call, client, say, tell):
    asks(client)
    say("/twilio/after-dispatcher?step=0", signing.payload("dial_action_dispatcher_no_answer"))
    tree = say("/twilio/after-dispatcher?step=1", signing.payload("dial_action_dispatcher_no_answer"))
    assert "marked as urgent" in tree.find("Say").text
    tell("/twilio/recording", signing.payload("recording_status_completed"))
    tell("/twilio/status", signing.payload("voice_status_completed"))
    call.refresh_from_db()
    assert call.outcome == Outcome.VOICEMAIL
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.status) == (Lead.Reason.VOICEMAIL, True, Lead.Status.OPEN)
    assert lead.wanted == f"Wanted a person: {REASON}"


def test_a_second_delivery_hears_the_same_and_moves_nothing(call, vendors, client):
    at = timezone.now()
    both = [
        speaking.ask(client, "transferToHuman", {"reason": REASON}, tid="t1", call="v1", at=at),
        speaking.ask(client, "transferToHuman", {"reason": REASON}, tid="t1", call="v1", at=at),
    ]
    assert both[0] == both[1]
    assert asks(client, tid="t2", reason="a person!") == both[0]
    assert len(moves(vendors)) == 1


@pytest.mark.concurrency
def test_deliveries_at_once_move_it_once(call, vendors):
    ready = threading.Barrier(4)
    at = timezone.now()

    def deliver(_):
        ready.wait()
        try:
            return speaking.ask(Client(), "transferToHuman", {"reason": REASON}, tid="t1", call="v1", at=at)["state"]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        states = sorted(pool.map(deliver, range(4)))
    assert states.count("transferring") >= 1
    assert set(states) <= {"transferring", "office_will_call"}  # both are true: the lead is kept until somebody takes the call
    assert len(moves(vendors)) == 1
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 401}, {"drop": True}], ids=["503", "401", "gone"])
def test_twilio_does_not_take_it_and_the_office_calls_back(call, vendors, client, fault):
    vendors.fault(service="twilio", path="/2010-04-01", **fault)
    began = time.monotonic()
    answer = asks(client)
    assert time.monotonic() - began < 5
    assert (answer["state"], answer["say"]) == ("office_will_call", CALL_BACK)
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.status) == (Lead.Reason.WANTED_PERSON, True, Lead.Status.OPEN)
    call.refresh_from_db()
    assert (call.stage, call.put_through_at) == (Stage.ASSISTANT, None)
    assert [each.status for each in Ring.objects.all()] == ["planned", "planned"]
    # The assistant goes on, and may try again when asked again.
    vendors.fault(clear=True)
    assert asks(client, tid="t2")["state"] == "transferring"


def test_a_move_that_may_still_come_is_not_made_a_second_time(call, vendors, client):
    """Twilio takes it after we have waited: whoever picks up then is not cut off by the caller's next wish."""
    vendors.fault(service="twilio", path="/2010-04-01", latency_ms=8000, count=1)
    began = time.monotonic()
    answer = asks(client)
    assert time.monotonic() - began < 7
    assert (answer["state"], answer["say"]) == ("office_will_call", CALL_BACK)
    assert asks(client, tid="t2")["state"] == "office_will_call"
    while not moves(vendors) and time.monotonic() - began < 15:
        time.sleep(0.1)
    assert len(moves(vendors)) == 1
    call.refresh_from_db()
    endings.close(call, reason="call.in-progress.sip-completed-call", at=timezone.now())  # Vapi's end is not the call's
    call.refresh_from_db()
    assert call.stage != Stage.ENDED
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent, lead.status) == (Lead.Reason.WANTED_PERSON, True, Lead.Status.OPEN)


def test_a_caller_who_hung_up_meanwhile_is_a_lead(call, vendors, client):
    http.post(f"{vendors.url}/_control/calls/{signing.CALL_SID}", json={"status": "completed"})
    assert asks(client)["state"] == "office_will_call"
    assert moves(vendors) == []
    assert Lead.objects.get().status == Lead.Status.OPEN


def test_a_caller_without_a_number_is_asked_for_one(call, vendors, client):
    vendors.fault(service="twilio", path="/2010-04-01", status=500)
    Call.objects.update(from_number="")
    answer = speaking.ask(client, "transferToHuman", {}, tid="t1", call="v1", caller="anonymous")
    assert answer["state"] == "not_booked"
    assert answer["say"].endswith("What number can our office call you back at?")
    call.refresh_from_db()
    endings.close(call, reason="customer-ended-call", at=timezone.now())
    assert Lead.objects.get().reason == Lead.Reason.WANTED_PERSON


def test_a_crash_before_twilio_answered_leaves_a_promise_that_is_kept(call, vendors, client):
    """What the first delivery committed before it was killed is what its retry hears."""
    vendors.fault(service="twilio", path="/2010-04-01", latency_ms=9000)
    at = timezone.now()

    def deliver():
        try:
            speaking.ask(Client(), "transferToHuman", {"reason": REASON}, tid="t1", call="v1", at=at)
        finally:
            connection.close()

    first = threading.Thread(target=deliver)
    first.start()
    while not ToolInvocation.objects.exists():
        time.sleep(0.05)
    retry = speaking.ask(client, "transferToHuman", {"reason": REASON}, tid="t1", call="v1", at=at)
    assert (retry["state"], retry["say"]) == ("office_will_call", CALL_BACK)
    assert Lead.objects.get().urgent
    first.join()


def test_nobody_is_on_the_ladder(call, vendors, client, settings):
    settings.FALLBACK_DIAL_NUMBER = ""
    type(call.shop).objects.update(fallback_number="")
    assert asks(client)["state"] == "office_will_call"
    assert moves(vendors) == []


def test_a_spanish_caller_is_told_in_spanish(call, vendors, client):
    type(call.shop).objects.update(languages="en-es")
    Call.objects.update(language="es")
    assert asks(client, language="es")["say"] == "Un momento, le comunico con alguien ahora mismo."
    assert signing.read(moves(vendors)[0]).find("Say").get("language") == "es-MX"


def test_where_vapi_answers_the_number_it_is_asked_to_put_the_caller_through(call, vendors, client, settings):
    Call.objects.update(handoff_started_at=None, twilio_sid=None)
    assert asks(client)["state"] == "office_will_call"  # no control address is known
    made = http.post(
        f"{vendors.url}/vapi/call",
        json={"phoneNumberId": settings.VAPI_PHONE_NUMBER_ID, "customer": {"number": "+14155550142"},
              "assistantId": settings.VAPI_ASSISTANT_ID},
        headers={"Authorization": "Bearer key"},
    ).json()  # fmt: skip
    call.refresh_from_db()
    call.control_url = made["monitor"]["controlUrl"]
    call.save(update_fields=["control_url"])
    assert asks(client, tid="t2")["state"] == "transferring"
    assert moves(vendors) == []
    call.refresh_from_db()
    # Nothing of ours hears of the telephone call: Vapi's end is its end.
    endings.close(call, reason="assistant-forwarded-call", at=timezone.now())
    call.refresh_from_db()
    assert call.stage == Stage.ENDED
    assert Lead.objects.get().status == Lead.Status.OPEN


def test_in_danger_the_script_comes_first_and_then_the_person(call, vendors, client):
    gas = "I smell gas, let me talk to somebody"
    for _ in range(2):
        assert asks(client, reason=gas)["state"] == "emergency"
    assert moves(vendors) == []
    booking = {"customerName": "Jane", "serviceType": "repair", "scheduledDate": "tomorrow at 9"}
    assert speaking.ask(client, "bookAppointment", booking, tid="b1", call="v1")["state"] == "emergency"
    assert asks(client, tid="t2", reason=gas)["state"] == "transferring"
    assert len(moves(vendors)) == 1
    assert Lead.objects.get().urgent
