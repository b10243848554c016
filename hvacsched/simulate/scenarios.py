"""How calls go. A scenario moves a caller through one call or two; anything but a true answer raises WrongError."""

from collections.abc import Callable
from dataclasses import dataclass

from hvacsched.simulate import changes, people, ringing
from hvacsched.simulate.caller import AT_ONCE, Caller
from hvacsched.simulate.errors import must
from hvacsched.simulate.talk import ask, book, look, spoken, take, unserved, who


def books(call: Caller) -> None:
    call.reach_assistant()
    offer = ask(call, call.day)
    if offer is not None:
        take(call, offer)
    call.ends()


def changes_mind(call: Caller) -> None:
    call.reach_assistant()
    offer = ask(call, call.day)
    first = take(call, offer) if offer is not None else None
    if first is not None:
        other = people.another_day(call.dice, call.day)
        call.says(f"Wait, no, make that {spoken(other)} instead.", interrupting=True)
        offer = look(call, other)
        moved = take(call, offer) if offer is not None else None
        if moved is not None:
            must(moved.claim.reference == first.claim.reference, "a change of mind made a second booking")
            same_time = moved.claim.starts_at == first.claim.starts_at
            must(moved.state == ("booked" if same_time else "moved"), f"a change of mind was answered with {moved.state}")
    call.ends()


def asks_only(call: Caller) -> None:
    call.reach_assistant()
    ask(call, call.day)
    if call.dice.random() < 0.5:
        other = people.another_day(call.dice, call.day)
        call.says(f"And what about {spoken(other)}?")
        look(call, other)
    call.says("Thanks, I'll talk to my wife and call back.")
    call.ends()


def no_time_left(call: Caller) -> None:
    """Many callers want one time; the technicians are fewer."""
    at = call.setting.contested
    call.wish = people.Wish("maintenance", "It's time for the yearly checkup.", "morning")
    call.reach_assistant()
    call.says(f"I need a tune up on {spoken(at.date())} at {at:%-I %p}, nothing else works for me.")
    answer = book(call, scheduledDate=at.strftime("%Y-%m-%dT%H:%M"))
    if answer.stands:
        must(answer.claim.starts_at == at, "booked at another time than the one that was asked for")
    elif answer.state == "offered":
        call.record.refused_a_time = True
        if call.dice.random() < 0.7:
            call.says("Well, if there is nothing else.")
            take(call, answer)
        else:
            call.says("No, then I'll try somebody else.")
    else:
        unserved(answer)
    call.ends()


def retries(call: Caller) -> None:
    """Everything is delivered three times at once, as slow networks make it."""
    call.reach_assistant(deliveries=AT_ONCE)
    offer = ask(call, call.day, deliveries=AT_ONCE)
    if offer is not None:
        take(call, offer, deliveries=AT_ONCE)
    call.ends()


def legacy(call: Caller) -> None:
    """The message that came before tool-calls, still sent by old assistants."""
    call.reach_assistant()
    offer = ask(call, call.day, legacy=True)
    if offer is not None:
        take(call, offer, legacy=True)
    call.ends()


def withheld(call: Caller) -> None:
    """The number is not shown; the caller is asked for one before anything is booked."""
    call.reach_assistant()
    offer = ask(call, call.day, may_be_refused=True)
    if offer is not None:
        slot = offer.slots[0]
        call.says("The first one is good.")
        asked = call.uses("bookAppointment", **who(call, phone=False), slotId=slot["slotId"])
        must(asked.state == "not_booked", f"without any number to call back: {asked.state}")
        call.says(f"It's {call.person.number[2:]}.")
        take(call, offer)
    call.ends()


def seed(call: Caller) -> None:
    """The one-step tool of the article this product grew from."""
    call.reach_assistant()
    call.says(f"{call.wish.problem} Can you send somebody {spoken(call.day)} in the {call.wish.window}?")
    answer = call.uses(
        "scheduleHVACAppointment",
        serviceType=call.wish.service,
        requestedDate=call.day.isoformat(),
        timeWindow=call.wish.window,
        customerName=call.person.name,
        customerPhone=call.person.number,
    )
    if answer.state == "offered":
        call.record.refused_a_time = True
        take(call, answer)
    elif not answer.stands:
        unserved(answer)
    call.ends()


def gas(call: Caller) -> None:
    """A call that must not become a booking."""
    call.wish = people.Wish("repair", "I smell gas next to the furnace.", "morning")
    call.reach_assistant()
    call.says(call.wish.problem)
    answer = call.uses("checkAvailability", serviceType="repair", requestedDate=call.day.isoformat(), problem=call.wish.problem)
    must(answer.state == "emergency", f"a smell of gas was answered with {answer.state}")
    must("911" in answer.say and "leave" in answer.say.casefold(), "a smell of gas, and not told to leave and to call 911")
    call.hangs_up()


def hangs_up(call: Caller) -> None:
    """Gone before a word was said; the number is kept, so that the office can call back."""
    call.record.outcome = call.record.lead = "abandoned"
    call.is_handed_over(call.ring())
    call.hangs_up()


def vapi_down(call: Caller) -> None:
    """Vapi refuses the call: people are rung one after the other, nobody takes it, the caller leaves a message."""
    call.record.outcome = call.record.lead = "voicemail"
    response = call.ring()
    must("Connect" not in response.names, "Vapi is down, and the caller was sent there")
    ringing.leaves_a_message(call, ringing.nobody_takes_it(call, response), f"{call.wish.problem} Please call me back.")


def person_takes_it(call: Caller) -> None:
    """Vapi refuses the call: somebody is rung, hears what it is about, and takes it."""
    call.record.outcome = "transferred"
    response = call.ring()
    must("Connect" not in response.names, "Vapi is down, and the caller was sent there")
    ringing.somebody_takes_it(call, response)
    call.line_ends("customer-ended-call")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`weight`: how often it is in the mixture; 0: only when named. `without_vapi`: Vapi refuses the call."""

    play: Callable[[Caller], None]
    weight: int
    about: str
    without_vapi: bool = False


SCENARIOS: dict[str, Scenario] = {
    "books": Scenario(books, 29, "asks for a day, is offered times, books one"),
    "holds": Scenario(changes.holds, 9, "has the chosen time held, then gives name and address, then books"),
    "holds_and_goes": Scenario(changes.holds_and_goes, 3, "has a time held and hangs up: it is given back"),
    "changes_mind": Scenario(changes_mind, 8, "books, interrupts, has it moved to another day"),
    "moves": Scenario(changes.moves, 3, "books, asks about something else, moves it with rescheduleAppointment"),
    "moves_later": Scenario(changes.moves_later, 3, "books, calls again from the same number and moves it"),
    "next_week": Scenario(changes.next_week, 2, 'books, calls again: "same time next week"'),
    "cancels": Scenario(changes.cancels, 3, "books, calls again and cancels"),
    "not_theirs": Scenario(changes.not_theirs, 1, "somebody else tries to move and cancel the booking: refused"),
    "message": Scenario(changes.leaves_a_message, 1, "asks what nobody has an answer for: a message for the office"),
    "no_heat": Scenario(changes.no_heat, 2, "has no heat on a Sunday: urgent work is done in overtime"),
    "two_days": Scenario(changes.two_days, 1, "books work that takes two people two days"),
    "asks_only": Scenario(asks_only, 7, "asks for one or two days and books nothing"),
    "no_time_left": Scenario(no_time_left, 8, "wants the one time that all of these callers want"),
    "retries": Scenario(retries, 7, "every delivery comes three times at once"),
    "legacy": Scenario(legacy, 3, "books through the legacy function-call message"),
    "withheld": Scenario(withheld, 2, "does not show a number, and is asked for one"),
    "seed": Scenario(seed, 2, "books with scheduleHVACAppointment in one step"),
    "gas": Scenario(gas, 2, "smells gas: hears the safety words, gets no booking"),
    "hangs_up": Scenario(hangs_up, 2, "hangs up before a word is said"),
    "person_asked": Scenario(ringing.taken, 1, "asks for a person, who is rung, hears what it is about and takes the call"),
    "nobody": Scenario(ringing.nobody, 1, "asks for a person, nobody takes it: an urgent message on the voicemail"),
    "twilio_down": Scenario(ringing.twilio_down, 0, "asks for a person, and Twilio's API fails: called back (only when named)"),
    "vapi_down": Scenario(
        vapi_down, 0, "Vapi refuses the call: nobody takes it, voicemail, lead (only when named)", without_vapi=True
    ),
    "person": Scenario(
        person_takes_it, 0, "Vapi refuses the call: somebody is rung and takes it (only when named)", without_vapi=True
    ),
}
