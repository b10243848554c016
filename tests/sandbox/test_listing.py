"""events.list: ranges, pages, incremental sync, recurring events."""

from typing import Any

import pytest
from googleapiclient.errors import HttpError

from sandbox.google import discovery
from tests.sandbox.conftest import SAM, timed
from tests.sandbox.conftest import reason as said

DAY = {"timeMin": "2026-12-07T00:00:00-05:00", "timeMax": "2026-12-08T00:00:00-05:00"}


def add(service: Any, event_id: str, begins: str = "09:00", ends: str = "10:00", /, **more: Any) -> dict[str, Any]:
    body = timed(begins, ends, **({"id": event_id} | more))
    inserted: dict[str, Any] = service.events().insert(calendarId="primary", body=body).execute()
    return inserted


def ids(answer: dict[str, Any]) -> list[str]:
    return [item["id"] for item in answer["items"]]


def listed(service: Any, **query: Any) -> dict[str, Any]:
    answer: dict[str, Any] = service.events().list(calendarId="primary", **query).execute()
    discovery.check(discovery.document()["schemas"]["Events"], answer, "events")
    return answer


def test_a_range_excludes_what_only_touches_it(google: Any) -> None:
    service = google()
    add(service, "before", "08:00", "09:00")
    add(service, "inside", "09:30", "10:00")
    add(service, "after0", "12:00", "13:00")
    query = {"timeMin": "2026-12-07T09:00:00-05:00", "timeMax": "2026-12-07T12:00:00-05:00"}
    answer = listed(service, **query)
    assert ids(answer) == ["inside"]
    assert (answer["timeZone"], answer["accessRole"]) == ("America/New_York", "owner")


def test_an_all_day_event_lies_in_the_calendars_zone(google: Any) -> None:
    service = google()
    add(service, "dated", start={"date": "2026-12-07"}, end={"date": "2026-12-08"})
    assert ids(listed(service, timeMin="2026-12-08T04:59:00Z", timeMax="2026-12-09T00:00:00Z")) == ["dated"]
    assert ids(listed(service, timeMin="2026-12-08T05:00:00Z", timeMax="2026-12-09T00:00:00Z")) == []


def test_filters(google: Any) -> None:
    service = google()
    add(service, "event1", summary="Furnace", extendedProperties={"private": {"booking": "1"}})
    add(service, "event2", "11:00", "12:00", summary="Dentist", eventType="outOfOffice")
    assert ids(listed(service, privateExtendedProperty="booking=1")) == ["event1"]
    assert ids(listed(service, q="dentist")) == ["event2"]
    assert ids(listed(service, eventTypes=["outOfOffice"])) == ["event2"]
    assert ids(listed(service, iCalUID="event1@google.com")) == ["event1"]
    assert ids(listed(service, orderBy="startTime", singleEvents=True)) == ["event1", "event2"]
    with pytest.raises(HttpError) as error:
        listed(service, orderBy="startTime")
    assert said(error) == (400, "invalid")


def test_deleted_events_show_on_request_only(google: Any) -> None:
    service = google()
    add(service, "event1")
    service.events().delete(calendarId="primary", eventId="event1").execute()
    assert ids(listed(service)) == []
    [tombstone] = listed(service, showDeleted=True)["items"]
    assert set(tombstone) == {"kind", "etag", "id", "status"}
    assert tombstone["status"] == "cancelled"


def test_only_the_last_page_has_a_sync_token(google: Any) -> None:
    service = google()
    for number in range(7):
        add(service, f"event{number}")
    answer, seen = listed(service, maxResults=3), []
    for _ in range(3):
        seen += ids(answer)
        if "nextPageToken" not in answer:
            break
        assert "nextSyncToken" not in answer
        answer = listed(service, maxResults=3, pageToken=answer["nextPageToken"])
    assert seen == [f"event{number}" for number in range(7)]
    assert "nextSyncToken" in answer


def test_pages_miss_nothing_that_changes_meanwhile(google: Any) -> None:
    service = google()
    for number in range(4):
        add(service, f"event{number}")
    first = listed(service, maxResults=2)
    service.events().patch(calendarId="primary", eventId="event0", body={"summary": "Changed"}).execute()
    add(service, "event9")
    rest = listed(service, maxResults=10, pageToken=first["nextPageToken"])
    assert ids(rest) == ["event2", "event3", "event0", "event9"]
    assert listed(service, syncToken=rest["nextSyncToken"])["items"] == []


def test_ordered_pages(google: Any) -> None:
    service = google()
    for hour in (12, 10, 11):
        add(service, f"event{hour}", f"{hour}:00", f"{hour}:30")
    first = listed(service, maxResults=2, orderBy="startTime", singleEvents=True)
    rest = listed(service, maxResults=2, orderBy="startTime", singleEvents=True, pageToken=first["nextPageToken"])
    assert ids(first) + ids(rest) == ["event10", "event11", "event12"]
    assert "nextSyncToken" not in rest


def test_incremental_sync_tells_changes_and_tombstones(google: Any) -> None:
    service = google()
    for number in range(3):
        add(service, f"event{number}")
    token = listed(service, singleEvents=True)["nextSyncToken"]
    service.events().delete(calendarId="primary", eventId="event1").execute()
    service.events().patch(calendarId="primary", eventId="event0", body={"summary": "Changed"}).execute()
    answer = listed(service, singleEvents=True, syncToken=token)
    assert ids(answer) == ["event1", "event0"]
    assert set(answer["items"][0]) == {"kind", "etag", "id", "status"}
    assert listed(service, singleEvents=True, syncToken=answer["nextSyncToken"])["items"] == []
    # the same token again gives the same changes
    assert ids(listed(service, singleEvents=True, syncToken=token)) == ["event1", "event0"]


@pytest.mark.parametrize(
    "query",
    [DAY, {"q": "x"}, {"orderBy": "updated"}, {"updatedMin": "2026-12-07T00:00:00Z"}, {"iCalUID": "x"},
     {"privateExtendedProperty": "a=b"}, {"showDeleted": False}, {"singleEvents": False}],
)  # fmt: skip
def test_a_sync_token_suffers_no_filters(google: Any, query: dict[str, Any]) -> None:
    service = google()
    token = listed(service, singleEvents=True)["nextSyncToken"]
    with pytest.raises(HttpError) as error:
        listed(service, **({"singleEvents": True, "syncToken": token} | query))
    assert said(error) == (400, "invalid")


def test_an_expired_sync_token_asks_for_a_full_sync(google: Any, control: Any) -> None:
    service = google()
    token = listed(service)["nextSyncToken"]
    assert control.post("/expire-sync-tokens").json() == {"expired": [SAM]}
    with pytest.raises(HttpError) as error:
        listed(service, syncToken=token)
    assert said(error) == (410, "fullSyncRequired")
    assert "nextSyncToken" in listed(service)
    with pytest.raises(HttpError) as error:
        listed(service, syncToken="rubbish")
    assert said(error) == (400, "invalid")


WEEKLY = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/New_York:20261214T090000"]}


def test_a_series_is_one_master_or_its_instances(google: Any) -> None:
    service = google()
    add(service, "series", **WEEKLY)
    assert ids(listed(service)) == ["series"]
    instances = listed(service, singleEvents=True)["items"]
    assert [each["start"]["dateTime"][:10] for each in instances] == ["2026-12-07", "2026-12-21", "2026-12-28"]
    assert instances[1]["id"] == "series_20261221T140000Z"
    assert instances[1]["recurringEventId"] == "series"
    assert instances[1]["originalStartTime"]["dateTime"] == "2026-12-21T09:00:00-05:00"
    assert "recurrence" not in instances[1]
    assert ids(service.events().instances(calendarId="primary", eventId="series").execute()) == [each["id"] for each in instances]
    week = {"timeMin": "2026-12-21T00:00:00Z", "timeMax": "2026-12-22T00:00:00Z"}
    assert ids(listed(service, singleEvents=True, **week)) == ["series_20261221T140000Z"]
    assert ids(listed(service, **week)) == ["series"]


def test_a_series_keeps_its_wall_time_over_the_clock_change(google: Any) -> None:
    service = google()
    zone = {"timeZone": "America/New_York"}
    start, end = zone | {"dateTime": "2027-03-08T09:00:00"}, zone | {"dateTime": "2027-03-08T10:00:00"}
    rule = ["RRULE:FREQ=WEEKLY;UNTIL=20270323T000000Z"]
    add(service, "series", start=start, end=end, recurrence=rule)
    starts = [each["start"]["dateTime"] for each in listed(service, singleEvents=True)["items"]]
    assert starts == ["2027-03-08T09:00:00-05:00", "2027-03-15T09:00:00-04:00", "2027-03-22T09:00:00-04:00"]


def test_an_endless_all_day_series_has_a_horizon(google: Any) -> None:
    service = google()
    body = {"start": {"date": "2026-12-07"}, "end": {"date": "2026-12-08"}, "recurrence": ["RRULE:FREQ=DAILY"]}
    add(service, "series", **body)
    answer = listed(service, singleEvents=True, maxResults=2500)
    assert 730 < len(answer["items"]) <= 2000
    assert answer["items"][0]["id"] == "series_20261207"


def test_changed_and_cancelled_instances_stand_in_their_places(google: Any) -> None:
    service = google()
    add(service, "series", **WEEKLY)
    token = listed(service, singleEvents=True)["nextSyncToken"]
    master_token = listed(service)["nextSyncToken"]
    moved = timed("15:00", "16:00", "Moved")
    service.events().patch(calendarId="primary", eventId="series_20261207T140000Z", body=moved).execute()
    service.events().delete(calendarId="primary", eventId="series_20261221T140000Z").execute()

    instances = {each["id"]: each for each in listed(service, singleEvents=True)["items"]}
    assert set(instances) == {"series_20261207T140000Z", "series_20261228T140000Z"}
    assert instances["series_20261207T140000Z"]["start"]["dateTime"] == "2026-12-07T15:00:00-05:00"
    changes = listed(service, singleEvents=True, syncToken=token)["items"]
    assert [(each["id"], each["status"]) for each in changes] == [
        ("series_20261207T140000Z", "confirmed"),
        ("series_20261221T140000Z", "cancelled"),
    ]
    assert changes[1]["recurringEventId"] == "series"
    assert changes[1]["originalStartTime"]["dateTime"] == "2026-12-21T09:00:00-05:00"
    # without expansion: the master, and both exceptions, the cancelled one too
    assert set(ids(listed(service))) == {"series", "series_20261207T140000Z", "series_20261221T140000Z"}
    assert set(ids(listed(service, syncToken=master_token))) == {"series_20261207T140000Z", "series_20261221T140000Z"}


def test_a_deleted_or_shortened_series_leaves_tombstones_of_its_instances(google: Any) -> None:
    service = google()
    add(service, "series", **WEEKLY)
    token = listed(service, singleEvents=True)["nextSyncToken"]
    shorter = {"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=3", WEEKLY["recurrence"][1]]}
    service.events().patch(calendarId="primary", eventId="series", body=shorter).execute()
    answer = listed(service, singleEvents=True, syncToken=token)
    states = {each["id"]: each["status"] for each in answer["items"]}
    assert states == {
        "series_20261207T140000Z": "confirmed",
        "series_20261221T140000Z": "confirmed",
        "series_20261228T140000Z": "cancelled",
    }
    service.events().delete(calendarId="primary", eventId="series").execute()
    gone = listed(service, singleEvents=True, syncToken=answer["nextSyncToken"])["items"]
    assert {each["status"] for each in gone} == {"cancelled"}
    assert {each["id"] for each in gone} == set(states)
    assert listed(service, singleEvents=True)["items"] == []


def test_a_page_may_end_inside_a_series(google: Any) -> None:
    service = google()
    add(service, "series", recurrence=["RRULE:FREQ=DAILY;COUNT=7"])
    add(service, "single")
    answer = listed(service, singleEvents=True, maxResults=3)
    seen = ids(answer)
    while "nextPageToken" in answer:
        answer = listed(service, singleEvents=True, maxResults=3, pageToken=answer["nextPageToken"])
        seen += ids(answer)
    assert len(seen) == len(set(seen)) == 8
