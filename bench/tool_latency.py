"""checkAvailability and bookAppointment beside the no-op view, with Google at 0, 300 and 800 ms and refusing connections.

Prints p50 and p99, their ratios to the no-op view of the same run, answers a second at 50 callers, and peak memory.
Exit status 1 when an answer was wrong or a ratio is over its target. Loopback only; ends by itself in a few minutes.
"""

import io
import json
import os
import sys
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from bench.callers import Timing, beginning, say, state_of, tool_message
from bench.stack import Stack, running, wait_for_calendars

ALONE, TOGETHER, CROWD = 180, 600, 50
# One caller speaks between two tools: without a pause this would measure how the workers, which write each booking to the
# stand-in of Google on the same two cores, keep up with a hundred bookings a second. The crowd does not pause.
PAUSE_SECONDS = 0.05
TARGETS = {"check": 3.0, "book": 5.0}


def starts() -> Iterator[str]:
    """Starts on weekdays from the second week on, the same one again only after all others."""
    days = [date.today() + timedelta(days=n) for n in range(8, 59)]  # noqa: DTZ011 - any day will do
    while True:
        for hour, day in product((8, 10, 13, 15), [day for day in days if day.weekday() < 5]):
            yield f"{day}T{hour:02d}:30"


def messages(kind: str, count: int, when: Iterator[str]) -> list[dict[str, Any]]:
    found = []
    for _ in range(count):
        call, start = f"bench-{uuid.uuid4()}", next(when)
        if kind == "book":
            arguments = {
                "customerName": f"Bench {call[-6:]}", "customerPhone": "+12125550300", "serviceType": "maintenance",
                "scheduledDate": start, "address": "1 Bench St, New York 10001", "problem": "yearly service",
            }  # fmt: skip
            found.append(tool_message("bookAppointment", arguments, call=call))
        else:
            arguments = {"serviceType": "repair", "requestedDate": start[:10], "timeWindow": "morning"}
            found.append(tool_message("checkAvailability", arguments, call=call))
    return found


def measure(stack: Stack, when: Iterator[str], *, callers: int, count: int, rounds: int) -> dict[str, Timing]:
    """Take turns in small rounds, so that whatever else the machine does meets all three alike."""
    total = {kind: Timing() for kind in ("no-op", "check", "book")}
    kinds = list(total)
    for turn in range(rounds):
        # Each kind is first, second and last in turn: what the workers still do for the bookings before meets all alike.
        for kind in kinds[turn % 3 :] + kinds[: turn % 3]:
            timing = total[kind]
            path = "/bench/noop" if kind == "no-op" else "/webhook/vapi"
            asked = messages(kind, count // rounds, when)
            # Every call began before its first tool is used, as real ones do; that is not measured here.
            say(stack.url, "/webhook/vapi", [beginning(each) for each in asked], callers=4, check=lambda *_: "")
            pause = PAUSE_SECONDS if callers == 1 else 0.0
            found = say(stack.url, path, asked, callers=callers, check=checker(kind), pause=pause)
            timing.milliseconds += found.milliseconds
            timing.seconds += found.seconds
            timing.wrong += found.wrong
    return total


def checker(kind: str) -> Any:
    allowed = {"check": {"offered"}, "book": {"booked", "offered"}}

    def check(status: int, answer: dict[str, Any]) -> str:
        if status != 200:
            return f"HTTP {status}"
        return "" if kind == "no-op" or state_of(answer) in allowed[kind] else json.dumps(answer)[:200]

    return check


def show(name: str, found: dict[str, Timing]) -> bool:
    base, fine = found["no-op"], True
    for kind, timing in found.items():
        ratios = [timing.percentile(share) / base.percentile(share) for share in (0.5, 0.99)]
        verdict = ""
        if kind in TARGETS:
            fine &= ratios[0] <= TARGETS[kind] and not timing.wrong
            verdict = f"target {TARGETS[kind]:.0f}" if ratios[0] <= TARGETS[kind] else f"OVER {TARGETS[kind]:.0f}"
        print(
            f"{name:<22}{kind:<7}{timing.percentile(0.5):>8.1f}{timing.percentile(0.99):>8.1f} ms "
            f"{ratios[0]:>6.2f}{ratios[1]:>6.2f} x {timing.per_second:>7.0f}/s {len(timing.wrong):>3} wrong  {verdict}"
        )
        for problem in timing.wrong[:3]:
            print("   ", problem)
    return fine


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "stack"
    when, fine = starts(), True
    with running(folder) as stack:
        stack.start_worker()
        stack.start_beat()
        wait_for_calendars()
        measure(stack, when, callers=CROWD, count=TOGETHER, rounds=1)  # imports, connections, plans
        print(f"{'Google':<22}{'':<7}{'p50':>8}{'p99':>8}    {'ratio p50, p99':>12}  {'answers':>9}")
        for name, body in (("0 ms", None), ("300 ms", 300), ("800 ms", 800), ("refusing connections", "gone")):
            stack.fault({"clear": True})
            if body == "gone":
                stack.stop("sandbox")
            elif body is not None:
                stack.fault({"service": "google", "path": "/", "latency_ms": body})
            fine &= show(f"{name}, one caller", measure(stack, when, callers=1, count=ALONE, rounds=6))
            show(f"{name}, {CROWD} callers", measure(stack, when, callers=CROWD, count=TOGETHER, rounds=3))
            if body == "gone":
                stack.start_sandbox()
        for name in ("web", "worker"):
            sizes = stack.peak_megabytes(name)
            print(f"peak memory {name}: {sum(sizes):.0f} MB in {len(sizes)} processes, the largest {max(sizes):.0f} MB")
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
