"""What callers hear where a calendar cannot be seen: nothing of that time, or by the shop's choice what its office confirms."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bookings.models import Booking, BusyBlock, CalendarFreshness, Concern, OutgoingMessage, ServiceType, Shop, Visit
from bookings.services import confirmations, confirming
from bookings.services.confirmations import gsm
from telephony.models import Call
from telephony.told import checking
from tests.factories import a_shop
from tests.telephony.told.acting import Acting, later
from tests.telephony.told.written import Written
from tests.telephony.vapi.speaking import ask
from tests.telephony.vapi.test_tools import BOOK, BOOK_QUERIES, CHECK, CHECK_QUERIES

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
WEDNESDAY = "Wednesday, November 25, between 9 and 11 AM"
CONFIRMS = Shop.WhenStale.CONFIRM


@pytest.fixture
def shop():
    return a_shop(phone_number="+12125550100", technicians=2, when_stale=CONFIRMS)


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def unseen(shop, *, minutes=120, only=None):
    """Let calendars have been read so long ago; None: never."""
    for technician in shop.technicians.order_by("pk")[:only]:
        CalendarFreshness.objects.update_or_create(
            technician=technician,
            defaults={
                "shop": shop,
                "read_at": None if minutes is None else NOW - timedelta(minutes=minutes),
                "read_until": None if minutes is None else NOW + timedelta(days=70),
            },
        )


def shown(shop):
    unseen(shop, minutes=1)


def texts():
    return [each.body for each in OutgoingMessage.objects.order_by("pk")]


def test_what_cannot_be_seen_is_not_offered_unless_the_shop_says_so(client, shop):
    Shop.objects.update(when_stale=Shop.WhenStale.EXCLUDE)
    unseen(shop)
    for tool, said in (("checkAvailability", CHECK), ("bookAppointment", BOOK)):
        answer = ask(client, tool, said, call=tool)
        assert answer["state"] == "office_will_call"
        assert "toConfirm" not in answer
    assert Booking.objects.count() == 0


@pytest.mark.parametrize("minutes", [120, None])
def test_it_is_offered_as_what_the_office_would_have_to_confirm(client, shop, minutes):
    unseen(shop, minutes=minutes)
    answer = ask(client, "checkAvailability", CHECK)
    assert (answer["state"], answer["available"], answer["toConfirm"]) == ("offered", True, True)
    assert [each["toConfirm"] for each in answer["slots"]] == [True, True]
    assert answer["say"] == (
        "For a repair visit I have Wednesday, November 25, between 8 and 10 AM or Wednesday, November 25, "
        "between 10 AM and noon. Our office would have to confirm whichever you choose. Which one suits you?"
    )


def test_a_calendar_that_is_not_known_as_far_ahead_is_unseen_there(client, shop):
    shown(shop)
    CalendarFreshness.objects.update(read_until=NOW + timedelta(days=3))
    assert "toConfirm" not in ask(client, "checkAvailability", CHECK)
    assert ask(client, "checkAvailability", CHECK | {"requestedDate": "2026-12-10"}, tid="t2")["toConfirm"] is True


def test_who_was_seen_is_sent_first_and_nothing_is_said_of_confirming(client, shop):
    unseen(shop, only=1)
    for tool, said in (("checkAvailability", CHECK), ("bookAppointment", BOOK)):
        assert "toConfirm" not in ask(client, tool, said, tid=tool)
    assert Visit.objects.get().technician == shop.technicians.order_by("pk").last()
    assert Booking.objects.get().to_confirm_since is None
    # The next one at that time is had of the other only.
    answer = ask(client, "bookAppointment", BOOK, call="next")
    assert (answer["state"], answer["toConfirm"]) == ("booked", True)


def test_a_booking_says_that_the_office_will_confirm_it_and_so_does_its_text(client, shop):
    unseen(shop)
    answer = ask(client, "bookAppointment", BOOK)
    booking = Booking.objects.get()
    assert (answer["state"], answer["toConfirm"], answer["success"]) == ("booked", True, True)
    assert answer["say"].startswith(f"Jane Doe, I've put you down for {WEDNESDAY}. Our office will confirm it. Your reference is")
    assert (booking.status, booking.to_confirm_since) == ("booked", NOW)
    assert texts() == [
        "ABC HVAC: we noted your repair visit for Wednesday, November 25, arrival 9 AM to 11 AM. It is not confirmed yet; our "
        f"office will confirm it. Reference {booking.reference}. Reply STOP to opt out."
    ]
    concern = Concern.objects.get()
    assert (concern.kind, concern.booking, concern.visit) == (Concern.Kind.TO_CONFIRM, booking, booking.visits.get())
    assert str(booking.visits.get().technician) in concern.text


def test_spanish_callers_hear_it_in_spanish(client, shop):
    Shop.objects.update(languages="en-es")
    unseen(shop)
    offered = ask(client, "checkAvailability", CHECK | {"language": "es"})
    assert "Nuestra oficina tendría que confirmar el horario que elija." in offered["say"]
    answer = ask(client, "bookAppointment", BOOK | {"language": "es"}, tid="t2")
    assert answer["say"].startswith("Jane Doe, le anoté para el miércoles 25 de noviembre")
    assert "Nuestra oficina se lo confirmará." in answer["say"]
    assert gsm("Aún no está confirmada") in texts()[0]


def test_a_hold_says_so_and_becomes_certain_where_the_calendar_is_seen_by_then(client, shop):
    unseen(shop)
    slot = ask(client, "checkAvailability", CHECK)["slots"][0]["slotId"]
    held = ask(client, "holdSlot", {"slotId": slot}, tid="t2")
    assert (held["state"], held["toConfirm"]) == ("held", True)
    assert held["say"].startswith("Our office would have to confirm that time. I'm holding")
    assert (Booking.objects.get().to_confirm_since, Concern.objects.count()) == (NOW, 0)
    shown(shop)
    answer = ask(client, "bookAppointment", BOOK | {"slotId": slot}, tid="t3")
    assert "toConfirm" not in answer
    assert answer["say"].startswith("You're booked, Jane Doe")
    assert (Booking.objects.get().to_confirm_since, Concern.objects.count()) == (None, 0)


def test_a_fee_is_asked_about_together_with_it(client, shop):
    ServiceType.objects.update(visit_fee=89)
    unseen(shop)
    answer = ask(client, "bookAppointment", BOOK)
    assert (answer["state"], answer["toConfirm"], answer["visitFee"]) == ("not_booked", True, "89.00")
    assert answer["say"].startswith("Our office would have to confirm that time. There is a visit fee")


def test_a_caller_who_moves_it_to_a_time_that_is_seen_has_it_for_certain(client, shop):
    unseen(shop)
    ask(client, "bookAppointment", BOOK)
    moved = ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-26T09:00"}, tid="t2")
    assert (moved["state"], moved["toConfirm"]) == ("moved", True)
    assert moved["say"].startswith("I've moved the appointment for Jane Doe to Thursday")
    assert "Our office will confirm it." in moved["say"]
    assert Concern.objects.filter(status="open").count() == 1
    shown(shop)
    back = ask(client, "bookAppointment", BOOK, tid="t3")
    assert (back["state"], "toConfirm" in back) == ("moved", False)
    assert Booking.objects.get().to_confirm_since is None
    assert Concern.objects.filter(status="open").count() == 0
    assert texts()[-1].startswith("ABC HVAC: your repair visit is booked for Wednesday")
    waiting = OutgoingMessage.objects.order_by("pk")
    assert [confirmations.is_stale(each, now=NOW) for each in waiting] == [True, True, False]


def test_a_time_that_is_gone_is_answered_with_what_the_office_would_have_to_confirm(client, shop):
    unseen(shop)
    for technician in shop.technicians.all():
        BusyBlock.objects.create(
            shop=shop, technician=technician, calendar_id="c", event_id="e", starts_at=NOW + timedelta(days=1),
            ends_at=NOW + timedelta(days=1, hours=2),
        )  # fmt: skip
    answer = ask(client, "bookAppointment", BOOK)
    assert (answer["state"], answer["toConfirm"]) == ("offered", True)
    assert "Our office would have to confirm whichever you choose." in answer["say"]


def test_who_asks_for_their_appointment_hears_that_it_is_not_confirmed(client, shop):
    unseen(shop)
    ask(client, "bookAppointment", BOOK)
    found = ask(client, "findAppointments", {"customerName": "Jane Doe"}, call="later", caller="+14155550142")
    assert "which our office has not confirmed yet" in found["say"]
    assert [each["toConfirm"] for each in found["appointments"]] == [True]
    confirming.confirm(Booking.objects.get().pk, by="desk:dee", now=NOW)
    found = ask(client, "findAppointments", {"customerName": "Jane Doe"}, call="later", tid="f2", caller="+14155550142")
    assert "not confirmed" not in found["say"]
    assert "toConfirm" not in found["appointments"][0]


def test_a_cancelled_one_asks_nobody_any_more(client, shop):
    unseen(shop)
    booked = ask(client, "bookAppointment", BOOK)
    ask(client, "cancelAppointment", {"reference": booked["reference"], "moveOffered": True}, tid="t2")
    assert (Booking.objects.get().status, Booking.objects.get().to_confirm_since) == ("cancelled", None)
    assert Concern.objects.filter(status="open").count() == 0


@pytest.mark.parametrize("policy", list(Shop.WhenStale))
def test_what_is_seen_costs_no_statement_more_and_what_is_not_one(client, shop, django_assert_num_queries, policy):
    Shop.objects.update(when_stale=policy)
    shown(shop)
    ask(client, "checkAvailability", CHECK, call="warm")
    with django_assert_num_queries(CHECK_QUERIES):
        ask(client, "checkAvailability", CHECK, call="warm", tid="t2")
    with django_assert_num_queries(BOOK_QUERIES):
        ask(client, "bookAppointment", BOOK, call="warm", tid="t3")
    if policy == CONFIRMS:
        unseen(shop)
        ask(client, "checkAvailability", CHECK, call="other")
        with django_assert_num_queries(CHECK_QUERIES):
            ask(client, "checkAvailability", CHECK, call="other", tid="t4")
        with django_assert_num_queries(BOOK_QUERIES + 1):
            ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-26T09:00"}, call="other", tid="t5")


SAID = """
A: ABC HVAC, how can I help?
U: Repair tomorrow at nine.
* book repair 2026-11-25 09:00
A: {said}
U: Thanks.
"""


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Jane Doe, I've put you down for {when}. Our office will confirm it."),
        ("es", "Jane Doe, le anoté para {when}. Nuestra oficina se lo confirmará."),
    ],
)
def test_what_it_says_is_no_untrue_promise(client, language, said):
    when = {"en": WEDNESDAY, "es": "el miércoles 25 de noviembre, entre las 9 y las 11 de la mañana"}[language]
    text = SAID.format(said=said.format(when=when)).strip().splitlines()
    acting = Acting(client, Written("a_call", language, (), text), when_stale=CONFIRMS)
    unseen(acting.shop)
    call = acting.play()
    assert Booking.objects.get().to_confirm_since is not None
    assert checking.check(call.pk, now=later(call)) == []
    assert Concern.objects.exclude(kind=Concern.Kind.TO_CONFIRM).count() == 0
    assert Call.objects.get(pk=call.pk).told_checked_at is not None
