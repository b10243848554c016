"""The way to Google and back, as a browser goes it: what is stored at its end, and what never is."""

import html
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone

from bookings.models import CalendarFreshness, Concern
from calendars.google import oauth
from calendars.models import CalendarConnection
from calendars.views.consent import SESSION_KEY
from tests.calendars.conftest import book, connected, drain, read
from tests.calendars.consenting import begin, consent, page_of, signed_in
from tests.factories import TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def browser(shop):
    return signed_in(shop)


def test_the_whole_way(google, shop, technician, browser, now):
    location = begin(browser, technician)
    query = parse_qs(urlsplit(location).query)
    assert query["code_challenge_method"] == ["S256"]
    assert (query["access_type"], query["prompt"], query["login_hint"]) == (["offline"], ["consent"], ["sam@example.com"])
    assert query["redirect_uri"] == ["http://localhost/oauth/callback"]
    answer = browser.get("/oauth/callback", consent(location))
    assert (answer.status_code, answer.headers["location"]) == (302, f"/oauth/technician/{technician.public_id}")
    row = CalendarConnection.objects.get()
    assert (row.technician, row.state, row.account, row.calendar_id) == (
        technician, "connected", "sam@example.com", "sam@example.com",
    )  # fmt: skip
    assert row.google_sub.isdigit()
    assert row.refresh_token
    assert set(row.scopes.split()) == set(oauth.SCOPES)
    assert [(each.calendar_id, each.counts) for each in row.calendars.all()] == [("sam@example.com", True)]
    assert row.expires_at is not None
    assert row.expires_at > timezone.now() + timedelta(minutes=50)
    assert CalendarFreshness.objects.get().read_at is None
    read(row)
    visit = book(shop, now)
    drain(row)
    assert visit.mirrors.get().confirmed == "present"
    page = browser.get("/oauth/login").content.decode()
    assert "Connected" in page
    assert "Read less than a minute ago" in page
    assert row.refresh_token not in page


def test_the_list_says_what_to_do(google, shop, technician, browser):
    page = browser.get("/oauth/login").content.decode()
    assert ("Sam" in page, "No calendar" in page, ">Connect</a>" in page) == (True, True, True)
    row = connected(google, technician)
    CalendarConnection.objects.update(state="revoked", state_text="Google no longer accepts our access.")
    page = browser.get("/oauth/login").content.decode()
    assert "Access was withdrawn" in page
    assert ">Reconnect</a>" in page
    assert row.access_token not in page


def test_the_list_takes_the_same_queries_for_one_and_for_three(google, shop, technician, browser, django_assert_num_queries):
    with django_assert_num_queries(3):
        browser.get("/oauth/login")
    connected(google, technician)
    connected(google, TechnicianFactory(shop=shop), "two@example.com")
    TechnicianFactory(shop=shop)
    with django_assert_num_queries(4):  # and the calendars of all connections, where there are any
        browser.get("/oauth/login")


def test_a_denied_consent_stores_nothing(google, technician, browser):
    answer = browser.get("/oauth/callback", consent(begin(browser, technician), action="deny"))
    assert answer.status_code == 400
    assert "Google did not give us access" in answer.content.decode()
    assert CalendarConnection.objects.count() == 0


def test_a_consent_without_the_calendar_stores_nothing(google, technician, browser):
    answer = browser.get("/oauth/callback", consent(begin(browser, technician), without=[oauth.EVENTS]))
    assert answer.status_code == 400
    said = html.unescape(answer.content.decode())
    assert "calendar permission is missing" in said
    assert "You left out “View and edit events on all your calendars”" in said
    assert "Visits cannot be put into your calendar" in said
    assert CalendarConnection.objects.count() == 0


def test_a_consent_without_the_list_uses_the_main_calendar_and_says_so(google, technician, browser):
    answer = browser.get("/oauth/callback", consent(begin(browser, technician), without=[oauth.CALENDAR_LIST]))
    assert answer.status_code == 302
    row = CalendarConnection.objects.get()
    assert (row.calendar_id, oauth.CALENDAR_LIST in row.scopes) == ("sam@example.com", False)
    for part in ("", "calendars"):
        said = html.unescape(browser.get(page_of(technician, part)).content.decode())
        assert "You left out “See the list of Google calendars you're subscribed to”" in said
        assert "Only the account's main calendar is used" in said
    assert browser.get("/oauth/callback", consent(begin(browser, technician))).status_code == 302
    assert "You left out" not in browser.get(page_of(technician)).content.decode()


def test_another_account_than_the_office_knows_is_said(google, technician, browser):
    browser.get("/oauth/callback", consent(begin(browser, technician), account="sam.private@example.com"))
    said = html.unescape(browser.get(page_of(technician)).content.decode())
    assert "This is sam.private@example.com; the office knows Sam as sam@example.com." in said


@pytest.mark.parametrize("spoil", ["state", "no state", "expired", "other browser", "not begun"])
def test_an_answer_that_is_not_ours_stores_nothing(google, shop, technician, browser, spoil):
    query = consent(begin(browser, technician))
    if spoil == "state":
        query["state"] = ("y" if query["state"].startswith("x") else "x") + query["state"][1:]
    elif spoil == "no state":
        del query["state"]
    elif spoil == "expired":
        session = browser.session
        session[SESSION_KEY] = session[SESSION_KEY] | {"until": timezone.now().timestamp() - 1}
        session.save()
    elif spoil == "other browser":
        browser = signed_in(shop, "lee")
        begin(browser, technician)
    else:
        browser = signed_in(shop, "lee")
    answer = browser.get("/oauth/callback", query)
    assert answer.status_code == 400
    assert "This sign-in has ended" in answer.content.decode()
    assert CalendarConnection.objects.count() == 0
    assert SESSION_KEY not in browser.session


def test_a_state_is_used_once(google, technician, browser):
    query = consent(begin(browser, technician))
    assert browser.get("/oauth/callback", query).status_code == 302
    before = CalendarConnection.objects.get().token_version
    assert browser.get("/oauth/callback", query).status_code == 400
    assert CalendarConnection.objects.get().token_version == before


def test_a_code_of_another_verifier_is_refused(google, technician, browser):
    query = consent(begin(browser, technician))
    session = browser.session
    session[SESSION_KEY] = session[SESSION_KEY] | {"verifier": "v" * 64}
    session.save()
    answer = browser.get("/oauth/callback", query)
    assert answer.status_code == 400
    assert CalendarConnection.objects.count() == 0


@pytest.mark.parametrize("path", ["calendar", "token"])
def test_google_away_at_the_exchange_stores_nothing(google, technician, browser, path):
    query = consent(begin(browser, technician))
    google.fault(path=path, status=503)
    answer = browser.get("/oauth/callback", query)
    assert answer.status_code == 400
    assert "does not answer" in answer.content.decode()
    assert CalendarConnection.objects.count() == 0


def test_a_calendar_of_another_technician_is_refused(google, shop, technician, browser):
    connected(google, technician)
    other = TechnicianFactory(shop=shop)
    answer = browser.get("/oauth/callback", consent(begin(browser, other)))
    assert answer.status_code == 400
    assert "another technician" in answer.content.decode()
    assert CalendarConnection.objects.get().technician == technician


def test_reconnecting_closes_the_concern_and_keeps_what_was_written(google, shop, technician, browser, now):
    connection = connected(google, technician)
    visit = book(shop, now)
    drain(connection)
    google.post("revoke", account="sam@example.com")
    read(connection)
    assert Concern.objects.get().status == "open"
    assert browser.get("/oauth/callback", consent(begin(browser, technician))).status_code == 302
    assert Concern.objects.get().status == "done"
    row = CalendarConnection.objects.get()
    assert row.connected_at == connection.connected_at
    drain(row)
    assert visit.mirrors.count() == 1
    assert len(google.events()) == 1


def test_an_absent_refresh_token_leaves_the_stored_one(google, technician, now):
    from calendars.services import connect

    connection = connected(google, technician)
    stored = CalendarConnection.objects.get().refresh_token
    again = {"account": connection.account, "sub": connection.google_sub, "refresh_token": "", "access_token": "a",
             "expires_at": now, "scopes": [], "calendar_id": connection.calendar_id, "now": now}  # fmt: skip
    connect.connect_oauth(technician, **again)
    assert CalendarConnection.objects.get().refresh_token == stored
    with pytest.raises(connect.ConnectError) as refused:
        connect.connect_oauth(technician, **again | {"sub": "somebody else"})
    assert refused.value.code == "no_refresh_token"
    assert CalendarConnection.objects.get().refresh_token == stored
