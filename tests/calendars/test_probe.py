"""The live test: what it shows, and that nothing of it stays in the calendar whatever happens."""

import time

import pytest
from django.utils import timezone

from bookings.models import BusyBlock
from calendars import leases
from calendars.models import CalendarConnection
from calendars.services import leaving, probe
from calendars.services.probe import Step
from tests.calendars.conftest import book, drain, read
from tests.calendars.consenting import page_of, signed_in
from tests.calendars.test_choosing import FAMILY, SAM, calendars, choose  # noqa: F401

pytestmark = pytest.mark.django_db(transaction=True)

WHOLE = [Step("Write a test event", True), Step("Read it back", True), Step("Remove it again", True)]


def run(connection):
    return probe.run(connection, clock=timezone.now)


def left(google):
    row = CalendarConnection.objects.get()
    return len(google.events()), row.probe_event_id != ""


def test_it_writes_reads_and_removes(google, connection, technician):
    assert run(connection) == WHOLE
    assert left(google) == (0, False)
    page = signed_in(technician.shop).post(page_of(technician, "test")).content.decode()
    assert "The test worked" in page
    assert page.count("✓") == 3
    assert left(google) == (0, False)


def test_every_calendar_that_counts_is_read(google, calendars, connection, technician):  # noqa: F811
    choose(signed_in(technician.shop), technician, SAM, SAM, FAMILY)
    assert run(connection) == [*WHOLE, Step("Read Family", True)]
    google.post("calendars", id=FAMILY, shared_with={})
    steps = run(connection)
    assert [step.worked for step in steps] == [True, True, True, False]
    assert "does not show us" in steps[-1].problem


def test_a_calendar_that_may_only_be_read_is_said(google, connection):
    CalendarConnection.objects.update(calendar_id="team@example.com")
    google.post("calendars", id="team@example.com", shared_with={"sam@example.com": "reader"})
    connection.refresh_from_db()
    [step] = run(connection)
    assert (step.name, step.worked) == ("Write a test event", False)
    assert "may make changes to events" in step.problem
    assert left(google) == (0, False)


def test_an_event_that_could_not_be_removed_is_removed_by_the_next_test(google, connection):
    google.fault(method="DELETE", status=503)
    steps = run(connection)
    assert [(step.name, step.worked) for step in steps] == [
        ("Write a test event", True), ("Read it back", True), ("Remove it again", False),
    ]  # fmt: skip
    google.heal()
    assert left(google) == (1, True)
    assert run(connection) == [Step("Remove what an earlier test left", True), *WHOLE]
    assert left(google) == (0, False)


def test_what_a_killed_test_left_takes_no_time_and_the_sweep_removes_it(google, connection, now):
    body = probe._event(now)
    google.write(body)
    CalendarConnection.objects.update(probe_event_id=body["id"], probe_calendar_id=SAM)
    read(connection)
    assert BusyBlock.objects.count() == 0
    leaving.clear(connection.pk, clock=timezone.now)
    assert left(google) == (0, False)


@pytest.mark.parametrize("written", [True, False])
def test_an_answer_that_was_lost_leaves_nothing(google, connection, written):
    google.fault(method="POST", status=503, count=1, after=written)
    steps = run(connection)
    assert [step.worked for step in steps] == [False]
    assert "did not answer" in steps[0].problem
    assert left(google) == (0, False)


@pytest.mark.parametrize(("seconds", "done"), [(0.5, []), (1.8, ["Write a test event"])])
def test_a_slow_google_keeps_nobody_longer_than_the_deadline_and_nothing_is_left(google, connection, seconds, done):
    google.fault(latency_ms=1200)
    began = time.monotonic()
    steps = probe.run(connection, clock=timezone.now, seconds=seconds)
    assert time.monotonic() - began < seconds + 0.6  # all of it would take 3.6
    assert [step.name for step in steps if step.worked] == done
    assert (steps[-1].name, steps[-1].worked) == ("Hear from Google in time", False)
    assert f"within {seconds:.0f} seconds" in steps[-1].problem
    assert "removed by itself" in steps[-1].problem
    # It goes on without whoever waited, and gives the calendar back to who writes visits.
    give_up = time.monotonic() + 10
    while (CalendarConnection.objects.get().push_lease or left(google) != (0, False)) and time.monotonic() < give_up:
        time.sleep(0.05)
    google.heal()
    assert left(google) == (0, False)
    assert run(connection) == WHOLE


def test_a_withdrawn_access_is_said(google, connection, technician):
    google.post("revoke", account=SAM)
    CalendarConnection.objects.update(expires_at=timezone.now())
    steps = run(connection)
    assert not steps[0].worked
    assert "Reconnect the calendar" in steps[0].problem


def test_it_waits_for_whoever_writes(google, connection, shop, now):
    lease = leases.take(connection.pk, "push")
    assert lease is not None
    [step] = run(connection)
    assert not step.worked
    assert "being written" in step.problem
    lease.release()
    book(shop, now)
    drain(connection)
    assert run(connection) == WHOLE
    assert left(google) == (1, False)


def test_a_calendar_that_is_not_connected_is_not_tried(google, connection, technician):
    CalendarConnection.objects.update(state="revoked")
    answer = signed_in(technician.shop).post(page_of(technician, "test"))
    assert answer.status_code == 400
    assert "not connected" in answer.content.decode()
