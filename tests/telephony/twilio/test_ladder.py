"""People are rung one after the other; the one who presses the key has the call, a voicemail box never does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from bookings.models import Lead, OfficeHours, OnCallPerson, OnCallTurn
from telephony import endings
from telephony.models import Call, Danger, Emergency, Ring, ToolInvocation
from tests.telephony.twilio import signing
from tests.telephony.twilio.test_inbound import rings, verbs

OFFICE, MARIA, OWNER, LAST = "+12125550111", "+12125550121", "+12125550122", "+12125550199"
VOICEMAIL = ["Say", "Record", "Say", "Hangup"]
Stage, Outcome, Status = Call.Stage, Call.Outcome, Ring.Status


@pytest.fixture
def call(shop, now):
    return Call.objects.create(
        shop=shop, twilio_sid=signing.CALL_SID, vapi_id="v1", from_number="+14155550123", stage=Stage.ASSISTANT, started_at=now
    )


@pytest.fixture
def people(shop):
    """Maria is on call from yesterday to tomorrow, and then there is the owner."""
    maria = OnCallPerson.objects.create(shop=shop, name="Maria", phone=MARIA)
    OnCallPerson.objects.create(shop=shop, name="Olga", phone=OWNER, owner=True)
    day = timedelta(days=1)
    OnCallTurn.objects.create(shop=shop, person=maria, starts_at=timezone.now() - day, ends_at=timezone.now() + day)


@pytest.fixture
def rung(call, people, say):
    """The assistant's line broke, and Maria rings."""
    say("/twilio/after-assistant?waited=1", signing.payload("voice_inbound", CallStatus="in-progress"))
    return Ring.objects.get(step=0)


def no_answer(**changes):
    return signing.payload("dial_action_dispatcher_no_answer", **changes)


def talked(seconds="95", **changes):
    return no_answer(DialCallStatus="completed", DialBridged="true", DialCallDuration=seconds, **changes)


def hears(say, turn):
    return say(f"/twilio/whisper?ring={turn.pk}", signing.payload("number_url_whisper"))


def presses(say, turn, key="1"):
    return say(f"/twilio/accept?ring={turn.pk}", signing.payload("gather_accept", Digits=key))


# --- The order -------------------------------------------------------------------------------------------------------


def test_everybody_has_a_turn_and_then_the_voicemail(shop, call, rung, say):
    type(shop).objects.update(ring_seconds=25)
    for step, number in enumerate((OWNER, LAST), start=1):
        for _ in range(2):
            tree = say(f"/twilio/after-dispatcher?step={step - 1}", no_answer())
            dial = rings(tree, number, step=step)
            assert (verbs(tree), dial.get("timeout")) == (["Dial"], "25")
    for _ in range(2):
        tree = say("/twilio/after-dispatcher?step=2", no_answer(DialCallStatus="busy"))
        assert verbs(tree) == VOICEMAIL
    told = list(Ring.objects.values_list("step", "name", "number", "rung", "status"))
    assert told == [
        (0, "Maria", MARIA, "First", "unanswered"),
        (1, "Olga", OWNER, "Owner", "unanswered"),
        (2, "ABC HVAC", LAST, "Last resort", "unanswered"),
    ]
    assert all(each.rang_at and each.ended_at and not each.answered_at for each in Ring.objects.all())
    lead = Lead.objects.get()
    assert (lead.reason, lead.phone, lead.origin, lead.urgent) == (
        Lead.Reason.NOT_ANSWERED, "+14155550123", call.origin, False,
    )  # fmt: skip
    call.refresh_from_db()
    assert call.stage == Stage.VOICEMAIL


def test_in_its_hours_the_office_rings_first(shop, call, people, say):
    OfficeHours.objects.bulk_create(
        [OfficeHours(shop=shop, weekday=day, opens=time(0), closes=time(23, 59, 59)) for day in range(7)]
    )
    rings(say("/twilio/after-assistant", signing.payload("dial_action_vapi_failed_503")), OFFICE)
    assert list(Ring.objects.values_list("number", flat=True)) == [OFFICE, MARIA, OWNER, LAST]


def test_the_ladder_is_written_down_when_the_first_one_rings(rung, say):
    OnCallTurn.objects.all().delete()
    rings(say("/twilio/after-assistant", signing.payload("voice_inbound", CallStatus="in-progress")), MARIA)
    rings(say("/twilio/after-dispatcher?step=0", no_answer()), OWNER, step=1)


@pytest.mark.concurrency
def test_two_deliveries_at_once_make_one_ladder(call, people, settings):
    ready = threading.Barrier(4)

    def deliver(_):
        ready.wait()
        try:
            return signing.post(Client(), "/twilio/after-assistant", signing.payload("dial_action_vapi_failed_503")).content
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(deliver, range(4)))
    assert len(answers) == 1
    assert list(Ring.objects.values_list("step", flat=True)) == [0, 1, 2]


def test_whoever_calls_is_not_rung_back(call, people, say):
    Call.objects.update(from_number=MARIA)
    rings(say("/twilio/after-assistant", signing.payload("dial_action_vapi_failed_503", From=MARIA)), OWNER)


def test_a_caller_who_hangs_up_rings_nobody_else(call, rung, say, tell):
    gone = no_answer(CallStatus="completed", DialCallStatus="canceled")
    for _ in range(2):
        assert verbs(say("/twilio/after-dispatcher?step=0", gone)) == ["Hangup"]
    tell("/twilio/status", signing.payload("voice_status_completed"))
    assert list(Ring.objects.values_list("status", flat=True)) == ["unanswered", "planned", "planned"]
    call.refresh_from_db()
    assert call.stage == Stage.ENDED
    assert Lead.objects.get().status == Lead.Status.OPEN


# --- The key -----------------------------------------------------------------------------------------------------------


def test_the_person_hears_what_it_is_about_and_takes_the_call(call, rung, say, tell):
    tree = hears(say, rung)
    assert verbs(tree) == ["Gather", "Hangup"]
    gather = tree.find("Gather")
    assert gather.get("numDigits") == "1"
    assert gather.get("action") == f"{signing.SERVER}/twilio/accept?ring={rung.pk}"
    assert gather.find("Say").text == "A call for ABC HVAC. The assistant could not take it. Press 1 to take the call."
    for _ in range(2):
        assert verbs(presses(say, rung)) == ["Say"]
    rung.refresh_from_db()
    assert (rung.status, rung.ended_at) == (Status.ACCEPTED, None)
    assert rung.answered_at <= rung.accepted_at
    for _ in range(2):
        assert verbs(say("/twilio/after-dispatcher?step=0", talked())) == ["Hangup"]
    tell("/twilio/status", signing.payload("voice_status_completed"))
    call.refresh_from_db()
    assert (call.outcome, call.stage) == (Outcome.TRANSFERRED, Stage.ENDED)
    assert Lead.objects.count() == 0
    assert Call.objects.count() == 1  # the person's line is no call of ours
    assert list(Ring.objects.values_list("status", flat=True)) == ["accepted", "planned", "planned"]


def test_taking_the_call_closes_the_lead(call, rung, say, tell, now):
    tell("/twilio/status", signing.payload("voice_status_completed"))  # Twilio's word on the end may come first
    assert Lead.objects.get().status == Lead.Status.OPEN
    hears(say, rung)
    presses(say, rung)
    say("/twilio/after-dispatcher?step=0", talked(CallStatus="completed"))
    assert Lead.objects.get().status == Lead.Status.DONE
    call.refresh_from_db()
    assert call.outcome == Outcome.TRANSFERRED


@pytest.mark.parametrize("said", [talked(), no_answer(DialCallStatus="completed", DialBridged=None, DialCallDuration="30")])
def test_a_voicemail_box_that_picks_up_does_not_have_the_call(call, rung, say, said):
    hears(say, rung)
    rings(say("/twilio/after-dispatcher?step=0", said), OWNER, step=1)
    rung.refresh_from_db()
    assert (rung.status, rung.answered_at is None) == (Status.UNANSWERED, False)


def test_another_key_is_a_no(call, rung, say):
    hears(say, rung)
    assert verbs(presses(say, rung, "2")) == verbs(presses(say, rung, "")) == ["Hangup"]
    rings(say("/twilio/after-dispatcher?step=0", no_answer(DialCallStatus="completed", DialBridged="false")), OWNER, step=1)


def test_a_key_and_two_seconds_are_no_conversation(call, rung, say):
    hears(say, rung)
    Ring.objects.update(answered_at=timezone.now() - timedelta(seconds=10))  # so long was the summary
    presses(say, rung)
    for _ in range(2):
        rings(say("/twilio/after-dispatcher?step=0", talked("12")), OWNER, step=1)
    call.refresh_from_db()
    assert call.outcome != Outcome.TRANSFERRED


def test_without_a_length_our_clock_says_how_long_they_talked(call, rung, say):
    hears(say, rung)
    presses(say, rung)
    said = talked(None)
    rings(say("/twilio/after-dispatcher?step=0", said), OWNER, step=1)
    owner = Ring.objects.get(step=1)
    hears(say, owner)
    presses(say, owner)
    Ring.objects.filter(step=1).update(accepted_at=timezone.now() - timedelta(seconds=5))
    assert verbs(say("/twilio/after-dispatcher?step=1", said)) == ["Hangup"]


def test_a_key_that_comes_too_late_takes_nothing(call, rung, say):
    hears(say, rung)
    say("/twilio/after-dispatcher?step=0", no_answer())
    assert verbs(presses(say, rung)) == ["Say", "Hangup"]
    rung.refresh_from_db()
    assert (rung.status, rung.accepted_at) == (Status.UNANSWERED, None)


def test_what_the_database_did_not_hear_is_taken_from_twilio(call, rung, say):
    assert verbs(say("/twilio/after-dispatcher?step=0", talked())) == ["Hangup"]
    rung.refresh_from_db()
    assert rung.status == Status.ACCEPTED


@pytest.mark.parametrize("ring", ["", "?ring=", "?ring=0", "?ring=999999", "?ring=x"])
def test_a_turn_nobody_knows_is_taken_by_the_key_all_the_same(shop, say, ring):
    tree = say(f"/twilio/whisper{ring}", signing.payload("number_url_whisper"))
    assert tree.find("Gather/Say").text == "A caller is on the line. Press 1 to take the call."
    assert verbs(say(f"/twilio/accept{ring}", signing.payload("gather_accept"))) == ["Say"]
    assert verbs(say(f"/twilio/accept{ring}", signing.payload("gather_accept", Digits="9"))) == ["Hangup"]
    assert Call.objects.count() == 0


def test_the_summary_says_who_calls_and_why(call, rung, say, now):
    Call.objects.update(wants_person="a question about last week's bill", language="es")
    asked = {"serviceType": "repair", "problem": "the furnace blows cold air", "customerName": "Jane Miller"}
    for n, said in enumerate((asked, {"serviceType": "furnace repair", "timeWindow": "morning"})):
        ToolInvocation.objects.create(
            call=call, shop=call.shop, name="checkAvailability", arguments=said, state="offered",
            requested_at=now + timedelta(seconds=n), answered_at=now, milliseconds=1,
        )  # fmt: skip
    Emergency.objects.create(
        shop=call.shop, origin=call.origin, call=call, danger=Danger.GAS, heard_at=now, script="s", language="en"
    )
    assert hears(say, rung).find("Gather/Say").text == (
        "A call for ABC HVAC. Emergency: Gas. The caller is Jane Miller. They speak Spanish. They ask for a person: a question "
        "about last week's bill. furnace repair: the furnace blows cold air. Press 1 to take the call."
    )
    Call.objects.update(wants_person="word " * 60)
    assert len(hears(say, rung).find("Gather/Say").text) < 300  # twenty seconds of speech


# --- Without a ladder ------------------------------------------------------------------------------------------------


def test_the_last_resort_who_talked_ends_it(call, say, tell, now):
    endings.close(call, reason="pipeline-error-x", at=now)
    assert Lead.objects.get().status == Lead.Status.OPEN
    for _ in range(2):
        assert verbs(say("/twilio/after-dispatcher", talked())) == ["Hangup"]
    call.refresh_from_db()
    assert call.outcome == Outcome.TRANSFERRED
    assert Lead.objects.get().status == Lead.Status.DONE


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"DialCallStatus": "busy"},
        {"DialCallStatus": "failed", "DialCallSid": None, "DialBridged": None},
        {"DialCallStatus": "completed", "DialBridged": "false", "DialCallDuration": "0"},
        {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "2"},
        {"DialCallStatus": "completed", "DialBridged": None},
        {"DialCallStatus": None, "DialBridged": None},
    ],
)
@pytest.mark.parametrize("query", ["", "?step=99", "?step=x"])
def test_nobody_talked_and_nobody_is_left_so_it_is_the_voicemail(call, say, changes, query):
    for _ in range(2):
        tree = say(f"/twilio/after-dispatcher{query}", no_answer(**changes))
        assert verbs(tree) == VOICEMAIL
    record = tree.find("Record")
    assert record.get("maxLength") == "180"
    assert record.get("playBeep") == record.get("transcribe") == "true"
    assert record.get("action") == f"{signing.SERVER}/twilio/voicemail"
    assert record.get("recordingStatusCallback") == f"{signing.SERVER}/twilio/recording"
    assert record.get("transcribeCallback") == f"{signing.SERVER}/twilio/transcription"
    assert all("ABC HVAC" in each.text for each in tree.findall("Say"))
    assert Lead.objects.get().reason == Lead.Reason.NOT_ANSWERED


# --- The voicemail's words -------------------------------------------------------------------------------------------


def test_the_voicemail_says_what_happens_next(shop, call, say):
    said = say("/twilio/after-dispatcher", no_answer()).find("Say").text
    assert "Nobody can take your call right now." in said
    assert "Our office will call you back." in said
    OfficeHours.objects.create(shop=shop, weekday=0, opens=time(3), closes=time(3, 1))
    said = say("/twilio/after-dispatcher", no_answer()).find("Say").text
    assert "Our office is closed right now" in said
    assert "when it opens" in said
    OfficeHours.objects.bulk_create(
        [OfficeHours(shop=shop, weekday=day, opens=time(0), closes=time(23, 59, 59)) for day in range(7)]
    )
    assert "Nobody at our office" in say("/twilio/after-dispatcher", no_answer()).find("Say").text


def test_who_asked_for_a_person_leaves_an_urgent_message(call, say, tell):
    Call.objects.update(wants_person="wants the manager")
    assert "marked as urgent" in say("/twilio/after-dispatcher", no_answer()).find("Say").text
    lead = Lead.objects.get()
    assert (lead.reason, lead.urgent) == (Lead.Reason.WANTED_PERSON, True)
    said = say("/twilio/voicemail", signing.payload("record_action_voicemail")).find("Say").text
    assert "We have your message" in said
    lead.refresh_from_db()
    assert (lead.reason, lead.urgent) == (Lead.Reason.VOICEMAIL, True)


def test_an_emergency_in_force_makes_it_urgent(call, say, now):
    Emergency.objects.create(
        shop=call.shop, origin=call.origin, call=call, danger=Danger.GAS, heard_at=now, script="s", language="en"
    )
    say("/twilio/after-dispatcher", no_answer())
    assert Lead.objects.get().urgent


def test_a_spanish_caller_hears_spanish(shop, call, rung, say):
    type(shop).objects.update(languages="en-es")
    Call.objects.update(language="es")
    tree = say("/twilio/after-assistant", signing.payload("voice_inbound", CallStatus="in-progress"))
    assert verbs(tree) == ["Say", "Dial"]
    assert (tree.find("Say").get("language"), tree.find("Say").text[:10]) == ("es-MX", "Un momento")
    for step in range(2):
        say(f"/twilio/after-dispatcher?step={step}", no_answer())
    tree = say("/twilio/after-dispatcher?step=2", no_answer())
    assert {each.get("language") for each in tree.findall("Say")} == {"es-MX"}
    assert "monóxido" in tree.find("Say").text
    assert tree.find("Record").get("transcribe") == "false"


# --- Twilio could not use an answer ----------------------------------------------------------------------------------


def failed(path, **changes):
    said = {"ErrorUrl": f"{signing.SERVER}/twilio/{path}", "CallStatus": "in-progress"} | changes
    return signing.payload("voice_fallback_11200", **said)


def test_the_fallback_rings_the_next_person(call, rung, say):
    for _ in range(2):
        rings(say("/twilio/fallback", failed("after-dispatcher?step=0")), OWNER, step=1)
    rings(say("/twilio/fallback", failed("after-dispatcher?step=1")), LAST, step=2)
    assert verbs(say("/twilio/fallback", failed("after-dispatcher?step=2"))) == VOICEMAIL


def test_the_fallback_of_a_persons_line(call, rung, say):
    whisper = say("/twilio/fallback", failed(f"whisper?ring={rung.pk}"))
    assert whisper.find("Gather").get("action") == f"{signing.SERVER}/twilio/accept?ring={rung.pk}"
    assert verbs(say("/twilio/fallback", failed(f"accept?ring={rung.pk}", Digits="1"))) == ["Say"]
    assert verbs(say("/twilio/fallback", failed(f"accept?ring={rung.pk}"))) == ["Hangup"]
    assert Call.objects.count() == 1


def test_the_same_step_is_the_same_answer_letter_for_letter(call, rung, client):
    path = "/twilio/after-dispatcher?step=0"
    first, second = (signing.post(client, path, no_answer()).content for _ in range(2))
    assert first == second
    (number,) = ElementTree.fromstring(first).findall("Dial/Number")  # noqa: S314 - our own answer
    assert urlsplit(number.get("url")).query == f"ring={Ring.objects.get(step=1).pk}"


def test_what_no_document_may_hold_is_not_spoken(call, rung, say):
    ToolInvocation.objects.create(
        call=call, shop=call.shop, name="takeMessage", arguments={"message": "the \x08 furnace\ufffe is out"}, answer={},
        state="office_will_call", requested_at=timezone.now(), answered_at=timezone.now(), milliseconds=1,
    )  # fmt: skip
    assert "furnace is out" in hears(say, rung).find("Gather/Say").text


def test_the_fallback_of_an_address_that_is_none_rings_somebody(call, people, say):
    rings(say("/twilio/fallback", failed("") | {"ErrorUrl": "wss://[stream/"}), MARIA)
