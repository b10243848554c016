"""Calls in progress, as a process of its own: each speaks and is spoken to at the pace of speech, and uses a tool now and then.

`python -m bench.talking URL CALLS SECONDS SEED` ends by itself and prints one line of JSON: milliseconds of tool answers, how
many messages were told, and what was wrong.
"""

import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from bench.callers import HEADERS, state_of
from hvacsched.simulate import messages
from hvacsched.simulate.messages import Conversation

Json = dict[str, Any]
TURN_SECONDS = 6.0  # a question and its answer, as on recorded calls
TURNS_A_TOOL = 2
_ASKS = ("I need somebody for my furnace.", "Hmm, what about the week after?", "In the afternoon, if you can.", "Let me think.")
_SAYS = ("Let me look at the schedule.", "I have nine or eleven on Wednesday.", "Which one suits you?", "Take your time.")


@dataclass(slots=True)
class Talk:
    """All calls of this process, and what came of their tools."""

    url: str
    until: float
    tools: list[float] = field(default_factory=list)
    told: int = 0
    wrong: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, dice: Random) -> None:
        call = Conversation(
            vapi_id=str(uuid4()), sid=f"CA{uuid4().hex}", caller=f"+1212555{dice.randrange(300, 1000):04d}",
            shop_number="+12125550100", phone_number_id="5a5a04dc-dcbe-45b1-8f64-fd32a253d135",
            assistant_id="41d935c5-76c3-448e-b770-e54bd0769aea", began=time.time(),
        )  # fmt: skip
        line = _Line(self.url)
        time.sleep(dice.random() * TURN_SECONDS)
        self._tell(line, call.message("status-update", _now(), status="in-progress"))
        turn = 0
        while time.monotonic() < self.until:
            turn += 1
            words, answer = dice.choice(_ASKS), dice.choice(_SAYS)
            steps = [
                call.message("speech-update", _now(), status="started", role="user", turn=turn),
                call.transcript_of(words[: len(words) // 2], _now(), final=False),
                call.transcript_of(words, _now(), final=True),
                call.message("speech-update", _now(), status="stopped", role="user", turn=turn),
            ]
            for step in steps:
                self._tell(line, step)
                time.sleep(TURN_SECONDS / 8 * dice.uniform(0.5, 1.5))
            call.said("user", words, _now())
            if turn % TURNS_A_TOOL == 0:
                self._use(line, call, dice)
            call.said("bot", answer, _now())
            self._tell(line, call.conversation_update(_now()))
            time.sleep(TURN_SECONDS / 2 * dice.uniform(0.5, 1.5))

    def _tell(self, line: "_Line", message: Json) -> None:
        status, _, _ = line.post(message)
        with self.lock:
            self.told += 1
            if status != 200:
                self.wrong.append(f"{message['message']['type']}: HTTP {status}")

    def _use(self, line: "_Line", call: Conversation, dice: Random) -> None:
        day = date.today() + timedelta(days=dice.randint(8, 55))  # noqa: DTZ011 - any day will do
        asked = messages.tool_call(
            "checkAvailability", {"serviceType": "repair", "requestedDate": day.isoformat()}, as_text=False,
            tool_call_id=messages.new_tool_call_id(),
        )  # fmt: skip
        status, body, milliseconds = line.post(call.tool_calls([asked], _now()))
        state = state_of(json.loads(body)) if status == 200 else f"HTTP {status}"
        with self.lock:
            self.tools.append(milliseconds)
            if state not in ("offered", "office_will_call"):
                self.wrong.append(f"checkAvailability: {state}")


class _Line:
    """One connection that is kept, and made anew when it has been closed."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)

    def post(self, message: Json) -> tuple[int, bytes, float]:
        raw, begun = json.dumps(message), time.perf_counter()
        try:
            self._connection.request("POST", "/webhook/vapi", raw, HEADERS)
            answer = self._connection.getresponse()
        except (http.client.HTTPException, OSError):  # the server closes a connection that was quiet for long
            self._connection.close()
            self._connection.request("POST", "/webhook/vapi", raw, HEADERS)
            answer = self._connection.getresponse()
        return answer.status, answer.read(), (time.perf_counter() - begun) * 1000


def _now() -> int:
    return round(time.time() * 1000)


def main(url: str, calls: int, seconds: float, seed: str) -> int:
    talk = Talk(url, time.monotonic() + seconds)
    dice = [Random(f"{seed}/{n}") for n in range(calls)]
    threads = [threading.Thread(target=talk.call, args=[each]) for each in dice]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps({"tools": talk.tools, "told": talk.told, "wrong": talk.wrong[:20]}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]))
