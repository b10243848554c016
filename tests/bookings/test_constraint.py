"""What the database itself refuses, whatever the code above it does."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.models import Booking, Customer, ServiceType, Technician, Visit

NINE = datetime(2026, 11, 25, 14, tzinfo=UTC)


def visit(shop, technician, hours=0.0, length=2.0, **fields):
    starts = NINE + timedelta(hours=hours)
    ends = starts + timedelta(hours=length)
    number = Booking.objects.count()
    customer = Customer.objects.create(shop=shop, name="Jane", name_key=f"jane {number}", phone="+1")
    booking = Booking.objects.create(
        shop=shop, reference=f"HV-{number:05d}", customer=customer,
        service_type=ServiceType.objects.get(shop=shop, key="repair"), promised_from=starts, promised_to=ends,
        minutes=120, origin_at=NINE,
    )  # fmt: skip
    return Visit.objects.create(
        shop=shop, booking=booking, technician=technician, starts_at=starts, ends_at=ends,
        blocked=DateTimeTZRange(starts, ends, "[)"), **fields,
    )  # fmt: skip


@pytest.fixture
def technicians(shop):
    return list(Technician.objects.filter(shop=shop).order_by("pk"))


def test_one_technician_is_not_in_two_places(shop, technicians):
    visit(shop, technicians[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        visit(shop, technicians[0], hours=1.5)
    visit(shop, technicians[0], hours=2)
    visit(shop, technicians[1], hours=1.5)
    assert Visit.objects.count() == 3


def test_a_held_visit_takes_its_time_too(shop, technicians):
    visit(shop, technicians[0], status=Visit.Status.HELD, held_until=NINE)
    with pytest.raises(IntegrityError), transaction.atomic():
        visit(shop, technicians[0])


@pytest.mark.parametrize("free", [{"status": Visit.Status.ENDED}, {"overbooked": True}])
def test_what_ended_or_was_overbooked_by_a_person_takes_none(shop, technicians, free):
    visit(shop, technicians[0])
    visit(shop, technicians[0], **free)
    assert Visit.objects.count() == 2


def test_unassigned_visits_do_not_collide(shop):
    visit(shop, None)
    visit(shop, None)
    assert Visit.objects.count() == 2


def test_neighbouring_ids_are_different_technicians(shop, technicians):
    for technician in technicians:
        visit(shop, technician)
    assert Visit.objects.count() == 3


def test_two_visits_can_change_places_in_one_transaction(shop, technicians):
    first, second = visit(shop, technicians[0]), visit(shop, technicians[0], hours=2)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS technician_once_at_a_time DEFERRED")
        for one, other in ((first, second), (second, first)):
            Visit.objects.filter(pk=one.pk).update(starts_at=other.starts_at, ends_at=other.ends_at, blocked=other.blocked)
    first.refresh_from_db()
    assert first.starts_at == NINE + timedelta(hours=2)


def test_the_blocked_time_holds_the_visit(shop, technicians):
    row = visit(shop, technicians[0])
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.filter(pk=row.pk).update(blocked=DateTimeTZRange(NINE + timedelta(hours=1), NINE + timedelta(hours=2)))
