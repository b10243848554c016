"""Calendar events: writes and reads of one event, through Google's own library."""

from typing import Any

import pytest
from googleapiclient.errors import HttpError

from sandbox.google import discovery
from tests.sandbox.conftest import SAM, timed
from tests.sandbox.conftest import reason as said

EVENT_ID = "0123456789abcdefghijklmnopqrstuv"


def test_insert_gives_the_event_as_google_describes_it(google: Any) -> None:
    event = google().events().insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()
    discovery.check(discovery.document()["schemas"]["Event"], event, "event")
    assert event["id"] == EVENT_ID
    assert event["kind"] == "calendar#event"
    assert event["status"] == "confirmed"
    assert event["sequence"] == 0
    assert event["iCalUID"] == f"{EVENT_ID}@google.com"
    assert event["organizer"] == event["creator"] == {"email": SAM, "self": True}
    assert event["start"] == {"dateTime": "2026-12-07T09:00:00-05:00", "timeZone": "America/New_York"}
    assert event["etag"].startswith('"')


def test_times_are_shown_in_the_calendars_zone_or_the_one_asked_for(google: Any) -> None:
    service = google()
    body = {"start": {"dateTime": "2026-12-07T14:00:00Z"}, "end": {"dateTime": "2026-12-07T15:00:00Z"}}
    event = service.events().insert(calendarId="primary", body=body).execute()
    assert event["start"]["dateTime"] == "2026-12-07T09:00:00-05:00"
    berlin = service.events().get(calendarId="primary", eventId=event["id"], timeZone="Europe/Berlin").execute()
    assert berlin["start"]["dateTime"] == "2026-12-07T15:00:00+01:00"


@pytest.mark.parametrize("bad_id", ["abcd", "with-hyphen", "UPPERCASE", "wxyz0", "a" * 1025])
def test_ids_outside_base32hex_are_refused(google: Any, bad_id: str) -> None:
    service = google()
    with pytest.raises(HttpError) as error:
        service.events().insert(calendarId="primary", body=timed("09:00", "11:00", id=bad_id)).execute()
    assert said(error) == (400, "invalid")
    assert service.events().list(calendarId="primary").execute()["items"] == []


def test_an_id_is_taken_for_ever(google: Any) -> None:
    events = google().events()
    body = timed("09:00", "11:00", id=EVENT_ID)
    events.insert(calendarId="primary", body=body).execute()
    with pytest.raises(HttpError) as error:
        events.insert(calendarId="primary", body=body).execute()
    assert said(error) == (409, "duplicate")

    events.delete(calendarId="primary", eventId=EVENT_ID).execute()
    with pytest.raises(HttpError) as error:
        events.insert(calendarId="primary", body=body).execute()
    assert said(error) == (409, "duplicate")
    for change in (events.update, events.patch):
        with pytest.raises(HttpError) as error:
            change(calendarId="primary", eventId=EVENT_ID, body=timed("12:00", "13:00")).execute()
        assert said(error) == (403, "forbidden")
    assert events.get(calendarId="primary", eventId=EVENT_ID).execute()["status"] == "cancelled"
    with pytest.raises(HttpError) as error:
        events.delete(calendarId="primary", eventId=EVENT_ID).execute()
    assert said(error) == (410, "deleted")


def test_the_same_id_lives_in_two_calendars(google: Any) -> None:
    for account in (SAM, "ann@example.com"):
        event = google(account).events().insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID))
        assert event.execute()["id"] == EVENT_ID


def test_unknown_events_and_calendars_are_not_found(google: Any) -> None:
    google("ann@example.com")
    events = google().events()
    for calendar_id in ("primary", "ann@example.com", "nobody@example.com"):
        with pytest.raises(HttpError) as error:
            events.get(calendarId=calendar_id, eventId=EVENT_ID).execute()
        assert said(error) == (404, "notFound")


def test_update_replaces_and_patch_keeps(google: Any) -> None:
    events = google().events()
    props = {"private": {"booking": "7", "old": "x"}}
    first = events.insert(
        calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID, location="1 Main St", extendedProperties=props)
    ).execute()
    patched = events.patch(
        calendarId="primary",
        eventId=EVENT_ID,
        body={"summary": "Patched", "extendedProperties": {"private": {"old": None, "new": "y"}}},
    ).execute()
    assert patched["location"] == "1 Main St"
    assert patched["extendedProperties"] == {"private": {"booking": "7", "new": "y"}}
    assert patched["sequence"] == 0
    assert patched["etag"] != first["etag"]
    replaced = events.update(calendarId="primary", eventId=EVENT_ID, body=timed("12:00", "13:00", "Moved")).execute()
    assert "location" not in replaced
    assert "extendedProperties" not in replaced
    assert replaced["sequence"] == 1
    assert replaced["created"] == first["created"]


def test_a_stale_etag_changes_nothing(google: Any) -> None:
    events = google().events()
    stale = events.insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()["etag"]
    request = events.patch(calendarId="primary", eventId=EVENT_ID, body={"summary": "By hand"})
    request.headers["If-Match"] = stale
    current = request.execute()
    for make in (
        lambda: events.patch(calendarId="primary", eventId=EVENT_ID, body={"summary": "Ours"}),
        lambda: events.update(calendarId="primary", eventId=EVENT_ID, body=timed("12:00", "13:00")),
        lambda: events.delete(calendarId="primary", eventId=EVENT_ID),
    ):
        request = make()
        request.headers["If-Match"] = stale
        with pytest.raises(HttpError) as error:
            request.execute()
        assert said(error) == (412, "conditionNotMet")
    assert events.get(calendarId="primary", eventId=EVENT_ID).execute() == current


def test_if_none_match_answers_304(google: Any) -> None:
    events = google().events()
    etag = events.insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()["etag"]
    request = events.get(calendarId="primary", eventId=EVENT_ID)
    request.headers["If-None-Match"] = etag
    with pytest.raises(HttpError) as error:
        request.execute()
    assert error.value.resp.status == 304


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"summary": "No times"}, (400, "required")),
        ({"start": {"date": "2026-12-07"}, "end": {"dateTime": "2026-12-07T10:00:00Z"}}, (400, "invalid")),
        (timed("11:00", "09:00"), (400, "timeRangeEmpty")),
        ({"start": {"dateTime": "2026-12-07T10:00:00"}, "end": {"dateTime": "2026-12-07T11:00:00Z"}}, (400, "required")),
        (timed("09:00", "10:00", eventType="fromGmail"), (400, "eventTypeRestriction")),
        (timed("09:00", "10:00", eventType="focusTime", transparency="transparent"), (400, "eventTypeRestriction")),
        (timed("09:00", "10:00", id=EVENT_ID, iCalUID="x@y"), (400, "invalid")),
        (timed("09:00", "10:00", recurrence=["RRULE:FREQ=SOMETIMES"]), (400, "invalid")),
        (timed("09:00", "10:00", start={"dateTime": "2026-12-07T09:00:00Z", "timeZone": "Mars/Base"}), (400, "invalid")),
    ],
)
def test_events_google_would_refuse(google: Any, body: dict[str, Any], expected: tuple[int, str]) -> None:
    service = google()
    with pytest.raises(HttpError) as error:
        service.events().insert(calendarId="primary", body=body).execute()
    assert said(error) == expected
    assert service.events().list(calendarId="primary").execute()["items"] == []


def test_a_time_without_an_offset_is_in_its_zone(google: Any) -> None:
    at = {"timeZone": "America/Los_Angeles"}
    body = {"start": at | {"dateTime": "2026-12-07T09:00:00"}, "end": at | {"dateTime": "2026-12-07T10:00:00"}}
    event = google().events().insert(calendarId="primary", body=body).execute()
    assert event["start"] == {"dateTime": "2026-12-07T12:00:00-05:00", "timeZone": "America/Los_Angeles"}


def test_extended_properties_have_silent_limits(google: Any) -> None:
    private = {"k" * 45: "dropped", "k" * 44: "v" * 2000}
    body = timed("09:00", "10:00", extendedProperties={"private": private})
    event = google().events().insert(calendarId="primary", body=body).execute()
    assert event["extendedProperties"] == {"private": {"k" * 44: "v" * 1024}}


def test_reminders_alone_do_not_count_as_an_update(google: Any) -> None:
    events = google().events()
    first = events.insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()
    reminders = {"useDefault": False, "overrides": [{"method": "popup", "minutes": 10}]}
    second = events.patch(calendarId="primary", eventId=EVENT_ID, body={"reminders": reminders}).execute()
    assert second["updated"] == first["updated"]
    assert second["etag"] != first["etag"]


def test_a_lower_sequence_is_refused(google: Any) -> None:
    events = google().events()
    events.insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()
    moved = events.patch(calendarId="primary", eventId=EVENT_ID, body=timed("12:00", "13:00")).execute()
    assert moved["sequence"] == 1
    with pytest.raises(HttpError) as error:
        events.update(calendarId="primary", eventId=EVENT_ID, body=timed("12:00", "13:00", sequence=0)).execute()
    assert said(error) == (400, "invalid")
    assert events.update(calendarId="primary", eventId=EVENT_ID, body=moved).execute()["sequence"] == 1


def test_an_event_becomes_all_day_and_back(google: Any) -> None:
    events = google().events()
    events.insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()
    with pytest.raises(HttpError) as error:
        events.patch(calendarId="primary", eventId=EVENT_ID, body={"start": {"date": "2026-12-07"}}).execute()
    assert said(error) == (400, "invalid")
    day = {"start": {"date": "2026-12-07", "dateTime": None}, "end": {"date": "2026-12-08", "dateTime": None}}
    event = events.patch(calendarId="primary", eventId=EVENT_ID, body=day).execute()
    assert (event["start"], event["end"]) == ({"date": "2026-12-07"}, {"date": "2026-12-08"})


@pytest.mark.parametrize(
    ("scope", "may_read", "may_write"),
    [
        ("calendar", True, True),
        ("calendar.events", True, True),
        ("calendar.events.owned", True, True),
        ("calendar.readonly", True, False),
        ("calendar.events.readonly", True, False),
        ("calendar.freebusy", False, False),
        ("calendar.calendarlist.readonly", False, False),
    ],
)
def test_scopes_open_methods(google: Any, scope: str, may_read: bool, may_write: bool) -> None:
    events = google(scopes=(f"https://www.googleapis.com/auth/{scope}",)).events()
    for allowed, request in (
        (may_read, events.list(calendarId="primary")),
        (may_write, events.insert(calendarId="primary", body=timed("09:00", "11:00"))),
    ):
        if allowed:
            request.execute()
            continue
        with pytest.raises(HttpError) as error:
            request.execute()
        assert said(error) == (403, "insufficientPermissions")


def test_shared_calendars_have_roles(google: Any, control: Any) -> None:
    reader, owner = google("ann@example.com"), google(SAM)
    owner.events().insert(calendarId="primary", body=timed("09:00", "11:00", id=EVENT_ID)).execute()
    control.post("/calendars", json={"id": SAM, "shared_with": {"ann@example.com": "reader"}})
    assert reader.events().get(calendarId=SAM, eventId=EVENT_ID).execute()["summary"] == "Visit"
    with pytest.raises(HttpError) as error:
        reader.events().delete(calendarId=SAM, eventId=EVENT_ID).execute()
    assert said(error) == (403, "requiredAccessLevel")
    control.post("/calendars", json={"id": SAM, "shared_with": {"ann@example.com": "freeBusyReader"}})
    assert "summary" not in reader.events().get(calendarId=SAM, eventId=EVENT_ID).execute()
    control.post("/calendars", json={"id": SAM, "shared_with": {"ann@example.com": "writer"}})
    reader.events().delete(calendarId=SAM, eventId=EVENT_ID).execute()
    owned_only = google("ann@example.com", ("https://www.googleapis.com/auth/calendar.events.owned",))
    with pytest.raises(HttpError) as error:
        owned_only.events().get(calendarId=SAM, eventId=EVENT_ID).execute()
    assert said(error) == (404, "notFound")
