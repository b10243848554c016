"""The one place that makes answers of tools: a state, and the exact sentence that may be said, from what is true.

An answer of state `booked` or `moved` is made from the row itself. Nothing else in the product puts words into the
assistant's mouth.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bookings import speech
from bookings.engine.roster import Area, Roster
from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services.asking import Outcome, State, Why
from bookings.services.availability import Found
from bookings.services.offers import Offered
from telephony.safety import Danger

Answer = dict[str, Any]


def emergency(danger: Danger) -> Answer:
    return {"state": "emergency", "say": danger.script}


def not_booked(say: str) -> Answer:
    return {"state": "not_booked", "say": say}


def busy() -> Answer:
    """Answer a booking that the database could not decide in time. It claims nothing of what was booked before."""
    return not_booked("That time is being taken just now, so I haven't changed anything. Shall I look again?")


def unreachable() -> Answer:
    """Answer when we cannot know: it claims nothing, neither of now nor of before."""
    return not_booked("I can't see our schedule right now. I'd rather not promise anything until I can. Can I try again?")


# The names the seed article gave its tools promise these keys too, whatever the answer.
_CHECKS = frozenset({"checkAvailability"})
_BOOKS = frozenset({"bookAppointment", "scheduleHVACAppointment", "scheduleAppointment"})


def in_full(answer: Answer, tool: str) -> Answer:
    """Return the answer with the seed article's keys: `available` of a check, `success` of a booking, `message`."""
    if tool in _CHECKS:
        also: Answer = {"available": False}
    elif tool not in _BOOKS:
        also = {}
    elif answer["state"] in ("booked", "moved"):
        also = {"success": True, "confirmationId": answer["reference"]}
    else:
        also = {"success": False}
    return {**also, "message": answer["say"], **answer}


def offered(found: Found, slots: Sequence[Offered], service: str) -> Answer:
    """Answer a search that found something."""
    if found.as_asked:
        lead = ""
    elif found.closed is not None:
        lead = f"We're closed on {speech.day(found.on)}{f' for {found.closed}' if found.closed else ''}. "
    elif found.area is not None and found.on.weekday() not in found.area.weekdays:
        lead = _area_days(found.area)
    else:
        days = f"from {speech.day(found.on)} to {speech.day(found.until)}" if found.until else f"on {speech.day(found.on)}"
        lead = f"I don't have anything {days}{f' in the {found.part}' if found.part else ''}. "
    fee = found.area.fee_cents if found.area is not None else 0
    answer = _offer(slots, f"{lead}For a {service} I have", f"{_fee(fee)}Which one suits you?")
    return {**answer, "tripFee": f"{fee / 100:.2f}"} if fee else answer


def _fee(cents: int) -> str:
    return f"There is a trip fee of {speech.dollars(cents)} for your area. " if cents else ""


def _area_days(area: Area) -> str:
    return f"We come to {area.name} on {speech.listed(speech.weekdays(area.weekdays), last='and')}. "


def lost(outcome: Outcome, slots: Sequence[Offered], *, on: date, roster: Roster) -> Answer:
    """Answer a booking that could not be had: what stands, and what could be had instead."""
    lead = {
        Why.AREA_DAY: "We don't come to that area on that day. ",
        Why.CLOSED: f"We're closed on {speech.day(on)}{f' for {outcome.closed}' if outcome.closed else ''}. ",
        Why.TOO_SOON: "That is too soon for us to get there. ",
        Why.TAKEN: "I'm sorry, that time is not available. ",
        None: "",
    }[outcome.why]
    if outcome.booking is not None:
        lead += stays(outcome.booking, roster.zone)
    return _offer(slots, f"{lead}The nearest I have is", "Would one of these work?")


def stays(booking: Booking, zone: ZoneInfo) -> str:
    """Return the sentence about a booking that a request did not change."""
    return f"Your appointment on {promise(booking, zone)} stays as it is. "


def _offer(slots: Sequence[Offered], lead: str, question: str) -> Answer:
    words = [
        f"{speech.day(each.slot.starts_at.date())}, {speech.window(each.slot.starts_at, each.slot.window_ends_at)}"
        for each in slots
    ]
    return {
        "state": "offered",
        "say": f"{lead} {speech.listed(words, last='or')}. {question}",
        "slots": [
            {
                "slotId": each.slot_id,
                "startsAt": each.slot.starts_at.isoformat(),
                "endsAt": each.slot.window_ends_at.isoformat(),
                "window": each.slot.part,
            }
            for each in slots
        ],
    }


def stands(outcome: Outcome, roster: Roster) -> Answer:
    """Answer with a booking that stands in the database: made, moved, corrected, or as it was."""
    booking, zone = outcome.booking, roster.zone
    if booking is None or booking.customer is None:
        raise ValueError("only a booking can be spoken of as one")
    when = promise(booking, zone)
    name = booking.customer.name
    if outcome.state is State.MOVED:
        say = f"I've moved the appointment for {name} to {when}."
    elif outcome.state is State.CORRECTED:
        say = f"I've updated that. The appointment is for {name}, {when}."
    else:
        say = f"You're booked, {name}: {when}."
    if booking.trip_fee:
        say += f" There is a trip fee of {speech.dollars(round(booking.trip_fee * 100))}."
    days = roster.service(booking.service_type_id).days
    if days > 1:
        say += f" The work takes {days} working days."
    say += f" Your reference is {speech.reference(booking.reference)}."
    return {
        "state": "moved" if outcome.state is State.MOVED else "booked",
        "say": say,
        "bookingId": str(booking.public_id),
        "reference": booking.reference,
        "scheduledDate": booking.promised_from.astimezone(zone).isoformat(),
    }


def held(outcome: Outcome, slot_id: str, roster: Roster) -> Answer:
    """Answer with a hold that stands; it is no appointment yet, and says so."""
    booking, zone = outcome.booking, roster.zone
    if booking is None or booking.hold_expires_at is None:
        raise ValueError("only a hold can be spoken of as one")
    return {
        "state": "held",
        "say": f"I'm holding {promise(booking, zone)} for {roster.hold_minutes} minutes; it isn't booked yet. "
        "What name and address should I put it under?",
        "slotId": slot_id,
        "startsAt": booking.promised_from.astimezone(zone).isoformat(),
        "endsAt": booking.promised_to.astimezone(zone).isoformat(),
        "expiresAt": booking.hold_expires_at.astimezone(zone).isoformat(timespec="seconds"),
    }


def cancelled(booking: Booking, zone: ZoneInfo) -> Answer:
    """Answer with a booking that is cancelled."""
    return {
        "state": "cancelled",
        "say": f"I've cancelled your appointment on {promise(booking, zone)}. Is there anything else I can do?",
        "bookingId": str(booking.public_id),
        "cancelledReference": booking.reference,
    }


def promise(booking: Booking, zone: ZoneInfo) -> str:
    """Return what was promised, as it is said."""
    starts_at, ends_at = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    return f"{speech.day(starts_at.date())}, {speech.window(starts_at, ends_at)}"


def office_will_call(say: str) -> Answer:
    """Answer that the office calls back; only after a lead was kept."""
    return {"state": "office_will_call", "say": say}


SPOKEN_AT_MOST = 4


def which(found: Sequence[Booking], zone: ZoneInfo) -> Answer:
    """Answer a caller who has several appointments and named none: each with the reference to name it by."""
    said = [promise(each, zone) for each in found[:SPOKEN_AT_MOST]]
    more = "" if len(found) <= SPOKEN_AT_MOST else f" and {len(found) - SPOKEN_AT_MOST} later"
    return {
        **not_booked(f"I see more than one appointment: {speech.listed(said, last='and')}{more}. Which one do you mean?"),
        "appointments": [
            {"reference": each.reference, "startsAt": each.promised_from.astimezone(zone).isoformat()} for each in found
        ],
    }


def refused(error: RefusedError, zone: ZoneInfo) -> Answer:
    """Answer a request that cannot be carried out as asked, naming what would help."""
    facts = error.facts
    if error.code == "which":
        return which(facts["bookings"], zone)
    match error.code:
        case "service_unknown":
            say = f"I didn't catch what kind of visit you need. Is it {speech.listed(facts['services'])}?"
        case "date_unclear":
            say = facts.get("say") or "I didn't catch the day. Which weekday and date would you like?"
        case "past":
            say = f"{speech.day(facts['on'])} has already passed. Which day from today on would you like?"
        case "beyond_horizon":
            say = f"We book up to {speech.day(facts['until'])}. Is there an earlier day that works?"
        case "part_unknown":
            say = f"Would you like {speech.listed([f'the {part}' for part in facts['parts']])}?"
        case "outside_area":
            say = f"I'm sorry, {' '.join(facts['zip'])} is outside of the area we serve."
        case "not_yours":
            say = (
                "I can't find an upcoming appointment under the number you're calling from. "
                "Shall I have our office call you back, or would you like a new appointment?"
            )
        case "not_open":
            say = "That appointment can't be changed by phone any more. Our office can help you with it."
        case "name_missing":
            say = "I still need the name for the appointment. What name should I put it under?"
        case "phone_missing":
            say = "I still need a phone number with its area code. What number can we reach you at?"
        case _:
            say = "I couldn't do that as asked. Could you tell me the day and time once more?"
    return not_booked(say)


def incomplete(missing: Sequence[str], wrong: Sequence[str]) -> Answer:
    """Answer a tool whose arguments lack or garble something, in words the assistant can ask with."""
    if missing:
        return not_booked(f"I still need {speech.listed(list(missing), last='and')}. Could you tell me?")
    return not_booked(f"I didn't get {speech.listed(list(wrong), last='and')} right. Could you say that once more?")
