"""A booking that was promised on the office's confirmation: who confirms it, and when it does so by itself."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from bookings.errors import RefusedError
from bookings.models import (
    Booking,
    BookingChange,
    BusyBlock,
    CalendarFreshness,
    Concern,
    CrewMember,
    OutgoingMessage,
    ServiceType,
)
from bookings.services import appointments, confirmations, confirming, dispatching, lifecycle
from bookings.services.confirmations import gsm
from tests.bookings.asking import ask, roster_of
from tests.factories import TechnicianFactory, a_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return a_shop(technicians=1, when_stale="confirm")


def seen(shop, now, *, minutes=0):
    for technician in shop.technicians.all():
        CalendarFreshness.objects.update_or_create(
            technician=technician,
            defaults={"shop": shop, "read_at": now - timedelta(minutes=minutes), "read_until": now + timedelta(days=70)},
        )


@pytest.fixture
def booking(shop, now):
    seen(shop, now, minutes=90)
    with translation.override("es"):
        booking = ask(shop, now).booking
    confirmations.queue_in_own_language(booking, roster_of(shop), now)
    assert booking.to_confirm_since == now
    return booking


def again():
    return Booking.objects.get()


def open_concerns():
    return list(Concern.objects.filter(status="open").values_list("kind", flat=True))


def texts():
    return list(OutgoingMessage.objects.order_by("pk").values_list("body", flat=True))


def test_a_person_confirms_it_once_and_the_customer_is_told_in_their_language(booking, now):
    assert open_concerns() == ["to_confirm"]
    assert confirming.confirm(booking.pk, by="desk:dee", now=now) is True
    assert confirming.confirm(booking.pk, by="desk:kim", now=now) is False
    assert (again().to_confirm_since, open_concerns()) == (None, [])
    assert [each.by for each in BookingChange.objects.filter(kind="confirmed")] == ["desk:dee"]
    requested, confirmed = texts()
    assert gsm("Aún no está confirmada") in requested
    assert gsm("Aún no está confirmada") not in confirmed
    stale = [confirmations.is_stale(each, now=now) for each in OutgoingMessage.objects.order_by("pk")]
    assert stale == [True, False]
    with pytest.raises(RefusedError):
        confirming.confirm(0, by="desk:dee", now=now)


def test_it_confirms_itself_once_the_calendar_is_seen_and_free(shop, booking, now, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert confirming.seen(now=now) == 0
    seen(shop, now)
    other = TechnicianFactory.create(shop=shop)
    assert confirming.seen(now=now, technician_id=other.pk) == 0
    assert confirming.seen(now=now, technician_id=booking.visits.get().technician_id) == 1
    assert confirming.seen(now=now) == 0
    assert (again().to_confirm_since, open_concerns(), len(texts())) == (None, [], 2)
    assert BookingChange.objects.latest("pk").by == "calendar"


@pytest.mark.parametrize("why", ["busy", "not that far"])
def test_it_waits_where_something_lies_over_it_or_it_is_not_known_so_far(shop, booking, now, why):
    seen(shop, now)
    visit = booking.visits.get()
    if why == "busy":
        BusyBlock.objects.create(
            shop=shop, technician=visit.technician, calendar_id="c", event_id="e", starts_at=visit.ends_at - timedelta(minutes=1),
            ends_at=visit.ends_at + timedelta(hours=1),
        )  # fmt: skip
    else:
        CalendarFreshness.objects.update(read_until=visit.ends_at - timedelta(minutes=1))
    assert confirming.seen(now=now) == 0
    assert open_concerns() == ["to_confirm"]


def test_of_a_crew_everybody_has_to_be_seen(shop, now):
    CrewMember.objects.create(shop=shop, service_type=ServiceType.objects.get(shop=shop, key="repair"), role="helper")
    TechnicianFactory.create(shop=shop)
    seen(shop, now)
    CalendarFreshness.objects.filter(technician=shop.technicians.order_by("pk").last()).update(read_at=None)
    booking = ask(shop, now).booking
    assert booking.to_confirm_since == now
    assert Concern.objects.get().technician == shop.technicians.order_by("pk").last()
    assert confirming.seen(now=now, technician_id=shop.technicians.order_by("pk").first().pk) == 0
    seen(shop, now)
    assert confirming.seen(now=now) == 1


@pytest.mark.parametrize("hours", [0, 2])
def test_whoever_moves_it_by_hand_confirms_it_and_the_customer_is_told(shop, booking, now, hours):
    visit = booking.visits.get()
    wish = dispatching.Move(
        visit_id=visit.pk, version=visit.version, technician_id=visit.technician_id, by="desk:dee", despite=True,
        starts_at=visit.starts_at + timedelta(hours=hours, minutes=5),
    )  # fmt: skip
    dispatching.move(roster_of(shop), wish, now=now)
    assert (again().to_confirm_since, open_concerns(), len(texts())) == (None, [], 2)
    assert [each.kind for each in BookingChange.objects.all()] == ["booked", "confirmed", "moved"]


def test_whoever_sets_out_confirms_it_without_a_text(booking, now):
    lifecycle.step(booking.pk, Booking.Status.EN_ROUTE, by="desk:dee", now=now)
    assert (again().to_confirm_since, open_concerns(), len(texts())) == (None, [], 1)


def test_a_cancelled_one_is_asked_about_no_more(booking, now):
    appointments.cancel(booking.pk, by="desk:dee", reason="", now=now)
    assert (again().to_confirm_since, open_concerns()) == (None, [])
    assert confirming.seen(now=now) == 0


def test_the_database_lets_nothing_else_wait_to_be_confirmed(booking):
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.update(status="done")
