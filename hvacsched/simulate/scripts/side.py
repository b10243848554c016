"""One call of a script: its steps become messages, built when they are sent from what was said and answered until then."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

from hvacsched.simulate import answers, forms
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.messages import Conversation
from hvacsched.simulate.scripts import script as scripts
from hvacsched.simulate.scripts import shapes, words
from hvacsched.simulate.scripts.script import ScriptedCall, ScriptError
from hvacsched.simulate.scripts.stage import Play, Reply

Json = dict[str, Any]
# How long an answer takes in a script, and how long after it the assistant speaks it.
ANSWER_SECONDS = 0.4
SPEAKS_AFTER = 0.3
# What only looks is done anew for a delivery that nothing tells from a new request.
READS = frozenset({"checkAvailability", "findAppointments"})


class Side:
    """One call's side of a play: what was said in it, and its steps put into the queue."""

    def __init__(self, whole: Play, number: int, call: ScriptedCall) -> None:
        self.whole, self.number, self.call = whole, number, call
        place = whole.place
        self.began = place.began.timestamp() + call.begins
        self.talk = Conversation(
            vapi_id=str(uuid4()), sid=forms.new_sid("CA"), caller=call.caller, shop_number=place.number,
            phone_number_id=f"id-{place.number}", assistant_id="assistant-of-a-script", began=self.began,
        )  # fmt: skip
        whole.played.vapi_ids.append(self.talk.vapi_id)
        whole.played.scope[f"call{number + 1}"] = {"id": self.talk.vapi_id, "sid": self.talk.sid, "number": call.caller}
        for step in call.steps:
            at = call.begins + step["at"]
            getattr(self, f"_{scripts.kind_of(step)}")(step, at)

    # -- what is said

    def _user(self, step: Json, at: float) -> None:
        partials = step.get("partials", [step["user"][: len(step["user"]) // 2]])
        self._inform(step, at - 0.9, "speech-update", status="started", role="user")
        for n, heard in enumerate(partials):
            self._inform(step, at - 0.7 + n * 0.15, "transcript", role="user", transcriptType="partial", transcript=heard)

        def final(now: float) -> None:
            said = self._fill(step["user"])
            self.talk.said("user", said, self._stamp(now))
            if "confidence" in step:
                self.talk.heard[-1]["metadata"] = {"wordLevelConfidence": _confidence(said, step["confidence"])}
            self._send(step, now, self.talk.transcript_of(said, self._stamp(now), final=True))

        self.whole.later(at, final)
        self._inform(step, at + 0.02, "speech-update", status="stopped", role="user")
        self.whole.later(at + 0.05, lambda now: self._send(step, now, self.talk.conversation_update(self._stamp(now))))

    def _partial(self, step: Json, at: float) -> None:
        self._inform(step, at, "transcript", role="user", transcriptType="partial", transcript=step["partial"])

    def _bot(self, step: Json, at: float) -> None:
        self._speaks(step, lambda: str(self._fill(step["bot"])), at)

    def _speaks(self, step: Json, words: Callable[[], str], at: float) -> None:
        """The assistant speaks: it is heard to begin, then what it said is written down."""
        self._inform(step, at, "speech-update", status="started", role="assistant")

        def spoken(now: float) -> None:
            said, stamp = words(), self._stamp(now)
            self.talk.said("bot", said, stamp)
            self._send(
                step, now, self.talk.message("transcript", stamp, role="assistant", transcriptType="final", transcript=said)
            )

        self.whole.later(at + 0.05, spoken)
        self._inform(step, at + 1, "speech-update", status="stopped", role="assistant")

    # -- what is only reported

    def _speech(self, step: Json, at: float) -> None:
        self._inform(step, at, "speech-update", status=step["speech"], role=step.get("role", "user"))

    def _interrupted(self, step: Json, at: float) -> None:
        self.whole.later(at, lambda now: self._send(step, now, self.talk.interrupted(self._stamp(now))))

    def _hang(self, step: Json, at: float) -> None:
        self._inform(step, at, "hang")

    def _status(self, step: Json, at: float) -> None:
        self._inform(step, at, "status-update", status=step["status"])

    def _type(self, step: Json, at: float) -> None:
        self._inform(step, at, step["type"], **step.get("with", {}))

    def _ends(self, step: Json, at: float) -> None:
        reason = step["ends"]
        ended, reported = (at + 1, at) if step.get("report_first") else (at, at + 1)
        self._inform(step, ended, "status-update", call_status="ended", status="ended", endedReason=reason)

        def report(now: float) -> None:
            made = self.talk.report(self._stamp(now), reason=reason, summary=step.get("summary", ""))
            made["message"]["endedAt"] = datetime.fromtimestamp(self._stamp(at) / 1000, tz=UTC).isoformat()
            self._send(step, now, made)

        self.whole.later(reported, report)

    # -- tools

    def _tools(self, step: Json, at: float) -> None:
        self.whole.later(at, lambda now: self._ask(step, now))

    _tool = _tools

    def _ask(self, step: Json, now: float) -> None:
        shape, uses = step.get("shape", "object"), scripts.uses(step)
        static = self._fill(step.get("static", {}))
        calls = [shapes.asked(shape, use["tool"], self._fill(use.get("with", {})) | static) for use in uses]
        self.talk.asked_tool(calls, self._stamp(now))
        body = shapes.message(shape, self.talk, calls, self._stamp(now))
        if static:  # the call is known by what the tool was given, as hooks and custom tools do
            body["message"]["call"] = {}
            body["message"].pop("customer")
        answered = now + step.get("late", 0) + step.get("takes", ANSWER_SECONDS)
        heard: list[str] = []

        def arrived(replies: Sequence[Reply]) -> None:
            for status, text, _ in replies:
                lines = self._lines(step, status, text, calls, shape)
                if not heard:
                    heard.extend(lines)
                    self._judge(uses, lines)
                    self.whole.later(answered, partial(self._answered, step, calls, lines))
                elif lines != heard and not (shape in shapes.WITHOUT_ID and uses[0]["tool"] in READS):
                    self.whole.played.problems.append(
                        f"{uses[0]['tool']}: the same request, delivered again, was answered otherwise"
                    )

        self._send(step, now, body, answered=answered, heard=arrived)

    def _lines(self, step: Json, status: int, text: str, calls: Sequence[Json], shape: str) -> list[str]:
        if status != 200:
            raise WrongError(f"{scripts.kind_of(step)}: HTTP {status}")
        if shape in shapes.LEGACY:
            return [answers.legacy_result(text)]
        return answers.results(text, [(each["id"], each["function"]["name"]) for each in calls])

    def _judge(self, uses: Sequence[Json], lines: Sequence[str]) -> None:
        """Compare answers with what was expected, and keep those that later steps speak of."""
        played = self.whole.played
        for use, line in zip(uses, lines, strict=True):
            body = json.loads(line)
            played.asked += 1
            played.said.append((self.number + 1, line))
            if name := use.get("as"):
                played.scope[name] = body
            if wrong := self._wrong(use["answer"], body):
                played.problems.append(f"{use['tool']}: {wrong}")
            else:
                played.right += 1

    def _wrong(self, expected: Json, body: Json) -> str:
        """Say how an answer differs from what was expected; "" when it does not."""
        try:
            wanted = words.fill(expected, self.whole.played.scope | {"answer": body}, self.whole.place.zone)
        except ScriptError as error:
            return f"{error}: {body.get('state')}: {body.get('say')}"
        for key, value in wanted.items():
            given = body.get(key)
            if key == "slots" and value and isinstance(value[0], str):  # expected by their starts
                given = [slot.get("startsAt") for slot in given or []]
            if given != value:
                return f"{key} is {given!r}, not {value!r}"
        return ""

    def _answered(self, step: Json, calls: Sequence[Json], lines: Sequence[str], now: float) -> None:
        for call, line in zip(calls, lines, strict=True):
            self.talk.tool_answered(call["id"], call["function"]["name"], line, self._stamp(now))
        heard = step.get("heard", True)
        if heard:
            say = " ".join(json.loads(line)["say"] for line in lines) if heard is True else heard
            self._speaks({}, lambda: say, now + SPEAKS_AFTER)

    # -- on the way

    def _inform(self, step: Json, at: float, kind: str, **what: Any) -> None:
        self.whole.later(at, lambda now: self._send(step, now, self.talk.message(kind, self._stamp(now), **self._fill(what))))

    def _send(self, step: Json, now: float, body: Json, **how: Any) -> None:
        if not self.call.caller and "customer" in body["message"]:
            body["message"]["customer"] = body["message"]["call"]["customer"] = {}
        # Turns are added as the call goes on; what was sent stays what it was.
        self.whole.send(self.number, json.loads(json.dumps(body)), now, step, **how)

    def _stamp(self, now: float) -> int:
        return round((self.whole.place.began.timestamp() + now) * 1000)

    def _fill(self, value: Any) -> Any:
        return words.fill(value, self.whole.played.scope, self.whole.place.zone)


def _confidence(said: str, given: Any) -> list[Json]:
    """Return how sure each word is: one number for all, or by word with 1 for the rest."""
    by_word = given if isinstance(given, dict) else {}
    rest = 1.0 if isinstance(given, dict) else float(given)
    return [{"word": word, "confidence": by_word.get(word, rest)} for word in said.split()]
