"""What is raised again or gets graver is told anew, old answers do not take it, and who was told hears who took it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import OnCallTurn, OutgoingMessage
from telephony import alarms as telling
from telephony import emergencies
from telephony.alarms import ladder, words
from telephony.models import Alert, Danger, Emergency
from telephony.twilio import texts
from tests.telephony.twilio import signing
from tests.telephony.twilio.emergencies import (
    BACKUP,
    CALLER,
    FIRST,
    MANAGER,
    OWNER,
    crew,
    emergency,
    pass_time,
    people,
    person,
    sweep,
)  # fmt: skip

Status = Alert.Status
SECONDS = timedelta(seconds=1)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0) - timedelta(hours=1)


def note(shop, danger, at, *, source=Emergency.Source.TRANSCRIPT):
    return emergencies.note(
        shop_id=shop.pk, origin="call:1", call_id=None, phone=CALLER, danger=danger, text=f"{danger} {at}",
        source=source, at=at, now=at, language="en",
    )  # fmt: skip


def write(say, body, number=FIRST, sid="SM1"):
    tree = say("/twilio/text", signing.payload("sms_inbound_C", Body=body, From=number, MessageSid=sid))
    return [each.text for each in tree.iter("Message")]


def dial(say, alert):
    tree = say(f"/twilio/alarm?alert={alert.public_id}", signing.payload("voice_inbound"))
    return tree, " ".join("".join(each.itertext()) for each in tree.iter("Say"))


def press(say, alert):
    tree = say(f"/twilio/alarm-key?alert={alert.public_id}", signing.payload("voice_inbound", Digits="1"))
    return tree, " ".join("".join(each.itertext()) for each in tree.iter("Say"))


def bodies(vendors, number):
    return [each["body"] for each in vendors.messages() if each["to"] == number]


def taken(raised):
    raised.refresh_from_db()
    return raised.acknowledged_by


# --- An answer is for what its writer was told of ------------------------------------------------------------------------


def test_an_answer_to_an_earlier_raise_does_not_take_the_newer_one(shop, vendors, say, now):
    crew(shop, now)
    raised = note(shop, Danger.GAS, now)
    pass_time(now, 240, every=60)
    assert people(raised) == [(1, ["Fran", "Olive"]), (1, ["Ben"]), (1, ["Mia"])]
    emergencies.release(raised.pk, by="desk", now=now + 250 * SECONDS)
    note(shop, Danger.GAS, now + 400 * SECONDS)
    sweep(now + 400 * SECONDS)
    assert people(raised)[3:] == [(4, ["Fran", "Olive"])]
    assert [each.pk for each in ladder.told(shop.pk, BACKUP, at=timezone.now())] == []
    (answer,) = write(say, "1", BACKUP)
    assert answer.startswith("It was raised again since you were told.")
    assert write(say, "was that the Smiths?", BACKUP, "SM5") == []
    assert taken(raised) == ""
    assert write(say, "1", FIRST, "SM2") == [f"Fran, it is yours: gas {CALLER}."]
    assert taken(raised) == "Fran"
    assert write(say, "1", BACKUP, "SM3")[0].startswith("Fran took this emergency at ")


def test_an_answer_delivered_again_does_not_take_what_was_told_after_it(shop, vendors, say, now):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    first = emergency(shop, now)
    sweep(now)
    assert write(say, "1") == [f"Fran, it is yours: gas {CALLER}."]
    since = timezone.now()
    second = emergency(shop, since, 2, danger="fire")
    sweep(since)
    assert second.alerts.get(channel="text").message.status == "sent"
    assert write(say, "1") == ["It is yours already."]
    assert (taken(first), taken(second)) == ("Fran", "")
    assert write(say, "1", sid="SM2") == [f"Fran, it is yours: fire or smoke {CALLER}."]
    assert taken(second) == "Fran"


def test_a_text_that_twilio_has_not_yet_told_nobody(shop, vendors, say, now):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    told = emergency(shop, now)
    sweep(now)
    untold = emergency(shop, now + 90 * SECONDS, 2, danger="fire")
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=429)
    sweep(now + 90 * SECONDS)
    assert untold.alerts.get(channel="text").message.status == "queued"
    assert write(say, "1") == [f"Fran, it is yours: gas {CALLER}."]
    assert (taken(told), taken(untold)) == ("Fran", "")


def test_key_1_in_a_call_of_an_earlier_raise_takes_nothing_before_it_is_heard_anew(shop, vendors, say, now):
    crew(shop, now)
    raised = note(shop, Danger.WATER, now)
    sweep(now)
    old = raised.alerts.get(number=FIRST, channel="call")
    assert "Water near electrics" in dial(say, old)[1]
    assert telling.acknowledge(raised.pk, by="Olive", number=OWNER, now=now + 20 * SECONDS) is True
    note(shop, Danger.CARBON_MONOXIDE, now + 30 * SECONDS)
    tree, _ = press(say, old)
    assert tree.find("Redirect") is not None
    assert taken(raised) == ""
    tree, heard = dial(say, old)
    assert "Carbon monoxide" in heard
    current = raised.alerts.get(number=FIRST, channel="call", round=4)
    assert str(current.public_id) in tree.find("Gather").get("action")
    assert press(say, current)[1].startswith("It is yours. Call back ")
    assert taken(raised) == "Fran"
    assert dial(say, raised.alerts.get(number=OWNER, channel="call", round=1))[1].startswith("Fran took this emergency at ")


def test_whoever_heard_it_anew_on_the_phone_is_not_rung_again_and_the_others_are(shop, vendors, say, now):
    crew(shop, now)
    raised = note(shop, Danger.WATER, now)
    sweep(now)
    telling.acknowledge(raised.pk, by="Olive", number=OWNER, now=now + 20 * SECONDS)
    again = now + 400 * SECONDS
    note(shop, Danger.GAS, again)
    dial(say, raised.alerts.get(number=FIRST, channel="call", round=1))
    sweep(again)
    rung = [each["to"] for each in vendors.get("/_control/calls")["calls"] if each["service"] == "twilio"]
    assert sorted(rung[2:]) == sorted([BACKUP, OWNER])


# --- Graver than what somebody took -----------------------------------------------------------------------------------


def test_what_gets_graver_after_somebody_took_it_is_told_to_them_at_once_and_up_the_ladder(shop, vendors, say, now):
    crew(shop, now)
    raised = note(shop, Danger.WATER, now)
    pass_time(now, 240, every=60)
    assert telling.acknowledge(raised.pk, by="Mia", number=MANAGER, now=now + 250 * SECONDS) is True
    pass_time(now + 255 * SECONDS, 10)
    graver = now + 270 * SECONDS  # not a minute after her alarm
    note(shop, Danger.CARBON_MONOXIDE, graver)
    sweep(graver)
    (also,) = [each for each in bodies(vendors, MANAGER) if "now also" in each]
    assert also == (
        f"The emergency you took at ABC HVAC is now also: carbon monoxide. Call back {CALLER}. "
        f"Heard {words.clock(shop, graver)}. Others are told too. Reply 1 to take it."
    )
    assert people(raised)[3:] == [(4, ["Mia", "Fran", "Olive"])]
    pass_time(graver, 9 * 120 + 60, every=60)
    rung = list(raised.alerts.filter(channel="call", round__gt=3).order_by("created_at", "pk").values_list("round", "name"))
    assert rung == [(n, name) for n in (4, 5, 6) for name in ("Fran", "Olive", "Ben", "Mia")]
    assert len([each for each in bodies(vendors, MANAGER) if "carbon monoxide" in each]) == 3  # one a round
    raised.refresh_from_db()
    assert raised.gave_up_at is not None
    note(shop, Danger.CARBON_MONOXIDE, graver + 2000 * SECONDS)
    assert sweep(graver + 2000 * SECONDS) == []
    note(shop, Danger.GAS, graver + 2100 * SECONDS)  # graver than what nobody took
    sweep(graver + 2100 * SECONDS)
    assert people(raised)[-1] == (7, ["Fran", "Olive"])


def test_who_had_it_takes_the_graver_danger_with_an_answer_to_that_text(shop, vendors, say, now):
    crew(shop, now)
    raised = note(shop, Danger.WATER, now)
    sweep(now)
    assert write(say, "1", sid="SM1") == [f"Fran, it is yours: water near electrics {CALLER}."]
    graver = timezone.now()
    for _ in range(2):
        note(shop, Danger.GAS, graver)
    raised.refresh_from_db()
    assert (raised.acknowledged_by, raised.round, raised.danger) == ("", 4, "gas")
    assert write(say, "1", sid="SM1")[0].startswith("It was raised again since you were told.")  # the old one, again
    (message,) = OutgoingMessage.objects.filter(reason__startswith="alarm:also:")
    texts.send(message.pk, now=timezone.now())
    assert write(say, "1", sid="SM2") == [f"Fran, it is yours: gas {CALLER}."]
    assert taken(raised) == "Fran"
    assert bodies(vendors, FIRST)[-1].count("now also: gas") == 1


def test_what_is_less_grave_is_not_told_again(shop, vendors, now):
    crew(shop, now)
    raised = note(shop, Danger.GAS, now)
    sweep(now)
    telling.acknowledge(raised.pk, by="Fran", number=FIRST, now=now + 20 * SECONDS)
    note(shop, Danger.WATER, now + 30 * SECONDS)
    raised.refresh_from_db()
    assert (raised.acknowledged_by, raised.next_step_at, raised.round) == ("Fran", None, 1)
    assert not OutgoingMessage.objects.filter(reason__startswith="alarm:also:").exists()


# --- Somebody has it ------------------------------------------------------------------------------------------------------


def test_who_was_told_hears_once_who_took_it_and_who_was_not_told_hears_nothing(shop, vendors, say, now):
    crew(shop, now)
    raised = emergency(shop, now)
    pass_time(now, 130, every=10)
    assert people(raised) == [(1, ["Fran", "Olive"]), (1, ["Ben"])]
    assert telling.acknowledge(raised.pk, by="Ben", number=BACKUP, now=now + 131 * SECONDS) is True
    assert telling.acknowledge(raised.pk, by="Fran", number=FIRST, now=now + 132 * SECONDS) is False
    pass_time(now + 135 * SECONDS, 300, every=5)
    over = f"ABC HVAC: Ben took the emergency (gas, caller {CALLER}). Nothing more to do for you."
    for number in (FIRST, OWNER):
        assert bodies(vendors, number)[1:] == [over]
    assert len(bodies(vendors, BACKUP)) == 1
    assert bodies(vendors, MANAGER) == []
    assert set(raised.alerts.filter(channel="over").values_list("name", "status")) == {("Fran", "told"), ("Olive", "told")}
    assert write(say, "ok", FIRST)[0].startswith("Ben took this emergency at ")


def test_that_text_keeps_a_minute_from_the_alarm_and_holds_up_no_other_alarm(shop, vendors, now):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    for n in (1, 2):
        ladder.step(emergency(shop, now, n, danger="gas" if n == 1 else "fire").pk, now=now)
    sweep(now)
    for each in Emergency.objects.order_by("pk"):
        telling.acknowledge(each.pk, by="dee", now=now + 10 * SECONDS)
    pass_time(now + 10 * SECONDS, 45)
    assert len(bodies(vendors, FIRST)) == 1
    sweep(now + 61 * SECONDS)
    assert bodies(vendors, FIRST)[1:] == [
        f"ABC HVAC: dee took the emergency (gas, caller {CALLER}). dee took the emergency (fire or smoke, caller {CALLER}). "
        "Nothing more to do for you."
    ]
    third = emergency(shop, now + 70 * SECONDS, 3, danger="electric")
    sweep(now + 70 * SECONDS)
    assert bodies(vendors, FIRST)[2].startswith("EMERGENCY at ABC HVAC: sparks")
    telling.acknowledge(third.pk, by="dee", now=now + 75 * SECONDS)
    emergency(shop, now + 80 * SECONDS, 4, danger="person")
    pass_time(now + 80 * SECONDS, 60)
    (both,) = bodies(vendors, FIRST)[3:]
    assert both.startswith("EMERGENCY at ABC HVAC: somebody hurt")
    assert "dee took the emergency (sparks" in both
    assert len(both) <= words.LONGEST


def test_who_has_an_emergency_that_was_raised_again_meanwhile_is_no_news(shop, vendors, now):
    crew(shop, now)
    raised = note(shop, Danger.WATER, now)
    sweep(now)
    telling.acknowledge(raised.pk, by="Fran", number=FIRST, now=now + 10 * SECONDS)
    note(shop, Danger.GAS, now + 20 * SECONDS)
    pass_time(now + 20 * SECONDS, 110)
    assert [each for each in bodies(vendors, OWNER) if "took" in each] == []
    assert raised.alerts.get(channel="over").status == Status.UNANSWERED


def test_a_text_that_never_went_is_followed_by_none_that_it_is_over(shop, vendors, now):
    crew(shop, now)
    raised = emergency(shop, now)
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=429)
    sweep(now)
    telling.acknowledge(raised.pk, by="dee", now=now + 5 * SECONDS)
    vendors.fault(clear=True)
    pass_time(now + 10 * SECONDS, 200, every=10)
    assert vendors.messages() == []


def test_one_that_is_said_to_be_safe_is_told_as_that(shop, vendors, now):
    crew(shop, now)
    raised = note(shop, Danger.GAS, now)
    sweep(now)
    emergencies.release(raised.pk, by="Dee", now=now + 10 * SECONDS)
    pass_time(now + 15 * SECONDS, 60)
    assert bodies(vendors, OWNER)[1:] == [f"ABC HVAC: Dee says it is safe (gas, caller {CALLER}). Nothing more to do for you."]


def test_many_who_were_told_cost_an_acknowledgement_no_more_statements(shop, vendors, now):
    costs = []
    for n in (3, 30):
        raised = emergency(shop, now, n)
        for which in range(n):
            Alert.objects.create(
                emergency=raised, shop=shop, round=1, name="x", number=f"+1212555{which:04d}", channel="text", status="told",
                created_at=now, placed_at=now,
            )  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert telling.acknowledge(raised.pk, by="x", now=now)
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_many_that_are_over_fit_two_segments(shop, now):
    many = [emergency(shop, now, n, danger="electric", acknowledged_at=now, acknowledged_by="x" * 60) for n in range(12)]
    for count in range(1, 13):
        assert 0 < len(words.over(shop, many[:count])) <= words.LONGEST
    assert words.over(shop, many, room=80) == ""
