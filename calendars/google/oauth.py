"""Consent and tokens: where to send a technician, what a code, a refresh token or a key file is exchanged for.

Stores nothing and logs no token.
"""

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import google_auth_httplib2
import httplib2
import httpx
import requests
from django.conf import settings
from google.auth import jwt
from google.oauth2 import credentials, service_account
from google_auth_oauthlib.flow import Flow
from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]

from calendars.google import client, errors
from calendars.google.errors import GoogleError, Verdict

EVENTS = "https://www.googleapis.com/auth/calendar.events"
CALENDAR_LIST = "https://www.googleapis.com/auth/calendar.calendarlist.readonly"
# The least that works: events of calendars the account may write to, which calendars there are, and which account it is.
# Without the list the account's own calendar is used.
SCOPES = ("openid", "https://www.googleapis.com/auth/userinfo.email", EVENTS, CALENDAR_LIST)

# Google answers with the scopes that were ticked, in its own order; oauthlib would call any difference an error.
os.environ.setdefault("OAUTHLIB_RELAX_TOKEN_SCOPE", "1")


@dataclass(frozen=True, slots=True, repr=False)
class Tokens:
    """What Google gave. `refresh_token` is empty where none came."""

    access_token: str
    expires_at: datetime
    refresh_token: str = ""
    scopes: tuple[str, ...] = ()
    account: str = ""
    sub: str = ""


def consent_url(*, redirect_uri: str, state: str, login_hint: str) -> tuple[str, str]:
    """Return where to send the browser, and the PKCE verifier to keep until it comes back."""
    flow = _flow(redirect_uri, state=state)
    url, _ = flow.authorization_url(access_type="offline", prompt="consent", **({"login_hint": login_hint} if login_hint else {}))
    return str(url), str(flow.code_verifier)


def exchange(code: str, *, redirect_uri: str, verifier: str) -> Tokens:
    """Exchange the code of a callback for tokens. Raises GoogleError."""
    flow = _flow(redirect_uri, verifier=verifier)
    client.outside_transaction()
    started = time.monotonic()
    try:
        answer = flow.fetch_token(code=code, include_client_id=True, timeout=client.TIMEOUT_SECONDS)
    except OAuth2Error as error:
        judged = errors.judge_grant(str(error.error)[:60])
        client.record("token.exchange", None, started, judged)
        raise judged from error
    except (requests.RequestException, OSError, ValueError) as error:
        judged = GoogleError(Verdict.RETRY, type(error).__name__)
        client.record("token.exchange", None, started, judged)
        raise judged from error
    client.record("token.exchange", None, started, None)
    # Straight from Google's token endpoint, so its signature adds nothing (OpenID Connect Core, 3.1.3.7, point 6).
    id_token = answer.get("id_token")
    claims = jwt.decode(id_token, verify=False) if id_token else {}  # type: ignore[no-untyped-call]
    scope = answer.get("scope") or ""
    return Tokens(
        access_token=answer["access_token"],
        expires_at=datetime.now(UTC) + timedelta(seconds=int(answer.get("expires_in", 3600))),
        refresh_token=answer.get("refresh_token") or "",
        scopes=tuple(scope if isinstance(scope, list) else scope.split()),
        account=str(claims.get("email", "")).lower(),
        sub=str(claims.get("sub", "")),
    )


def refresh(refresh_token: str, *, label: int) -> Tokens:
    """Get a new access token. Raises GoogleError; GRANT when the permission is gone."""
    return _obtain(
        credentials.Credentials(  # type: ignore[no-untyped-call]
            token=None,
            refresh_token=refresh_token,
            token_uri=settings.GOOGLE_TOKEN_URI,
            client_id=settings.GOOGLE_CLIENT_ID,
            client_secret=settings.GOOGLE_CLIENT_SECRET,
        ),
        label=label,
    )


def assume(subject: str, *, scopes: Sequence[str] = (EVENTS,), label: int | None) -> Tokens:
    """Get an access token of the service account, for itself or on behalf of `subject`. Raises GoogleError.

    An administrator who delegated fewer scopes than are asked for makes Google refuse all of them.
    """
    try:
        key = json.loads(Path(settings.GOOGLE_CALENDAR_CREDENTIALS).read_text("utf-8"))
        made = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            {"token_uri": settings.GOOGLE_TOKEN_URI} | key, scopes=list(scopes), subject=subject or None
        )
    except (OSError, ValueError) as error:
        raise GoogleError(Verdict.CALENDAR, "GOOGLE_CALENDAR_CREDENTIALS cannot be read") from error
    return _obtain(made, label=label)


def service_account_address() -> str:
    """The address that calendars are shared with; empty without a key file."""
    try:
        return str(json.loads(Path(settings.GOOGLE_CALENDAR_CREDENTIALS).read_text("utf-8"))["client_email"])
    except (OSError, ValueError, LookupError):
        return ""


def revoke(token: str) -> bool:
    """Give a permission back; False where Google did not answer. A token that it does not know is none any more."""
    client.outside_transaction()
    try:
        return httpx.post(settings.GOOGLE_REVOKE_URI, data={"token": token}, timeout=5).status_code < 429
    except httpx.HTTPError:
        return False


def _obtain(made: Any, *, label: int | None) -> Tokens:
    """`made` are credentials of google-auth, which has no types."""
    client.outside_transaction()
    started = time.monotonic()
    http = httplib2.Http(timeout=client.TIMEOUT_SECONDS)
    try:
        made.refresh(google_auth_httplib2.Request(http))
    except errors.CAUGHT as error:
        judged = errors.read(error)
        client.record("token.refresh", label, started, judged)
        raise judged from error
    finally:
        http.close()
    client.record("token.refresh", label, started, None)
    return Tokens(
        access_token=made.token,
        expires_at=made.expiry.replace(tzinfo=UTC),
        refresh_token=getattr(made, "refresh_token", None) or "",
    )


def _flow(redirect_uri: str, *, state: str | None = None, verifier: str | None = None) -> Flow:
    if "http" in {urlsplit(uri).scheme for uri in (settings.GOOGLE_AUTH_URI, settings.GOOGLE_TOKEN_URI)}:
        # A sandbox on this machine; the settings refuse such addresses in production.
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    client_config = {
        "client_id": settings.GOOGLE_CLIENT_ID,
        "client_secret": settings.GOOGLE_CLIENT_SECRET,
        "auth_uri": settings.GOOGLE_AUTH_URI,
        "token_uri": settings.GOOGLE_TOKEN_URI,
    }
    return Flow.from_client_config(
        {"web": client_config}, scopes=SCOPES, redirect_uri=redirect_uri, state=state, code_verifier=verifier
    )
