"""Vapi's API over plain HTTP: its SDK knows neither provider bypass nor its own answer to it."""

import atexit
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

# Time the far side may take for one step; the total is the caller's deadline, kept by wire.deadline.
STEP_SECONDS = 5.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def create_call(body: dict[str, Any]) -> httpx.Response:
    """POST /call. Raises httpx.HTTPError when there was no answer."""
    loopback = urlsplit(settings.VAPI_BASE_URL).hostname in _LOOPBACK
    return _client(trust_env=not loopback).post(
        f"{settings.VAPI_BASE_URL}/call", json=body, headers={"Authorization": f"Bearer {settings.VAPI_API_KEY}"}
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
