"""Messages for the office: a question nobody could answer becomes a caller to call back."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread

import pytest
import time_machine
from django.db import connection

from bookings.models import BookingChange, Lead
from telephony.models import Call
from tests.factories import a_shop
from tests.telephony.vapi.calling import HERS, NOW, OTHER, book
from tests.telephony.vapi.speaking import ask, post

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return a_shop(technicians=2, phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def message(client, text, tid="t", call="later", caller=HERS, at=None, **also):
    return ask(client, "takeMessage", {"message": text, **also}, tid=tid, call=call, caller=caller, at=at)


def test_a_message_becomes_a_lead(client):
    taken = message(client, "Do you service water heaters?", customerName="Ann Lee")
    assert taken["state"] == "office_will_call"
    assert taken["say"] == "I've passed that on. Our office will call you back at the number you're calling from."
    lead = Lead.objects.get()
    assert (lead.reason, lead.status, lead.phone) == ("message", "open", HERS)
    assert lead.wanted == "“Ann Lee: Do you service water heaters?”"


def test_messages_of_a_call_stand_together_once_each_in_the_order_they_were_said(client):
    at = [NOW + timedelta(seconds=n) for n in range(4)]
    message(client, "Do you take cards?", tid="1", at=at[0])
    message(client, "And is there a warranty?", tid="3", at=at[2])
    message(client, "Who was here last time?", tid="2", at=at[1])  # came late
    message(client, "do you take cards", tid="4", at=at[3], customerPhone="(212) 555-0777")
    lead = Lead.objects.get()
    assert lead.wanted == "“Do you take cards?”\n“Who was here last time?”\n“And is there a warranty?”"
    assert lead.phone == OTHER


def test_the_number_that_was_given_is_said_back(client):
    taken = message(client, "Call me about my bill.", customerPhone="212 555 0777")
    assert taken["say"] == "I've passed that on. Our office will call you back at the number you gave me, (212) 555-0777."
    mine = message(client, "Call me about my bill.", tid="2", call="own", customerPhone="the number I'm calling from")
    assert mine["say"].endswith("at the number you're calling from.")


def test_without_any_number_one_is_asked_for_and_the_message_is_kept(client):
    asked = message(client, "Do you take cards?", caller="anonymous", tid="1")
    assert asked["state"] == "not_booked"
    assert asked["say"].endswith("What number, with its area code, can our office call you back at?")
    assert (Lead.objects.get().reason, Lead.objects.get().phone) == ("message", "")
    assert message(client, "Do you take cards?", caller="anonymous", tid="2", customerPhone="12")["state"] == "not_booked"
    told = message(client, "Do you take cards?", caller="anonymous", tid="3", customerPhone="212 555 0777")
    assert told["state"] == "office_will_call"
    assert (Lead.objects.get().wanted, Lead.objects.get().phone) == ("“Do you take cards?”", OTHER)


def test_a_message_without_words_is_asked_for(client):
    assert message(client, "")["say"] == "I still need the message. Could you tell me?"
    assert Lead.objects.count() == 0


def test_a_danger_in_a_message_is_heard(client):
    assert message(client, "Tell them that it smells of gas down here")["state"] == "emergency"
    assert Lead.objects.get().reason == "emergency"


def end(client, call):
    ended = {
        "type": "end-of-call-report", "call": {"id": call}, "phoneNumber": {"number": "+12125550100"},
        "endedReason": "customer-ended-call", "artifact": {},
    }  # fmt: skip
    assert post(client, {"message": ended}).status_code == 200


@pytest.mark.parametrize("caller", [HERS, "anonymous"])
def test_a_call_that_only_left_a_message_was_answered(client, caller):
    message(client, "Do you take cards?", caller=caller)
    for _ in range(2):
        end(client, "later")
    lead = Lead.objects.get()
    assert Call.objects.get(vapi_id="later").outcome == "answered"
    assert (lead.reason, lead.status, lead.wanted) == ("message", "open", "“Do you take cards?”")


def test_a_message_outlives_a_booking_and_a_wish_stands_above_it(client):
    message(client, "Do you take cards?")
    book(client, call="later")
    end(client, "later")
    assert (Lead.objects.get().status, Lead.objects.get().wanted) == ("open", "“Do you take cards?”")
    ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-30"}, call="two", tid="c")
    message(client, "Is it cheaper in spring?", call="two")
    end(client, "two")
    lead = Lead.objects.latest("pk")
    assert (lead.reason, lead.wanted) == (
        "message", "Left without a booking, repair, Mon Nov 30\n“Is it cheaper in spring?”",
    )  # fmt: skip


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_two_messages_and_two_cancels_at_once(client):
    """Two messages are one lead with both; one cancel delivered twice at once is one cancel."""
    book(client, call="c")
    works: list[Callable[[], dict[str, str]]] = [
        *(partial(message, client, f"Question {n}?", tid=f"q{n}", call="c", at=NOW + timedelta(seconds=n)) for n in (1, 2)),
        *(partial(ask, client, "cancelAppointment", {}, tid="x", call="c") for _ in range(2)),
    ]
    barrier = Barrier(len(works))
    told: list[dict[str, str]] = []

    def at_once(work: Callable[[], dict[str, str]]) -> None:
        barrier.wait()
        try:
            told.append(work())
        finally:
            connection.close()

    threads = [Thread(target=at_once, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each["state"] for each in told) == ["cancelled", "cancelled", "office_will_call", "office_will_call"]
    assert Lead.objects.get().wanted == "“Question 1?”\n“Question 2?”"
    assert BookingChange.objects.filter(kind="cancelled").count() == 1
