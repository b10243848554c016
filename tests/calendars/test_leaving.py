"""Disconnecting: what is left or taken out, in which order, and what happens when Google is away or has shut us out."""

from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.utils import timezone

from bookings.models import BusyBlock, CalendarFreshness
from calendars.models import CalendarConnection
from calendars.services import leaving
from calendars.services.leaving import Progress
from tests.calendars.conftest import book, connected, drain, read, workday
from tests.calendars.consenting import begin, consent, page_of, signed_in
from tests.factories import TechnicianFactory
from tests.outside import http
from wire.later import later

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(shop):
    return signed_in(shop)


@pytest.fixture
def visits(shop, connection, now):
    made = [book(shop, now, hour, origin=f"call:{hour}") for hour in (8, 11, 14)]
    drain(connection)
    return made


def clear(connection, clock=timezone.now):
    leaving.clear(connection.pk, clock=clock)


def state():
    return CalendarConnection.objects.get().state


def asked():
    with redis.Redis.from_url(settings.REDIS_URL) as broker:
        return sum("clear_calendars" in str(message) for message in broker.lrange("calendar-backlog", 0, -1))


def is_alive(google, token):
    listed = f"{google.url}/google/calendar/v3/calendars/primary/events"
    return http.get(listed, headers={"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize(("choice", "left"), [("leave", 3), ("remove", 0)])
def test_visits_are_left_or_taken_out_by_choice(google, visits, connection, technician, browser, choice, left):
    token = CalendarConnection.objects.get().access_token
    assert browser.post(page_of(technician, "disconnect"), {"visits": choice}).status_code == 302
    assert (state(), CalendarFreshness.objects.count(), BusyBlock.objects.count()) == ("leaving", 0, 0)
    # The access is not given back before the visits are out.
    assert is_alive(google, token)
    clear(connection)
    assert (state(), len(google.events())) == ("disconnected", left)
    assert not is_alive(google, token)
    row = CalendarConnection.objects.get()
    assert (row.refresh_token, row.access_token, row.clearing_since) == ("", "", None)
    assert row.state_text == "Disconnected by kim"


def test_visits_that_are_over_stay(google, visits, connection):
    leaving.disconnect(connection, remove_visits=True, by="kim", now=visits[0].ends_at)
    clear(connection)
    assert len(google.events()) == 1


def test_the_page_shows_how_far_it_is_and_the_rest_may_be_left(google, visits, connection, technician, browser):
    google.fault(path="calendar", status=503)
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    clear(connection)
    page = browser.get(page_of(technician)).content.decode()
    assert "0 of 3 taken out" in page
    assert "Being disconnected" in page
    assert "Being disconnected" in browser.get("/oauth/login").content.decode()
    assert leaving.progress(CalendarConnection.objects.get()) == Progress(total=3, left=3, refused=0)
    browser.post(page_of(technician, "disconnect"))
    clear(connection)
    google.heal()
    assert (state(), len(google.events())) == ("disconnected", 3)


def test_an_outage_keeps_the_access_until_the_visits_are_out(google, visits, connection, technician, browser):
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    google.fault(path="calendar", status=503, count=1)
    clear(connection)
    assert state() == "leaving"
    due = max(mirror.next_attempt_at for visit in visits for mirror in visit.mirrors.exclude(next_attempt_at=None))
    clear(connection, clock=lambda: due)
    assert (state(), google.events()) == ("disconnected", [])


def test_a_shut_out_connection_ends_and_says_what_it_left(google, visits, connection, technician, browser):
    google.post("revoke", account="sam@example.com")
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    clear(connection)
    assert (state(), len(google.events())) == ("disconnected", 3)
    assert "3 visits could not be taken out" in CalendarConnection.objects.get().state_text


def test_nothing_is_written_while_it_is_left(google, visits, connection, shop, technician, browser, now):
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    book(shop, now, on=workday(now, 5), origin="call:late")
    drain(connection)
    read(connection)
    assert (len(google.events()), CalendarFreshness.objects.count()) == (3, 0)


def test_a_killed_worker_is_taken_over_by_the_sweep(google, visits, connection, technician, browser):
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    assert later.wait(5)
    before = asked()
    leaving.sweep(now=timezone.now())
    assert later.wait(5)
    assert asked() == before + 1
    clear(connection)
    leaving.sweep(now=timezone.now())
    assert later.wait(5)
    assert (asked(), state()) == (before + 1, "disconnected")


def test_reconnecting_has_to_wait_for_the_end(google, visits, connection, technician, browser):
    browser.post(page_of(technician, "disconnect"), {"visits": "remove"})
    answer = browser.get("/oauth/callback", consent(begin(browser, technician)))
    assert answer.status_code == 400
    assert "just being disconnected" in answer.content.decode()
    clear(connection)
    assert browser.get("/oauth/callback", consent(begin(browser, technician))).status_code == 302
    drain(connection)
    assert len(google.events()) == 3


def test_an_account_that_serves_another_technician_is_not_given_back(google, connection, shop, technician, browser):
    CalendarConnection.objects.update(google_sub="one person")
    google.post("calendars", id="shared@group.calendar.google.com", owner="sam@example.com")
    other = connected(google, TechnicianFactory(shop=shop), "pat@example.com")
    CalendarConnection.objects.filter(pk=other.pk).update(google_sub="one person", calendar_id="shared@group.calendar.google.com")
    token = CalendarConnection.objects.get(pk=connection.pk).access_token
    browser.post(page_of(technician, "disconnect"))
    clear(connection)
    assert CalendarConnection.objects.get(pk=connection.pk).state == "disconnected"
    assert is_alive(google, token)


def test_disconnecting_forgets_and_revokes(google, shop, technician, browser, now):
    connection = connected(google, technician)
    google.write({"summary": "x", "start": {"dateTime": now.isoformat()}})
    read(connection)
    token = CalendarConnection.objects.get().access_token
    answer = browser.post(page_of(technician, "disconnect"))
    assert answer.status_code == 302
    assert CalendarConnection.objects.get().state == "leaving"
    leaving.clear(connection.pk, clock=timezone.now)
    row = CalendarConnection.objects.get()
    assert (row.state, row.refresh_token, row.access_token) == ("disconnected", "", "")
    assert "kim" in row.state_text
    assert (CalendarFreshness.objects.count(), BusyBlock.objects.count()) == (0, 0)
    listed = f"{google.url}/google/calendar/v3/calendars/primary/events"
    assert http.get(listed, headers={"Authorization": f"Bearer {token}"}).status_code == 401
    read(row)
    assert CalendarFreshness.objects.count() == 0
    assert book(shop, now).technician == technician  # without a calendar, the roster alone decides


def test_disconnecting_works_while_google_is_away(google, technician, browser):
    connection = connected(google, technician)
    google.fault(path="revoke", status=503)
    assert browser.post(page_of(technician, "disconnect")).status_code == 302
    leaving.clear(connection.pk, clock=timezone.now)
    row = CalendarConnection.objects.get()
    assert (row.state, bool(row.refresh_token)) == ("leaving", True)
    assert row.push_not_before is not None
    # An hour later it is not waited for any longer.
    leaving.clear(connection.pk, clock=lambda: timezone.now() + timedelta(hours=1))
    row = CalendarConnection.objects.get()
    assert (row.state, row.refresh_token) == ("disconnected", "")
    assert "remove the access in the Google account" in row.state_text


def test_google_is_told_again_that_the_permission_is_given_back(google, technician, browser):
    connection = connected(google, technician)
    google.fault(path="revoke", status=503, count=1)
    browser.post(page_of(technician, "disconnect"))
    leaving.clear(connection.pk, clock=timezone.now)
    assert CalendarConnection.objects.get().state == "leaving"
    leaving.clear(connection.pk, clock=timezone.now)
    row = CalendarConnection.objects.get()
    assert (row.state, row.state_text) == ("disconnected", "Disconnected by kim")
