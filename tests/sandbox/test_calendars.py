"""Calendar list, free/busy, push channels, shapes and quotas."""

import json
import time
from typing import Any

import httpx
import pytest
from googleapiclient.errors import HttpError

from sandbox.google import discovery
from tests.outside import http
from tests.sandbox.conftest import SAM, Mailbox, timed
from tests.sandbox.conftest import reason as said

FREE_BUSY = "https://www.googleapis.com/auth/calendar.events"


def busy(service: Any, *calendars: str) -> dict[str, Any]:
    body = {
        "timeMin": "2026-12-07T00:00:00-05:00",
        "timeMax": "2026-12-08T00:00:00-05:00",
        "timeZone": "America/New_York",
        "items": [{"id": each} for each in calendars],
    }
    answer = service.freebusy().query(body=body).execute()
    discovery.check(discovery.document()["schemas"]["FreeBusyResponse"], answer, "freeBusy")
    found: dict[str, Any] = answer["calendars"]
    return found


def test_free_busy_merges_what_blocks(google: Any) -> None:
    service = google()
    declined = [{"email": SAM, "responseStatus": "declined"}, {"email": "ann@example.com"}]
    for body in (
        timed("09:00", "10:00"),
        timed("09:30", "11:00", status="tentative"),
        timed("12:00", "13:00", transparency="transparent"),
        timed("13:00", "14:00", attendees=declined),
        timed("15:00", "16:00", recurrence=["RRULE:FREQ=DAILY;COUNT=2"]),
    ):
        service.events().insert(calendarId="primary", body=body).execute()
    assert busy(service, "primary") == {
        "primary": {
            "busy": [
                {"start": "2026-12-07T09:00:00-05:00", "end": "2026-12-07T11:00:00-05:00"},
                {"start": "2026-12-07T15:00:00-05:00", "end": "2026-12-07T16:00:00-05:00"},
            ]
        }
    }


def test_a_calendar_that_cannot_be_read_is_an_error_inside_a_200(google: Any) -> None:
    google("ann@example.com")
    answer = busy(google(), SAM, "ann@example.com")
    assert answer[SAM] == {"busy": []}
    assert answer["ann@example.com"]["errors"] == [{"domain": "global", "reason": "notFound"}]


def test_free_busy_refuses_a_long_range_and_a_narrow_scope(google: Any) -> None:
    body = {"timeMin": "2026-12-07T00:00:00Z", "timeMax": "2027-06-07T00:00:00Z", "items": [{"id": "primary"}]}
    with pytest.raises(HttpError) as error:
        google().freebusy().query(body=body).execute()
    assert said(error) == (400, "timeRangeTooLong")
    with pytest.raises(HttpError) as error:
        google(scopes=(FREE_BUSY,)).freebusy().query(body=body).execute()
    assert said(error) == (403, "insufficientPermissions")


def test_the_calendar_list_holds_the_own_and_the_shared(google: Any, control: httpx.Client) -> None:
    control.post("/calendars", json={"id": "team@group", "owner": "ann@example.com", "shared_with": {SAM: "writer"}})
    service = google()
    answer = service.calendarList().list().execute()
    discovery.check(discovery.document()["schemas"]["CalendarList"], answer, "calendarList")
    assert [(each["id"], each["accessRole"]) for each in answer["items"]] == [(SAM, "owner"), ("team@group", "writer")]
    assert service.calendarList().list(minAccessRole="owner").execute()["items"][0]["primary"] is True
    assert service.calendarList().get(calendarId="primary").execute()["id"] == SAM
    assert service.calendars().get(calendarId="primary").execute()["timeZone"] == "America/New_York"


def watch(service: Any, mailbox: Mailbox, channel_id: str = "channel-1", **more: Any) -> dict[str, Any]:
    body = {"id": channel_id, "type": "web_hook", "address": f"{mailbox.url}/hook", "token": "secret"} | more
    channel: dict[str, Any] = service.events().watch(calendarId="primary", body=body).execute()
    return channel


def test_a_channel_is_told_of_every_change(google: Any, mailbox: Mailbox, control: httpx.Client) -> None:
    service = google()
    channel = watch(service, mailbox, params={"ttl": "3600"})
    discovery.check(discovery.document()["schemas"]["Channel"], channel, "channel")
    assert 3_500 < int(channel["expiration"]) / 1000 - time.time() <= 3_600
    [sync] = mailbox.wait(1)
    assert sync.body == b""
    assert sync.headers["X-Goog-Resource-State"] == "sync"
    assert sync.headers["X-Goog-Message-Number"] == "1"
    assert sync.headers["X-Goog-Channel-ID"] == "channel-1"
    assert sync.headers["X-Goog-Channel-Token"] == "secret"
    assert sync.headers["X-Goog-Resource-ID"] == channel["resourceId"]
    assert sync.headers["X-Goog-Resource-URI"] == channel["resourceUri"]

    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event1")).execute()
    mailbox.wait(2)
    control.delete(f"/events/{SAM}/event1")
    last = mailbox.wait(3)[-1]
    assert last.headers["X-Goog-Resource-State"] == "exists"
    numbers = [int(each.headers["X-Goog-Message-Number"]) for each in mailbox.requests]
    assert numbers == sorted(set(numbers))

    service.channels().stop(body={"id": "channel-1", "resourceId": channel["resourceId"]}).execute()
    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event2")).execute()
    time.sleep(0.3)
    assert len(mailbox.requests) == 3


def test_a_notification_is_sent_again_after_503_only(google: Any, mailbox: Mailbox) -> None:
    mailbox.answers = [503, 404]
    service = google()
    watch(service, mailbox)
    assert [each.headers["X-Goog-Resource-State"] for each in mailbox.wait(2)] == ["sync", "sync"]
    time.sleep(0.7)
    assert len(mailbox.requests) == 2


def test_notifications_are_lost_doubled_and_late_as_wished(google: Any, control: httpx.Client, mailbox: Mailbox) -> None:
    service = google()
    watch(service, mailbox)
    mailbox.wait(1)
    control.post("/settings", json={"notifications_doubled": 1.0})
    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event1")).execute()
    first, second = (each.headers["X-Goog-Message-Number"] for each in mailbox.wait(3)[1:])
    assert first == second
    control.post("/settings", json={"notifications_doubled": 0.0, "notifications_lost": 1.0})
    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event2")).execute()
    time.sleep(0.3)
    assert len(mailbox.requests) == 3
    control.post("/settings", json={"notifications_lost": 0.0, "notifications_late_seconds": 0.5})
    for number in range(4):
        service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id=f"later{number}")).execute()
        time.sleep(0.1)
    came = mailbox.wait(7)[3:]
    assert len({each.headers["X-Goog-Message-Number"] for each in came}) == 4


def test_channels_google_would_refuse(google: Any, mailbox: Mailbox) -> None:
    service = google()
    watch(service, mailbox)
    for more, expected in (
        ({}, "channelIdNotUnique"),
        ({"id": "c2", "address": "http://example.com/hook"}, "push.webhookUrlNotHttps"),
        ({"id": "c3", "type": "email"}, "channelUnknown"),
        ({"id": "c4" * 40}, "invalid"),
        ({"id": "c5", "token": "x" * 257}, "invalid"),
    ):
        with pytest.raises(HttpError) as error:
            watch(service, mailbox, **more)
        assert said(error) == (400, expected)
    with pytest.raises(HttpError) as error:
        google("ann@example.com").channels().stop(body={"id": "channel-1", "resourceId": "x"}).execute()
    assert said(error) == (404, "notFound")


def test_a_channel_dies_with_its_consent(google: Any, mailbox: Mailbox, control: httpx.Client) -> None:
    watch(google(), mailbox)
    mailbox.wait(1)
    assert control.post("/revoke", json={"account": SAM}).json() == {"revoked": 1}
    control.post("/events", json={"calendarId": SAM, "event": timed("09:00", "10:00")})
    time.sleep(0.3)
    assert len(mailbox.requests) == 1
    assert control.get("/channels").json() == {"channels": []}


def request(sandbox: Any, control: httpx.Client, method: str, path: str, **more: Any) -> httpx.Response:
    grant = control.post("/grants", json={"account": SAM, "scopes": ["https://www.googleapis.com/auth/calendar"]})
    headers = {"Authorization": f"Bearer {grant.json()['access_token']}"}
    url = f"{sandbox.url}/google/calendar/v3/{path}"
    return http.request(method, url, headers=headers, **more)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "calendars/primary/events?maxResult=3", None),
        ("GET", "calendars/primary/events?maxResults=many", None),
        ("GET", "calendars/primary/events?maxResults=0", None),
        ("GET", "calendars/primary/events?singleEvents=True", None),
        ("GET", "calendars/primary/events?orderBy=start", None),
        ("GET", "calendars/primary/events?timeMin=2026-12-07T00:00:00", None),
        ("GET", "calendars/primary/events?q=a&q=b", None),
        ("POST", "calendars/primary/events?sendUpdates=some", timed("09:00", "10:00")),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", sumary="typo")),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", summary=7)),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", summary=None)),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", attendees={"email": "a@b.c"})),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", reminders={"useDefaults": True})),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", extendedProperties={"private": {"n": 1}})),
        ("POST", "calendars/primary/events", timed("09:00", "10:00", start={"date": "7 December"})),
        ("POST", "calendars/primary/events", ["a", "list"]),
        ("POST", "freeBusy", {"timeMin": "2026-12-07T00:00:00Z", "timemax": "2026-12-08T00:00:00Z"}),
    ],
)
def test_what_the_discovery_document_does_not_know_is_refused(
    sandbox: Any, control: httpx.Client, method: str, path: str, body: Any
) -> None:
    answer = request(sandbox, control, method, path, json=body)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["errors"][0]["domain"] == "global"
    assert control.get("/events").json() == {"calendars": {SAM: []}}


def test_standard_parameters_are_allowed(sandbox: Any, control: httpx.Client) -> None:
    query = "alt=json&prettyPrint=false&fields=items&quotaUser=x&key=y"
    assert request(sandbox, control, "GET", f"calendars/primary/events?{query}").status_code == 200


def test_what_is_not_served_says_so(sandbox: Any, control: httpx.Client) -> None:
    assert request(sandbox, control, "GET", "colors").status_code == 501
    assert request(sandbox, control, "GET", "no/such/thing").status_code == 404


def test_quotas_are_refused_in_googles_words(google: Any, control: httpx.Client) -> None:
    service = google()
    control.post("/settings", json={"quota_per_minute_user": 2})
    for _ in range(2):
        service.events().list(calendarId="primary").execute()
    with pytest.raises(HttpError) as error:
        service.events().list(calendarId="primary").execute()
    assert said(error) == (403, "userRateLimitExceeded")
    assert json.loads(error.value.content)["error"]["errors"][0]["domain"] == "usageLimits"
    google("ann@example.com").events().list(calendarId="primary").execute()
    control.post("/settings", json={"quota_per_minute_project": 1})
    google("bob@example.com").events().list(calendarId="primary").execute()
    with pytest.raises(HttpError) as error:
        google("eve@example.com").events().list(calendarId="primary").execute()
    assert said(error) == (403, "rateLimitExceeded")
