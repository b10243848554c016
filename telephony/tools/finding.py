"""findAppointments: what a caller has with us, once they are known. Says nothing about anybody else."""

from collections.abc import Mapping
from typing import Any

from bookings.models import Booking
from bookings.services import finding
from telephony.tools import answers_callers, identity
from telephony.tools.answers import Answer
from telephony.tools.context import Context


def find(context: Context, said: Mapping[str, Any]) -> Answer:
    """Answer with the caller's open appointments; with what is known of them where there is none."""
    answer = _find(context, said)
    return {**answer, "state": "not_found"} if answer["state"] == "not_booked" else answer


@identity.guarded
def _find(context: Context, said: Mapping[str, Any]) -> Answer:
    roster, call = context.roster, context.call
    there = finding.history(shop_id=roster.shop_id, phone=call.from_number, origin=call.origin)
    known = identity.proven(context, said, there)
    upcoming = [each for each in reversed(known.bookings) if finding.is_upcoming(each, context.now)]
    if upcoming:
        upcoming.sort(key=lambda each: (each.promised_from, each.pk))
        return answers_callers.found(upcoming, known.bookings, roster)
    done = [each.promised_from.astimezone(roster.zone).date() for each in known.bookings if each.status == Booking.Status.DONE]
    return answers_callers.none_upcoming(known.bookings, known.who, max(done, default=None))
