"""Calendars through the service account: shared with it, or acted for by it."""

import pytest
from django.utils import timezone

from calendars.models import CalendarConnection
from calendars.services import tokens
from tests.calendars.conftest import book, drain, read
from tests.calendars.consenting import page_of, signed_in

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(shop):
    return signed_in(shop)


@pytest.mark.parametrize("acts_for", ["", "sam@example.com"])
def test_a_calendar_through_the_service_account(google, shop, technician, browser, now, key_file, acts_for):
    google.post("calendars", id="sam@example.com", shared_with={key_file: "writer"})
    assert key_file in browser.get(page_of(technician)).content.decode()
    answer = browser.post(
        "/oauth/service-account",
        {"technician": str(technician.public_id), "calendar_id": "sam@example.com", "subject": acts_for},
    )
    assert answer.status_code == 302, answer.content.decode()
    row = CalendarConnection.objects.get()
    assert (row.kind, row.refresh_token) == ("service_account", "")
    read(row)
    book(shop, now)
    CalendarConnection.objects.update(expires_at=timezone.now())
    drain(row)
    assert len(google.events()) == 1
    assert tokens.access(row.pk, clock=timezone.now)[0] == CalendarConnection.objects.get().access_token


@pytest.mark.parametrize(("calendar_id", "says"), [
    ("unknown@example.com", "does not show us"), ("readonly@example.com", "not write to it"), ("", "Which calendar"),
    ("primary", "Which calendar"),
])  # fmt: skip
def test_a_calendar_the_service_account_cannot_use(google, technician, browser, key_file, calendar_id, says):
    google.post("calendars", id="readonly@example.com", shared_with={key_file: "reader"})
    answer = browser.post("/oauth/service-account", {"technician": str(technician.public_id), "calendar_id": calendar_id})
    assert answer.status_code == 400
    assert says in answer.content.decode()
    assert CalendarConnection.objects.count() == 0
