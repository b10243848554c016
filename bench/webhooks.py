"""Every message of Vapi's that is no tool call, beside the no-op view, one caller and 50 at once.

An informational message of a known call may take three times the no-op view at most (p50); `assistant-request` has 7.5
seconds at Vapi and is held to a hundredth of them (p99). Exit status 1 when one is over, or an answer was wrong.
Loopback only; ends by itself in about two minutes.
"""

import io
import os
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.callers import Timing, say
from bench.stack import Stack, running
from hvacsched.simulate.messages import Conversation

ALONE, TOGETHER, CROWD, ROUNDS = 120, 600, 50, 4
MOST, ANSWER_MILLISECONDS = 3.0, 75.0
Json = dict[str, Any]


def talk() -> Conversation:
    """A call of which twelve turns were spoken already: each message carries them all."""
    call = Conversation(
        vapi_id=str(uuid.uuid4()), sid=f"CA{uuid.uuid4().hex}", caller="+12125550300", shop_number="+12125550100",
        phone_number_id="5a5a04dc-dcbe-45b1-8f64-fd32a253d135", assistant_id="41d935c5-76c3-448e-b770-e54bd0769aea",
        began=time.time() - 60,
    )  # fmt: skip
    for turn in range(6):
        call.said("bot", "I have nine or eleven on Wednesday. Which one suits you?", clock() - 60_000 + turn * 9_000)
        call.said("user", "Hmm, let me think, is there anything on Thursday?", clock() - 55_000 + turn * 9_000)
    return call


def clock() -> int:
    return round(time.time() * 1000)


WORDS = "the furnace makes a rattling noise since last night"
KINDS: dict[str, Callable[[Conversation], Json]] = {
    "no-op": lambda call: call.transcript_of(WORDS, clock(), final=False),
    "speech-update": lambda call: call.message("speech-update", clock(), status="started", role="user", turn=7),
    "transcript, partial": lambda call: call.transcript_of(WORDS, clock(), final=False),
    "transcript, final": lambda call: call.transcript_of(WORDS, clock(), final=True),
    "user-interrupted": lambda call: call.interrupted(clock()),
    "conversation-update": lambda call: call.conversation_update(clock()),
    "status-update": lambda call: call.message("status-update", clock(), status="in-progress"),
    "hang": lambda call: call.message("hang", clock()),
    "end-of-call-report": lambda call: call.report(clock(), reason="customer-ended-call", summary="Asked for a repair."),
    "assistant-request": lambda call: call.message("assistant-request", clock()),
}
# One INSERT each. A report also decides what came of the call; a status moves the call on; a request is answered.
INFORMATIONAL = ("speech-update", "transcript, partial", "transcript, final", "user-interrupted", "conversation-update", "hang")


def checker(kind: str) -> Callable[[int, Json], str]:
    def check(status: int, answer: Json) -> str:
        if status != 200:
            return f"HTTP {status}"
        if kind == "assistant-request" and not (answer.get("assistantId") or answer.get("assistant")):
            return f"no assistant in {sorted(answer)}"
        return ""

    return check


def measure(stack: Stack, *, callers: int, count: int) -> dict[str, Timing]:
    """Take turns in small rounds, so that whatever else the machine does meets all alike."""
    total = {kind: Timing() for kind in KINDS}
    for turn in range(ROUNDS):
        kinds = list(KINDS)[turn % len(KINDS) :] + list(KINDS)[: turn % len(KINDS)]
        for kind in kinds:
            calls = [talk() for _ in range(count // ROUNDS)]
            begin = [call.message("status-update", clock(), status="in-progress") for call in calls]
            say(stack.url, "/webhook/vapi", begin, callers=8, check=lambda *_: "")  # the calls are known by then
            bodies = [KINDS[kind](call) for call in calls]
            path = "/bench/noop" if kind == "no-op" else "/webhook/vapi"
            found = say(stack.url, path, bodies, callers=callers, check=checker(kind))
            total[kind].milliseconds += found.milliseconds
            total[kind].seconds += found.seconds
            total[kind].wrong += found.wrong
    return total


def show(name: str, found: dict[str, Timing]) -> bool:
    base, fine = found["no-op"], True
    for kind, timing in found.items():
        half, most = (timing.percentile(share) / base.percentile(share) for share in (0.5, 0.99))
        verdict = ""
        if kind in INFORMATIONAL:
            fine &= half <= MOST
            verdict = f"target {MOST:.0f} x" if half <= MOST else f"OVER {MOST:.0f} x"
        elif kind == "assistant-request" and timing.percentile(0.99) > ANSWER_MILLISECONDS and name == "one caller":
            fine, verdict = False, f"OVER {ANSWER_MILLISECONDS:.0f} ms"
        fine &= not timing.wrong
        print(
            f"{name:<12}{kind:<21}{timing.percentile(0.5):>8.1f}{timing.percentile(0.99):>8.1f} ms {half:>6.2f}{most:>6.2f} x "
            f"{timing.per_second:>7.0f}/s {len(timing.wrong):>3} wrong  {verdict}"
        )
        for problem in timing.wrong[:3]:
            print("   ", problem)
    return fine


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "stack"
    with running(folder) as stack:
        measure(stack, callers=CROWD, count=CROWD * ROUNDS)  # imports, connections, plans
        print(f"{'':<12}{'':<21}{'p50':>8}{'p99':>8}    {'ratio p50, p99':>12}  {'answers':>9}")
        fine = show("one caller", measure(stack, callers=1, count=ALONE))
        fine &= show(f"{CROWD} callers", measure(stack, callers=CROWD, count=TOGETHER))
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
