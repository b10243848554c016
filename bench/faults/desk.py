"""The assistant of one call: tells the product what is said, uses tools as Vapi delivers them, writes down what it hears."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from bench.faults.heard import Book, Heard, Life
from bench.faults.wires import Wires
from hvacsched.simulate import answers, messages
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.messages import Conversation, Json

# What Vapi says by itself where a tool's answer never came (telephony.assistant.words): it claims nothing.
NO_ANSWER = "I can't see our schedule right now, and I'd rather not promise anything until I can. Shall I try once more?"


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop that is called, and how the vendors know it."""

    number: str
    zone: ZoneInfo
    today: date
    horizon: int
    account: str
    phone_number_id: str
    assistant_id: str


@dataclass(slots=True)
class Assistant:
    """`tell` delivers what is only told, beside the conversation; `pace` stretches every pause, 0 makes none."""

    life: Life
    book: Book
    shop: Shop
    wires: Wires
    dice: Random
    tell: Callable[[Json, int], None]
    pace: float
    talk: Conversation = field(init=False)
    _stamp: int = 0

    def __post_init__(self) -> None:
        self.life.vapi_id = self.life.vapi_id or str(uuid4())
        self.talk = Conversation(
            vapi_id=self.life.vapi_id, sid=self.life.sid, caller=self.life.phone, shop_number=self.shop.number,
            phone_number_id=self.shop.phone_number_id, assistant_id=self.shop.assistant_id, began=time.time(),
        )  # fmt: skip

    def begins(self) -> None:
        self._inform("status-update", status="in-progress")

    def says(self, words: str) -> None:
        """The assistant speaks."""
        self.talk.said("bot", words, self._now())
        self.tell(self.talk.conversation_update(self._now()), self.life.number)
        self.life.heard.append(words)
        self._breathe()

    def hears(self, words: str) -> None:
        """The caller speaks: at first half of it is understood, then all."""
        self._inform("speech-update", status="started", role="user", turn=len(self.talk.heard))
        self.tell(self.talk.transcript_of(words[: len(words) // 2], self._now(), final=False), self.life.number)
        self._breathe()
        self.talk.said("user", words, self._now())
        self.tell(self.talk.transcript_of(words, self._now(), final=True), self.life.number)

    def uses(self, tool: str, **arguments: Any) -> Heard:
        """Use a tool and write down what came of it; the caller then hears it."""
        asked = messages.tool_call(
            tool, arguments, as_text=self.dice.random() < 0.5, tool_call_id=messages.new_tool_call_id()
        )  # fmt: skip
        at = self._now()
        if not self.life.lean:
            self.talk.asked_tool([asked], at)
        reply, tries = self.wires.tool(self.talk.tool_calls([asked], at), self.life.number)
        use = Heard(tool, at, time.time(), self.book.phase, tries)
        if reply is not None:
            self._read(reply.body, str(asked["id"]), use)
        self.life.uses.append(use)
        if not self.life.lean:
            self.says(str(use.body.get("say", "")) or NO_ANSWER)
        return use

    def _read(self, body: str, tool_call_id: str, use: Heard) -> None:
        try:
            line = answers.results(body, [(tool_call_id, use.tool)])[0]
            use.state, use.body = "unread", json.loads(line)
            use.state = answers.read(use.tool, line, zone=self.shop.zone, now=datetime.now(UTC)).state
        except WrongError as error:
            self.life.fault = f"{use.tool}: {error}"
        else:
            if not self.life.lean:
                self.talk.tool_answered(tool_call_id, use.tool, line, self._now())

    def insists(self, tool: str, *, times: int = 3, **arguments: Any) -> Heard:
        """Use a tool, and again where the desk could not see or somebody was faster, as a patient caller has it do."""
        for attempt in range(times):
            use = self.uses(tool, **arguments)
            if use.answered and not use.in_doubt and not (use.state == "not_booked" and "look again" in use.body["say"]):
                break
            if attempt < times - 1:
                time.sleep(self.dice.uniform(1.0, 2.5) if self.pace else 0.5)
                if not self.life.lean:
                    self.hears("Yes, please try that again.")
        return use

    def report(self, reason: str) -> None:
        """Vapi's last words on the call: that it ended, then the report."""
        ended = self.talk.message("status-update", self._now(), "ended", status="ended", endedReason=reason)
        self.tell(ended, self.life.number)
        summary = "The caller asked for a visit." if self.life.uses else ""
        self.tell(self.talk.report(self._now(), reason=reason, summary=summary), self.life.number)

    def _inform(self, kind: str, **what: Any) -> None:
        self.tell(self.talk.message(kind, self._now(), **what), self.life.number)

    def _breathe(self) -> None:
        if self.pace:
            time.sleep(self.pace * self.dice.uniform(0.6, 1.4))

    def _now(self) -> int:
        """Vapi's clock, which never gives two messages of a call the same time."""
        self._stamp = max(self._stamp + 1, round(time.time() * 1000))
        return self._stamp
