"""Calls that hold a time first, and calls about a booking that stands: moved, cancelled, or somebody else's."""

from datetime import datetime, timedelta
from typing import Any

from hvacsched.simulate import people
from hvacsched.simulate.answers import Answer, Claim
from hvacsched.simulate.caller import AT_ONCE, Caller
from hvacsched.simulate.errors import WrongError, must
from hvacsched.simulate.talk import MOST_ATTEMPTS, ask, book, look, slot_words, spoken, take, unserved


def holds(call: Caller) -> None:
    """Choose, have it held, say name and address, book. What is held may be given to nobody else meanwhile."""
    call.reach_assistant()
    offer = ask(call, call.day, zip=call.person.zip_code)
    held = hold(call, offer) if offer is not None else None
    if held is not None and call.dice.random() < 0.3:
        call.says("Or rather, let me hear the times once more.")
        offer = look(call, call.day, zip=call.person.zip_code)
        held = (hold(call, offer) if offer is not None else None) or held
    if held is not None:
        call.says(f"{call.person.name}, {call.person.address}.")
        answer = book(call, slotId=held.hold.slot_id)
        must(answer.stands, f"a time that was held could not be booked: {answer.state}: {answer.say}")
        must(answer.claim.starts_at == held.hold.starts_at, "booked at another time than the one that was held")
    call.ends()


def holds_and_goes(call: Caller) -> None:
    """Have a time held and hang up. The office sees whom it could not serve; the time is free again at once."""
    call.record.lead = "no_time"
    call.reach_assistant()
    offer = ask(call, call.day, zip=call.person.zip_code)
    if offer is not None and hold(call, offer) is not None:
        call.says("One moment, there is somebody at the door.")
    call.hangs_up()


def moves(call: Caller) -> None:
    """Book, and later in the same call move it with the tool for it."""
    call.reach_assistant()
    claim = _books(call)
    if claim is not None:
        call.says("And do you service water heaters, too?")
        call.hears("We do.")
        _moves_to_another_day(call, claim)
    call.ends()


def moves_later(call: Caller) -> None:
    call.reach_assistant()
    claim = _books(call)
    call.ends()
    if claim is not None:
        again = call.calls_again()
        again.reach_assistant()
        finds(again, claim)
        _moves_to_another_day(again, claim)
        again.ends()


def next_week(call: Caller) -> None:
    """In a call weeks ahead "next week" may be two weeks: what is unclear is asked, and then said with its date."""
    call.day = people.workday(call.dice, call.setting.today, last=45)
    call.reach_assistant()
    claim = _books(call)
    call.ends()
    if claim is None or claim.starts_at.date() > call.setting.today + timedelta(days=52):
        return  # the week after is beyond what can be booked
    again = call.calls_again()
    again.reach_assistant()
    again.says(f"{again.person.name} here. Something came up. Can you come at the same time the week after?")
    answer = change(again, "rescheduleAppointment", claim, scheduledDate="same time next week", **known(again))
    wanted = claim.starts_at.replace(tzinfo=call.setting.zone) + timedelta(days=7)
    if answer.state == "not_booked" and "Do you mean" in answer.say:
        must(spoken(wanted.date()) in answer.say, f"next week is not among the days that are asked about: {answer.say}")
        again.says(f"{spoken(wanted.date())}.")
        answer = change(again, "rescheduleAppointment", claim, scheduledDate=f"{spoken(wanted.date())} at {wanted:%-I:%M %p}")
    if answer.stands:
        must(answer.state == "moved" and answer.claim.starts_at == wanted, f"the same time next week is {answer.claim.starts_at}")
    _take_new(again, claim, answer)
    again.ends()


def cancels(call: Caller) -> None:
    """Book, call again and cancel. Delivered thrice it is cancelled once; asked once more, it is said to be."""
    call.reach_assistant()
    claim = _books(call)
    call.ends()
    if claim is None:
        return
    again = call.calls_again()
    again.reach_assistant()
    again.says(f"This is {again.person.name}. I have to cancel my appointment, we are moving out.")
    answer = change(again, "cancelAppointment", claim, deliveries=_deliveries(call), reason="moving out", **known(again))
    must(
        answer.state == "not_booked" and bool(answer.body.get("moveOffered")), f"cancelled without an offer to move: {answer.say}"
    )
    again.says("No, please cancel it.")
    answer = change(again, "cancelAppointment", claim, deliveries=_deliveries(call), **_insisting(again))
    must(answer.state == "cancelled", f"the caller's own booking was not cancelled: {answer.state}: {answer.say}")
    must(answer.cancelled_reference == claim.reference, "another booking was cancelled than the one that was meant")
    must(str(answer.body["bookingId"]) == claim.booking, "cancelled under another booking's id")
    if call.dice.random() < 0.5:
        again.says("So that is cancelled now?")
        answer = again.uses("cancelAppointment", reference=claim.reference)
        must(answer.cancelled_reference == claim.reference, f"a cancelled booking is not said to be: {answer.state}")
    again.ends()


def not_theirs(call: Caller) -> None:
    """Somebody else knows the reference; it is of no use from their number."""
    call.reach_assistant()
    claim = _books(call)
    call.ends()
    if claim is None:
        return
    stranger = people.somebody(call.dice)
    while stranger.number == call.person.number:
        stranger = people.somebody(call.dice)
    other = call.calls_again(stranger)
    other.reach_assistant()
    other.says(f"Please cancel the appointment with the reference {claim.reference}.")
    whose = {"address": call.person.address}
    tries: tuple[tuple[str, dict[str, Any]], ...] = (
        ("cancelAppointment", {"reference": claim.reference}),
        ("findAppointments", {"reference": claim.booking, **whose}),
        ("rescheduleAppointment", {"reference": claim.reference, "scheduledDate": "same time next week", **whose}),
    )
    for tool, said in tries:
        answer = other.uses(tool, **said)
        nothing = "not_found" if tool == "findAppointments" else "not_booked"
        must(answer.state == nothing, f"somebody else's booking: {tool} was answered with {answer.state}")
        must("can't find" in answer.say, f"somebody else's booking: {tool} was answered with {answer.say}")
        must(not answer.body.get("appointments") and not answer.body.get("customer"), f"somebody else's booking: {answer.line}")
    other.says("But I have the reference here.")
    answer = other.uses("cancelAppointment", reference=claim.reference)
    must(answer.state == "office_will_call", f"a fourth guess was answered with {answer.state}")
    other.ends()


def leaves_a_message(call: Caller) -> None:
    """Ask what nobody has an answer for; the office has the question, and the number to call back."""
    call.record.lead = "message"
    call.reach_assistant()
    question = call.dice.choice(("Do you service water heaters?", "Can I pay in two parts?", "Is my unit still under warranty?"))
    call.says(question)
    answer = call.uses("takeMessage", message=question, customerName=call.person.name, deliveries=_deliveries(call))
    must(answer.state == "office_will_call", f"a message was answered with {answer.state}: {answer.say}")
    must("the number you're calling from" in answer.say, f"called back at another number: {answer.say}")
    call.ends()


def no_heat(call: Caller) -> None:
    """Urgent: may have a Sunday, when only overtime is worked."""
    call.record.urgent = True
    call.wish = people.Wish("repair", "We have no heat at all, and a baby in the house.", "morning")
    call.day = people.sunday(call.dice, call.setting.today)
    call.reach_assistant()
    how: dict[str, Any] = {"urgency": "urgent", "equipment": "furnace", "equipmentAge": call.dice.randrange(1, 25)}
    offer = ask(call, call.day, problem=call.wish.problem, zip=call.person.zip_code, **how)
    if offer is not None:
        take(call, offer)
    call.ends()


def two_days(call: Caller) -> None:
    call.wish = people.Wish("two day installation", "The furnace and the AC have to be replaced, all of it.", "morning")
    call.reach_assistant()
    offer = ask(call, call.day, zip=call.person.zip_code)
    if offer is not None:
        take(call, offer)
    call.ends()


# -- what these are made of


def hold(call: Caller, offer: Answer) -> Answer | None:
    """Have one of the times offered held, or one that is offered instead; None when there was nothing."""
    for _ in range(MOST_ATTEMPTS):
        slot = call.dice.choice(offer.slots)
        call.says(f"{slot_words(slot)} sounds good.")
        answer = call.uses("holdSlot", deliveries=_deliveries(call), slotId=slot["slotId"])
        if answer.state == "held":
            must(answer.hold.slot_id == slot["slotId"], "another slot was held than the one that was chosen")
            must(answer.hold.starts_at == datetime.fromisoformat(slot["startsAt"]), "held at another time than was chosen")
            return answer
        if answer.state == "offered":
            call.record.refused_a_time = True
            offer = answer
        elif "look again" not in answer.say:
            unserved(answer)
            return None
    return None


def known(call: Caller) -> dict[str, Any]:
    """Return a fact the caller says of themselves, as the assistant passes it on."""
    first, _, last = call.person.name.partition(" ")
    return call.dice.choice(
        (
            {"customerName": call.person.name}, {"customerName": f"{last} {first}"}, {"customerName": last},
            {"zip": call.person.zip_code}, {"address": call.person.address.partition(",")[0]},
        )
    )  # fmt: skip


def finds(call: Caller, claim: Claim) -> None:
    """Ask what there is: first without saying who it is, then with a fact."""
    call.says("When was my appointment again?")
    asked = call.uses("findAppointments")
    must(asked.state == "not_found" and "May I have the name" in asked.say, f"who is not known yet was answered: {asked.say}")
    fact = known(call)
    call.says(f"It's {next(iter(fact.values()))}.")
    found = call.uses("findAppointments", **fact)
    must(found.state == "found", f"the caller's own booking was not found: {found.state}: {found.say}")
    of_it = [each for each in found.body["appointments"] if each["reference"] == claim.reference]
    must(len(of_it) == 1, "the caller's own booking is not among those that were found")
    must(datetime.fromisoformat(of_it[0]["startsAt"]) == claim.starts_at, "found at another time than the one that was booked")


def _insisting(call: Caller) -> dict[str, Any]:
    """Return how the assistant says that another day was offered; its own words in the conversation say so, too."""
    return {"moveOffered": True} if call.dice.random() < 0.5 else {}


def change(call: Caller, tool: str, claim: Claim, *, deliveries: int = 1, **said: Any) -> Answer:
    """Use a tool on a booking that stands; say which one at once or when asked, as a person reads it out."""
    reference = call.dice.choice((claim.reference, claim.reference.removeprefix("HV-"), " ".join(claim.reference).lower()))
    named: dict[str, Any] = {"reference": reference} if call.dice.random() < 0.5 else {}
    for _ in range(MOST_ATTEMPTS):
        answer = call.uses(tool, deliveries=deliveries, **named, **said)
        if answer.state == "not_booked" and "Which one do you mean" in answer.say:
            named = {"reference": reference}
            call.says(f"The one with the reference {claim.reference}.")
        elif not (answer.state == "not_booked" and "look again" in answer.say):
            return answer
    raise WrongError(f"{tool}: asked to look again {MOST_ATTEMPTS} times")


def _deliveries(call: Caller) -> int:
    """How often a message comes at once: what writes is done once, and answered alike."""
    return AT_ONCE if call.dice.random() < 0.3 else 1


def _books(call: Caller) -> Claim | None:
    offer = ask(call, call.day)
    taken = take(call, offer) if offer is not None else None
    return taken.claim if taken is not None else None


def _moves_to_another_day(call: Caller, claim: Claim) -> None:
    day = people.another_day(call.dice, call.day)
    call.says(f"Could you come on {spoken(day)} instead of {spoken(claim.starts_at.date())}?")
    offer = look(call, day)
    if offer is not None:
        _take_new(call, claim, offer)


def _take_new(call: Caller, claim: Claim, offer: Answer) -> None:
    """Move the booking to one of the times offered; it keeps its reference, or stays as it was."""
    for _ in range(MOST_ATTEMPTS):
        if offer.state != "offered":
            break
        slot = call.dice.choice(offer.slots)
        starts_at = datetime.fromisoformat(slot["startsAt"])
        call.says(f"{slot_words(slot)} is fine.")
        offer = change(call, "rescheduleAppointment", claim, deliveries=_deliveries(call), slotId=slot["slotId"])
        if offer.stands:
            must(offer.claim.starts_at == starts_at, "moved to another time than the one that was chosen")
    if offer.stands:
        must(offer.claim.reference == claim.reference, "a move made a second booking")
        must(offer.claim.booking == claim.booking, "a move changed the booking's id")
        expected = "booked" if offer.claim.starts_at == claim.starts_at else "moved"
        must(offer.state == expected, f"a move was answered with {offer.state}")
    elif offer.state == "not_booked":
        must("stays as it is" in offer.say, f"a move: {offer.say}")
    else:
        must(offer.state == "offered", f"a move was answered with {offer.state}")
