"""rescheduleAppointment and cancelAppointment: for who calls from the number the appointment was made for."""

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bookings.engine.roster import Urgency
from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services import appointments, finding
from bookings.services.asking import Request, When
from telephony import confirmations
from telephony.tools import answers, booking, checking, days, fees
from telephony.tools.answers import Answer
from telephony.tools.context import Context

_THE_ONE = re.compile(r"^\W*(?:(?:the|my)\s+)?(?:one|appointment|visit)\s+(?:(?:on|for)\s+)?", re.IGNORECASE)


def reschedule(context: Context, said: Mapping[str, Any]) -> Answer:
    """Move the caller's appointment to a slot or time; its reference stays. Raises RefusedError."""
    found = _meant(context, said)
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
    outcome = appointments.reschedule(context.roster, found.pk, request, now=context.now)
    return booking.came_to(context, outcome, request)


def cancel(context: Context, said: Mapping[str, Any]) -> Answer:
    """Cancel the caller's appointment; asked again in the same call, the same one is meant. Raises RefusedError."""
    named = said.get("reference") or ""
    named = named if finding.is_reference(named) else ""
    before = finding.cancelled_by(context.call.origin, shop_id=context.roster.shop_id, said=named)
    if before is not None and (named or not said.get("reference")):
        return answers.cancelled(before, context.roster.zone)
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
    named = said.get("reference") or ""
    if finding.is_reference(named):
        return finding.meant(found, named)
    if named:  # "Tuesday", "the one on December 1"
        with suppress(RefusedError):
            on = days.read(context, _THE_ONE.sub("", named), {}).on
            found = [each for each in found if each.promised_from.astimezone(context.roster.zone).date() == on] or found
    return finding.meant(found, "")
