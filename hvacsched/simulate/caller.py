"""One call, played message by message: Twilio's side, Vapi's side and the caller's words. Checks every answer at once."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hvacsched.simulate import answers, forms, messages, people, twiml
from hvacsched.simulate.answers import Answer
from hvacsched.simulate.errors import WrongError, must
from hvacsched.simulate.line import Line, Reply
from hvacsched.simulate.messages import Conversation, Json
from hvacsched.simulate.narrator import Narrator
from hvacsched.simulate.record import Record
from hvacsched.simulate.twiml import Response
from hvacsched.simulate.vendors import Vendors

MOST_REDIRECTS = 8
# How many deliveries of one message may come at once.
AT_ONCE = 3
# A pause between spoken lines when somebody follows the call on the screen.
SPOKEN_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Setting:
    """The shop that is called, and how Twilio and Vapi know it. `contested`: the time that many callers want."""

    shop: str
    number: str
    zone: ZoneInfo
    today: date
    account: str
    phone_number_id: str
    assistant_id: str
    twilio_api: str
    contested: datetime
    soon: bool = False


class Caller:
    """Somebody who calls. The scenarios move it; whatever it is answered wrongly raises WrongError."""

    def __init__(
        self, record: Record, dice: Random, person: people.Person, *, caller_id: str, line: Line, vendors: Vendors,
        setting: Setting, narrator: Narrator,
    ) -> None:  # fmt: skip
        self.record, self.dice, self.person = record, dice, person
        self.setting, self.vendors = setting, vendors
        self.wish = people.wish(dice)
        self.day = people.next_workday(setting.today) if setting.soon else people.workday(dice, setting.today)
        self.caller_id = caller_id
        self.line, self._narrator = line, narrator
        self._began = time.time()
        self._stamp = 0
        self._uses = 0
        self.form = forms.voice(
            account=setting.account, sid=record.sid, caller=caller_id, called=setting.number, status="in-progress"
        )
        self._talk = Conversation(
            vapi_id="", sid=record.sid, caller=caller_id if caller_id.startswith("+1") else "anonymous",
            shop_number=setting.number, phone_number_id=setting.phone_number_id, assistant_id=setting.assistant_id,
            began=self._began,
        )  # fmt: skip
        self.after_assistant = ""
        self.about = ""  # what Vapi's summary says; empty: what was wished for
        self._last: tuple[Json, str, list[str]] | None = None

    def calls_again(self, person: people.Person | None = None) -> "Caller":
        """Return the same matter's next call: of the caller, from the same number, or of somebody else."""
        who = person or self.person
        record = Record(self.record.number, self.record.scenario, sid=forms.new_sid("CA"), phone=who.number)
        self.record.later.append(record)
        again = Caller(
            record, self.dice, who, caller_id=who.number, line=self.line, vendors=self.vendors, setting=self.setting,
            narrator=self._narrator,
        )  # fmt: skip
        again.wish, again.day = self.wish, self.day
        return again

    # -- Twilio's side

    def ring(self, deliveries: int = 1) -> Response:
        """Call the shop and return what Twilio is to play; several deliveries of the call must be given the same."""
        self.vendors.call_begins(self.record.sid, account=self.setting.account, caller=self.caller_id, called=self.setting.number)
        self.tell("Twilio", f"A call from {self.caller_id} to {self.setting.shop}, {self.setting.number}.")
        form = forms.ringing(self.form | {"CallStatus": "ringing"})
        if deliveries == 1:
            return self.play("/twilio/inbound", form, kind="inbound")
        with ThreadPoolExecutor(deliveries) as pool:
            played = list(pool.map(lambda _: self.play("/twilio/inbound", form, kind="inbound"), range(deliveries)))
        must(len({str(each) for each in played}) == 1, "two deliveries of one call got different TwiML")
        return played[0]

    def play(self, url: str, form: forms.Form, *, kind: str) -> Response:
        """Fetch TwiML and return it, following redirects that come before anything else is played."""
        for _ in range(MOST_REDIRECTS):
            reply = self.line.twilio(url, form, kind=kind)
            must(reply.status == 200, f"{kind}: HTTP {reply.status}")
            must(reply.content_type.startswith("text/xml"), f"{kind}: not text/xml but {reply.content_type or 'nothing'}")
            response = twiml.read(reply.body)
            self.tell("hvacsched", f"answers Twilio: {', then '.join(response.names) or 'nothing'}", reply.milliseconds)
            if not response.names or set(response.names) - {"Pause", "Redirect"} or response.get("Redirect") is None:
                return response
            pause = response.get("Pause")
            time.sleep(float(pause.attributes.get("length", 1)) if pause else 0)
            url, form = response.the("Redirect").text, self.form
            kind = "voice, later steps" if kind != "inbound" else kind
        raise WrongError(f"{kind}: redirected without end")

    def report(self, url: str, form: forms.Form, *, kind: str) -> None:
        """Tell what Twilio only reports."""
        reply = self.line.twilio(url, form, kind=kind)
        must(200 <= reply.status < 300, f"{kind}: HTTP {reply.status}")
        self.tell("Twilio", f"reports: {kind}", reply.milliseconds)

    def line_ends(self, reason: str) -> None:
        """The telephone call is over: Twilio's status callback."""
        self.vendors.call_ends(self.record.sid, self.record.vapi_id, reason=reason)
        lasted = max(1, round(time.time() - self._began))
        self.report("/twilio/status", forms.ended(self.form, seconds=lasted, now=datetime.now(UTC)), kind="status")

    # -- Vapi's side

    def reach_assistant(self, deliveries: int = 1) -> None:
        """Call, be handed to the assistant and hear it greet."""
        self.is_handed_over(self.ring(deliveries))
        self.inform("status-update", status="in-progress")
        self.hears(self.vendors.greeting_of(self.setting.assistant_id) or messages.GREETING)

    def is_handed_over(self, response: Response) -> None:
        """Find Vapi's call in the TwiML, and our redirect behind it."""
        response.the("Connect")
        redirect = response.the("Redirect")
        must(response.names.index("Redirect") > response.names.index("Connect"), "the redirect comes before the assistant")
        self.after_assistant = redirect.text
        self.record.vapi_id = self._talk.vapi_id = response.vapi_id or self.vendors.vapi_id_of(self.record.sid)

    def inform(self, kind: str, **what: Any) -> None:
        self._tell_vapi(self._talk.message(kind, self._now(), **what))

    def hears(self, words: str) -> None:
        """The assistant speaks."""
        self._talk.said("bot", words, self._now())
        self._tell_vapi(self._talk.conversation_update(self._now()))
        self.tell("Assistant", f"“{words}”")
        self._breathe()

    def says(self, words: str, *, interrupting: bool = False) -> None:
        """The caller speaks: at first Vapi hears half of it, then all."""
        if interrupting:
            self._tell_vapi(self._talk.interrupted(self._now()))
        self.inform("speech-update", status="started", role="user", turn=len(self._talk.heard))
        self._tell_vapi(self._talk.transcript_of(words[: len(words) // 2], self._now(), final=False))
        self._talk.said("user", words, self._now())
        self._tell_vapi(self._talk.transcript_of(words, self._now(), final=True))
        self.tell("Caller", f"“{words}”" + ("  (interrupts)" if interrupting else ""))
        self._breathe()

    def uses(self, tool: str, *, deliveries: int = 1, legacy: bool = False, **arguments: Any) -> Answer:
        """The assistant uses a tool; return the answer, which the caller then hears. Every delivery must be answered alike."""
        self._uses += 1
        as_text = (self.record.number + self._uses) % 2 == 0
        asked = messages.tool_call(tool, arguments, as_text=as_text, tool_call_id=messages.new_tool_call_id())
        at = self._now()
        self._talk.asked_tool([asked], at)
        message = self._talk.function_call(asked, at) if legacy else self._talk.tool_calls([asked], at)
        told = ", ".join(f"{name}: {value}" for name, value in arguments.items())
        self.tell("Assistant", f"uses {tool} ({told})" + (f", delivered {deliveries} times at once" if deliveries > 1 else ""))
        replies = self._deliver(message, tool, deliveries)
        lines = [self._line_of(reply, tool, asked, legacy=legacy) for reply in replies]
        now = datetime.now(UTC)
        found = [answers.read(tool, line, zone=self.setting.zone, now=now) for line in lines]
        self._last = message, tool, lines
        # Two readings at once may find different times; whatever writes must answer every delivery alike.
        must(tool == "checkAvailability" or len(set(lines)) == 1, f"{tool}: one request, different answers")
        answer = found[0]
        self.record.answers.append(answer)
        self._talk.tool_answered(str(asked["id"]), tool, answer.line, self._now())
        self.tell("hvacsched", f"answers: {answer.state}", max(reply.milliseconds for reply in replies))
        self.hears(answer.say)
        return answer

    def repeats(self) -> None:
        """The last tool call is delivered once more, and must be answered as it was."""
        must(self._last is not None, "no tool was used yet")
        assert self._last is not None
        message, tool, lines = self._last
        self.tell("Vapi", f"delivers {tool} again")
        reply = self._deliver(message, tool, 1)[0]
        again = _lines_of(reply)
        self.tell("hvacsched", "answers the same" if again == lines[:1] else "answers something else", reply.milliseconds)
        must(tool == "checkAvailability" or again == lines[:1], f"{tool}: one request, different answers")

    def hangs_up(self) -> None:
        """The caller ends the call: Twilio and Vapi report it, in whatever order."""
        reason = "customer-ended-call"
        self.tell("Caller", "hangs up.")
        steps = [self.line_ends, self._vapi_ends]
        self.dice.shuffle(steps)
        for step in steps:
            step(reason)

    def assistant_is_cut_off(self) -> None:
        """Twilio moved the call: Vapi sees its stream end, as if the caller had hung up."""
        self._vapi_ends("customer-ended-call")

    def is_dismissed(self) -> None:
        """The assistant says goodbye: its stream closes, and Twilio goes on with our redirect.

        Vapi's word on how it ended may come later than Twilio does; a booking speaks for itself.
        """
        reason = "assistant-ended-call"
        self.hears("Thank you for calling. Goodbye.")
        if not self.record.standing or self.dice.random() < 0.5:
            self.inform("status-update", call_status="ended", status="ended", endedReason=reason)
        last = self.play(self.after_assistant, self.form, kind="voice, later steps")
        must("Hangup" in last.names and "Dial" not in last.names, f"after a good end, Twilio is to play {' '.join(last.names)}")
        self.line_ends(reason)
        self._report_end(reason)

    def ends(self) -> None:
        if self.dice.random() < 0.5:
            self.is_dismissed()
        else:
            self.hangs_up()

    def tell(self, who: str, text: str, milliseconds: float | None = None) -> None:
        self._narrator.tell(self.record.number, self._began, who, text, milliseconds)

    def _vapi_ends(self, reason: str) -> None:
        self.inform("status-update", call_status="ended", status="ended", endedReason=reason)
        self._report_end(reason)

    def _report_end(self, reason: str) -> None:
        said = any(turn["role"] == "user" for turn in self._talk.heard)
        summary = (self.about or f"The caller asked for {self.wish.service}.") if said else ""
        self._tell_vapi(self._talk.report(self._now(), reason=reason, summary=summary), kind="end-of-call-report")

    def _tell_vapi(self, message: Json, *, kind: str = "informational") -> None:
        reply = self.line.vapi(message, kind=kind, way=self.record.number)
        must(reply.status == 200, f"{message['message']['type']}: HTTP {reply.status}")

    def _deliver(self, message: Json, kind: str, deliveries: int) -> list[Reply]:
        if deliveries == 1:
            return [self.line.vapi(message, kind=kind, way=self.record.number)]
        with ThreadPoolExecutor(deliveries) as pool:
            return list(pool.map(lambda n: self.line.vapi(message, kind=kind, way=self.record.number + n), range(deliveries)))

    def _line_of(self, reply: Reply, tool: str, asked: Json, *, legacy: bool) -> str:
        must(reply.status == 200, f"{tool}: HTTP {reply.status}")
        return answers.legacy_result(reply.body) if legacy else answers.results(reply.body, [(asked["id"], tool)])[0]

    def _now(self) -> int:
        """Vapi's clock, which never gives two messages of a call the same time."""
        self._stamp = max(self._stamp + 1, round(time.time() * 1000))
        return self._stamp

    def _breathe(self) -> None:
        if self._narrator.listened_to:
            time.sleep(SPOKEN_SECONDS)


def _lines_of(reply: Reply) -> list[str]:
    """Return the lines of an answer, of either message that asks for tools."""
    body = json.loads(reply.body)
    return [each["result"] for each in body["results"]] if "results" in body else [body["result"]]
