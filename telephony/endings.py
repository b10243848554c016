"""Decides what came of a call, from what is stored: its stage, its tools, its lead. Every ending goes through here.

Twilio's last status and Vapi's report both call `close`, in any order and as often as they like; later facts may raise
the outcome, never lower it. A caller nobody served becomes a lead.
"""

from datetime import datetime

from django.db import transaction

from bookings.models import Concern, Lead
from bookings.services import appointments, concerns, leads, rosters, transactions
from telephony import timeline
from telephony.models import Call, CallEvent
from telephony.tools import intent, retraction

Outcome = Call.Outcome
Stage = Call.Stage

# How Vapi says that a conversation came to its natural end. Whatever is not named here is a failure or unclear, and a
# caller who is still on the line then gets a person.
NATURAL_ENDINGS = frozenset(
    {
        "customer-ended-call",
        "assistant-ended-call",
        "assistant-said-end-call-phrase",
        "assistant-ended-call-after-message-spoken",
        "assistant-ended-call-with-hangup-task",
    }
)
# Answers after which the caller has what they called for.
SERVED_STATES = frozenset({"booked", "moved", "cancelled"})
_FAILURES = ("error", "failed", "fault", "worker-shutdown", "closed-websocket", "no-call-received")

# From what says least to what says most about a call.
_WEIGHT = [
    "",
    Outcome.ABANDONED,
    Outcome.FAILED,
    Outcome.SPAM,
    Outcome.ANSWERED,
    Outcome.CANCELLED,
    Outcome.VOICEMAIL,
    Outcome.TRANSFERRED,
    Outcome.MOVED,
    Outcome.BOOKED,
    Outcome.EMERGENCY,
]


def close(call: Call, *, reason: str, at: datetime, hung_up: bool = False) -> Call:
    """End the call, say what came of it, and keep a lead where nobody served the caller. Owns its transaction.

    `hung_up`: the telephone call itself is over, as only Twilio knows. Without it, a call that has gone on to the
    dispatcher or the voicemail is not ended by the assistant's end.
    """
    with transaction.atomic():
        transactions.lock_origin(call.origin)  # as a tool does that may still be at work for this call
        call = Call.objects.select_for_update(of=("self",), no_key=True).select_related("shop").get(pk=call.pk)
        if reason and not (hung_up and call.ended_reason):
            call.ended_reason = reason[:120]  # Vapi says more than Twilio's "completed", whichever of them comes first
        if not hung_up and _goes_on(call):
            call.save(update_fields=["ended_reason"])
            return call
        lead = Lead.objects.filter(shop=call.shop_id, origin=call.origin).first()
        call.outcome = _heavier(call.outcome, _outcome(call, lead))
        _settle(call, lead, at)
        appointments.release(call.origin, by=call.origin, now=at)  # a hold dies with its call
        if call.ended_at is None or (at < call.ended_at and not call.fallback_reason):
            call.ended_at = at  # the first of both ends, unless the call went on with a person after the assistant
        call.stage, call.control_url = Stage.ENDED, ""  # nothing can be said into it any more
        call.save(update_fields=["stage", "outcome", "ended_at", "ended_reason", "control_url"])
        look_at_what_was_taken_back(call, now=at)
    return call


def _goes_on(call: Call) -> bool:
    """Say whether the assistant's end is not the call's: it went on to a person, or Twilio is just being told to move it."""
    moved = call.put_through_at is not None and call.handoff_started_at is not None
    return moved or call.stage in (Stage.DISPATCHER, Stage.VOICEMAIL)


def look_at_what_was_taken_back(call: Call, *, now: datetime) -> None:
    """Let somebody look at what stands although the caller took something back after it and nothing was changed then.

    The assistant hears such words itself and corrects the booking; a caller may hang up before it does.
    """
    if call.taken_back_at is None:
        return
    at = _took_back_at(call)
    if at is None or call.invocations.filter(requested_at__gt=at, state__in=[*SERVED_STATES, "held"]).exists():
        return
    for booking in appointments.touched_by(call.origin, shop_id=call.shop_id):
        if booking.concerns.filter(kind=Concern.Kind.TAKEN_BACK).exists():
            continue  # a second report does not ask anew what somebody has looked at
        concerns.raise_once(
            Concern.Kind.TAKEN_BACK,
            f"booking:{booking.public_id}",
            f"After booking {booking.reference} the caller said something that takes it back, and nothing was changed then. "
            "Read the call, and ask the customer if in doubt.",
            shop_id=call.shop_id, now=now, booking=booking,
        )  # fmt: skip


def _took_back_at(call: Call) -> datetime | None:
    """Return when words last took something back that were more than a "no, actually" to whether there is anything else."""
    words = rosters.of(call.shop_id, call.shop.config_version).retraction_words
    spoken = CallEvent.objects.filter(call=call.pk, kind="transcript", detail="final").order_by("at", "key")
    question, last = "", None
    for role, text, at in spoken.values_list("role", "text", "at"):
        if role == "assistant":
            question = text
        elif retraction.is_in(text, words) and not intent.is_only_no_to(question, text):
            last = at
    return last


def states(call: Call) -> frozenset[str]:
    """Return the states of the answers the call's tools were given."""
    return frozenset(call.invocations.values_list("state", flat=True))


def _heavier(known: str, now: Outcome) -> Outcome:
    """Return what says more about the call. Whether a talk that led to nothing broke down, only the latest reason says."""
    if known == Outcome.ANSWERED and now == Outcome.FAILED:
        return now
    return max(Outcome(known) if known else now, now, key=_WEIGHT.index)


def _outcome(call: Call, lead: Lead | None) -> Outcome:
    answered = states(call)
    if "emergency" in answered:
        return Outcome.EMERGENCY
    if answered & SERVED_STATES:
        return Outcome.CANCELLED if "cancelled" in answered and not _has_a_booking(call) else Outcome.BOOKED
    if lead is not None and lead.reason == Lead.Reason.VOICEMAIL:
        return Outcome.VOICEMAIL
    if any(part in call.ended_reason for part in _FAILURES):
        return Outcome.FAILED
    spoken_with = bool(answered or call.transcript or call.summary or call.stage == Stage.ASSISTANT) or timeline.spoke(call.pk)
    return Outcome.ANSWERED if spoken_with and not call.fallback_reason else Outcome.ABANDONED


def _has_a_booking(call: Call) -> bool:
    """Say whether something stands of what a call that also cancelled has booked or moved."""
    return appointments.touched_by(call.origin, shop_id=call.shop_id).exists()


def _settle(call: Call, lead: Lead | None, at: datetime) -> None:
    """Keep a lead for a caller nobody served; close the one that a fact which came later proves needless."""
    if call.outcome in (Outcome.ABANDONED, Outcome.FAILED):
        hung_up_at_once = call.outcome == Outcome.ABANDONED and not call.fallback_reason
        leads.keep(
            shop_id=call.shop_id,
            origin=call.origin,
            reason=Lead.Reason.ABANDONED if hung_up_at_once else Lead.Reason.NOT_ANSWERED,
            phone=call.from_number,
            now=at,
        )
    elif call.outcome == Outcome.ANSWERED and (wish := _unmet_wish(call)):
        leads.keep(
            shop_id=call.shop_id, origin=call.origin, reason=Lead.Reason.NO_TIME, phone=call.from_number, now=at, wanted=wish
        )  # fmt: skip
    elif lead is not None and lead.reason == Lead.Reason.ABANDONED:
        leads.close(shop_id=call.shop_id, origin=call.origin)


def _unmet_wish(call: Call) -> str:
    """Return what a caller who used our tools and left without a booking had asked for; "" for one who asked for nothing."""
    # A message for the office, and the wish for a person, are leads by themselves, and say more than that a number was missing.
    leads_already = ["takeMessage", "transferToHuman"]
    last = call.invocations.filter(state__in=["offered", "not_booked"]).exclude(name__in=leads_already).last()
    if last is None:
        return ""
    said = [last.arguments.get(name) for name in ("serviceType", "requestedDate", "scheduledDate", "problem", "customerPhone")]
    return ", ".join(["Left without a booking", *(each for each in said if isinstance(each, str) and each)])
