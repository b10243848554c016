"""checkAvailability: times to offer, or the promise of a call back when there are none."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bookings.engine.roster import Service, Urgency
from bookings.errors import RefusedError
from bookings.models import Lead
from bookings.services import availability, catalog, leads, offers, places
from bookings.services.asking import Wish
from bookings.speech import english
from telephony.tools import answers, days, fees, identity, refusals, unserved
from telephony.tools.answers import Answer
from telephony.tools.context import Context


def check(context: Context, said: Mapping[str, Any]) -> Answer:
    """Answer with at most three slots, on the days asked for or nearest to them. Raises RefusedError."""
    roster = context.roster
    moves = identity.to_be_moved(context, said)
    service = roster.service(moves.service_type_id) if moves is not None else catalog.find(roster, said["serviceType"])
    standing = moves.promised_from.astimezone(roster.zone) if moves is not None else None
    asked = days.read(context, said["requestedDate"], said, several=True, standing=standing)
    urgency = urgency_of(context, said)
    if moves is not None:  # what was urgent once stays so
        urgency = max(urgency, Urgency(moves.urgency), key=list(Urgency).index)
    wish = Wish(
        service=service,
        on=asked.on,
        until=asked.until,
        at=asked.at,
        part=asked.part,
        not_before=asked.not_before,
        not_after=asked.not_after,
        minutes=moves.minutes if moves is not None else None,
        equipment=equipment_of(said),
        years=said.get("equipmentAge"),
        zip_code=moves.zip_code if moves is not None else zip_of(said),
        urgency=urgency,
        priority=has_priority(context, urgency),
    )
    try:
        found = availability.search(roster, wish, now=context.now, origin=context.call.origin, moves=moves)
    except RefusedError as refusal:
        return refused(context, service, refusal, phone=context.call.from_number)
    issued = offers.issue(roster, wish, found.slots, origin=context.call.origin, now=context.now, why_not=found.why_not)
    if not found.slots:
        return nothing_free(context, service, on=asked.on, phone=context.call.from_number)
    fee = fees.with_offer(roster, service, found.slots, found.area, member=fees.is_member(context, service))
    return {**answers.offered(found, issued, service, fee), "available": found.as_asked}


def urgency_of(context: Context, said: Mapping[str, Any]) -> Urgency:
    """Return how urgent the assistant says it is, raised by the caller's own words for it."""
    return catalog.urgency(
        context.roster, said.get("problem") or "", str(said.get("serviceType") or ""), given=said.get("urgency") or ""
    )


def equipment_of(said: Mapping[str, Any]) -> str:
    """Return the kind of equipment named, else the one the problem or the service speaks of."""
    texts = (said.get("equipment"), said.get("problem"), said.get("serviceType"))
    return next((kind for text in texts if text and (kind := catalog.equipment(str(text)))), "")


def zip_of(said: Mapping[str, Any]) -> str:
    """Return the ZIP code said, else the one in the address."""
    return places.zip_in(said.get("zip") or "") or places.zip_in(said.get("address") or "")


def has_priority(context: Context, urgency: Urgency) -> bool:
    """Say whether the caller sees what is held back; whether they are a member is asked only where something is."""
    if urgency is not Urgency.ROUTINE:
        return True
    return bool(context.roster.holdbacks) and context.is_member()


def nothing_free(context: Context, service: Service, *, on: date, phone: str, name: str = "") -> Answer:
    """Keep a lead, then promise the call back at the number it has."""
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OFFICE_WILL_CALL, phone=phone,
        now=context.now, wanted=f"{service.name}, asked for {english.day(on)}{f', for {name}' if name else ''}",
        service_id=service.id,
    )  # fmt: skip
    return answers.nothing_free(phone, own=phone == context.call.from_number)


def refused(context: Context, service: Service, refusal: RefusedError, *, phone: str) -> Answer:
    """Answer a wish that lies outside of the area, or of somebody the office serves no more, and keep the caller. Else raise it.

    Returned, not raised: what is raised takes the lead back with the transaction.
    """
    if refusal.code == "do_not_service":
        return unserved.answer(context, refusal.facts["reason"], phone=phone, said={"serviceType": service.name})
    if refusal.code != "outside_area":
        raise refusal
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OUTSIDE_AREA, phone=phone,
        now=context.now, wanted=f"{service.name} in {refusal.facts['zip']}, which is outside the service area",
        service_id=service.id,
    )  # fmt: skip
    return refusals.refused(refusal, context.roster.zone)
