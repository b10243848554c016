"""What may become of a booking, by whom, and what it does to the technician's time."""

from itertools import product

import pytest

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Visit
from bookings.services import appointments, lifecycle
from bookings.services.asking import State
from tests.bookings.asking import ask, reschedule
from tests.factories import a_shop

S = Booking.Status


@pytest.fixture
def shop(db):
    return a_shop(technicians=1)


def test_the_usual_day(shop, now):
    booking = ask(shop, now).booking
    for to in (S.EN_ROUTE, S.ON_SITE, S.DONE):
        assert lifecycle.step(booking.pk, to, by="desk:dee", now=now).status == to
    assert Visit.objects.get().status == Visit.Status.DONE
    steps = BookingChange.objects.filter(kind="status").values_list("by", "detail__before", "detail__after")
    assert list(steps) == [
        ("desk:dee", "booked", "en_route"), ("desk:dee", "en_route", "on_site"), ("desk:dee", "on_site", "done"),
    ]  # fmt: skip


def test_only_allowed_steps_and_each_once(shop, now):
    booking = ask(shop, now).booking
    for was, to in product(S, S):
        if was == S.HELD:
            continue
        Booking.objects.filter(pk=booking.pk).update(status=was)
        changes = BookingChange.objects.count()
        if to == was or to in lifecycle.STEPS.get(was, ()):
            assert lifecycle.step(booking.pk, to, by="desk:dee", now=now).status == to
            assert BookingChange.objects.count() == changes + (to != was)
        else:
            with pytest.raises(RefusedError) as refused:
                lifecycle.step(booking.pk, to, by="desk:dee", now=now)
            assert refused.value.code == "no_such_step"
            assert Booking.objects.get().status == was
            assert BookingChange.objects.count() == changes


def test_done_early_gives_the_rest_of_the_time_back_and_taken_back_it_needs_it(shop, now):
    booking = ask(shop, now).booking
    for to in (S.ON_SITE, S.DONE):
        lifecycle.step(booking.pk, to, by="desk:dee", now=now)
    assert ask(shop, now, origin="call:2").state is State.BOOKED
    with pytest.raises(RefusedError) as refused:
        lifecycle.step(booking.pk, S.ON_SITE, by="desk:dee", now=now)
    assert refused.value.code == "taken"
    assert Booking.objects.get(pk=booking.pk).status == S.DONE


def test_what_is_on_its_way_is_not_moved_or_cancelled_by_a_caller(shop, now):
    booking = ask(shop, now).booking
    lifecycle.step(booking.pk, S.EN_ROUTE, by="desk:dee", now=now)
    with pytest.raises(RefusedError) as refused:
        reschedule(shop, booking, now)
    assert refused.value.code == "not_open"
    with pytest.raises(RefusedError) as refused:
        appointments.cancel(booking.pk, by="call:9", reason="", now=now, planned_only=True)
    assert refused.value.code == "not_open"
    assert appointments.cancel(booking.pk, by="desk:dee", reason="called off", now=now).status == S.CANCELLED


def test_an_unknown_booking_is_not_found(db, now):
    with pytest.raises(RefusedError) as refused:
        lifecycle.step(0, S.DONE, by="desk:dee", now=now)
    assert refused.value.code == "not_found"
