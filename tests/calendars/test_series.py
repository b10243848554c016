"""Recurring events: each instance by itself, whatever was done to it, before the first reading or after."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from bookings.models import BusyBlock
from calendars import leases
from calendars.models import ReadCalendar
from calendars.services import intake
from tests.calendars.conftest import at, connected, read, workday
from tests.calendars.test_pull import busy, timed
from tests.calendars.test_sync import a_reading

pytestmark = pytest.mark.django_db(transaction=True)


def daily(on, hour, count=5):
    zone = {"timeZone": "America/New_York"}
    start, end = at(on, hour), at(on, hour + 1)
    return {
        "start": {"dateTime": start.isoformat()} | zone,
        "end": {"dateTime": end.isoformat()} | zone,
        "recurrence": [f"RRULE:FREQ=DAILY;COUNT={count}"],
    }


def instance(event, on, hour):
    return f"{event['id']}_{at(on, hour).astimezone(ZoneInfo('UTC')):%Y%m%dT%H%M%SZ}"


def starts():
    return [start for start, _ in busy()]


def test_a_series_its_exceptions_and_their_end(google, connection, now):
    """Lesson 13: a cancelled instance that still fires, an edited one that comes twice."""
    on = workday(now)
    series = google.write(daily(on, 9))
    read(connection)
    assert len(busy()) == 5
    second, third = on + timedelta(days=1), on + timedelta(days=2)
    google.delete(instance(series, second, 9))
    google.write({"id": instance(series, third, 9), "start": {"dateTime": at(third, 15).isoformat()},
                  "end": {"dateTime": at(third, 16).isoformat()}})  # fmt: skip
    read(connection)
    expected = [at(on, 9), at(third, 15), at(on + timedelta(days=3), 9), at(on + timedelta(days=4), 9)]
    assert [start for start, _ in busy()] == expected
    google.post("expire-sync-tokens")
    read(connection)
    assert [start for start, _ in busy()] == expected
    google.delete(series["id"])
    read(connection)
    assert busy() == []


def test_a_series_of_which_google_names_only_itself_ends_with_its_instances(google, connection, now):
    """Lesson 13. What only begins alike stays: "this and following" makes a series of its own."""
    on = workday(now)
    calendar = ReadCalendar.objects.select_related("connection__technician", "connection__shop").get()
    lease = leases.take(calendar.pk, "pull")
    assert lease is not None
    listed = [timed(on, hour) | {"id": name} for hour, name in
              ((8, "abc_20261201T140000Z"), (9, "abc_20261202"), (10, "abc_R20261203T140000"), (11, "abcd"))]  # fmt: skip
    assert intake.take(calendar, a_reading(calendar, *listed), lease=lease, now=now)
    assert len(busy()) == 4
    assert intake.take(calendar, a_reading(calendar, {"id": "abc", "status": "cancelled"}), lease=lease, now=now)
    assert set(BusyBlock.objects.values_list("event_id", flat=True)) == {"abc_R20261203T140000", "abcd"}


def test_lesson_13_what_was_cancelled_before_the_first_reading_stays_cancelled(google, technician, now):
    """Others knew of a cancelled instance only by its cancellation, which was over when they came."""
    on = workday(now)
    second, third, fifth = (on + timedelta(days=days) for days in (1, 2, 4))
    series = google.write(daily(on, 9))
    google.delete(instance(series, second, 9))
    google.write({"id": instance(series, third, 9), "start": {"dateTime": at(third, 15).isoformat()},
                  "end": {"dateTime": at(third, 16).isoformat()}})  # fmt: skip
    connection = connected(google, technician)
    expected = [at(on, 9), at(third, 15), at(on + timedelta(days=3), 9), at(fifth, 9)]
    assert starts() == expected
    # Google lists the whole series again when its master is touched.
    google.write({"id": series["id"], "summary": "Physiotherapy"})
    read(connection)
    assert starts() == expected
    google.post("expire-sync-tokens")
    read(connection)
    assert starts() == expected
    google.delete(instance(series, fifth, 9))
    read(connection)
    assert starts() == expected[:-1]
    google.write({"id": instance(series, second, 9), "status": "confirmed"})
    read(connection)
    assert starts() == [at(on, 9), at(second, 9), *expected[1:-1]]


def test_lesson_13_a_cancelled_instance_that_we_never_knew_of_takes_nothing_with_it(google, connection, now):
    """Of such a one Google guarantees no more than these three fields."""
    on = workday(now)
    calendar = ReadCalendar.objects.select_related("connection__technician", "connection__shop").get()
    lease = leases.take(calendar.pk, "pull")
    assert lease is not None
    known = timed(on, 8) | {"id": "abc_20261201T130000Z", "recurringEventId": "abc"}
    gone = {"id": "abc_20261202T130000Z", "status": "cancelled", "recurringEventId": "abc",
            "originalStartTime": {"dateTime": at(on + timedelta(days=1), 8).isoformat()}}  # fmt: skip
    for whole in (True, False):
        assert intake.take(calendar, a_reading(calendar, known, gone, whole=whole), lease=lease, now=timezone.now())
        assert list(BusyBlock.objects.values_list("event_id", flat=True)) == ["abc_20261201T130000Z"]
    assert intake.take(calendar, a_reading(calendar, gone), lease=lease, now=timezone.now())
    assert starts() == [at(on, 8)]


def test_lesson_13_a_series_that_ended_long_ago_does_not_come_back_when_it_is_touched(google, connection, now):
    series = google.write(daily(now.date() - timedelta(days=60), 9))
    read(connection)
    assert busy() == []
    google.write({"id": series["id"], "summary": "Physiotherapy"})
    read(connection)
    assert busy() == []
