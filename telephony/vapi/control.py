"""Speaks into a running call through its control address, which Vapi names in the answer to POST /call and in its messages.

The address comes from outside and is a key to the call: only one at Vapi's own hosts is taken, over https, and it is stored
encrypted until the call ends. https://docs.vapi.ai/calls/call-features
"""

import re
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import structlog
from django.conf import settings
from django.db import DatabaseError, connection

from telephony.models import Call
from telephony.vapi import client
from wire.breaker import Breaker, Health, OpenError
from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError
from wire.fields import UndecipherableError

log = structlog.get_logger(__name__)

LONGEST = 500
SECONDS = 2.0  # in all: a command that comes later meets another moment of the call
_PLACES = 8
# A server of one call may fail alone, hence several; with all of them gone no webhook shall wait two seconds for nothing.
BREAKER = Breaker("vapi-control", failures=3, trial_seconds=SECONDS + 2)
# A plain name of letters, digits and dots: no user information, no escapes, no other alphabets, no dot at the end.
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_PLAIN = re.compile(r"[!-~]+")


class ACall(Protocol):
    """A Call or a KnownCall."""

    @property
    def id(self) -> int: ...


def accepted(url: str) -> str:
    """Return the address if it is one of Vapi's, else "": the only way for an address into the database or onto the wire."""
    if not url:
        return ""
    if _is_vapis(url):
        return url
    log.warning("control_address_refused")
    return ""


def say(call: ACall, text: str) -> bool:
    """Have the assistant say this now; say whether Vapi took it. Never raises. Must not be called in a transaction."""
    return _command(call, {"type": "say", "content": text})


def say_at(address: str, text: str) -> bool:
    """Have the same said where a message named the address, and nothing can be looked up. Never raises."""
    return _send(accepted(address), {"type": "say", "content": text})


def transfer(call: ACall, number: str, message: str) -> bool:
    """Have Vapi put the caller through, `message` spoken before; say whether Vapi took it. Never raises.

    Only where Vapi itself answers the number: calls that came through provider bypass are moved at Twilio.
    """
    return _command(call, {"type": "transfer", "destination": {"type": "number", "number": number}, "content": message})


def _command(call: ACall, body: dict[str, Any]) -> bool:
    try:
        stored = Call.objects.filter(pk=call.id).values_list("control_url", flat=True).first() or ""
    except (DatabaseError, UndecipherableError):
        log.exception("control_address_unreadable")
        return False
    return _send(accepted(stored), body)  # once more: what is Vapi's may have been narrowed since


def _send(url: str, body: dict[str, Any]) -> bool:
    if not url:
        return False
    if not connection.in_atomic_block:
        connection.close()  # as the hand-off does: with the pool, this gives the connection to others meanwhile
    try:
        answer = BREAKER.call(lambda: _bulkhead().call(lambda: client.command(url, body), seconds=SECONDS), judge=_health)
    except (OpenError, BulkheadFullError, DeadlineExceededError, httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("control_failed", kind=type(error).__name__, command=body["type"])
        return False
    if not answer.is_success:
        log.warning("control_failed", status=answer.status_code, command=body["type"])
    return answer.is_success


def _health(outcome: httpx.Response | Exception) -> Health:
    if isinstance(outcome, httpx.Response):
        return Health.BROKEN if outcome.status_code >= 500 else Health.WELL
    return Health.BROKEN if isinstance(outcome, DeadlineExceededError | httpx.HTTPError) else Health.UNTOLD


def _is_vapis(url: str) -> bool:
    if len(url) > LONGEST or not _PLAIN.fullmatch(url) or "\\" in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.netloc.rpartition(":")[0] if port is not None else parts.netloc
    if not _HOST.fullmatch(host.lower()) or parts.fragment:
        return False
    if not settings.PRODUCTION and _is_sandbox(parts.scheme, parts.netloc):
        return True
    named = [each.lower().strip(".") for each in settings.VAPI_CONTROL_HOSTS]
    ours = any(host.lower() == each or host.lower().endswith(f".{each}") for each in named if each)
    return ours and parts.scheme == "https" and port in (None, 443)


def _is_sandbox(scheme: str, netloc: str) -> bool:
    base = urlsplit(settings.VAPI_BASE_URL)
    return scheme == base.scheme == "http" and netloc == base.netloc


@lru_cache(maxsize=1)
def _bulkhead() -> Bulkhead:
    return Bulkhead(_PLACES)
