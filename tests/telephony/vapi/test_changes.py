"""What callers change in the course of a call or later, and that each is told what is so."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from bookings.models import (
    Booking,
    BookingChange,
    Concern,
    Holdback,
    Lead,
    OutgoingMessage,
    Search,
    ServiceArea,
    ServiceType,
    Technician,
    Visit,
    WorkingHours,
)
from bookings.services import confirmations, dispatching, lifecycle
from telephony import endings
from telephony.models import Call
from tests.bookings.asking import roster_of
from tests.factories import a_shop
from tests.telephony.vapi.speaking import ask, post

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)  # Tuesday, nine in New York
WHO = {"customerName": "Jane Doe", "address": "12 Main St, New York 10001", "serviceType": "repair"}
ME = {"customerName": "Jane Doe"}  # the fact beside the number


@pytest.fixture
def shop():
    return a_shop(technicians=2, phone_number="+12125550100")


@pytest.fixture(autouse=True)
def _pinned(shop):
    with time_machine.travel(NOW, tick=False):
        yield


def book(client, at, call="c1", tid="b", **also):
    return ask(client, "bookAppointment", {**WHO, "scheduledDate": at, **also}, call=call, tid=tid)


def test_who_has_two_can_name_one_by_its_day_or_reference(client):
    first, second = (book(client, f"2026-12-0{day}T09:00", call=f"c{day}") for day in (1, 3))
    which = ask(client, "cancelAppointment", ME, call="later")
    assert which["state"] == "not_booked"
    assert [each["reference"] for each in which["appointments"]] == [first["reference"], second["reference"]]
    assert ask(client, "cancelAppointment", {"reference": "n/a"}, call="later", tid="2")["say"] == which["say"]
    named = ask(client, "cancelAppointment", {"reference": "the one on December 3"}, call="later", tid="3")
    assert (named["state"], named["cancelledReference"]) == ("cancelled", second["reference"])
    assert "success" not in named


def test_a_cancel_asked_for_again_takes_no_other(client):
    first, second = (book(client, f"2026-12-0{day}T09:00", call=f"c{day}") for day in (1, 3))
    for tid, arguments in (("1", {"reference": first["reference"]}), ("2", {"reference": first["reference"]}), ("3", {})):
        again = ask(client, "cancelAppointment", arguments, call="later", tid=tid)
        assert (again["state"], again["cancelledReference"]) == ("cancelled", first["reference"])
    assert Booking.objects.get(reference=second["reference"]).status == "booked"
    assert OutgoingMessage.objects.filter(reason__startswith="cancelled:").count() == 1


def test_who_was_not_visited_can_still_move(client):
    book(client, "2026-11-24T10:00")
    with time_machine.travel(NOW + timedelta(hours=5), tick=False):
        moved = ask(client, "rescheduleAppointment", ME | {"scheduledDate": "2026-11-25T09:00"}, call="later")
    assert moved["state"] == "moved"


def test_a_house_number_is_no_zip_code(client, shop):
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee="15.00")
    found = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-25", "zip": "10001"})
    booked = ask(
        client, "bookAppointment",
        {"customerName": "J", "serviceType": "repair", "slotId": found["slots"][0]["slotId"], "address": "14501 Ventura Blvd"},
        tid="b",
    )  # fmt: skip
    assert booked["state"] == "booked"
    assert "There is a trip fee of $15." in booked["say"]
    assert (Booking.objects.get().zip_code, str(Booking.objects.get().trip_fee)) == ("10001", "15.00")


def test_an_offer_named_by_its_start_keeps_its_terms(client, shop):
    """On a closed day for somebody without heat, held and booked without the slot id."""
    Technician.objects.latest("pk").delete()
    WorkingHours.objects.create(
        shop=shop, technician=Technician.objects.get(), weekday=3, starts=time(7), ends=time(20), overtime=True
    )
    shop.closures.create(on=date(2026, 11, 26), reason="Thanksgiving")
    wish = {"serviceType": "repair", "requestedDate": "2026-11-26", "problem": "no heat"}
    slot = ask(client, "checkAvailability", wish, call="c1")["slots"][0]
    assert ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h", call="c1")["state"] == "held"
    # Their own hold is not in their way.
    assert slot["startsAt"] in [
        each["startsAt"] for each in ask(client, "checkAvailability", wish, tid="again", call="c1")["slots"]
    ]
    assert book(client, slot["startsAt"])["state"] == "booked"
    assert Booking.objects.get().urgency == "urgent"
    assert book(client, "2026-11-27T09:00", tid="m")["state"] == "moved"
    assert Booking.objects.get().urgency == "urgent"


@pytest.mark.parametrize(("said", "hour"), [("tomorrow after 2 pm", 14), ("tomorrow before 9", 8)])
def test_bounds_of_a_time_are_heard_in_a_move(client, said, hour):
    book(client, "2026-11-25T09:00")
    moved = ask(client, "rescheduleAppointment", ME | {"scheduledDate": said}, call="later")
    assert (moved["state"], Booking.objects.get().promised_from.astimezone(NEW_YORK).hour) == ("moved", hour)


def test_what_was_held_and_booked_is_not_held_again(client):
    slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-25T09:00"})["slots"][0]
    ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h")
    booked = ask(client, "bookAppointment", {**WHO, "slotId": slot["slotId"]}, tid="b")
    again = ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h2")
    assert (again["state"], again["reference"]) == ("booked", booked["reference"])
    assert Visit.objects.count() == 1


def test_a_hold_outlives_the_booking_of_another_service(client):
    slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-25T09:00"})["slots"][0]
    ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h")
    book(client, "2026-11-26T09:00", serviceType="tune up")
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["booked", "held"]


def test_an_older_move_changes_nothing_and_a_booking_after_a_move_corrects_it(client):
    book(client, "2026-12-02T09:00")
    later = NOW + timedelta(seconds=60)
    ask(client, "rescheduleAppointment", ME | {"scheduledDate": "2026-12-04T09:00"}, call="later", at=later)
    late = ask(
        client, "rescheduleAppointment", {"scheduledDate": "2026-12-03T09:00"}, call="later", tid="2",
        at=NOW + timedelta(seconds=30),
    )  # fmt: skip
    assert (late["state"], late["scheduledDate"]) == ("booked", "2026-12-04T09:00:00-05:00")
    noted = ask(
        client, "bookAppointment", {**WHO, "scheduledDate": "2026-12-04T09:00", "notes": "gate code 12"}, call="later", tid="3",
        at=NOW + timedelta(seconds=90),
    )  # fmt: skip
    assert noted["reference"] == late["reference"]
    assert Booking.objects.get().notes == "gate code 12"


def test_a_corrected_address_outside_of_the_area_is_refused_and_the_concern_stays(client, shop):
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee="15.00")
    booked = book(client, "2026-11-25T09:00", address="")
    refused = book(client, "2026-11-25T09:00", tid="b2", address="5 Sunset Blvd, Beverly Hills 90210")
    assert (refused["state"], Concern.objects.get().status, Lead.objects.get().reason) == ("not_booked", "open", "outside_area")
    right = book(client, "2026-11-25T09:00", tid="b3", address="5 Broadway, New York 10004")
    assert (right["reference"], "trip fee of $15" in right["say"]) == (booked["reference"], True)
    assert (Concern.objects.get().status, str(Booking.objects.get().trip_fee)) == ("done", "15.00")


def test_the_desk_moves_the_second_day_and_the_promise_stays(shop, client):
    ServiceType.objects.filter(key="installation").update(days=2)
    book(client, "2026-11-25T08:00", serviceType="installation")
    second = Visit.objects.latest("starts_at")
    wish = dispatching.Move(
        visit_id=second.pk, version=1, technician_id=second.technician_id or 0, by="desk:dee",
        starts_at=second.starts_at + timedelta(minutes=30),
    )  # fmt: skip
    dispatching.move(roster_of(shop), wish, now=NOW)
    assert Booking.objects.get().promised_from == datetime(2026, 11, 25, 13, tzinfo=UTC)


def test_a_technician_who_left_binds_nobody(shop, client):
    book(client, "2026-11-25T09:00")
    visit = Visit.objects.get()
    visit.pinned = True
    visit.save(update_fields=["pinned"])
    Technician.objects.filter(visits=visit).update(active=False)
    corrected = book(client, "2026-11-25T09:00", tid="b2", address="5 Broadway, New York 10004")
    assert corrected["say"].startswith("I've updated that.")
    assert ask(client, "rescheduleAppointment", ME | {"scheduledDate": "2026-11-26T09:00"}, call="later")["state"] == "moved"
    assert Visit.objects.get().technician_id != visit.technician_id


def test_work_that_is_done_counts_for_the_day(shop, client):
    Technician.objects.latest("pk").delete()
    Technician.objects.update(most_visits_a_day=1)
    booked = book(client, "2026-11-24T10:00")
    for step in (Booking.Status.ON_SITE, Booking.Status.DONE):
        lifecycle.step(Booking.objects.get().pk, step, by="desk:dee", now=NOW + timedelta(hours=3))
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        other = book(client, "2026-11-24T15:00", call="other")
    assert (booked["state"], other["state"]) == ("booked", "offered")
    assert "2026-11-24" not in {slot["startsAt"][:10] for slot in other["slots"]}


def test_a_reserve_does_not_shut_out_installations(shop, client):
    Holdback.objects.create(shop=shop, name="Winter", percent=30, released_at=time(10))
    assert book(client, "2026-12-02T08:00", serviceType="installation")["state"] == "booked"
    # On a day nobody works, nobody works: it is not the reserve.
    WorkingHours.objects.filter(weekday=2).delete()
    found = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-12-09"}, call="c2")
    assert (found["state"], found["available"]) == ("offered", False)
    assert {runs[0][2] for runs in Search.objects.latest("pk").refused["by"].values()} == {"not_working"}


def test_before_the_first_part_of_the_day_is_morning_too(shop, client):
    WorkingHours.objects.update(starts=time(7), ends=time(10))
    found = ask(client, "checkAvailability", {"serviceType": "tune up", "requestedDate": "2026-11-25", "timeWindow": "morning"})
    assert (found["available"], found["slots"][0]["startsAt"]) == (True, "2026-11-25T07:00:00-05:00")


def test_there_and_back_again_is_one_text(client, shop):
    book(client, "2026-12-01T09:00")
    for n, day in enumerate((4, 1)):
        book(client, f"2026-12-0{day}T09:00", tid=f"m{n}")
    waiting = OutgoingMessage.objects.filter(reason__startswith="confirm:").order_by("pk")
    assert [confirmations.is_stale(each, now=NOW) for each in waiting] == [True, True, False]


def test_a_service_that_is_no_longer_offered_is_not_held(client):
    slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "2026-11-25"})["slots"][0]
    ServiceType.objects.filter(key="repair").update(active=False)
    assert ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h")["state"] == "not_booked"


def test_what_was_moved_and_then_cancelled_is_a_cancelled_call(client):
    book(client, "2026-12-01T09:00")
    for n, (tool, arguments) in enumerate(
        [("rescheduleAppointment", ME | {"scheduledDate": "2026-12-02T09:00"}), ("cancelAppointment", {})]
    ):
        ask(client, tool, arguments, call="later", tid=f"{n}")
    ended = {
        "type": "end-of-call-report", "call": {"id": "later"}, "phoneNumber": {"number": "+12125550100"},
        "endedReason": "customer-ended-call", "artifact": {},
    }  # fmt: skip
    post(client, {"message": ended})
    assert Call.objects.get(vapi_id="later").outcome == "cancelled"


@pytest.mark.parametrize(
    ("problem", "urgency"),
    [
        ("no hay calefacción desde ayer", "urgent"), ("there is no heat", "urgent"), ("the AC is out of warranty", "routine"),
        ("no AC problems, just a tune up", "routine"), ("it is not urgent, no hurry", "routine"),
    ],
)  # fmt: skip
def test_urgent_by_the_callers_words(client, problem, urgency):
    book(client, "2026-11-25T09:00", problem=problem)
    assert Booking.objects.get().urgency == urgency


@pytest.mark.concurrency
@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_call_and_its_last_tool_do_not_wait_for_each_other(client):
    """Both want the lead and the hold; whoever comes second waits, and nothing is lost."""
    for n in range(5):
        slot = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": f"2026-12-0{n + 1}"}, call=f"x{n}")[
            "slots"
        ][0]
        ask(client, "holdSlot", {"slotId": slot["slotId"]}, call=f"x{n}", tid="h")
        call = Call.objects.get(vapi_id=f"x{n}")
        Lead.objects.create(shop=call.shop, origin=call.origin, reason="abandoned", phone="+14155550142", created_at=NOW)
        failures: list[Exception] = []
        barrier = Barrier(2)

        def at_once(work: Callable[[], object], barrier: Barrier = barrier, failures: list[Exception] = failures) -> None:
            barrier.wait()
            try:
                work()
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        chosen = {**WHO, "slotId": slot["slotId"]}
        works: list[Callable[[], object]] = [
            partial(endings.close, call, reason="customer-ended-call", at=NOW),
            partial(ask, client, "bookAppointment", chosen, call=f"x{n}", tid="b"),
        ]
        threads = [Thread(target=at_once, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert Call.objects.get(vapi_id=f"x{n}").stage == "ended"
    assert BookingChange.objects.filter(kind="booked").count() == 5
