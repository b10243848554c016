"""What a caller hears whom the office serves no more: nothing is offered or booked, a person calls back and decides.

Known by the number, since a caller may give any name. Why, they do not hear; the office reads it with the lead. Danger, messages,
cancelling and being put through go on as for anybody.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from bookings.models import Lead
from bookings.services import leads
from bookings.speech import english
from telephony.tools import answers
from telephony.tools.answers import Answer
from telephony.tools.context import Context

_ASKED = ("serviceType", "requestedDate", "scheduledDate", "problem", "customerName")


def answer(context: Context, reason: str, *, phone: str, said: Mapping[str, Any]) -> Answer:
    """Keep a lead with what was asked for, then promise the call back at the number."""
    wishes = {name: text for name in _ASKED if isinstance(text := said.get(name), str) and text}
    asked = ", ".join(english.read(text) if name.endswith("Date") else text for name, text in wishes.items())
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OFFICE_WILL_CALL, phone=phone,
        now=context.now, wanted=f"{asked}. Not booked: marked do not service ({reason})".lstrip(". ")[:2000],
    )  # fmt: skip
    if phone == context.call.from_number:
        say = _("I can't book that myself. Our office will call you back at the number you're calling from.")
    else:
        say = _("I can't book that myself. Our office will call you back at the number you gave me.")
    return answers.office_will_call(say)
