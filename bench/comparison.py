"""Two weeks of one shop beside a view that does nothing, a subtraction without rules, and django-appointment."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from itertools import chain
from statistics import median
from typing import Any

from bench import peer, ruleless, shops, two_weeks
from bench.callers import beginning, say, tool_message
from bench.stack import Stack
from bookings.models import BusyBlock, TimeOff, Visit, WorkingHours

ROUNDS, PEER_ROUNDS = 42, 3
SERVED, DIRECT = 4, 3  # of each in a round, which is short: what is compared is measured within a tenth of a second
MOST_TIMES_NOOP, MOST_TIMES_RULELESS = 25.0, 4.0

Rounds = dict[str, list[list[float]]]


def compare(stack: Stack, built: shops.Built, now: datetime) -> bool:
    """Measure in turns, print the ratios, return whether the targets were met."""
    found, passes = take_turns(stack, built, now)
    print(f"\n{built.size} technicians over two weeks, {ROUNDS} rounds in turns{'':<20}{'median':>9}{'min':>9}{'max':>9}")
    for name, rounds in found.items():
        flat = list(chain.from_iterable(rounds))
        print(f"  {name:<66}{median(flat):>8.2f}{min(flat):>9.2f}{max(flat):>9.2f} ms")
    fine = True
    for name, base, most in (
        ("served search", "served no-op view", MOST_TIMES_NOOP),
        ("search", "served no-op view", MOST_TIMES_NOOP),
        ("search", "subtraction without rules", MOST_TIMES_RULELESS),
    ):
        fine &= ratio(name, base, found, most)
    if passes:
        show_peer(passes, median(chain.from_iterable(found["search"])))
    return fine


def take_turns(stack: Stack, built: shops.Built, now: datetime) -> tuple[Rounds, list[peer.Pass]]:
    asked = {
        "shop": built.roster.shop_id,
        "version": built.roster.version,
        "first": built.first.isoformat(),
        "zip": built.zips[0],
    }
    message = tool_message("checkAvailability", asked, call="bench-two-weeks")
    say(stack.url, "/webhook/vapi", [beginning(message)], callers=1, check=lambda *_: "")
    repair = two_weeks.service_named(built.roster, "repair")

    def served(path: str) -> Callable[[int], list[float]]:
        def calls(_turn: int) -> list[float]:
            timing = say(stack.url, path, [message] * SERVED, callers=1, check=answered)
            assert not timing.wrong, timing.wrong
            return timing.milliseconds

        return calls

    def search(turn: int) -> list[float]:
        zip_of = [built.zips[(turn * DIRECT + n) * 7 % len(built.zips)] for n in range(DIRECT)]
        return [clocked(two_weeks.windows, built.roster, built.first, code, now=now) for code in zip_of]

    def subtract(_turn: int) -> list[float]:
        roster = built.roster
        given = (roster.shop_id, roster.zone, built.first, two_weeks.DAYS, repair.minutes)
        return [clocked(ruleless.free, *given) for _ in range(DIRECT)]

    ways = {
        "served no-op view": served("/bench/noop"),
        "served search": served("/bench/two-weeks"),
        "search": search,
        "subtraction without rules": subtract,
    }
    say(stack.url, "/bench/two-weeks", [message] * 64, callers=8, check=answered)  # each worker reads the shop
    for way in ways.values():
        way(0)
    found: Rounds = defaultdict(list)
    passes: list[peer.Pass] = []
    names = list(ways)
    with ExitStack() as held:
        package: peer.Peer | None = None
        try:
            package = held.enter_context(peer.running(stack.folder, shop_for_peer(built)))
        except peer.Unavailable as why:
            print(f"\ndjango-appointment is left out: {why}")
        for turn in range(ROUNDS):
            first = turn % len(names)
            for name in names[first:] + names[:first]:
                found[name].append(ways[name](turn))
            if package is not None and turn % (ROUNDS // PEER_ROUNDS) == 0:
                try:
                    passes.append(package.measure())
                except peer.Unavailable as why:
                    print(f"\ndjango-appointment is left out: {why}")
                    package = None
    return {name: found[name] for name in names}, passes


def answered(status: int, _answer: dict[str, Any]) -> str:
    return "" if status == 200 else f"HTTP {status}"


def ratio(name: str, base: str, found: Rounds, most: float) -> bool:
    """Print the median of the rounds' ratios, each of medians that were measured one after the other."""
    each = [median(one) / median(other) for one, other in zip(found[name], found[base], strict=True)]
    return target(f"{name} / {base}", median(each), most, f"(rounds {min(each):.2f} to {max(each):.2f})")


def target(name: str, value: float, most: float, also: str = "") -> bool:
    fine = value <= most
    print(f"{name:<66}{value:>8.2f}  at most {most:g}: {'OK' if fine else 'OVER'}  {also}".rstrip())
    return fine


def clocked(act: Callable[..., object], *given: Any, **named: Any) -> float:
    """Return how many milliseconds a call takes."""
    begun = time.perf_counter()
    act(*given, **named)
    return (time.perf_counter() - begun) * 1000


def show_peer(passes: Sequence[peer.Pass], ours: float) -> None:
    """Print what django-appointment takes; a pass that was cut short counts for two weeks by its days, and says so."""
    milliseconds = [each.seconds * 1000 * two_weeks.DAYS / each.days for each in passes]
    short = [each.days for each in passes if each.days < two_weeks.DAYS]
    cut = f", {len(short)} of them reckoned from {min(short)} days or more" if short else ""
    print(
        f"django-appointment {peer.version()}, {len(passes)} passes{cut}: {median(milliseconds):,.0f} ms "
        f"({min(milliseconds):,.0f} to {max(milliseconds):,.0f}), {passes[0].slots:,} slots; "
        f"/ search {median(milliseconds) / ours:,.0f}"
    )


def shop_for_peer(built: shops.Built) -> dict[str, Any]:
    """Return the shop as plain values in its own time: hours, visits, busy time and days off of each technician."""
    shop, zone = built.roster.shop_id, built.roster.zone

    def local(row: Any) -> tuple[str, str, str]:
        starts, ends = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
        return f"{starts:%Y-%m-%d}", f"{starts:%H:%M}", f"{ends:%H:%M}"

    staff: dict[int, dict[str, list[Any]]] = {
        each.id: {"hours": [], "visits": [], "busy": [], "off": []} for each in built.roster.workers
    }
    for hours in WorkingHours.objects.filter(shop=shop):
        staff[hours.technician_id]["hours"].append((hours.weekday, f"{hours.starts:%H:%M}", f"{hours.ends:%H:%M}"))
    for visit in Visit.objects.filter(shop=shop, technician__isnull=False):
        staff[visit.technician_id or 0]["visits"].append(local(visit))
    for busy in BusyBlock.objects.filter(shop=shop):
        staff[busy.technician_id]["busy"].append(local(busy))
    for off in TimeOff.objects.filter(shop=shop):
        staff[off.technician_id]["off"].append(local(off)[0])
    repair = two_weeks.service_named(built.roster, "repair")
    return {
        "first": built.first.isoformat(), "days": two_weeks.DAYS, "minutes": repair.minutes, "gap": repair.buffer_minutes,
        "staff": list(staff.values()),
    }  # fmt: skip
