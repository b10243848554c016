"""Who calls: a number and one more fact before anything about a booking is said."""

import json
from datetime import timedelta

import pytest
import time_machine

from bookings.models import Booking, BookingChange, Customer, Lead
from bookings.services import lifecycle
from tests.factories import CustomerFactory, a_shop
from tests.telephony.vapi.calling import ABROAD, ASKED, BOB, DENIED, HERS, JANE, NOW, OTHER, book, find, says_nothing_of
from tests.telephony.vapi.speaking import ask, post, tool_message

pytestmark = pytest.mark.django_db
# The call, its bookings, the people of its number, theirs, what the call said before, the answer kept.
FIND_QUERIES = 6


@pytest.fixture
def shop():
    return a_shop(technicians=2, phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize(
    "facts",
    [
        {"customerName": "Jane Doe"}, {"customerName": "doe, jane"}, {"customerName": "Mrs. Doe"}, {"customerName": "JANE  DOÉ"},
        {"customerName": "Jane Marie Doe"}, {"customerName": "John Doe"}, {"customerName": "Jane"}, {"customerName": "Jane Dow"},
        {"zip": "10001"}, {"zip": 10001}, {"zip": "10001-1234"}, {"address": "somewhere in 10001"},
        {"address": "12 Main Street"}, {"address": "12 main st."}, {"address": "12 Main"}, {"address": "12 Maine Street, NYC"},
    ],
)  # fmt: skip
def test_a_number_and_one_more_fact(client, facts):
    booked = book(client)
    found = find(client, **facts)
    assert found["state"] == "found"
    assert found["say"] == (
        "I see your repair visit on Wednesday, November 25, between 9 and 11 AM, at 12 Main St. What can I do about it?"
    )
    assert found["appointments"] == [
        {
            "reference": booked["reference"], "service": "repair visit", "startsAt": "2026-11-25T09:00:00-05:00",
            "endsAt": "2026-11-25T11:00:00-05:00", "status": "booked", "address": "12 Main St, New York 10001",
        }
    ]  # fmt: skip
    assert found["customer"] == {"name": "Jane Doe", "member": False}


@pytest.mark.parametrize("shown", [lambda said: said, lambda said: said[3:].lower(), lambda said: " ".join(said)])
def test_the_reference_is_a_fact_at_the_number_only(client, shown):
    reference = book(client)["reference"]
    assert find(client, reference=shown(reference))["state"] == "found"
    stranger = find(client, call="other", caller=OTHER, reference=shown(reference))
    assert (stranger["state"], stranger["say"]) == ("not_found", DENIED)
    says_nothing_of(stranger, "Doe", "Main", reference, "10001")


@pytest.mark.parametrize(
    "facts",
    [
        {"customerName": "Jane Roebuck"}, {"customerName": "Janet"}, {"customerName": "Mary"}, {"customerName": "Jan"},
        {"customerName": "Mr."}, {"zip": "10002"}, {"zip": "1000"}, {"address": "12 Oak St"}, {"address": "14 Main St"},
        {"address": "12 Main Avenue"}, {"address": "Main St"}, {"reference": "HV-ZZZZZ"},
    ],
)  # fmt: skip
def test_what_fits_nothing_is_answered_as_if_there_were_nothing(client, facts):
    booked = book(client)
    for tool, more in (
        ("findAppointments", {}), ("cancelAppointment", {}), ("rescheduleAppointment", {"scheduledDate": "2026-11-30T09:00"}),
    ):  # fmt: skip
        hers = ask(client, tool, facts | more, call=f"hers-{tool}", tid="1", caller=HERS)
        nobodys = ask(client, tool, facts | more, call=f"other-{tool}", tid="1", caller=OTHER)
        assert hers == nobodys
        assert hers["say"] in (DENIED, ASKED)
        says_nothing_of(hers, "Doe", booked["reference"], "2026-11-25")
    assert list(BookingChange.objects.values_list("kind", flat=True)) == ["booked"]


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("findAppointments", {}), ("cancelAppointment", {"reason": "moving"}), ("cancelAppointment", {"reference": "Wednesday"}),
        ("rescheduleAppointment", {"scheduledDate": "2026-11-30T09:00"}),
    ],
)  # fmt: skip
def test_who_says_nothing_is_asked_whether_or_not_there_is_something(client, tool, arguments):
    book(client)
    hers = ask(client, tool, arguments, call="hers", caller=HERS)
    assert hers["say"] == ASKED
    assert hers["state"] == ("not_found" if tool == "findAppointments" else "not_booked")
    # What we add ourselves is no fact.
    ours = {**arguments, "callerNumber": HERS, "callId": "nobodys", "customerPhone": HERS}
    assert ask(client, tool, ours, call="nobodys", caller=OTHER) == hers
    assert Booking.objects.get().status == "booked"


def test_a_fact_is_said_once_a_call(client):
    book(client)
    assert find(client, customerName="Jane Doe")["state"] == "found"
    moved = ask(client, "rescheduleAppointment", {"scheduledDate": "2026-11-26T09:00"}, call="later", tid="m")
    assert moved["state"] == "moved"
    # Also where another tool was told: here the ZIP code of a search.
    ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-30", "zip": "10001"}, call="third")
    assert find(client, call="third")["state"] == "found"
    assert find(client, call="fourth")["say"] == ASKED


def test_what_this_call_booked_needs_no_fact(client):
    booked = book(client, caller="anonymous", customerPhone="415 555 0142")
    for n, (tool, arguments) in enumerate(
        [("findAppointments", {}), ("rescheduleAppointment", {"scheduledDate": "2026-11-26T09:00"}), ("cancelAppointment", {})]
    ):
        answer = ask(client, tool, arguments, call="first", caller="anonymous", tid=f"{n}")
        assert answer["state"] == ("found", "moved", "cancelled")[n]
    assert answer["cancelledReference"] == booked["reference"]


@pytest.mark.parametrize("caller", ["anonymous", "+266696687", "Restricted", None])
def test_a_withheld_number_hears_nothing_but_the_offer_of_a_call_back(client, caller):
    reference = book(client)["reference"]
    for facts in ({}, {"customerName": "Jane Doe", "zip": "10001", "reference": reference}):
        answer = find(client, call=f"w-{len(facts)}", caller=caller, **facts)
        assert (answer["state"], answer["say"]) == ("not_found", DENIED)
        says_nothing_of(answer, "Doe", reference)


def test_a_number_of_another_country_is_a_number(client):
    book(client, who=BOB, caller=ABROAD)
    found = find(client, caller=ABROAD, customerName="Castillo")
    assert (found["state"], found["customer"]["name"]) == ("found", "Bob Castillo")


def test_several_people_at_one_number_hear_of_their_own(client):
    hers = book(client)
    his = book(client, who=BOB, at="2026-11-26T13:00", call="second")
    for facts in ({"customerName": "Jane Doe"}, {"zip": "10001"}, {"address": "12 Main St"}, {"reference": hers["reference"]}):
        found = find(client, call=f"a{facts}", **facts)
        assert [each["reference"] for each in found["appointments"]] == [hers["reference"]]
        says_nothing_of(found, "Bob", "Castillo", "Court", "11201", his["reference"], "maintenance")
    # Her name, though the call spoke of his ZIP code before.
    ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-30", "zip": "11201"}, call="both")
    assert [each["reference"] for each in find(client, call="both", customerName="Doe")["appointments"]] == [hers["reference"]]
    cancelled = ask(client, "cancelAppointment", {"customerName": "Castilo"}, call="his")
    assert (cancelled["state"], cancelled["cancelledReference"]) == ("cancelled", his["reference"])
    assert Booking.objects.get(reference=hers["reference"]).status == "booked"


def test_a_first_name_that_two_people_at_the_number_have_is_no_fact(client):
    book(client)
    book(client, who=BOB | {"customerName": "Jane Castillo"}, at="2026-11-26T13:00", call="second")
    assert find(client, customerName="Jane")["say"] == DENIED
    assert find(client, call="full", customerName="Jane Castillo")["customer"]["name"] == "Jane Castillo"


def test_a_name_that_somebody_has_exactly_is_no_misspelling_of_another(client, shop):
    book(client, who=JANE | {"customerName": "Lena Martin"})
    CustomerFactory(shop=shop, name="Lena Martinez", name_key="lena martinez", phone=HERS)
    known = find(client, customerName="Lena Martinez")
    assert (known["state"], known["customer"]["name"], known["lastVisit"]) == ("not_found", "Lena Martinez", None)
    says_nothing_of(known, "repair", "Main St", "2026-11-25")
    assert find(client, call="near", customerName="Lena Martins")["state"] == "found"


def test_after_three_wrong_facts_the_office_calls_back(client):
    reference = book(client)["reference"]
    guesses = [{"customerName": "Ann Lee"}, {"zip": "10002"}, {"reference": "HV-ZZZZZ"}]
    for n, guess in enumerate(guesses):
        for _ in range(2):  # a second delivery is no second guess
            assert find(client, tid=f"g{n}", **guess)["say"] == DENIED
    assert Lead.objects.count() == 0
    for n, tool in enumerate(("findAppointments", "cancelAppointment")):
        right = ask(client, tool, {"customerName": "Jane Doe"}, call="later", tid=f"r{n}")
        assert right["state"] == "office_will_call"
        says_nothing_of(right, "Doe", "Main", reference)
    lead = Lead.objects.get()
    assert (lead.reason, lead.status, lead.phone) == ("office_will_call", "open", HERS)
    assert (Booking.objects.get().status, find(client, call="another", zip="10001")["state"]) == ("booked", "found")


def test_guesses_in_one_message_are_counted_one_by_one(client):
    book(client)
    guesses = [(f"g{n}", "findAppointments", {"zip": f"1010{n}"}) for n in range(4)]
    response = post(client, tool_message(*guesses, call="later", at=NOW))
    states = [json.loads(each["result"])["state"] for each in response.json()["results"]]
    assert states == ["not_found", "not_found", "not_found", "office_will_call"]


def test_guesses_made_to_other_tools_count_too(client):
    """What a call says while it looks for times or books is a fact; so many of them that fit nothing are guesses."""
    reference = book(client)["reference"]
    search = {"serviceType": "repair", "requestedDate": "2026-11-30"}
    for n in range(4):
        ask(client, "checkAvailability", {**search, "zip": ("10002", "10003", "10004", "10001")[n]}, call="later", tid=f"c{n}")
    guessed = find(client, zip="10001")
    assert guessed["state"] == "office_will_call"
    says_nothing_of(guessed, "Doe", "Main", reference)
    for n, name in enumerate(("Ann Lee", "Kim Miller", "Sue Jones", "Jane Doe")):
        tune_up = {"customerName": name, "serviceType": "tune up", "scheduledDate": "2026-11-26T10:00"}
        made = ask(client, "bookAppointment", tune_up, call="books", tid=f"b{n}")
    own = find(client, call="books")
    assert [each["reference"] for each in own["appointments"]] == [made["reference"]]
    # A few that fit nothing, as when somebody misspeaks, do no harm.
    for n, name in enumerate(("Ann Lee", "Jane Doe")):
        ask(client, "checkAvailability", {**search, "customerName": name}, call="slip", tid=f"s{n}")
    assert find(client, call="slip")["state"] == "found"


@pytest.mark.parametrize("names", ["Ann Lee, Kim Miller, Jane Doe", "Ann Lee Kim Miller Jane Doe", ["Ann Lee", "Jane Doe", "Al"]])
def test_names_in_a_row_are_no_name(client, names):
    book(client)
    assert find(client, customerName=names)["state"] == "not_found"


@pytest.mark.parametrize("customer", [None, {}, {"number": ""}])
def test_a_number_among_the_arguments_is_nobodys(client, customer):
    """Vapi speaks of the call and names no number: it is withheld, whatever a model fills in."""
    book(client)
    for n, tool in enumerate(("checkAvailability", "findAppointments")):
        spoofed = tool_message((f"{n}", tool, {"callerNumber": HERS, "customerName": "Jane Doe"}), call="withheld")
        spoofed["message"]["customer"] = spoofed["message"]["call"]["customer"] = customer
        answer = json.loads(post(client, spoofed).json()["results"][0]["result"])
        says_nothing_of(answer, "Doe", "Main")
    assert answer["say"] == DENIED


def test_who_has_nothing_ahead_hears_what_is_known_once_they_are(client):
    book(client, at="2026-11-24T10:00", equipment="boiler", equipmentAge=12)
    booking = Booking.objects.get()
    for step in (Booking.Status.ON_SITE, Booking.Status.DONE):
        lifecycle.step(booking.pk, step, by="desk:dee", now=NOW + timedelta(hours=3))
    Customer.objects.update(member=True)
    with time_machine.travel(NOW + timedelta(days=30), tick=False):
        known = find(client, customerName="Jane Doe")
        assert (known["state"], known["lastVisit"]) == ("not_found", "2026-11-24")
        assert known["say"] == (
            "I don't see an upcoming appointment for Jane Doe. Your last visit was on Tuesday, November 24. "
            "Would you like a new appointment?"
        )
        assert known["customer"] == {"name": "Jane Doe", "member": True}
        assert known["equipment"] == {"kind": "boiler", "years": 12}
        unknown = find(client, call="guess", customerName="Ann Lee")
        assert unknown == find(client, call="nobody", caller=OTHER, customerName="Ann Lee")
        says_nothing_of(unknown, "Doe", "boiler", "2026-11-24")


def test_five_appointments_are_named_to_the_fourth(client):
    for day in (1, 2, 3, 4, 7):
        book(client, at=f"2026-12-0{day}T09:00", call=f"c{day}")
    found = find(client, customerName="Jane Doe")
    assert found["say"].startswith("I see 5 appointments, the first ones are: your repair visit on Tuesday, December 1, between")
    assert found["say"].count("repair visit") == 4
    assert len(found["appointments"]) == 5


def test_a_technician_on_the_way_is_said_to_be(client):
    book(client, at="2026-11-24T10:00")
    lifecycle.step(Booking.objects.get().pk, Booking.Status.EN_ROUTE, by="desk:dee", now=NOW)
    assert "; the technician is on the way. " in find(client, zip="10001")["say"]


def test_a_caller_is_known_in_spanish_too(client):
    book(client, who=JANE | {"customerName": "María de la Cruz García"})
    asked = find(client, language="es")
    assert asked["say"] == "¿Me dice a qué nombre está la cita, o el código postal de la dirección?"
    for n, name in enumerate(("Maria Garcia", "señora García", "María Cruz", "Garsia")):
        known = find(client, tid=f"{n}", call=f"es{n}", language="es", customerName=name)
        assert known["say"] == (
            "Veo su visita de reparación, el miércoles 25 de noviembre entre las 9 y las 11 de la mañana, en 12 Main St. "
            "¿En qué le puedo ayudar con eso?"
        )


def test_finding_costs_the_same_for_one_and_for_many(client, django_assert_num_queries):
    book(client, at="2026-12-01T09:00", call="c0")
    find(client, call="warm", customerName="Jane Doe")
    for n in range(3):
        with django_assert_num_queries(FIND_QUERIES):
            find(client, call="warm", tid=f"n{n}", customerName="Jane Doe")
        book(client, at=f"2026-12-0{n + 2}T13:00", call=f"m{n}")
