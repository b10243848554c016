"""Asks Vapi to take a call that Twilio has brought to us (provider bypass), while the caller hears it ring.

One total deadline, at most half of the web threads waiting, no database connection held meanwhile, and nobody waits for a
Vapi that has just failed.
https://docs.vapi.ai/calls/call-handling-with-vapi-and-twilio
"""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import httpx
from django.conf import settings
from django.db import connection

from telephony.assistant import variables, versions
from telephony.assistant.builder import NotReadyError
from telephony.models import Call
from telephony.vapi import client, control, who
from wire import timing
from wire.breaker import Breaker, Health, OpenError
from wire.deadline import Bulkhead, BulkheadFullError, DeadlineExceededError

# Vapi wants to know who calls, and refuses what is no E.164 number unless told not to look.
WITHHELD = {"number": "anonymous", "numberE164CheckEnabled": False}
# The first caller who waited in vain is the last one for a while.
BREAKER = Breaker("vapi", failures=1, trial_seconds=settings.VAPI_DEADLINE_SECONDS + 2)


class HandoffError(Exception):
    """Vapi does not take the call; `reason` says why, in words for the back office."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Taken:
    """Vapi's id of the call, what Twilio is to play, where commands for the call go ("" where it takes none), and who answers it.

    `assistant_id`: Vapi's id of the shop's assistant there; "" where one was sent along.
    """

    vapi_id: str
    twiml: str
    control_url: str
    assistant_id: str


def ask(call: Call, *, now: datetime) -> Taken:
    """Return Vapi's TwiML for the call. Raises HandoffError."""
    try:
        answer, assistant_id = BREAKER.call(lambda: _post(call, now), judge=_health)
    except OpenError as error:
        raise HandoffError("Vapi was not asked: it failed a moment ago") from error
    except BulkheadFullError as error:
        raise HandoffError("too many calls wait for Vapi") from error
    except (DeadlineExceededError, httpx.TimeoutException) as error:
        raise HandoffError("Vapi was too slow") from error
    except httpx.HTTPError as error:
        raise HandoffError("Vapi could not be reached") from error
    if answer.status_code >= 500:
        raise HandoffError(f"Vapi failed ({answer.status_code})")
    if not answer.is_success:
        raise HandoffError(f"Vapi refused ({answer.status_code})")
    return _read(answer, assistant_id)


# An id that another call holds is left there, as `calls.link` leaves it. A caller does not wait for the disk: where a crash of
# the database forgets it, a second delivery rings a person, and Vapi's messages name the call.
_KEEP = f"""
UPDATE telephony_call SET handoff_twiml = %(twiml)s, control_url = %(control_url)s,
       assistant_id = coalesce({versions.LAST_PUSHED}, assistant_id),
       vapi_id = CASE WHEN EXISTS (SELECT FROM telephony_call o WHERE o.vapi_id = %(vapi_id)s) THEN vapi_id
                      ELSE coalesce(vapi_id, %(vapi_id)s) END
  FROM set_config('synchronous_commit', 'off', true)
 WHERE id = %(id)s
"""  # noqa: S608


def keep(call: Call, taken: Taken, *, twiml: str) -> None:
    """Keep what Vapi answered when it took the call, and the `twiml` that Twilio is given. One statement; a caller waits."""
    secret = Call._meta.get_field("control_url").get_prep_value(taken.control_url)
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, {
            "id": call.pk, "shop": call.shop_id, "assistant": taken.assistant_id, "vapi_id": taken.vapi_id,
            "twiml": twiml, "control_url": secret,
        })  # fmt: skip


def _post(call: Call, now: datetime) -> tuple[httpx.Response, str]:
    """Return Vapi's answer, and the id of the assistant it was asked for."""
    body = _body(call, now)
    if not connection.in_atomic_block:
        connection.close()  # a caller may wait here for seconds: with the pool, this gives the connection to others

    def ask() -> httpx.Response:
        with timing.waiting_for("vapi"):
            return client.create_call(body)

    answer = _bulkhead(settings.WEB_THREADS // 2).call(ask, seconds=settings.VAPI_DEADLINE_SECONDS)
    return answer, body.get("assistantId", "")


def _health(outcome: tuple[httpx.Response, str] | Exception) -> Health:
    """Judge what Vapi answered: what it refuses it refuses at once, and only time is what a breaker saves."""
    if isinstance(outcome, tuple):
        return Health.BROKEN if outcome[0].status_code >= 500 else Health.WELL
    return Health.BROKEN if isinstance(outcome, DeadlineExceededError | httpx.HTTPError) else Health.UNTOLD


def _body(call: Call, now: datetime) -> dict[str, Any]:
    try:
        answers = who.answers(call, now=now)
    except NotReadyError as error:
        raise HandoffError("the shop has no assistant at Vapi") from error
    told = variables.of(call, now=now)
    return {
        "phoneNumberId": call.shop.vapi_phone_number_id or settings.VAPI_PHONE_NUMBER_ID,
        "phoneCallProviderBypassEnabled": True,
        "customer": {"number": call.from_number} if call.from_number else WITHHELD,
        **answers,
        "assistantOverrides": {"variableValues": told, "metadata": variables.identity(told)},
    }


def _read(answer: httpx.Response, assistant_id: str) -> Taken:
    try:
        said = answer.json()
    except ValueError as error:
        raise HandoffError("Vapi's answer was not understood") from error
    if _at(said, "subscriptionLimits", "concurrencyBlocked") is True:
        raise HandoffError("Vapi is at its concurrency limit")
    vapi_id, twiml = _at(said, "id"), _at(said, "phoneCallProviderDetails", "twiml")
    if not (isinstance(vapi_id, str) and isinstance(twiml, str) and twiml):
        raise HandoffError("Vapi's answer was not understood")
    address = _at(said, "monitor", "controlUrl")
    return Taken(vapi_id[:64], twiml, control.accepted(address) if isinstance(address, str) else "", assistant_id)


def _at(said: Any, *path: str) -> Any:
    for key in path:
        said = said.get(key) if isinstance(said, dict) else None
    return said


@lru_cache(maxsize=4)
def _bulkhead(places: int) -> Bulkhead:
    return Bulkhead(max(places, 1))
