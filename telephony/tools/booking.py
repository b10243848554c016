"""bookAppointment, holdSlot and the seed's two names for booking: from arguments to committed rows and their words."""

from collections.abc import Mapping
from typing import Any

from bookings.engine.clock import instant, utc
from bookings.engine.roster import Service, Urgency
from bookings.errors import RefusedError
from bookings.models import Offer
from bookings.services import appointments, catalog, confirmations, customers, leads, offers
from bookings.services.asking import Outcome, Request, State, When, Wish
from telephony.tools import answers, checking, days, fees
from telephony.tools.answers import Answer
from telephony.tools.context import Context
from telephony.tools.days import Asked

_THIS_NUMBER = (
    "this", "same", "calling from", "caller id", "my number", "current", "este", "mismo", "mi número", "mi numero", "que llamo",
)  # fmt: skip
_RANK = list(Urgency)


def book(context: Context, said: Mapping[str, Any]) -> Answer:
    """Book the slot or the time named. A known slot id wins over `scheduledDate`. Raises RefusedError."""
    service = catalog.find(context.roster, said["serviceType"])
    offer = offer_of(context, said)
    if offer is None and not said.get("scheduledDate"):
        return answers.offer_gone()
    asked = offered_day(context, offer) if offer is not None else days.read(context, said["scheduledDate"], {})
    if offer is None and asked.at is not None:  # an offer named by its start keeps its terms too
        starts_at = utc(instant(asked.on, asked.at, context.roster.zone))
        offer = offers.made_to(context.roster, service, origin=context.call.origin, starts_at=starts_at, now=context.now)
    return _carry_out(context, request_of(context, said, service, asked, offer))


def schedule(context: Context, said: Mapping[str, Any]) -> Answer:
    """Book the first free time of a day or a part of it. Raises RefusedError."""
    service = catalog.find(context.roster, said["serviceType"])
    asked = days.read(context, said["requestedDate"], said)
    return _carry_out(context, request_of(context, said, service, asked, None))


def hold(context: Context, said: Mapping[str, Any]) -> Answer:
    """Hold the offered slot the caller chose while name and address are taken. Raises RefusedError."""
    offer = offer_of(context, said)
    service = next((each for each in context.roster.services if offer and each.id == offer.service_type_id), None)
    if offer is None or service is None:
        return answers.offer_gone()
    request = request_of(context, said, service, offered_day(context, offer), offer)
    try:
        outcome = appointments.hold(context.roster, request, now=context.now)
    except RefusedError as refusal:
        return checking.refused(context, service, refusal, phone=request.customer_phone)
    if outcome.state is State.HELD:
        return answers.held(outcome, str(said["slotId"]), context.roster)
    if outcome.state is State.UNCHANGED:
        return answers.stands(outcome, context.roster)
    return instead(context, outcome, request)


def offer_of(context: Context, said: Mapping[str, Any]) -> Offer | None:
    """Return the offer of the slot id said, None where none was said or it ran out."""
    slot_id = said.get("slotId")
    return offers.find(context.roster, slot_id, now=context.now) if slot_id else None


def offered_day(context: Context, offer: Offer) -> Asked:
    """Return the day and time of an offer, by the shop's clock."""
    starts_at = offer.starts_at.astimezone(context.roster.zone)
    return Asked(starts_at.date(), at=starts_at.time().replace(tzinfo=None))


def request_of(context: Context, said: Mapping[str, Any], service: Service, asked: Asked, offer: Offer | None) -> Request:
    """Return what is asked to be booked. An offer lends its length, its urgency and the place it was made for."""
    urgency = checking.urgency_of(context, said)
    same = offer is not None and offer.service_type_id == service.id
    if offer is not None:
        urgency = max(urgency, Urgency(offer.urgency), key=_RANK.index)
    equipment = checking.equipment_of(said)
    return Request(
        service=service,
        when=When(asked.on, asked.at),
        part=asked.part,
        not_before=asked.not_before,
        not_after=asked.not_after,
        minutes=said.get("duration") or (offer.minutes if offer is not None and same else None),
        customer_name=said.get("customerName") or "",
        customer_phone=number_of(context, said.get("customerPhone") or ""),
        address=said.get("address") or "",
        zip_code=checking.zip_of(said) or (offer.zip_code if offer is not None else ""),
        problem=said.get("problem") or "",
        notes=said.get("notes") or "",
        another=bool(said.get("another")),
        urgency=urgency,
        priority=(offer is not None and offer.priority) or checking.has_priority(context, urgency),
        equipment=equipment,
        years=said.get("equipmentAge"),
        member=fees.is_member(context, service),
        told=fees.told_in(context),
        origin=context.call.origin,
        request=context.request,
        requested_at=context.requested_at,
        by=context.call.origin,
    )


def _carry_out(context: Context, request: Request) -> Answer:
    try:
        outcome = appointments.book(context.roster, request, now=context.now)
    except RefusedError as refusal:
        return checking.refused(context, request.service, refusal, phone=request.customer_phone)
    return came_to(context, outcome, request)


def came_to(context: Context, outcome: Outcome, request: Request) -> Answer:
    """Answer what a request came to: it stands, it waits for the caller's yes to its fee, or it could not be had."""
    if outcome.state is State.TAKEN:
        return instead(context, outcome, request)
    if outcome.state is State.UNTOLD:
        return fees.ask(outcome, named=request.when.at is not None)
    return stands(context, outcome, request.service)


def stands(context: Context, outcome: Outcome, service: Service) -> Answer:
    """Answer with a booking that stands, queue its confirmation and close the caller's lead for it."""
    if outcome.booking is not None and outcome.state is not State.UNCHANGED:
        leads.close(shop_id=context.roster.shop_id, origin=context.call.origin, service_id=service.id)
        confirmations.queue_confirmation(outcome.booking, context.roster, context.now, moved=outcome.state is State.MOVED)
    return answers.stands(outcome, context.roster)


def instead(context: Context, outcome: Outcome, request: Request) -> Answer:
    """Answer a time that could not be had: with fresh offers in the same breath, or the promise of a call back."""
    on, roster = request.when.on, context.roster
    wish = Wish(
        service=request.service, on=on, at=request.when.at, part=request.part, minutes=request.minutes,
        not_before=request.not_before, not_after=request.not_after, zip_code=request.zip_code, urgency=request.urgency,
        priority=request.priority,
    )  # fmt: skip
    issued = offers.issue(
        roster, wish, outcome.slots, origin=context.call.origin, now=context.now, why_not=outcome.why_not
    )  # fmt: skip
    if issued:
        zip_code = request.zip_code or (outcome.booking.zip_code if outcome.booking is not None else "")
        area = roster.area_of(zip_code[:5]) if zip_code else None
        fee = fees.with_offer(roster, request.service, outcome.slots, area, member=request.member)
        return answers.lost(outcome, issued, on=on, roster=roster, fee=fee)
    if outcome.booking is not None:
        return answers.nothing_else(outcome.booking, roster.zone)
    return checking.nothing_free(context, request.service, on=on, phone=request.customer_phone, name=request.customer_name)


def number_of(context: Context, said: str) -> str:
    """Return the number in E.164 form: the one said, or the caller's own when that is meant or nothing was said."""
    number = customers.read_number(said, context.roster.country) if said else ""
    if number:
        return number
    if not said or any(word in said.casefold() for word in _THIS_NUMBER):
        return context.call.from_number
    raise RefusedError("phone_missing")
