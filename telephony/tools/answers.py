"""The one place that makes answers of tools: a state, and the exact sentence that may be said, from what is true.

An answer of state `booked` or `moved` is made from the row itself. Nothing else in the product puts words into the
assistant's mouth.

Sentences are whole, so that each can be said in another language: locale/es has them in Spanish. What is filled in comes from
bookings.speech, which speaks the language that is active.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings import speech
from bookings.engine.roster import Area, Roster, Service
from bookings.models import Booking
from bookings.services.asking import Outcome, Slot, State, Why
from bookings.services.availability import Found
from bookings.services.offers import Offered
from telephony.tools import fees
from telephony.tools.fees import Said

Answer = dict[str, Any]

# What the office has to confirm says so by this key as well, whatever its state.
_TO_CONFIRM = {"toConfirm": True}
# A technician may be on the way, or have been there, when a caller hears of it once more.
_STANDS = frozenset(Booking.Status) - {Booking.Status.HELD, Booking.Status.LAPSED, Booking.Status.CANCELLED}


def emergency(script: str) -> Answer:
    """Answer a danger with its fixed words (telephony.safety.scripts); they are the whole answer."""
    return {"state": "emergency", "say": script}


def not_booked(say: str) -> Answer:
    return {"state": "not_booked", "say": say}


def busy() -> Answer:
    """Answer a booking that the database could not decide in time. It claims nothing of what was booked before."""
    return not_booked(_("That time is being taken just now, so I haven't changed anything. Shall I look again?"))


def unreachable() -> Answer:
    """Answer when we cannot know: it claims nothing, neither of now nor of before."""
    return not_booked(_("I can't see our schedule right now. I'd rather not promise anything until I can. Can I try again?"))


def unknown_tool() -> Answer:
    """Answer a tool we do not have."""
    return not_booked(_("I can't do that myself. Is there an appointment I can help you with?"))


def offer_gone() -> Answer:
    """Answer a slot id that ran out, or that we never issued."""
    return not_booked(_("That offer has run out. Which day and time would you like? I'll look again."))


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


def offered(found: Found, slots: Sequence[Offered], service: Service, fee: Said) -> Answer:
    """Answer a search that found something."""
    say = joined(
        "" if found.as_asked else _nothing_as_asked(found),
        _("For a {service} I have {times}.").format(service=speech.service(service), times=_times(slots)),
        to_be_confirmed([each.slot for each in slots]),
        fee.words,
        _("Which one suits you?"),
    )
    return {**_offer(slots, say), **fee.keys}


def _nothing_as_asked(found: Found) -> str:
    """Return why none of the times is one that was asked for."""
    day, until = speech.day(found.on), speech.day(found.until) if found.until else ""
    if found.closed is not None:
        return _closed(found.on, found.closed)
    if found.area is not None and found.on.weekday() not in found.area.weekdays:
        return _area_days(found.area)
    part = speech.part(found.part) if found.part else ""
    if until and part:
        return _("I don't have anything from {day} to {until} in the {part}.").format(day=day, until=until, part=part)
    if until:
        return _("I don't have anything from {day} to {until}.").format(day=day, until=until)
    if part:
        return _("I don't have anything on {day} in the {part}.").format(day=day, part=part)
    return _("I don't have anything on {day}.").format(day=day)


def _closed(on: date, reason: str) -> str:
    if reason:
        return _("We're closed on {day} for {reason}.").format(day=speech.day(on), reason=speech.holiday(reason))
    return _("We're closed on {day}.").format(day=speech.day(on))


def _area_days(area: Area) -> str:
    days = speech.listed(speech.weekdays(area.weekdays), last="and")
    return _("We come to {area} on {weekdays}.").format(area=area.name, weekdays=days)


def lost(outcome: Outcome, slots: Sequence[Offered], *, on: date, roster: Roster, fee: Said) -> Answer:
    """Answer a booking that could not be had: what stands, and what could be had instead."""
    match outcome.why:
        case Why.AREA_DAY:
            why = _("We don't come to that area on that day.")
        case Why.CLOSED:
            why = _closed(on, outcome.closed)
        case Why.TOO_SOON:
            why = _("That is too soon for us to get there.")
        case Why.TAKEN:
            why = _("I'm sorry, that time is not available.")
        case None:
            why = ""
    say = joined(
        why,
        stays(outcome.booking, roster.zone) if outcome.booking is not None else "",
        _("The nearest I have is {times}.").format(times=_times(slots)),
        to_be_confirmed([each.slot for each in slots]),
        fee.words,
        _("Would one of these work?"),
    )
    return {**_offer(slots, say), **fee.keys}


def stays(booking: Booking, zone: ZoneInfo) -> str:
    """Return the sentence about a booking that a request did not change."""
    return _("Your appointment on {when} stays as it is.").format(when=promise(booking, zone))


def nothing_else(booking: Booking, zone: ZoneInfo) -> Answer:
    """Answer a change to a time that cannot be had, with nothing to offer instead; the booking stays."""
    return not_booked(joined(stays(booking, zone), _("I have no other time around that day.")))


def nothing_free(phone: str, *, own: bool) -> Answer:
    """Answer when nothing is free around the day: the call back that a lead was kept for, or the question for a number.

    `own`: the number is the one the caller calls from.
    """
    if not phone:
        return not_booked(_("I don't have a free time around that day. What number can our office call you back at?"))
    if own:
        return office_will_call(
            _("I don't have a free time around that day. Our office will call you back at the number you're calling from.")
        )
    return office_will_call(
        _("I don't have a free time around that day. Our office will call you back at the number you gave me.")
    )


def _times(slots: Sequence[Offered]) -> str:
    return speech.listed([speech.when(each.slot.starts_at, each.slot.window_ends_at) for each in slots])


def to_be_confirmed(slots: Sequence[Slot]) -> str:
    """Return what is said of times that are had on the office's confirmation only; "" where they are certain."""
    if not any(slot.to_confirm for slot in slots):
        return ""
    if len(slots) == 1:
        return _("Our office would have to confirm that time.")
    return _("Our office would have to confirm whichever you choose.")


def joined(*sentences: str) -> str:
    """Return sentences one after the other, without those that are empty."""
    return " ".join(each for each in sentences if each)


def _offer(slots: Sequence[Offered], say: str) -> Answer:
    return {
        "state": "offered",
        "say": say,
        "slots": [
            {
                "slotId": each.slot_id,
                "startsAt": each.slot.starts_at.isoformat(),
                "endsAt": each.slot.window_ends_at.isoformat(),
                "window": each.slot.part,
                **(_TO_CONFIRM if each.slot.to_confirm else {}),
            }
            for each in slots
        ],
        **(_TO_CONFIRM if any(each.slot.to_confirm for each in slots) else {}),
    }


def stands(outcome: Outcome, roster: Roster) -> Answer:
    """Answer with a booking that stands in the database: made, moved, corrected, or as it was."""
    booking, zone = outcome.booking, roster.zone
    if booking is None or not booking.pk or booking.customer is None or booking.status not in _STANDS:
        raise ValueError("only a booking that stands can be spoken of as one")
    waits = booking.to_confirm_since is not None
    if outcome.state is State.MOVED:
        done = _("I've moved the appointment for {name} to {when}.")
    elif outcome.state is State.CORRECTED:
        done = _("I've updated that. The appointment is for {name}, {when}.")
    elif waits:
        done = _("{name}, I've put you down for {when}.")
    else:
        done = _("You're booked, {name}: {when}.")
    days = roster.service(booking.service_type_id).days
    say = joined(
        done.format(name=booking.customer.name, when=promise(booking, zone)),
        _("Our office will confirm it.") if waits else "",
        fees.with_booking(booking),
        _("The work takes {count} working days.").format(count=days) if days > 1 else "",
        _("Your reference is {reference}.").format(reference=speech.reference(booking.reference)),
    )
    return {
        "state": "moved" if outcome.state is State.MOVED else "booked",
        "say": say,
        "bookingId": str(booking.public_id),
        "reference": booking.reference,
        "scheduledDate": booking.promised_from.astimezone(zone).isoformat(),
        **(_TO_CONFIRM if waits else {}),
    }


def held(outcome: Outcome, slot_id: str, roster: Roster) -> Answer:
    """Answer with a hold that stands; it is no appointment yet, and says so."""
    booking, zone = outcome.booking, roster.zone
    if booking is None or not booking.pk or booking.hold_expires_at is None or booking.status != Booking.Status.HELD:
        raise ValueError("only a hold can be spoken of as one")
    waits = booking.to_confirm_since is not None
    say = ngettext(
        "I'm holding {when} for {count} minute; it isn't booked yet. What name and address should I put it under?",
        "I'm holding {when} for {count} minutes; it isn't booked yet. What name and address should I put it under?",
        roster.hold_minutes,
    ).format(when=promise(booking, zone), count=roster.hold_minutes)
    return {
        "state": "held",
        "say": joined(_("Our office would have to confirm that time.") if waits else "", say),
        "slotId": slot_id,
        "startsAt": booking.promised_from.astimezone(zone).isoformat(),
        "endsAt": booking.promised_to.astimezone(zone).isoformat(),
        "expiresAt": booking.hold_expires_at.astimezone(zone).isoformat(timespec="seconds"),
        **(_TO_CONFIRM if waits else {}),
    }


def cancelled(booking: Booking, zone: ZoneInfo) -> Answer:
    """Answer with a booking that is cancelled."""
    if not booking.pk or booking.status != Booking.Status.CANCELLED:
        raise ValueError("only a cancelled booking can be spoken of as one")
    return {
        "state": "cancelled",
        "say": _("I've cancelled your appointment on {when}. Is there anything else I can do?").format(
            when=promise(booking, zone)
        ),
        "bookingId": str(booking.public_id),
        "cancelledReference": booking.reference,
    }


def promise(booking: Booking, zone: ZoneInfo) -> str:
    """Return what was promised, as it is said."""
    return speech.when(booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone))


def office_will_call(say: str) -> Answer:
    """Answer that the office calls back; only after a lead was kept."""
    return {"state": "office_will_call", "say": say}
