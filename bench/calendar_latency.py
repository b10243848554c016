"""How soon a booking stands in Google, and how soon nobody is offered an hour that a technician filled in Google.

Four parts, with nothing else to do for the workers: from a booking's answer to its event in the calendar; from an edit in Google
to the closed hour where Google tells of it; the same where every notification is lost; and where Google cannot tell at all. In
the first two Google's own time is known and taken off, and what is left stands beside the no-op view of the same run. In the
last two the length of a turn decides, which is shorter here than in production: the delays are divided by it.
Exit status 1 when an answer was wrong, something never came or a target is missed. Loopback only; ends by itself in about twenty
minutes.
"""

import argparse
import io
import os
import sys
from pathlib import Path

import django

from bench.stack import Stack, running, wait_for_calendars
from bench.timed import Desk, Timed

PRODUCTION_TURN = 300  # seconds: CALENDAR_PULL_SECONDS
LOOKS_EVERY = 10  # seconds between two looks at whose turn it is, so a turn of 60 comes every 70
TELLS_AFTER = 50.0  # ms that the stand-in lets pass before it tells of a change
MOST = 3_000.0  # ms: "within seconds", Google's time included, at the 99th percentile


def main(arguments: list[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m bench.calendar_latency", description=__doc__)
    options.add_argument("--samples", type=int, default=120, help="bookings, and edits that Google tells of (120)")
    options.add_argument("--google", type=int, default=150, help="milliseconds that Google takes for a request (150)")
    options.add_argument("--turn", type=int, default=60, help="seconds of a turn in the last two parts (60; in production 300)")
    options.add_argument("--calendars", type=int, default=40, help="calendars in the last two parts, three edits in each (40)")
    given = options.parse_args(arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    os.environ |= {"CALENDAR_PULL_SECONDS": str(PRODUCTION_TURN)}
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "latency"
    with running(folder) as stack:
        os.environ |= stack.environment | {"LOG_LEVEL": "WARNING"}
        django.setup()
        return 0 if measure(stack, given) else 1


def measure(stack: Stack, given: argparse.Namespace) -> bool:
    from bench import appearing  # noqa: PLC0415 - models need Django set up, and that needs the servers' addresses

    desk = Desk(stack)
    booked, edited = appearing.shop(stack, "Booked", 3), appearing.shop(stack, "Edited", 1)
    restart(stack)
    wait_for_calendars(120)
    appearing.open_channels()
    stack.fault({"service": "google", "path": "/", "latency_ms": given.google})
    print(f"Google takes {given.google} ms for a request and tells of a change after {TELLS_AFTER:.0f} ms")
    print(f"  {'':<62}{'count':>6}{'p50':>9}{'p99':>9}       {'without Google':>18}   {'x no-op view':>15}")
    shown = appearing.bookings(desk, booked, given.samples)
    closed = appearing.edits(desk, edited, given.samples)
    row("no-op view", desk.noop)
    fine = told("a booking's answer to its event in the calendar", shown, given.google, desk.noop)
    fine &= told("an edit in Google to the closed hour, told by a channel", closed, given.google + TELLS_AFTER, desk.noop)

    polled = appearing.shop(stack, "Polled", given.calendars)
    stack.environment |= {"CALENDAR_PULL_SECONDS": str(given.turn)}
    restart(stack)
    wait_for_calendars(120)
    appearing.open_channels()
    desk.set(drop_notifications=True)
    print(f"Turns of {given.turn} s (in production {PRODUCTION_TURN}), each found by a look every {LOOKS_EVERY} s")
    print(f"  {'':<62}{'count':>6}{'p50':>9}{'p99':>9}{'mean':>9}     {'as a part of a turn':>24}")
    lost = appearing.polled(desk, polled, turn=given.turn, longest=3 * given.turn)
    fine &= in_turns("every notification lost: one to three turns apart", lost, given.turn, longest=3)
    # An address that Google could not reach has no channels: turns alone, each as long as it is set.
    stack.environment |= {"SERVER_URL": "http://desk.example"}
    restart(stack)
    appearing.end_channels()
    alone = appearing.polled(desk, polled, turn=given.turn, longest=given.turn)
    return in_turns("no channel: one turn apart", alone, given.turn, longest=1) and fine


def restart(stack: Stack) -> None:
    for name in ("beat", "worker"):
        if name in stack.processes:
            stack.stop(name)
    stack.start_worker()
    stack.start_beat()


def row(name: str, timed: Timed, rest: str = "") -> None:
    half, most = timed.percentile(0.5), timed.percentile(0.99)
    print(f"  {name:<62}{len(timed.milliseconds):>6}{half:>9.1f}{most:>9.1f} ms {rest}")
    for problem in timed.wrong[:3]:
        print("   ", problem)


def told(name: str, timed: Timed, of_google: float, noop: Timed) -> bool:
    """Print what is left without Google's own time, and how many no-op views that is."""
    ours = [timed.percentile(share) - of_google for share in (0.5, 0.99)]
    ratios = [own / noop.percentile(share) for own, share in zip(ours, (0.5, 0.99), strict=True)]
    fine = timed.percentile(0.99) <= MOST and not timed.wrong
    verdict = f"{'target' if fine else 'OVER'} {MOST / 1000:.0f} s"
    row(name, timed, f"{ours[0]:>9.1f}{ours[1]:>9.1f} ms  {ratios[0]:>7.0f}{ratios[1]:>7.0f} x  {verdict}")
    return fine


def in_turns(name: str, timed: Timed, turn: int, *, longest: int) -> bool:
    """Print delays in seconds and as a part of a turn; what came later than the longest turn and a look is wrong."""
    latest = longest * turn + 2 * LOOKS_EVERY
    parts = [timed.percentile(share) / 1000 for share in (0.5, 0.99)] + [timed.mean / 1000]
    fine = not timed.wrong and max(timed.milliseconds, default=0) / 1000 <= latest
    shares = "".join(f"{part / turn:>8.2f}" for part in parts)
    print(f"  {name:<62}{len(timed.milliseconds):>6}" + "".join(f"{part:>9.1f}" for part in parts) + f" s {shares}  "
          f"{'target' if fine else 'OVER'} {latest} s at most")  # fmt: skip
    tenths = " ".join(f"{timed.percentile(tenth / 10) / 1000 / turn:.2f}" for tenth in range(1, 10))
    print(f"    each tenth of them within so many turns: {tenths}")
    for problem in timed.wrong[:3]:
        print("   ", problem)
    return fine


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
