"""The measurements of bench.availability, once Django knows its settings."""

import gc
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from math import log10
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bench import comparison, shops, two_weeks
from bench.callers import Timing
from bench.comparison import clocked, target
from bench.stack import Stack
from bookings.models import Visit
from bookings.services import availability
from bookings.services.asking import Wish

# Technicians, and how often each search is made in a turn: all sizes in each turn, so that the machine's moods meet all.
SIZES = {10: 13, 50: 13, 100: 8, 1000: 1}
TURNS = 16
COMPARED = 50
MOST_SECONDS = 1.0
MOST_POWER = 1.1  # 1 is linear; the rest is for what ten times the memory costs the processor's caches


@dataclass
class Kind:
    """One kind of search: given the shop, a number to vary what is asked, and now, it returns how many statements it may take."""

    name: str
    search: Callable[[shops.Built, int, datetime], int]
    rounds: dict[int, list[list[float]]] = field(default_factory=lambda: defaultdict(list))

    def timing(self, size: int) -> Timing:
        return Timing(list(chain.from_iterable(self.rounds[size])))

    def median(self, size: int) -> float:
        return median(chain.from_iterable(self.rounds[size]))


def a_day(built: shops.Built, turn: int, now: datetime) -> int:
    """Ask for a repair on a working day, any time or a part of it, somewhere in the county; seldom there is nothing."""
    on = built.first + timedelta(days=turn % 5 + 7 * (turn // 5 % 2))
    part = (None, "morning", "afternoon")[turn % 3]
    wish = Wish(service=two_weeks.service_named(built.roster, "repair"), on=on, part=part, zip_code=_zip(built, turn))
    return 1 if availability.search(built.roster, wish, now=now).as_asked else 2


def a_full_day(built: shops.Built, turn: int, now: datetime) -> int:
    """Ask for a whole day's work in two weeks without a whole day: why not is kept, and alternatives are looked for."""
    on = built.first + timedelta(days=turn % 5)
    wish = Wish(service=two_weeks.service_named(built.roster, "installation"), on=on, zip_code=_zip(built, turn))
    assert not availability.search(built.roster, wish, now=now).as_asked
    return 2


def all_windows(built: shops.Built, turn: int, now: datetime) -> int:
    assert two_weeks.windows(built.roster, built.first, _zip(built, turn), now=now)
    return 1


def _zip(built: shops.Built, turn: int) -> str:
    return built.zips[turn * 7 % len(built.zips)]


def measure(stack: Stack) -> bool:
    """Build, measure, print; return whether every target was met."""
    begun, now = time.perf_counter(), timezone.now()
    gc.collect()
    gc.freeze()  # as the web server does once it has loaded everything
    made = [shops.build(size, now=now) for size in SIZES]
    print(f"{Visit.objects.count():,} visits in {len(SIZES)} shops, made in {time.perf_counter() - begun:.0f} s\n")
    kinds = [
        Kind("a day, as a caller asks", a_day),
        Kind("a full day, with alternatives", a_full_day),
        Kind("every window of two weeks", all_windows),
    ]
    for kind in kinds:
        for built in made:
            check_statements(kind, built, now)
    take_turns(kinds, made, now)
    print("Statements: one for what was asked and one more for alternatives, at every size")
    print(f"{'technicians':>11}  {'search':<30}{'median':>7}{'p99':>9}{'searches':>11}{'peak':>9}")
    for built in made:
        for kind in kinds:
            timing = kind.timing(built.size)
            print(
                f"{built.size:>11,}  {kind.name:<30}{kind.median(built.size):>7.1f}{timing.percentile(0.99):>9.1f} ms"
                f"{len(timing.milliseconds):>8}{peak_megabytes(kind, built, now):>9.1f} MB"
            )
    fine = show_growth(kinds)
    compared = next(built for built in made if built.size == COMPARED)
    fine &= comparison.compare(stack, compared, now)
    largest = max(SIZES)
    fine &= target(
        f"{largest:,} technicians over two weeks, seconds in one thread", kinds[-1].median(largest) / 1000, MOST_SECONDS
    )
    print(f"\n{time.perf_counter() - begun:.0f} s altogether")
    return fine


def check_statements(kind: Kind, built: shops.Built, now: datetime) -> None:
    """Assert one statement for what was asked and one more for alternatives, whatever the size of the shop."""
    for turn in range(10):
        with CaptureQueriesContext(connection) as made:
            allowed = kind.search(built, turn, now)
        assert len(made) == allowed, f"{kind.name} among {built.size}: {len(made)} statements instead of {allowed}"


def peak_megabytes(kind: Kind, built: shops.Built, now: datetime) -> float:
    tracemalloc.start()
    kind.search(built, 0, now)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def take_turns(kinds: Sequence[Kind], made: Sequence[shops.Built], now: datetime) -> None:
    for turn in range(TURNS):
        for kind in kinds:
            for built in made:
                asks = range(turn * SIZES[built.size], (turn + 1) * SIZES[built.size])
                took = [clocked(kind.search, built, ask, now) for ask in asks]
                kind.rounds[built.size].append(took)


def show_growth(kinds: Sequence[Kind]) -> bool:
    """Print how time grows with technicians: the ratio of ten times as many, and the line that fits all sizes."""
    print()
    fine = True
    for kind in kinds:
        pairs = zip(kind.rounds[1000], kind.rounds[100], strict=True)
        ratio = median(median(thousand) / median(hundred) for thousand, hundred in pairs)
        slope, fixed = line([(size, kind.median(size)) for size in SIZES])
        words = f"{slope * 1000:.0f} µs a technician"
        if kind.search is all_windows:
            words = f"{slope * 1000 / two_weeks.DAYS:.1f} µs a technician-day of {two_weeks.DAYS}, of ten worked"
        print(f"{kind.name}: {fixed:.1f} ms and {words}; 1,000 beside 100 technicians: {ratio:.1f} times")
        fine &= target("  grows with technicians to the power of", log10(ratio), MOST_POWER)
    return fine


def line(points: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Fit y = slope * x + fixed, each point's error counted in proportion to it: the smallest shop says most of `fixed`."""
    total = sum(1 / y**2 for _, y in points)
    mean_x = sum(x / y**2 for x, y in points) / total
    mean_y = sum(1 / y for _, y in points) / total
    slope = sum((x - mean_x) * (y - mean_y) / y**2 for x, y in points) / sum((x - mean_x) ** 2 / y**2 for x, y in points)
    return slope, mean_y - slope * mean_x
