"""Everybody who must not get through: strangers, staff of another shop, forged forms."""

import html
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.test import Client

from calendars.models import CalendarConnection, Invitation
from tests.calendars.conftest import connected
from tests.calendars.consenting import begin, consent, page_of, signed_in
from tests.factories import ShopFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_disconnecting_by_get_is_refused(google, technician):
    connected(google, technician)
    assert signed_in(technician.shop).get(page_of(technician, "disconnect")).status_code == 405
    assert CalendarConnection.objects.get().state == "connected"


def test_forms_are_guarded_against_forgery(google, shop, technician):
    connected(google, technician)
    user = User.objects.create_user("lee", password="x", is_staff=True, is_superuser=True)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(user)
    parts = ("disconnect", "test", "calendars", "invite", "withdraw")
    for path in ("/oauth/service-account", *(page_of(technician, part) for part in parts)):
        assert browser.post(path, {"technician": str(technician.public_id)}).status_code == 403
    assert CalendarConnection.objects.get().state == "connected"


@pytest.mark.parametrize("who", ["anonymous", "not staff"])
def test_strangers_are_sent_to_the_sign_in_page(google, shop, technician, who):
    connected(google, technician)
    browser = Client() if who == "anonymous" else signed_in(shop, is_staff=False)
    technician_id = str(technician.public_id)
    answers = [
        browser.get("/oauth/login"),
        browser.get("/oauth/login", {"technician": technician_id}),
        browser.post("/oauth/service-account", {"technician": technician_id, "calendar_id": "x@example.com"}),
        browser.get(page_of(technician)),
        browser.get(page_of(technician, "calendars")),
        *(browser.post(page_of(technician, part)) for part in ("disconnect", "test", "calendars", "invite", "withdraw")),
        browser.get(f"/oauth/technician/{uuid4()}"),
    ]
    for answer in answers:
        assert answer.status_code == 302
        assert answer.headers["location"] == "/admin/login/?next=/oauth/login"
    assert CalendarConnection.objects.get().state == "connected"


@pytest.mark.parametrize("who", ["anonymous", "not staff"])
def test_who_comes_from_google_without_having_begun_is_told_what_to_do(google, shop, technician, who):
    """Most likely a technician whose link opened in another browser: a sign-in page would be the end of the way for them."""
    browser = Client() if who == "anonymous" else signed_in(shop, is_staff=False)
    answer = browser.get("/oauth/callback", {"code": "4/0secret", "state": "x"})
    said = html.unescape(answer.content.decode())
    assert answer.status_code == 400
    assert "ask your office for a new link" in said
    assert "4/0secret" not in said
    assert "/oauth/login" not in said
    assert CalendarConnection.objects.count() == 0


def test_staff_of_another_shop_get_nothing(google, technician):
    connected(google, technician)
    browser = signed_in(ShopFactory())
    technician_id = str(technician.public_id)
    assert "Sam" not in browser.get("/oauth/login").content.decode()
    assert browser.get("/oauth/login", {"technician": technician_id}).status_code == 404
    for part in ("", "calendars"):
        assert browser.get(page_of(technician, part)).status_code == 404
    for part in ("disconnect", "test", "calendars", "invite", "withdraw"):
        assert browser.post(page_of(technician, part)).status_code == 404
    assert Invitation.objects.count() == 0
    assert browser.post("/oauth/service-account", {"technician": technician_id}).status_code == 404
    assert browser.get("/oauth/login", {"technician": "nonsense"}).status_code == 404
    assert CalendarConnection.objects.get().state == "connected"


def test_a_superuser_may_connect_anybody(google, technician):
    browser = signed_in(None, is_superuser=True)
    assert browser.get("/oauth/callback", consent(begin(browser, technician))).status_code == 302
    assert CalendarConnection.objects.get().technician == technician
