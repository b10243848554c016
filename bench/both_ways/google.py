"""Google from outside of the product: what people do in Google's own app, and what the stand-in shows to their own access."""

from datetime import datetime
from typing import Any

import httpx

from calendars.google.oauth import SCOPES

Json = dict[str, Any]


class Google:
    """The stand-in at `url`. Not for several threads at once; `another()` is for the next one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(timeout=60, trust_env=False)

    def another(self) -> "Google":
        return Google(self.url)

    def close(self) -> None:
        self._http.close()

    def control(self, name: str, **body: Any) -> Json:
        answer: Json = self._http.post(f"{self.url}/_control/{name}", json=body).raise_for_status().json()
        return answer

    def grant(self, account: str) -> Json:
        """Let the product, or whoever asks, into an account."""
        return self.control("grants", account=account, scopes=list(SCOPES))

    def events(self, calendar: str) -> list[Json]:
        """What is in a calendar and not deleted; a series is one."""
        answer = self._http.get(f"{self.url}/_control/events", params={"calendarId": calendar}).raise_for_status().json()
        found: list[Json] = answer["calendars"].get(calendar, [])
        return found

    def write(self, calendar: str, event: Json, *, seen: Json | None = None) -> Json | None:
        """Create or change an event as the calendar's owner; None where it is not as it was `seen`."""
        body: Json = {"calendarId": calendar, "event": event}
        if seen is not None:
            body |= {"etag": seen["etag"]}
        answer = self._http.post(f"{self.url}/_control/events", json=body)
        if answer.status_code == 412:
            return None
        if answer.status_code != 200:
            raise RuntimeError(f"{answer.status_code} {answer.text}: {event}")
        written: Json = answer.json()
        return written

    def delete(self, calendar: str, event_id: str) -> bool:
        """Delete as the owner; False where there is no such event any more."""
        return self._http.delete(f"{self.url}/_control/events/{calendar}/{event_id}").status_code == 200

    def listed(self, account: str, calendar: str, *, since: datetime, until: datetime) -> tuple[str, list[Json]]:
        """The calendar's zone, and every event that overlaps the stretch, series as single events; by its owner's access."""
        headers = {"Authorization": f"Bearer {self.grant(account)['access_token']}"}
        found: list[Json] = []
        query = {"singleEvents": "true", "timeMin": since.isoformat(), "timeMax": until.isoformat(), "maxResults": "2500"}
        while True:
            answer = self._http.get(f"{self.url}/google/calendar/v3/calendars/{calendar}/events", params=query, headers=headers)
            page = answer.raise_for_status().json()
            found += page["items"]
            if "nextPageToken" not in page:
                return str(page["timeZone"]), found
            query["pageToken"] = page["nextPageToken"]

    def fault(self, **what: Any) -> None:
        self.control("faults", service="google", **what)

    def heal(self) -> None:
        """Google answers everything again, and tells of every change at once."""
        self.control("faults", clear=True)
        self.control("settings", notifications_lost=0.0, notifications_doubled=0.0, notifications_late_seconds=0.0)
