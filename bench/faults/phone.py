"""Twilio playing one call: fetches TwiML, says, dials, records, and goes to the fallback where the product fails.

People who are rung answer or not by dice. Whoever answers a leg with a document of its own hears it and presses a key.
"""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from xml.etree import ElementTree

from bench.faults import heard
from bench.faults.heard import Life
from bench.faults.wires import Wires
from hvacsched.simulate import forms
from hvacsched.simulate.forms import Form

MOST_FETCHES = 25
ANSWERS, PRESSES_A_KEY, LEAVES_A_MESSAGE = 0.5, 0.8, 0.85
MESSAGE_SECONDS = 9
_SPOKEN = ("Say", "Play")
_STREAM = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SilentError(Exception):
    """Twilio has nothing to play: the caller hears an error tone, or nothing."""


@dataclass(slots=True)
class Phone:
    """`hosted` are the documents on another host by their addresses, the number's fallback first.

    `recording` leaves a message at the stand-in and returns its address, `ring_seconds` is how long a telephone rings here,
    `vapi_id` the id of Vapi's call once the assistant speaks.
    """

    life: Life
    form: Form
    wires: Wires
    hosted: Mapping[str, str]
    dice: Random
    recording: Callable[[int], str]
    ring_seconds: float
    vapi_id: str = ""
    _rest: list[ElementTree.Element] = field(default_factory=list)
    _fetches: int = 0

    def comes_in(self) -> bool:
        """Ring the shop and play what comes; say whether the assistant speaks now. Else the call is over."""
        begun = time.monotonic()
        self._rest = self._fetch("/twilio/inbound", forms.ringing(self.form | {"CallStatus": "ringing"}))
        self.form["CallStatus"] = "in-progress"
        return self._play(begun)

    def goes_on(self) -> None:
        """The assistant's line is over: play what stands behind it, to the end of the call."""
        if self._play(None):
            raise SilentError("handed to the assistant for a second time")

    def is_moved(self, document: str) -> None:
        """Twilio was told to play something else instead of the assistant: play that, to the end of the call."""
        verbs = _read(document)
        if verbs is None:
            raise SilentError("moved by a document that cannot be played")
        self._rest = verbs
        self.goes_on()

    def _play(self, begun: float | None) -> bool:
        while self._rest:
            verb = self._rest.pop(0)
            if begun is not None and verb.tag not in ("Pause", "Redirect"):
                self.life.first_twiml, begun = time.monotonic() - begun, None
            match verb.tag:
                case "Connect":
                    named = _STREAM.search(" ".join(str(each.get("url")) for each in verb))
                    self.vapi_id = named.group() if named else ""
                    return True
                case "Say" | "Play":
                    self._hears(verb)
                case "Pause":
                    time.sleep(float(verb.get("length", "1")))
                case "Redirect":
                    self._rest = self._fetch(_text(verb), self.form)
                case "Dial":
                    if verb.find("Sip") is not None:
                        return True
                    self._dial(verb)
                case "Record":
                    self._record(verb)
                case "Gather":
                    for each in verb:
                        if each.tag in _SPOKEN:
                            self._hears(each)
                case "Hangup" | "Reject":
                    break
                case _:
                    raise SilentError(f"<{verb.tag}>, which nobody expected")
        self._rest = []
        if not self.life.ending and self.life.heard:
            self.life.ending = heard.TOLD
        return False

    def _hears(self, verb: ElementTree.Element) -> None:
        if text := _text(verb):
            self.life.heard.append(text)

    def _dial(self, dial: ElementTree.Element) -> None:
        """Ring all that are named at once; the first who answers and takes the call has the caller."""
        bridged, sid = False, forms.new_sid("CA")
        time.sleep(self.ring_seconds)
        for number in dial:
            if self.dice.random() < ANSWERS and self._takes(number, sid):
                bridged = True
                break
        seconds = self.dice.randrange(20, 200) if bridged else 0
        if bridged:
            self.life.ending, self.life.served_by_person = heard.PERSON, True
        if not dial.get("action"):
            self._rest = [] if bridged else self._rest  # who was helped hangs up
            return
        said = {
            "DialBridged": "true" if bridged else "false",
            "DialCallSid": sid,
            "DialCallStatus": "completed" if bridged else "no-answer",
        }
        self._rest = self._fetch(
            dial.get("action", ""), self.form | said | ({"DialCallDuration": str(seconds)} if bridged else {})
        )

    def _takes(self, number: ElementTree.Element, sid: str) -> bool:
        """Say whether who answered has the caller now: at once, or after a document of their own that did not hang up."""
        if not number.get("url"):
            return True
        leg = self.form | {
            "CallSid": sid, "ParentCallSid": self.form["CallSid"], "To": _text(number), "Called": _text(number),
            "Direction": "outbound-dial", "CallStatus": "in-progress",
        }  # fmt: skip
        presses = self.dice.random() < PRESSES_A_KEY
        script, fetches = self._document(number.get("url", ""), leg), 0
        while script:
            verb = script.pop(0)
            if verb.tag in ("Hangup", "Reject"):
                return False
            if verb.tag == "Gather" and presses and fetches < MOST_FETCHES:
                fetches += 1
                script = self._document(verb.get("action", "") or number.get("url", ""), leg | {"Digits": "1"})
            elif verb.tag == "Redirect" and fetches < MOST_FETCHES:
                fetches += 1
                script = self._document(_text(verb), leg)
        return presses

    def _document(self, url: str, form: Form) -> list[ElementTree.Element]:
        """Return a leg's document, else the fallback's. Without either the leg ends: who hears an error tone hangs up."""
        verbs = self._try(url, form)
        if verbs is None and self.asks_us_first:
            verbs = self._try("/twilio/fallback", form | self._error(url))
        return verbs if verbs is not None else [ElementTree.Element("Hangup")]

    def _record(self, verb: ElementTree.Element) -> None:
        self.life.ending = self.life.ending or heard.VOICEMAIL
        if self.dice.random() >= LEAVES_A_MESSAGE:
            return  # silence: Twilio goes on with the next verb
        self.life.left_message = True
        try:
            url = self.recording(MESSAGE_SECONDS)
        except OSError:
            url = ""
        sid = url.rsplit("/", 1)[-1]
        ready = forms.recording_ready(self.form, recording=sid, url=url, seconds=MESSAGE_SECONDS, now=datetime.now(UTC))
        words = forms.transcribed(self.form, recording=sid, url=url, text="The furnace is out, please call me back.")
        after = ((verb.get("recordingStatusCallback"), ready), (verb.get("transcribeCallback"), words))
        if verb.get("action"):
            spoken = forms.recorded(self.form, recording=sid, url=url, seconds=MESSAGE_SECONDS)
            self._rest = self._fetch(verb.get("action", ""), spoken)
        else:
            self._rest = []
        for address, form in after:
            if address:
                self.wires.twilio(address, form)

    def _fetch(self, url: str, form: Form) -> list[ElementTree.Element]:
        """Return the verbs of an address, else of our own fallback where the number names it, else of the hosted document."""
        self._fetches += 1
        if self._fetches > MOST_FETCHES:
            raise SilentError("sent round in a circle")
        if (verbs := self._try(url, form)) is not None:
            return verbs
        self.life.at_fallback += 1
        if self.asks_us_first and (verbs := self._try("/twilio/fallback", form | self._error(url))) is not None:
            return verbs
        self.life.at_static += 1
        verbs = _read(next(iter(self.hosted.values())))
        if verbs is None:
            raise SilentError("the document that is hosted elsewhere cannot be played")
        return verbs

    @property
    def asks_us_first(self) -> bool:
        """Half of the calls come to a number whose fallback is ours, with the hosted document behind it."""
        return self.life.number % 2 == 0

    def _error(self, url: str) -> Form:
        return {"ErrorCode": "11200", "ErrorUrl": url if "://" in url else f"{self.wires.server}{url}"}

    def _try(self, url: str, form: Form) -> list[ElementTree.Element] | None:
        if url in self.hosted:
            return _read(self.hosted[url])
        reply = self.wires.twilio(url, form)
        if reply is None or reply.status != 200:
            return None
        verbs = _read(reply.body)
        if verbs is None or not reply.content_type.startswith("text/xml"):
            self.life.fault = "an answer that Twilio cannot play"
            return None
        return verbs


def _read(text: str) -> list[ElementTree.Element] | None:
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - our own product's
    except ElementTree.ParseError:
        return None
    return list(root) if root.tag == "Response" else None


def _text(element: ElementTree.Element) -> str:
    return (element.text or "").strip()
