"""Holds: somebody else's time while name and address are taken, and nobody's when they are over."""

from datetime import time, timedelta

import pytest

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Customer, Visit
from bookings.services import appointments, housekeeping
from bookings.services.asking import State, When
from tests.bookings.asking import TOMORROW, ask, hold
from tests.factories import a_shop

MINUTE = timedelta(minutes=1)


@pytest.fixture
def shop(db):
    return a_shop(technicians=1)


def statuses():
    return sorted(Booking.objects.values_list("status", flat=True))


def test_a_hold_takes_the_time_and_names_nobody(shop, now):
    outcome = hold(shop, now)
    booking = Booking.objects.get()
    assert (outcome.state, booking.status, booking.customer) == (State.HELD, "held", None)
    assert booking.hold_expires_at == now + 5 * MINUTE
    visit = booking.visits.get()
    assert (visit.status, visit.held_until) == ("held", now + 5 * MINUTE)
    assert Customer.objects.count() == 0
    assert ask(shop, now, origin="call:2").state is State.TAKEN


def test_confirmed_it_is_the_same_booking(shop, now):
    held = hold(shop, now).booking
    outcome = ask(shop, now + MINUTE, requested_at=now + MINUTE)
    assert (outcome.state, outcome.booking.pk) == (State.BOOKED, held.pk)
    assert statuses() == ["booked"]
    assert outcome.booking.reference == held.reference
    assert (Visit.objects.get().status, Visit.objects.get().held_until) == ("active", None)


def test_held_again_it_lasts_longer_and_elsewhere_it_moves(shop, now):
    first = hold(shop, now).booking
    again = hold(shop, now + 2 * MINUTE, requested_at=now + 2 * MINUTE)
    assert (again.state, again.booking.pk) == (State.HELD, first.pk)
    assert Visit.objects.get().held_until == now + 7 * MINUTE
    hold(shop, now + 3 * MINUTE, requested_at=now + 3 * MINUTE, when=When(TOMORROW, time(13)))
    assert Booking.objects.count() == 1
    assert ask(shop, now + 3 * MINUTE, origin="call:2").state is State.BOOKED


def test_a_hold_of_another_service_is_given_up(shop, now):
    hold(shop, now)
    hold(shop, now + MINUTE, requested_at=now + MINUTE, service="maintenance", when=When(TOMORROW, time(9)))
    assert statuses() == ["held", "lapsed"]
    assert Visit.objects.filter(status="held").count() == 1


def test_run_out_it_takes_no_time_and_the_sweep_ends_it(shop, now):
    hold(shop, now)
    later = now + 5 * MINUTE
    assert ask(shop, later, origin="call:2").state is State.BOOKED
    assert statuses() == ["booked", "held"]
    assert housekeeping.lapse(now=later) == 1
    assert statuses() == ["booked", "lapsed"]
    assert BookingChange.objects.filter(kind="lapsed", by="clock").count() == 1


def test_run_out_but_still_free_it_can_be_confirmed(shop, now):
    held = hold(shop, now).booking
    late = now + 20 * MINUTE
    assert ask(shop, late, requested_at=late).booking.pk == held.pk
    assert statuses() == ["booked"]


def test_run_out_and_taken_it_is_not(shop, now):
    hold(shop, now)
    ask(shop, now + 6 * MINUTE, origin="call:2")
    outcome = ask(shop, now + 7 * MINUTE, requested_at=now + 7 * MINUTE)
    assert (outcome.state, outcome.booking, len(outcome.slots)) == (State.TAKEN, None, 3)


def test_released_with_its_call(shop, now):
    hold(shop, now)
    assert appointments.release("call:1", by="call:1", now=now) == 1
    assert appointments.release("call:1", by="call:1", now=now) == 0
    assert statuses() == ["lapsed"]
    assert ask(shop, now, origin="call:2").state is State.BOOKED


def test_a_hold_beside_a_booking_is_given_up_when_the_booking_moves_there(shop, now):
    booked = ask(shop, now).booking
    hold(shop, now + MINUTE, requested_at=now + MINUTE, when=When(TOMORROW, time(13)))
    assert statuses() == ["booked", "held"]
    moved = ask(shop, now + 2 * MINUTE, requested_at=now + 2 * MINUTE, when=When(TOMORROW, time(13)))
    assert (moved.state, moved.booking.pk) == (State.MOVED, booked.pk)
    assert statuses() == ["booked", "lapsed"]


def test_the_same_refusals_as_a_booking(shop, now):
    with pytest.raises(RefusedError) as refused:
        hold(shop, now, when=When(TOMORROW - timedelta(days=5), time(9)))
    assert refused.value.code == "past"


def test_dead_holds_are_forgotten_after_the_shops_days(shop, now):
    hold(shop, now)
    appointments.release("call:1", by="call:1", now=now)
    ask(shop, now, origin="call:2")
    Booking.objects.update(updated_at=now - timedelta(days=91))
    assert housekeeping.sweep(now=now).holds == 1
    assert housekeeping.sweep(now=now).holds == 0
    assert statuses() == ["booked"]
    assert Visit.objects.count() == 1
