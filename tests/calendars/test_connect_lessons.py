"""What went wrong for others when calendars were connected (numbers as in docs/calendar-lessons.md)."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone

from bookings.models import Concern
from calendars.models import CalendarConnection
from calendars.services import tokens
from tests.calendars.conftest import book, drain, read
from tests.calendars.consenting import begin, consent, page_of, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


def test_lesson_4_a_dead_token_is_told_and_what_was_booked_is_written_after_reconnecting(
    google, shop, connection, technician, now
):
    """Others went on booking, wrote nothing, and told nobody."""
    google.post("revoke", account="sam@example.com")
    visit = book(shop, now)
    drain(connection)
    read(connection)
    assert CalendarConnection.objects.get().state == "revoked"
    assert Concern.objects.filter(kind="calendar_broken", status="open", technician=technician).count() == 1
    browser = signed_in(shop)
    for page in ("/oauth/login", page_of(technician)):
        said = html.unescape(browser.get(page).content.decode())
        assert "Google no longer accepts our access." in said
        assert "Visits wait here and are written once it is reconnected." in said
        assert ">Reconnect</a>" in said
    browser.get("/oauth/callback", consent(begin(browser, technician)))
    drain(connection)
    assert [event["id"] for event in google.events()] == [visit.mirrors.get(retired=False).event_id]
    assert Concern.objects.get().status == "done"


def test_lesson_5_a_project_in_testing_is_named_as_the_likely_cause(google, connection, technician):
    """Others reconnected every week without knowing why: Google ends a test project's refresh tokens after seven days."""
    browser = signed_in(technician.shop)
    assert "Testing" not in browser.get(page_of(technician)).content.decode()
    google.post("revoke", account="sam@example.com")
    read(connection)
    said = html.unescape(browser.get(page_of(technician)).content.decode())
    assert "still in “Testing”: Google then ends each access after 7 days" in said
    assert "docs/going-live.md, 5.1" in said


@pytest.mark.parametrize("lasts", [3600, 60])
def test_lesson_6_a_tokens_end_is_a_moment_and_not_a_duration(google, technician, lasts):
    """Others stored the length as if it were the end, never refreshed, and got 401 in silence."""
    google.post("settings", access_token_seconds=lasts)
    browser = signed_in(technician.shop)
    before = timezone.now()
    browser.get("/oauth/callback", consent(begin(browser, technician)))
    row = CalendarConnection.objects.get()
    assert row.expires_at is not None
    assert before + timedelta(seconds=lasts - 2) <= row.expires_at <= timezone.now() + timedelta(seconds=lasts)
    google.post("settings", access_token_seconds=3600)
    token, ends = tokens.access(row.pk, clock=timezone.now)
    assert (token == row.access_token) is (lasts == 3600)
    assert ends > timezone.now() + timedelta(minutes=50)
