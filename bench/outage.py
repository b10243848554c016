"""Google away under load: callers by the hundred while Google answers 503 for a minute and the worker is killed twice.

Passes when no call failed, no technician is in two places, and every visit has exactly one event once the queue is empty;
`simulate_calls` does the checking. Loopback only; ends by itself within `--minutes`.
"""

import argparse
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from bench.stack import Stack, running, wait_for_calendars

OUTAGE_SECONDS = 60
KILLS_AFTER_SECONDS = (8, 25)


def trouble(stack: Stack) -> None:
    """Google away for a minute, and twice meanwhile the worker with all its processes."""
    begun = time.monotonic()
    stack.fault({"service": "google", "path": "/calendar", "status": 503})
    print("Google answers 503", flush=True)
    for seconds in KILLS_AFTER_SECONDS:
        time.sleep(max(0.0, begun + seconds - time.monotonic()))
        stack.kill("worker")
        stack.start_worker()
        print(f"{seconds} s: the worker was killed with -9 and started again", flush=True)
    time.sleep(max(0.0, begun + OUTAGE_SECONDS - time.monotonic()))
    stack.fault({"clear": True})
    print("Google is back", flush=True)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m bench.outage", description=__doc__)
    options.add_argument("--calls", type=int, default=200)
    options.add_argument("--concurrency", type=int, default=50)
    options.add_argument("--rounds", type=int, default=2, help="the last one without faults")
    options.add_argument("--minutes", type=float, default=20)
    given = options.parse_args()
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "soak"
    with running(folder, settings="hvacsched.settings") as stack:
        stack.start_worker()
        stack.start_beat()
        # Before the first reading no technician with a calendar is offered, and nothing would be written to Google.
        wait_for_calendars()
        command = [
            *(sys.executable, "manage.py", "simulate_calls", "--calls", str(given.calls)),
            *("--concurrency", str(given.concurrency), "--wait", "300"),
        ]
        until = time.monotonic() + given.minutes * 60
        for number in range(given.rounds):
            troublemaker = threading.Thread(target=trouble, args=[stack], daemon=True)
            if number < given.rounds - 1 or given.rounds == 1:
                troublemaker.start()
            left = max(1.0, until - time.monotonic())
            done = subprocess.run(command, env={**stack.environment, "LOG_LEVEL": "WARNING"}, check=False, timeout=left)
            if troublemaker.ident is not None:
                troublemaker.join()
            if done.returncode:
                return done.returncode
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
