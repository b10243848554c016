"""checkAvailability: times to offer, or the promise of a call back when there are none."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bookings import speech
from bookings.engine.roster import Service
from bookings.models import Lead
from bookings.services import availability, catalog, leads, offers, when
from telephony.tools import answers
from telephony.tools.answers import Answer
from telephony.tools.context import Context


def check(context: Context, said: Mapping[str, Any]) -> Answer:
    """Answer with at most three slots, on the day asked for or nearest to it. Raises RefusedError."""
    roster = context.roster
    service = catalog.find(roster, said["serviceType"])
    asked = when.read(said["requestedDate"], now=context.spoken_at, zone=roster.zone)
    found = availability.search(roster, service, on=asked.on, now=context.now, part=said.get("timeWindow"), at=asked.at)
    if not found.slots:
        return nothing_free(context, service, on=asked.on, phone=context.call.from_number)
    issued = offers.issue(roster, service, found.slots, origin=context.call.origin, now=context.now)
    return {**answers.offered(found, issued, service.name), "available": found.as_asked}


def nothing_free(context: Context, service: Service, *, on: date, phone: str, name: str = "") -> Answer:
    """Keep a lead, then promise the call back at the number it has."""
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OFFICE_WILL_CALL, phone=phone,
        now=context.now, wanted=f"{service.name}, asked for {speech.day(on)}{f', for {name}' if name else ''}",
        service_id=service.id,
    )  # fmt: skip
    if not phone:
        return answers.not_booked("I don't have a free time around that day. What number can our office call you back at?")
    whose = "the number you're calling from" if phone == context.call.from_number else "the number you gave me"
    return answers.office_will_call(f"I don't have a free time around that day. Our office will call you back at {whose}.")
