"""Who speaks to the caller next: the assistant, then the dispatcher, then the voicemail.

Each step takes the call as it is stored and what Twilio just said, and returns TwiML. What a step has to answer is
decided before anything is written, so that a database that fails in between costs a record and never the caller.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError

from bookings.models import Lead
from bookings.services import leads
from telephony import calls, endings, stages
from telephony.assistant import addresses, variables, versions
from telephony.models import Call
from telephony.twilio import twiml
from telephony.twilio.heard import Heard
from telephony.vapi import handoff
from telephony.vapi.handoff import HandoffError

log = structlog.get_logger(__name__)
Stage = Call.Stage

# Shorter than this, a connected SIP call is one that broke and no conversation.
CONVERSATION_SECONDS = 5


def begin(call: Call, heard: Heard, *, now: datetime) -> str:
    """Hand a call that comes in to the assistant; if that fails, to the dispatcher.

    Twilio may deliver the same call again. Vapi is asked once: the first delivery claims the call, a second one hears
    the same TwiML as the first, and has Twilio wait and ask again while the first is still under way.
    """
    if call.fallback_reason or call.stage not in (Stage.RINGING, Stage.ASSISTANT):
        return _ring_dispatcher(call, heard)
    if settings.VAPI_SIP_URI:
        versions.note(call, addresses.of(call.shop))
        return twiml.assistant_by_sip(variables=variables.of(call, now=now))
    if Call.objects.filter(pk=call.pk, handoff_started_at=None).update(handoff_started_at=now):
        return _ask_assistant(call, heard, now=now)
    call.refresh_from_db(fields=["handoff_started_at", "handoff_twiml", "fallback_reason"])
    if call.handoff_twiml:
        return call.handoff_twiml
    if call.fallback_reason:
        return _ring_dispatcher(call, heard)
    patience = timedelta(seconds=settings.VAPI_DEADLINE_SECONDS + 1)
    if call.handoff_started_at and now - call.handoff_started_at < patience:
        return twiml.ask_again("twilio-inbound", seconds=1)
    return to_dispatcher(call, heard, reason="the hand-off to Vapi was interrupted")


def after_assistant(call: Call, heard: Heard, *, waited: bool) -> str:
    """Say goodbye after a conversation that ended well; else ring the dispatcher.

    The end of the assistant's line looks the same to Twilio whether it said goodbye or broke down. Vapi's word on it
    may be a moment behind: where a conversation took place, it is waited for once.
    """
    if call.fallback_reason or call.stage in (Stage.DISPATCHER, Stage.VOICEMAIL):
        return _ring_dispatcher(call, heard, in_conversation=True)
    if endings.states(call) & endings.SERVED_STATES:
        return twiml.goodbye(shop=call.shop.name)
    if heard.dial_status and heard.dial_status != "completed":
        return to_dispatcher(call, heard, reason=f"the assistant's line: {heard.dial_status}")
    if heard.dial_seconds is not None and heard.dial_seconds < CONVERSATION_SECONDS:
        return to_dispatcher(call, heard, reason="the assistant's line broke at once")
    if call.ended_reason in endings.NATURAL_ENDINGS:
        return twiml.goodbye(shop=call.shop.name)
    if not call.ended_reason and call.stage == Stage.ASSISTANT and not waited:
        return twiml.ask_again("twilio-after-assistant", seconds=2, query="waited=1")
    return to_dispatcher(call, heard, reason=call.ended_reason or "the assistant's line broke", in_conversation=True)


def after_dispatcher(call: Call, heard: Heard, *, now: datetime) -> str:
    """End a call the dispatcher has taken; else to the voicemail, with a lead in case the caller says nothing there."""
    if heard.dispatcher_answered:
        with best_effort():
            Call.objects.filter(pk=call.pk).exclude(
                outcome__in=[Call.Outcome.BOOKED, Call.Outcome.EMERGENCY]
            ).update(outcome=Call.Outcome.TRANSFERRED)  # fmt: skip
            leads.close(shop_id=call.shop_id, origin=call.origin)
        return twiml.hang_up()
    with best_effort():
        stages.advance(call, Stage.VOICEMAIL)
        keep_lead(call, Lead.Reason.NOT_ANSWERED, now=now)
    return twiml.hang_up() if heard.gone else twiml.voicemail(shop=call.shop.name)


def to_dispatcher(call: Call, heard: Heard, *, reason: str, in_conversation: bool = False) -> str:
    """Ring the dispatcher, and keep why it came to that."""
    log.warning("call_falls_back", reason=reason)
    with best_effort():
        Call.objects.filter(pk=call.pk, fallback_reason="").update(fallback_reason=reason[:60])
        stages.advance(call, Stage.DISPATCHER)
    return _ring_dispatcher(call, heard, in_conversation=in_conversation)


def keep_lead(
    call: Call, reason: Lead.Reason, *, now: datetime, wanted: str = "", recording_url: str = "", seconds: int | None = None
) -> None:
    leads.keep(
        shop_id=call.shop_id,
        origin=call.origin,
        reason=reason,
        phone=call.from_number,
        now=now,
        wanted=wanted,
        recording_url=recording_url,
        recording_seconds=seconds,
    )


@contextmanager
def best_effort() -> Iterator[None]:
    """What goes on without the database: the caller is answered whether or not it could be written down."""
    try:
        yield
    except DatabaseError:
        log.exception("call_not_written_down")


def _ask_assistant(call: Call, heard: Heard, *, now: datetime) -> str:
    try:
        taken = handoff.ask(call, now=now)
        answer = twiml.assistant_by_bypass(taken.twiml)
    except HandoffError as error:
        return to_dispatcher(call, heard, reason=error.reason)
    except twiml.BadTwimlError:
        return to_dispatcher(call, heard, reason="Vapi's TwiML was not valid")
    with best_effort():
        Call.objects.filter(pk=call.pk).update(handoff_twiml=answer, control_url=taken.control_url)
        calls.link(call, vapi_id=taken.vapi_id)
    return answer


def _ring_dispatcher(call: Call, heard: Heard, *, in_conversation: bool = False) -> str:
    return twiml.ring_dispatcher(
        number=call.shop.fallback_number or settings.FALLBACK_DIAL_NUMBER,
        caller_id=heard.caller_id,
        shop=call.shop.name,
        in_conversation=in_conversation,
    )
