"""What is said is what stands, also when a caller is refused, corrected, in danger, or sends what nobody expects."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine

from bookings.models import (
    Booking,
    BusyBlock,
    CalendarFreshness,
    Concern,
    Customer,
    Lead,
    ServiceType,
    Technician,
    Visit,
    WorkingHours,
)
from telephony.models import Call, ToolInvocation
from tests.factories import a_shop
from tests.telephony.vapi.speaking import ask, payload, post, tool_message
from tests.telephony.vapi.test_tools import BOOK, CHECK, NOW

pytestmark = pytest.mark.django_db
NO_NUMBER = {name: value for name, value in BOOK.items() if name != "customerPhone"}


@pytest.fixture
def shop():
    return a_shop(phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def nobody_is_free(shop):
    CalendarFreshness.objects.bulk_create(
        CalendarFreshness(shop=shop, technician=each) for each in Technician.objects.filter(shop=shop)
    )


def test_a_refused_move_leaves_promise_and_visit_as_they_were(client):
    ask(client, "bookAppointment", BOOK)
    answer = ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-25T14:00", "customerName": "?"}, tid="c2")
    assert answer["state"] == "not_booked"
    visit, booking = Visit.objects.get(), Booking.objects.get()
    assert (visit.version, visit.starts_at, booking.promised_from) == (1, booking.promised_from, booking.promised_from)


def test_a_withheld_caller_may_move_without_saying_the_number_again(client):
    ask(client, "bookAppointment", BOOK, caller="anonymous")
    answer = ask(client, "bookAppointment", NO_NUMBER | {"scheduledDate": "2026-11-25T14:00"}, tid="c2", caller="anonymous")
    assert answer["state"] == "moved"
    assert Customer.objects.get().phone == "+14155550142"


def test_a_promised_call_back_is_kept_when_something_else_is_booked(client, shop):
    nobody_is_free(shop)
    assert ask(client, "checkAvailability", CHECK | {"serviceType": "installation"})["state"] == "office_will_call"
    CalendarFreshness.objects.all().delete()
    assert ask(client, "bookAppointment", BOOK, tid="c2")["state"] == "booked"
    assert Lead.objects.get().status == Lead.Status.OPEN


def test_a_second_promise_opens_the_lead_again(client, shop):
    nobody_is_free(shop)
    ask(client, "checkAvailability", CHECK)
    Lead.objects.update(status=Lead.Status.DONE)
    ask(client, "checkAvailability", CHECK, tid="c2")
    assert Lead.objects.get().status == Lead.Status.OPEN


@pytest.mark.parametrize(("tool", "arguments"), [("bookAppointment", BOOK), ("checkAvailability", CHECK)])
def test_a_danger_stays_in_force_for_the_whole_call(client, tool, arguments):
    alarm = ask(client, "checkAvailability", CHECK | {"problem": "I smell gas"})
    after = ask(client, tool, arguments, tid="c2")
    assert (after["state"], after["say"]) == ("emergency", alarm["say"])
    assert Booking.objects.count() == 0
    assert (Lead.objects.get().reason, Lead.objects.get().status) == (Lead.Reason.EMERGENCY, Lead.Status.OPEN)
    assert ask(client, "bookAppointment", BOOK, call="somebody-else")["state"] == "booked"


@pytest.mark.parametrize("changed", [{"customerName": "John Sparks"}, {"address": "5 Smoke Tree Ln, Sparks, NV"}])
def test_names_and_places_are_no_danger(client, changed):
    assert ask(client, "bookAppointment", BOOK | changed)["state"] == "booked"


@pytest.mark.parametrize(
    "problem",
    ["an odor of gas", "gas is leaking", "a leak in the gas line", "it reeks of gas", "the CO2 alarm beeps", ["sparks"]],
)
def test_more_ways_to_say_it(client, problem):
    assert ask(client, "bookAppointment", BOOK | {"problem": problem})["state"] == "emergency"
    assert Concern.objects.get().kind == Concern.Kind.EMERGENCY


def test_a_check_that_names_a_time_offers_that_time(client):
    answer = ask(
        client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-25T14:00:00", "timeWindow": "afternoon"}
    )
    assert answer["available"] is True
    assert "2026-11-25T14:00:00-05:00" in [slot["startsAt"] for slot in answer["slots"]]
    assert answer["say"].startswith("For a repair visit I have Wednesday, November 25, between")


def test_the_number_that_was_said_is_the_one_called_back(client, shop):
    nobody_is_free(shop)
    answer = ask(client, "bookAppointment", BOOK, caller="anonymous")
    assert answer["state"] == "office_will_call"
    assert answer["say"].endswith("Our office will call you back at the number you gave me.")
    lead = Lead.objects.get()
    assert (lead.phone, lead.wanted) == ("+14155550142", "repair visit, asked for Wednesday, November 25, for Jane Doe")


def test_a_standing_booking_is_not_denied_when_nothing_else_is_free(client, shop):
    ask(client, "bookAppointment", BOOK)
    nobody_is_free(shop)
    answer = ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-25T14:00"}, tid="c2")
    assert answer["say"].startswith("Your appointment on Wednesday, November 25, between 9 and 11 AM stays as it is.")
    assert Lead.objects.count() == 0


@pytest.mark.parametrize("text", ["a\x00b", "cut emoji \ud83d", "\udc00"])
def test_text_no_database_takes_is_cleaned_at_the_door(client, text):
    assert ask(client, "bookAppointment", BOOK | {"notes": text})["state"] == "booked"
    report = payload("end-of-call-report")
    report["message"]["artifact"]["transcript"] = text
    report["message"]["artifact"]["recordingUrl"] = "http://[x"
    assert post(client, report).status_code == 200
    assert Call.objects.get(vapi_id=report["message"]["call"]["id"]).stage == Call.Stage.ENDED


@pytest.mark.parametrize("number", ["555-0142", "12", "0000", "+1 415 555 01420000000"])
def test_a_number_that_cannot_be_called_back_is_asked_for_again(client, number):
    answer = ask(client, "bookAppointment", BOOK | {"customerPhone": number})
    assert answer["say"].startswith("I still need a phone number with its area code.")
    assert Booking.objects.count() == 0


@pytest.mark.parametrize(
    "junk",
    [
        {"duration": ""}, {"duration": "two hours"}, {"duration": True}, {"duration": None}, {"another": "nope"}, {"another": []},
        {"notes": ["gate code 4", "dog"]}, {"notes": True}, {"problem": {"a": 1}}, {"slotId": 7}, {"address": None},
    ],
)  # fmt: skip
def test_what_is_optional_and_unreadable_stops_no_booking(client, junk):
    assert ask(client, "bookAppointment", BOOK | junk)["state"] == "booked"


def test_a_length_with_a_fraction_is_rounded_and_a_number_may_be_one(client):
    ask(client, "bookAppointment", BOOK | {"duration": 90.4, "customerPhone": 14155550142.0})
    assert (Booking.objects.get().minutes, Customer.objects.get().phone) == (90, "+14155550142")


@pytest.mark.parametrize(
    ("tool", "arguments", "keys"),
    [
        ("checkAvailability", {}, {"available": False}),
        ("checkAvailability", CHECK | {"requestedDate": "2020-01-01"}, {"available": False}),
        ("bookAppointment", {}, {"success": False}),
        ("scheduleHVACAppointment", {}, {"success": False}),
        ("scheduleAppointment", {"serviceType": "x", "requestedDate": "x", "customerName": "x"}, {"success": False}),
    ],
)
def test_the_seeds_keys_are_in_every_answer(client, tool, arguments, keys):
    answer = ask(client, tool, arguments)
    assert {**answer, **keys, "message": answer["say"]} == answer


def test_a_refusal_is_stored_and_heard_again(client):
    first = ask(client, "bookAppointment", BOOK | {"customerName": ""})
    assert ask(client, "bookAppointment", BOOK | {"customerName": ""}) == first
    assert ToolInvocation.objects.get().state == "not_booked"


@pytest.mark.parametrize("tid", [" spaced ", "x" * 200, 7])
def test_an_id_is_answered_as_it_came(client, tid):
    response = post(client, tool_message((tid, "checkAvailability", CHECK)))
    assert response.json()["results"][0]["toolCallId"] == str(tid)


def test_a_visit_that_runs_into_a_taken_morning_after_is_refused_not_tried_for_ever(client, shop):
    WorkingHours.objects.update(ends=time(23, 59))
    for technician in Technician.objects.all():
        BusyBlock.objects.create(
            shop=shop, technician=technician, calendar_id="c", event_id="e",
            starts_at=datetime(2026, 11, 26, 5, tzinfo=UTC), ends_at=datetime(2026, 11, 27, 5, tzinfo=UTC),
        )  # fmt: skip
    answer = ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-25T21:45"})
    assert answer["state"] == "offered"
    assert Visit.objects.count() == 0


def test_a_shop_without_services_still_answers(client, shop):
    ServiceType.objects.all().delete()
    assert ask(client, "checkAvailability", CHECK)["state"] == "not_booked"


def end(client, call):
    report = payload("end-of-call-report")
    report["message"]["call"]["id"] = call
    report["message"]["timestamp"] = round((NOW + timedelta(minutes=2)).timestamp() * 1000)
    assert post(client, report).status_code == 200


def test_a_caller_who_was_served_is_no_lead(client):
    ask(client, "checkAvailability", CHECK, call="c")
    ask(client, "bookAppointment", BOOK, tid="c2", call="c", at=NOW)
    end(client, "c")
    assert Call.objects.get(vapi_id="c").outcome == Call.Outcome.BOOKED
    assert Lead.objects.count() == 0


def test_a_caller_who_left_without_a_booking_is_one_to_call_back(client):
    ask(client, "checkAvailability", CHECK, call="c")
    for _ in range(2):
        end(client, "c")
    assert Call.objects.get(vapi_id="c").outcome == Call.Outcome.ANSWERED
    lead = Lead.objects.get()
    assert (lead.reason, lead.phone) == (Lead.Reason.NO_TIME, "+14155550142")
    assert lead.wanted == "Left without a booking, AC Repair, Wed Nov 25"
