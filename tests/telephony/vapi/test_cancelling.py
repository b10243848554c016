"""A cancel and the offer to move before it; requests that come late; a search for an appointment that is to be moved."""

import json
from datetime import timedelta

import pytest
import time_machine

from bookings.models import Booking, BookingChange, OutgoingMessage, Visit
from telephony.models import ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.calling import ASKED, BOB, HERS, JANE, NOW, OTHER, book, says_nothing_of
from tests.telephony.vapi.speaking import ask, post, tool_message

pytestmark = pytest.mark.django_db
CANCEL_IT = ("user", "I'd like to cancel my appointment.")
OFFER = (
    "I can move your appointment on Wednesday, November 25, between 9 and 11 AM to another day instead. "
    "Would you like that, or shall I cancel it?"
)


@pytest.fixture
def shop():
    return a_shop(technicians=2, phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def said(*turns):
    return {"messages": [{"role": role, "message": text, "time": 1} for role, text in turns]}


def cancel(client, *turns, tid="x", **arguments):
    message = tool_message((tid, "cancelAppointment", {"customerName": "Jane Doe", **arguments}), call="later")
    if turns:
        message["message"]["artifact"] = said(*turns)
    return json.loads(post(client, message).json()["results"][0]["result"])


def test_another_day_is_offered_before_a_cancel(client):
    book(client)
    asked = cancel(client, ("bot", "How can I help you?"), ("user", "Cancel my appointment."))
    assert (asked["state"], asked["say"]) == ("not_booked", OFFER)
    assert (Booking.objects.get().status, BookingChange.objects.count()) == ("booked", 1)
    assert OutgoingMessage.objects.filter(reason__startswith="cancelled:").count() == 0
    # Whether or not the conversation shows it, nobody is asked twice.
    assert cancel(client, ("user", "Cancel my appointment."), ("user", "Cancel it."), tid="y")["state"] == "cancelled"


@pytest.mark.parametrize(
    ("turns", "arguments", "state"),
    [
        ((), {}, "cancelled"),  # nothing carried: believed
        ((), {"moveOffered": None}, "cancelled"),
        ((), {"moveOffered": True}, "cancelled"),
        ((), {"moveOffered": "true"}, "cancelled"),
        ((), {"moveOffered": False}, "not_booked"),
        ((("user", "Cancel it."),), {"moveOffered": True}, "cancelled"),
        ((("user", "Cancel it, I don't want another day."),), {}, "not_booked"),
        ((CANCEL_IT, ("bot", "Would another day work?"), ("user", "No.")), {}, "cancelled"),
        ((CANCEL_IT, ("bot", "I can move it to Friday."), ("user", "No.")), {}, "cancelled"),
        ((("bot", "¿Le serviría otro día?"), ("user", "No, cancélela.")), {}, "cancelled"),
        ((CANCEL_IT, ("bot", "Puedo cambiar su cita."), ("user", "No.")), {}, "cancelled"),
        ((("bot", "I've moved your appointment."), ("user", "Now cancel it.")), {}, "not_booked"),
        ((CANCEL_IT, ("tool_call_result", "Would another day work?"), ("user", "No.")), {}, "not_booked"),
        ((CANCEL_IT, ("bot", "Would another day work?"), ("user", "No.")), {"moveOffered": False}, "not_booked"),
    ],
)
def test_when_it_is_offered(client, turns, arguments, state):
    book(client)
    answer = cancel(client, *turns, **arguments)
    assert (answer["state"], Booking.objects.get().status) == (state, "cancelled" if state == "cancelled" else "booked")


def test_who_is_asked_and_moves_has_the_same_appointment(client):
    booked = book(client)
    assert cancel(client, moveOffered=False)["say"] == OFFER
    moved = ask(client, "rescheduleAppointment", {"scheduledDate": "2026-12-01T09:00"}, call="later", tid="m")
    assert (moved["state"], moved["reference"]) == ("moved", booked["reference"])


def test_a_cancel_of_somebody_unknown_offers_nothing(client):
    book(client)
    asked = ask(client, "cancelAppointment", {"moveOffered": False}, call="later")
    assert asked["say"] == ASKED
    says_nothing_of(asked, "November")


def test_an_older_booking_that_comes_after_a_cancel_books_nothing(client):
    book(client, who=BOB, at="2026-11-27T09:00")  # of another kind, which stands
    first = book(client, at="2026-11-25T09:00")
    call = {"call": "first", "caller": HERS}
    late = {**JANE, "scheduledDate": "2026-11-26T09:00"}
    at = [NOW + timedelta(seconds=n) for n in range(4)]
    gone = ask(client, "cancelAppointment", {"reference": first["reference"]}, tid="x", at=at[2], **call)
    assert (gone["state"], gone["cancelledReference"]) == ("cancelled", first["reference"])
    answer = ask(client, "bookAppointment", late, tid="late", at=at[1], **call)
    assert (answer["state"], answer["success"]) == ("not_booked", False)
    assert answer["say"] == (
        "Your appointment on Wednesday, November 25, between 9 and 11 AM is cancelled, and I haven't booked another. "
        "Would you like a new one?"
    )
    assert Visit.objects.exclude(status="ended").get().booking.service_type.key == "maintenance"
    assert ask(client, "bookAppointment", late, tid="new", at=at[3], **call)["state"] == "booked"


def test_an_older_booking_after_a_cancel_of_what_another_call_made(client):
    book(client)
    at = [NOW + timedelta(seconds=n) for n in range(3)]
    assert ask(client, "cancelAppointment", {"zip": "10001"}, call="later", at=at[2])["state"] == "cancelled"
    late = ask(client, "bookAppointment", {**JANE, "scheduledDate": "2026-11-26T09:00"}, call="later", tid="late", at=at[1])
    assert (late["state"], Booking.objects.count()) == ("not_booked", 1)


# -- looking for another time for an appointment that stands


def test_a_search_for_a_move_knows_what_is_to_be_moved(client, shop):
    shop.technicians.latest("pk").delete()
    booked = book(client, duration=180)
    wish = {"serviceType": "tune up", "requestedDate": "2026-11-25T09:00"}
    starts = {slot["startsAt"] for slot in ask(client, "checkAvailability", wish, call="new")["slots"]}
    assert "2026-11-25T09:00:00-05:00" not in starts
    named = {**wish, "reference": booked["reference"]}
    moving = ask(client, "checkAvailability", named, call="later")
    assert "2026-11-25T09:00:00-05:00" in {slot["startsAt"] for slot in moving["slots"]}
    assert moving["say"].startswith("For a repair visit I have ")
    moved = ask(
        client, "rescheduleAppointment", {"reference": booked["reference"], "slotId": moving["slots"][-1]["slotId"]},
        call="later", tid="m",
    )  # fmt: skip
    assert (moved["state"], moved["reference"], Booking.objects.get().minutes) == ("moved", booked["reference"], 180)
    for word in ("new", "n/a", "Wednesday"):
        again = ask(client, "checkAvailability", {**wish, "reference": word}, call="later", tid=word)
        assert again["say"].startswith("For a maintenance visit I have ")
    # From another number it is a search like any other, and no wrong fact either.
    stranger = ask(client, "checkAvailability", named, call="other", caller=OTHER)
    assert stranger["say"].startswith("For a maintenance visit I have ")
    assert ToolInvocation.objects.filter(answer__identity__isnull=False).count() == 0
