"""What people on call hear and press, what they write back, and who has the emergency then."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from bookings.models import Lead, OutgoingMessage
from bookings.speech import english
from telephony import alarms as telling
from telephony.models import Alert, Call, Emergency
from telephony.twilio import alarms
from tests.telephony.twilio import signing
from tests.telephony.twilio.emergencies import BACKUP, CALLER, FIRST, OWNER, crew, emergency, sweep

Status = Alert.Status


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0) - timedelta(minutes=2)  # what tests sweep a minute later has been told


@pytest.fixture
def raised(shop, now, vendors):
    crew(shop, now)
    made = emergency(shop, now)
    sweep(now)
    return made


def call_to(number, raised):
    return raised.alerts.get(number=number, channel="call", round=1)


def said(**changes):
    return signing.payload("voice_inbound", **changes)


def spoken(tree):
    return " ".join("".join(each.itertext()) for each in tree.iter("Say"))


def alarm(say, raised, number=FIRST):
    return say(f"/twilio/alarm?alert={call_to(number, raised).public_id}", said())


def press(say, raised, digits="1", number=FIRST):
    return say(f"/twilio/alarm-key?alert={call_to(number, raised).public_id}", said(Digits=digits))


def write(say, body, number=FIRST, sid="SM1", to=None):
    tree = say("/twilio/text", signing.payload("sms_inbound_C", Body=body, From=number, MessageSid=sid))
    return [each.text for each in tree.iter("Message")]


def test_the_call_says_class_number_and_time_twice_and_waits_for_a_key(raised, say, now):
    tree = alarm(say, raised)
    gather = tree.find("Gather")
    at = english.clock(now.astimezone(raised.shop.zone))
    words = f"Emergency at ABC HVAC. Gas. Heard at {at}. Call back 4 1 5, 5 5 5, 0 1 2 3. Press 1 to take it."
    assert [each.text for each in gather.findall("Say")] == [words, words]
    assert gather.get("numDigits") == "1"
    action = urlsplit(gather.get("action"))
    assert (action.path, action.query) == ("/twilio/alarm-key", f"alert={call_to(FIRST, raised).public_id}")
    assert tree.find("Hangup") is not None
    assert call_to(FIRST, raised).status == Status.TOLD
    assert not Call.objects.exists()


def test_the_sandbox_fetches_those_words_as_twilio_would(raised, vendors):
    (placed, _) = vendors.get("/_control/calls")["calls"]
    alert = raised.alerts.get(twilio_sid=placed["sid"])
    assert alert.number == placed["to"]


def test_key_1_takes_it_and_says_so(raised, say):
    alarm(say, raised)
    answer = press(say, raised)
    assert spoken(answer) == "It is yours. Call back 4 1 5, 5 5 5, 0 1 2 3. Again: 4 1 5, 5 5 5, 0 1 2 3. Goodbye."
    raised.refresh_from_db()
    assert (raised.acknowledged_by, raised.next_step_at) == ("Fran", None)
    assert call_to(FIRST, raised).status == Status.ACKNOWLEDGED
    assert spoken(press(say, raised)) == spoken(answer)  # delivered again
    assert spoken(alarm(say, raised)) == spoken(answer)


def test_who_comes_second_hears_who_took_it(raised, say):
    press(say, raised)
    raised.refresh_from_db()
    at = english.clock(raised.acknowledged_at.astimezone(raised.shop.zone))
    for answer in (press(say, raised, number=OWNER), alarm(say, raised, OWNER)):
        assert spoken(answer) == f"Fran took this emergency at {at}. Nothing is left to do. Goodbye."
    raised.refresh_from_db()
    assert raised.acknowledged_by == "Fran"
    assert call_to(OWNER, raised).status != Status.ACKNOWLEDGED


@pytest.mark.parametrize("digits", ["2", "", "#", "11"])
def test_another_key_takes_nothing_and_hears_it_again(raised, say, digits):
    answer = press(say, raised, digits)
    assert urlsplit(answer.find("Redirect").text).path == "/twilio/alarm"
    raised.refresh_from_db()
    assert raised.acknowledged_at is None


@pytest.mark.parametrize("query", ["", "?alert=nonsense", "?alert=0192d3a4-7b1c-7aa0-9c55-1f0a2b3c4d5e"])
@pytest.mark.parametrize("path", ["/twilio/alarm", "/twilio/alarm-key"])
def test_an_unknown_alarm_is_told_so(raised, say, path, query):
    assert spoken(say(f"{path}{query}", said(Digits="1"))) == "This alarm is not known any more. Goodbye."
    raised.refresh_from_db()
    assert raised.acknowledged_at is None


@pytest.mark.parametrize("path", ["/twilio/alarm", "/twilio/alarm-key", "/twilio/alarm-status"])
@pytest.mark.parametrize("signature", ["", "AAAA"])
def test_a_stranger_takes_nothing(raised, client, path, signature):
    where = f"{path}?alert={call_to(FIRST, raised).public_id}"
    before = list(Alert.objects.order_by("pk").values())
    answer = signing.post(client, where, said(Digits="1", CallStatus="no-answer"), signature=signature)
    assert answer.status_code == 403
    assert client.get(where).status_code == 405
    # Signed for one alert and sent to another: the query is part of what is signed.
    other = signing.sign(signing.SERVER + f"{path}?alert={call_to(OWNER, raised).public_id}", said(Digits="1"))
    assert signing.post(client, where, said(Digits="1"), signature=other).status_code == 403
    raised.refresh_from_db()
    assert raised.acknowledged_at is None
    assert list(Alert.objects.order_by("pk").values()) == before


@pytest.mark.parametrize("status", ["busy", "no-answer", "failed", "canceled"])
def test_a_call_nobody_answered_is_noted_and_the_clock_decides(raised, tell, now, status):
    alert = call_to(FIRST, raised)
    for _ in range(2):
        tell(f"/twilio/alarm-status?alert={alert.public_id}", said(CallStatus=status))
    alert.refresh_from_db()
    assert (alert.status, alert.note) == (Status.UNANSWERED, status.replace("-", " ").capitalize())
    assert alert.ended_at is not None
    raised.refresh_from_db()
    assert raised.next_step_at == now + timedelta(seconds=120)


@pytest.mark.parametrize("order", [("alarm", "key", "completed"), ("completed", "alarm", "key"), ("key", "completed", "alarm")])
def test_in_any_order_a_pressed_key_ends_as_taken(raised, say, tell, order):
    where = f"?alert={call_to(FIRST, raised).public_id}"
    for each in order:
        match each:
            case "alarm":
                say(f"/twilio/alarm{where}", said())
            case "key":
                say(f"/twilio/alarm-key{where}", said(Digits="1"))
            case "completed":
                tell(f"/twilio/alarm-status{where}", said(CallStatus="completed"))
    assert call_to(FIRST, raised).status == Status.ACKNOWLEDGED
    raised.refresh_from_db()
    assert raised.acknowledged_by == "Fran"


def test_a_call_that_was_answered_without_a_key_stays_told(raised, say, tell):
    alarm(say, raised)
    tell(f"/twilio/alarm-status?alert={call_to(FIRST, raised).public_id}", said(CallStatus="completed"))
    alert = call_to(FIRST, raised)
    assert alert.status == Status.TOLD
    assert alert.ended_at is not None


# --- Texts back ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", ["1", " 1. ", "OK", "Taken!", "yes", "On it", "I\u2019ll take it", "Got it."])
def test_a_yes_takes_all_they_were_told_of(raised, shop, say, now, body):
    second = emergency(shop, now, 2, danger="fire", phone="+14155550199")
    sweep(now + timedelta(seconds=60))
    later = emergency(shop, now + timedelta(seconds=70), 3)
    assert write(say, body) == [f"Fran, it is yours: gas {CALLER}, fire or smoke +14155550199."]
    for each in (raised, second):
        each.refresh_from_db()
        assert each.acknowledged_by == "Fran"
        assert each.alerts.get(number=FIRST, channel="text").status == Status.ACKNOWLEDGED
    later.refresh_from_db()
    assert later.acknowledged_at is None  # they were not told of it yet
    assert write(say, body) == ["It is yours already."]
    assert not Lead.objects.exists()


def test_a_yes_after_somebody_else_s_hears_who_took_it(raised, say):
    write(say, "1")
    raised.refresh_from_db()
    at = english.clock(raised.acknowledged_at.astimezone(raised.shop.zone))
    assert write(say, "1", OWNER) == [f"Fran took this emergency at {at}."]


def test_what_is_no_yes_takes_nothing_and_is_told_how(raised, say):
    assert write(say, "who is this?") == ["Nobody has this emergency yet. Reply 1 to take it."]
    raised.refresh_from_db()
    assert raised.acknowledged_at is None
    assert not Lead.objects.exists()


@pytest.mark.parametrize("number", [BACKUP, "+14155550177"])
def test_who_was_not_told_takes_nothing(raised, say, number):
    assert write(say, "1", number) == []
    raised.refresh_from_db()
    assert raised.acknowledged_at is None
    assert Lead.objects.get().phone == number


def test_an_alarm_of_yesterday_does_not_swallow_today_s_text(raised, say):
    telling.acknowledge(raised.pk, by="Fran", number=FIRST, now=timezone.now())
    assert write(say, "My mother's furnace is out") == []
    Alert.objects.update(created_at=timezone.now() - timedelta(hours=13))
    assert write(say, "1", sid="SM2") == []
    assert Lead.objects.count() == 2


def test_one_that_nobody_took_can_still_be_taken_the_next_day(raised, say):
    Alert.objects.update(created_at=timezone.now() - timedelta(hours=20))
    assert write(say, "1") == [f"Fran, it is yours: gas {CALLER}."]
    raised.refresh_from_db()
    assert raised.acknowledged_by == "Fran"


def test_stop_is_a_stop_also_on_call(raised, say):
    assert write(say, "STOP") == []
    raised.refresh_from_db()
    assert raised.acknowledged_at is None


def test_with_everything_told_nothing_is_due(raised, now):
    assert alarms.due(now + timedelta(seconds=1)) == []
    assert Emergency.objects.count() == 1
    assert OutgoingMessage.objects.count() == 2
