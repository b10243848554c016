"""How calls go. A scenario moves a caller through one call; anything but a true answer raises WrongError."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hvacsched.simulate import forms, people
from hvacsched.simulate.answers import Answer
from hvacsched.simulate.caller import Caller
from hvacsched.simulate.errors import WrongError, must

MOST_ATTEMPTS = 5
AT_ONCE = 3
VOICEMAIL_SECONDS = 12


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
    """Vapi refuses the call: the dispatcher's phone rings, nobody answers, the caller leaves a message."""
    call.record.outcome = call.record.lead = "voicemail"
    response = call.ring()
    must("Connect" not in response.names, "Vapi is down, and the caller was sent there")
    dial = response.the("Dial")
    must("Number" in dial.inner, "a Dial that rings nobody")
    voicemail = call.play(dial.attributes["action"], forms.nobody_answered(call.form), kind="voice, later steps").the("Record")
    recording = call.vendors.recording(call.record.sid, seconds=VOICEMAIL_SECONDS)
    url = f"{call.setting.twilio_api}/2010-04-01/Accounts/{call.setting.account}/Recordings/{recording}"
    call.tell("Caller", f"“{call.wish.problem} Please call me back.”  (on the voicemail)")
    spoken_form = forms.recorded(call.form, recording=recording, url=url, seconds=VOICEMAIL_SECONDS)
    call.play(voicemail.attributes["action"], spoken_form, kind="voice, later steps")
    call.line_ends("customer-ended-call")
    ready = forms.recording_ready(
        call.form, recording=recording, url=url, seconds=VOICEMAIL_SECONDS, now=datetime.now(UTC)
    )  # fmt: skip
    call.report(voicemail.attributes["recordingStatusCallback"], ready, kind="recording")
    words = forms.transcribed(call.form, recording=recording, url=url, text=f"{call.wish.problem} Please call me back.")
    call.report(voicemail.attributes["transcribeCallback"], words, kind="transcription")


@dataclass(frozen=True, slots=True)
class Scenario:
    """`weight`: how often it is in the mixture; 0: only when named."""

    play: Callable[[Caller], None]
    weight: int
    about: str


SCENARIOS: dict[str, Scenario] = {
    "books": Scenario(books, 44, "asks for a day, is offered times, books one"),
    "changes_mind": Scenario(changes_mind, 12, "books, interrupts, has it moved to another day"),
    "asks_only": Scenario(asks_only, 11, "asks for one or two days and books nothing"),
    "no_time_left": Scenario(no_time_left, 10, "wants the one time that all of these callers want"),
    "retries": Scenario(retries, 8, "every delivery comes three times at once"),
    "legacy": Scenario(legacy, 4, "books through the legacy function-call message"),
    "withheld": Scenario(withheld, 3, "does not show a number, and is asked for one"),
    "seed": Scenario(seed, 4, "books with scheduleHVACAppointment in one step"),
    "gas": Scenario(gas, 2, "smells gas: hears the safety words, gets no booking"),
    "hangs_up": Scenario(hangs_up, 2, "hangs up before a word is said"),
    "vapi_down": Scenario(vapi_down, 0, "Vapi refuses the call: dispatcher, voicemail, lead (only when named)"),
}


# -- what scenarios are made of


def spoken(day: date) -> str:
    return f"{day:%A, %B} {day.day}"


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
        call.says(f"{spoken(starts_at.date())} at {starts_at:%-I:%M %p} works." if attempt == 0 else "Then take the other one.")
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
