"""People are told of an emergency until one of them takes it: in order, in rounds, once a minute, whatever Twilio does."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import Concern, OnCallPerson, OnCallSwap, OnCallTurn, OutgoingMessage
from bookings.services import oncall
from bookings.speech import english
from telephony import alarms as telling
from telephony import emergencies
from telephony.alarms import ladder, words
from telephony.models import Alert, Danger, Emergency
from telephony.twilio import alarms, texts
from tests.factories import a_shop
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
    steps,
    sweep,
)  # fmt: skip
from wire import breaker

Status = Alert.Status


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def raised(shop, now):
    crew(shop, now)
    return emergency(shop, now)


def called(vendors):
    return [each["to"] for each in vendors.get("/_control/calls")["calls"] if each["service"] == "twilio"]


def texted(vendors):
    return [each["to"] for each in vendors.messages()]


def well_again(vendors):
    """Twilio answers again, and so long ago that nobody holds its outage against it: the clock of a breaker is the real one."""
    vendors.fault(clear=True)
    breaker.forget_all()


def concern():
    return Concern.objects.get(kind=Concern.Kind.UNACKNOWLEDGED)


def test_the_first_on_call_and_the_owner_are_told_at_once_by_text_and_call(raised, vendors, now):
    assert sweep(now) == [raised.pk]
    assert people(raised) == [(1, ["Fran", "Olive"])]
    assert sorted(called(vendors)) == sorted(texted(vendors)) == sorted([FIRST, OWNER])
    (placed, *_) = vendors.get("/_control/calls")["calls"]
    assert placed["from"] == raised.shop.phone_number
    heard = english.clock(now.astimezone(raised.shop.zone))
    assert {each["body"] for each in vendors.messages()} == {
        f"EMERGENCY at ABC HVAC: gas. Call back {CALLER}. Heard {heard}. Reply 1 to take it."
    }
    assert all(each.twilio_sid for each in raised.alerts.filter(channel="call"))
    raised.refresh_from_db()
    assert (raised.rung, raised.next_step_at) == (2, now + timedelta(seconds=120))


def test_three_rounds_without_an_answer_end_in_a_concern(raised, vendors, now):
    end = pass_time(now, 9 * 120 + 60, every=20)
    assert people(raised) == [
        (1, ["Fran", "Olive"]), (1, ["Ben"]), (1, ["Mia"]),
        (2, ["Fran", "Olive"]), (2, ["Ben"]), (2, ["Mia"]),
        (3, ["Fran", "Olive"]), (3, ["Ben"]), (3, ["Mia"]),
    ]  # fmt: skip
    raised.refresh_from_db()
    assert (raised.next_step_at, raised.gave_up_at, raised.round) == (None, now + timedelta(seconds=9 * 120), 3)
    assert len(called(vendors)) == len(texted(vendors)) == 12
    found = concern()
    assert found.text == "Gas: Told 3 times without an answer: Fran, Olive, Ben, Mia. Call back at once."
    assert (found.status, found.origin) == ("open", raised.origin)
    assert sweep(end + timedelta(hours=1)) == []
    assert telling.acknowledge(raised.pk, by="desk:dee", now=end) is True
    assert concern().status == "done"


@pytest.mark.parametrize(("after", "first"), [(0, 1), (1, 4), (2, 4), (3, 4), (4, 7), (6, 7)])
def test_one_that_is_raised_anew_has_three_rounds_again(raised, vendors, now, after, first):
    assert telling.first_round(after) == first
    Emergency.objects.update(round=first)
    pass_time(now, 9 * 120, every=60)
    assert [round_ for round_, _ in people(raised)] == [first] * 3 + [first + 1] * 3 + [first + 2] * 3
    raised.refresh_from_db()
    assert raised.gave_up_at is not None


def test_danger_that_is_noted_is_told_and_told_anew_after_it_was_safe(shop, vendors, now):
    crew(shop, now)

    def note(text, at):
        return emergencies.note(
            shop_id=shop.pk, origin="call:1", call_id=None, phone=CALLER, danger=Danger.GAS, text=text,
            source=Emergency.Source.TRANSCRIPT, at=at, now=at, language="en",
        )  # fmt: skip

    raised = note("I smell gas", now)
    sweep(now)
    assert people(raised) == [(1, ["Fran", "Olive"])]
    assert emergencies.release(raised.pk, by="desk", now=now + timedelta(seconds=30)) is True
    assert pass_time(now + timedelta(seconds=30), 300, every=60)
    assert people(raised) == [(1, ["Fran", "Olive"])]
    note("I smell gas again", now + timedelta(seconds=400))
    pass_time(now + timedelta(seconds=400), 120, every=60)
    assert people(raised) == [(1, ["Fran", "Olive"]), (4, ["Fran", "Olive"]), (4, ["Ben"])]
    assert sorted(called(vendors)) == sorted([FIRST, OWNER] * 2 + [BACKUP])


def test_nobody_is_told_before_the_shop_s_seconds_are_over(raised, vendors, now):
    raised.shop.alarm_seconds = 300
    raised.shop.save(update_fields=["alarm_seconds"])
    pass_time(now, 299)
    assert people(raised) == [(1, ["Fran", "Olive"])]
    sweep(now + timedelta(seconds=300))
    assert people(raised)[1:] == [(1, ["Ben"])]


def test_an_acknowledgement_stops_the_ladder(raised, vendors, now):
    sweep(now)
    assert telling.acknowledge(raised.pk, by="Fran", number=FIRST, now=now + timedelta(seconds=30)) is True
    pass_time(now + timedelta(seconds=30), 600, every=30)
    assert people(raised) == [(1, ["Fran", "Olive"])]
    raised.refresh_from_db()
    assert (raised.acknowledged_by, raised.next_step_at) == ("Fran", None)
    assert set(raised.alerts.filter(number=FIRST).values_list("status", flat=True)) == {"acknowledged"}
    assert not raised.alerts.exclude(number=FIRST).filter(status="acknowledged").exists()
    assert telling.acknowledge(raised.pk, by="Olive", number=OWNER, now=now + timedelta(seconds=31)) is False
    raised.refresh_from_db()
    assert raised.acknowledged_by == "Fran"


@pytest.mark.concurrency
def test_of_many_who_take_it_at_once_one_has_it(raised, vendors, now):
    sweep(now)

    def take(n):
        try:
            return telling.acknowledge(raised.pk, by=f"person {n}", now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == [False] * 7 + [True]


@pytest.mark.concurrency
def test_workers_at_once_tell_each_person_once(raised, vendors, now):
    def work(_):
        try:
            alarms.tell(raised.pk, now=now)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    sweep(now)
    assert sorted(called(vendors)) == sorted(texted(vendors)) == sorted([FIRST, OWNER])


def closing(act):
    try:
        return act()
    finally:
        connection.close()


@pytest.mark.concurrency
def test_a_step_and_an_acknowledgement_at_once_leave_nobody_told_afterwards(shop, vendors, now):
    crew(shop, now)
    for n in range(6):
        raised = emergency(shop, now, n)
        alarms.tell(raised.pk, now=now)

        later = now + timedelta(seconds=120)
        acts = [partial(ladder.step, raised.pk, now=later), partial(telling.acknowledge, raised.pk, by="x", now=later)]
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(closing, acts))
        raised.refresh_from_db()
        assert (raised.acknowledged_by, raised.next_step_at) == ("x", None)
        assert ladder.step(raised.pk, now=later + timedelta(hours=1)) is False
        assert not raised.alerts.filter(status=Status.DUE).exclude(channel="over").exists()


# --- The ladder as it stands -------------------------------------------------------------------------------------------


def test_a_change_of_shift_is_seen_at_the_next_step(raised, vendors, now):
    sweep(now)
    OnCallTurn.objects.filter(rung=OnCallTurn.Rung.FIRST).update(ends_at=now + timedelta(seconds=60))
    person(raised.shop, "Nia", "+12125550195", now=now)
    OnCallTurn.objects.create(
        shop=raised.shop, person=OnCallPerson.objects.get(name="Nia"), starts_at=now + timedelta(seconds=60),
        ends_at=now + timedelta(days=1),
    )  # fmt: skip
    pass_time(now + timedelta(seconds=5), 4 * 120)
    assert people(raised)[:4] == [(1, ["Fran", "Olive"]), (1, ["Nia"]), (1, ["Ben"]), (1, ["Mia"])]


def test_who_took_over_is_told_instead(raised, vendors, now):
    ana = person(raised.shop, "Ana", "+12125550196", now=now)
    OnCallSwap.objects.create(
        shop=raised.shop, turn=OnCallTurn.objects.get(rung=1), person=ana, starts_at=now, ends_at=now + timedelta(hours=8)
    )
    sweep(now)
    assert people(raised) == [(1, ["Ana", "Olive"])]


def test_an_owner_on_the_ladder_is_told_once_a_round(shop, vendors, now):
    person(shop, "Olive", OWNER, OnCallTurn.Rung.BACKUP, now=now, owner=True)
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    raised = emergency(shop, now)
    pass_time(now, 600, every=20)
    assert people(raised) == [(1, ["Fran", "Olive"]), (2, ["Fran", "Olive"]), (3, ["Fran", "Olive"])]


def test_two_owners_and_nobody_on_call_are_told_together(shop, vendors, now):
    person(shop, "Olive", OWNER, now=now, owner=True)
    person(shop, "Otto", FIRST, now=now, owner=True)
    raised = emergency(shop, now)
    pass_time(now, 120)
    assert people(raised) == [(1, ["Olive", "Otto"]), (2, ["Olive", "Otto"])]


@pytest.mark.parametrize("of_the_shop", [True, False])
def test_with_nobody_set_up_the_number_to_fall_back_to_is_told_and_the_concern_says_so(shop, vendors, now, settings, of_the_shop):
    settings.FALLBACK_DIAL_NUMBER = "+12125550188"
    if not of_the_shop:
        shop.fallback_number = ""
        shop.save(update_fields=["fallback_number"])
    raised = emergency(shop, now)
    pass_time(now, 400)
    number = "+12125550111" if of_the_shop else "+12125550188"
    assert called(vendors) == texted(vendors) == [number] * 3
    assert concern().text == (
        "Gas: Nobody is on call and there is no owner: only the shop's own number was told, 3 times, without an answer. "
        "Call back at once."
    )
    assert steps(raised)[0] == (1, "ABC HVAC", "text")


def test_without_any_number_there_is_a_concern_at_once(shop, vendors, now, settings):
    settings.FALLBACK_DIAL_NUMBER = ""
    shop.fallback_number = ""
    shop.save(update_fields=["fallback_number"])
    raised = emergency(shop, now)
    sweep(now)
    assert "no number to fall back to is set up" in concern().text
    raised.refresh_from_db()
    assert (raised.gave_up_at, raised.next_step_at, raised.alerts.count()) == (now, None, 0)


def test_another_shop_s_people_are_not_told(raised, vendors, now):
    other = a_shop(technicians=0, phone_number="+12125550300")
    person(other, "Zoe", "+12125550399", OnCallTurn.Rung.FIRST, now=now)
    pass_time(now, 9 * 120, every=60)
    assert "+12125550399" not in called(vendors)
    assert [each.name for each in oncall.ladder(other, now)] == ["Zoe"]


# --- Texts ---------------------------------------------------------------------------------------------------------------


def test_two_emergencies_within_half_a_minute_are_two_texts_a_minute_apart(shop, vendors, now):
    crew(shop, now)
    emergency(shop, now)
    sweep(now)
    second = emergency(shop, now + timedelta(seconds=25), 2, danger="fire", phone="+14155550199")
    third = emergency(shop, now + timedelta(seconds=30), 3, danger="water", phone="")
    pass_time(now + timedelta(seconds=30), 25)
    assert sorted(texted(vendors)) == sorted([FIRST, OWNER])
    pass_time(now + timedelta(seconds=60), 10)
    assert sorted(texted(vendors)) == sorted([FIRST, OWNER] * 2)
    assert Alert.objects.filter(emergency__in=[second, third], channel="text", message=None).count() == 0
    bodies = {each["body"] for each in vendors.messages() if each["to"] == FIRST}
    (both,) = (body for body in bodies if body.startswith("2 EMERGENCIES at ABC HVAC. Fire or smoke, "))
    assert "call back +14155550199" in both
    assert "Water near electrics" in both
    assert "number withheld" in both
    assert both.endswith("Reply 1 to take them.")
    made = OutgoingMessage.objects.filter(to=FIRST).order_by("created_at").values_list("created_at", flat=True)
    assert (made[1] - made[0]).total_seconds() == 60


def test_many_emergencies_fit_two_segments(shop, now):
    many = [emergency(shop, now, n, danger="electric", phone=f"+1415555{n:04d}") for n in range(12)]
    for count in range(1, 13):
        text = words.text(shop, many[:count], now=now)
        assert len(text) <= 320
        assert text.endswith("Reply 1 to take it." if count == 1 else "Reply 1 to take them.")
    assert "And " in text
    shop.name = "Łukasz\u2019s Heating, Ventilation & Air Conditioning \u201cDay and Night\u201d 🧊 Company of Greater Boston"
    assert len(words.text(shop, many[:1], now=now + timedelta(days=1))) <= 160


def test_a_text_of_an_emergency_that_somebody_has_by_now_is_not_sent(raised, vendors, now):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=429)
    sweep(now)
    telling.acknowledge(raised.pk, by="desk:dee", now=now)
    well_again(vendors)
    for message in OutgoingMessage.objects.all():
        texts.send(message.pk, now=now + timedelta(minutes=5))
    assert texted(vendors) == called(vendors) == []
    assert OutgoingMessage.objects.count() == 0


def test_a_text_that_is_refused_is_told_as_one_to_somebody_on_call(raised, vendors, now):
    vendors.behave(FIRST, opted_out=True)
    sweep(now)
    found = Concern.objects.get(kind=Concern.Kind.MESSAGE_FAILED)
    assert found.text.startswith("A text to somebody on call was not delivered (they have opted out of texts).")
    sweep(now + timedelta(seconds=120))
    assert raised.alerts.get(number=FIRST, channel="text").status == Status.FAILED


# --- Twilio slow, refusing, away -----------------------------------------------------------------------------------------


def test_while_twilio_is_away_the_alarm_waits_and_then_goes_out(raised, vendors, now):
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", status=503)
    end = pass_time(now, 1200, every=60)
    assert called(vendors) == texted(vendors) == []
    raised.refresh_from_db()
    assert (raised.round, raised.gave_up_at) == (1, None)
    assert people(raised) == [(1, ["Fran", "Olive"]), (1, ["Ben"]), (1, ["Mia"])]
    assert concern().text.startswith("Gas: It could not be told to anybody yet")
    well_again(vendors)
    end = pass_time(end + timedelta(seconds=5), 400, every=20)
    everybody = sorted([FIRST, OWNER, BACKUP, MANAGER])
    assert sorted(set(called(vendors))) == sorted(set(texted(vendors))) == everybody
    firsts = Alert.objects.filter(emergency=raised, round=1, channel="call").exclude(twilio_sid="")
    assert sorted(firsts.values_list("number", flat=True)) == everybody
    pass_time(end, 3000, every=20)
    raised.refresh_from_db()
    assert raised.gave_up_at is not None
    assert concern().text.startswith("Gas: Told 3 times without an answer")
    assert sorted(called(vendors)) == sorted(everybody * 3)


@pytest.mark.parametrize("arrived", [True, False])
@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": True}])
def test_a_call_of_unknown_fate_is_looked_up_and_not_placed_twice(shop, vendors, now, arrived, fault):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    raised = emergency(shop, now)
    vendors.fault(service="twilio", path="/2010-04-01", method="POST", count=2, after=arrived, **fault)
    sweep(now)
    assert called(vendors) == [FIRST] * arrived
    breaker.forget_all()
    pass_time(now + timedelta(seconds=5), 100)
    assert called(vendors) == texted(vendors) == [FIRST]
    (placed,) = vendors.get("/_control/calls")["calls"]
    assert raised.alerts.get(channel="call").twilio_sid == placed["sid"]


def test_a_claim_whose_worker_died_is_found_by_the_sweep(shop, vendors, now):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    raised = emergency(shop, now)
    ladder.step(raised.pk, now=now)
    raised.alerts.filter(channel="call").update(status=Status.PLACING, placed_at=now)
    pass_time(now, 25)
    assert called(vendors) == []
    pass_time(now + timedelta(seconds=30), 10)
    assert called(vendors) == [FIRST]


def test_a_refused_call_does_not_hold_up_the_ladder(raised, vendors, now, settings):
    calls = f"/2010-04-01/Accounts/{settings.TWILIO_ACCOUNT_SID}/Calls"
    vendors.fault(service="twilio", path=calls, method="POST", status=400)
    pass_time(now, 120, every=10)
    assert people(raised) == [(1, ["Fran", "Olive"]), (1, ["Ben"])]
    assert called(vendors) == []
    assert sorted(texted(vendors)) == sorted([FIRST, OWNER, BACKUP])
    refused = raised.alerts.filter(channel="call")
    assert {(each.status, each.note[:23]) for each in refused} == {("failed", "Twilio refused the call")}


def test_one_telephone_rings_for_one_emergency_at_a_time(shop, vendors, now):
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    first, second = emergency(shop, now), emergency(shop, now, 2, danger="fire")
    sweep(now)
    sweep(now + timedelta(seconds=5))
    assert called(vendors) == [FIRST]
    Alert.objects.filter(channel="call", status=Status.PLACING).update(status=Status.UNANSWERED, ended_at=now)
    sweep(now + timedelta(seconds=10))
    assert called(vendors) == [FIRST] * 2
    assert {first.pk, second.pk} == set(Alert.objects.exclude(twilio_sid="").values_list("emergency", flat=True))


def test_steps_cost_as_many_statements_however_many_alerts_there_were(raised, vendors, now):
    counts = []
    for n in range(9):
        at = now + timedelta(seconds=120 * n)
        with CaptureQueriesContext(connection) as asked:
            assert ladder.step(raised.pk, now=at)
        raised.alerts.filter(channel="call").update(twilio_sid="CA1")
        counts.append(len(asked))
    assert counts[1] == counts[4] == counts[7]
    assert Emergency.objects.get().round == 3
