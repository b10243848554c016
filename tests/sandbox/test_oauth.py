"""OAuth: the consent page, codes with PKCE, refresh, revocation, service accounts; with Google's own libraries."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import google.auth.transport.requests
import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth.exceptions import RefreshError
from google.oauth2 import service_account
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow

from tests.outside import TRUSTED, http
from tests.sandbox.conftest import CLIENT, SAM, timed

EVENTS = "https://www.googleapis.com/auth/calendar.events"
LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
REDIRECT = "http://127.0.0.1:8000/oauth/callback"


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib refuses http and a changed scope unless told otherwise."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


def flow(sandbox: Any, *scopes: str) -> Flow:
    config = CLIENT | {
        "auth_uri": f"{sandbox.url}/google/o/oauth2/v2/auth",
        "token_uri": f"{sandbox.url}/google/token",
        "redirect_uris": [REDIRECT],
    }
    made: Flow = Flow.from_client_config({"web": config}, scopes=list(scopes), redirect_uri=REDIRECT)
    made.oauth2session.trust_env = False
    return made


def consent(url: str, granted: list[str], account: str = SAM, action: str = "allow") -> dict[str, str]:
    """What the browser is sent back with, after a person filled in the page."""
    with httpx.Client(trust_env=False, verify=TRUSTED) as browser:
        page = browser.get(url)
        assert page.status_code == 200, page.text
        fields = {
            name: html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
        }
        form = fields | {"account": account, "action": action, "granted": granted}
        answer = browser.post(url.partition("?")[0], data=form)
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(REDIRECT)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def connect(sandbox: Any, **more: Any) -> tuple[Flow, dict[str, Any]]:
    made = flow(sandbox, EVENTS)
    url, _ = made.authorization_url(**({"access_type": "offline", "prompt": "consent"} | more))
    token = made.fetch_token(code=consent(url, [EVENTS])["code"])
    return made, token


def test_the_whole_dance(sandbox: Any) -> None:
    made = flow(sandbox, "openid", "https://www.googleapis.com/auth/userinfo.email", EVENTS)
    url, state = made.authorization_url(access_type="offline", prompt="consent", login_hint=SAM)
    assert "code_challenge_method=S256" in url
    back = consent(url, [EVENTS])
    assert back["state"] == state
    token = made.fetch_token(code=back["code"])
    assert token["refresh_token"]
    assert token["expires_in"] == 3599
    assert set(token["scope"]) == {"openid", "https://www.googleapis.com/auth/userinfo.email", EVENTS}
    claims = jwt.decode(token["id_token"], options={"verify_signature": False})
    with httpx.Client(trust_env=False, verify=TRUSTED) as client:
        answer = client.get(
            f"{sandbox.url}/google/oauth2/v3/userinfo", headers={"Authorization": f"Bearer {token['access_token']}"}
        )
    assert answer.json() == {"sub": claims["sub"], "email": SAM, "email_verified": True}


def test_the_page_shows_account_and_scopes(sandbox: Any) -> None:
    url, _ = flow(sandbox, EVENTS, LIST).authorization_url(login_hint=SAM)
    page = http.get(url).text
    assert f'value="{SAM}"' in page
    assert page.count('type="checkbox"') == 2
    assert "View and edit events on all your calendars" in page


def test_a_person_may_grant_less_or_deny(sandbox: Any) -> None:
    made = flow(sandbox, EVENTS, LIST)
    url, state = made.authorization_url(access_type="offline", prompt="consent")
    assert consent(url, [], action="deny") == {"error": "access_denied", "state": state}
    back = consent(url, [EVENTS])
    assert back["scope"] == EVENTS
    assert made.fetch_token(code=back["code"])["scope"] == [EVENTS]


def test_a_code_works_once_and_only_with_its_verifier(sandbox: Any) -> None:
    made = flow(sandbox, EVENTS)
    url, _ = made.authorization_url()
    form = CLIENT | {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
    token_url = f"{sandbox.url}/google/token"
    with httpx.Client(trust_env=False, verify=TRUSTED) as client:
        for verifier, description in (
            ({}, "Missing code verifier."),
            ({"code_verifier": "x" * 43}, "Invalid code verifier."),
        ):
            code = consent(url, [EVENTS])["code"]
            answer = client.post(token_url, data=form | verifier | {"code": code})
            assert answer.status_code == 400
            assert answer.json() == {"error": "invalid_grant", "error_description": description}
        good = form | {"code": consent(url, [EVENTS])["code"], "code_verifier": made.code_verifier}
        assert client.post(token_url, data=good).status_code == 200
        assert client.post(token_url, data=good).json()["error"] == "invalid_grant"


def test_the_client_is_checked(sandbox: Any) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    with httpx.Client(base_url=f"{sandbox.url}/google", trust_env=False, verify=TRUSTED) as client:
        wrong = client.post("/token", data=form | CLIENT | {"client_secret": "wrong"})
        assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
        basic = client.post("/token", data=form, auth=(CLIENT["client_id"], CLIENT["client_secret"]))
        assert (basic.status_code, basic.json()["error"]) == (400, "invalid_grant")
        kind = client.post("/token", data=CLIENT | {"grant_type": "password"})
        assert (kind.status_code, kind.json()["error"]) == (400, "unsupported_grant_type")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"client_id": "nobody"}, "invalid_client"),
        ({"redirect_uri": "http://example.com/callback"}, "redirect_uri_mismatch"),
        ({"response_type": "token"}, "invalid_request"),
        ({"scope": "https://www.googleapis.com/auth/no.such"}, "invalid_scope"),
    ],
)
def test_a_wrong_request_is_shown_to_the_person(sandbox: Any, change: dict[str, str], says: str) -> None:
    query = {"client_id": CLIENT["client_id"], "redirect_uri": REDIRECT, "response_type": "code", "scope": EVENTS}
    answer = http.get(f"{sandbox.url}/google/o/oauth2/v2/auth", params=query | change)
    assert answer.status_code == 400
    assert says in answer.text


def test_registered_redirects_are_exact(sandbox: Any, control: httpx.Client) -> None:
    client = {"client_id": "strict", "client_secret": "s", "redirect_uris": ["https://shop.example/oauth/callback"]}
    assert control.post("/clients", json=client).status_code == 200
    query = {"client_id": "strict", "redirect_uri": REDIRECT, "response_type": "code", "scope": EVENTS}
    url = f"{sandbox.url}/google/o/oauth2/v2/auth"
    assert http.get(url, params=query).status_code == 400
    query["redirect_uri"] = "https://shop.example/oauth/callback"
    assert http.get(url, params=query).status_code == 200


def test_a_refresh_token_comes_first_or_with_forced_consent(sandbox: Any) -> None:
    assert "refresh_token" not in connect(sandbox, access_type="online", prompt="consent")[1]
    sandbox_first = connect(sandbox, access_type="offline", prompt="select_account")[1]
    assert "refresh_token" not in sandbox_first  # consented before, though online
    assert connect(sandbox)[1]["refresh_token"]


def test_access_tokens_expire_and_are_refreshed_by_the_library(sandbox: Any, google: Any, control: Any) -> None:
    control.post("/settings", json={"access_token_seconds": 1})
    service = google()
    control.post("/expire-access-tokens")
    # 401 authError makes google-auth refresh and send again
    event = service.events().insert(calendarId="primary", body=timed("09:00", "10:00")).execute()
    assert event["status"] == "confirmed"


def test_revoked_in_the_account_means_invalid_grant(sandbox: Any, google: Any, control: Any) -> None:
    service = google()
    assert control.post("/revoke", json={"account": SAM}).json() == {"revoked": 1}
    with pytest.raises(RefreshError) as error:
        service.events().list(calendarId="primary").execute()
    assert error.value.retryable is False
    assert error.value.args[1] == {
        "error": "invalid_grant",
        "error_description": "Token has been expired or revoked.",
    }


def test_revoking_either_token_ends_both(sandbox: Any) -> None:
    for which in ("access_token", "refresh_token"):
        _, token = connect(sandbox)
        with httpx.Client(base_url=f"{sandbox.url}/google", trust_env=False, verify=TRUSTED) as client:
            assert client.post("/revoke", data={"token": token[which]}).json() == {}
            assert client.post("/revoke", data={"token": token[which]}).status_code == 400
            refresh = CLIENT | {"grant_type": "refresh_token", "refresh_token": token["refresh_token"]}
            assert client.post("/token", data=refresh).json()["error"] == "invalid_grant"
            bearer = {"Authorization": f"Bearer {token['access_token']}"}
            answer = client.get("/calendar/v3/calendars/primary/events", headers=bearer)
            assert answer.status_code == 401
            assert answer.json()["error"]["errors"][0]["reason"] == "authError"


def test_a_refresh_keeps_the_refresh_token(sandbox: Any) -> None:
    _, token = connect(sandbox)
    credentials = Credentials(None, token["refresh_token"], token_uri=f"{sandbox.url}/google/token", **CLIENT)
    request = google.auth.transport.requests.Request()
    request.session.trust_env = False
    credentials.refresh(request)
    request.session.close()
    assert credentials.refresh_token == token["refresh_token"]
    assert credentials.token != token["access_token"]


def a_service_account(sandbox: Any, control: httpx.Client, **more: Any) -> dict[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    email = "desk@project.iam.gserviceaccount.com"
    body = {"client_email": email, "public_key": public.decode()} | more
    assert control.post("/service-accounts", json=body).status_code == 200
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return {"client_email": email, "private_key": private.decode(), "token_uri": f"{sandbox.url}/google/token"}


def service_token(info: dict[str, str], subject: str | None = None) -> str:
    credentials = service_account.Credentials.from_service_account_info(info, scopes=[EVENTS], subject=subject)
    request = google.auth.transport.requests.Request()
    request.session.trust_env = False
    try:
        credentials.refresh(request)
    finally:
        request.session.close()
    token: str = credentials.token
    return token


def test_a_service_account_acts_for_a_person(sandbox: Any, control: httpx.Client) -> None:
    info = a_service_account(sandbox, control)
    headers = {"Authorization": f"Bearer {service_token(info, SAM)}"}
    url = f"{sandbox.url}/google/calendar/v3/calendars/primary/events"
    attendees = {"attendees": [{"email": "ann@example.com"}]}
    body = timed("09:00", "10:00", **attendees)
    assert http.post(url, headers=headers, json=body).json()["organizer"]["email"] == SAM
    # for itself: a calendar of its own, and no guests
    alone = {"Authorization": f"Bearer {service_token(info)}"}
    answer = http.post(url, headers=alone, json=body)
    assert answer.json()["error"]["errors"][0]["reason"] == "forbiddenForServiceAccounts"
    assert http.post(url, headers=alone, json=timed("09:00", "10:00")).status_code == 200


def test_a_service_account_is_refused(sandbox: Any, control: httpx.Client) -> None:
    info = a_service_account(sandbox, control)
    a_service_account(sandbox, control)  # another key under the same name
    with pytest.raises(RefreshError, match="Invalid JWT Signature"):
        service_token(info)
    with pytest.raises(RefreshError, match="account not found"):
        service_token(info | {"client_email": "stranger@project.iam.gserviceaccount.com"})
    info = a_service_account(sandbox, control, delegation=False)
    with pytest.raises(RefreshError, match="unauthorized_client"):
        service_token(info, SAM)
    assert service_token(info)
