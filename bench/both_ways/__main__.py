"""Twenty calendars changed at random from both sides by callers, a dispatcher and technicians while Google fails and workers are
killed; the product's own processes. One run after another, each of its own seed; ends by itself.

Exit status 1 when, once it is quiet, the two sides differ, something was lost or doubled, or a contested change is in no inbox.
SEED=… in the environment (or `--seed`) replays runs: the same people do the same things, though not at the same instants.
"""

import argparse
import importlib
import io
import os
import secrets
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import django

from bench.stack import running


def read(arguments: list[str]) -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m bench.both_ways", description=__doc__)
    options.add_argument("--seed", default=os.environ.get("SEED", ""), help="only these, with commas between them")
    options.add_argument("--runs", type=int, default=20, help="how many seeds are drawn (20)")
    options.add_argument("--technicians", type=int, default=20, help="how many calendars receive visits (20)")
    options.add_argument("--seconds", type=float, default=25, help="how long both sides are changed (25)")
    options.add_argument("--patience", type=float, default=120, help="after how many seconds it has to be quiet (120)")
    options.add_argument("--minutes", type=float, default=25, help="no run begins later than this allows for (25)")
    return options.parse_args(arguments)


def main(arguments: list[str]) -> int:
    given = read(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    signal.signal(signal.SIGTERM, _ends)
    base = secrets.token_hex(3)
    seeds = given.seed.split(",") if given.seed else [f"{base}-{number + 1}" for number in range(given.runs)]
    os.environ |= {"CALENDAR_PULL_SECONDS": "20", "HVACSCHED_ENV": "demo"}
    folder = Path(os.environ.get("HVACSCHED_DATA") or ".data/bench").absolute() / "both_ways"
    with running(folder, settings="hvacsched.settings") as stack:
        os.environ.update(stack.environment | {"LOG_LEVEL": "WARNING", "DATABASE_POOL_SIZE": "0"})
        django.setup()
        # They import models, which cannot be imported before the settings are known.
        long = importlib.import_module("bench.both_ways.long")
        begun = time.monotonic()
        status: int = long.play(stack, seeds, given, until=begun + given.minutes * 60)
    return status


def _ends(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # through every `finally`: what was started is ended


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
