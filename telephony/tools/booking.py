"""bookAppointment and the seed's two names for booking: from arguments to a committed row and its words."""

from collections.abc import Mapping
from typing import Any

from bookings.engine.roster import Service
from bookings.errors import RefusedError
from bookings.services import appointments, catalog, customers, leads, offers, when
from bookings.services.asking import Outcome, Request, State
from bookings.services.when import When
from telephony import confirmations
from telephony.tools import answers, checking
from telephony.tools.answers import Answer
from telephony.tools.context import Context

_THIS_NUMBER = ("this", "same", "calling from", "caller id", "my number", "current")


def book(context: Context, said: Mapping[str, Any]) -> Answer:
    """Book the slot or the time named. A known slot id wins over `scheduledDate`. Raises RefusedError."""
    service = catalog.find(context.roster, said["serviceType"])
    chosen, minutes = None, said.get("duration")
    if said.get("slotId"):
        offer = offers.find(context.roster, said["slotId"], now=context.now)
        if offer is not None:
            starts_at = offer.starts_at.astimezone(context.roster.zone)
            chosen = When(starts_at.date(), starts_at.time().replace(tzinfo=None))
            minutes = minutes or (offer.minutes if offer.service_type_id == service.id else None)
    if chosen is None:
        if not said.get("scheduledDate"):
            return answers.not_booked("That offer has run out. Which day and time would you like? I'll look again.")
        chosen = when.read(said["scheduledDate"], now=context.spoken_at, zone=context.roster.zone)
    return _carry_out(context, said, service, chosen, part=None, minutes=minutes)


def schedule(context: Context, said: Mapping[str, Any]) -> Answer:
    """Book the first free time of a day or a part of it. Raises RefusedError."""
    service = catalog.find(context.roster, said["serviceType"])
    asked = when.read(said["requestedDate"], now=context.spoken_at, zone=context.roster.zone)
    return _carry_out(context, said, service, asked, part=said.get("timeWindow"), minutes=None)


def _carry_out(
    context: Context, said: Mapping[str, Any], service: Service, chosen: When, *, part: str | None, minutes: int | None
) -> Answer:
    request = Request(
        service=service,
        when=chosen,
        part=part,
        minutes=minutes,
        customer_name=said["customerName"],
        customer_phone=_phone(context, said.get("customerPhone") or ""),
        address=said.get("address") or "",
        problem=said.get("problem") or "",
        notes=said.get("notes") or "",
        another=bool(said.get("another")),
        origin=context.call.origin,
        request=context.request,
        requested_at=context.requested_at,
        by=context.call.origin,
    )
    outcome = appointments.book(context.roster, request, now=context.now)
    if outcome.state is State.TAKEN:
        return _instead(context, outcome, request)
    return _stands(context, outcome, service)


def _stands(context: Context, outcome: Outcome, service: Service) -> Answer:
    if outcome.booking is not None and outcome.state is not State.UNCHANGED:
        leads.close(shop_id=context.roster.shop_id, origin=context.call.origin, service_id=service.id)
        confirmations.queue_confirmation(outcome.booking, context.roster, context.now, moved=outcome.state is State.MOVED)
    return answers.stands(outcome, context.roster.zone)


def _instead(context: Context, outcome: Outcome, request: Request) -> Answer:
    on = request.when.on
    if outcome.slots:
        issued = offers.issue(context.roster, request.service, outcome.slots, origin=context.call.origin, now=context.now)
        return answers.lost(outcome, issued, on=on, zone=context.roster.zone)
    if outcome.booking is not None:
        return answers.not_booked(answers.stays(outcome.booking, context.roster.zone) + "I have no other time around that day.")
    return checking.nothing_free(context, request.service, on=on, phone=request.customer_phone, name=request.customer_name)


def _phone(context: Context, said: str) -> str:
    """Return the number in E.164 form: the one said, or the caller's own when that is meant or nothing was said."""
    number = customers.read_number(said, context.roster.country) if said else ""
    if number:
        return number
    if not said or any(word in said.casefold() for word in _THIS_NUMBER):
        return context.call.from_number
    raise RefusedError("phone_missing")
