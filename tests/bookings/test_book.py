"""Booking, correcting and moving, as one caller after another."""

from datetime import date, time, timedelta

import pytest

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Closure, Concern, Skill, Technician, TechnicianSkill, Visit
from bookings.services import appointments
from bookings.services.asking import State, When, Why
from tests.bookings.asking import TOMORROW, ask, roster_of
from tests.factories import ServiceTypeFactory, TechnicianFactory


def test_book_writes_booking_visit_and_history(shop, now):
    outcome = ask(shop, now)
    assert outcome.state is State.BOOKED
    booking = Booking.objects.get()
    visit = booking.visits.get()
    assert booking.promised_from.isoformat() == "2026-11-25T14:00:00+00:00"
    assert booking.promised_to - booking.promised_from == timedelta(hours=2)
    assert visit.ends_at - visit.starts_at == timedelta(hours=2)
    assert visit.blocked.upper - visit.ends_at == timedelta(minutes=30)
    assert booking.property is not None
    assert booking.property.zip_code == "10001"
    assert list(booking.changes.values_list("kind", flat=True)) == [BookingChange.Kind.BOOKED]
    assert Concern.objects.count() == 0


def test_book_without_address_raises_a_concern(shop, now):
    assert ask(shop, now, address="").state is State.BOOKED
    assert Concern.objects.get().kind == Concern.Kind.ADDRESS
    outcome = ask(shop, now + timedelta(seconds=5), address="12 Main St")
    assert outcome.state is State.CORRECTED
    assert Concern.objects.get().status == Concern.Status.DONE


def test_book_again_in_the_same_call_changes_nothing(shop, now):
    first = ask(shop, now)
    again = ask(shop, now + timedelta(seconds=3))
    assert again.state is State.UNCHANGED
    assert again.booking.pk == first.booking.pk
    assert Visit.objects.count() == 1


def test_another_time_in_the_same_call_moves(shop, now):
    first = ask(shop, now)
    moved = ask(shop, now + timedelta(seconds=3), when=When(TOMORROW, time(10)))
    assert moved.state is State.MOVED
    assert moved.booking.reference == first.booking.reference
    visit = Visit.objects.get()
    assert visit.starts_at.isoformat() == "2026-11-25T15:00:00+00:00"
    assert visit.version == 2
    assert visit.technician_id == first.booking.visits.get().technician_id


def test_a_corrected_name_updates_the_booking(shop, now):
    ask(shop, now)
    corrected = ask(shop, now + timedelta(seconds=3), customer_name="Jane Dough", address="")
    assert corrected.state is State.CORRECTED
    booking = Booking.objects.get()
    assert (booking.customer and booking.customer.name) == "Jane Dough"
    assert booking.property is not None
    assert booking.property.address == "12 Main St, New York 10001"
    assert booking.visits.get().version == 2


def test_an_older_request_changes_nothing(shop, now):
    ask(shop, now)
    late = ask(shop, now, requested_at=now - timedelta(seconds=2), when=When(TOMORROW, time(14)))
    assert late.state is State.UNCHANGED
    assert Visit.objects.get().starts_at.isoformat() == "2026-11-25T14:00:00+00:00"


def test_another_and_other_calls_and_one_message_make_several_bookings(shop, now):
    ask(shop, now, request="m1")
    assert ask(shop, now, request="m1", when=When(TOMORROW, time(13))).state is State.BOOKED
    assert ask(shop, now, request="m2", another=True).state is State.BOOKED
    assert ask(shop, now, origin="call:2").state is State.BOOKED
    assert Booking.objects.count() == 4


def test_the_last_slot_goes_to_as_many_as_there_are_technicians(shop, now):
    states = [ask(shop, now, origin=f"call:{n}").state for n in range(5)]
    assert states == [State.BOOKED] * 3 + [State.TAKEN] * 2
    assert len(set(Visit.objects.values_list("technician_id", flat=True))) == 3


def test_taken_offers_the_nearest_times(shop, now):
    for n in range(3):
        ask(shop, now, origin=f"call:{n}")
    outcome = ask(shop, now, origin="call:9")
    assert (outcome.state, outcome.why, outcome.booking) == (State.TAKEN, Why.TAKEN, None)
    assert [slot.starts_at.strftime("%a %H:%M") for slot in outcome.slots] == ["Wed 11:30", "Wed 13:30", "Thu 09:00"]


def test_a_move_that_cannot_be_had_leaves_the_booking(shop, now):
    ask(shop, now)
    for n in range(3):
        ask(shop, now, origin=f"call:x{n}", when=When(TOMORROW, time(14)))
    outcome = ask(shop, now, when=When(TOMORROW, time(14)))
    assert outcome.state is State.TAKEN
    assert outcome.booking.promised_from.isoformat() == "2026-11-25T14:00:00+00:00"


def test_a_day_without_a_time_takes_the_first_free_one_of_the_part(shop, now):
    outcome = ask(shop, now, when=When(TOMORROW), part="afternoon")
    assert outcome.booking.promised_from.isoformat() == "2026-11-25T12:00:00-05:00"
    assert ask(shop, now, when=When(TOMORROW)).state is State.UNCHANGED


def test_a_closed_day_is_said_so(shop, now):
    Closure.objects.create(shop=shop, on=date(2026, 11, 26), reason="Thanksgiving")
    outcome = ask(shop, now, when=When(date(2026, 11, 26), time(9)))
    assert (outcome.state, outcome.why, outcome.closed) == (State.TAKEN, Why.CLOSED, "Thanksgiving")
    assert len(outcome.slots) == 3


@pytest.mark.parametrize(("on", "code"), [(date(2026, 11, 23), "past"), (date(2027, 3, 1), "beyond_horizon")])
def test_days_nothing_can_be_booked_on(shop, now, on, code):
    with pytest.raises(RefusedError) as refused:
        ask(shop, now, when=When(on))
    assert refused.value.code == code
    assert Booking.objects.count() == 0


def test_cancel_ends_the_visit_once(shop, now):
    booking = ask(shop, now).booking
    for _ in range(2):
        appointments.cancel(booking.pk, by="desk:sam", reason="sold the house", now=now)
    assert Visit.objects.get().status == Visit.Status.ENDED
    assert Booking.objects.get().status == Booking.Status.CANCELLED
    assert booking.changes.filter(kind=BookingChange.Kind.CANCELLED).count() == 1
    assert ask(shop, now, origin="call:2").state is State.BOOKED


def test_skill_and_expiry_decide_who_can_go(shop, now):
    gas = Skill.objects.create(shop=shop, name="gas licence")
    ServiceTypeFactory(shop=shop, key="gas", name="gas work", phrases="", skill=gas)
    _without, expired, able = Technician.objects.order_by("pk")
    TechnicianSkill.objects.create(shop=shop, technician=expired, skill=gas, expires_on=TOMORROW - timedelta(days=1))
    TechnicianSkill.objects.create(shop=shop, technician=able, skill=gas, expires_on=TOMORROW)
    states = [ask(shop, now, service="gas", origin=f"call:{n}").state for n in range(3)]
    assert states == [State.BOOKED, State.TAKEN, State.TAKEN]
    assert Visit.objects.get().technician == able


def test_the_set_up_is_read_again_when_it_changes(shop, now):
    before = roster_of(shop)
    TechnicianFactory(shop=shop)
    after = roster_of(shop)
    assert len(after.workers) == len(before.workers) + 1
