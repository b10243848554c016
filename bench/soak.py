"""`make soak`: every long run in turn, each with servers of its own, and at the end what each of them said.

`ARGS=faults` runs that part alone. Standard library only. Ends by itself; exit status 1 when a part failed.
"""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EMBEDDED = ("-m", "hvacsched.embedded", "--", sys.executable)
DEMO = {"ENV_FILE": str(ROOT / ".env.demo")}
TEST = DEMO | {"HVACSCHED_ENV": "test", "HVACSCHED_EMBEDDED_FAST": "1", "HVACSCHED_DATA": str(ROOT / ".data/test")}


@dataclass(frozen=True, slots=True)
class Part:
    """`shown`: how many of its last lines are its summary. `minutes` is its limit, well above what it takes."""

    about: str
    command: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)
    shown: int = 1
    minutes: float = 15


PARTS = {
    "faults": Part(
        "50 people on the telephone while everything around the product fails, one thing at a time and then together",
        ("-m", "bench.faults", "--write"),
        # It starts servers of its own, which it stops and starts; the launcher only sees to it that nothing is left behind.
        DEMO | {"HVACSCHED_DATA": str(ROOT / ".data/faults"), "DATABASE_URL": "its own", "REDIS_URL": "its own"},
        shown=32,
        minutes=25,
    ),
    "outage": Part(
        "callers by the hundred while Google is away and the worker is killed",
        ("-m", "bench.outage"), DEMO | {"HVACSCHED_DATA": str(ROOT / ".data/bench")}, shown=24, minutes=22,
    ),
    "both_ways": Part(
        "twenty calendars changed at random from both sides while Google fails, forgets and tells late, and workers are killed",
        # SEED=… plays those runs again
        ("-m", "bench.both_ways"), DEMO | {"HVACSCHED_DATA": str(ROOT / ".data/bench")}, shown=32, minutes=30,
    ),
    "engine": Part(
        "the scheduling engine against its oracle on thousands of shops",
        ("-m", "pytest", "-q", "-n0", "tests/bookings/engine/test_windows.py"), TEST | {"HVACSCHED_EXAMPLES": "10"},
    ),
    "storm": Part(
        "callers at once in several processes, and a dispatcher among them",
        ("-m", "pytest", "-q", "-n0", "tests/telephony/vapi/test_storm.py"), TEST | {"STORM_SECONDS": "150"},
    ),
    "scripts": Part(
        "every scripted call in many orders of delivery",
        ("-m", "pytest", "-q", "tests/simulate/test_scripts.py"), TEST | {"SHUFFLES": os.environ.get("SHUFFLES", "20")},
    ),
}  # fmt: skip


@dataclass(slots=True)
class Came:
    """What came of a part."""

    name: str
    seconds: float
    status: int
    last: list[str]


def main(named: list[str]) -> int:
    if unknown := set(named) - set(PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    came = []
    for name in named or PARTS:
        print(f"\n=== {name}: {PARTS[name].about}\n", flush=True)
        came.append(run(name, PARTS[name]))
    print("\n=== what came of it\n")
    for each in came:
        verdict = "passed" if each.status == 0 else f"FAILED (status {each.status})"
        print(f"{each.name}: {verdict}, {each.seconds / 60:.1f} minutes", *(f"    {line}" for line in each.last), "", sep="\n")
    failed = [each.name for each in came if each.status]
    verdict = f"FAILED: {', '.join(failed)}" if failed else "all passed"
    print(f"{sum(each.seconds for each in came) / 60:.1f} minutes in all; {verdict}")
    return 1 if failed else 0


def run(name: str, part: Part) -> Came:
    """Run a part to its end or its limit, showing what it says."""
    begun, last = time.monotonic(), deque[str](maxlen=part.shown)
    command = [sys.executable, *EMBEDDED, *part.command]
    settings = os.environ | part.settings
    child = subprocess.Popen(command, cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True, errors="replace")
    assert child.stdout is not None
    limit = threading.Timer(part.minutes * 60, child.terminate)
    limit.start()
    try:
        for line in child.stdout:
            sys.stdout.write(line)
            sys.stdout.flush()
            if line.strip():
                last.append(line.rstrip())
        status = child.wait()
    except KeyboardInterrupt:
        child.wait(60)  # the terminal told it too
        raise
    finally:
        limit.cancel()
    seconds = time.monotonic() - begun
    if seconds >= part.minutes * 60:
        last.append(f"ended at its limit of {part.minutes:.0f} minutes")
    return Came(name, seconds, status, list(last))


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
