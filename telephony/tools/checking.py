"""checkAvailability: times to offer, or the promise of a call back when there are none."""

from collections.abc import Mapping
from typing import Any

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
    found = availability.search(
        roster, service, on=asked.on, now=context.now, part=said.get("timeWindow"), at=asked.at, origin=context.call.origin
    )
    if not found.slots:
        return {**nothing_free(context, wanted=f"{service.name}, asked for {asked.on}"), "available": False}
    issued = offers.issue(roster, service, found.slots, origin=context.call.origin, now=context.now)
    answer = answers.offered(found, issued, service.name)
    return {**answer, "available": found.as_asked, "message": answer["say"]}


def nothing_free(context: Context, *, wanted: str) -> Answer:
    """Keep a lead, then promise the call back."""
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OFFICE_WILL_CALL,
        phone=context.call.from_number, now=context.now, wanted=wanted,
    )  # fmt: skip
    if context.call.from_number:
        return answers.office_will_call(
            "I don't have a free time for that in the next two weeks. "
            "Our office will call you back at the number you're calling from."
        )
    return answers.not_booked(
        "I don't have a free time for that in the next two weeks, and nothing is booked. "
        "What number can our office call you back at?"
    )
