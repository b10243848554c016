"""The long form: runs one after the other against the product's own processes, everybody at once on threads of their own."""

import argparse
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from celery import current_app
from django.db import connections
from django.utils import timezone

from bench.both_ways import day, floor, quiet
from bench.both_ways.callers import Callers
from bench.both_ways.day import Came
from bench.both_ways.dispatcher import Dispatcher
from bench.both_ways.floor import Floor
from bench.both_ways.google import Google
from bench.both_ways.log import Log
from bench.both_ways.technicians import Technicians
from bench.both_ways.troubles import Troubles
from bench.stack import Stack
from bookings.models import CalendarFreshness
from calendars.models import CalendarConnection

COMES_BACK_SECONDS = 0.5  # a supervisor starts again what died
KILLED_AT_MOST_EVERY = 12.0
SLOW_MS = 11_500  # longer than a request to Google may take
# How many of each, and the pause between two acts of one, in seconds.
CALLERS, DISPATCHERS, TECHNICIANS = (2, 0.5), (1, 0.35), (3, 0.3)
TROUBLE_EVERY = 1.2
_SWEEPS = ("calendars.tasks.pull_due", "calendars.tasks.sweep_writes", "calendars.tasks.follow_moves",
           "calendars.tasks.renew_events", "calendars.tasks.channel_sweep")  # fmt: skip
_ROUND_SECONDS = 75.0
_HEADS = ("seed", "acts", "technicians'", "desk's", "calls", "troubles", "kills", "visits", "followed", "asked", "left open",
          "quiet after", "wrong")  # fmt: skip


def play(stack: Stack, seeds: Sequence[str], given: argparse.Namespace, *, until: float) -> int:
    """Play the seeds, print what came of each; return 1 when something was wrong, or fewer were played than asked for."""
    CalendarConnection.objects.update(state=CalendarConnection.State.DISCONNECTED)  # the demo shop's are not looked at
    stack.start_worker()
    stack.start_beat()
    came: list[Came] = []
    for number, seed in enumerate(seeds):
        left = until - time.monotonic()
        if left < given.seconds + 30:
            say(f"no time is left for {len(seeds) - number} more")
            break
        came.append(_run(stack, seed, given))
        each = came[-1]
        say(f"{seed}: {len(each.log.acts)} acts, quiet after {each.quiet_seconds:.0f} s, {len(each.wrong)} wrong")
        if each.wrong:
            print(day.story(each), flush=True)
    print("", *_table(came), "", *_totals(came), sep="\n")
    failed = [each.seed for each in came if each.wrong]
    print(f"\nseeds: {','.join(each.seed for each in came)}")
    verdict = f"FAILED; again: SEED={','.join(failed)} make soak ARGS=both_ways" if failed else "both sides agreed each time"
    print(f"{len(came)} runs of {given.technicians} calendars; {verdict}")
    return 1 if failed or len(came) < len(seeds) else 0


def _run(stack: Stack, seed: str, given: argparse.Namespace) -> Came:
    google, log = Google(stack.sandbox), Log()
    google.control("reset")
    shop = floor.build(google, seed, given.technicians, server=stack.url, now=timezone.now())
    marks = {name: _size(stack.folder / f"{name}.log") for name in ("worker", "web")}
    try:
        _wait_until_read(shop)
        _book_first(seed, shop, log, given.technicians)
        _act(stack, seed, shop, google, log, given.seconds)
        came = day.end(seed, shop, google, log, lambda since: _sweep(shop, since), seconds=given.patience)
        for name, mark in marks.items():
            came.wrong += _tracebacks(stack.folder / f"{name}.log", mark)
        return came
    finally:
        google.heal()
        google.close()
        floor.leave(shop)


def _wait_until_read(shop: Floor) -> None:
    until = time.monotonic() + 60
    while CalendarFreshness.objects.filter(shop=shop.shop, read_at=None).exists():
        if time.monotonic() > until:
            raise TimeoutError("the calendars were not read")
        time.sleep(0.2)
    current_app.send_task("calendars.tasks.channel_sweep", retry=False)


def _book_first(seed: str, shop: Floor, log: Log, calls: int) -> None:
    """Let there be visits, and their events in the calendars, before anything goes wrong."""
    callers = Callers(shop, log, Random(f"{seed}/callers-first"))
    for _ in range(calls):
        callers.act()
    callers.close()
    until = time.monotonic() + 30
    while quiet.behind(shop) and time.monotonic() < until:
        time.sleep(0.3)


def _act(stack: Stack, seed: str, shop: Floor, google: Google, log: Log, seconds: float) -> None:
    """Everybody at once, for so long."""
    until = time.monotonic() + seconds
    threads: list[threading.Thread] = []

    def run(name: str, every: float, act: Callable[[], None], close: Callable[[], None]) -> None:
        dice = Random(f"{seed}/{name}/pauses")

        def work() -> None:
            try:
                while time.monotonic() < until:
                    act()
                    time.sleep(every * dice.uniform(0.2, 1.8))
            except Exception as error:  # a fault of the simulation fails the run, and the others go on
                log.wrong(f"{name} broke off: {type(error).__name__}: {error}")
            finally:
                close()
                connections.close_all()

        threads.append(threading.Thread(target=work, name=name, daemon=True))

    for number in range(CALLERS[0]):
        callers = Callers(shop, log, Random(f"{seed}/callers-{number}"))
        run(f"callers-{number}", CALLERS[1], callers.act, callers.close)
    for number in range(DISPATCHERS[0]):
        dispatcher = Dispatcher(shop, log, Random(f"{seed}/dispatcher-{number}"))
        run(f"dispatcher-{number}", DISPATCHERS[1], dispatcher.act, lambda: None)
    for number in range(TECHNICIANS[0]):
        own = google.another()
        technicians = Technicians(shop, own, log, Random(f"{seed}/technicians-{number}"))
        run(f"technicians-{number}", TECHNICIANS[1], technicians.act, own.close)
    other = google.another()
    troubles = Troubles(shop, other, log, Random(f"{seed}/troubles"), _Killer(stack).kill, SLOW_MS)
    troubles.begin()
    run("troubles", TROUBLE_EVERY, troubles.act, other.close)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(slots=True)
class _Killer:
    """Kills the workers, but lets those that were started anew come to work first."""

    stack: Stack
    last: float = field(default_factory=time.monotonic)

    def kill(self) -> bool:
        if time.monotonic() - self.last < KILLED_AT_MOST_EVERY:
            return False
        self.stack.kill("worker")
        time.sleep(COMES_BACK_SECONDS)
        self.stack.start_worker()
        self.last = time.monotonic()
        return True


def _sweep(shop: Floor, since: datetime) -> None:
    """Ask for every sweep, until each calendar was read since and nothing is left to be written."""
    until, asked = time.monotonic() + _ROUND_SECONDS, 0.0
    while True:
        left = quiet.unread(shop, since)
        if (left or quiet.behind(shop)) and time.monotonic() - asked > 3:
            if asked:
                quiet.hasten(shop, timezone.now())
            for name in _SWEEPS:
                current_app.send_task(name, retry=False, expires=20)
            asked = time.monotonic()
        if asked and not left and not quiet.behind(shop):
            time.sleep(1.5)  # a hint lingers, and what was read is written
            if not quiet.behind(shop):
                return
        if time.monotonic() > until:
            problem = f"not read: {left}; {quiet.behind(shop)} calendars are behind"
            raise quiet.NeverQuietError(f"a round is not done after {_ROUND_SECONDS:.0f} s; {problem}")
        time.sleep(0.3)


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _tracebacks(file: Path, since: int) -> list[str]:
    """What a process said of errors that nobody expected."""
    with file.open("rb") as log:
        log.seek(since)
        text = log.read().decode(errors="replace")
    found = [line for line in text.splitlines() if "Traceback (most recent call last)" in line or '"push_failed"' in line]
    return [f"{file.name} has {len(found)} errors that nobody expected"] if found else []


def _table(came: list[Came]) -> list[str]:
    lines = []
    for each in came:
        log, counts = each.log, each.counts
        asked = sum(counts[f"{kind} {state}"] for kind in _ASKED for state in ("open", "done"))
        left = sum(counts[f"{kind} open"] for kind in _ASKED)
        kills = log.counts()["trouble: workers killed"]
        lines.append(
            [each.seed, len(log.acts), log.by("technician"), log.by("dispatcher"), log.by("caller"), log.by("trouble"), kills,
             counts["visits"], counts["followed"], asked, left, f"{each.quiet_seconds:.0f} s", len(each.wrong)]
        )  # fmt: skip
    rows = [_HEADS, *lines]
    return [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows[:1]] + ["|" + " --- |" * len(_HEADS)] + [
        f"| {' | '.join(str(cell) for cell in row)} |" for row in rows[1:]
    ]  # fmt: skip


_ASKED = ("event_moved", "event_changed", "event_deleted", "busy_over_visit")


def _totals(came: list[Came]) -> list[str]:
    acts: Counter[str] = Counter()
    for each in came:
        acts += each.log.counts()
    by: dict[str, list[str]] = {}
    for name, count in sorted(acts.items(), key=lambda each: -each[1]):
        who, what = name.split(": ", 1)
        by.setdefault(who, []).append(f"{count} {what}")
    return [f"* {who}: {', '.join(what)}." for who, what in by.items()]


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", flush=True)
