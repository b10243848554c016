"""Whatever changes a visit, whoever does it: its calendar is asked for at once, found by the sweep, and ends equal to it."""

import json
from datetime import time, timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from bookings.models import Booking
from bookings.services import appointments, dispatching, lifecycle
from bookings.services.asking import When
from bookings.services.dispatching import Move
from calendars.services import work
from tests.bookings.asking import reschedule, roster_of
from tests.calendars.conftest import again, at, book, connected, drain, start_of, workday
from tests.factories import TechnicianFactory
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)


def by_phone_again(shop, visit, now, other):
    book(shop, now, 13)


def by_phone_in_another_call(shop, visit, now, other):
    reschedule(shop, visit.booking, timezone.now(), when=When(workday(now), time(13)))


def cancelled_by_the_customer(shop, visit, now, other):
    appointments.cancel(visit.booking_id, by="call:2", reason="", now=timezone.now(), planned_only=True)


def cancelled_at_the_desk(shop, visit, now, other):
    appointments.cancel(visit.booking_id, by="desk:kim", reason="ill", now=timezone.now())


def moved_at_the_desk(shop, visit, now, other):
    wish = Move(
        visit_id=visit.pk, version=visit.version, technician_id=visit.technician_id, starts_at=at(workday(now), 13),
        by="desk:kim", despite=True,
    )  # fmt: skip
    dispatching.move(roster_of(shop), wish, now=timezone.now())


def handed_over_at_the_desk(shop, visit, now, other):
    wish = Move(
        visit_id=visit.pk, version=visit.version, technician_id=other.pk, starts_at=visit.starts_at, by="desk:kim", despite=True
    )
    dispatching.move(roster_of(shop), wish, now=timezone.now())


def done(shop, visit, now, other):
    for step in (Booking.Status.EN_ROUTE, Booking.Status.ON_SITE, Booking.Status.DONE):
        lifecycle.step(visit.booking_id, step, by="desk:kim", now=timezone.now())


PATHS = [
    by_phone_again, by_phone_in_another_call, cancelled_by_the_customer, cancelled_at_the_desk, moved_at_the_desk,
    handed_over_at_the_desk, done,
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_every_path_that_changes_a_visit_reaches_its_calendar(google, shop, connection, now, path):
    """Lesson 18: visits that were made or ended by another way than the usual one were never written."""
    visit = book(shop, now)
    drain(connection)
    TechnicianFactory(shop=shop, name="Kim")
    other = shop.technicians.get(name="Kim")
    others = connected(google, other, "kim@example.com")
    assert later.wait(5)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("calendar-writes")
        path(shop, visit, now, other)
        assert later.wait(5)
        asked = {json.loads(message)["headers"]["argsrepr"] for message in broker.lrange("calendar-writes", 0, -1)}
    visit = again(visit)
    whose = {connection.technician_id, visit.technician_id or connection.technician_id}
    assert asked == {f"[{technician}]" for technician in whose}
    assert connection.pk in work.idle_connections(now=timezone.now())  # also without the hint
    drain(connection)
    drain(others)
    shown = {
        calendar: [(start_of(event), event["end"]["dateTime"]) for event in google.events(calendar)]
        for calendar in ("sam@example.com", "kim@example.com")
    }
    found = [start for starts in shown.values() for start, _ in starts]
    assert found == ([visit.starts_at] if visit.status in ("active", "done") else [])
    assert bool(shown["kim@example.com"]) == (visit.technician_id == other.pk)
    assert work.idle_connections(now=timezone.now() + timedelta(minutes=1)) == []
