"""Vapi's API over plain HTTP: its SDK knows neither provider bypass nor its own answer to it."""

import atexit
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
from django.conf import settings

# Time the far side may take for one step; the total is the caller's deadline, kept by wire.deadline.
STEP_SECONDS = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_call(body: dict[str, Any]) -> httpx.Response:
    """POST /call. Raises httpx.HTTPError when there was no answer."""
    return _send("POST", "/call", body)


def get_call(vapi_id: str) -> httpx.Response:
    """GET /call/{id}. Raises httpx.HTTPError when there was no answer."""
    return _send("GET", f"/call/{quote(vapi_id, safe='')}")


def list_calls(*, created_after: datetime, limit: int) -> httpx.Response:
    """GET /call: calls that were made after this, the newest first. Raises httpx.HTTPError when there was no answer."""
    since = created_after.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return _send("GET", f"/call?{urlencode({'createdAtGt': since, 'limit': limit})}")


def get_assistant(assistant_id: str) -> httpx.Response:
    """GET /assistant/{id}. Raises httpx.HTTPError when there was no answer."""
    return _send("GET", f"/assistant/{quote(assistant_id, safe='')}")


def create_assistant(body: dict[str, Any]) -> httpx.Response:
    """POST /assistant. Raises httpx.HTTPError when there was no answer."""
    return _send("POST", "/assistant", body)


def update_assistant(assistant_id: str, body: dict[str, Any]) -> httpx.Response:
    """PATCH /assistant/{id}: each key that is sent takes the place of what stood there. Raises httpx.HTTPError."""
    return _send("PATCH", f"/assistant/{quote(assistant_id, safe='')}", body)


def delete_call(vapi_id: str) -> httpx.Response:
    """DELETE /call/{id}: the call with its recording and everything else Vapi has of it. Raises httpx.HTTPError.

    The operation stands in Vapi's published API (deleteCallData); that the recording's file goes with it is what its name and
    Vapi's "call.deleted" message suggest, and was not tried on a live account. 404 says that there is no such call (any more).
    """
    return _send("DELETE", f"/call/{quote(vapi_id, safe='')}")


def command(url: str, body: dict[str, Any]) -> httpx.Response:
    """POST to a running call's control address, without our key. Follows no redirect. Raises httpx.HTTPError."""
    loopback = urlsplit(url).hostname in _LOOPBACK
    return _client(trust_env=not loopback).post(url, json=body, follow_redirects=False)


def warm() -> None:
    """Make the client now: its certificates are read once, which takes a tenth of a second."""
    _client(trust_env=urlsplit(settings.VAPI_BASE_URL).hostname not in _LOOPBACK)


def _send(method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
    loopback = urlsplit(settings.VAPI_BASE_URL).hostname in _LOOPBACK
    return _client(trust_env=not loopback).request(
        method, f"{settings.VAPI_BASE_URL}{path}", json=body, headers={"Authorization": f"Bearer {settings.VAPI_API_KEY}"}
    )


@lru_cache(maxsize=2)
def _client(*, trust_env: bool) -> httpx.Client:
    """One client a process: it is safe between threads and keeps connections, which saves the TLS handshake."""
    client = httpx.Client(
        timeout=STEP_SECONDS,
        headers={"User-Agent": "hvacsched/1.0"},
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=8, keepalive_expiry=30),
        trust_env=trust_env,
    )
    atexit.register(client.close)
    return client
