"""Fees as a caller hears them: with the offer, or before anything is booked; and what is recorded of it."""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from bookings.models import Booking, Closure, Holdback, OutgoingMessage, ServiceArea, ServiceType, Technician, WorkingHours
from telephony.models import ToolInvocation
from tests.factories import CustomerFactory, a_shop
from tests.telephony.vapi.speaking import answers, ask, post, tool_message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
MEMBER = "+14155550177"
CHECK = {"serviceType": "repair", "requestedDate": "2026-11-25", "timeWindow": "morning"}
BOOK = {
    "customerName": "Jane Doe", "customerPhone": "(415) 555-0142", "serviceType": "repair",
    "scheduledDate": "2026-11-25T09:00", "address": "12 Main St, New York 10001",
}  # fmt: skip
EVENING = BOOK | {"scheduledDate": "2026-11-25T19:00", "problem": "no heat"}
FEE = "There is a visit fee of $89 for coming and looking. Is that all right, and shall I book it?"


@pytest.fixture
def shop():
    """$89, $60 more after hours, $49 for members; one technician on overtime on Wednesday evenings."""
    shop = a_shop(phone_number="+12125550100")
    ServiceType.objects.filter(key="repair").update(visit_fee=89, overtime_fee=60, member_fee=49)
    WorkingHours.objects.create(
        shop=shop, technician=Technician.objects.earliest("pk"), weekday=2, starts=time(18), ends=time(23), overtime=True
    )
    return shop


@pytest.fixture(autouse=True)
def clock(shop):
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def fees_of(answer):
    return {name: answer[name] for name in ("visitFee", "afterHoursFee", "tripFee") if name in answer}


def test_told_with_the_offer_and_booked_at_once(client, clock):
    offer = ask(client, "checkAvailability", CHECK)
    assert offer["say"] == (
        "For a repair visit I have Wednesday, November 25, between 8 and 10 AM or Wednesday, November 25, "
        "between 10 AM and noon. The visit fee is $89. Which one suits you?"
    )
    assert fees_of(offer) == {"visitFee": "89.00"}
    clock.shift(30)
    booked = ask(client, "bookAppointment", BOOK | {"slotId": offer["slots"][0]["slotId"]}, tid="b")
    assert booked["state"] == "booked"
    assert "between 8 and 10 AM. The visit fee is $89. Your reference is H V, " in booked["say"]
    booking = Booking.objects.get()
    assert (booking.visit_fee, booking.trip_fee, booking.fee_told_at) == (Decimal(89), Decimal(0), NOW)


@pytest.mark.parametrize(
    ("tool", "arguments", "lead"),
    [
        ("bookAppointment", BOOK, ""),
        (
            "scheduleHVACAppointment",
            {"serviceType": "repair", "requestedDate": "2026-11-25", "timeWindow": "morning", "customerName": "Jane Doe",
             "customerPhone": "4155550142"},
            "I have Wednesday, November 25, between 8 and 10 AM. ",
        ),
    ],
)  # fmt: skip
def test_who_was_not_told_is_asked_first_and_then_booked(client, clock, tool, arguments, lead):
    asked = ask(client, tool, arguments, tid="1")
    assert (asked["state"], asked["say"], asked["success"]) == ("not_booked", lead + FEE, False)
    assert fees_of(asked) == {"visitFee": "89.00"}
    assert Booking.objects.count() == 0
    assert OutgoingMessage.objects.count() == 0
    clock.shift(12)
    assert ask(client, tool, arguments, tid="2")["state"] == "booked"
    assert Booking.objects.get().fee_told_at == NOW


def test_the_same_request_again_hears_the_same_question(client):
    asked = ask(client, "bookAppointment", BOOK, tid="1")
    assert ask(client, "bookAppointment", BOOK, tid="1") == asked
    assert (Booking.objects.count(), ToolInvocation.objects.count()) == (0, 1)
    booked = ask(client, "bookAppointment", BOOK, tid="2")
    assert ask(client, "bookAppointment", BOOK, tid="2") == booked
    again = ask(client, "bookAppointment", BOOK, tid="3")
    assert (again["state"], again["reference"], Booking.objects.count()) == ("booked", booked["reference"], 1)


def test_another_call_has_to_be_told_itself(client):
    ask(client, "checkAvailability", CHECK, call="first")
    assert ask(client, "bookAppointment", BOOK, call="second")["say"] == FEE


def test_what_the_same_message_was_answered_nobody_has_heard(client):
    both = tool_message(("1", "checkAvailability", CHECK), ("2", "bookAppointment", BOOK))
    offer, asked = answers(post(client, both))
    assert (offer["visitFee"], asked["say"]) == ("89.00", FEE)
    assert answers(post(client, both)) == [offer, asked]
    assert ask(client, "bookAppointment", BOOK, tid="3")["state"] == "booked"


def test_what_was_asked_for_later_did_not_tell_it(client):
    """The check overtook a booking that was asked for before it."""
    ask(client, "checkAvailability", CHECK, at=NOW)
    assert ask(client, "bookAppointment", BOOK, tid="b", at=NOW - timedelta(seconds=2))["say"] == FEE
    assert ask(client, "bookAppointment", BOOK, tid="b2", at=NOW + timedelta(seconds=20))["state"] == "booked"


def test_two_bookings_in_one_message_both_ask(client):
    ServiceType.objects.filter(key="maintenance").update(visit_fee=120)
    other = BOOK | {"serviceType": "maintenance", "scheduledDate": "2026-11-27T09:00"}
    first, second = answers(post(client, tool_message(("1", "bookAppointment", BOOK), ("2", "bookAppointment", other))))
    assert (first["say"], second["visitFee"]) == (FEE, "120.00")
    done = answers(post(client, tool_message(("3", "bookAppointment", BOOK), ("4", "bookAppointment", other))))
    assert [each["state"] for each in done] == ["booked", "booked"]
    assert sorted(Booking.objects.values_list("visit_fee", flat=True)) == [Decimal(89), Decimal(120)]


def test_a_smaller_fee_told_is_not_the_larger_one(client):
    ServiceType.objects.filter(key="maintenance").update(visit_fee=39)
    ask(client, "checkAvailability", CHECK | {"serviceType": "tune up"})
    assert ask(client, "bookAppointment", BOOK, tid="b")["say"] == FEE


def test_a_held_time_is_booked_after_the_fee_was_told(client):
    """Offered in another call, so that this one was told nothing."""
    slot = ask(client, "checkAvailability", CHECK, call="other")["slots"][0]["slotId"]
    assert ask(client, "holdSlot", {"slotId": slot}, tid="h")["state"] == "held"
    asked = ask(client, "bookAppointment", BOOK | {"slotId": slot}, tid="b1")
    assert (asked["say"], Booking.objects.get().status) == (FEE, "held")
    assert ask(client, "bookAppointment", BOOK | {"slotId": slot}, tid="b2")["state"] == "booked"
    assert Booking.objects.get().fee_told_at == NOW


def test_members_hear_their_price(client, shop):
    CustomerFactory(shop=shop, phone=MEMBER, member=True)
    offer = ask(client, "checkAvailability", CHECK, caller=MEMBER)
    assert (offer["visitFee"], "The visit fee is $49." in offer["say"]) == ("49.00", True)
    ask(client, "bookAppointment", BOOK, tid="b", caller=MEMBER)
    assert Booking.objects.get().visit_fee == Decimal(49)


def test_a_waived_fee_is_not_spoken_of(client, shop):
    ServiceType.objects.filter(key="repair").update(member_fee=0)
    CustomerFactory(shop=shop, phone=MEMBER, member=True)
    booked = ask(client, "bookAppointment", BOOK, caller=MEMBER)
    assert (booked["state"], "fee" in booked["say"], fees_of(booked)) == ("booked", False, {})


def test_an_offer_says_which_times_are_after_hours(client, shop):
    WorkingHours.objects.filter(overtime=False, weekday=2).delete()
    for technician in Technician.objects.all():
        WorkingHours.objects.create(shop=shop, technician=technician, weekday=2, starts=time(14), ends=time(18))
    offer = ask(client, "checkAvailability", CHECK | {"timeWindow": "", "problem": "no heat"})
    assert [slot["startsAt"][11:16] for slot in offer["slots"]] == ["14:00", "17:00", "19:00"]
    assert (
        "The visit fee is $89; after-hours visits cost $60 more: that is Wednesday, November 25, between 7 and 9 PM. "
        in (offer["say"])
    )
    assert fees_of(offer) == {"visitFee": "89.00", "afterHoursFee": "60.00"}
    booked = ask(client, "bookAppointment", EVENING | {"slotId": offer["slots"][2]["slotId"]}, tid="b")
    assert (booked["state"], "The visit fee is $149." in booked["say"]) == ("booked", True)
    assert Booking.objects.get().visit_fee == Decimal(149)


def test_a_closed_day_is_after_hours(client, shop):
    Closure.objects.create(shop=shop, on="2026-11-25", reason="Thanksgiving")
    offer = ask(client, "checkAvailability", CHECK | {"timeWindow": "evening", "problem": "no heat"})
    assert "The visit fee after hours is $149. Which one suits you?" in offer["say"]
    assert fees_of(offer) == {"visitFee": "89.00", "afterHoursFee": "60.00"}


def test_after_hours_alone_may_cost(client):
    ServiceType.objects.filter(key="repair").update(visit_fee=0, member_fee=None)
    asked = ask(client, "bookAppointment", EVENING)
    assert asked["say"] == "There is an after-hours fee of $60. Is that all right, and shall I book it?"
    assert fees_of(asked) == {"afterHoursFee": "60.00"}
    assert ask(client, "bookAppointment", BOOK, tid="day", call="day")["state"] == "booked"


def test_the_way_to_an_area_is_told_with_it(client, shop):
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee="15.50")
    asked = ask(client, "bookAppointment", EVENING)
    assert asked["say"] == (
        "There is a visit fee of $149 for coming and looking after hours and a trip fee of $15.50 for your area. "
        "Is that all right, and shall I book it?"
    )
    assert fees_of(asked) == {"visitFee": "89.00", "afterHoursFee": "60.00", "tripFee": "15.50"}
    booked = ask(client, "bookAppointment", EVENING, tid="2")
    assert "The visit fee is $149. There is a trip fee of $15.50. Your reference" in booked["say"]
    assert (Booking.objects.get().visit_fee, Booking.objects.get().trip_fee) == (Decimal(149), Decimal("15.50"))


def test_an_offer_without_the_zip_code_did_not_tell_the_trip_fee(client, shop):
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee=15)
    ask(client, "checkAvailability", CHECK)
    asked = ask(client, "bookAppointment", BOOK, tid="b")
    assert "and a trip fee of $15 for your area" in asked["say"]


def test_a_time_that_is_gone_is_answered_with_what_the_others_cost(client):
    Technician.objects.exclude(pk=Technician.objects.earliest("pk").pk).delete()
    ask(client, "bookAppointment", BOOK, tid="a1", call="other")
    ask(client, "bookAppointment", BOOK, tid="a2", call="other")
    lost = ask(client, "bookAppointment", BOOK, caller=MEMBER)
    assert (lost["state"], fees_of(lost)) == ("offered", {"visitFee": "89.00"})
    assert "The visit fee is $89. Would one of these work?" in lost["say"]
    booked = ask(client, "bookAppointment", BOOK | {"slotId": lost["slots"][0]["slotId"]}, tid="b", caller=MEMBER)
    assert booked["state"] == "booked"


def test_a_move_that_costs_more_is_told_first(client):
    for tid in ("1", "2"):
        ask(client, "bookAppointment", BOOK | {"problem": "no heat"}, tid=tid)
    wish = {"scheduledDate": "2026-11-25T19:00", "customerName": "Jane Doe"}
    asked = ask(client, "rescheduleAppointment", wish, call="later", tid="m1")
    assert (asked["state"], asked["say"]) == (
        "not_booked",
        "That costs $60 more than before: there is a visit fee of $149 for coming and looking after hours. "
        "Is that all right, and shall I move it?",
    )
    assert Booking.objects.get().visit_fee == Decimal(89)
    moved = ask(client, "rescheduleAppointment", wish, call="later", tid="m2")
    assert (moved["state"], "The visit fee is $149." in moved["say"]) == ("moved", True)
    assert Booking.objects.get().visit_fee == Decimal(149)
    # What costs no more is moved at once.
    back = ask(client, "rescheduleAppointment", wish | {"scheduledDate": "2026-11-26T09:00"}, call="third", tid="m3")
    assert (back["state"], Booking.objects.get().visit_fee) == ("moved", Decimal(89))


def test_a_correction_of_the_time_within_the_call_asks_where_it_costs_more(client):
    for tid in ("1", "2"):
        ask(client, "bookAppointment", BOOK | {"problem": "no heat"}, tid=tid)
    asked = ask(client, "bookAppointment", EVENING, tid="3")
    assert (asked["state"], "shall I move it?" in asked["say"]) == ("not_booked", True)
    assert Booking.objects.get().promised_from.hour == 14
    assert ask(client, "bookAppointment", EVENING, tid="4")["state"] == "moved"


def test_hooks_without_ids_are_told_and_booked(client, clock):
    """Every call of a hook has the same id: its own earlier answer is what told the fee."""
    assert ask(client, "bookAppointment", BOOK, tid="hook-function-call", at=NOW)["say"] == FEE
    clock.shift(10)
    later = NOW + timedelta(seconds=10)
    assert ask(client, "bookAppointment", BOOK, tid="hook-function-call", at=later)["state"] == "booked"


def test_fees_are_told_in_spanish(client):
    spoken = {"language": "es"}
    offer = ask(client, "checkAvailability", CHECK | spoken)
    assert "El cargo por la visita es de 89 dólares. " in offer["say"]
    asked = ask(client, "bookAppointment", EVENING | spoken, tid="b")
    assert asked["say"] == (
        "Hay un cargo de 149 dólares por la visita y la revisión fuera de horario. ¿Está de acuerdo y le reservo la cita?"
    )
    assert fees_of(asked) == {"visitFee": "89.00", "afterHoursFee": "60.00"}


def test_the_text_names_the_fees(client, shop):
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee="15.50")
    for tid in ("1", "2"):
        ask(client, "bookAppointment", BOOK, tid=tid)
    assert "arrival 9 AM to 11 AM. Visit fee $89. Trip fee $15.50. Reference HV-" in OutgoingMessage.objects.get().body


@pytest.mark.parametrize(
    ("member_fee", "holdback", "check", "book"),
    [(None, False, 4, 20), (49, False, 5, 21), (49, True, 5, 21)],
)
def test_fees_cost_one_statement_when_booking_and_one_where_members_pay_less(
    client, shop, django_assert_num_queries, member_fee, holdback, check, book
):
    ServiceType.objects.filter(key="repair").update(member_fee=member_fee)
    if holdback:
        Holdback.objects.create(shop=shop, name="all", first_month=1, last_month=12, percent=10, released_at=time(10))
    ask(client, "checkAvailability", CHECK, call="warm")
    with django_assert_num_queries(check):
        ask(client, "checkAvailability", CHECK, call="warm", tid="t2")
    with django_assert_num_queries(book):
        assert ask(client, "bookAppointment", BOOK, call="warm", tid="t3")["state"] == "booked"
