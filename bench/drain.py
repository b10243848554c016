"""A thousand visits wait for a hundred calendars while Google allows 300 requests a minute for the project and 30 for a user.

Measured: the time until the last one is in its calendar, against a thousand requests at 300 a minute; requests that Google
refused; how long another shop's single booking takes that is made in the midst of it, right after a booking for each of the
hundred; memory of the worker's processes.
Exit status 1 when the time is above 1.2 of that, anything was refused, doubled or lost, or the other shop waited longer than
five seconds. Loopback only; ends by itself in about five minutes.
"""

import io
import os
import sys
import time
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import django
import httpx

from bench.stack import Stack, running, wait_for_calendars

TECHNICIANS, VISITS = 100, 10
PROJECT, USER = 300, 30
MOST, MOST_DELAY_SECONDS, OTHERS_AT_SECONDS = 1.2, 5.0, (30, 60, 90, 120, 150)
GIVE_UP_SECONDS = 420


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    os.environ |= {"CALENDAR_PULL_SECONDS": "300"}  # as in production
    folder = Path(os.environ.get("HVACSCHED_DATA", ".data/bench")) / "drain"
    with running(folder) as stack:
        os.environ |= stack.environment | {"LOG_LEVEL": "WARNING"}
        django.setup()
        return measure(stack)


def measure(stack: Stack) -> int:
    from bench import draining  # noqa: PLC0415 - models need Django set up, and that needs the servers' addresses

    now = datetime.now().astimezone()
    busy = draining.shop_with_calendars(stack.sandbox, "Busy", TECHNICIANS, now=now)
    other = draining.shop_with_calendars(stack.sandbox, "Other", 1, now=now)
    stack.start_worker()
    stack.start_beat()
    wait_for_calendars(120)
    # From here on Google counts, and the product is told of it as a shop would tell it.
    stack.stop("worker")
    stack.environment |= {"GOOGLE_REQUESTS_PER_MINUTE": str(PROJECT), "GOOGLE_REQUESTS_PER_MINUTE_PER_USER": str(USER)}
    stack.start_worker()
    stack.stop("beat")
    stack.start_beat()
    time.sleep(15)
    control(stack, "settings", {"quota_per_minute_project": PROJECT, "quota_per_minute_user": USER})
    control(stack, "quota", {})
    first = working_day(now.date() + timedelta(days=1))
    draining.queue_visits(busy, VISITS, first=first)
    began = time.time()
    print(f"{TECHNICIANS * VISITS} visits wait for {TECHNICIANS} calendars; at most {PROJECT} requests a minute", flush=True)
    delays: list[float] = []
    pending: list[tuple[int, float]] = []
    left = TECHNICIANS * VISITS
    while (left or pending) and time.time() - began < GIVE_UP_SECONDS:
        time.sleep(0.25)
        asked = len(delays) + len(pending)
        if asked < len(OTHERS_AT_SECONDS) and time.time() - began > OTHERS_AT_SECONDS[asked]:
            on = first + timedelta(days=7 * asked)
            draining.hint(busy)
            pending.append((draining.book(other, datetime.combine(on, clock_time(9), other.zone)), time.time()))
        for visit, at in list(pending):
            if shown := draining.shown_at([visit]):
                delays.append(shown.timestamp() - at)
                pending.remove((visit, at))
        left = draining.waiting(busy)
    return report(stack, draining.last_shown(busy).timestamp() - began, left, delays, pending)


def report(stack: Stack, seconds: float, left: int, delays: list[float], pending: list[Any]) -> int:
    visits = TECHNICIANS * VISITS
    steady = visits / PROJECT * 60
    # A count over any sixty seconds lets a whole minute's requests pass at once at the beginning.
    fastest = (visits - 1) // PROJECT * 60
    quota = httpx.get(f"{stack.sandbox}/_control/quota", timeout=30).json()
    calendars: dict[str, list[Any]] = httpx.get(f"{stack.sandbox}/_control/events", timeout=60).json()["calendars"]
    counts = [len(events) for calendar, events in calendars.items() if calendar.startswith("busy")]
    refused = sum(quota["refused"].values())
    right = counts == [VISITS] * TECHNICIANS
    memory = stack.peak_megabytes("worker")
    print(f"  the last of {visits} events after {seconds:.0f} s; {left} left")
    print(f"  {seconds / steady:.2f} of {steady:.0f} s, {visits} requests at {PROJECT} a minute; target at most {MOST}")
    print(f"  {seconds / fastest:.2f} of {fastest} s, were each minute's requests made all at once at its beginning")
    print(f"  {quota['passed']} requests let through by Google ({quota['passed'] - visits - len(delays)} of them no writing), "
          f"{refused} refused {quota['refused'] or ''}")  # fmt: skip
    print(f"  each calendar {'has' if right else 'DOES NOT HAVE'} its {VISITS} events")
    print(f"  another shop's single booking: {', '.join(f'{each:.1f}' for each in delays)} s; {len(pending)} not shown")
    print(f"  worker, most resident memory: {' '.join(f'{each:.0f}' for each in memory)} MB")
    fine = right and not refused and not left and not pending and seconds / steady <= MOST
    return 0 if fine and max(delays) <= MOST_DELAY_SECONDS else 1


def control(stack: Stack, name: str, body: dict[str, object]) -> None:
    httpx.post(f"{stack.sandbox}/_control/{name}", json=body, timeout=30).raise_for_status()


def working_day(day: date) -> date:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


if __name__ == "__main__":
    raise SystemExit(main())
