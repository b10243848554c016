"""Tries a calendar out: writes an event, reads it and removes it, and reads what counts as busy. Leaves nothing behind.

The event's name stands in the row before it is sent, so that whatever happens the next test, or the sweep, removes it. It takes
no time, lies in the past and is private.

A person waits, and one total deadline holds for all of it: what is not done by then goes on without them, to remove the event.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection as database

from calendars import leases
from calendars.google import client
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Urgency
from calendars.leases import LeaseLostError
from calendars.models import CalendarConnection, ReadCalendar
from calendars.services import leaving, tokens
from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError

log = structlog.get_logger(__name__)
State = CalendarConnection.State

SECONDS = 20.0  # in all
_WAIT_SECONDS = 5.0  # for whoever writes to the calendar just now
_TESTS = Bulkhead(8)  # under way at once in one process, those that nobody waits for any more included
MARK = "hvacsched_test"


@dataclass(frozen=True, slots=True)
class Step:
    """What was tried, whether it worked, and if not why."""

    name: str
    worked: bool
    problem: str = ""


def run(connection: CalendarConnection, *, clock: Callable[[], datetime], seconds: float = SECONDS) -> list[Step]:
    """Try the calendar out step by step; the steps end with the first that failed, save that the event is removed always.

    Returns within `seconds`. A step that Google keeps waiting until then is said to have failed, and no further one begins.
    """
    steps: list[Step] = []
    stop_at = time.monotonic() + seconds

    def work() -> None:
        try:
            _run(connection, steps, stop_at, clock=clock)
        finally:
            database.close()  # this thread's own

    try:
        _TESTS.call(work, seconds=seconds)
    except BulkheadFullError:
        return [Step("Wait for other tests to end", False, "Several calendars are being tested just now. Try again in a minute.")]
    except DeadlineExceededError:
        log.warning("calendar_test_too_slow", connection=connection.pk, steps=len(steps))
        return [
            *steps,
            Step(
                "Hear from Google in time",
                False,
                f"Google did not answer everything within {seconds:.0f} seconds, so we stopped waiting. If the test's event was "
                "written, it is removed by itself. Visits are written as soon as Google answers. Try again in a few minutes.",
            ),
        ]
    return steps


def _run(connection: CalendarConnection, steps: list[Step], stop_at: float, *, clock: Callable[[], datetime]) -> None:
    lease = _lease(connection)
    if lease is None:
        problem = "Visits are being written to this calendar just now. Try again."
        steps.append(Step("Wait for our own writing to pause", False, problem))
        return
    try:
        _try_all(connection, lease, steps, stop_at, clock=clock)
    except LeaseLostError:
        problem = "The calendar was changed or reconnected meanwhile. Try again."
        steps.append(Step("Keep the calendar to ourselves", False, problem))
    finally:
        lease.release()


def _lease(connection: CalendarConnection) -> leases.Lease | None:
    give_up = time.monotonic() + _WAIT_SECONDS
    while (lease := leases.take(connection.pk, "push", state=State.CONNECTED)) is None and time.monotonic() < give_up:
        time.sleep(0.1)
    return lease


def _try_all(
    connection: CalendarConnection, lease: leases.Lease, steps: list[Step], stop_at: float, *, clock: Callable[[], datetime]
) -> None:
    row = CalendarConnection.objects.defer(*CalendarConnection.SECRETS).get(pk=connection.pk)
    credentials = tokens.StoredCredentials(row.pk, clock=clock)
    purse = Purse(row.shop_id, row.pk, Urgency.NOW)  # a person waits
    if row.probe_event_id:
        with client.Calendar(row.probe_calendar_id, credentials, label=row.pk, before=lease.keep, purse=purse) as google:
            if not _try(steps, "Remove what an earlier test left", lambda: leaving.remove_probe(row, google)):
                return
    if time.monotonic() > stop_at:
        return
    body = _event(clock())
    with client.Calendar(row.calendar_id, credentials, label=row.pk, before=lease.keep, purse=purse) as google:
        row.probe_event_id, row.probe_calendar_id = body["id"], row.calendar_id
        CalendarConnection.objects.filter(pk=row.pk, push_lease=lease.name).update(
            probe_event_id=body["id"], probe_calendar_id=row.calendar_id
        )
        written = _try(steps, "Write a test event", lambda: google.insert(body))
        if written and time.monotonic() < stop_at:
            _try(steps, "Read it back", lambda: _check(google.get(body["id"]), body))
        # Also where the writing seems to have failed: an answer may have been lost on its way.
        removing: list[Step] = []
        removed = _try(removing, "Remove it again", lambda: leaving.remove_probe(row, google))
        if written or not removed:
            steps += removing
    for name, calendar_id in _others(row):
        if time.monotonic() > stop_at or not all(step.worked for step in steps):
            break
        with client.Calendar(calendar_id, credentials, label=row.pk, before=lease.keep, purse=purse) as google:
            _try(steps, f"Read {name}", google.first)
    log.info("calendar_tested", connection=row.pk, worked=all(step.worked for step in steps))


def _try(steps: list[Step], name: str, act: Callable[[], object]) -> bool:
    try:
        act()
    except GoogleError as error:
        steps.append(Step(name, False, _in_words(error)))
        return False
    steps.append(Step(name, True))
    return True


def _others(row: CalendarConnection) -> Iterator[tuple[str, str]]:
    for each in ReadCalendar.objects.filter(connection=row, counts=True).exclude(calendar_id=row.calendar_id).order_by("pk"):
        yield str(each), each.calendar_id


def _event(now: datetime) -> client.Json:
    """Yesterday, free, private, without a reminder: nobody's day is touched by it, even if it stayed for a minute."""
    starts = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=1)
    return {
        "id": uuid.uuid4().hex,
        "summary": "Test by the office's calendar connection",
        "description": "Written to see whether this calendar works. It is removed at once; you may delete it.",
        "start": {"dateTime": starts.isoformat()},
        "end": {"dateTime": (starts + timedelta(minutes=15)).isoformat()},
        "transparency": "transparent",
        "visibility": "private",
        "reminders": {"useDefault": False, "overrides": []},
        "extendedProperties": {"private": {MARK: "1"}},
    }


def _check(found: client.Json, body: client.Json) -> None:
    if found.get("summary") != body["summary"] or found.get("status") == "cancelled":
        raise GoogleError(Verdict.RETRY, "another event came back")


def _in_words(error: GoogleError) -> str:
    if error.verdict is Verdict.GRANT:
        return "Google no longer accepts our access. Reconnect the calendar."
    if error.verdict is Verdict.GONE:
        return "Google does not show us this calendar. Check that it still exists and is shared with the account."
    if error.verdict is Verdict.RETRY:
        return f"Google did not answer, or asked us to wait ({error}). Visits are written later by themselves. Try again soon."
    return f"Google refuses it ({error}). Check that the account may make changes to events in this calendar."
