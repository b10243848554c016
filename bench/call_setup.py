"""How a call is set up while 50 others are talking: what we add to Vapi's own time, and what a slow or dead Vapi costs.

New calls arrive by the clock, whether or not the ones before them were answered. Vapi's own time is taken from the answer's
Server-Timing header; what is left is ours. Tool calls of the running calls are timed beside it. Exit status 1 when an answer was
wrong or a target is missed. Loopback only; ends by itself in about five minutes.
"""

import argparse
import http.client
import io
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.callers import HEADERS, beginning, say, tool_message
from bench.stack import Stack, running, wait_for_calendars
from hvacsched.simulate import forms, signing

QUICK_MILLISECONDS, SLOW_MILLISECONDS, TOO_SLOW_MILLISECONDS, NEVER_MILLISECONDS = 300, 3_500, 10_000, 600_000
MOST_ADDED, MOST_FIRST, MOST_OPEN, MOST_BACK = 30.0, 5_000.0, 100.0, 30.0  # ms, ms, ms, seconds
MOST_TOOL_RATIO = 1.25
_VAPI = re.compile(r"vapi;dur=([\d.]+)")
TOKEN, ACCOUNT, SHOP = "demo-twilio-auth-token", "AC" + "0f" * 16, "+12125550100"


@dataclass(slots=True)
class Ring:
    """One call that came in: when, how long its answer took in all and at Vapi, in ms, and who answers it."""

    at: float
    milliseconds: float
    vapi: float | None
    by_assistant: bool
    wrong: str = ""

    @property
    def ours(self) -> float:
        return self.milliseconds - (self.vapi or 0.0)


@dataclass(slots=True)
class Arrivals:
    """Calls that arrive by the clock, `a_second` of them, each over a connection of its own as Twilio's do."""

    url: str
    a_second: float
    rings: list[Ring] = field(default_factory=list)
    noops: list[float] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        for work, shift in ((self._ring, 0.0), (self._noop, 0.5)):
            thread = threading.Thread(target=self._clock, args=[work, shift], daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        self.stopping.set()
        for thread in self._threads:
            thread.join()

    def _clock(self, work: Any, shift: float) -> None:
        begun, number, under_way = time.monotonic(), 0, []
        while not self.stopping.wait(max(0.0, begun + (number + shift) / self.a_second - time.monotonic())):
            number += 1
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            under_way.append(thread)
        for thread in under_way:
            thread.join(20)

    def _ring(self) -> None:
        form = forms.ringing(
            forms.voice(account=ACCOUNT, sid=forms.new_sid("CA"), caller="+12125550301", called=SHOP, status="ringing")
        )
        headers = signing.twilio(TOKEN, f"{self.url}/twilio/inbound", form)
        headers |= {"content-type": "application/x-www-form-urlencoded"}
        at = time.monotonic()
        try:
            status, text, timing, took = _post(self.url, "/twilio/inbound", urlencode(form), headers)
        except (http.client.HTTPException, OSError) as error:
            status, text, timing, took = 0, type(error).__name__, "", (time.monotonic() - at) * 1000
        vapi = _VAPI.search(timing)
        right = status == 200 and ("<Connect" in text or "<Dial" in text)
        ring = Ring(at, took, float(vapi[1]) if vapi else None, "<Connect" in text, "" if right else f"{status}: {text[:80]}")
        with self._lock:
            self.rings.append(ring)

    def _noop(self) -> None:
        message = json.dumps(tool_message("checkAvailability", {}, call="bench-noop"))
        took = _post(self.url, "/bench/noop", message, HEADERS)[3]
        with self._lock:
            self.noops.append(took)


def _post(url: str, path: str, body: str, headers: dict[str, str]) -> tuple[int, str, str, float]:
    parts, begun = urlsplit(url), time.perf_counter()
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        return answer.status, text, answer.headers.get("Server-Timing", ""), (time.perf_counter() - begun) * 1000
    finally:
        connection.close()


@dataclass(slots=True)
class Measured:
    arrivals: Arrivals
    tools: list[float]
    wrong: list[str]


def measure(stack: Stack, given: argparse.Namespace, *, vapi_ms: int, seed: str) -> Measured:
    """Let calls arrive among calls in progress while Vapi takes that long."""
    stack.fault({"clear": True})
    stack.fault({"service": "vapi", "path": "/call", "method": "POST", "latency_ms": vapi_ms})
    talking = subprocess.Popen(
        [sys.executable, "-m", "bench.talking", stack.url, str(given.calls), str(given.seconds), seed], stdout=subprocess.PIPE
    )
    arrivals = Arrivals(stack.url, given.arrivals)
    arrivals.begin()
    out, _ = talking.communicate(timeout=given.seconds + 60)
    arrivals.end()
    told = json.loads(out)
    wrong = [*told["wrong"], *(ring.wrong for ring in arrivals.rings if ring.wrong)]
    return Measured(arrivals, told["tools"], wrong)


def back_after(stack: Stack, arrivals_a_second: float) -> float | None:
    """Take the fault away and return the seconds until a caller is handed to the assistant again."""
    stack.fault({"clear": True})
    begun = time.monotonic()
    while time.monotonic() < begun + 2 * MOST_BACK:
        arrivals = Arrivals(stack.url, arrivals_a_second)
        arrivals._ring()
        if arrivals.rings[0].by_assistant:
            return time.monotonic() - begun
        time.sleep(0.25)
    return None


def percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def show(name: str, values: Sequence[float], base: Sequence[float], verdict: str = "") -> None:
    half, most = percentile(values, 0.5), percentile(values, 0.99)
    ratios = f"{half / percentile(base, 0.5):>7.2f}{most / percentile(base, 0.99):>7.2f} x" if base else ""
    print(f"  {name:<58}{len(values):>6}{half:>10.1f}{most:>10.1f} ms {ratios}  {verdict}")


def held(value: float, most: float, what: str) -> tuple[bool, str]:
    return value <= most, f"{'target' if value <= most else 'OVER'} {what}"


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="make bench ARGS=call_setup", description=__doc__)
    options.add_argument("--calls", type=int, default=50, help="calls in progress (50)")
    options.add_argument("--arrivals", type=float, default=5.0, help="new calls a second (5)")
    options.add_argument("--seconds", type=float, default=60.0, help="of each measurement (60)")
    given = options.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "stack"
    with running(folder) as stack:
        stack.start_worker()  # reads the calendars: else nothing could be offered
        stack.start_beat()
        wait_for_calendars()
        noop = tool_message("checkAvailability", {}, call="bench-noop")
        say(stack.url, "/webhook/vapi", [beginning(noop)] * 64, callers=16, check=lambda *_: "")  # imports, connections, plans
        _warm(stack)
        return 0 if _all(stack, given) else 1


def _warm(stack: Stack) -> None:
    """The first calls pay for imports, connections and plans of both workers."""
    arrivals = Arrivals(stack.url, 10)
    arrivals.begin()
    time.sleep(4)
    arrivals.end()


def _all(stack: Stack, given: argparse.Namespace) -> bool:
    print(f"{given.calls} calls in progress, {given.arrivals:g} new ones a second, {given.seconds:g} s each")
    print(f"  {'':<58}{'count':>6}{'p50':>10}{'p99':>10}     {'beside the no-op view':>20}")
    fine = True
    quick = measure(stack, given, vapi_ms=QUICK_MILLISECONDS, seed="quick")
    print(f"Vapi takes {QUICK_MILLISECONDS} ms")
    show("no-op view", quick.arrivals.noops, [])
    taken = [ring.ours for ring in quick.arrivals.rings if ring.by_assistant]
    good, verdict = held(percentile(taken, 0.99), MOST_ADDED, f"{MOST_ADDED:.0f} ms p99")
    fine &= good and bool(taken)
    show("/twilio/inbound, without Vapi's own time", taken, quick.arrivals.noops, verdict)
    show("/twilio/inbound, in all", [ring.milliseconds for ring in quick.arrivals.rings], [])
    show("tools", quick.tools, quick.arrivals.noops)
    fine &= _told(quick)
    for milliseconds, how in (
        (SLOW_MILLISECONDS, "within the deadline: every caller waits"), (TOO_SLOW_MILLISECONDS, "too slow: the breaker opens"),
    ):  # fmt: skip
        slow = measure(stack, given, vapi_ms=milliseconds, seed=str(milliseconds))
        print(f"Vapi takes {milliseconds / 1000:g} s, {how}")
        show("no-op view", slow.arrivals.noops, [])
        ratio = (percentile(slow.tools, 0.5) / percentile(slow.arrivals.noops, 0.5)) / (
            percentile(quick.tools, 0.5) / percentile(quick.arrivals.noops, 0.5)
        )
        good, verdict = held(ratio, MOST_TOOL_RATIO, f"{MOST_TOOL_RATIO} x")
        fine &= good
        show("tools", slow.tools, slow.arrivals.noops, f"{ratio:.2f} times as long as with a quick Vapi, {verdict}")
        show("/twilio/inbound, without Vapi's own time", [ring.ours for ring in slow.arrivals.rings], slow.arrivals.noops)
        fine &= _told(slow)
        back_after(stack, given.arrivals)
    return _dead(stack, given) and fine


def _dead(stack: Stack, given: argparse.Namespace) -> bool:
    dead = measure(stack, given, vapi_ms=NEVER_MILLISECONDS, seed="dead")
    print("Vapi never answers")
    rings = sorted(dead.arrivals.rings, key=lambda ring: ring.at)
    first = rings[0]
    asked = [ring.milliseconds for ring in rings if ring.milliseconds > 1000]
    opened = first.at + first.milliseconds / 1000
    later = [ring.milliseconds for ring in rings if ring.at > opened and ring.milliseconds <= 1000]
    fine, verdict = held(max(asked, default=0.0), MOST_FIRST, f"{MOST_FIRST / 1000:.0f} s at most")
    show(f"callers who waited in vain: the first {len([r for r in rings if r.at <= opened])}, then trials", asked, [], verdict)
    good, verdict = held(percentile(later, 0.99), MOST_OPEN, f"{MOST_OPEN:.0f} ms p99")
    show("all others, the breaker open", later, dead.arrivals.noops, verdict)
    back = back_after(stack, given.arrivals)
    returned = back is not None and back <= MOST_BACK
    print(f"  Vapi is back: a caller reaches the assistant again after {'never' if back is None else f'{back:.1f} s'} "
          f"({'target' if returned else 'OVER'} {MOST_BACK:.0f} s)")  # fmt: skip
    return fine and good and returned and _told(dead)


def _told(measured: Measured) -> bool:
    for problem in measured.wrong[:3]:
        print("   ", problem)
    return not measured.wrong


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
