"""Whether a change is still what the caller wants, looked at under the origin's lock, before anything is written.

A later request, or words that took it back, make it void; so does a conversation in which nobody asked for it. A noise on
the line is neither.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services import appointments, finding
from bookings.services.asking import Outcome, State
from telephony.tools import answers, intent, refusals, retraction
from telephony.tools.answers import Answer
from telephony.tools.context import Context
from telephony.tools.intent import Intent, Meant
from telephony.tools.retraction import fold
from telephony.tools.stored import Before

# A final transcript is stamped some time after the words it holds were begun.
_SPOKEN_FOR = timedelta(seconds=20)


def answer(context: Context, meant: Intent, service: str, before: Before) -> Answer | None:
    """Return what to say instead of carrying the change out; None where it may be carried out."""
    if _is_overtaken(service, before.newer):
        standing = _standing(context)
        if standing is not None and meant is not Intent.CANCEL:
            return None  # the work itself answers an older request with what stands (bookings.services.appointments)
        return refusals.taken_back(standing, context.roster)
    if _is_taken_back(context, before.taken_back_at):
        return refusals.taken_back(_standing(context), context.roster)
    match intent.judge(meant, context.conversation, context.roster):
        case Meant.TAKEN_BACK:
            return refusals.taken_back(_standing(context), context.roster)
        case Meant.NO:
            return refusals.not_asked_for(meant)
    return None


def as_it_stands(context: Context, stored: Answer) -> Answer:
    """Return the answer that a request was given before; where its booking was changed since, what is true of that now."""
    if stored["state"] not in ("booked", "moved"):
        return stored
    booking = finding.by_id(stored["bookingId"], shop_id=context.roster.shop_id)
    if booking is None or booking.customer is None:
        return stored
    if booking.status == Booking.Status.CANCELLED:
        return refusals.refused(RefusedError("cancelled_since", booking=booking), context.roster.zone)
    as_said = booking.promised_from.astimezone(context.roster.zone).isoformat() == stored["scheduledDate"]
    as_certain = bool(stored.get("toConfirm")) == (booking.to_confirm_since is not None)
    if as_said and as_certain and booking.customer.name in stored["say"]:
        return stored
    return answers.stands(Outcome(State.UNCHANGED, booking), context.roster)


def _is_taken_back(context: Context, at: datetime | None) -> bool:
    """Say whether the caller took something back after this was asked for, and the assistant did not know of it yet."""
    if at is None or at <= context.requested_at:
        return False
    return not any(
        turn.role == "user"
        and retraction.is_in(turn.text, context.roster.retraction_words)
        and (turn.at is None or turn.at > at - _SPOKEN_FOR)
        for turn in context.conversation
    )


def _is_overtaken(service: str, newer: Sequence[str | None]) -> bool:
    """Say whether a later request about the same service was answered already."""
    return any(not each or not service or fold(each) == fold(service) for each in newer)


def _standing(context: Context) -> Booking | None:
    """Return the latest booking that stands of what this call has booked or moved."""
    return appointments.touched_by(context.call.origin, shop_id=context.roster.shop_id).last()
