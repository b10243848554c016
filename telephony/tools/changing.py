"""rescheduleAppointment and cancelAppointment: for who calls from the number the appointment was made for."""

from collections.abc import Mapping
from typing import Any

from bookings.engine.roster import Urgency
from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services import appointments, finding
from bookings.services.asking import Request, State, When
from telephony import confirmations
from telephony.tools import answers, booking, checking, days
from telephony.tools.answers import Answer
from telephony.tools.context import Context

SPOKEN_AT_MOST = 4


def reschedule(context: Context, said: Mapping[str, Any]) -> Answer:
    """Move the caller's appointment to a slot or time; its reference stays. Raises RefusedError."""
    found = _meant(context, said)
    offer = booking.offer_of(context, said)
    if offer is None and not said.get("scheduledDate"):
        return answers.not_booked(booking.OFFER_GONE)
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
        origin=context.call.origin,
        request=context.request,
        requested_at=context.requested_at,
        by=context.call.origin,
    )
    outcome = appointments.reschedule(context.roster, found.pk, request, now=context.now)
    if outcome.state is State.TAKEN:
        return booking.instead(context, outcome, request)
    return booking.stands(context, outcome, service)


def cancel(context: Context, said: Mapping[str, Any]) -> Answer:
    """Cancel the caller's appointment. Raises RefusedError."""
    found = _meant(context, said)
    cancelled = appointments.cancel(
        found.pk, by=context.call.origin, reason=said.get("reason") or "The caller cancelled", now=context.now, planned_only=True
    )
    confirmations.queue_cancellation(cancelled, context.roster, context.now)
    return answers.cancelled(cancelled, context.roster.zone)


def _meant(context: Context, said: Mapping[str, Any]) -> Booking:
    found = finding.upcoming(
        shop_id=context.roster.shop_id, phone=context.call.from_number, origin=context.call.origin, now=context.now
    )
    booking_said = said.get("reference") or said.get("bookingId") or ""
    try:
        return finding.meant(found, booking_said)
    except RefusedError as refusal:
        if refusal.code == "which":
            facts = [answers.promise(each, context.roster.zone) for each in refusal.facts["bookings"][:SPOKEN_AT_MOST]]
            raise RefusedError("which", promises=facts) from None
        raise
