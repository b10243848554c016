"""Somebody whom the office serves no more calls: nothing is offered or booked, the office calls back, and may book."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from bookings.errors import RefusedError
from bookings.models import Booking, Customer, Lead, Offer
from bookings.services import customers, leads, upkeep
from telephony.models import Call
from tests.desk import shelf
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, ask, post, tool_message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
HERS, OTHER = "+14155550142", "+12125550777"
CHECK = {"serviceType": "AC Repair", "requestedDate": "2026-11-25", "timeWindow": "morning"}
BOOK = {
    "customerName": "Jane Doe", "serviceType": "repair", "scheduledDate": "2026-11-25T09:00",
    "address": "12 Main St, New York 10001",
}  # fmt: skip
CALLING = "I can't book that myself. Our office will call you back at the number you're calling from."
GIVEN = "I can't book that myself. Our office will call you back at the number you gave me."
WHY = "Owes two invoices"


@pytest.fixture
def shop():
    return a_shop(phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def jane(shop):
    row = customers.customer(shop_id=shop.pk, name="Jane Doe", phone=HERS)
    return upkeep.set_do_not_service(row.pk, shop_id=shop.pk, reason=WHY, by="desk:dee", now=NOW)


def known(client):
    """The call is heard of before its tools are used, as all but the very first message find it."""
    assert ask(client, "takeMessage", {"message": "Hello"}, tid="hello")["state"] == "office_will_call"
    Lead.objects.all().delete()


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        ("checkAvailability", CHECK),
        ("bookAppointment", BOOK),
        ("bookAppointment", BOOK | {"customerName": "Somebody Else"}),
        ("scheduleAppointment", {"serviceType": "repair", "requestedDate": "tomorrow", "customerName": "Jane"}),
        ("scheduleHVACAppointment", {"serviceType": "repair", "requestedDate": "tomorrow", "customerName": "Jane"}),
        ("holdSlot", {"slotId": "none"}),
        ("rescheduleAppointment", {"scheduledDate": "2026-11-26T09:00", "customerName": "Jane Doe"}),
    ],
)
def test_nothing_is_offered_or_booked_and_the_office_calls_back(client, shop, jane, tool, said):
    known(client)
    answer = ask(client, tool, said)
    assert (answer["state"], answer["say"]) == ("office_will_call", CALLING)
    assert WHY not in str(answer)
    lead = Lead.objects.get()
    assert (lead.reason, lead.status, lead.phone) == ("office_will_call", "open", HERS)
    assert f"Not booked: marked do not service ({WHY})" in lead.wanted
    assert (Booking.objects.count(), Offer.objects.count()) == (0, 0)


def test_also_as_the_very_first_that_is_heard_of_the_call(client, shop, jane):
    answer = ask(client, "bookAppointment", BOOK)
    assert (answer["state"], answer["say"]) == ("office_will_call", CALLING)
    assert (Booking.objects.count(), Lead.objects.count()) == (0, 1)


def test_by_a_number_that_is_given_in_the_call(client, shop, jane):
    answer = ask(client, "bookAppointment", BOOK | {"customerPhone": "(415) 555-0142"}, caller=OTHER)
    assert (answer["state"], answer["say"]) == ("office_will_call", GIVEN)
    assert (Booking.objects.count(), Lead.objects.get().phone) == (0, HERS)
    assert Customer.objects.count() == 1


def test_the_spanish_sentence(client, jane):
    Call.objects.all().delete()
    known(client)
    answer = ask(client, "checkAvailability", CHECK | {"language": "es"})
    assert answer["state"] == "office_will_call"
    shop = jane.shop
    shop.languages = "en-es"
    shop.save()
    answer = ask(client, "checkAvailability", CHECK | {"language": "es"}, tid="es")
    assert answer["say"] == "Yo no puedo reservarlo. Nuestra oficina le devolverá la llamada al número desde el que nos llama."


def test_who_is_served_again_is_booked(client, shop, jane):
    known(client)
    upkeep.set_do_not_service(jane.pk, shop_id=shop.pk, reason="", by="desk:dee", now=NOW)
    assert ask(client, "checkAvailability", CHECK)["state"] == "offered"
    assert ask(client, "bookAppointment", BOOK, tid="b")["state"] == "booked"


def test_another_shop_serves_them(client, shop):
    other = a_shop()
    theirs = customers.customer(shop_id=other.pk, name="Jane Doe", phone=HERS)
    upkeep.set_do_not_service(theirs.pk, shop_id=other.pk, reason=WHY, by="desk:dee", now=NOW)
    assert ask(client, "bookAppointment", BOOK)["state"] == "booked"


def test_a_booking_they_have_can_be_cancelled_and_stays_when_they_want_to_move_it(client, shop, jane):
    booking = shelf.book(
        shop, NOW, on=date(2026, 11, 25), at=time(9), name="Jane Doe", phone=HERS, despite_do_not_service=True
    )  # fmt: skip
    known(client)
    moved = ask(client, "rescheduleAppointment", {"scheduledDate": "2026-11-26T09:00", "customerName": "Jane Doe"})
    assert moved["state"] == "office_will_call"
    booking.refresh_from_db()
    assert (booking.status, booking.promised_from.date()) == ("booked", date(2026, 11, 25))
    assert ask(client, "findAppointments", {"customerName": "Jane Doe"}, tid="f")["state"] == "found"
    gone = ask(client, "cancelAppointment", {"customerName": "Jane Doe", "moveOffered": True}, tid="c")
    assert gone["state"] == "cancelled"


def test_danger_and_messages_go_on_as_for_anybody(client, shop, jane):
    known(client)
    assert ask(client, "takeMessage", {"message": "Call me"}, tid="m")["state"] == "office_will_call"
    danger = ask(client, "bookAppointment", BOOK | {"problem": "I smell gas"}, tid="g")
    assert danger["state"] == "emergency"


def test_the_core_refuses_and_a_person_may_overrule(shop, jane):
    before = Customer.objects.count()
    with pytest.raises(RefusedError) as refused:
        shelf.book(shop, NOW, on=date(2026, 11, 25), name="J. Doe", phone=HERS)
    assert (refused.value.code, refused.value.facts) == ("do_not_service", {"reason": WHY})
    with pytest.raises(RefusedError):
        shelf.book(shop, NOW, on=date(2026, 11, 25), name="J. Doe", phone=HERS, origin="")
    assert (Booking.objects.count(), Customer.objects.count()) == (0, before)
    assert shelf.book(shop, NOW, on=date(2026, 11, 25), phone=HERS, despite_do_not_service=True).status == "booked"


def test_a_second_delivery_keeps_one_lead_and_says_the_same(client, shop, jane):
    known(client)
    message = tool_message(("a", "bookAppointment", BOOK))
    first, again = answers(post(client, message))[0], answers(post(client, message))[0]
    assert first == again
    assert Lead.objects.count() == 1
    leads.close(shop_id=shop.pk, origin=Lead.objects.get().origin)


def test_it_costs_a_caller_who_is_served_no_statement(client, shop, django_assert_num_queries):
    """The counts that tests/telephony/vapi/test_tools.py asserts, among customers of whom one is not served."""
    for n in range(5):
        row = customers.customer(shop_id=shop.pk, name=f"P {n}", phone=f"+1212555000{n}")
        upkeep.set_do_not_service(row.pk, shop_id=shop.pk, reason=WHY, by="desk:dee", now=NOW)
    ask(client, "checkAvailability", CHECK, call="warm")
    with django_assert_num_queries(4):
        ask(client, "checkAvailability", CHECK, call="warm", tid="t2")
    with django_assert_num_queries(19):
        ask(client, "bookAppointment", BOOK | {"customerPhone": HERS}, call="warm", tid="t3")
