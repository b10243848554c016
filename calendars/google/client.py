"""One calendar over HTTP: insert, get, update, delete, list. Owns timeouts, quota and the log line of each request.

One object per task, because httplib2 is not for several threads. Never inside a transaction, never retried here.
"""

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import google_auth_httplib2
import httplib2
import structlog
from django.conf import settings
from django.db import transaction
from google.auth.credentials import Credentials
from googleapiclient import discovery
from googleapiclient.http import HttpRequest

from calendars.google import errors, quota
from calendars.google.errors import GoogleError
from calendars.google.quota import Purse, Slow, Urgency
from wire.breaker import FIRST_SECONDS, Breaker, OpenError

log = structlog.get_logger(__name__)
_jitter = random.SystemRandom()
Json = dict[str, Any]

TIMEOUT_SECONDS = 10
PAGE_SIZE = 250
# One calendar may fail by itself: only many failures with no success between them say that Google is down.
BREAKER = Breaker("google", failures=8, trial_seconds=TIMEOUT_SECONDS + 5)
# What busy time takes to know. Titles, guests and places of the technician's own events are not even asked for.
_LISTED = (
    "timeZone,accessRole,nextPageToken,nextSyncToken,items(id,status,etag,start,end,transparency,eventType,recurringEventId,"
    "attendees(self,responseStatus),extendedProperties/private)"
)


def outside_transaction() -> None:
    """Refuse to wait for Google while rows are locked."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("Google is never called inside a database transaction")


class Calendar:
    """The events of one calendar. `before` runs ahead of each request and may raise; `label` stands in the log.

    `purse` says on whose account requests go; left out, they are readings of the connection `label`. `waited` is how long
    they were held back in all, in seconds, so as not to ask Google too often.
    """

    def __init__(
        self,
        calendar_id: str,
        credentials: Credentials,
        *,
        label: int | None,
        before: Callable[[], None] = lambda: None,
        purse: Purse | None = None,
    ) -> None:
        self.waited = 0.0
        self._calendar_id = calendar_id
        self._label = label
        self._before = before
        self._purse = purse or Purse(None, label, Urgency.READ)
        self._http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=TIMEOUT_SECONDS))
        builder: Any = self._request
        service: Any = discovery.build(
            "calendar",
            "v3",
            http=self._http,
            requestBuilder=builder,
            static_discovery=True,
            client_options={"api_endpoint": settings.GOOGLE_API_ENDPOINT},
        )
        self._events = service.events()
        self._list = service.calendarList()
        self._channels = service.channels()

    def __enter__(self) -> "Calendar":
        return self

    def __exit__(self, *raised: object) -> None:
        self._http.close()

    def insert(self, body: Json) -> Json:
        """Make an event under an id of ours: whoever cannot know whether it was made may send it again."""
        if not body.get("id"):
            raise ValueError("an event without an id would be made twice when it is sent twice")
        return self._execute(self._events.insert(calendarId=self._calendar_id, body=body, sendUpdates="none"))

    def get(self, event_id: str) -> Json:
        return self._execute(self._events.get(calendarId=self._calendar_id, eventId=event_id))

    def update(self, event_id: str, body: Json, *, etag: str) -> Json:
        request = self._events.update(calendarId=self._calendar_id, eventId=event_id, body=body, sendUpdates="none")
        request.headers["If-Match"] = etag
        return self._execute(request)

    def delete(self, event_id: str) -> None:
        self._execute(self._events.delete(calendarId=self._calendar_id, eventId=event_id, sendUpdates="none"))

    def first(self) -> Json:
        """The cheapest reading: the calendar's time zone, our role in it, at most one event."""
        return self._execute(self._events.list(calendarId=self._calendar_id, maxResults=1, fields=_LISTED))

    def entries(self) -> list[Json]:
        """The account's list of calendars, whichever this one is: id, name, our role, zone."""
        fields = "nextPageToken,items(id,summary,summaryOverride,accessRole,timeZone,primary)"
        request = self._list.list(maxResults=PAGE_SIZE, fields=fields)
        found: list[Json] = []
        while request is not None:
            answer = self._execute(request)
            found += answer.get("items", [])
            request = self._list.list_next(request, answer)
        return found

    def pages(self, since: datetime, until: datetime) -> Iterator[Json]:
        """Every page of what overlaps the stretch, series as their single events, without what is cancelled."""
        return self._pages(timeMin=since.isoformat(), timeMax=until.isoformat())

    def changes(self, sync_token: str) -> Iterator[Json]:
        """Every page of what changed since, wherever it lies now; what is gone comes as cancelled and may have no times."""
        return self._pages(syncToken=sync_token)

    def watch(self, channel_id: str, *, token: str, address: str, seconds: int) -> Json:
        """Ask to be told of changes. The answer's `expiration` is what was granted, in milliseconds, as text."""
        body = {"id": channel_id, "type": "web_hook", "address": address, "token": token, "params": {"ttl": str(seconds)}}
        return self._execute(self._events.watch(calendarId=self._calendar_id, body=body))

    def stop(self, channel_id: str, resource_id: str) -> None:
        self._execute(self._channels.stop(body={"id": channel_id, "resourceId": resource_id}))

    def _pages(self, **which: str) -> Iterator[Json]:
        # A sync token is good for the parameters it was given with: these are the same for both kinds of reading.
        request = self._events.list(
            calendarId=self._calendar_id, singleEvents=True, maxResults=PAGE_SIZE, fields=_LISTED, **which
        )
        while request is not None:
            answer = self._execute(request)
            yield answer
            request = self._events.list_next(request, answer)

    def _request(self, http: Any, postproc: Any, uri: str, **rest: Any) -> HttpRequest:
        """Whom Google counts the request for; on all of them, whichever method makes it."""
        return HttpRequest(http, postproc, f"{uri}{'&' if '?' in uri else '?'}quotaUser={self._purse.user}", **rest)

    def _execute(self, request: Any) -> Json:
        outside_transaction()
        self._before()
        self.waited += quota.wait(self._purse)
        started = time.monotonic()
        try:
            answer = BREAKER.call(lambda: request.execute(num_retries=0), judge=errors.health)
        except OpenError as error:
            # All who wait for Google come back at different moments.
            raise Slow("Google failed a moment ago", FIRST_SECONDS * (0.5 + _jitter.random() / 2)) from error
        except GoogleError as error:  # of our own credentials
            self._report(request, started, error)
            raise
        except errors.CAUGHT as error:
            judged = errors.read(error)
            judged.retry_after = quota.slow_down(self._purse, judged) or judged.retry_after
            self._report(request, started, judged)
            raise judged from error
        self._report(request, started, None)
        return answer if isinstance(answer, dict) else {}

    def _report(self, request: Any, started: float, error: GoogleError | None) -> None:
        record(request.methodId.removeprefix("calendar."), self._label, started, error)


def record(method: str, label: int | None, started: float, error: GoogleError | None) -> None:
    """Log one request to Google; by the connection's number, since ids of calendars and events name people."""
    fields = {"method": method, "connection": label, "ms": round((time.monotonic() - started) * 1000)}
    if error is None:
        log.info("google_request", status="ok", **fields)
    else:
        log.warning("google_request", status=error.status, reason=error.reason, verdict=error.verdict.value, **fields)
