"""Visits to Google Calendar: every branch ends with exactly one event, where the visit is."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from bookings.models import Concern, ServiceArea, ServiceType, Visit
from bookings.services import appointments
from calendars import leases
from calendars.google import mapping
from calendars.models import CalendarConnection, EventMirror
from calendars.services import leaving, push, work
from tests.calendars.conftest import again, at, book, connected, drain, start_of, workday
from tests.calendars.dragging import restore
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)


def due(connection):
    """Make what waits for another try due now."""
    EventMirror.objects.update(next_attempt_at=None)
    CalendarConnection.objects.update(push_not_before=None)
    return work.of_connection(connection.pk, now=timezone.now())


def test_a_booking_becomes_an_event(google, shop, connection, now):
    visit = book(shop, now, problem="No cold air", notes="Gate code 1234")
    drain(connection)
    [event] = google.events()
    assert event["summary"] == "HVAC repair visit - Jane Doe"
    for line in (visit.booking.reference, "+12125550201", "12 Main St", "No cold air", "Gate code 1234", "9:00 AM to 11:00 AM"):
        assert line in event["description"]
    assert event["location"] == "12 Main St, New York 10001"
    assert (start_of(event), event["start"]["timeZone"]) == (visit.starts_at, "America/New_York")
    assert event["extendedProperties"]["private"] == {
        "hvacsched_visit": str(visit.public_id), "hvacsched_booking": str(visit.booking.public_id), "hvacsched_colour": "none",
    }  # fmt: skip
    mirror = EventMirror.objects.get()
    assert (mirror.wanted, mirror.confirmed, mirror.pushed_version) == ("present", "present", 1)
    assert mirror.event_id == event["id"]
    assert work.of_connection(connection.pk, now=timezone.now()) == []


@pytest.mark.parametrize(
    ("trip", "told", "line"),
    [
        (0, True, "Fee told: $89"),
        (0, False, "Fee not told yet: $89"),
        ("15.50", True, "Fee told: $104.50 ($89 visit, $15.50 trip)"),
    ],
)
def test_the_technician_reads_what_the_customer_was_told_of_fees(google, shop, connection, now, trip, told, line):
    ServiceType.objects.filter(key="repair").update(visit_fee=89)
    ServiceArea.objects.create(shop=shop, name="Manhattan", zip_codes="100*", trip_fee=trip)
    book(shop, now, told=(lambda fee: now) if told else None)
    drain(connection)
    [event] = google.events()
    assert line in event["description"].splitlines()


def test_a_second_run_sends_nothing(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    etag = google.events()[0]["etag"]
    google.fault(status=503)
    drain(connection)
    google.heal()
    assert google.events()[0]["etag"] == etag
    assert EventMirror.objects.get().attempts == 0


def test_a_move_updates_the_event_and_keeps_what_the_technician_added(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    [event] = google.events()
    google.write({"id": event["id"], "colorId": "5"})
    moved = book(shop, now, 13)
    assert moved.pk == visit.pk
    drain(connection)
    [event] = google.events()
    assert (start_of(event), event["colorId"]) == (at(workday(now), 13), "5")
    assert EventMirror.objects.get().pushed_version == 2
    assert Concern.objects.count() == 0


def test_a_cancelled_visit_is_taken_out_and_what_is_gone_already_is_fine(google, shop, connection, now):
    """Lesson 17: a deletion of what is deleted already was taken for a failure."""
    visit, other = book(shop, now), book(shop, now, 13, origin="call:2")
    drain(connection)
    google.delete(EventMirror.objects.get(visit=other).event_id)  # answers 410 from now on
    for each in (visit, other):
        appointments.cancel(each.booking_id, by="desk:kim", reason="", now=now)
    drain(connection)
    assert google.events() == []
    assert set(EventMirror.objects.values_list("wanted", "confirmed")) == {("absent", "absent")}
    assert work.of_connection(connection.pk, now=timezone.now()) == []


def test_a_visit_cancelled_before_it_was_written_is_deleted_to_be_sure(google, shop, connection, now):
    visit = book(shop, now)
    google.fault(method="POST", status=503, after=True)  # written, but we cannot know
    drain(connection)
    google.heal()
    assert len(google.events()) == 1
    appointments.cancel(visit.booking_id, by="desk:kim", reason="", now=now)
    due(connection)
    drain(connection)
    assert google.events() == []


def test_a_visit_of_another_technician_changes_calendars(google, shop, connection, now):
    visit = book(shop, now)
    kim = TechnicianFactory(shop=shop, name="Kim")
    others = connected(google, kim, "kim@example.com")
    drain(connection)
    Visit.objects.filter(pk=visit.pk).update(technician=kim, version=2)
    drain(connection)
    drain(others)
    assert google.events() == []
    assert len(google.events("kim@example.com")) == 1
    # And back: the id in the first calendar is used up.
    Visit.objects.filter(pk=visit.pk).update(technician=connection.technician, version=3)
    drain(connection)
    drain(others)
    assert len(google.events()) == 1
    assert google.events("kim@example.com") == []
    assert EventMirror.objects.get(connection=connection, retired=False).generation == 2


def test_an_insert_that_was_not_heard_of_is_adopted(google, shop, connection, now):
    """Lesson 14: an insert that worked and whose answer was lost was made a second time."""
    book(shop, now)
    google.fault(method="POST", status=503, after=True, count=1)
    drain(connection)
    assert EventMirror.objects.get().confirmed == "none"
    due(connection)
    drain(connection)
    assert len(google.events()) == 1
    assert EventMirror.objects.get().confirmed == "present"


def test_a_dropped_connection_does_not_make_two(google, shop, connection, now):
    book(shop, now)
    google.fault(method="POST", drop=True, after=True, count=1)  # the transport itself sends it once more
    drain(connection)
    assert len(google.events()) == 1
    assert EventMirror.objects.get().confirmed == "present"


def test_an_adopted_event_that_is_out_of_date_is_updated(google, shop, connection, now):
    book(shop, now)
    google.fault(method="POST", status=503, after=True, count=1)
    drain(connection)
    book(shop, now, 13)
    due(connection)
    drain(connection)
    [event] = google.events()
    assert start_of(event) == at(workday(now), 13)


def test_a_taken_id_of_a_deleted_event_leads_to_the_next_generation(google, shop, connection, now):
    """Lesson 16: the id of a deleted event stays taken, and neither an insert nor an update brings it back."""
    book(shop, now)
    google.fault(method="POST", status=503, after=True, count=1)
    drain(connection)
    google.delete(google.events()[0]["id"])
    due(connection)
    drain(connection)
    assert google.events() == []  # the technician deleted it: nobody writes it again without asking
    restore(Concern.objects.get(kind="event_deleted"))
    drain(connection)
    assert len(google.events()) == 1
    assert list(EventMirror.objects.order_by("generation").values_list("generation", "retired", "confirmed")) == [
        (1, True, "absent"), (2, False, "present"),
    ]  # fmt: skip


def test_a_taken_id_of_a_strange_event_is_left_alone(google, shop, connection, now):
    visit = book(shop, now)
    event_id = mapping.event_id(visit.public_id, "sam@example.com", 1)
    google.write({"id": event_id, "summary": "Dentist", "start": {"dateTime": at(workday(now), 8).isoformat()}})
    drain(connection)
    assert sorted(event["summary"] for event in google.events()) == ["Dentist", "HVAC repair visit - Jane Doe"]


def test_an_event_deleted_in_google_is_put_back_by_an_update(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    google.delete(google.events()[0]["id"])
    book(shop, now, 13)
    drain(connection)
    [event] = google.events()
    assert start_of(event) == at(workday(now), 13)
    assert Concern.objects.get().kind == Concern.Kind.EVENT_DELETED
    assert Concern.objects.get().visit_id == visit.pk


def test_a_stale_etag_is_read_again_and_reapplied(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    book(shop, now, 13)
    google.fault(method="PUT", status=412, count=2)
    drain(connection)
    assert start_of(google.events()[0]) == at(workday(now), 13)
    assert EventMirror.objects.get().pushed_version == 2


def test_a_move_in_google_under_our_write_is_told_and_left_to_be_decided(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    [event] = google.events()
    google.write({"id": event["id"], "start": {"dateTime": at(workday(now), 15).isoformat()}})
    book(shop, now, customer_name="Jane Dough")
    drain(connection)
    [event] = google.events()
    assert (event["summary"], start_of(event)) == ("HVAC repair visit - Jane Doe", at(workday(now), 15))
    concern = Concern.objects.get()
    assert (concern.kind, concern.proposed_starts_at) == (Concern.Kind.EVENT_MOVED, at(workday(now), 15))
    assert work.of_connection(connection.pk, now=timezone.now()) == []


@pytest.mark.parametrize("status", [500, 503, 429, 403])
def test_an_outage_waits_and_recovers(google, shop, connection, now, status):
    for n, hour in enumerate((9, 12)):
        book(shop, now, hour, origin=f"call:{n}")
    google.fault(status=status)
    drain(connection)
    assert sorted(EventMirror.objects.values_list("attempts", flat=True)) == [1]  # one try, not one for each event
    assert work.of_connection(connection.pk, now=timezone.now()) == []
    assert Concern.objects.count() == 0
    google.heal()
    assert len(due(connection)) == 2
    drain(connection)
    assert len(google.events()) == 2
    assert CalendarConnection.objects.get().push_failures == 0


def test_a_refused_connection_waits(google, shop, connection, now, settings):
    book(shop, now)
    settings.GOOGLE_API_ENDPOINT = "http://127.0.0.1:9/calendar/v3/"
    drain(connection)
    mirror = EventMirror.objects.get()
    assert (mirror.attempts, mirror.last_error) == (1, "ConnectionRefusedError")
    assert mirror.next_attempt_at is not None
    assert mirror.next_attempt_at > timezone.now()


def test_an_event_google_refuses_does_not_stop_the_others(google, shop, connection, now):
    first = book(shop, now, 9)
    google.fault(method="POST", status=400, count=1)
    second = book(shop, now, 13, origin="call:2")
    drain(connection)
    assert [start_of(event) for event in google.events()] == [second.starts_at]
    assert EventMirror.objects.get(visit=first).blocked_reason == "400 invalid"
    concern = Concern.objects.get()
    assert (concern.kind, concern.visit_id) == (Concern.Kind.CALENDAR_REFUSED, first.pk)
    drain(connection)
    assert len(google.events()) == 1  # nothing hammers
    book(shop, now, 9, customer_name="Jane Dough")
    drain(connection)
    assert len(google.events()) == 2
    assert Concern.objects.get().status == Concern.Status.DONE


def test_a_calendar_that_is_not_there_is_told_once_and_keeps_its_work(google, shop, connection, now):
    book(shop, now)
    book(shop, now, 13, origin="call:2")
    google.fault(status=404)
    drain(connection)
    drain(connection)
    row = CalendarConnection.objects.get()
    assert row.state == CalendarConnection.State.BROKEN
    assert Concern.objects.get().kind == Concern.Kind.CALENDAR_BROKEN
    google.heal()
    connected(google, connection.technician)
    drain(connection)
    assert len(google.events()) == 2
    assert Concern.objects.get().status == Concern.Status.DONE


def test_a_revoked_grant_keeps_the_work_until_it_is_reconnected(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    google.post("revoke", account="sam@example.com")
    book(shop, now, 13, origin="call:2")
    drain(connection)
    drain(connection)
    row = CalendarConnection.objects.get()
    assert row.state == CalendarConnection.State.REVOKED
    assert [(c.kind, c.technician_id) for c in Concern.objects.all()] == [("calendar_broken", connection.technician_id)]
    assert len(google.events()) == 1
    connected(google, connection.technician)
    drain(connection)
    assert len(google.events()) == 2
    assert Concern.objects.get().status == Concern.Status.DONE
    assert EventMirror.objects.filter(retired=True).count() == 0


def test_a_token_refused_once_is_refreshed_on_the_way(google, shop, connection, now):
    book(shop, now)
    google.post("expire-access-tokens")
    drain(connection)
    assert len(google.events()) == 1
    assert CalendarConnection.objects.get().token_version == connection.token_version + 1


def test_visits_from_before_the_connection_stay_out(google, shop, connection, now):
    visit = book(shop, now)
    CalendarConnection.objects.update(connected_at=visit.ends_at + timedelta(minutes=1))
    drain(connection)
    assert google.events() == []


def test_a_disconnected_calendar_is_not_written(google, shop, connection, now):
    book(shop, now)
    leaving.disconnect(connection, remove_visits=False, by="kim", now=now)
    leaving.clear(connection.pk, clock=timezone.now)
    drain(connection)
    assert google.events() == []


@pytest.mark.concurrency
def test_two_writers_at_once_write_each_event_once(google, shop, connection, now):
    days = [workday(now, ahead) for ahead in (2, 9, 16, 23)]
    for n, (on, hour) in enumerate((on, hour) for on in days for hour in (8, 11, 14)):
        book(shop, now, hour, origin=f"call:{n}", on=on)

    def run():
        try:
            drain(connection)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(google.events()) == 12
    assert EventMirror.objects.filter(confirmed="present", generation=1).count() == 12


@pytest.mark.concurrency
def test_work_that_comes_while_another_writes_is_done_by_it(google, shop, connection, now):
    book(shop, now)
    google.fault(method="POST", latency_ms=600)

    def run():
        try:
            drain(connection)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    while not CalendarConnection.objects.exclude(push_lease="").exists():
        pass
    book(shop, now, 13, origin="call:2")
    drain(connection)  # finds it taken and goes away
    thread.join()
    assert len(google.events()) == 2


def test_a_lease_held_by_a_killed_process_is_taken_over_when_it_ends(google, shop, connection, now):
    book(shop, now)
    assert leases.take(connection.pk, "push") is not None
    drain(connection)
    assert google.events() == []
    assert work.idle_connections(now=timezone.now()) == []
    CalendarConnection.objects.update(push_until=timezone.now() - timedelta(seconds=1))
    assert work.idle_connections(now=timezone.now()) == [connection.pk]
    drain(connection)
    assert len(google.events()) == 1


@pytest.mark.concurrency
def test_a_writer_that_was_overtaken_records_nothing(google, shop, connection, now):
    book(shop, now)
    google.fault(method="POST", latency_ms=500, count=1)

    def run():
        try:
            drain(connection)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    while not EventMirror.objects.exists():
        pass
    CalendarConnection.objects.update(push_lease="somebody else")
    thread.join()
    assert EventMirror.objects.get().confirmed == "none"
    CalendarConnection.objects.update(push_lease="", push_until=None)
    drain(connection)
    assert len(google.events()) == 1
    assert EventMirror.objects.get().confirmed == "present"


def test_the_sweep_asks_in_one_statement_however_many_there_are(google, shop, connection, now, django_assert_num_queries):
    book(shop, now)
    with django_assert_num_queries(1):
        push.sweep(now=timezone.now())
    for n in range(2):
        connected(google, TechnicianFactory(shop=shop), f"t{n}@example.com")
        book(shop, now, origin=f"call:{n + 2}")
    assert len(work.idle_connections(now=timezone.now())) == 3
    with django_assert_num_queries(1):
        push.sweep(now=timezone.now())


def test_a_version_that_rises_during_the_write_is_written_next(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    Visit.objects.filter(pk=visit.pk).update(version=5)
    drain(connection)
    assert EventMirror.objects.get().pushed_version == again(visit).version == 5


def test_google_is_never_called_inside_a_transaction(google, shop, connection, now):
    from django.db import transaction

    book(shop, now)
    with transaction.atomic():
        drain(connection)
    assert google.events() == []
    assert "our mistake" in EventMirror.objects.get().last_error
