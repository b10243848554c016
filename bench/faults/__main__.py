"""The product's real processes under callers while everything around them fails; ends by itself.

Web, worker, beat, stand-ins, PostgreSQL and Redis are this run's own. Exit status 1 when something was lost, doubled, untrue or
silent. `--small` is a run of a few calls and two faults; `--write` puts the table into docs/reliability.md.
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

from bench.faults import report, servers
from bench.faults.relay import Relay
from bench.faults.troubles import TROUBLES, House, Trouble
from bench.stack import free_port, manage, running, wait_for_calendars

DOCUMENT = Path("docs/reliability.md")
SMALL = ("Vapi answers 500", "web killed")
SHOWN = 40
WORDLESS = 0.03  # of the calls end, and no vendor says so
PACE_SECONDS = 2.0  # between two turns; a call then takes about twenty seconds


def read(arguments: list[str]) -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="python -m bench.faults", description=__doc__)
    options.add_argument("--people", type=int, default=50, help="telephone calls at once (50)")
    options.add_argument("--drivers", type=int, default=5, help="calls of tools only at once (5)")
    options.add_argument("--seconds", type=float, default=12, help="how long a fault lasts that has no length of its own (12)")
    options.add_argument("--patience", type=float, default=90, help="how long its end is waited for at most (90)")
    options.add_argument("--answers", type=int, default=10_000, help="go on until so many tool answers were heard (10,000)")
    options.add_argument("--fault", action="append", default=[], metavar="NAME", help="only that one; several times")
    options.add_argument("--seed", default="", help="the same seed has the same people and wishes")
    options.add_argument("--small", action="store_true", help=f"a few calls, {' and '.join(SMALL)}")
    options.add_argument("--write", action="store_true", help=f"write the table into {DOCUMENT}")
    options.add_argument("--list", action="store_true", help="list the faults and do nothing else")
    given = options.parse_args(arguments)
    if given.small:
        given.people, given.drivers, given.seconds, given.patience, given.answers = 4, 2, 2.0, 15.0, 0
        given.fault = given.fault or list(SMALL)
    unknown = set(given.fault) - {trouble.name for trouble in TROUBLES}
    if unknown:
        options.error(f"no such fault: {', '.join(sorted(unknown))}; --list names them")
    return given


def main(arguments: list[str]) -> int:
    given = read(arguments)
    if given.list:
        for trouble in TROUBLES:
            print(f"  {trouble.name:<26}{trouble.about}")
        return 0
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    signal.signal(signal.SIGTERM, _ends)
    troubles = [trouble for trouble in TROUBLES if not given.fault or trouble.name in given.fault]
    folder = Path(os.environ.get("HVACSCHED_DATA") or ".data/faults").absolute()
    with servers.running(folder) as own:
        return _run(given, troubles, own, folder / "stack")


def _ends(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # through every `finally`: what was started is ended


def _run(given: argparse.Namespace, troubles: list[Trouble], own: servers.Servers, folder: Path) -> int:
    relay_port = free_port()
    with running(folder, settings="hvacsched.settings", twilio_port=relay_port) as stack:
        relay = Relay(relay_port, int(stack.sandbox.rsplit(":", 1)[1]))
        try:
            os.environ.update(stack.environment | {"LOG_LEVEL": "WARNING", "DATABASE_POOL_SIZE": "0"})
            django.setup()
            # They import models, which cannot be imported before the settings are known.
            run, models = importlib.import_module("bench.faults.run"), importlib.import_module("bookings.models")
            manage(stack.environment, "push_assistant", "--verbosity", "0")
            models.Shop.objects.update(horizon_days=run.HORIZON_DAYS)  # room for everybody
            shop = models.Shop.objects.order_by("pk").get()
            stack.start_worker()
            stack.start_beat()
            wait_for_calendars()
            seed, begun = given.seed or secrets.token_hex(4), time.monotonic()
            pace, wordless = (0.15, 0.0) if given.small else (PACE_SECONDS, WORDLESS)
            size = (given.people, given.drivers, given.seconds, given.patience, given.answers)
            wanted = run.Wanted(*size, seed=seed, pace=pace, wordless=wordless)
            book, findings = run.play(House(stack, own, relay), troubles, wanted, shop)
        finally:
            relay.end()
        minutes = (time.monotonic() - begun) / 60
    found, said = report.rows(book, findings), report.totals(book, findings)
    print("", *report.table(found), "", *said, sep="\n")
    problems = findings.all
    for phase, kind, text in problems[:SHOWN]:
        print(f"  {kind:<8}{phase}: {text}")
    if len(problems) > SHOWN:
        print(f"  and {len(problems) - SHOWN} more")
    print(f"\n{minutes:.1f} minutes; the same callers again with --seed {seed}")
    if given.write:
        report.write(DOCUMENT, found, said, seed=seed, people=given.people, minutes=minutes)
    return 1 if problems else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
