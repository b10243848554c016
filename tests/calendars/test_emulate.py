"""The way to Google against an emulator that somebody else wrote: consent, refresh, revocation, and a calendar's events.

It knows no etags, sync tokens, ids of the client's choice, scopes, or roles in a list of events: that is our own sandbox's part.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from django.utils import timezone
from googleapiclient import discovery

from calendars.google import client, oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection
from calendars.services import connect, tokens
from calendars.services.connect import ConnectError
from tests.calendars import emulator

pytestmark = [pytest.mark.processes, pytest.mark.django_db(transaction=True)]

SEED = """
google:
  users:
    - email: sam@example.com
      name: Sam
  oauth_clients:
    - client_id: desk.apps.googleusercontent.com
      client_secret: secret-of-the-desk
      name: Desk
      redirect_uris: [http://localhost/oauth/callback]
  calendars:
    - {id: primary, user_email: sam@example.com, summary: Sam, primary: true, selected: true, time_zone: UTC}
    - {id: jobs, user_email: sam@example.com, summary: Jobs, time_zone: UTC}
"""


@pytest.fixture(scope="module")
def emulate(tmp_path_factory):
    seed = tmp_path_factory.mktemp("emulate") / "seed.yaml"
    seed.write_text(SEED)
    with emulator.running(seed) as url:
        yield url


@pytest.fixture
def google(emulate, settings):
    settings.SERVER_URL = "http://localhost"
    settings.GOOGLE_CLIENT_ID, settings.GOOGLE_CLIENT_SECRET = "desk.apps.googleusercontent.com", "secret-of-the-desk"
    settings.GOOGLE_API_ENDPOINT = f"{emulate}/calendar/v3/"
    settings.GOOGLE_AUTH_URI = f"{emulate}/o/oauth2/v2/auth"
    settings.GOOGLE_TOKEN_URI = f"{emulate}/oauth2/token"
    settings.GOOGLE_REVOKE_URI = f"{emulate}/oauth2/revoke"
    return emulate


def consent():
    """Go to the consent page as a browser does, choose the account, and return the code that comes back with its verifier."""
    url, verifier = oauth.consent_url(redirect_uri=connect.redirect_uri(), state="a state of ours", login_hint="sam@example.com")
    shown = httpx.get(url)
    assert shown.status_code == 200, shown.text
    fields = re.findall(r'name="([^"]+)" value="([^"]*)"', shown.text)
    action = re.search(r'action="([^"]+)"', shown.text)
    assert action is not None
    data = {name: value.replace("&amp;", "&") for name, value in fields}
    answer = httpx.post(str(httpx.URL(url).join(action[1])), data=data)
    back = urlsplit(answer.headers["location"])
    query = parse_qs(back.query)
    assert (back.netloc, back.path, query["state"]) == ("localhost", "/oauth/callback", ["a state of ours"])
    return query["code"][0], verifier


@pytest.fixture
def connection(google, technician, now):
    code, verifier = consent()
    got = oauth.exchange(code, redirect_uri=connect.redirect_uri(), verifier=verifier)
    assert (got.account, bool(got.sub), bool(got.refresh_token)) == ("sam@example.com", True, True)
    assert set(got.scopes) == set(oauth.SCOPES)
    return connect.connect_oauth(
        technician, account=got.account, sub=got.sub, refresh_token=got.refresh_token, access_token=got.access_token,
        expires_at=got.expires_at, scopes=got.scopes, calendar_id="primary", now=now,
    )  # fmt: skip


def calendar_of(connection):
    return client.Calendar(
        connection.calendar_id, tokens.StoredCredentials(connection.pk, clock=timezone.now), label=connection.pk
    )


def test_a_code_of_another_verifier_is_refused(google):
    code, _ = consent()
    with pytest.raises(GoogleError) as refused:
        oauth.exchange(code, redirect_uri=connect.redirect_uri(), verifier="v" * 64)
    assert refused.value.verdict is Verdict.GRANT


def test_a_code_is_good_once(google):
    code, verifier = consent()
    oauth.exchange(code, redirect_uri=connect.redirect_uri(), verifier=verifier)
    with pytest.raises(GoogleError) as refused:
        oauth.exchange(code, redirect_uri=connect.redirect_uri(), verifier=verifier)
    assert refused.value.verdict is Verdict.GRANT


def test_a_calendar_that_does_not_say_what_we_may_do_is_not_connected(google, technician, now):
    code, verifier = consent()
    with pytest.raises(ConnectError) as refused:
        connect.finish_consent(technician, code=code, verifier=verifier, now=now)
    assert refused.value.code in ("not_writable", "not_found")
    assert CalendarConnection.objects.count() == 0


def test_a_token_is_refreshed_and_stored(connection):
    first = CalendarConnection.objects.get().access_token
    CalendarConnection.objects.update(expires_at=timezone.now())
    second, expires_at = tokens.access(connection.pk, clock=timezone.now)
    row = CalendarConnection.objects.get()
    assert second not in ("", first)
    assert (row.access_token, row.expires_at) == (second, expires_at)
    assert expires_at > timezone.now() + timedelta(minutes=50)


def test_a_revoked_permission_is_known_as_such(connection):
    row = CalendarConnection.objects.get()
    assert oauth.revoke(row.refresh_token)
    with pytest.raises(GoogleError) as refused:
        tokens.access(connection.pk, clock=timezone.now, refused=row.access_token)
    assert (refused.value.verdict, refused.value.reason) == (Verdict.GRANT, "invalid_grant")


def test_events_are_written_listed_and_removed(connection):
    starts = datetime(2030, 1, 10, 15, tzinfo=UTC)
    body = {
        "id": "0123456789abcdef",  # it gives an id of its own
        "summary": "HVAC Repair",
        "start": {"dateTime": starts.isoformat()},
        "end": {"dateTime": (starts + timedelta(hours=2)).isoformat()},
    }
    around = (starts - timedelta(hours=1), starts + timedelta(hours=3))
    with calendar_of(connection) as google:
        assert {each["summary"] for each in google.entries()} == {"Sam", "Jobs"}
        made = google.insert(body)
        assert [each["id"] for page in google.pages(*around) for each in page["items"]] == [made["id"]]
        assert busy(connection, *around) == [(starts, starts + timedelta(hours=2))]
        google.delete(made["id"])
        assert [page["items"] for page in google.pages(*around)] == [[]]
        assert busy(connection, *around) == []
        with pytest.raises(GoogleError) as gone:
            google.delete(made["id"])
    assert gone.value.verdict is Verdict.GONE


def busy(connection, since, until):
    """Free/busy as Google's own library asks for it, with our stored credentials."""
    from django.conf import settings

    service = discovery.build(
        "calendar", "v3", credentials=tokens.StoredCredentials(connection.pk, clock=timezone.now), static_discovery=True,
        client_options={"api_endpoint": settings.GOOGLE_API_ENDPOINT},
    )  # fmt: skip
    body: Any = {"timeMin": since.isoformat(), "timeMax": until.isoformat(), "items": [{"id": "primary"}]}
    found = service.freebusy().query(body=body).execute()["calendars"]["primary"]["busy"]
    service.close()
    return [(datetime.fromisoformat(each["start"]), datetime.fromisoformat(each["end"])) for each in found]
