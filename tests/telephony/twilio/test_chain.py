"""After the assistant, the voicemail, and the end: nobody's call is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Lead
from telephony import endings
from telephony.models import Call, ToolInvocation
from tests.desk import shelf
from tests.telephony.twilio import signing
from tests.telephony.twilio.test_inbound import rings, verbs

GOODBYE = ["Say", "Hangup"]
DISPATCHER = "+12125550111"
Stage, Outcome = Call.Stage, Call.Outcome


@pytest.fixture
def call(shop, now):
    return Call.objects.create(
        shop=shop, twilio_sid=signing.CALL_SID, vapi_id="v1", from_number="+14155550123", stage=Stage.ASSISTANT, started_at=now
    )


@pytest.fixture
def redirected():
    """What Twilio says when the stream to Vapi has ended and our redirect is followed."""
    return signing.payload("voice_inbound", CallStatus="in-progress")


def used(call, state, now):
    """A tool's answer; one that speaks of a booking has it, made by another call."""
    spoken_of = shelf.book(call.shop, now, on=now.date() + timedelta(days=1)) if state in endings.SERVED_STATES else None
    ToolInvocation.objects.create(
        call=call, shop=call.shop, name="bookAppointment", state=state, requested_at=now, answered_at=now, milliseconds=1,
        answer={"bookingId": str(spoken_of.public_id)} if spoken_of else {},
    )  # fmt: skip


# --- After the assistant ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", sorted(endings.NATURAL_ENDINGS))
def test_a_conversation_that_ended_well_ends_the_call(call, say, redirected, reason):
    endings.close(call, reason=reason, at=timezone.now())
    tree = say("/twilio/after-assistant", redirected)
    assert verbs(tree) == GOODBYE
    assert "ABC HVAC" in tree.find("Say").text
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("state", ["booked", "moved"])
def test_a_booked_caller_is_not_rung_through(call, say, redirected, now, state):
    used(call, state, now)
    assert verbs(say("/twilio/after-assistant", redirected)) == GOODBYE


@pytest.mark.parametrize(
    "reason",
    [
        "pipeline-error-openai-llm-failed",
        "exceeded-max-duration",
        "silence-timed-out",
        "assistant-forwarded-call",
        "worker-shutdown",
    ],
)
def test_a_conversation_that_broke_goes_on_with_a_person(call, say, redirected, reason):
    endings.close(call, reason=reason, at=timezone.now())
    for _ in range(2):
        tree = say("/twilio/after-assistant", redirected)
        rings(tree, DISPATCHER)
        assert verbs(tree) == ["Say", "Dial"]
    call.refresh_from_db()
    assert call.fallback_reason == reason


def test_vapis_word_on_the_end_is_waited_for_once(call, say, redirected):
    tree = say("/twilio/after-assistant", redirected)
    assert verbs(tree) == ["Pause", "Redirect"]
    assert tree.find("Redirect").text == f"{signing.SERVER}/twilio/after-assistant?waited=1"
    rings(say("/twilio/after-assistant?waited=1", redirected), DISPATCHER)


def test_an_assistant_that_never_spoke_is_not_waited_for(call, say, redirected):
    Call.objects.update(stage=Stage.RINGING)
    rings(say("/twilio/after-assistant", redirected), DISPATCHER)
    call.refresh_from_db()
    assert (call.stage, call.fallback_reason) == (Stage.DISPATCHER, "the assistant's line broke")


def test_by_sip_an_assistant_that_refuses(call, say):
    rings(say("/twilio/after-assistant", signing.payload("dial_action_vapi_failed_503")), DISPATCHER)
    call.refresh_from_db()
    assert call.fallback_reason == "the assistant's line: failed"


@pytest.mark.parametrize(
    ("seconds", "reason", "answer"),
    [
        ("171", "customer-ended-call", GOODBYE),
        ("171", "", ["Pause", "Redirect"]),
        ("171", "pipeline-error-openai-llm-failed", ["Say", "Dial"]),
        ("2", "customer-ended-call", ["Dial"]),
        ("2", "", ["Dial"]),
        (None, "customer-ended-call", GOODBYE),
    ],
)
def test_by_sip_completed_is_not_yet_a_conversation(call, say, seconds, reason, answer):
    Call.objects.update(ended_reason=reason)
    said = signing.payload("dial_action_vapi_completed", DialCallDuration=seconds)
    assert verbs(say("/twilio/after-assistant", said)) == answer


def test_a_call_nobody_recorded_is_recorded_and_rung_through(shop, say, redirected):
    rings(say("/twilio/after-assistant", redirected), DISPATCHER)
    assert Call.objects.get().twilio_sid == signing.CALL_SID


# --- The voicemail -----------------------------------------------------------------------------------------------------


def test_a_voicemail_becomes_a_lead_with_words_and_sound(call, say, tell):
    say("/twilio/after-dispatcher", signing.payload("dial_action_dispatcher_no_answer"))
    for _ in range(2):
        assert verbs(say("/twilio/voicemail", signing.payload("record_action_voicemail"))) == GOODBYE
        tell("/twilio/recording", signing.payload("recording_status_completed"))
        tell("/twilio/transcription", signing.payload("transcription_completed"))
        tell("/twilio/status", signing.payload("voice_status_completed"))
    lead = Lead.objects.get()
    assert (lead.reason, lead.recording_seconds) == (Lead.Reason.VOICEMAIL, 23)
    assert lead.recording_url.endswith("/Recordings/RE4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d4d")
    assert lead.wanted == "Hi, this is Jane, please call me back."
    assert (lead.phone, lead.status) == ("+14155550123", Lead.Status.OPEN)
    call.refresh_from_db()
    assert (call.outcome, call.stage) == (Outcome.VOICEMAIL, Stage.ENDED)


@pytest.mark.parametrize("status", ["absent", "failed", "in-progress"])
def test_silence_at_the_voicemail_stays_a_lead_without_sound(call, say, tell, status):
    say("/twilio/after-dispatcher", signing.payload("dial_action_dispatcher_no_answer"))
    tell("/twilio/recording", signing.payload("recording_status_completed", RecordingStatus=status, RecordingDuration="0"))
    tell("/twilio/status", signing.payload("voice_status_completed"))
    lead = Lead.objects.get()
    assert (lead.reason, lead.recording_url) == (Lead.Reason.NOT_ANSWERED, "")


# --- The end -----------------------------------------------------------------------------------------------------------


def test_a_caller_whom_nobody_spoke_to_is_a_lead(call, tell):
    Call.objects.update(stage=Stage.RINGING)
    for _ in range(2):
        tell("/twilio/status", signing.payload("voice_status_completed"))
    call.refresh_from_db()
    assert (call.stage, call.outcome, call.ended_reason) == (Stage.ENDED, Outcome.ABANDONED, "completed")
    assert call.ended_at is not None
    assert Lead.objects.get().reason == Lead.Reason.ABANDONED


def test_a_late_report_that_they_did_speak_closes_that_lead(call, tell, now):
    Call.objects.update(stage=Stage.RINGING)
    tell("/twilio/status", signing.payload("voice_status_completed"))
    Call.objects.update(transcript="AI: Hello. User: Are you open on Sunday?")
    endings.close(call, reason="customer-ended-call", at=now)
    call.refresh_from_db()
    assert (call.outcome, call.stage) == (Outcome.ANSWERED, Stage.ENDED)
    assert Lead.objects.get().status == Lead.Status.DONE


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("booked", Outcome.BOOKED), ("moved", Outcome.BOOKED), ("emergency", Outcome.EMERGENCY), ("offered", Outcome.ANSWERED)],
)
def test_what_the_tools_did_decides_the_outcome(call, tell, now, state, outcome):
    used(call, state, now)
    tell("/twilio/status", signing.payload("voice_status_completed"))
    endings.close(call, reason="pipeline-error-x" if outcome != Outcome.ANSWERED else "customer-ended-call", at=now)
    call.refresh_from_db()
    assert call.outcome == outcome
    # Who was offered times and took none is called back, and so is whoever spoke of danger.
    reasons = {"offered": ["no_time"], "emergency": ["emergency"]}.get(state, [])
    assert list(Lead.objects.values_list("reason", flat=True)) == reasons


def test_the_assistants_end_does_not_end_a_call_at_the_dispatcher(call, tell, now):
    Call.objects.update(stage=Stage.DISPATCHER, fallback_reason="x")
    endings.close(call, reason="pipeline-error-x", at=now)
    call.refresh_from_db()
    assert (call.stage, call.ended_at, call.outcome, call.ended_reason) == (Stage.DISPATCHER, None, "", "pipeline-error-x")
    tell("/twilio/status", signing.payload("voice_status_completed"))
    call.refresh_from_db()
    assert (call.stage, call.outcome) == (Stage.ENDED, Outcome.FAILED)
    assert Lead.objects.get().reason == Lead.Reason.NOT_ANSWERED


def test_a_status_on_the_way_and_of_a_dialled_leg_end_nothing(call, tell):
    tell("/twilio/status", signing.payload("voice_status_completed", CallStatus="in-progress"))
    tell("/twilio/status", signing.payload("voice_status_completed", CallSid="CA" + "9" * 32, ParentCallSid=signing.CALL_SID))
    call.refresh_from_db()
    assert call.stage == Stage.ASSISTANT
    assert Call.objects.count() == 1


def test_a_late_message_moves_nothing_backwards(call, say, tell, redirected):
    tell("/twilio/status", signing.payload("voice_status_completed"))
    for path, payload in (
        ("after-assistant", "dial_action_vapi_failed_503"),
        ("after-dispatcher", "dial_action_dispatcher_no_answer"),
        ("after-dispatcher?step=0", "dial_action_dispatcher_no_answer"),
    ):
        say(f"/twilio/{path}", signing.payload(payload))
        call.refresh_from_db()
        assert call.stage == Stage.ENDED


def test_an_end_we_never_heard_the_beginning_of_is_still_a_lead(shop, tell):
    tell("/twilio/status", signing.payload("voice_status_completed"))
    assert Lead.objects.get().phone == "+14155550123"


# --- Texts that come in ----------------------------------------------------------------------------------------------


def test_a_text_becomes_a_lead_once(shop, say):
    for _ in range(2):
        assert verbs(say("/twilio/text", signing.payload("sms_inbound_C", Body=" My AC drips "))) == []
    lead = Lead.objects.get()
    assert (lead.wanted, lead.phone) == ("My AC drips", "+14155550123")


def test_a_stop_word_is_answered_by_twilio_and_drops_what_waits(shop, say, now):
    from bookings.services import messages

    messages.queue(shop_id=shop.pk, reason="r1", to="+14155550123", body="b", now=now)
    messages.queue(shop_id=shop.pk, reason="r2", to="+14155550999", body="b", now=now)
    assert verbs(say("/twilio/text", signing.payload("sms_inbound_STOP_default_optout"))) == []
    from bookings.models import OutgoingMessage

    assert list(OutgoingMessage.objects.order_by("reason").values_list("status", "error_code")) == [
        ("failed", "21610"),
        ("queued", ""),
    ]
    assert Lead.objects.count() == 0
