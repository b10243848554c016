"""The rules against a slow and obvious oracle, over random shops, on both sides of the clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.engine import slots
from bookings.engine.clock import instant, local
from bookings.engine.roster import Part, Roster, Service, Shift, Span, Worker

ZONES = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/St_Johns", "Europe/Berlin"]
# Clock changes in New York and Berlin, a leap day, and plain days.
DAYS = [date(2027, 3, 14), date(2026, 11, 1), date(2027, 3, 28), date(2028, 2, 29), date(2026, 11, 25), date(2026, 7, 4)]

times = st.integers(0, 23 * 4).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def situations(draw):
    on = draw(st.sampled_from(DAYS))
    zone = ZoneInfo(draw(st.sampled_from(ZONES)))
    workers = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        pairs = draw(st.lists(st.tuples(times, times).filter(lambda pair: pair[0] < pair[1]), max_size=2))
        skills = draw(st.sampled_from([{}, {7: None}, {7: on}, {7: on - timedelta(days=1)}]))
        workers.append(Worker(number, f"w{number}", skills, tuple(Shift(on.weekday(), *pair) for pair in pairs)))
    minutes = draw(st.sampled_from([15, 60, 95, 120, 480]))
    service = Service(
        id=1, key="repair", name="repair", skill=draw(st.sampled_from([None, 7])), minutes=minutes, minutes_least=15,
        minutes_most=600, buffer_minutes=draw(st.sampled_from([0, 15, 60])), arrival_minutes=120, phrases=(),
    )  # fmt: skip
    roster = Roster(
        shop_id=1, version=1, name="", country="US", confirm_by_text=False, zone=zone, workers=tuple(workers),
        services=(service,), closures={on: ""} if draw(st.integers(0, 9)) == 0 else {},
        parts=(Part("morning", time(8), time(12)), Part("afternoon", time(12), time(17)), Part("evening", time(17), time(20))),
        horizon_days=60, lead_minutes=0, step_minutes=draw(st.sampled_from([15, 30, 60])), offer_minutes=60, stale_minutes=60,
    )  # fmt: skip
    midnight = instant(on, time.min, zone)
    spans = st.tuples(st.integers(-2, 25 * 4), st.integers(1, 16)).map(
        lambda pair: Span(midnight + pair[0] * 900, midnight + (pair[0] + pair[1]) * 900)
    )
    taken = {worker.id: draw(st.lists(spans, max_size=4)) for worker in workers}
    within = draw(st.sampled_from([None, Span(instant(on, time(8), zone), instant(on, time(12), zone))]))
    earliest = midnight + draw(st.sampled_from([-100_000, 9 * 3600, 15 * 3600 + 7]))
    return roster, service, on, taken, within, earliest


def oracle(roster, service, on, taken, within, earliest):
    """Every second minute-grid start of the day tried one by one, each rule written out."""
    found: dict[int, set[int]] = {}
    for worker in roster.workers:
        if service.skill is not None and (service.skill not in worker.skills or (worker.skills[service.skill] or date.max) < on):
            continue
        for shift in worker.shifts:
            if on in roster.closures:
                continue
            opens, closes = instant(on, shift.starts, roster.zone), instant(on, shift.ends, roster.zone)
            start = opens
            while start + service.minutes * 60 <= closes:
                blocked = range(start, start + (service.minutes + service.buffer_minutes) * 60, 60)
                free = not any(span.start <= moment < span.end for span in taken[worker.id] for moment in blocked)
                if free and start >= earliest and (within is None or within.start <= start < within.end):
                    found.setdefault(start, set()).add(worker.id)
                start += roster.step_minutes * 60
    return {start: tuple(sorted(found[start])) for start in sorted(found)}


@given(situations())
@settings(max_examples=300, deadline=None)
def test_candidates_are_what_the_oracle_finds(situation):
    roster, service, on, taken, within, earliest = situation
    found = slots.candidates(roster, service, on=on, minutes=service.minutes, taken=taken, earliest=earliest, within=within)
    assert {each.start: each.workers for each in found} == oracle(*situation)
    for each in found:
        for worker in roster.workers:
            fits = slots.fits(roster, worker, service, on=on, start=each.start, minutes=service.minutes, taken=taken)
            assert fits >= (worker.id in each.workers)


@given(st.lists(st.integers(0, 200).map(lambda n: n * 900), unique=True), st.sampled_from([1800, 7200]))
def test_spread_keeps_order_and_distance(starts, apart):
    found = [slots.Candidate(start, (1,)) for start in sorted(starts)]
    chosen = slots.spread(found, apart=apart, most=3)
    assert len(chosen) <= 3
    assert chosen[:1] == found[:1]
    assert all(after.start - before.start >= apart for before, after in pairwise(chosen))


def test_in_turn_asks_the_least_loaded_first_and_rotates_ties():
    firsts = {slots.in_turn([1, 2, 3], load={}, origin=f"call:{n}")[0] for n in range(50)}
    assert firsts == {1, 2, 3}
    assert slots.in_turn([1, 2, 3], load={1: 10, 2: 5, 3: 20}, origin="call:1") == [2, 1, 3]


def test_a_local_time_that_the_clock_skips_is_the_moment_after():
    zone = ZoneInfo("America/New_York")
    assert local(instant(date(2027, 3, 14), time(2, 30), zone), zone).time() == time(3, 30)
    assert datetime.fromtimestamp(instant(date(2026, 11, 1), time(1, 30), zone), UTC).hour == 5
