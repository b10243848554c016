"""What calls are made of: asking for a day, choosing a time, booking it; each with what may truly be answered."""

from datetime import date, datetime
from typing import Any

from hvacsched.simulate.answers import Answer
from hvacsched.simulate.caller import Caller
from hvacsched.simulate.errors import WrongError, must

MOST_ATTEMPTS = 5


def spoken(day: date) -> str:
    return f"{day:%A, %B} {day.day}"


def slot_words(slot: dict[str, Any]) -> str:
    starts_at = datetime.fromisoformat(slot["startsAt"])
    return f"{spoken(starts_at.date())} at {starts_at:%-I:%M %p}"


def who(call: Caller, *, phone: bool = True) -> dict[str, Any]:
    said = {
        "customerName": call.person.name,
        "serviceType": call.wish.service,
        "address": call.person.address,
        "problem": call.wish.problem,
    }
    return said | {"customerPhone": call.person.number} if phone else said


def ask(call: Caller, day: date, *, may_be_refused: bool = False, **how: Any) -> Answer | None:
    """Say what is wrong and ask for a day; return an offer, or None when there is none."""
    call.says(f"Hi, this is {call.person.name}. {call.wish.problem} Could somebody come on {spoken(day)}?")
    return look(call, day, may_be_refused=may_be_refused, **how)


def look(call: Caller, day: date, *, may_be_refused: bool = False, **how: Any) -> Answer | None:
    answer = call.uses(
        "checkAvailability", serviceType=call.wish.service, requestedDate=day.isoformat(), timeWindow=call.wish.window, **how
    )
    if answer.state == "offered":
        days = {datetime.fromisoformat(slot["startsAt"]).date() for slot in answer.slots}
        must(answer.body.get("available") is False or days == {day}, "said to be available, and offered on another day")
        call.record.refused_a_time = call.record.refused_a_time or answer.body.get("available") is False
        return answer
    if not (may_be_refused and answer.state == "not_booked"):
        unserved(answer)
    return None


def take(call: Caller, offer: Answer, **how: Any) -> Answer | None:
    """Book one of the times offered, or what is offered instead when somebody was faster; None when there was nothing."""
    for attempt in range(MOST_ATTEMPTS):
        slot = call.dice.choice(offer.slots)
        starts_at = datetime.fromisoformat(slot["startsAt"])
        call.says(f"{slot_words(slot)} works." if attempt == 0 else "Then take the other one.")
        chosen = {"slotId": slot["slotId"]} | ({"scheduledDate": slot["startsAt"]} if call.dice.random() < 0.5 else {})
        answer = book(call, **chosen, **how)
        if answer.stands:
            must(answer.claim.starts_at == starts_at, "booked at another time than the one that was chosen")
            return answer
        if answer.state != "offered":
            unserved(answer)
            return None
        call.record.refused_a_time = True
        offer = answer
    return None


def book(call: Caller, **said: Any) -> Answer:
    """Book; when the desk asks to look again because of a crowd, do."""
    for _ in range(MOST_ATTEMPTS):
        answer = call.uses("bookAppointment", **who(call), **said)
        if not (answer.state == "not_booked" and "look again" in answer.say):
            return answer
    raise WrongError(f"asked to look again {MOST_ATTEMPTS} times")


def unserved(answer: Answer) -> None:
    """The only true way not to be served: the office calls back."""
    must(answer.state == "office_will_call", f"{answer.tool}: {answer.state}: {answer.say}")
