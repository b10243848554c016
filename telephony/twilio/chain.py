"""Who speaks to the caller next: the assistant, then one person after the other, then the voicemail.

Each step takes the call as it is stored and what Twilio just said, and returns TwiML. What a step has to answer is
decided before anything is written, so that a database that fails in between costs a record and never the caller.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError, transaction

from bookings.models import Lead, OfficeHours
from bookings.services import leads, oncall, transactions
from telephony import calls, endings, rings, stages
from telephony.assistant import addresses, variables, versions
from telephony.models import Call, Emergency, Ring
from telephony.twilio import twiml
from telephony.twilio.heard import Heard
from telephony.vapi import handoff
from telephony.vapi.handoff import HandoffError

log = structlog.get_logger(__name__)
Stage = Call.Stage

# Shorter than this, a connected SIP call is one that broke and no conversation.
CONVERSATION_SECONDS = 5


def begin(call: Call, heard: Heard, *, now: datetime) -> str:
    """Hand a call that comes in to the assistant; if that fails, to a person.

    Twilio may deliver the same call again. Vapi is asked once: the first delivery claims the call, a second one hears
    the same TwiML as the first, and has Twilio wait and ask again while the first is still under way.
    """
    if call.fallback_reason or call.stage not in (Stage.RINGING, Stage.ASSISTANT):
        return _ring(call, heard, now=now)
    claimed = calls.claim_handoff(call, now=now)
    if settings.VAPI_SIP_URI:
        versions.note(call, addresses.of(call.shop))
        return twiml.assistant_by_sip(variables=variables.of(call, now=now))
    if claimed:
        return _ask_assistant(call, heard, now=now)
    call.refresh_from_db(fields=["handoff_started_at", "handoff_twiml", "fallback_reason"])
    if call.handoff_twiml:
        return call.handoff_twiml
    if call.fallback_reason:
        return _ring(call, heard, now=now)
    patience = timedelta(seconds=settings.VAPI_DEADLINE_SECONDS + 1)
    if call.handoff_started_at and now - call.handoff_started_at < patience:
        return twiml.ask_again("twilio-inbound", seconds=1)
    return to_people(call, heard, reason="the hand-off to Vapi was interrupted", now=now)


def after_assistant(call: Call, heard: Heard, *, waited: bool, now: datetime) -> str:
    """Say goodbye after a conversation that ended well; else ring a person.

    The end of the assistant's line looks the same to Twilio whether it said goodbye or broke down. Vapi's word on it
    may be a moment behind: where a conversation took place, it is waited for once.
    """
    broken = _broken(heard)
    talking = not broken
    if call.fallback_reason or call.stage in (Stage.DISPATCHER, Stage.VOICEMAIL):
        return _ring(call, heard, now=now, in_conversation=talking)
    if endings.states(call) & endings.SERVED_STATES:
        return _goodbye(call)
    if broken:
        return to_people(call, heard, reason=broken, now=now)
    if call.ended_reason in endings.NATURAL_ENDINGS:
        return _goodbye(call)
    if not call.ended_reason and call.stage == Stage.ASSISTANT and not waited:
        return twiml.ask_again("twilio-after-assistant", seconds=2, query="waited=1")
    return to_people(call, heard, reason=call.ended_reason or "the assistant's line broke", now=now, in_conversation=True)


def after_person(call: Call, heard: Heard, *, step: int | None, now: datetime) -> str:
    """End a call that somebody has taken; else ring the next person, after the last one answer with the voicemail.

    `step` is whose turn it was; None for the last resort that rang without a ladder. Its second delivery hears the same.
    """
    turn = rings.at(call, step) if step is not None else None
    if _took_it(turn, heard, now):
        with best_effort():
            Call.objects.filter(pk=call.pk).exclude(
                outcome__in=[Call.Outcome.BOOKED, Call.Outcome.MOVED, Call.Outcome.EMERGENCY]
            ).update(outcome=Call.Outcome.TRANSFERRED)  # fmt: skip
            leads.close(shop_id=call.shop_id, origin=call.origin)
        return twiml.hang_up()
    if turn is not None and not heard.gone and (following := rings.begin(call, turn.step + 1, now=now)) is not None:
        return _turn(call, heard, following)
    return to_voicemail(call, heard, now=now)


def to_people(call: Call, heard: Heard, *, reason: str, now: datetime, in_conversation: bool = False) -> str:
    """Ring the first person, and keep why it came to that."""
    log.warning("call_falls_back", reason=reason)
    with best_effort():
        stages.fall_back(call, reason)
    return _ring(call, heard, now=now, in_conversation=in_conversation)


def to_voicemail(call: Call, heard: Heard, *, now: datetime) -> str:
    """Answer with the voicemail, with a lead in case the caller says nothing there."""
    urgent, open_now = bool(call.wants_person), None
    with best_effort():
        urgent = urgent or Emergency.objects.filter(call=call, released_at=None).exists()
        open_now = _office(call, now)
        stages.advance(call, Stage.VOICEMAIL)
        keep_lead(call, Lead.Reason.WANTED_PERSON if call.wants_person else Lead.Reason.NOT_ANSWERED, now=now, urgent=urgent)
    if heard.gone:
        return twiml.hang_up()
    return twiml.voicemail(shop=call.shop.name, language=calls.language_of(call), open_now=open_now, urgent=urgent)


def keep_lead(
    call: Call,
    reason: Lead.Reason,
    *,
    now: datetime,
    wanted: str = "",
    recording_url: str = "",
    seconds: int | None = None,
    urgent: bool = False,
) -> None:
    unnamed = not call.from_number and not call.to_number
    with transaction.atomic() if unnamed else nullcontext():
        if unnamed:  # its number may be heard just now, beside us
            transactions.lock_origin(call.origin)
            call.refresh_from_db(fields=["from_number", "to_number"])
        leads.keep(
            shop_id=call.shop_id,
            origin=call.origin,
            reason=reason,
            phone=call.from_number,
            now=now,
            wanted=wanted,
            recording_url=recording_url,
            recording_seconds=seconds,
            urgent=urgent,
        )


@contextmanager
def best_effort() -> Iterator[None]:
    """What goes on without the database: the caller is answered whether or not it could be written down."""
    try:
        yield
    except DatabaseError:
        log.exception("call_not_written_down")


def _broken(heard: Heard) -> str:
    """Return how Twilio saw the assistant's line break; "" where it may have been a conversation."""
    if heard.dial_status and heard.dial_status != "completed":
        return f"the assistant's line: {heard.dial_status}"
    if heard.dial_seconds is not None and heard.dial_seconds < CONVERSATION_SECONDS:
        return "the assistant's line broke at once"
    return ""


def _ask_assistant(call: Call, heard: Heard, *, now: datetime) -> str:
    try:
        taken = handoff.ask(call, now=now)
        answer = twiml.assistant_by_bypass(taken.twiml)
    except HandoffError as error:
        return to_people(call, heard, reason=error.reason, now=now)
    except twiml.BadTwimlError:
        return to_people(call, heard, reason="Vapi's TwiML was not valid", now=now)
    with best_effort():
        handoff.keep(call, taken, twiml=answer)
    return answer


def _ring(call: Call, heard: Heard, *, now: datetime, in_conversation: bool = False) -> str:
    """Ring the first person of the ladder; the voicemail where there is none, the shop's number without a database."""
    if call.is_a_test:
        return twiml.hang_up()
    with best_effort():
        first = rings.begin(call, 0, now=now)
        if first is None:
            return to_voicemail(call, heard, now=now)
        return _turn(call, heard, first, announced=in_conversation)
    number = call.shop.fallback_number or settings.FALLBACK_DIAL_NUMBER
    return twiml.ring(number=number, caller_id=heard.caller_id) if number else twiml.voicemail(shop=call.shop.name)


def _turn(call: Call, heard: Heard, turn: Ring, *, announced: bool = False) -> str:
    return twiml.ring(
        number=turn.number,
        caller_id=heard.caller_id,
        seconds=call.shop.ring_seconds,
        ring_id=turn.pk,
        step=turn.step,
        shop=call.shop.name,
        language=calls.language_of(call),
        announced=announced,
    )


def _took_it(turn: Ring | None, heard: Heard, now: datetime) -> bool:
    """Say whether the person whose turn it was has spoken with the caller.

    The key that they pressed says so. Where the database did not hear of them picking up, Twilio's word has to do.
    """
    if turn is None:
        return heard.surely_talked
    if turn.answered_at is None and turn.accepted_at is None and turn.ended_at is None and heard.surely_talked:
        rings.accept(turn, now=now)
        turn.refresh_from_db()
        return rings.end(turn, bridged=True, seconds=heard.dial_seconds, now=now)
    return rings.end(turn, bridged=heard.bridged, seconds=heard.dial_seconds, now=now)


def _office(call: Call, now: datetime) -> bool | None:
    """Say whether the office is open; None for a shop that does not say when it is."""
    if not OfficeHours.objects.filter(shop=call.shop).exists():
        return None
    return oncall.is_open(call.shop, now)


def _goodbye(call: Call) -> str:
    return twiml.goodbye(shop=call.shop.name, language=calls.language_of(call))
