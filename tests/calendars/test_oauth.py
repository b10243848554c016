"""The way to Google and back, as a browser goes it; and everybody who must not get through."""

import html
import json
import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from bookings.models import BusyBlock, CalendarFreshness, Concern, StaffMember
from calendars.google import oauth
from calendars.models import CalendarConnection, Invitation
from calendars.services import leaving, tokens
from calendars.views.consent import SESSION_KEY
from tests.calendars.conftest import book, connected, drain, read
from tests.factories import ShopFactory, TechnicianFactory

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(shop, name="kim", **fields):
    user = User.objects.create_user(name, password="a long password", **{"is_staff": True, **fields})
    if shop is not None:
        StaffMember.objects.create(user=user, shop=shop)
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def browser(shop):
    return signed_in(shop)


def consent(location, *, account="sam@example.com", action="allow", without=()):
    """Answer Google's consent page as a person would; return the query the browser comes back with."""
    shown = httpx.get(location)
    assert shown.status_code == 200, shown.text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text)
    ticked = [scope for scope in re.findall(r'name="granted" value="([^"]+)"', shown.text) if scope not in without]
    data = {name: value.replace("&amp;", "&") for name, value in fields}
    parts = urlsplit(location)
    answer = httpx.post(
        f"{parts.scheme}://{parts.netloc}{parts.path}", data={**data, "account": account, "action": action, "granted": ticked}
    )
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert (back.netloc, back.path) == ("localhost", "/oauth/callback")
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def page_of(technician, part=""):
    return f"/oauth/technician/{technician.public_id}" + (f"/{part}" if part else "")


def begin(browser, technician):
    answer = browser.get("/oauth/login", {"technician": str(technician.public_id)})
    assert answer.status_code == 302
    return answer.headers["location"]


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
    assert httpx.get(listed, headers={"Authorization": f"Bearer {token}"}).status_code == 401
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


def test_disconnecting_by_get_is_refused(google, technician, browser):
    connected(google, technician)
    assert browser.get(page_of(technician, "disconnect")).status_code == 405
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
        browser.get("/oauth/callback", {"code": "4/0secret", "state": "x"}),
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


@pytest.fixture
def key_file(google, settings, tmp_path):
    """A service account's key, known to Google."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    email = "desk@project.iam.gserviceaccount.com"
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    google.service_account = {"client_email": email, "public_key": public.decode(), "delegation": True}
    google.post("service-accounts", **google.service_account)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    path = tmp_path / "key.json"
    content = {"type": "service_account", "client_email": email, "private_key": private, "private_key_id": "1"}
    path.write_text(json.dumps(content | {"project_id": "project", "token_uri": settings.GOOGLE_TOKEN_URI}))
    settings.GOOGLE_CALENDAR_CREDENTIALS = str(path)
    return email


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
