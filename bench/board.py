"""The board of 50 technicians and 400 visits: statements, time and weight on the server; tasks of a browser while dragging.

Times stand beside the no-op view of the same run. Exit status 1 when an answer was wrong, took more than twelve statements or
more of them for a full day than for a single visit, or the browser had a task over 50 ms while a card was dragged. Loopback
only; ends by itself in about a minute and a half. Needs Debian's Chromium.
"""

import importlib
import io
import os
import sys
from datetime import datetime
from pathlib import Path

import django

from bench.stack import running


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "board"
    with running(folder) as stack:
        os.environ |= stack.environment | {"LOG_LEVEL": "WARNING"}
        django.setup()
        # They import models, which cannot be imported before the settings are known.
        full_day, dragging = importlib.import_module("bench.full_day"), importlib.import_module("bench.dragging")
        day = full_day.build(now=datetime.now().astimezone())
        print("A day of 400 visits of 50 technicians, on the server")
        fine: bool = full_day.statements(day)
        fine &= full_day.times(stack, day)
        print("The same in Chromium, 1440 by 900")
        changed = day.shop.visit_set.order_by("pk").first().pk
        fine &= dragging.measure(stack.url, day.address, day.session, changed)
    return 0 if fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
