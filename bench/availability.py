"""Searches for times: how long they take from 10 to 1,000 technicians, beside doing nothing, no rules, and another package.

`make bench ARGS=availability` runs it alone. Loopback only; ends by itself in about two minutes. Exit status 1 when a
target is missed. Everything is compared within the run, in turns; nothing with a stored figure.
"""

import importlib
import io
import os
import sys
from pathlib import Path

import django

from bench.stack import running


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "availability"
    with running(folder) as stack:
        os.environ.update(stack.environment | {"LOG_LEVEL": "WARNING"})
        django.setup()
        # It imports models, which cannot be imported before the settings are known.
        fine: bool = importlib.import_module("bench.searches").measure(stack)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
