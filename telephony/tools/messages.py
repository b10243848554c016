"""takeMessage: a question we cannot answer, or a wish for a call back, becomes a lead of the office."""

from collections.abc import Mapping
from typing import Any

import phonenumbers

from bookings.errors import RefusedError
from bookings.models import Lead
from bookings.services import customers, leads
from telephony.models import ToolInvocation
from telephony.tools import answers_callers, booking
from telephony.tools.answers import Answer
from telephony.tools.context import Context

NAME = "takeMessage"


def take(context: Context, said: Mapping[str, Any]) -> Answer:
    """Keep what the caller wants to tell the office, beside what they said before; promise a call back at a number.

    All messages of the call make one lead, in the order in which they were said, each once.
    """
    earlier = ToolInvocation.objects.filter(call=context.call.id, name=NAME).order_by("requested_at", "pk")
    taken = [*earlier.values_list("requested_at", "arguments"), (context.requested_at, dict(said))]
    taken.sort(key=lambda each: each[0])
    texts: dict[str, str] = {}
    name = phone = ""
    for _at, words in taken:
        text, who = _said(words, "message", 1000), _said(words, "customerName", 100)
        if customers.fold(text):
            texts.setdefault(customers.fold(text), text)
        name, phone = who or name, _number(context, _said(words, "customerPhone", 40)) or phone
    number = phone or context.call.from_number
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.MESSAGE, phone=number, now=context.now,
        messages=[f"{name}: {text}" if name else text for text in texts.values()],
    )  # fmt: skip
    if not number:
        return answers_callers.message_without_number()
    return answers_callers.message_taken("" if number == context.call.from_number else _spoken(number, context.roster.country))


def _said(words: Mapping[str, Any], name: str, longest: int) -> str:
    value = words.get(name) or ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return " ".join(text.split())[:longest]


def _number(context: Context, said: str) -> str:
    """Return the number that was said, the caller's own where that is meant; "" for what nobody could call."""
    try:
        return booking.number_of(context, said) if said else ""
    except RefusedError:
        return ""


def _spoken(number: str, country: str) -> str:
    parsed = phonenumbers.parse(number)
    home = phonenumbers.country_code_for_region(country) == parsed.country_code
    form = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)
