"""The sandbox's own side: what an owner does in Google's app, faults, reset, the kept state, many at once."""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from googleapiclient.errors import HttpError
from twilio.base.exceptions import TwilioRestException

from sandbox import serve
from tests.outside import TRUSTED, http
from tests.sandbox.conftest import SAM, SCOPE, timed
from tests.sandbox.conftest import reason as said

ROOT = Path(__file__).parent.parent.parent


def test_an_owner_creates_moves_and_deletes(google: Any, control: httpx.Client) -> None:
    events = google().events()
    made = control.post("/events", json={"calendarId": SAM, "event": timed("09:00", "11:00", "Dentist")}).json()
    assert control.get("/events").json()["calendars"][SAM][0]["summary"] == "Dentist"
    token = events.list(calendarId="primary").execute()["nextSyncToken"]

    start = {"dateTime": "2026-12-07T15:00:00-05:00"}
    control.post("/events", json={"calendarId": SAM, "event": {"id": made["id"], "start": start}})
    [moved] = events.list(calendarId="primary", syncToken=token).execute()["items"]
    assert (moved["id"], moved["summary"], moved["sequence"]) == (made["id"], "Dentist", 1)
    assert moved["end"]["dateTime"] == "2026-12-07T17:00:00-05:00"

    assert control.delete(f"/events/{SAM}/{made['id']}").status_code == 200
    assert control.delete(f"/events/{SAM}/{made['id']}").status_code == 404
    assert control.get("/events").json() == {"calendars": {SAM: []}}
    assert events.get(calendarId="primary", eventId=made["id"]).execute()["status"] == "cancelled"
    # out of the bin again
    control.post("/events", json={"calendarId": SAM, "event": {"id": made["id"]}})
    assert events.get(calendarId="primary", eventId=made["id"]).execute()["status"] == "confirmed"


def test_an_owner_makes_an_event_in_a_calendar_nobody_connected(control: httpx.Client) -> None:
    body = {"calendarId": "new@example.com", "event": {"start": {"date": "2026-12-07"}, "summary": "Off"}}
    made = control.post("/events", json=body).json()
    assert made["end"] == {"date": "2026-12-08"}
    assert control.post("/events", json={"calendarId": SAM, "event": {"sumary": "typo"}}).status_code == 400
    assert control.post("/events", json={"event": {}}).status_code == 400
    assert control.post("/events", content=b"{").status_code == 400


def test_an_owner_changes_only_what_they_have_seen(control: httpx.Client) -> None:
    made = control.post("/events", json={"calendarId": SAM, "event": timed("09:00", "11:00", "Dentist")}).json()
    change = {"calendarId": SAM, "event": {"id": made["id"], "summary": "Surgery"}, "etag": made["etag"]}
    changed = control.post("/events", json=change).json()
    assert changed["summary"] == "Surgery"
    assert control.post("/events", json=change).status_code == 412
    control.delete(f"/events/{SAM}/{made['id']}")
    assert control.post("/events", json=change | {"etag": changed["etag"]}).status_code == 412
    other = control.post("/events", json={"calendarId": "kim@example.com", "event": timed("09:00", "10:00")}).json()
    [shown] = control.get("/events", params={"calendarId": "kim@example.com"}).json()["calendars"].values()
    assert [each["id"] for each in shown] == [other["id"]]


def test_google_fails_in_its_own_words(google: Any, control: httpx.Client) -> None:
    events = google().events()
    control.post("/faults", json={"service": "google", "path": "/calendar", "status": 503, "count": 2})
    for _ in range(2):
        with pytest.raises(HttpError) as error:
            events.insert(calendarId="primary", body=timed("09:00", "10:00")).execute()
        assert said(error) == (503, "backendError")
    assert control.get("/events").json() == {"calendars": {SAM: []}}
    events.insert(calendarId="primary", body=timed("09:00", "10:00")).execute()
    assert control.get("/faults").json() == {"faults": []}


def test_twilio_and_vapi_fail_in_theirs(twilio: Any, vapi: httpx.Client, control: httpx.Client) -> None:
    control.post("/faults", json={"service": "twilio", "status": 429})
    with pytest.raises(TwilioRestException) as error:
        twilio.messages.create(to="+12125550201", from_="+12125550100", body="x")
    assert (error.value.status, error.value.code) == (429, 20429)
    control.post("/faults", json={"service": "vapi", "path": "call", "status": 503})
    answer = vapi.get("/call")
    assert (answer.status_code, answer.json()["statusCode"]) == (503, 503)
    assert vapi.get("/assistant").status_code == 200
    assert control.post("/faults", json={"clear": True}).json() == {"faults": []}
    assert vapi.get("/call").status_code == 200


def test_a_fault_without_a_status_only_delays_and_a_second_replaces_it(vapi: httpx.Client, control: Any) -> None:
    for latency in (400, 200):
        control.post("/faults", json={"service": "vapi", "latency_ms": latency})
    began = time.monotonic()
    assert vapi.get("/call").status_code == 200
    assert 0.2 <= time.monotonic() - began < 0.4


def test_a_dropped_connection_before_and_after_the_work(google: Any, control: httpx.Client) -> None:
    events = google().events()
    body = timed("09:00", "10:00", id="event1")
    control.post("/faults", json={"service": "google", "drop": True, "count": 2})  # httplib2 tries twice
    with pytest.raises((OSError, HttpError)):
        events.insert(calendarId="primary", body=body).execute()
    assert control.get("/events").json() == {"calendars": {SAM: []}}
    control.post("/faults", json={"clear": True})
    control.post("/faults", json={"service": "google", "status": 503, "after": True, "count": 1})
    with pytest.raises(HttpError) as error:
        events.insert(calendarId="primary", body=body).execute()
    assert said(error) == (503, "backendError")
    with pytest.raises(HttpError) as error:
        events.insert(calendarId="primary", body=body).execute()
    assert said(error) == (409, "duplicate")


@pytest.mark.parametrize(
    "wrong",
    [{}, {"service": "bank"}, {"service": "google"}, {"service": "google", "status": 200}, {"service": "vapi", "ms": 3},
     {"service": "vapi", "status": 503, "count": 0}],
)  # fmt: skip
def test_wrong_faults_and_settings_are_explained(control: httpx.Client, wrong: dict[str, Any]) -> None:
    answer = control.post("/faults", json=wrong)
    assert answer.status_code == 400
    assert answer.json()["error"]
    assert control.post("/settings", json={"access_token_seconds": "many"}).status_code == 400
    assert control.post("/settings", json={"nothing": 1}).status_code == 400


def test_reset_empties_everything_but_who_is_connected(
    google: Any, twilio: Any, vapi: httpx.Client, control: httpx.Client
) -> None:
    service = google()
    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event1")).execute()
    token = service.events().list(calendarId="primary").execute()["nextSyncToken"]
    twilio.messages.create(to="+12125550201", from_="+12125550100", body="x")
    control.post("/calls", json={"from": "+12125550201", "to": "+12125550100"})
    control.post("/faults", json={"service": "vapi", "latency_ms": 1})
    assert control.post("/reset").json() == {"reset": True}
    assert control.get("/events").json() == {"calendars": {SAM: []}}
    assert control.get("/messages").json() == {"messages": []}
    assert control.get("/calls").json() == {"calls": []}
    assert control.get("/faults").json() == {"faults": []}
    with pytest.raises(HttpError) as error:
        service.events().list(calendarId="primary", syncToken=token).execute()
    assert said(error) == (410, "fullSyncRequired")
    service.events().insert(calendarId="primary", body=timed("09:00", "10:00", id="event1")).execute()


def test_a_request_that_waits_when_all_is_reset_does_nothing(twilio: Any, control: httpx.Client) -> None:
    control.post("/faults", json={"service": "twilio", "latency_ms": 600})
    with ThreadPoolExecutor(1) as one:
        late = one.submit(twilio.messages.create, to="+12125550201", from_="+12125550100", body="x")
        time.sleep(0.3)
        control.post("/reset")
        with pytest.raises(TwilioRestException) as error:
            late.result()
    assert error.value.status == 503
    assert control.get("/messages").json() == {"messages": []}


def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "state.json"
    calendar = "google/calendar/v3/calendars/primary/events"
    with serve.start(state_file=file) as first:
        grant = http.post(f"{first.url}/_control/grants", json={"account": SAM, "scopes": [SCOPE]}).json()
        headers = {"Authorization": f"Bearer {grant['access_token']}"}
        for number in range(3):
            body = timed("09:00", "10:00", id=f"event{number}", recurrence=["RRULE:FREQ=DAILY;COUNT=2"])
            assert http.post(f"{first.url}/{calendar}", json=body, headers=headers).is_success
        http.delete(f"{first.url}/{calendar}/event1", headers=headers)
        before = http.get(f"{first.url}/{calendar}?showDeleted=true", headers=headers).json()
        http.delete(f"{first.url}/{calendar}/event2", headers=headers)
    with serve.start(state_file=file) as second:
        query = {"syncToken": before["nextSyncToken"]}
        after = http.get(f"{second.url}/{calendar}", params=query, headers=headers).json()
        assert [(each["id"], each["status"]) for each in after["items"]] == [("event2", "cancelled")]
        again = http.post(f"{second.url}/{calendar}", json=body | {"id": "event1"}, headers=headers)
        assert again.status_code == 409
    assert [each.name for each in file.parent.iterdir()] == ["state.json"]


@pytest.mark.processes
def test_the_command_keeps_its_state_soon_after_a_change(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--state", str(file)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        event = {"calendarId": SAM, "event": timed("09:00", "10:00", id="event1")}
        assert http.post(f"{url}_control/events", json=event).status_code == 200
        until = time.monotonic() + 5
        while not (file.exists() and "event1" in file.read_text()) and time.monotonic() < until:
            time.sleep(0.05)
        process.kill()  # no time to say goodbye
        process.wait(5)
        process.stdout.close()
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        kept = http.get(f"{url}_control/events").json()
        assert [each["id"] for each in kept["calendars"][SAM]] == ["event1"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    finally:
        process.kill()
        process.wait(5)
        if process.stdout is not None:
            process.stdout.close()


def test_many_at_once_each_write_once(sandbox: serve.Running, control: httpx.Client) -> None:
    token = control.post("/grants", json={"account": SAM, "scopes": [SCOPE]}).json()["access_token"]
    url = f"{sandbox.url}/google/calendar/v3/calendars/primary/events"
    limits = httpx.Limits(max_connections=50)
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, limits=limits, trust_env=False, verify=TRUSTED) as client:

        def insert(number: int) -> int:
            return client.post(url, json=timed("09:00", "10:00", id=f"event{number % 200}")).status_code

        with ThreadPoolExecutor(50) as pool:
            statuses = list(pool.map(insert, range(400)))
        assert (statuses.count(200), statuses.count(409)) == (200, 200)
        began = time.monotonic()
        items: list[Any] = client.get(url, params={"maxResults": 2500}).json()["items"]
        assert time.monotonic() - began < 1
    assert len({each["id"] for each in items}) == 200


def test_pages_for_a_curious_person(sandbox: serve.Running, google: Any, twilio: Any) -> None:
    body = timed("09:00", "10:00", "<b>HVAC</b> repair")
    event = google().events().insert(calendarId="primary", body=body).execute()
    twilio.messages.create(to="+12125550201", from_="+12125550100", body="See you & bye")
    for path in ("/", "/_control/"):
        page = http.get(sandbox.url + path)
        assert page.status_code == 200
        assert "&lt;b&gt;HVAC&lt;/b&gt; repair" in page.text
        assert "See you &amp; bye" in page.text
    assert "&lt;b&gt;HVAC" in http.get(event["htmlLink"]).text
    assert http.get(f"{sandbox.url}/google/calendar/event?eid=rubbish").status_code == 404
