"""Answers about bookings a caller has, and about messages for the office; like telephony.tools.answers, from what is true.

`identity` says in an answer that the caller is not known: MISSING asks for a fact, REFUSED had one that fits nothing.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings import speech
from bookings.engine.roster import Roster
from bookings.errors import RefusedError
from bookings.models import Booking, Customer
from telephony.tools import answers, refusals
from telephony.tools.answers import Answer
from telephony.tools.refusals import SPOKEN_AT_MOST

MISSING, REFUSED = "missing", "refused"
LISTED_AT_MOST = 10


def fact_missing() -> Answer:
    """Ask for one more fact; the same sentence for everybody."""
    say = _("May I have the name the appointment is under, or the ZIP code of the address?")
    return {**answers.not_booked(say), "identity": MISSING}


def not_yours(refusal: RefusedError, zone: ZoneInfo) -> Answer:
    """Answer a fact that fits nothing; the same sentence for everybody."""
    return {**refusals.refused(refusal, zone), "identity": REFUSED}


def guessed() -> Answer:
    """Answer somebody who has been wrong too often; only after a lead was kept."""
    say = _("I can't find that appointment. Our office will call you back at the number you're calling from.")
    return answers.office_will_call(say)


def move_first(booking: Booking, zone: ZoneInfo) -> Answer:
    """Offer another day before an appointment is cancelled; nothing has changed."""
    say = _(
        "I can move your appointment on {when} to another day instead. Would you like that, or shall I cancel it?"
    ).format(when=answers.promise(booking, zone))  # fmt: skip
    return {**answers.not_booked(say), "moveOffered": True}


def found(upcoming: Sequence[Booking], known: Sequence[Booking], roster: Roster) -> Answer:
    """Answer with the appointments a caller has; `known` are all bookings they may hear about, the latest first."""
    said = "; ".join(_appointment(each, roster) for each in upcoming[:SPOKEN_AT_MOST])
    if len(upcoming) == 1:
        say = _("I see {appointment}. What can I do about it?").format(appointment=said)
    elif len(upcoming) <= SPOKEN_AT_MOST:
        say = _("I see {count} appointments: {appointments}. Which one is it about?").format(
            count=len(upcoming), appointments=said
        )
    else:
        say = _("I see {count} appointments, the first ones are: {appointments}. Which one is it about?").format(
            count=len(upcoming), appointments=said
        )
    return {
        "state": "found",
        "say": say,
        "appointments": [_entry(each, roster) for each in upcoming[:LISTED_AT_MOST]],
        **_who([*upcoming, *known], None),
    }


def none_upcoming(known: Sequence[Booking], who: Customer | None, last_visit: date | None) -> Answer:
    """Answer somebody who is known and has nothing ahead."""
    person = _who(known, who)
    name = person["customer"]["name"] if person["customer"] else ""
    none = _("I don't see an upcoming appointment for {name}.").format(name=name) if name else ""
    say = [
        none or _("I don't see an upcoming appointment."),
        _("Your last visit was on {day}.").format(day=speech.day(last_visit)) if last_visit is not None else "",
        _("Would you like a new appointment?"),
    ]
    return {
        "state": "not_found",
        "say": " ".join(filter(None, say)),
        "lastVisit": last_visit and last_visit.isoformat(),
        **person,
    }


def message_taken(number: str) -> Answer:
    """Answer a message that is kept; `number` is the one given to call back, "" for the one the caller calls from."""
    if number:
        say = _("I've passed that on. Our office will call you back at the number you gave me, {number}.").format(number=number)
    else:
        say = _("I've passed that on. Our office will call you back at the number you're calling from.")
    return answers.office_will_call(say)


def message_without_number() -> Answer:
    """Answer a message that is kept, of a caller whom nobody could call back."""
    return answers.not_booked(_("I've noted that. What number, with its area code, can our office call you back at?"))


def transferring() -> Answer:
    """Answer once the call is on its way to a person: the assistant has nothing more to say."""
    return {"state": "transferring", "say": _("One moment, I'm connecting you with somebody now.")}


def person_will_call() -> Answer:
    """Answer a wish for a person that is kept with the caller's number. True whether or not they are put through as well."""
    return answers.office_will_call(
        _(
            "I've passed on that you'd like to speak with somebody. Our office will call you back as soon as it can, at the "
            "number you're calling from."
        )
    )


def person_without_number() -> Answer:
    """Answer a wish for a person of a caller whom nobody could call back."""
    return answers.not_booked(
        _("I've passed on that you'd like to speak with somebody. What number can our office call you back at?")
    )


def _appointment(booking: Booking, roster: Roster) -> str:
    """Return an appointment as it is said: what, when, where."""
    if booking.to_confirm_since is not None:
        return _unconfirmed(booking, roster)
    what, when = _service(booking, roster), answers.promise(booking, roster.zone)
    on_the_way = booking.status == Booking.Status.EN_ROUTE
    if booking.property is None:
        said = _("your {service} on {when}; the technician is on the way") if on_the_way else _("your {service} on {when}")
        return said.format(service=what, when=when)
    if on_the_way:
        said = _("your {service} on {when}, at {address}; the technician is on the way")
    else:
        said = _("your {service} on {when}, at {address}")
    return said.format(service=what, when=when, address=booking.property.address.partition(",")[0])


def _unconfirmed(booking: Booking, roster: Roster) -> str:
    what, when = _service(booking, roster), answers.promise(booking, roster.zone)
    if booking.property is None:
        return _("your {service} on {when}, which our office has not confirmed yet").format(service=what, when=when)
    said = _("your {service} on {when}, at {address}, which our office has not confirmed yet")
    return said.format(service=what, when=when, address=booking.property.address.partition(",")[0])


def _service(booking: Booking, roster: Roster) -> str:
    return speech.service(roster.service(booking.service_type_id))


def _entry(booking: Booking, roster: Roster) -> dict[str, Any]:
    return {
        "reference": booking.reference,
        "service": _service(booking, roster),
        "startsAt": booking.promised_from.astimezone(roster.zone).isoformat(),
        "endsAt": booking.promised_to.astimezone(roster.zone).isoformat(),
        "status": booking.status,
        "address": booking.property.address if booking.property is not None else "",
        **({"toConfirm": True} if booking.to_confirm_since is not None else {}),
    }


def _who(known: Sequence[Booking], who: Customer | None) -> dict[str, Any]:
    """Return the person, the address and the equipment; the person only where all is one customer's."""
    people = {each.customer_id: each.customer for each in known if each.customer is not None}
    customer = who if not people else next(iter(people.values())) if len(people) == 1 else None
    where = next((each.property for each in known if each.property is not None), None)
    latest = sorted(known, key=lambda each: each.created_at, reverse=True)
    unit = next((each for each in latest if each.equipment), None)
    return {
        "customer": {"name": customer.name, "member": customer.member} if customer is not None else None,
        "property": where.address if where is not None else None,
        "equipment": {"kind": unit.equipment, "years": unit.equipment_years} if unit is not None else None,
    }
