"""Google is looked at again right after a booking by an older picture; where it disagreed already, somebody else goes."""

import threading
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection as database
from django.utils import timezone

from bookings.models import Booking, BookingChange, CalendarFreshness, Concern, OutgoingMessage, Shop, Visit
from bookings.services import dispatching, lifecycle
from calendars.models import ReadCalendar
from calendars.services import recheck, relief
from desk import history
from tests.bookings.asking import roster_of
from tests.calendars.conftest import again, at, book, connected, drain, read, start_of, workday
from tests.calendars.dragging import backdate
from tests.calendars.test_pull import timed
from tests.factories import TechnicianFactory
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)
KIM = "kim@example.com"


def aged(connection, minutes=10):
    """Let the picture of a technician be some minutes old."""
    then = timezone.now() - timedelta(minutes=minutes)
    ReadCalendar.objects.filter(connection=connection).update(read_at=then)
    CalendarFreshness.objects.filter(technician=connection.technician_id).update(read_at=then)


def look(connection):
    recheck.look(connection.technician_id, clock=timezone.now)


def promised(google, shop, connection, now, **more):
    """Book by a picture that is ten minutes old, while a dentist stands in Google already."""
    aged(connection)
    google.write(timed(workday(now), 9))
    return book(shop, now, **more)


def test_what_google_knew_better_when_it_was_promised_is_kept_by_somebody_else(google, shop, connection, now):
    """Lesson 2: bookings on a stale picture doubled what stood in the calendar; it is looked at again live once it commits."""
    visit = promised(google, shop, connection, now)
    kim = connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    before = Booking.objects.values("reference", "promised_from", "promised_to", "origin_at", "visit_fee").get()
    look(connection)
    after = again(visit)
    assert (after.technician, after.starts_at, after.pinned) == (kim.technician, at(workday(now), 9), False)
    assert Booking.objects.values("reference", "promised_from", "promised_to", "origin_at", "visit_fee").get() == before
    assert (Concern.objects.count(), OutgoingMessage.objects.count()) == (0, 0)
    change = BookingChange.objects.latest("pk")
    assert (change.kind, change.by, change.detail["technician"]) == ("moved", "calendar", kim.technician_id)
    said = history.what(change, history.names_of(shop.pk), shop.zone)
    assert "Now with Kim. Sam had something else in Google already when it was promised." in said
    for each in (connection, kim):
        drain(each)
    assert [event["summary"] for event in google.events()] == ["Dentist"]
    assert [start_of(event) for event in google.events(KIM)] == [after.starts_at]


def test_both_calendars_are_asked_for_at_once_and_the_new_one_is_looked_at_in_turn(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    kim = connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    assert later.wait(5)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("calendar-reads", "calendar-writes")
        look(connection)
        assert later.wait(5)
        reads, writes = (broker.lrange(name, 0, -1) for name in ("calendar-reads", "calendar-writes"))
    assert sum(b"pull_after_booking" in each for each in reads) == 2
    assert sum(b"push_technician" in each for each in writes) == 2
    assert again(visit).technician == kim.technician


def test_a_booking_asks_for_its_technicians_calendar_to_be_looked_at(google, shop, connection, now):
    assert later.wait(5)
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        broker.delete("calendar-reads")
        book(shop, now)
        assert later.wait(5)
        [message] = broker.lrange("calendar-reads", 0, -1)
    assert b"calendars.tasks.pull_after_booking" in message
    for secret in (b"sam@example.com", b"Jane", b"+1212555"):
        assert secret not in message


def test_only_an_older_picture_of_whom_something_was_arranged_with_is_read_again(
    google, shop, connection, now, django_assert_num_queries
):
    aged(connection)
    with django_assert_num_queries(1):
        look(connection)  # nothing was arranged
    book(shop, now)
    read_at = ReadCalendar.objects.get().read_at
    Shop.objects.update(recheck_seconds=3600)
    with django_assert_num_queries(1):
        look(connection)
    Shop.objects.update(recheck_seconds=0)
    with django_assert_num_queries(1):
        look(connection)
    assert ReadCalendar.objects.get().read_at == read_at
    Shop.objects.update(recheck_seconds=120)
    look(connection)
    assert CalendarFreshness.objects.get().read_at > now
    with django_assert_num_queries(1):
        look(connection)  # what was just read is not read again


def test_a_calendar_that_google_fails_to_show_is_left_to_its_turn(google, shop, connection, now):
    aged(connection)
    book(shop, now)
    google.fault(method="GET", status=503)
    look(connection)
    assert ReadCalendar.objects.get().pull_failures == 1
    look(connection)
    assert ReadCalendar.objects.get().pull_failures == 1
    google.heal()
    ReadCalendar.objects.update(pull_due_at=timezone.now())
    look(connection)
    assert ReadCalendar.objects.get().pull_failures == 0


def test_a_dentist_typed_over_a_visit_of_our_picture_is_a_person_s_to_decide(google, shop, connection, now):
    visit = book(shop, now)
    read(connection)
    aged(connection, minutes=0)
    connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    google.write(timed(workday(now), 9))
    read(connection)
    relief.again(now=timezone.now())
    concern = Concern.objects.get()
    assert (concern.kind, concern.status, concern.origin) == (Concern.Kind.BUSY_OVER_VISIT, "open", "")
    assert again(visit).technician == connection.technician


def test_a_calendar_that_was_never_read_before_gives_nothing_away(google, shop, technician, now):
    """Who connects a calendar brings what is in it: people look at what was promised without it."""
    visit = book(shop, now)
    google.write(timed(workday(now), 9))
    TechnicianFactory(shop=shop, name="Kim", email=KIM)
    connected(google, technician)
    assert again(visit).technician == technician
    assert Concern.objects.get().kind == Concern.Kind.BUSY_OVER_VISIT


def pinned(shop, visit):
    Visit.objects.filter(pk=visit.pk).update(pinned=True)


def overbooked(shop, visit):
    Visit.objects.filter(pk=visit.pk).update(overbooked=True)


def on_the_way(shop, visit):
    lifecycle.step(visit.booking_id, Booking.Status.EN_ROUTE, by="desk:kim", now=timezone.now())


def moved_by_hand(shop, visit):
    wish = dispatching.Move(
        visit_id=visit.pk, version=visit.version, technician_id=visit.technician_id, by="desk:kim",
        starts_at=visit.starts_at + timedelta(minutes=30),
    )  # fmt: skip
    dispatching.move(roster_of(shop), wish, now=timezone.now())


@pytest.mark.parametrize("decided", [pinned, overbooked, on_the_way, moved_by_hand])
def test_what_a_person_has_decided_stays_and_is_told(google, shop, connection, now, decided):
    visit = promised(google, shop, connection, now)
    decided(shop, visit)
    connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    look(connection)
    assert again(visit).technician == connection.technician
    concern = Concern.objects.get()
    assert (concern.kind, concern.status) == (Concern.Kind.BUSY_OVER_VISIT, "open")


def test_where_nobody_else_is_free_a_person_is_told_once(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    for _ in range(2):
        aged(connection)
        look(connection)
        relief.again(now=timezone.now())
    [concern] = Concern.objects.all()
    assert concern.text.endswith("Move the visit, or ask them. Nobody else is free for what was promised.")
    assert (concern.status, again(visit).technician) == ("open", connection.technician)


def test_whoever_is_chosen_by_an_old_picture_is_looked_at_too_and_it_ends(google, shop, connection, now):
    visit = promised(google, shop, connection, now)
    others = []
    for name in ("Kim", "Lee"):
        address = f"{name.lower()}@example.com"
        others.append(connected(google, TechnicianFactory(shop=shop, name=name, email=address), address))
        google.write(timed(workday(now), 9), address)
        aged(others[-1])
    seen = []
    for _ in range(5):
        who = again(visit).technician_id
        seen.append(who)
        recheck.look(who, clock=timezone.now)
    assert len(set(seen)) == 3
    assert len(set(seen[2:])) == 1  # the last one has it, and a person decides
    concern = Concern.objects.get(status="open")
    assert concern.text.endswith("Nobody else is free for what was promised.")
    assert BookingChange.objects.filter(by="calendar").count() == 2


def test_two_at_once_give_it_away_once(google, shop, connection, now):
    visit, concern = waiting(google, shop, connection, now)
    barrier = threading.Barrier(2)

    def press():
        barrier.wait()
        try:
            relief.give(concern.pk, now=timezone.now())
        finally:
            database.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (again(visit).version, Concern.objects.count()) == (2, 0)
    assert BookingChange.objects.filter(by="calendar").count() == 1


def waiting(google, shop, connection, now):
    """A visit that is to be given to somebody else, as a process leaves it that was killed just before it did."""
    visit = promised(google, shop, connection, now)
    look(connection)  # nobody else is there yet
    Concern.objects.update(text="Sam has something else.")
    connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    return visit, Concern.objects.get()


def test_what_a_killed_process_did_not_give_away_is_given_by_the_sweep(google, shop, connection, now):
    visit, _ = waiting(google, shop, connection, now)
    relief.again(now=timezone.now())
    assert again(visit).technician.name == "Kim"
    assert Concern.objects.count() == 0


def test_late_when_the_dentist_is_gone_again_nothing_is_given_away(google, shop, connection, now):
    visit, concern = waiting(google, shop, connection, now)
    [dentist] = google.events()
    google.delete(dentist["id"])
    read(connection)
    relief.give(concern.pk, now=timezone.now())
    assert (again(visit).technician, Concern.objects.get().status) == (connection.technician, "done")
    Concern.objects.update(status="open")
    relief.give(concern.pk, now=timezone.now())
    assert again(visit).technician == connection.technician


def test_a_move_by_an_old_picture_is_looked_at_as_well(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    backdate()
    read(connection)
    aged(connection)
    google.write(timed(workday(now), 13))
    BookingChange.objects.update(at=timezone.now() - timedelta(hours=1))
    book(shop, now, 13)
    kim = connected(google, TechnicianFactory(shop=shop, name="Kim", email=KIM), KIM)
    look(connection)
    assert (again(visit).technician, again(visit).starts_at) == (kim.technician, at(workday(now), 13))
