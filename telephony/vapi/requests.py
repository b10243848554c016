"""Answers what Vapi asks while a caller hears it ring or waits to be put through. Always a person in the end, never a fault.

https://docs.vapi.ai/server-url/events: `assistant-request` has 7.5 seconds in all, and a caller who hears nothing meanwhile.
"""

from datetime import datetime
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from bookings.models import Lead, Shop
from bookings.services import leads
from telephony import briefing, calls, rings
from telephony.assistant import variables, versions
from telephony.models import Call
from telephony.twilio import twiml
from telephony.vapi import control, reports, who
from telephony.vapi.messages import Message

log = structlog.get_logger(__name__)
Json = dict[str, Any]

# A statement that hangs must leave time for the dispatcher's number; the session's own limit is longer than Vapi waits.
_STATEMENT_MILLISECONDS = 2000
_UNKNOWN_NUMBER = "I'm sorry, nobody can be reached at this number. Please check the number and call again."
_NOBODY = "I'm sorry, we can't take your call right now. Please call again in a few minutes."
_NO_HANDOFF = "There is nobody else to hand this call to. Stay with the caller."


def assistant(message: Message, now: datetime) -> Json:
    """Answer `assistant-request`: who takes the call, and what they are told of it; else the dispatcher's number."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {_STATEMENT_MILLISECONDS}")
            call = _heard(message, now)
            with structlog.contextvars.bound_contextvars(call=call.origin):
                answer = who.answers(call, now=now)
                if "assistantId" in answer:
                    versions.note(call, answer["assistantId"])
                told = variables.of(call, now=now)
                reports.take(message, now=now)
                log.info("assistant_requested", by="id" if "assistantId" in answer else "body")
        return {**answer, "assistantOverrides": {"variableValues": told, "metadata": variables.identity(told)}}
    except calls.UnknownShopError:
        log.warning("assistant_requested_for_no_shop")
        return {"error": _UNKNOWN_NUMBER}
    except Exception:  # the delivery boundary: a caller hears it ring
        log.exception("assistant_request_failed")
        return _dispatcher(settings.FALLBACK_DIAL_NUMBER, "One moment please, I am connecting you.") or {"error": _NOBODY}


def transfer(message: Message, now: datetime) -> Json:
    """Answer `transfer-destination-request`: the first person who is to be rung, who is told what it is about.

    The caller hears first that they are put through. Whether the person took the call Vapi does not say: an urgent lead stays.
    """
    number, name, language, summary = settings.FALLBACK_DIAL_NUMBER, "", "en", ""
    try:
        shop, language = _shop_and_language(message)
        number, name = shop.fallback_number or number, shop.name
        reports.take(message, now=now)
        number, summary = _first_person(message, now) or (number, "")
    except Exception:  # the delivery boundary; the environment's number needs no database
        log.exception("transfer_without_shop")
    found = _dispatcher(number, "")
    with translation.override(language):
        if not found:
            return {"error": _("I can't connect you right now. I can take a message for our office instead.")}
        say = twiml.connecting(name)
    if summary:
        found["destination"]["transferPlan"] = {"mode": "warm-transfer-say-message", "message": summary}
    return found | {"message": {"type": "request-start", "content": say}}


def handoff(message: Message, now: datetime) -> Json:
    """Answer `handoff-destination-request`: there is one assistant only."""
    try:
        reports.take(message, now=now)
    except Exception:  # the delivery boundary
        log.exception("handoff_not_written_down")
    return {"error": _NO_HANDOFF}


def _dispatcher(number: str, spoken: str) -> Json:
    """Return a person's number as Vapi's `destination`; nothing where there is no number. "" leaves the words to others."""
    return {"destination": {"type": "number", "number": number, "message": spoken}} if number else {}


def _heard(message: Message, now: datetime) -> Call:
    known = calls.heard(
        # A request that names no call is one of its own.
        vapi_id=message.vapi_id or ("" if message.twilio_sid else f"unnamed-{message.request[:40]}"),
        twilio_sid=message.twilio_sid,
        shop_number=message.shop_number,
        phone_number_id=message.phone_number_id,
        from_number=message.caller,
        control_url=control.accepted(message.control_url),
        now=now,
    )
    return Call.objects.select_related("shop").get(pk=known.id)


def _first_person(message: Message, now: datetime) -> tuple[str, str] | None:
    """Return the number of whom is rung first and what they are told, written down as a turn; None where nobody is."""
    call = calls.find(vapi_id=message.vapi_id, twilio_sid=message.twilio_sid)
    turn = rings.begin(call, 0, now=now) if call is not None else None
    if call is None or turn is None:
        return None
    leads.keep(
        shop_id=call.shop_id, origin=call.origin, reason=Lead.Reason.WANTED_PERSON, phone=call.from_number, now=now, urgent=True,
    )  # fmt: skip
    return turn.number, briefing.of(call)


def _shop_and_language(message: Message) -> tuple[Shop, str]:
    """Return the shop, and the language to speak to the caller in."""
    call = calls.find(vapi_id=message.vapi_id, twilio_sid=message.twilio_sid)
    if call is not None:
        return call.shop, calls.language_of(call)
    shop = calls.shop_of(number=message.shop_number, phone_number_id=message.phone_number_id)
    return shop, shop.languages.split("-")[0]
