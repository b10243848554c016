"""What a technician does in Google while the same visit is on its way or half done: asked about once, and one event."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from bookings.models import Booking, Concern, Visit
from bookings.services import lifecycle
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import choosing, surprises
from calendars.services.choosing import Entry
from tests.calendars.conftest import at, book, drain, read, start_of, workday
from tests.calendars.dragging import asked, at_the_desk, backdate, busy, drag, restore, settle

pytestmark = pytest.mark.django_db(transaction=True)
Kind = Concern.Kind


def tried_again(connection):
    """The time is over for which a failure is waited after."""
    EventMirror.objects.update(next_attempt_at=None)
    CalendarConnection.objects.update(push_not_before=None)
    drain(connection)


@pytest.fixture
def unheard(google, shop, connection, now):
    """A visit whose event was made, and the answer was lost."""
    visit = book(shop, now)
    google.fault(method="POST", status=503, after=True, count=1)
    drain(connection)
    google.heal()
    assert EventMirror.objects.get().confirmed == "none"
    return visit


def test_what_is_moved_before_our_first_write_was_heard_of_is_asked_about(google, connection, unheard, now):
    on = workday(now)
    drag(google, at(on, 15))
    read(connection)
    tried_again(connection)
    assert asked() == [(Kind.EVENT_MOVED, at(on, 15))]
    assert start_of(google.events()[0]) == at(on, 15)
    backdate()
    read(connection)
    assert busy() == [(at(on, 15), at(on, 17))]


def test_what_is_deleted_before_our_first_write_was_heard_of_is_asked_about(google, connection, unheard):
    google.delete(google.events()[0]["id"])
    read(connection)
    tried_again(connection)
    assert (asked(), google.events()) == ([(Kind.EVENT_DELETED, None)], [])


def test_a_visit_that_is_dragged_while_its_words_wait_takes_the_new_time_too(google, connection, visit, now):
    on = workday(now)
    drag(google, at(on, 15))
    EventMirror.objects.update(pushed_version=0)
    read(connection)
    drain(connection)
    backdate()
    read(connection)
    assert (asked(), busy()) == ([(Kind.EVENT_MOVED, at(on, 15))], [(at(on, 15), at(on, 17))])


def test_who_hands_over_while_the_words_wait_is_heard(google, connection, visit, kim):
    drag(google, visit.starts_at, attendees=[
        {"email": "sam@example.com", "self": True, "responseStatus": "declined"}, {"email": "kim@example.com"},
    ])  # fmt: skip
    EventMirror.objects.update(pushed_version=0)
    read(connection)
    drain(connection)
    assert [(each.kind, each.proposed_technician) for each in Concern.objects.all()] == [(Kind.EVENT_CHANGED, kim.technician)]


def test_an_event_that_is_deleted_and_comes_back_elsewhere_is_one_question(google, connection, visit, now):
    on = workday(now)
    [event] = google.events()
    google.delete(event["id"])
    read(connection)
    assert asked() == [(Kind.EVENT_DELETED, None)]
    times = {"start": {"dateTime": at(on, 15).isoformat()}, "end": {"dateTime": at(on, 17).isoformat()}}
    google.write({"id": event["id"], **times})
    backdate()
    read(connection)
    assert asked() == [(Kind.EVENT_MOVED, at(on, 15))]
    restore(Concern.objects.get(status="open"))
    settle(connection)
    assert [start_of(each) for each in google.events()] == [visit.starts_at]


def test_an_event_that_comes_back_after_another_took_its_place_is_taken_out(google, shop, connection, visit, now):
    [event] = google.events()
    google.delete(event["id"])
    read(connection)
    at_the_desk(shop, visit, hour=13)
    drain(connection)
    google.write({"id": event["id"]})
    settle(connection)
    settle(connection)
    assert [start_of(each) for each in google.events()] == [at(workday(now), 13)]


def test_a_done_visits_event_takes_no_time_wherever_it_is_dragged(google, connection, visit, now):
    for step in ("en_route", "on_site", "done"):
        lifecycle.step(visit.booking_id, Booking.Status(step), by="desk:dee", now=timezone.now())
    settle(connection)
    drag(google, at(workday(now), 15))
    for _ in range(2):
        ReadCalendar.objects.update(sync_token="")  # everything is read anew
        settle(connection)
    assert (asked(), busy()) == ([], [])


def test_an_event_that_is_moved_into_the_technicians_private_calendar_is_one_question(google, connection, visit):
    private = "own@group.calendar.google.com"
    google.post("calendars", id=private, owner="sam@example.com", summary="Own", timeZone="America/New_York")
    entries = [Entry("sam@example.com", "sam@example.com", "", True), Entry(private, "Own", "", True)]
    choosing.choose(connection, entries, receives="sam@example.com", counts=[private], now=timezone.now())
    read(connection)
    [event] = google.events()
    google.delete(event["id"])
    google.write({key: event[key] for key in ("id", "summary", "start", "end", "extendedProperties")}, private)
    read(connection)
    assert asked() == [(Kind.EVENT_DELETED, None)]
    assert busy() == [(visit.starts_at, visit.ends_at)]


def test_an_event_that_says_it_is_a_visit_and_names_none_is_anything_else(google, connection, visit, now):
    on = workday(now)
    times = {"start": {"dateTime": at(on, 14).isoformat()}, "end": {"dateTime": at(on, 15).isoformat()}}
    for name in ("nonsense", str(uuid4())):
        google.write({"summary": "Copy", "extendedProperties": {"private": {"hvacsched_visit": name}}, **times})
    read(connection)
    assert busy() == [(at(on, 14), at(on, 15))] * 2


def test_nothing_is_asked_about_a_visit_that_ended_while_it_was_noticed(google, connection, visit):
    google.delete(google.events()[0]["id"])
    read(connection)
    Visit.objects.filter(pk=visit.pk).update(status=Visit.Status.ENDED)
    surprises.follow(now=timezone.now())
    assert asked() == []


def test_busy_time_that_goes_and_comes_back_over_a_visit_is_told_again(google, connection, visit):
    times = {"start": {"dateTime": visit.starts_at.isoformat()}, "end": {"dateTime": visit.ends_at.isoformat()}}
    dentist = google.write({"summary": "Dentist", **times})
    later = visit.starts_at + timedelta(days=1)
    for start, open_ones in ((visit.starts_at, 1), (later, 0), (visit.starts_at, 1)):
        times = {"start": {"dateTime": start.isoformat()}, "end": {"dateTime": (start + timedelta(hours=2)).isoformat()}}
        google.write({"id": dentist["id"], **times})
        read(connection)
        assert Concern.objects.filter(kind=Kind.BUSY_OVER_VISIT, status="open").count() == open_ones
