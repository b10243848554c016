"""What Vapi and Twilio say of calls, asked outside of any transaction. Who fails is left alone for the rest of a sweep."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

import httpx
import structlog
from django.conf import settings
from django.db import connection
from twilio.base.exceptions import TwilioRestException

from telephony.models import Call
from telephony.twilio import rest
from telephony.vapi import client, messages, reports

log = structlog.get_logger(__name__)

FINAL = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})
_NO_SUCH = 404
_PAGE = 100


class Word(Enum):
    """What a vendor knows of a call."""

    OVER = "over"
    LIVE = "live"
    UNKNOWN = "unknown"  # it has no such call
    SILENT = "silent"  # it cannot be asked now


@dataclass(slots=True)
class Vendors:
    """Both, for one sweep."""

    _silent: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if connection.in_atomic_block:
            raise RuntimeError("Vapi and Twilio are not asked inside a transaction")
        if not settings.VAPI_API_KEY:
            self._silent.add("vapi")
        if not (settings.TWILIO_ACCOUNT_SID and settings.TWILIO_AUTH_TOKENS):
            self._silent.add("twilio")

    def of_vapi(self, vapi_id: str) -> tuple[Word, dict[str, Any]]:
        """Return what Vapi knows of a call, and the call as it has it."""
        answer = self._vapi(lambda: client.get_call(vapi_id))
        if answer is None:
            return Word.SILENT, {}
        if not isinstance(answer, dict):
            return Word.UNKNOWN, {}
        return (Word.OVER if answer.get("status") == "ended" else Word.LIVE), answer

    def calls_at_vapi(self, since: datetime) -> list[dict[str, Any]]:
        """Return the latest calls that have begun since, the newest first, at most a page of them."""
        answer = self._vapi(lambda: client.list_calls(created_after=since, limit=_PAGE))
        return [each for each in answer if isinstance(each, dict)] if isinstance(answer, list) else []

    def of_twilio(self, sid: str) -> tuple[Word, Any]:
        """Return what Twilio knows of a call, and the call as its library has it."""
        known = self._twilio(lambda: rest.client().calls(sid).fetch())
        if known is None:
            return Word.SILENT, None
        if known is _NO_SUCH:
            return Word.UNKNOWN, None
        return (Word.OVER if known.status in FINAL else Word.LIVE), known

    def calls_at_twilio(self, number: str, since: datetime, *, most: int) -> list[Any]:
        """Return calls to a number that have begun since, the newest first."""
        return self._twilio(lambda: rest.client().calls.list(to=number, start_time_after=since, limit=most)) or []

    def recordings(self, since: datetime, *, most: int) -> list[Any]:
        """Return the account's recordings since, the newest first."""
        return self._twilio(lambda: rest.client().recordings.list(date_created_after=since, limit=most)) or []

    def _vapi(self, ask: Any) -> Any:
        """Return the answer's JSON, 404 where there is no such thing, None where Vapi cannot be asked."""
        if "vapi" in self._silent:
            return None
        try:
            answer = ask()
            if answer.status_code == _NO_SUCH:
                return _NO_SUCH
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            self._fell_silent("vapi", error)
            return None

    def _twilio(self, ask: Any) -> Any:
        if "twilio" in self._silent:
            return None
        try:
            return ask()
        except rest.ERRORS as error:
            if isinstance(error, TwilioRestException) and error.status == _NO_SUCH:
                return _NO_SUCH
            self._fell_silent("twilio", error)
            return None

    def _fell_silent(self, service: str, error: Exception) -> None:
        self._silent.add(service)
        log.warning("reconciling_waits", service=service, kind=type(error).__name__)


def take_report(call: dict[str, Any], *, now: datetime) -> None:
    """Take in a call as Vapi has it, as if the report of its end had come.

    Raises calls.UnknownShopError for a number that no shop has.
    """
    ended = call.get("endedAt") or call.get("updatedAt")
    message = {
        **{key: call.get(key) for key in ("endedReason", "startedAt", "endedAt", "artifact", "analysis", "cost", "messages")},
        "type": "end-of-call-report",
        "timestamp": ended,
        "call": call,
        "customer": call.get("customer"),
        "phoneNumber": {"id": call.get("phoneNumberId")},
    }
    reports.take(messages.read(json.dumps({"message": message}).encode()), now=now)


def is_reported(call: Call) -> bool:
    return call.events.filter(kind="end-of-call-report").exists()
