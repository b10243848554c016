"""Ten calls a shop knows, told from the first tool to the rows, through /webhook/vapi."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command

from bookings.models import (
    Booking,
    BookingChange,
    BusyBlock,
    CrewMember,
    Customer,
    Holdback,
    Lead,
    OutgoingMessage,
    ServiceArea,
    ServiceType,
    Skill,
    Technician,
    TechnicianSkill,
    Visit,
    WorkingHours,
)
from bookings.services import housekeeping
from telephony.models import Call
from tests.factories import TechnicianFactory, a_shop
from tests.telephony.vapi.speaking import ask, post

pytestmark = pytest.mark.django_db
NEW_YORK = ZoneInfo("America/New_York")
NUMBER = "+12125550100"
OTHER = "+12125550777"
WHO = {"customerName": "Jane Doe", "address": "12 Main St, New York 10001"}


def local(year, month, day, hour=9, minute=0):
    return datetime(year, month, day, hour, minute, tzinfo=NEW_YORK)


def days_of(answer):
    return [date.fromisoformat(slot["startsAt"][:10]) for slot in answer["slots"]]


def busy(technician, starts, ends):
    BusyBlock.objects.create(
        shop=technician.shop, technician=technician, calendar_id="c", event_id=f"{starts}", starts_at=starts, ends_at=ends
    )


def test_no_heat_on_a_holiday(client):
    """The shop is closed on Thanksgiving; who has no heat gets the technician on overtime, a tune-up gets another day."""
    shop = a_shop(phone_number=NUMBER, holidays_closed="Thanksgiving Day")
    on_call: Any = TechnicianFactory(shop=shop, name="On call")
    WorkingHours.objects.create(
        shop=shop, technician=on_call, weekday=3, starts=time(7), ends=time(22), overtime=True
    )  # fmt: skip
    with time_machine.travel(local(2026, 11, 26, 10), tick=False):
        tune_up = ask(client, "checkAvailability", {"serviceType": "tune up", "requestedDate": "today"}, call="tune-up")
        assert tune_up["available"] is False
        assert tune_up["say"].startswith("We're closed on Thursday, November 26 for Thanksgiving Day.")
        assert date(2026, 11, 26) not in days_of(tune_up)
        found = ask(
            client, "checkAvailability",
            {"serviceType": "repair", "requestedDate": "today", "problem": "There is no heat since last night"},
        )  # fmt: skip
        assert (found["available"], set(days_of(found))) == (True, {date(2026, 11, 26)})
        booked = ask(
            client, "bookAppointment",
            {**WHO, "serviceType": "repair", "slotId": found["slots"][0]["slotId"], "problem": "no heat"}, tid="b",
        )  # fmt: skip
    assert booked["state"] == "booked"
    booking = Booking.objects.get()
    assert booking.visits.get().technician == on_call
    assert booking.urgency == "urgent"
    assert booking.promised_from.astimezone(NEW_YORK).date() == date(2026, 11, 26)


def test_a_tune_up_in_a_members_window(client):
    """Half of Wednesday is held back; routine callers are asked to come on another day, a member is not."""
    shop = a_shop(technicians=1, phone_number=NUMBER)
    Holdback.objects.create(shop=shop, name="Winter", percent=50, released_at=time(10))
    Customer.objects.create(shop=shop, name="Mona Member", name_key="mona member", phone=OTHER, member=True)
    busy(Technician.objects.get(), local(2026, 11, 25, 8), local(2026, 11, 25, 9))
    wish = {"serviceType": "tune up", "requestedDate": "2026-11-25"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        for n in range(3):
            slot = ask(client, "checkAvailability", wish, call=f"c{n}")["slots"][0]
            ask(client, "bookAppointment", {**WHO, "serviceType": "tune up", "slotId": slot["slotId"]}, call=f"c{n}", tid="b")
        assert Visit.objects.filter(starts_at__date=date(2026, 11, 25)).count() == 3
        routine = ask(client, "checkAvailability", wish, call="routine")
        assert (routine["available"], date(2026, 11, 25) in days_of(routine)) == (False, False)
        member = ask(client, "checkAvailability", wish, call="member", caller=OTHER)
        assert (member["available"], set(days_of(member))) == (True, {date(2026, 11, 25)})
        booked = ask(
            client, "bookAppointment", {"customerName": "Mona Member", "serviceType": "tune up",
            "slotId": member["slots"][0]["slotId"]}, call="member", caller=OTHER, tid="b",
        )  # fmt: skip
        assert booked["state"] == "booked"
    with time_machine.travel(local(2026, 11, 25, 10, 1), tick=False):
        released = ask(client, "checkAvailability", wish, call="late")
        assert (released["available"], set(days_of(released))) == (True, {date(2026, 11, 25)})


def test_a_two_day_installation_with_a_helper(client):
    """One technician who installs, one helper, two working days; Friday goes on on Monday, and it is all or nothing."""
    shop = a_shop(technicians=2, phone_number=NUMBER)
    install = Skill.objects.create(shop=shop, name="Installation")
    service = ServiceType.objects.get(shop=shop, key="installation")
    ServiceType.objects.filter(pk=service.pk).update(days=2, skill=install)
    CrewMember.objects.create(shop=shop, service_type=service, role="helper")
    lead, other = Technician.objects.filter(shop=shop).order_by("pk")
    TechnicianSkill.objects.create(shop=shop, technician=lead, skill=install)
    Technician.objects.filter(pk=other.pk).update(works_alone=False, name="Apprentice")
    wish = {**WHO, "serviceType": "installation", "scheduledDate": "2026-11-27T08:00"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        booked = ask(client, "bookAppointment", wish)
        assert booked["state"] == "booked"
        assert "The work takes 2 working days." in booked["say"]
        again = ask(client, "bookAppointment", {**wish, "customerName": "Sam Late"}, call="late", caller=OTHER)
        assert again["state"] == "offered"
        assert not set(days_of(again)) & {date(2026, 11, 27), date(2026, 11, 30), date(2026, 11, 26)}
    planned = Visit.objects.order_by("starts_at", "role").values_list("technician", "role", "starts_at")
    assert [(who, role, at.astimezone(NEW_YORK)) for who, role, at in planned] == [
        (other.pk, "helper", local(2026, 11, 27, 8)), (lead.pk, "lead", local(2026, 11, 27, 8)),
        (other.pk, "helper", local(2026, 11, 30, 8)), (lead.pk, "lead", local(2026, 11, 30, 8)),
    ]  # fmt: skip
    assert Booking.objects.count() == 1


def test_an_expired_certificate(client, capsys):
    """Who could go may not, and the back office can say why."""
    shop = a_shop(technicians=2, phone_number=NUMBER)
    epa = Skill.objects.create(shop=shop, name="EPA 608", is_certificate=True)
    service = ServiceType.objects.get(shop=shop, key="repair")
    service.certificates.add(epa)
    expired, never = Technician.objects.order_by("pk")
    TechnicianSkill.objects.create(shop=shop, technician=expired, skill=epa, expires_on=date(2026, 3, 3))
    with time_machine.travel(local(2026, 11, 24), tick=False):
        answer = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow", "timeWindow": "morning"})
        assert answer["state"] == "office_will_call"
        call_command("explain")
        TechnicianSkill.objects.update(expires_on=date(2026, 11, 25))
        valid = ask(client, "checkAvailability", {"serviceType": "repair", "requestedDate": "tomorrow"}, tid="again")
        assert (valid["state"], set(days_of(valid))) == ("offered", {date(2026, 11, 25)})
    told = capsys.readouterr().out
    assert f"{expired.name}: certificate EPA 608 expired on 3 March." in told
    assert f"{never.name}: lacks certificate EPA 608." in told
    assert "Nothing could be offered." in told


def test_outside_the_area(client):
    """A ZIP code that is not served is said so, and the caller is kept; another one is served on its days, for its fee."""
    shop = a_shop(phone_number=NUMBER)
    ServiceArea.objects.create(shop=shop, name="the Bronx", zip_codes="104*", weekdays=[1, 3], trip_fee="25.00")
    wish = {"serviceType": "repair", "requestedDate": "2026-11-25"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        outside = ask(client, "checkAvailability", {**wish, "zip": "90210"})
        assert (outside["state"], outside["say"]) == (
            "not_booked", "I'm sorry, 9 0 2 1 0 is outside of the area we serve."
        )  # fmt: skip
        lead = Lead.objects.get()
        assert (lead.reason, lead.phone) == ("outside_area", "+14155550142")
        refused = ask(
            client, "bookAppointment", {**WHO, "serviceType": "repair", "scheduledDate": "2026-11-26T09:00", "address": "90210"},
            call="c2", caller=OTHER,
        )  # fmt: skip
        assert refused["state"] == "not_booked"
        assert (Booking.objects.count(), Lead.objects.count()) == (0, 2)
        inside = ask(client, "checkAvailability", {**wish, "zip": "10451"}, call="c3")
        assert (inside["available"], inside["tripFee"]) == (False, "25.00")
        assert inside["say"].startswith("We come to the Bronx on Tuesday and Thursday.")
        assert "There is a trip fee of $25 for your area." in inside["say"]
        assert {day.weekday() for day in days_of(inside)} <= {1, 3}
        booked = ask(
            client, "bookAppointment",
            {**WHO, "serviceType": "repair", "address": "1 Grand Concourse, Bronx 10451", "slotId": inside["slots"][0]["slotId"]},
            call="c3", tid="b",
        )  # fmt: skip
    assert booked["state"] == "booked"
    assert str(Booking.objects.get().trip_fee) == "25.00"


def test_the_last_slot_is_lost_to_another_caller(client):
    """Both were offered it; the slower one hears fresh times in the same breath, and takes one."""
    a_shop(technicians=1, phone_number=NUMBER)
    wish = {"serviceType": "repair", "requestedDate": "2026-11-25T09:00"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        first, second = (
            ask(client, "checkAvailability", wish, call=f"c{n}", caller=number)["slots"][0]
            for n, number in enumerate(("+14155550142", OTHER))
        )
        assert first["startsAt"] == second["startsAt"]
        ask(client, "bookAppointment", {**WHO, "serviceType": "repair", "slotId": first["slotId"]}, call="c0", tid="b")
        lost = ask(
            client,
            "bookAppointment",
            {**WHO, "serviceType": "repair", "slotId": second["slotId"]},
            call="c1",
            caller=OTHER,
            tid="b",
        )
        assert lost["state"] == "offered"
        assert lost["say"].startswith("I'm sorry, that time is not available.")
        taken = {**WHO, "serviceType": "repair", "slotId": lost["slots"][0]["slotId"]}
        assert ask(client, "bookAppointment", taken, call="c1", caller=OTHER, tid="b2")["state"] == "booked"
    assert Booking.objects.filter(status="booked").count() == 2


def test_a_move_to_the_same_time_next_week_across_the_clock_change(client):
    """Nine stays nine by the shop's clock, an hour earlier by the sun; reference, customer and history stay."""
    a_shop(technicians=1, phone_number=NUMBER)
    with time_machine.travel(local(2027, 3, 9), tick=False):
        booked = ask(client, "bookAppointment", {**WHO, "serviceType": "repair", "scheduledDate": "2027-03-12T09:00"})
        assert booked["scheduledDate"] == "2027-03-12T09:00:00-05:00"
    with time_machine.travel(local(2027, 3, 10), tick=False):
        moved = ask(
            client, "rescheduleAppointment", {"scheduledDate": "same time next week", "customerName": "Jane Doe"}, call="later"
        )  # fmt: skip
    assert (moved["state"], moved["scheduledDate"]) == ("moved", "2027-03-19T09:00:00-04:00")
    assert moved["reference"] == booked["reference"]
    booking = Booking.objects.get()
    assert booking.promised_from == datetime(2027, 3, 19, 13, tzinfo=UTC)
    assert list(booking.changes.values_list("kind", flat=True)) == ["booked", "moved"]
    assert booking.changes.latest("pk").detail["before"]["promised_from"] == "2027-03-12T14:00:00+00:00"
    assert OutgoingMessage.objects.filter(body__contains="March 19").count() == 1


def test_a_cancel_of_somebody_elses_booking(client):
    """Without the number not even the reference helps, and nothing is given away."""
    a_shop(technicians=1, phone_number=NUMBER)
    with time_machine.travel(local(2026, 11, 24), tick=False):
        booked = ask(client, "bookAppointment", {**WHO, "serviceType": "repair", "scheduledDate": "2026-11-25T09:00"})
        refused = ask(client, "cancelAppointment", {"reference": booked["reference"]}, call="other", caller=OTHER)
        unknown = ask(client, "cancelAppointment", {"reference": "HV-ZZZZZ"}, call="other2", caller=OTHER)
        withheld = ask(client, "cancelAppointment", {"reference": booked["reference"]}, call="other3", caller="anonymous")
        assert refused["state"] == withheld["state"] == "not_booked"
        assert refused["say"] == unknown["say"] == withheld["say"]
        moved = ask(
            client, "rescheduleAppointment", {"reference": booked["reference"], "scheduledDate": "2026-11-26T09:00"},
            call="other", caller=OTHER, tid="m",
        )  # fmt: skip
        assert moved["say"] == refused["say"]
        assert Booking.objects.get().status == "booked"
        assert BookingChange.objects.count() == 1
        mine = ask(client, "cancelAppointment", {"reason": "sold the house", "zip": "10001"}, call="mine")
        assert mine["state"] == "cancelled"
        assert mine["say"].startswith("I've cancelled your appointment on Wednesday, November 25, between 9 and 11 AM.")
        assert ask(client, "cancelAppointment", {}, call="mine", tid="again")["say"] == mine["say"]
    booking = Booking.objects.get()
    assert (booking.status, booking.visits.get().status) == ("cancelled", "ended")
    assert booking.changes.latest("pk").detail == {"reason": "sold the house"}
    assert OutgoingMessage.objects.filter(reason__startswith="cancelled:").count() == 1


def test_a_hold_that_expires_mid_call(client):
    """Held, it is nobody else's; run out, it is anybody's; who held it hears what is left."""
    a_shop(technicians=1, phone_number=NUMBER)
    wish = {"serviceType": "repair", "requestedDate": "2026-11-25T09:00"}
    start = local(2026, 11, 24)
    with time_machine.travel(start, tick=False):
        slot = ask(client, "checkAvailability", wish)["slots"][0]
        rival = ask(client, "checkAvailability", wish, call="rival", caller=OTHER)["slots"][0]
        held = ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h")
        assert (held["state"], held["expiresAt"]) == ("held", "2026-11-24T09:05:00-05:00")
        assert "isn't booked yet" in held["say"]
        assert "reference" not in held
        theirs = {"customerName": "Rita Rival", "serviceType": "repair", "slotId": rival["slotId"]}
        assert ask(client, "bookAppointment", theirs, call="rival", caller=OTHER, tid="b")["state"] == "offered"
    with time_machine.travel(start + timedelta(minutes=6), tick=False):
        assert ask(client, "bookAppointment", theirs, call="rival", caller=OTHER, tid="b2")["state"] == "booked"
        late = ask(client, "bookAppointment", {**WHO, "serviceType": "repair", "slotId": slot["slotId"]}, tid="b")
        assert late["state"] == "offered"
        assert housekeeping.lapse(now=datetime.now(UTC)) == 1
        assert housekeeping.lapse(now=datetime.now(UTC)) == 0
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["booked", "lapsed"]
    assert Visit.objects.filter(status="held").count() == 0


def test_a_hold_becomes_the_booking_and_dies_with_the_call(client):
    a_shop(technicians=1, phone_number=NUMBER)
    wish = {"serviceType": "repair", "requestedDate": "2026-11-25T09:00"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        slot = ask(client, "checkAvailability", wish)["slots"][0]
        ask(client, "holdSlot", {"slotId": slot["slotId"]}, tid="h")
        booked = ask(client, "bookAppointment", {**WHO, "serviceType": "repair", "slotId": slot["slotId"]}, tid="b")
        assert booked["state"] == "booked"
        booking = Booking.objects.get()
        assert (booking.status, booking.hold_expires_at, booking.visits.get().status) == ("booked", None, "active")
        assert list(booking.changes.values_list("kind", flat=True)) == ["held", "booked"]
        other = ask(client, "checkAvailability", {**wish, "requestedDate": "2026-11-26T09:00"}, call="hangs-up")["slots"][0]
        ask(client, "holdSlot", {"slotId": other["slotId"]}, call="hangs-up", tid="h")
        ended = {
            "type": "end-of-call-report", "call": {"id": "hangs-up"}, "phoneNumber": {"number": NUMBER},
            "endedReason": "customer-ended-call", "artifact": {},
        }  # fmt: skip
        assert post(client, {"message": ended}).status_code == 200
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["booked", "lapsed"]


def test_a_full_day_and_an_emergency(client):
    """Everybody has as many visits as a day may have: routine hears of another day, an emergency still gets somebody free."""
    shop = a_shop(technicians=1, phone_number=NUMBER)
    Technician.objects.update(most_visits_a_day=2)
    technician = Technician.objects.get()
    WorkingHours.objects.create(shop=shop, technician=technician, weekday=2, starts=time(18), ends=time(22), overtime=True)
    wish = {"serviceType": "repair", "requestedDate": "2026-11-25"}
    with time_machine.travel(local(2026, 11, 24), tick=False):
        for n, hour in enumerate((8, 15)):
            ask(
                client, "bookAppointment", {**WHO, "serviceType": "repair", "scheduledDate": f"2026-11-25T{hour:02d}:00"},
                call=f"c{n}",
            )  # fmt: skip
        routine = ask(client, "checkAvailability", wish, call="routine")
        assert (routine["available"], date(2026, 11, 25) in days_of(routine)) == (False, False)
        emergency = ask(
            client, "checkAvailability", {**wish, "urgency": "emergency", "problem": "water is coming through the ceiling"},
            call="e",
        )  # fmt: skip
        assert (emergency["available"], set(days_of(emergency))) == (True, {date(2026, 11, 25)})
        booked = ask(
            client,
            "bookAppointment",
            {**WHO, "serviceType": "repair", "slotId": emergency["slots"][-1]["slotId"]},
            call="e",
            tid="b",
        )
        assert booked["state"] == "booked"
    assert Booking.objects.latest("pk").urgency == "emergency"
    spans = list(Visit.objects.order_by("starts_at").values_list("blocked", flat=True))
    assert all(before.upper <= after.lower for before, after in pairwise(spans))


def test_a_call_that_booked_and_cancelled_is_a_cancelled_one_and_six_bookings_can_each_be_named(client):
    a_shop(technicians=3, phone_number=NUMBER)
    with time_machine.travel(local(2026, 11, 24), tick=False):
        made = [
            ask(
                client, "bookAppointment", {**WHO, "serviceType": "repair", "scheduledDate": f"2026-12-{day:02d}T09:00"},
                call=f"c{day}",
            )
            for day in (1, 2, 3, 7, 8, 9)
        ]  # fmt: skip
        which = ask(client, "cancelAppointment", {}, call="c9", tid="w")
        assert which["say"].startswith("I see more than one appointment: Tuesday, December 1,")
        cancelled = ask(client, "cancelAppointment", {"reference": made[-1]["reference"]}, call="c9", tid="x")
        assert (cancelled["state"], cancelled["cancelledReference"]) == ("cancelled", made[-1]["reference"])
        for call in ("c8", "c9"):
            ended = {
                "type": "end-of-call-report", "call": {"id": call}, "phoneNumber": {"number": NUMBER},
                "endedReason": "customer-ended-call", "artifact": {},
            }  # fmt: skip
            post(client, {"message": ended})
    assert dict(Call.objects.filter(vapi_id__in=["c8", "c9"]).values_list("vapi_id", "outcome")) == {
        "c8": "booked", "c9": "cancelled",
    }  # fmt: skip
    assert Lead.objects.count() == 0
