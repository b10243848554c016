"""What Vapi tells of a call becomes one row per event, ordered by Vapi's time, however often and in whatever order it comes."""

import random
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Lead
from telephony.models import Call, CallEvent
from tests.factories import a_shop
from tests.telephony.vapi.speaking import ask, post
from tests.telephony.vapi.talking import BEGAN, CALL, EVENT, SID, record, report, short_call, told, words

pytestmark = pytest.mark.django_db


def at(seconds):
    return BEGAN + timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def shop():
    made = a_shop(phone_number="+12125550100")
    with time_machine.travel(at(60), tick=False):
        yield made


def play(client, messages):
    for message in messages:
        assert post(client, message).status_code == 200


def test_a_short_call_ends_as_these_rows(client, shop):
    play(client, short_call())
    assert list(CallEvent.objects.values_list(*EVENT)) == [
        ("status-update", "", "in-progress", "", at(0.5)),
        ("speech-update", "assistant", "started", "", at(1)),
        ("transcript", "assistant", "final", "Thank you for calling. This call is recorded.", at(3)),
        ("speech-update", "assistant", "stopped", "", at(3.1)),
        ("transcript", "user", "partial", "My fur", at(5.4)),
        ("transcript", "user", "final", "My furnace is broken.", at(6)),
        ("conversation-update", "user", "2 turns", "My furnace is broken.", at(6.1)),
        ("language-change-detected", "user", "en", "", at(6.2)),
        ("user-interrupted", "user", "", "", at(8)),
        ("status-update", "", "ended", "customer-ended-call", at(12.3)),
        ("end-of-call-report", "", "customer-ended-call", "Thank you for calling. This call is recorded.", at(20)),
    ]
    ((call,), _) = record()
    assert call | {"cost": str(call["cost"])} == {
        "shop_id": shop.pk, "twilio_sid": SID, "vapi_id": CALL, "from_number": "+14155550142", "to_number": "+12125550100",
        "stage": "ended", "outcome": "answered", "fallback_reason": "", "handoff_started_at": None, "handoff_twiml": "",
        "started_at": at(0.5), "ended_at": at(12.25), "ended_reason": "customer-ended-call",
        "summary": "The furnace is broken.",
        "transcript": "AI: Thank you for calling. This call is recorded.\nUser: My furnace is broken.",
        "recording_url": "https://storage.vapi.ai/rec-mono.wav", "recording_removed_at": None, "recording_try_at": None,
        "cost": "0.0731",
        "wanted": {"reason": "repair", "urgent": True}, "assistant_id": None, "language": "en",
        "disclosure": "Thank you for calling. This call is recorded.", "disclosed_at": at(3), "recording_consent": "given",
        "taken_back_at": None,
        "control_url": "",
        "wants_person": "",
        "put_through_at": None,
        "told_checked_at": None,
        "reconcile_at": None,
    }  # fmt: skip
    assert not Lead.objects.exists()


def test_any_order_with_second_deliveries_ends_in_the_same_rows(client, shop):
    """Fifty orders that a network could make of it, each with some messages delivered twice."""
    play(client, short_call())
    expected = record()
    chance = random.Random(20)
    for _ in range(50):
        Call.objects.all().delete()
        Lead.objects.all().delete()
        messages = short_call()
        messages += chance.sample(messages, chance.randint(0, 4))
        chance.shuffle(messages)
        play(client, messages)
        assert record() == expected, [each["message"]["type"] for each in messages]


@pytest.mark.parametrize("late", range(11))
def test_one_message_later_than_all_others_changes_nothing(client, late):
    messages = short_call()
    play(client, messages)
    expected = record()
    Call.objects.all().delete()
    Lead.objects.all().delete()
    play(client, [*messages[:late], *messages[late + 1 :], messages[late]])
    assert record() == expected


SINGLE = [
    told("status-update", 9, status="in-progress"),
    told("status-update", 9, status="forwarding"),
    told("speech-update", 9, role="user", status="stopped", turn=3),
    told("user-interrupted", 9, turnId="t-9"),
    told("hang", 9),
    told("conversation-update", 9, messagesOpenAIFormatted=[{"role": "user", "content": "Hello"}]),
    told("transfer-update", 9, destination={"type": "number", "number": "+12125550199", "description": "The office"}),
    told("assistant.speechStarted", 9, text="Let me look.", turn=4, source="model"),
    words(9, "user", "and", final=False),
    words(9, "user", "and the filter of it was changed in the spring", bracketed=True),
    words(9, "assistant", "Let me look."),
]


@pytest.mark.parametrize("message", SINGLE, ids=lambda each: each["message"]["type"])
def test_an_ordinary_message_of_a_known_call_is_one_statement_twice_too(client, message):
    play(client, short_call()[:6])
    before = CallEvent.objects.count()
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert post(client, message).json() == {}
        assert len(asked) == 1, [each["sql"] for each in asked]
        assert CallEvent.objects.count() == before + 1


def test_short_words_of_the_caller_are_heard_with_what_was_said_before_them_in_one_statement_more(client):
    play(client, short_call()[:6])
    with CaptureQueriesContext(connection) as asked:
        post(client, words(9, "user", "and the filter"))
    assert len(asked) == 2


def test_what_is_said_without_words_and_of_other_kinds(client):
    play(client, [SINGLE[0], SINGLE[4], SINGLE[5], SINGLE[6], SINGLE[7]])
    assert list(CallEvent.objects.values_list(*EVENT)) == [
        ("assistant.speechStarted", "assistant", "model", "Let me look.", at(9)),
        ("conversation-update", "user", "1 turns", "Hello", at(9)),
        ("hang", "", "", "", at(9)),
        ("status-update", "", "in-progress", "", at(9)),
        ("transfer-update", "", "number", "The office", at(9)),
    ]


@pytest.mark.parametrize(
    "kind",
    ["model-output", "voice-input", "call.artifact.upload", "session.created", "campaign.predial", "assistant.started"],
)
def test_other_types_are_fine_and_leave_nothing(client, kind):
    with CaptureQueriesContext(connection) as asked:
        assert post(client, told(kind, 9, output="x")).json() == {}
    assert len(asked) == 0
    assert not Call.objects.exists()


def test_times_are_kept_to_the_millisecond(client):
    message = words(0, "user", "Hello")
    for stamp in (1787241608150, 1787241608151.4, "2026-08-20T16:00:08.152Z", 1787241608.153):
        message["message"]["timestamp"] = stamp
        post(client, message)
    assert [each.at.microsecond for each in CallEvent.objects.all()] == [150_000, 151_000, 152_000, 153_000]


def test_without_a_time_our_own_stands_in(client):
    message = words(9, "user", "Hello")
    del message["message"]["timestamp"]
    play(client, [message, message])
    assert [each.at for each in CallEvent.objects.all()] == [at(60)]


def test_a_message_of_an_unknown_number_is_not_kept_and_not_repeated(client, shop):
    a_shop(name="Second")
    message = words(9, "user", "Hello")
    message["message"]["phoneNumber"]["number"] = "+19995550100"
    assert post(client, message).status_code == 200
    assert not Call.objects.exists()


def test_a_call_known_to_twilio_only_is_joined_once(client, shop):
    Call.objects.create(shop=shop, twilio_sid=SID, started_at=at(-2))
    play(client, short_call())
    call = Call.objects.get()
    assert (call.vapi_id, call.started_at, call.events.count()) == (CALL, at(-2), 11)


def test_a_tool_that_came_first_began_the_call(client):
    ask(client, "checkAvailability", {"serviceType": "repair"}, at=at(4))
    play(client, short_call())
    assert Call.objects.get().started_at == at(0.5)


def test_the_transcript_of_a_call_without_a_report_is_what_was_heard(client):
    play(client, short_call()[:-1])
    call = Call.objects.get()
    assert (call.stage, call.outcome, call.transcript, call.ended_at) == ("ended", "answered", "", at(12.3))


def test_a_report_s_reason_wins_over_a_status_s_and_over_twilio_s(client, shop):
    ended = told("status-update", 12, status="ended", endedReason="pipeline-error-first")
    said = report(endedReason="pipeline-error-second")
    for order in ([ended, said], [said, ended]):
        Call.objects.all().delete()
        Lead.objects.all().delete()
        play(client, order)
        call = Call.objects.get()
        assert (call.ended_reason, call.outcome, call.ended_at) == ("pipeline-error-second", "failed", at(12))
        assert Lead.objects.get().reason == Lead.Reason.NOT_ANSWERED


@pytest.mark.parametrize(
    ("structured", "kept"),
    [
        (
            {"reason": "repair", "age": 12, "urgent": False, "nested": {"a": 1}, "list": ["x"]},
            {"reason": "repair", "age": 12, "urgent": False},
        ),
        ({"long": "x" * 301, "short": "x" * 300}, {"short": "x" * 300}),
        ({"apiKey": "k", "twilioAuthToken": "t", "ok": "yes"}, {"ok": "yes"}),
        ("not an object", {}),
        (None, {}),
    ],
)
def test_of_the_analysis_only_small_plain_answers_are_kept(client, structured, kept):
    play(client, [report(analysis={"structuredData": structured})])
    assert Call.objects.get().wanted == kept
