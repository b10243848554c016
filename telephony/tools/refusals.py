"""Answers to what is not carried out: a refusal, a doubt, something missing; each asks for what would help.

They are answers like those of telephony.tools.answers, and claim as little.
"""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings import speech
from bookings.engine.roster import Roster
from bookings.errors import RefusedError
from bookings.models import Booking
from telephony.tools.answers import Answer, joined, not_booked, promise, stays
from telephony.tools.intent import Intent

SPOKEN_AT_MOST = 4


def which(found: Sequence[Booking], zone: ZoneInfo) -> Answer:
    """Answer a caller who has several appointments and named none: each with the reference to name it by."""
    times = speech.listed([promise(each, zone) for each in found[:SPOKEN_AT_MOST]], last="and")
    if len(found) <= SPOKEN_AT_MOST:
        say = _("I see more than one appointment: {times}. Which one do you mean?").format(times=times)
    else:
        say = _("I see more than one appointment: {times} and {count} later. Which one do you mean?").format(
            times=times, count=len(found) - SPOKEN_AT_MOST
        )
    return {
        **not_booked(say),
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
            services = speech.listed([speech.service(each) for each in facts["services"]])
            say = _("I didn't catch what kind of visit you need. Is it {services}?").format(services=services)
        case "date_unclear":
            say = facts.get("say") or _("I didn't catch the day. Which weekday and date would you like?")
        case "past":
            say = _("{day} has already passed. Which day from today on would you like?").format(day=speech.day(facts["on"]))
        case "beyond_horizon":
            say = _("We book up to {day}. Is there an earlier day that works?").format(day=speech.day(facts["until"]))
        case "part_unknown":
            parts = speech.listed([speech.the_part(each) for each in facts["parts"]])
            say = _("Would you like {parts}?").format(parts=parts)
        case "outside_area":
            say = _("I'm sorry, {zip} is outside of the area we serve.").format(zip=" ".join(facts["zip"]))
        case "not_yours":
            say = _(
                "I can't find an upcoming appointment under the number you're calling from. "
                "Shall I have our office call you back, or would you like a new appointment?"
            )
        case "cancelled_since":
            say = _(
                "Your appointment on {when} is cancelled, and I haven't booked another. Would you like a new one?"
            ).format(when=promise(facts["booking"], zone))  # fmt: skip
        case "not_open":
            say = _("That appointment can't be changed by phone any more. Our office can help you with it.")
        case "name_missing":
            say = _("I still need the name for the appointment. What name should I put it under?")
        case "phone_missing":
            say = _("I still need a phone number with its area code. What number can we reach you at?")
        case _:
            say = _("I couldn't do that as asked. Could you tell me the day and time once more?")
    return not_booked(say)


def taken_back(standing: Booking | None, roster: Roster) -> Answer:
    """Answer a change that the caller took back before it was made: what stands, and the question what they want."""
    if standing is not None:
        return not_booked(joined(stays(standing, roster.zone), _("What would you like to change?")))
    return not_booked(_("All right, I haven't booked anything yet. What would you like instead?"))


def not_asked_for(change: Intent) -> Answer:
    """Answer a change that nobody has asked for in words: the question that asks for it."""
    match change:
        case Intent.CANCEL:
            return not_booked(_("I haven't cancelled anything. Would you like me to cancel your appointment?"))
        case Intent.MOVE:
            return not_booked(_("I haven't moved anything. Would you like me to move your appointment?"))
    return not_booked(_("I haven't booked anything yet. Would you like me to book a visit?"))


def incomplete(missing: Sequence[str], wrong: Sequence[str]) -> Answer:
    """Answer a tool whose arguments lack or garble something, in words the assistant can ask with."""
    if missing:
        things = speech.listed(list(missing), last="and")
        return not_booked(_("I still need {things}. Could you tell me?").format(things=things))
    things = speech.listed(list(wrong), last="and")
    return not_booked(_("I didn't get {things} right. Could you say that once more?").format(things=things))


def unreadable() -> Answer:
    """Answer a tool whose arguments are no arguments at all."""
    return not_booked(_("I didn't get that right. Could you say that once more?"))
