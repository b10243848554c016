"""Google Calendar to busy time: what blocks, what does not, and what somebody did to our own events."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from bookings.models import BusyBlock, CalendarFreshness, Concern
from bookings.services import appointments, refreshing
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import connect, leaving, pull
from tests.calendars.conftest import at, book, connected, drain, read, start_of, workday

pytestmark = pytest.mark.django_db(transaction=True)


def timed(on, hour, hours=1, **more):
    return {
        "summary": "Dentist",
        "start": {"dateTime": at(on, hour).isoformat()},
        "end": {"dateTime": (at(on, hour) + timedelta(hours=hours)).isoformat()},
        **more,
    }


def whole_day(on, days=1, **more):
    return {"start": {"date": on.isoformat()}, "end": {"date": (on + timedelta(days=days)).isoformat()}, **more}


def every_hour(on):
    """A series of 600, which is more than two pages."""
    zone = {"timeZone": "America/New_York"}
    start, end = at(on, 0), at(on, 0) + timedelta(minutes=30)
    return {
        "start": {"dateTime": start.isoformat()} | zone,
        "end": {"dateTime": end.isoformat()} | zone,
        "recurrence": ["RRULE:FREQ=HOURLY;COUNT=600"],
    }


def busy():
    return sorted(BusyBlock.objects.values_list("starts_at", "ends_at"))


def backdate():
    """Let Google's last word lie before the next reading, as it does outside of tests."""
    EventMirror.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))


def test_an_event_takes_its_time_until_it_is_gone(google, connection, now):
    on = workday(now)
    before = timezone.now()
    event = google.write(timed(on, 9))
    read(connection)
    assert busy() == [(at(on, 9), at(on, 10))]
    fresh = CalendarFreshness.objects.get()
    assert fresh.read_at is not None
    assert fresh.read_until is not None
    assert before <= fresh.read_at <= timezone.now()
    assert fresh.read_until > now + timedelta(days=61)
    google.write({"id": event["id"], "start": {"dateTime": at(on, 11).isoformat()}})
    read(connection)
    assert busy() == [(at(on, 11), at(on, 12))]
    google.delete(event["id"])
    read(connection)
    assert busy() == []


def test_what_does_not_block(google, connection, now):
    on = workday(now)
    google.write(timed(on, 8, transparency="transparent"))
    google.write(timed(on, 9, attendees=[{"email": "sam@example.com", "self": True, "responseStatus": "declined"}]))
    google.write(whole_day(on, eventType="birthday", transparency="transparent", recurrence=["RRULE:FREQ=YEARLY"]))
    google.write(whole_day(on, eventType="workingLocation", transparency="transparent", visibility="public",
                           workingLocationProperties={"type": "homeOffice", "homeOffice": {}}))  # fmt: skip
    read(connection)
    assert busy() == []


def test_what_blocks_though_it_is_not_sure(google, connection, now):
    on = workday(now)
    google.write(timed(on, 8, status="tentative"))
    google.write(timed(on, 10, attendees=[{"email": "sam@example.com", "self": True, "responseStatus": "needsAction"}]))
    google.write(timed(on, 12, eventType="focusTime"))
    google.write(timed(on, 14, eventType="outOfOffice"))
    read(connection)
    assert [start for start, _ in busy()] == [at(on, hour) for hour in (8, 10, 12, 14)]


def test_whole_days_lie_in_the_calendars_zone_over_a_clock_change(google, shop, technician, settings):
    """The clocks go back in Los Angeles on Sunday, 7 November 2027, and that day has 25 hours."""
    google.grant("la@example.com")
    google.post("calendars", id="la@example.com", timeZone="America/Los_Angeles")
    connection = connected(google, technician, "la@example.com")
    now = datetime(2027, 11, 1, 12, tzinfo=UTC)
    google.write(whole_day(datetime(2027, 11, 7).date()), "la@example.com")  # noqa: DTZ001
    pull.read_connection(connection.pk, clock=lambda: now)
    assert busy() == [(datetime(2027, 11, 7, 7, tzinfo=UTC), datetime(2027, 11, 8, 8, tzinfo=UTC))]


def test_every_page_counts(google, connection, now):
    on = workday(now, 4)
    google.write(every_hour(on))
    read(connection)
    assert BusyBlock.objects.count() == 600


@pytest.mark.parametrize("status", [503, 429, 400])
def test_an_error_changes_nothing(google, connection, now, status):
    """Lesson 1: a reading that failed was taken for a free calendar."""
    google.write(timed(workday(now), 9))
    read(connection)
    before = busy(), CalendarFreshness.objects.values().get()
    google.write(timed(workday(now), 13))
    google.fault(status=status)
    read(connection)
    assert (busy(), CalendarFreshness.objects.values().get()) == before
    assert ReadCalendar.objects.get().pull_error.startswith(str(status))
    google.heal()
    read(connection)
    assert len(busy()) == 2
    assert ReadCalendar.objects.get().pull_error == ""


@pytest.mark.concurrency
def test_an_error_on_a_later_page_changes_nothing(google, connection, now):
    on = workday(now, 4)
    google.write(every_hour(on))
    fresh = CalendarFreshness.objects.values().get()
    google.fault(latency_ms=300)

    def run():
        try:
            read(connection)
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    threading.Event().wait(0.45)  # the first page is there, the second under way
    google.fault(status=503)
    thread.join()
    google.heal()
    assert (busy(), CalendarFreshness.objects.values().get()) == ([], fresh)
    assert ReadCalendar.objects.get().pull_error.startswith("503")


def test_a_calendar_that_was_never_read_offers_nothing(google, shop, technician, connection, now):
    assert CalendarFreshness.objects.get().read_at is not None
    leaving.disconnect(connection, remove_visits=False, by="kim", now=now)
    leaving.clear(connection.pk, clock=timezone.now)
    assert CalendarFreshness.objects.count() == 0
    google.fault(status=503)
    grant = google.grant()
    connect.connect_oauth(
        technician, account="sam@example.com", sub="1", refresh_token=grant["refresh_token"], access_token="",
        expires_at=now, scopes=[], calendar_id="sam@example.com", now=now,
    )  # fmt: skip
    assert CalendarFreshness.objects.get().read_at is None
    with pytest.raises(AssertionError):
        book(shop, now)


def test_our_own_events_do_not_block(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    backdate()
    read(connection)
    assert busy() == []
    assert Concern.objects.count() == 0
    assert EventMirror.objects.get().confirmed == "present"


def test_an_event_of_ours_moved_in_google_blocks_where_it_went_and_is_told_once(google, shop, connection, now):
    on, visit = workday(now), book(shop, now)
    drain(connection)
    backdate()
    [event] = google.events()
    google.write({"id": event["id"], "start": {"dateTime": at(on, 15).isoformat()}})
    for _ in range(2):
        read(connection)
    assert busy() == [(at(on, 15), at(on, 17))]
    concern = Concern.objects.get()
    assert (concern.kind, concern.visit_id) == (Concern.Kind.EVENT_MOVED, visit.pk)
    assert "3:00 PM" in concern.text
    Concern.objects.update(status="done")
    read(connection)
    assert Concern.objects.count() == 1  # what a person has put aside stays there
    google.write({"id": event["id"], "start": {"dateTime": at(on, 9).isoformat()}})
    read(connection)
    assert busy() == []
    google.write({"id": event["id"], "start": {"dateTime": at(on, 15).isoformat()}})
    read(connection)
    assert Concern.objects.count() == 2


def test_an_event_of_ours_moved_out_of_sight_is_not_taken_for_deleted(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    backdate()
    [event] = google.events()
    google.write({"id": event["id"], "start": {"dateTime": (at(workday(now), 9) + timedelta(days=200)).isoformat()}})
    read(connection)
    drain(connection)
    assert Concern.objects.get().kind == Concern.Kind.EVENT_MOVED
    assert len(google.events()) == 1


def test_an_event_of_ours_deleted_in_google_is_told(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    backdate()
    google.delete(google.events()[0]["id"])
    read(connection)
    assert EventMirror.objects.get().confirmed == "absent"
    concern = Concern.objects.get()
    assert (concern.kind, concern.visit_id) == (Concern.Kind.EVENT_DELETED, visit.pk)
    backdate()
    read(connection)
    assert Concern.objects.count() == 1


def test_a_cancelled_visit_brought_back_in_google_is_taken_out_again(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    [event] = google.events()
    appointments.cancel(visit.booking_id, by="desk:kim", reason="", now=now)
    drain(connection)
    backdate()
    google.write({"id": event["id"], "status": "confirmed"})
    read(connection)
    drain(connection)
    assert google.events() == []
    assert busy() == []


@pytest.mark.parametrize("deleted", [False, True])
def test_a_write_on_its_way_is_neither_a_move_nor_a_deletion(google, shop, connection, now, deleted):
    visit = book(shop, now)
    drain(connection)
    backdate()
    book(shop, now, 13)
    if deleted:
        google.delete(google.events()[0]["id"])
    else:
        google.fault(method="PUT", drop=True, after=True, count=1)
        drain(connection)  # Google has it at 13, we do not know yet
        assert start_of(google.events()[0]) != visit.starts_at
    read(connection)
    assert Concern.objects.count() == 0
    assert busy() == []
    assert EventMirror.objects.get().confirmed == "present"


def test_what_was_confirmed_after_the_reading_began_is_not_judged(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    google.delete(google.events()[0]["id"])
    EventMirror.objects.update(confirmed_at=timezone.now() + timedelta(seconds=30))
    read(connection)
    assert Concern.objects.count() == 0
    assert EventMirror.objects.get().confirmed == "present"


def test_busy_time_over_a_visit_is_told_once_and_closed_when_it_is_gone(google, shop, connection, now):
    visit = book(shop, now)
    drain(connection)
    event = google.write(timed(workday(now), 10))
    read(connection)
    concern = Concern.objects.get()
    assert (concern.kind, concern.visit_id, concern.status) == (Concern.Kind.BUSY_OVER_VISIT, visit.pk, "open")
    Concern.objects.update(status="done")
    read(connection)
    assert Concern.objects.count() == 1
    google.write({"id": event["id"], "start": {"dateTime": at(workday(now), 9, 30).isoformat()}})
    read(connection)
    assert Concern.objects.filter(status="open").count() == 1
    google.delete(event["id"])
    read(connection)
    assert Concern.objects.filter(status="open").count() == 0


def test_a_series_made_of_our_event_blocks_its_other_days_only(google, shop, connection, now):
    on = workday(now)
    book(shop, now)
    drain(connection)
    backdate()
    [event] = google.events()
    google.write({"id": event["id"], "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "start": event["start"], "end": event["end"]})
    read(connection)
    assert [start.date() for start, _ in busy()] == [on + timedelta(days=1), on + timedelta(days=2)]
    assert Concern.objects.count() == 0


def test_an_older_reading_does_not_replace_a_newer_one(google, connection, now):
    event = google.write(timed(workday(now), 9))
    read(connection)
    newer = CalendarFreshness.objects.get().read_at
    assert newer is not None
    earlier = newer - timedelta(seconds=5)
    google.delete(event["id"])
    pull.read_connection(connection.pk, clock=lambda: earlier)
    assert len(busy()) == 1
    assert CalendarFreshness.objects.get().read_at == newer


def test_a_calendar_is_claimed_once_a_turn(google, shop, connection, now, settings, django_assert_num_queries):
    settings.CALENDAR_PULL_SECONDS = 20
    ReadCalendar.objects.update(pull_due_at=now)
    with django_assert_num_queries(1):
        pull.enqueue_due(now=now)
    due = ReadCalendar.objects.get().pull_due_at
    assert due == now + timedelta(seconds=20)
    pull.enqueue_due(now=now + timedelta(seconds=19))
    assert ReadCalendar.objects.get().pull_due_at == due
    pull.enqueue_due(now=now + timedelta(seconds=20))
    assert ReadCalendar.objects.get().pull_due_at == now + timedelta(seconds=40)


def test_a_calendar_whose_shop_asks_for_a_fresh_picture_is_read_before_its_turn(shop, connection, now, settings):
    settings.CALENDAR_PULL_SECONDS = 300
    ReadCalendar.objects.update(pull_due_at=now)
    pull.enqueue_due(now=now)
    at = now + timedelta(seconds=100)
    assert refreshing.ask(shop.pk, now=at) is True
    assert refreshing.ask(shop.pk, now=at + timedelta(seconds=29)) is False
    pull.enqueue_due(now=at + timedelta(seconds=1))
    due = ReadCalendar.objects.get().pull_due_at
    assert due == at + timedelta(seconds=301)
    pull.enqueue_due(now=at + timedelta(seconds=2))
    assert ReadCalendar.objects.get().pull_due_at == due
    # A picture that is only some seconds old is fresh enough, and a broken calendar keeps its own turns.
    assert refreshing.ask(shop.pk, now=at + timedelta(seconds=30, milliseconds=500)) is True
    pull.enqueue_due(now=at + timedelta(seconds=30, milliseconds=600))
    assert ReadCalendar.objects.get().pull_due_at == due
    CalendarConnection.objects.update(state=CalendarConnection.State.BROKEN)
    ReadCalendar.objects.update(pull_due_at=now + timedelta(days=1))
    assert refreshing.ask(shop.pk, now=at + timedelta(seconds=200)) is True
    pull.enqueue_due(now=at + timedelta(seconds=200))
    assert ReadCalendar.objects.get().pull_due_at == now + timedelta(days=1)


def test_a_lost_calendar_is_told_once_and_comes_back_by_itself(google, connection, now):
    google.fault(status=404)
    for _ in range(2):
        read(connection)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.BROKEN
    assert Concern.objects.filter(kind=Concern.Kind.CALENDAR_BROKEN, status="open").count() == 1
    google.heal()
    read(connection)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.CONNECTED
    assert Concern.objects.filter(status="open").count() == 0


def test_a_revoked_grant_shows_when_reading(google, connection, now):
    google.post("revoke", account="sam@example.com")
    fresh = CalendarFreshness.objects.values().get()
    read(connection)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.REVOKED
    assert Concern.objects.get().kind == Concern.Kind.CALENDAR_BROKEN
    assert CalendarFreshness.objects.values().get() == fresh


def test_titles_stay_in_google(google, connection, now):
    google.write(timed(workday(now), 9, description="private matter", location="Secret Street"))
    read(connection)
    [row] = BusyBlock.objects.values()
    assert "Dentist" not in str(row)
    assert "Secret" not in str(row)
