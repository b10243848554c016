"""Decides what came of a call, from what is stored: its stage, its tools, its lead. Every ending goes through here.

Twilio's last status and Vapi's report both call `close`, in any order and as often as they like; later facts may raise
the outcome, never lower it. A caller nobody served becomes a lead.
"""

from datetime import datetime

from django.db import transaction

from bookings.models import Concern, Lead
from bookings.services import appointments, concerns, leads, rosters, transactions
from bookings.speech import english
from telephony import timeline
from telephony.models import Call, CallEvent, Emergency, MarkedNumber, Ring
from telephony.tools import danger, intent, retraction

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
        danger.catch_up(call, now=at)
        lead = Lead.objects.filter(shop=call.shop_id, origin=call.origin).first()
        known, found = call.outcome, _outcome(call, lead)
        if known == Outcome.SPAM:
            known = ""  # a mark may have been taken away again
        call.outcome = _heavier(known, found)
        if _is_no_customer(call, lead):
            call.outcome = Outcome.SPAM
        _settle(call, lead, known, at)
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


def look_again(call: Call) -> None:
    """Work out anew what came of a call that has ended, after something else became known of it."""
    if call.stage == Stage.ENDED and call.ended_at is not None:
        close(call, reason="", at=call.ended_at, hung_up=True)


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
    if "emergency" in answered or Emergency.objects.filter(shop=call.shop_id, origin=call.origin).exists():
        return Outcome.EMERGENCY
    if answered & SERVED_STATES:
        return _served(call, answered)
    if call.rings.filter(status=Ring.Status.ACCEPTED).exists():
        return Outcome.TRANSFERRED
    if lead is not None and lead.reason == Lead.Reason.VOICEMAIL:
        return Outcome.VOICEMAIL
    if any(part in call.ended_reason for part in _FAILURES):
        return Outcome.FAILED
    spoken_with = bool(answered or call.transcript or call.summary or call.stage == Stage.ASSISTANT) or timeline.spoke(call.pk)
    return Outcome.ANSWERED if spoken_with and not call.fallback_reason else Outcome.ABANDONED


def _served(call: Call, answered: frozenset[str]) -> Outcome:
    """Tell what stands of what a call has booked, moved and cancelled."""
    stands = set(appointments.touched_by(call.origin, shop_id=call.shop_id).values_list("origin", flat=True))
    if call.origin in stands:
        return Outcome.BOOKED
    if stands:
        return Outcome.MOVED
    return Outcome.CANCELLED if "cancelled" in answered else Outcome.BOOKED


# What a mark, and what Vapi's analysis alone, may overrule. Whoever booked something or spoke of danger is a customer; and a
# model's guess takes nobody from the list who left their words there or was promised a call.
_MARK_OVERRULES = frozenset({"", Outcome.ABANDONED, Outcome.FAILED, Outcome.ANSWERED, Outcome.VOICEMAIL, Outcome.TRANSFERRED})
_GUESS_OVERRULES = frozenset({"", Outcome.ABANDONED, Outcome.FAILED, Outcome.ANSWERED})
# Reasons that say no more than that nobody served the caller: a fact that comes later may prove the lead needless.
_MERELY_UNSERVED = (Lead.Reason.ABANDONED, Lead.Reason.NOT_ANSWERED)


_GUESS_OVERRULES_LEADS = (*_MERELY_UNSERVED, Lead.Reason.NO_TIME, Lead.Reason.OUTSIDE_AREA)


def _is_no_customer(call: Call, lead: Lead | None) -> bool:
    """Say whether the number is marked as spam or a vendor's, or the analysis of the call says that it was one."""
    guessed = str(call.wanted.get("callerType", "")).casefold() in ("spam", "vendor")
    if guessed and call.outcome in _GUESS_OVERRULES and (lead is None or lead.reason in _GUESS_OVERRULES_LEADS):
        return True
    if call.outcome not in _MARK_OVERRULES or not call.from_number:
        return False
    if call.is_a_test:
        return True
    return MarkedNumber.objects.filter(shop=call.shop_id, phone=call.from_number).exists()


def _settle(call: Call, lead: Lead | None, known: str, at: datetime) -> None:
    """Keep a lead for a caller nobody served; close the one that a fact which came later proves needless."""
    shop_id, origin = call.shop_id, call.origin
    if call.outcome == Outcome.SPAM:
        leads.set_aside(shop_id=shop_id, origin=origin)
        return
    if lead is not None and lead.status == Lead.Status.SPAM:
        leads.take_back(shop_id=shop_id, origin=origin)
    reason, wanted = _unserved(call, lead)
    if reason is not None:
        if lead is not None and known == Outcome.ANSWERED and lead.reason in _MERELY_UNSERVED:
            leads.reopen(shop_id=shop_id, origin=origin)  # it was closed here, when the caller seemed to have been served
        leads.keep(shop_id=shop_id, origin=origin, reason=reason, phone=call.from_number, now=at, wanted=wanted)
    elif lead is not None and lead.reason in _MERELY_UNSERVED and not (call.fallback_reason or call.wants_person):
        leads.close(shop_id=shop_id, origin=origin)


def _unserved(call: Call, lead: Lead | None) -> tuple[Lead.Reason | None, str]:
    """Return why the caller is to be called back and what they wanted; None for one who was served, or has their lead."""
    if call.outcome == Outcome.EMERGENCY:
        if lead is not None and lead.reason == Lead.Reason.EMERGENCY:
            return None, ""  # a second look must not put back on the list what a person has done
        return Lead.Reason.EMERGENCY, "" if lead is not None and lead.wanted else _wanted(call)
    if call.outcome in (Outcome.ABANDONED, Outcome.FAILED):
        hung_up_at_once = call.outcome == Outcome.ABANDONED and not call.fallback_reason
        reason = Lead.Reason.ABANDONED if hung_up_at_once else Lead.Reason.NOT_ANSWERED
        return reason, _wanted(call) if lead is None or not lead.wanted else ""
    weaker = lead is None or lead.reason in (*_GUESS_OVERRULES_LEADS, Lead.Reason.OFFICE_WILL_CALL)
    if call.wants_person and call.outcome == Outcome.ANSWERED and weaker:
        return Lead.Reason.WANTED_PERSON, "" if lead is not None and lead.wanted else call.wants_person
    if call.outcome != Outcome.ANSWERED:
        return None, ""
    if wish := _unmet_wish(call):
        return Lead.Reason.NO_TIME, wish
    # With a lead of their own (a message, a promise) their wish is known in their own words.
    if (lead is None or lead.reason in _MERELY_UNSERVED) and call.wanted.get("callbackWanted") is True:
        return Lead.Reason.OFFICE_WILL_CALL, _wanted(call)
    return None, ""


def _wanted(call: Call) -> str:
    """Return what the caller wanted, as their tools, Vapi's analysis or its summary have it; "" where nothing does."""
    reason = call.wanted.get("reason")
    return (_unmet_wish(call) or (reason if isinstance(reason, str) else "") or call.summary)[:2000]


def _unmet_wish(call: Call) -> str:
    """Return what a caller who used our tools and left without a booking had asked for; "" for one who asked for nothing."""
    # A message for the office, and the wish for a person, are leads by themselves, and say more than that a number was missing.
    leads_already = ["takeMessage", "transferToHuman"]
    last = call.invocations.filter(state__in=["offered", "not_booked"]).exclude(name__in=leads_already).last()
    if last is None:
        return ""
    names = ("serviceType", "requestedDate", "scheduledDate", "problem", "customerPhone")
    said = {name: each for name in names if isinstance(each := last.arguments.get(name), str) and each}
    words = [english.read(each) if name.endswith("Date") else each for name, each in said.items()]
    return ", ".join(["Left without a booking", *words])
