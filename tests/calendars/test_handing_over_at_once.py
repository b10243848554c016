"""A visit that is handed to a colleague in Google while the desk, the caller or a third does something to it: one event."""

import threading
import time
from contextlib import suppress

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from bookings.models import Booking, Concern
from bookings.services import appointments, lifecycle
from calendars.models import EventMirror
from calendars.services import decisions
from tests.calendars.conftest import at, connected, drain, read, start_of, workday
from tests.calendars.dragging import accept, asked, at_the_desk, backdate, busy, hand_over, settle
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)
Kind = Concern.Kind


@pytest.fixture
def lee(google, shop, connection):
    """A third who has a calendar."""
    return connected(google, TechnicianFactory(shop=shop, name="Lee", email="lee@example.com"), "lee@example.com")


def events(google):
    """How many events Sam, Kim and Lee have."""
    return [len(google.events(f"{name}@example.com")) for name in ("sam", "kim", "lee")]


def somebody_waits():
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE NOT granted AND datname = current_database())"
        )
        return cursor.fetchone()[0]


def test_a_visit_that_is_cancelled_while_it_is_handed_over_has_no_event(google, connection, visit, kim):
    hand_over(google)
    read(connection)
    appointments.cancel(visit.booking_id, by="desk:dee", reason="", now=timezone.now())
    for each in (connection, kim, kim):
        settle(each)
    assert (google.events(), google.events("kim@example.com"), busy(), asked()) == ([], [], [], [])


def test_an_event_of_a_cancelled_visit_is_taken_out_also_where_its_owner_declined_it(google, connection, visit, kim):
    hand_over(google)
    [event] = google.events("kim@example.com")
    declined = [{"email": "kim@example.com", "self": True, "responseStatus": "declined"}]
    google.write({"id": event["id"], "attendees": declined}, "kim@example.com")
    appointments.cancel(visit.booking_id, by="desk:dee", reason="", now=timezone.now())
    for each in (connection, kim, kim):
        settle(each)
    assert (google.events(), google.events("kim@example.com")) == ([], [])


def test_a_visit_that_is_handed_over_on_both_sides_has_one_event(google, shop, connection, visit, kim):
    hand_over(google)
    at_the_desk(shop, visit, hour=9, technician=kim.technician)
    drain(connection)
    drain(kim)
    for each in (connection, kim, kim):
        settle(each)
    assert (google.events(), len(google.events("kim@example.com")), busy()) == ([], 1, [])


def test_a_visit_that_was_written_anew_before_the_colleague_was_read_has_one_event(google, shop, connection, visit, kim, now):
    hand_over(google)
    at_the_desk(shop, visit, hour=13)
    drain(connection)
    for each in (connection, kim, kim, connection):
        settle(each)
    assert [start_of(each) for each in google.events()] == [at(workday(now), 13)]
    assert (google.events("kim@example.com"), busy(), asked()) == ([], [], [(Kind.EVENT_DELETED, None)])


@pytest.mark.parametrize("noticed_by", ["a write", "a reading"])
def test_a_visit_that_was_moved_before_the_colleague_was_read_and_written_after_has_one_event(
    google, shop, connection, visit, kim, now, noticed_by
):
    hand_over(google)
    at_the_desk(shop, visit, hour=13)
    read(kim)
    if noticed_by == "a reading":
        read(connection)
    for each in (connection, kim, kim, connection):
        settle(each)
    assert [start_of(each) for each in google.events()] == [at(workday(now), 13)]
    assert (google.events("kim@example.com"), busy()) == ([], [])
    concern = Concern.objects.get(status="open")
    assert (concern.kind, concern.proposed_technician) == (Kind.EVENT_CHANGED, kim.technician)
    assert "moved meanwhile too" in concern.text
    accept(concern)
    for each in (kim, connection, kim):
        settle(each)
    assert (google.events(), len(google.events("kim@example.com")), asked()) == ([], 1, [])


def test_what_somebody_gives_away_whose_visit_it_is_no_more_is_taken_out(google, shop, connection, visit, kim, lee):
    hand_over(google)
    at_the_desk(shop, visit, hour=9, technician=lee.technician)
    for each in (connection, lee, kim, kim):
        settle(each)
    assert (events(google), busy(), asked()) == ([0, 0, 1], [], [])


@pytest.mark.parametrize("reads_first", ["sam", "kim"])
def test_a_visit_that_is_done_while_it_is_handed_over_has_one_event_at_most(google, connection, visit, kim, reads_first):
    hand_over(google)
    for step in ("en_route", "on_site", "done"):
        lifecycle.step(visit.booking_id, Booking.Status(step), by="desk:dee", now=timezone.now())
    drain(connection)
    order = (connection, kim) if reads_first == "sam" else (kim, connection)
    for each in (*order, *order):
        settle(each)
    assert len(google.events()) + len(google.events("kim@example.com")) <= 1
    assert asked() == []


def test_a_handed_over_visit_that_the_desk_gives_to_a_third_has_one_event(google, shop, connection, visit, kim, lee):
    hand_over(google)
    read(kim)
    assert [kind for kind, _ in asked()] == [Kind.EVENT_CHANGED]
    at_the_desk(shop, visit, hour=visit.starts_at.astimezone(shop.zone).hour, technician=lee.technician)
    for each in (lee, connection, kim, kim):
        settle(each)
    assert (events(google), busy()) == ([0, 0, 1], [])


def test_whoever_had_an_event_of_a_visit_and_is_given_the_visit_later_gets_another(google, shop, connection, visit, kim, lee):
    hand_over(google)
    at_the_desk(shop, visit, hour=9, technician=lee.technician)
    for each in (connection, lee, kim, kim):
        settle(each)
    at_the_desk(shop, visit, hour=13, technician=kim.technician)
    for each in (kim, lee, connection):
        settle(each)
    assert (events(google), busy()) == ([0, 1, 0], [])


def test_what_the_colleague_deletes_of_a_visit_that_a_third_has_by_now_is_no_question(google, shop, connection, visit, kim, lee):
    hand_over(google)
    read(kim)
    read(connection)
    at_the_desk(shop, visit, hour=visit.starts_at.astimezone(shop.zone).hour, technician=lee.technician)
    google.delete(google.events("kim@example.com")[0]["id"], "kim@example.com")
    backdate()
    for each in (kim, lee, connection):
        settle(each)
    assert Kind.EVENT_DELETED not in [kind for kind, _ in asked()]
    assert len(google.events("lee@example.com")) == 1


def test_who_decides_begins_anew_where_somebody_holds_the_events_in_another_order(google, connection, visit, kim):
    hand_over(google)
    read(kim)
    read(connection)
    own, theirs = EventMirror.objects.order_by("pk")
    concern = Concern.objects.select_related("visit").get(status="open")
    seen, reached, deciding = decisions.seen(concern), threading.Event(), threading.Event()

    def decide():
        try:
            assert reached.wait(5)
            deciding.set()
            decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
        finally:
            database.close()

    thread = threading.Thread(target=decide)
    thread.start()
    with transaction.atomic():  # as somebody else who holds them in that order
        list(EventMirror.objects.select_for_update(no_key=True).filter(pk=theirs.pk))
        reached.set()
        assert deciding.wait(5)
        until = time.monotonic() + 5
        while not somebody_waits():  # who decides holds the first by now
            assert time.monotonic() < until
        with suppress(OperationalError), transaction.atomic():
            list(EventMirror.objects.select_for_update(no_key=True).filter(pk=own.pk))
    thread.join()
    assert Concern.objects.get(pk=concern.pk).status == "done"


def test_what_the_colleague_deletes_before_our_own_calendar_was_read_is_asked_about(google, connection, visit, kim):
    hand_over(google)
    read(kim)
    google.delete(google.events("kim@example.com")[0]["id"], "kim@example.com")
    backdate()
    read(kim)
    read(connection)
    assert asked() == [(Kind.EVENT_DELETED, None)]
