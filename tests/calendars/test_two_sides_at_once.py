"""What a technician does in Google while the same visit is on its way or half done: asked about once, and one event."""

import threading
import time
from contextlib import suppress
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone

from bookings.models import Booking, Concern, Visit
from bookings.services import appointments, dispatching, lifecycle
from bookings.services.dispatching import Move
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import choosing, decisions, surprises
from calendars.services.choosing import Entry
from tests.bookings.asking import roster_of
from tests.calendars.conftest import again, at, book, connected, drain, read, start_of, workday
from tests.calendars.dragging import accept, backdate, busy, drag, restore, settle
from tests.calendars.test_handing_over import hand_over
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)
Kind = Concern.Kind


def asked():
    return [(each.kind, each.proposed_starts_at) for each in Concern.objects.filter(status="open").order_by("pk")]


def at_the_desk(shop, visit, *, hour, technician=None):
    wish = Move(
        visit_id=visit.pk, version=again(visit).version, technician_id=(technician or visit.technician).pk, by="desk:dee",
        starts_at=at(workday(timezone.now()), hour), despite=True,
    )  # fmt: skip
    return dispatching.move(roster_of(shop), wish, now=timezone.now())


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


def test_what_somebody_gives_away_whose_visit_it_is_no_more_is_taken_out(google, shop, connection, visit, kim):
    lee = connected(google, TechnicianFactory(shop=shop, name="Lee", email="lee@example.com"), "lee@example.com")
    hand_over(google)
    at_the_desk(shop, visit, hour=9, technician=lee.technician)
    for each in (connection, lee, kim, kim):
        settle(each)
    events = [google.events(f"{name}@example.com") for name in ("sam", "kim", "lee")]
    assert ([len(each) for each in events], busy(), asked()) == ([0, 0, 1], [], [])


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


def test_a_handed_over_visit_that_the_desk_gives_to_a_third_has_one_event(google, shop, connection, visit, kim):
    lee = connected(google, TechnicianFactory(shop=shop, name="Lee", email="lee@example.com"), "lee@example.com")
    hand_over(google)
    read(kim)
    assert [kind for kind, _ in asked()] == [Kind.EVENT_CHANGED]
    wish = Move(
        visit_id=visit.pk, version=again(visit).version, technician_id=lee.technician_id, by="desk:dee",
        starts_at=visit.starts_at, despite=True,
    )  # fmt: skip
    dispatching.move(roster_of(shop), wish, now=timezone.now())
    for each in (lee, connection, kim, kim):
        settle(each)
    events = [google.events(f"{name}@example.com") for name in ("sam", "kim", "lee")]
    assert ([len(each) for each in events], busy()) == ([0, 0, 1], [])


def test_whoever_had_an_event_of_a_visit_and_is_given_the_visit_later_gets_another(google, shop, connection, visit, kim):
    lee = connected(google, TechnicianFactory(shop=shop, name="Lee", email="lee@example.com"), "lee@example.com")
    hand_over(google)
    at_the_desk(shop, visit, hour=9, technician=lee.technician)
    for each in (connection, lee, kim, kim):
        settle(each)
    at_the_desk(shop, visit, hour=13, technician=kim.technician)
    for each in (kim, lee, connection):
        settle(each)
    events = [google.events(f"{name}@example.com") for name in ("sam", "kim", "lee")]
    assert ([len(each) for each in events], busy()) == ([0, 1, 0], [])


def test_what_the_colleague_deletes_of_a_visit_that_a_third_has_by_now_is_no_question(google, shop, connection, visit, kim):
    lee = connected(google, TechnicianFactory(shop=shop, name="Lee", email="lee@example.com"), "lee@example.com")
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


def test_who_decides_begins_anew_where_somebody_holds_the_events_in_another_order(google, connection, visit, kim):
    hand_over(google)
    read(kim)
    read(connection)
    own, theirs = EventMirror.objects.order_by("pk")
    concern = Concern.objects.select_related("visit").get(status="open")
    seen, reached, deciding = decisions.seen(concern), threading.Event(), threading.Event()

    def decide():
        try:
            reached.wait(5)
            deciding.set()
            decisions.restore(concern.pk, as_seen=seen, now=timezone.now())
        finally:
            database.close()

    thread = threading.Thread(target=decide)
    thread.start()
    with transaction.atomic():  # as somebody else who holds them in that order
        list(EventMirror.objects.select_for_update(no_key=True).filter(pk=theirs.pk))
        reached.set()
        deciding.wait(5)
        time.sleep(0.3)  # it holds the first by now and waits for the second
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
