"""People who are rung for a caller, as Twilio plays it: what they hear first, the key, and what follows when nobody takes it."""

import re
from datetime import UTC, datetime
from urllib.parse import urlsplit

from hvacsched.simulate import forms, twiml
from hvacsched.simulate.caller import Caller
from hvacsched.simulate.errors import must
from hvacsched.simulate.twiml import Response, Verb

LATER = "voice, later steps"
MOST_PEOPLE = 12
VOICEMAIL_SECONDS = 12
_NUMBER = re.compile(r'<Number\b[^>]*\burl="([^"]+)"[^>]*>(\+\d+)</Number>')


def asks_for_a_person(call: Caller) -> Response | None:
    """The caller asks the assistant for a person; return what Twilio was told to play instead of it, None when it was not."""
    call.reach_assistant()
    call.says("I'd rather talk to a real person, please.")
    answer = call.uses("transferToHuman", reason="would rather talk to a person")
    call.repeats()
    moved = call.vendors.moved_to(call.record.sid)
    must(answer.state in ("transferring", "office_will_call"), f"a wish for a person was answered with {answer.state}")
    must((answer.state == "transferring") == bool(moved), f"told {answer.state}, and the call was {'' if moved else 'not '}moved")
    if not moved:
        return None
    call.assistant_is_cut_off()
    return twiml.read(moved)


def taken(call: Caller) -> None:
    """Asks for a person, is put through, and somebody takes it."""
    call.record.outcome = "transferred"
    moved = asks_for_a_person(call)
    assert moved is not None
    somebody_takes_it(call, moved)
    call.line_ends("customer-ended-call")


def nobody(call: Caller) -> None:
    """Asks for a person, and nobody takes it: an urgent message."""
    call.record.outcome = call.record.lead = "voicemail"
    moved = asks_for_a_person(call)
    assert moved is not None
    leaves_a_message(call, nobody_takes_it(call, moved), "It's about my bill. Please call me back.")


def twilio_down(call: Caller) -> None:
    """Asks for a person while Twilio's API fails: the assistant stays, and the office truly calls back."""
    call.vendors.refuses_to_move(call.record.sid, account=call.setting.account)
    call.record.lead = "wanted_person"
    must(asks_for_a_person(call) is None, "moved by a Twilio that failed")
    call.hangs_up()


def somebody_takes_it(call: Caller, response: Response, *, seconds: int = 60) -> None:
    """The first person who is rung hears what it is about, presses the key and talks with the caller."""
    dial, whisper, number = _rung(response)
    leg = forms.persons_line(call.form, number=number)
    gather = call.play(whisper, leg, kind=LATER).the("Gather")
    must("Press 1" in gather.inner, "a person who is rung is not told how to take the call")
    call.tell("Person", f"{number} picks up, hears what it is about and presses 1.")
    connects = call.play(gather.attributes["action"], leg | {"Digits": "1"}, kind=LATER)
    must("Hangup" not in connects.names, "the key was pressed, and the person was hung up on")
    after = call.play(dial.attributes["action"], forms.talked(call.form, leg=leg["CallSid"], seconds=seconds), kind=LATER)
    must(after.names == ("Hangup",), f"after the talk, Twilio is to play {' '.join(after.names)}")


def nobody_takes_it(call: Caller, response: Response) -> Verb:
    """Everybody rings in vain, a voicemail box that picks up among them; return the Record that comes after the last."""
    seen: list[str] = []
    while "Record" not in response.names:
        dial, whisper, number = _rung(response)
        must(number not in seen, f"{number} rings twice")
        must(len(seen) < MOST_PEOPLE, "people are rung without end")
        form = forms.nobody_answered(call.form)
        if not seen:
            leg = forms.persons_line(call.form, number=number)
            call.play(whisper, leg, kind=LATER)
            call.tell("Person", f"The voicemail box of {number} picks up, and presses no key.")
            form = forms.talked(call.form, leg=leg["CallSid"], seconds=9) | {"DialBridged": "false"}
        seen.append(number)
        response = call.play(dial.attributes["action"], form, kind=LATER)
    return response.the("Record")


def leaves_a_message(call: Caller, record: Verb, words: str) -> None:
    """The caller speaks on the voicemail and hangs up; Twilio reports the recording and, in English, its words."""
    recording = call.vendors.recording(call.record.sid, seconds=VOICEMAIL_SECONDS)
    url = f"{call.setting.twilio_api}/2010-04-01/Accounts/{call.setting.account}/Recordings/{recording}"
    call.tell("Caller", f"“{words}”  (on the voicemail)")
    spoken = forms.recorded(call.form, recording=recording, url=url, seconds=VOICEMAIL_SECONDS)
    call.play(record.attributes["action"], spoken, kind=LATER)
    call.line_ends("customer-ended-call")
    ready = forms.recording_ready(
        call.form, recording=recording, url=url, seconds=VOICEMAIL_SECONDS, now=datetime.now(UTC)
    )  # fmt: skip
    call.report(record.attributes["recordingStatusCallback"], ready, kind="recording")
    if "transcribeCallback" in record.attributes:
        transcribed = forms.transcribed(call.form, recording=recording, url=url, text=words)
        call.report(record.attributes["transcribeCallback"], transcribed, kind="transcription")


def _rung(response: Response) -> tuple[Verb, str, str]:
    """Return the Dial, what the person hears first, and their number."""
    dial = response.the("Dial")
    found = _NUMBER.search(dial.inner.replace("&amp;", "&"))
    must(found is not None, "a Dial that rings nobody, or whom a voicemail box could stand in for")
    assert found is not None
    must(urlsplit(dial.attributes["action"]).path == "/twilio/after-dispatcher", "a Dial that asks nobody how it went")
    return dial, found.group(1), found.group(2)
