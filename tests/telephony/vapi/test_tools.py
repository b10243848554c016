"""What the assistant hears, and what stands in the database when it does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from bookings.models import (
    Booking,
    BusyBlock,
    CalendarFreshness,
    Closure,
    Concern,
    Customer,
    Lead,
    Offer,
    Search,
    Technician,
    Visit,
)
from bookings.services import housekeeping
from telephony.models import Call, ToolInvocation
from telephony.tools import schemas, stored
from telephony.tools.run import TOOLS
from tests.factories import a_shop
from tests.telephony.vapi.speaking import answers, ask, post, tool_message

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
CHECK = {"serviceType": "AC Repair", "requestedDate": "2026-11-25", "timeWindow": "morning"}
BOOK = {
    "customerName": "Jane Doe", "customerPhone": "(415) 555-0142", "serviceType": "repair",
    "scheduledDate": "2026-11-25T09:00", "address": "12 Main St, New York 10001",
}  # fmt: skip


@pytest.fixture
def shop():
    return a_shop(phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def test_check_offers_what_was_asked_for(client):
    answer = ask(client, "checkAvailability", CHECK)
    assert answer["state"] == "offered"
    assert answer["available"] is True
    assert answer["say"] == (
        "For a repair visit I have Wednesday, November 25, between 8 and 10 AM or Wednesday, November 25, "
        "between 10 AM and noon. Which one suits you?"
    )
    assert answer["message"] == answer["say"]
    assert [(slot["startsAt"], slot["endsAt"], slot["window"]) for slot in answer["slots"]] == [
        ("2026-11-25T08:00:00-05:00", "2026-11-25T10:00:00-05:00", "morning"),
        ("2026-11-25T10:00:00-05:00", "2026-11-25T12:00:00-05:00", "morning"),
    ]
    assert Offer.objects.count() == 2


def test_book_by_slot_wins_over_the_date(client):
    slot = ask(client, "checkAvailability", CHECK)["slots"][1]
    answer = ask(client, "bookAppointment", BOOK | {"slotId": slot["slotId"]}, tid="call_2")
    booking = Booking.objects.get()
    assert (answer["state"], answer["scheduledDate"]) == ("booked", "2026-11-25T10:00:00-05:00")
    assert (answer["bookingId"], answer["reference"]) == (str(booking.public_id), booking.reference)
    assert answer["say"].startswith(
        "You're booked, Jane Doe: Wednesday, November 25, between 10 AM and noon. Your reference is H V, "
    )
    assert Customer.objects.get().phone == "+14155550142"


def test_a_slot_of_another_call_is_good_until_it_expires(client):
    slot = ask(client, "checkAvailability", CHECK)["slots"][1]
    answer = ask(client, "bookAppointment", BOOK | {"slotId": slot["slotId"]}, call="another-call")
    assert answer["scheduledDate"] == "2026-11-25T10:00:00-05:00"
    with time_machine.travel(NOW + timedelta(minutes=61), tick=False):
        late = ask(client, "bookAppointment", BOOK | {"slotId": slot["slotId"]}, call="a-third")
    assert late["scheduledDate"] == "2026-11-25T09:00:00-05:00"


def test_the_same_request_hears_the_stored_answer(client):
    first = ask(client, "bookAppointment", BOOK)
    again = ask(client, "bookAppointment", BOOK)
    assert first == again
    assert (Booking.objects.count(), ToolInvocation.objects.count()) == (1, 1)


def test_a_second_wish_in_the_call_moves_the_booking(client):
    first = ask(client, "bookAppointment", BOOK, at=NOW)
    moved = ask(
        client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-25T14:00"}, tid="call_2", at=NOW + timedelta(seconds=2)
    )
    assert moved["state"] == "moved"
    assert (moved["bookingId"], moved["reference"]) == (first["bookingId"], first["reference"])
    assert moved["scheduledDate"] == "2026-11-25T14:00:00-05:00"
    assert Visit.objects.count() == 1
    late = ask(
        client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-25T16:00"}, tid="call_3", at=NOW - timedelta(seconds=2)
    )
    assert (late["state"], late["scheduledDate"]) == ("booked", "2026-11-25T14:00:00-05:00")


def test_there_and_back_again_tells_the_truth_also_without_ids(client):
    nine, two = BOOK, BOOK | {"scheduledDate": "2026-11-25T14:00"}
    for seconds, wish in enumerate([nine, two, nine]):
        answer = ask(client, "bookAppointment", wish, tid="hook-function-call", at=NOW + timedelta(seconds=seconds))
    assert (answer["state"], answer["scheduledDate"]) == ("moved", "2026-11-25T09:00:00-05:00")
    assert Visit.objects.get().starts_at.isoformat() == "2026-11-25T14:00:00+00:00"


def test_two_bookings_in_one_message_are_two(client):
    message = tool_message(
        ("a", "bookAppointment", BOOK), ("b", "bookAppointment", BOOK | {"scheduledDate": "2026-11-26T09:00"}), at=NOW
    )
    for _ in range(2):
        assert [answer["state"] for answer in answers(post(client, message))] == ["booked", "booked"]
    assert Booking.objects.count() == 2


def test_another_makes_a_second_one(client):
    ask(client, "bookAppointment", BOOK)
    assert ask(client, "bookAppointment", BOOK | {"another": True}, tid="call_2")["state"] == "booked"
    assert Booking.objects.count() == 2


def test_a_lost_race_hears_fresh_offers(client):
    for n in range(3):
        ask(client, "bookAppointment", BOOK, call=f"call-{n}")
    answer = ask(client, "bookAppointment", BOOK, call="late")
    assert answer["state"] == "offered"
    assert answer["success"] is False
    assert answer["say"].startswith(
        "I'm sorry, that time is not available. The nearest I have is Wednesday, November 25, between 11:30 AM"
    )
    assert len(answer["slots"]) == 3


def test_the_seeds_tool_books_the_part_of_the_day(client):
    answer = ask(
        client, "scheduleHVACAppointment",
        {"serviceType": "furnace tune up", "requestedDate": "2026-11-25", "timeWindow": "afternoon", "customerName": "Jane"},
    )  # fmt: skip
    assert (answer["state"], answer["success"], answer["scheduledDate"]) == ("booked", True, "2026-11-25T12:00:00-05:00")
    assert answer["confirmationId"] == answer["reference"]
    assert Customer.objects.get().phone == "+14155550142"
    assert Booking.objects.get().service_type.key == "maintenance"


@pytest.mark.parametrize(
    ("tool", "arguments", "say"),
    [
        ("checkAvailability", {"requestedDate": "2026-11-25"}, "I still need what kind of visit it is. Could you tell me?"),
        (
            "checkAvailability",
            CHECK | {"requestedDate": "2026-11-20"},
            "Friday, November 20 has already passed. Which day from today on would you like?",
        ),
        (
            "checkAvailability",
            CHECK | {"requestedDate": "2027-06-01"},
            "We book up to Saturday, January 23. Is there an earlier day that works?",
        ),
        (
            "checkAvailability",
            CHECK | {"requestedDate": "blursday"},
            "Sorry, which day did you mean?",
        ),
        (
            "checkAvailability",
            CHECK | {"requestedDate": "2026-02-30"},
            "There is no such day or time. Which day would suit you?",
        ),
        (
            "checkAvailability",
            CHECK | {"serviceType": "pizza"},
            "I didn't catch what kind of visit you need. Is it repair visit, maintenance visit or installation?",
        ),
        ("bookAppointment", {}, "I still need the name and what kind of visit it is. Could you tell me?"),
        (
            "bookAppointment",
            BOOK | {"customerPhone": "12"},
            "I still need a phone number with its area code. What number can we reach you at?",
        ),
        (
            "bookAppointment",
            BOOK | {"customerName": "?!"},
            "I still need the name for the appointment. What name should I put it under?",
        ),
        ("bookAppointment", BOOK | {"scheduledDate": ""}, "I still need the day and time. Could you tell me?"),
        ("orderPizza", {}, "I can't do that myself. Is there an appointment I can help you with?"),
    ],
)
def test_bad_input_gets_a_sentence_and_changes_nothing(client, tool, arguments, say):
    answer = ask(client, tool, arguments)
    assert (answer["state"], answer["say"]) == ("not_booked", say)
    assert "slots" not in answer
    assert Booking.objects.count() == 0


def test_without_a_number_at_all_it_is_asked_for(client):
    arguments = {name: value for name, value in BOOK.items() if name != "customerPhone"}
    assert ask(client, "bookAppointment", arguments, caller="anonymous")["say"].startswith("I still need a phone number")
    assert Call.objects.get().from_number == ""


def test_a_closed_day_is_named_with_the_nearest_times(client, shop):
    Closure.objects.create(shop=shop, on="2026-11-26", reason="Thanksgiving")
    answer = ask(client, "checkAvailability", CHECK | {"requestedDate": "2026-11-26"})
    assert answer["state"] == "offered"
    assert answer["available"] is False
    assert answer["say"].startswith("We're closed on Thursday, November 26 for Thanksgiving. For a repair visit I have Wednesday")


def test_a_weekend_offers_the_nearest_days(client):
    answer = ask(client, "checkAvailability", CHECK | {"requestedDate": "2026-11-28"})
    assert answer["say"].startswith("I don't have anything on Saturday, November 28 in the morning. For a repair visit I have")
    assert [slot["startsAt"][:10] for slot in answer["slots"]] == ["2026-11-27", "2026-11-27", "2026-11-30"]


def test_what_google_says_is_taken_is_not_offered(client, shop):
    for technician in Technician.objects.filter(shop=shop):
        BusyBlock.objects.create(
            shop=shop, technician=technician, calendar_id="c", event_id="e",
            starts_at="2026-11-25T13:00Z", ends_at="2026-11-25T15:00Z",
        )  # fmt: skip
    assert [slot["startsAt"] for slot in ask(client, "checkAvailability", CHECK)["slots"]] == ["2026-11-25T10:00:00-05:00"]


def test_a_calendar_nobody_could_read_is_not_free(client, shop):
    for technician in Technician.objects.filter(shop=shop):
        CalendarFreshness.objects.create(shop=shop, technician=technician)
    answer = ask(client, "checkAvailability", CHECK)
    assert answer["state"] == "office_will_call"
    assert Lead.objects.get().reason == Lead.Reason.OFFICE_WILL_CALL
    CalendarFreshness.objects.update(read_at=NOW - timedelta(minutes=59), read_until=NOW + timedelta(days=62))
    assert ask(client, "checkAvailability", CHECK, tid="call_2")["state"] == "offered"
    CalendarFreshness.objects.update(read_at=NOW - timedelta(minutes=61))
    assert ask(client, "checkAvailability", CHECK, tid="call_3")["state"] == "office_will_call"


def test_a_booking_closes_the_calls_lead(client, shop):
    CalendarFreshness.objects.bulk_create(
        CalendarFreshness(shop=shop, technician=each) for each in Technician.objects.filter(shop=shop)
    )
    ask(client, "checkAvailability", CHECK)
    CalendarFreshness.objects.all().delete()
    assert ask(client, "bookAppointment", BOOK, tid="call_2")["state"] == "booked"
    assert Lead.objects.get().status == Lead.Status.DONE


@pytest.mark.parametrize(
    "problem", ["I smell gas in the basement", "the CO alarm went off", "there's smoke from the furnace", "huele a gas"]
)
@pytest.mark.parametrize("tool", ["checkAvailability", "bookAppointment"])
def test_danger_cannot_become_a_booking(client, tool, problem):
    answer = ask(client, tool, (CHECK if tool == "checkAvailability" else BOOK) | {"problem": problem})
    assert answer["state"] == "emergency"
    assert answer["message"] == answer["say"]
    assert "slots" not in answer
    assert "911" in answer["say"]
    assert Booking.objects.count() == 0
    assert Concern.objects.get().kind == Concern.Kind.EMERGENCY
    assert Lead.objects.get().reason == Lead.Reason.EMERGENCY


def test_a_gas_furnace_is_no_danger(client):
    assert ask(client, "checkAvailability", CHECK | {"problem": "my gas furnace makes a noise"})["state"] == "offered"


def test_duration_is_clamped_to_the_services_range(client):
    ask(client, "bookAppointment", BOOK | {"duration": 6000})
    assert Visit.objects.get().ends_at - Visit.objects.get().starts_at == timedelta(minutes=240)


def test_schemas_come_from_the_serializers(shop):
    for tool in TOOLS.values():
        schema = schemas.of(tool.takes)
        assert set(schema["properties"]) == set(tool.takes.fields)
        assert all(each["description"] for each in schema["properties"].values())
    schema = schemas.of(TOOLS["checkAvailability"].takes)
    assert schema["required"] == ["serviceType", "requestedDate"]
    assert schema["properties"]["timeWindow"]["enum"] == ["morning", "afternoon", "evening"]


@pytest.mark.parametrize("busy", [0, 20])
def test_query_counts_do_not_grow(client, shop, busy, django_assert_num_queries):
    for n in range(busy):
        ask(client, "bookAppointment", BOOK | {"scheduledDate": f"2026-12-{n % 5 + 7:02d}T{9 + n // 5 * 2:02d}:00"}, call=f"c{n}")
    ask(client, "checkAvailability", CHECK, call="warm")
    with django_assert_num_queries(CHECK_QUERIES):
        ask(client, "checkAvailability", CHECK, call="warm", tid="t2")
    with django_assert_num_queries(BOOK_QUERIES):
        ask(client, "bookAppointment", BOOK, call="warm", tid="t3")


CHECK_QUERIES = 4
BOOK_QUERIES = 19  # among them whom the customer usually has, and what was offered for that start


def test_tomorrow_counts_from_the_beginning_of_the_call(client):
    """Who calls before midnight and says it after midnight means the day that both had in mind."""
    before = datetime(2026, 11, 25, 4, 50, tzinfo=UTC)  # Tuesday, ten to midnight in New York
    wish = CHECK | {"requestedDate": "the day after tomorrow"}
    with time_machine.travel(before, tick=False):
        ask(client, "checkAvailability", wish, call="late")
    with time_machine.travel(before + timedelta(minutes=12), tick=False):
        late = ask(client, "checkAvailability", wish, call="late", tid="t2")
        fresh = ask(client, "checkAvailability", wish, call="fresh")
    assert {slot["startsAt"][:10] for slot in late["slots"]} == {"2026-11-26"}
    assert {slot["startsAt"][:10] for slot in fresh["slots"]} == {"2026-11-27"}


@pytest.mark.parametrize(
    ("said", "starts"),
    [
        ("next week", {"2026-11-30", "2026-12-01"}),
        ("as soon as possible", {"2026-11-24", "2026-11-25"}),
        ("tomorrow after four", {"2026-11-25"}),
        ("first thing Friday", {"2026-11-27"}),
    ],
)
def test_days_in_the_callers_words(client, said, starts):
    answer = ask(client, "checkAvailability", {"serviceType": "tune up", "requestedDate": said})
    assert (answer["state"], {slot["startsAt"][:10] for slot in answer["slots"]}) == ("offered", starts)


def test_what_could_mean_two_days_is_asked(client):
    answer = ask(client, "checkAvailability", CHECK | {"requestedDate": "next Friday"})
    assert answer["state"] == "not_booked"
    assert "November 27" in answer["say"]
    assert "December 4" in answer["say"]


def test_old_answers_are_forgotten_after_the_shops_days(client, shop):
    ask(client, "checkAvailability", CHECK)
    kept = NOW + timedelta(days=89)
    assert (stored.forget(now=kept), housekeeping.sweep(now=kept).searches) == (0, 0)
    gone = NOW + timedelta(days=91)
    assert (stored.forget(now=gone), stored.forget(now=gone)) == (1, 0)
    swept = housekeeping.sweep(now=gone)
    assert (swept.offers, swept.searches, housekeeping.sweep(now=gone)) == (0, 1, housekeeping.Swept())


def test_a_search_that_led_to_a_booking_is_forgotten_the_next_day(client):
    slot = ask(client, "checkAvailability", CHECK)["slots"][0]
    ask(client, "checkAvailability", CHECK, call="other")
    ask(client, "bookAppointment", BOOK | {"slotId": slot["slotId"]}, tid="b")
    swept = housekeeping.sweep(now=NOW + timedelta(days=1, minutes=1))
    assert (swept.searches, Search.objects.count()) == (1, 1)


def test_an_hour_of_today_that_is_over_gets_what_is_left_of_the_day(client):
    answer = ask(client, "bookAppointment", BOOK | {"scheduledDate": "2026-11-24T08:00"})
    assert (answer["state"], answer["slots"][0]["startsAt"]) == ("offered", "2026-11-24T10:00:00-05:00")
    assert answer["say"].startswith("That is too soon for us to get there.")


def test_several_days_without_a_time_are_named(client, shop):
    Closure.objects.bulk_create(Closure(shop=shop, on=NOW.date() + timedelta(days=n)) for n in range(4, 13))
    answer = ask(client, "checkAvailability", CHECK | {"requestedDate": "next week"})
    assert answer["say"].startswith("I don't have anything from Monday, November 30 to Sunday, December 6 in the morning. ")
    assert answer["available"] is False
