"""Incremental readings: what changed since, by Google's sync token, and everything anew where that does not do."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bookings.models import BusyBlock, CalendarFreshness, Concern, Shop, Visit
from calendars import leases
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import intake, leaving, pull, reading
from calendars.services.intake import Reading
from tests.calendars.conftest import at, book, connected, drain, read, workday
from tests.calendars.test_pull import backdate, busy, timed, whole_day

pytestmark = pytest.mark.django_db(transaction=True)


def state():
    return ReadCalendar.objects.get()


def second_calendar(google, connection, name="family@example.com"):
    google.post("calendars", id=name, owner="sam@example.com", summary="Family")
    return ReadCalendar.objects.create(shop_id=connection.shop_id, connection=connection, calendar_id=name, name="Family")


def test_after_the_first_reading_only_what_changed_is_listed(google, connection, now):
    on = workday(now)
    kept, gone = google.write(timed(on, 9)), google.write(timed(on, 11))
    read(connection)
    before = state()
    assert (before.pass_number, before.zone) == (1, "America/New_York")
    google.delete(gone["id"])
    moved = google.write(timed(on, 14))
    row = BusyBlock.objects.get(event_id=kept["id"]).pk
    read(connection)
    after = state()
    assert busy() == [(at(on, 9), at(on, 10)), (at(on, 14), at(on, 15))]
    assert BusyBlock.objects.get(event_id=kept["id"]).pk == row
    assert (after.pass_number, after.full_read_at) == (1, before.full_read_at)
    assert after.sync_token != before.sync_token
    assert CalendarFreshness.objects.get().read_at == after.read_at
    assert ReadCalendar.objects.filter(read_at__gt=before.read_at).exists()
    google.write({"id": moved["id"], "transparency": "transparent"})
    read(connection)
    assert busy() == [(at(on, 9), at(on, 10))]


@pytest.mark.parametrize("reason", ["fullSyncRequired", "updatedMinTooLongAgo"])
def test_a_sync_token_that_ended_is_no_empty_answer_and_what_vanished_meanwhile_goes(google, connection, now, reason):
    """Lesson 9: a 410 taken for "nothing new" left deleted events in place for ever, and a full reading names none of them."""
    on = workday(now)
    gone, kept = google.write(timed(on, 9)), google.write(timed(on, 11))
    read(connection)
    google.delete(gone["id"])
    google.write({"id": kept["id"], "start": {"dateTime": at(on, 12).isoformat()}, "end": {"dateTime": at(on, 13).isoformat()}})
    google.post("expire-sync-tokens")
    if reason == "updatedMinTooLongAgo":
        google.fault(method="GET", status=410, count=1, reason=reason)
    read(connection)
    assert busy() == [(at(on, 12), at(on, 13))]
    assert state().pass_number == 2
    google.write(timed(on, 15))
    read(connection)
    assert state().pass_number == 2  # by the new token
    assert len(busy()) == 2


def test_the_old_picture_stays_until_the_last_page_of_the_new_one(google, connection, now):
    """Lesson 10: what was deleted before the new reading had succeeded was missing meanwhile."""
    on = workday(now)
    google.write(timed(on, 9))
    read(connection)
    google.write(timed(on, 11))
    google.post("expire-sync-tokens")
    before = busy(), CalendarFreshness.objects.values().get(), state().sync_token
    google.fault(method="GET", status=503)
    for _ in range(2):
        read(connection)
    assert (busy(), CalendarFreshness.objects.values().get(), state().sync_token) == before
    assert state().pull_failures == 2
    google.heal()
    read(connection)
    assert len(busy()) == 2
    assert (state().pull_failures, state().pull_error) == (0, "")


def test_a_reading_without_the_lease_is_not_taken_over_and_keeps_the_token(google, connection, now):
    calendar = ReadCalendar.objects.select_related("connection__technician", "connection__shop").get()
    lease = leases.take(calendar.pk, "pull")
    assert lease is not None
    ReadCalendar.objects.update(pull_lease="somebody else's")
    found = a_reading(calendar, timed(workday(now), 9) | {"id": "x"}, sync_token="new")
    before = state()
    assert intake.take(calendar, found, lease=lease, now=now) is False
    assert (busy(), state().sync_token, state().read_at) == ([], before.sync_token, before.read_at)
    assert leases.take(calendar.pk, "pull") is None
    ReadCalendar.objects.update(pull_lease=lease.name)
    assert intake.take(calendar, found, lease=lease, now=now) is True
    assert (len(busy()), state().sync_token) == (1, "new")


def a_reading(calendar, *events, whole=False, **more):
    now = timezone.now()
    found = Reading(
        whole=whole, started_at=now, since=now - timedelta(days=1), until=now + timedelta(days=60), zone_name="UTC",
        zone=ZoneInfo("UTC"), **more,
    )  # fmt: skip
    for event in events:
        found.events[event["id"]] = event
    return found


@pytest.mark.parametrize(
    "broken",
    [{}, {"start": {"date": "soon"}, "end": {}}, {"start": 7, "end": 8}, {"attendees": [3]}, {"attendees": "all"},
     {"start": {"dateTime": "2027-01-02T10:00:00Z"}, "end": {"dateTime": "2027-01-02T09:00:00Z"}}],
)  # fmt: skip
def test_one_event_that_cannot_be_read_stops_no_calendar(google, connection, now, broken):
    """Lesson 13: one odd event made a whole calendar unavailable."""
    calendar = ReadCalendar.objects.select_related("connection__technician", "connection__shop").get()
    lease = leases.take(calendar.pk, "pull")
    assert lease is not None
    found = a_reading(calendar, {"id": "odd", **broken}, timed(workday(now), 9) | {"id": "good"})
    assert intake.take(calendar, found, lease=lease, now=now) is True
    assert list(BusyBlock.objects.values_list("event_id", flat=True)) == ["good"]


def test_one_meeting_in_several_calendars_takes_the_time_of_everybody(google, shop, connection, now):
    """Lesson 15: copies of one meeting share an id, and it was taken for the first guest's alone."""
    other = shop.technicians.create(shop=shop, name="Kim", email="kim@example.com")
    of_kim = connected(google, other, "kim@example.com")
    on = workday(now)
    for account in ("sam@example.com", "kim@example.com"):
        google.write(timed(on, 9) | {"id": "sharedmeeting0"}, account)
    second = second_calendar(google, connection)
    google.write(timed(on, 9) | {"id": "sharedmeeting0"}, second.calendar_id)
    read(connection)
    read(of_kim)
    assert BusyBlock.objects.filter(event_id="sharedmeeting0").count() == 3
    google.delete("sharedmeeting0", second.calendar_id)
    read(connection)
    assert set(BusyBlock.objects.values_list("calendar_id", flat=True)) == {"sam@example.com", "kim@example.com"}


def test_whole_days_end_before_the_day_they_name(google, connection, now):
    """Lesson 19: the end of a whole day is not part of it."""
    on = workday(now)
    google.write(whole_day(on, days=2))
    read(connection)
    assert busy() == [(at(on, 0), at(on + timedelta(days=2), 0))]


def test_another_zone_of_the_calendar_moves_whole_days_though_google_lists_none(google, technician, now):
    google.post("calendars", id="west@example.com", timeZone="America/New_York")
    connection = connected(google, technician, "west@example.com")
    on = workday(now)
    google.write(whole_day(on), "west@example.com")
    read(connection)
    google.post("calendars", id="west@example.com", timeZone="America/Los_Angeles")
    read(connection)
    assert [start for start, _ in busy()] == [at(on, 3)]
    assert (state().pass_number, state().zone) == (2, "America/Los_Angeles")


def test_the_oldest_of_the_calendars_that_count_says_how_fresh_the_picture_is(google, shop, connection, now):
    """Lesson 2: how old a picture is belongs to each calendar; unknown is never free."""
    second = second_calendar(google, connection)
    on = workday(now)
    google.write(timed(on, 9), second.calendar_id)
    pull.read(state_of("sam@example.com").pk, clock=timezone.now)
    assert CalendarFreshness.objects.get().read_at is None
    with pytest.raises(AssertionError):
        book(shop, now, hour=13)
    read(connection)
    assert CalendarFreshness.objects.get().read_at == state_of("sam@example.com").read_at
    assert busy() == [(at(on, 9), at(on, 10))]
    oldest = state_of("family@example.com").read_at
    pull.read(state_of("sam@example.com").pk, clock=timezone.now)
    assert CalendarFreshness.objects.get().read_at == oldest
    assert book(shop, now, hour=13).starts_at == at(on, 13)


def state_of(calendar_id):
    return ReadCalendar.objects.get(calendar_id=calendar_id)


def test_a_calendar_that_does_not_count_is_not_read_but_the_one_that_receives_visits_is(google, shop, connection, now):
    second = second_calendar(google, connection)
    on = workday(now)
    ReadCalendar.objects.update(counts=False)
    google.write(timed(on, 9))
    google.write(timed(on, 9), second.calendar_id)
    read(connection)
    assert busy() == []
    assert state_of("family@example.com").read_at is None
    assert CalendarFreshness.objects.get().read_at == state_of("sam@example.com").read_at
    book(shop, now, 13)
    drain(connection)
    backdate()
    ours = next(each for each in google.events() if each["start"]["dateTime"].startswith(f"{on}T13"))
    google.write({"id": ours["id"], "start": {"dateTime": at(on, 16).isoformat()}})
    read(connection)
    assert Concern.objects.get().kind == Concern.Kind.EVENT_MOVED
    ReadCalendar.objects.update(counts=True)
    read(connection)
    assert at(on, 9) in [start for start, _ in busy()]


def test_a_calendar_that_is_no_longer_shown_is_told_and_visits_go_on(google, connection, now):
    google.grant("lee@example.com")
    google.post("calendars", id="lee@example.com", shared_with={"sam@example.com": "reader"})
    shared = ReadCalendar.objects.create(
        shop_id=connection.shop_id, connection=connection, calendar_id="lee@example.com", name="Lee"
    )
    read(connection)
    google.post("calendars", id="lee@example.com", shared_with={})
    for _ in range(2):
        pull.read(shared.pk, clock=timezone.now)
    assert CalendarConnection.objects.get().state == CalendarConnection.State.CONNECTED
    concern = Concern.objects.get()
    assert (concern.kind, concern.status) == (Concern.Kind.CALENDAR_BROKEN, "open")
    assert "Lee" in concern.text
    google.post("calendars", id="lee@example.com", shared_with={"sam@example.com": "reader"})
    pull.read(shared.pk, clock=timezone.now)
    assert Concern.objects.get().status == "done"


def test_a_setting_changes_what_is_busy_with_the_next_reading(google, shop, connection, now):
    on = workday(now)
    google.write(timed(on, 9, status="tentative"))
    read(connection)
    assert len(busy()) == 1
    Shop.objects.update(tentative_is_busy=False)
    read(connection)
    assert busy() == []
    assert state().pass_number == 2
    Shop.objects.update(tentative_is_busy=True)
    read(connection)
    assert len(busy()) == 1


def test_the_horizon_moves_on_by_complete_readings(google, shop, connection, now):
    far = now.date() + timedelta(days=shop.horizon_days + 20)
    google.write(timed(far, 9))
    read(connection)
    assert busy() == []  # listed, and too far ahead to be kept
    pull.read_connection(connection.pk, clock=lambda: now + timedelta(hours=17))
    assert state().pass_number == 1
    pull.read_connection(connection.pk, clock=lambda: now + timedelta(hours=31))
    assert state().pass_number == 2
    Shop.objects.update(horizon_days=shop.horizon_days + 30)
    pull.read_connection(connection.pk, clock=lambda: now + timedelta(hours=32))
    assert state().pass_number == 3
    assert [start for start, _ in busy()] == [at(far, 9)]


def test_complete_readings_are_spread(connection, now):
    """Nobody's thousand calendars are read as a whole in the same minute."""
    turns = set()
    for number in range(1, 40):
        calendar = ReadCalendar.objects.select_related("connection__shop").get()
        calendar.pass_number, calendar.full_read_at, calendar.read_until = number, now, now + timedelta(days=200)
        hours = next(h for h in range(64) if pull._has_to_be_whole(calendar, now + timedelta(hours=h / 2)))
        turns.add(hours / 2)
    assert min(turns) >= 18
    assert max(turns) <= 30
    assert len(turns) > 10


def test_our_own_events_are_recognised_however_often_they_are_read(google, shop, connection, now):
    """Lesson 14: events of one's own that came back as somebody else's were doubled with each reading."""
    book(shop, now)
    for turn in range(4):
        drain(connection)
        backdate()
        if turn % 2:
            google.post("expire-sync-tokens")
        read(connection)
    assert len(google.events()) == 1
    assert (busy(), Concern.objects.count(), EventMirror.objects.count()) == ([], 0, 1)


def test_a_move_right_after_our_own_write_is_not_lost(google, shop, connection, now):
    """Lesson 8: the echo of our own write must hide nothing. What cannot be judged yet is listed once more."""
    on = workday(now)
    book(shop, now)
    drain(connection)
    token = state().sync_token
    EventMirror.objects.update(confirmed_at=timezone.now() + timedelta(seconds=30))
    [event] = google.events()
    google.write({"id": event["id"], "start": {"dateTime": at(on, 16).isoformat()}})
    read(connection)
    assert (Concern.objects.count(), state().sync_token) == (0, token)
    due = state().pull_due_at
    assert due is not None
    assert due <= timezone.now() + timedelta(seconds=10)
    backdate()
    read(connection)
    assert Concern.objects.get().kind == Concern.Kind.EVENT_MOVED
    assert state().sync_token != token


def test_an_echo_is_no_change(google, shop, connection, now):
    book(shop, now)
    drain(connection)
    token = state().sync_token
    read(connection)  # confirmed a moment before this reading, and just as we left it
    assert state().sync_token != token
    assert (busy(), Concern.objects.count()) == ([], 0)


def test_a_visit_that_followed_its_event_takes_its_time_once(google, shop, connection, now):
    on, visit = workday(now), book(shop, now)
    drain(connection)
    backdate()
    [event] = google.events()
    google.write({"id": event["id"], "start": {"dateTime": at(on, 15).isoformat()}})
    read(connection)
    assert busy() == [(at(on, 15), at(on, 17))]
    Visit.objects.filter(pk=visit.pk).update(starts_at=at(on, 15), ends_at=at(on, 17), blocked=(at(on, 15), at(on, 17)))
    read(connection)
    assert busy() == []
    assert not Concern.objects.filter(kind=Concern.Kind.BUSY_OVER_VISIT).exists()


def test_another_account_is_read_anew_and_the_same_one_keeps_its_choices(google, technician, connection, now):
    second = second_calendar(google, connection)
    on = workday(now)
    google.write(timed(on, 9), second.calendar_id)
    read(connection)
    connected(google, technician)
    assert ReadCalendar.objects.count() == 2
    assert len(busy()) == 1
    leaving.disconnect(connection, remove_visits=False, by="kim", now=now)
    leaving.clear(connection.pk, clock=timezone.now)
    assert set(ReadCalendar.objects.values_list("sync_token", "read_at")) == {("", None)}
    connected(google, technician, "other@example.com")
    assert ReadCalendar.objects.get().calendar_id == "other@example.com"
    assert busy() == []


def test_readings_take_the_same_statements_whatever_they_find(google, shop, connection, now):
    on = workday(now)
    counted = []
    for many in (1, 5):
        for number in range(many):
            google.write(timed(on + timedelta(days=number), 9 + many))
        with CaptureQueriesContext(database) as queries:
            read(connection)
        counted.append(len(queries))
    assert counted == [22, 22]
    assert len(reading.of_connection(connection.pk)) == 1
