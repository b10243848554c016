"""rescheduleAppointment and cancelAppointment: for who is known (telephony.tools.identity). Moving is offered before a cancel."""

import re
from collections.abc import Mapping
from typing import Any

from bookings.engine.roster import Urgency
from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services import appointments, confirmations, facts, finding
from bookings.services.asking import Request, When
from telephony.tools import answers, answers_callers, booking, checking, days, fees, identity
from telephony.tools.answers import Answer
from telephony.tools.context import Context

# How an assistant offers to move: "would another day work?", "I can move it", "¿le sirve otro día?".
_OFFERS_TO_MOVE = re.compile(
    r"\b(?:another|different|other|new)\s+(?:day|date|time)|\bre-?schedul|\bmov(?:e|ing)\b"
    r"|\botr[oa]s?\s+(?:d[ií]a|fecha|hora|horario|momento)|\b(?:cambiar|mover|reprogramar|reagendar)",
    re.IGNORECASE,
)


@identity.guarded
def reschedule(context: Context, said: Mapping[str, Any]) -> Answer:
    """Move the caller's appointment to a slot or time; its reference stays. Raises RefusedError."""
    found = identity.meant(context, said)
    offer = booking.offer_of(context, said)
    if offer is None and not said.get("scheduledDate"):
        return answers.offer_gone()
    zone = context.roster.zone
    if offer is not None:
        asked = booking.offered_day(context, offer)
    else:
        asked = days.read(context, said["scheduledDate"], said, standing=found.promised_from.astimezone(zone))
    service = context.roster.service(found.service_type_id)
    urgency = Urgency(found.urgency)
    request = Request(
        service=service,
        when=When(asked.on, asked.at),
        part=asked.part,
        not_before=asked.not_before,
        not_after=asked.not_after,
        customer_name=found.customer.name if found.customer else "",
        customer_phone=found.customer.phone if found.customer else "",
        zip_code=found.zip_code,
        urgency=urgency,
        priority=(offer is not None and offer.priority) or checking.has_priority(context, urgency),
        equipment="",
        member=fees.is_member(context, service),
        told=fees.told_in(context),
        origin=context.call.origin,
        request=context.request,
        requested_at=context.requested_at,
        by=context.call.origin,
    )
    try:
        outcome = appointments.reschedule(context.roster, found.pk, request, now=context.now)
    except RefusedError as refusal:
        if refusal.code != "do_not_service":
            raise
        return checking.refused(context, service, refusal, phone=request.customer_phone)
    return booking.came_to(context, outcome, request)


@identity.guarded
def cancel(context: Context, said: Mapping[str, Any]) -> Answer:
    """Cancel the caller's appointment, once another day was offered instead; asked again in the same call, the same one is
    meant. Raises RefusedError.
    """
    named = said.get("reference") or ""
    named = named if facts.is_reference(named) else ""
    before = finding.cancelled_by(context.call.origin, shop_id=context.roster.shop_id, said=named)
    if before is not None and (named or not said.get("reference")):
        return answers.cancelled(before, context.roster.zone)
    found = identity.meant(context, said)
    if found.status == Booking.Status.BOOKED and not _was_offered_to_move(context, said):
        return answers_callers.move_first(found, context.roster.zone)
    cancelled = appointments.cancel(
        found.pk, by=context.call.origin, reason=said.get("reason") or "The caller cancelled", now=context.now,
        planned_only=True, requested_at=context.requested_at,
    )  # fmt: skip
    confirmations.queue_cancellation(cancelled, context.roster, context.now)
    return answers.cancelled(cancelled, context.roster.zone)


def _was_offered_to_move(context: Context, said: Mapping[str, Any]) -> bool:
    """Say whether the caller was offered another day: as the assistant says, as the request's own conversation shows.

    A request that says nothing and carries no conversation is believed. Who was asked once in this call is not asked again.
    """
    offered: bool | None = said.get("moveOffered")
    if offered is None and context.conversation:
        offered = any(turn.role == "bot" and _OFFERS_TO_MOVE.search(turn.text) for turn in context.conversation)
    return offered is not False or identity.before(context, said).offered_to_move
