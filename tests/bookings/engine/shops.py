"""Random shops, jobs and days for the engine's tests: both clock changes, zones from Honolulu to St. John's.

What is likely stands first in each choice, which is also drawn most: in every third shop there is a window to find.
"""

from dataclasses import dataclass, field
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bookings.engine.clock import instant
from bookings.engine.day import Block, Day, Job, Taken
from bookings.engine.roster import (
    Area,
    DayStarts,
    Holdback,
    LengthRule,
    Part,
    Role,
    Roster,
    Service,
    Shift,
    SkillName,
    Span,
    Urgency,
    Worker,
)
from bookings.engine.travel import Place, StraightLine

ZONES = ["America/New_York", "America/Los_Angeles", "Pacific/Honolulu", "America/St_Johns", "America/Phoenix", "Europe/Berlin"]
# Clock changes in America and Berlin, a leap day, the end of a year, and plain days.
DAYS = [
    date(2027, 3, 14), date(2026, 11, 1), date(2027, 3, 28), date(2026, 10, 25), date(2028, 2, 29), date(2026, 12, 31),
    date(2026, 11, 25), date(2026, 7, 4),
]  # fmt: skip
# Manhattan, Queens, Staten Island, Yonkers, and a town nobody reaches in a morning.
PLACES = [
    Place(40.75, -73.99), Place(40.72, -73.79), Place(40.58, -74.15), Place(40.94, -73.87), Place(42.65, -73.75),
]  # fmt: skip
GAS, EPA = 7, 8

times = st.integers(0, 23 * 12).map(lambda five: time(five // 12, five % 12 * 5))
# Most of them begin in the morning and are long, so that there is something to find; others are any piece of a day.
hours = st.one_of(
    *[st.tuples(st.integers(6 * 12, 10 * 12), st.integers(6 * 12, 12 * 12))] * 3,
    st.tuples(st.integers(0, 20 * 12), st.integers(1, 12)),
).map(lambda pair: (time(pair[0] // 12, pair[0] % 12 * 5), time(sum(pair) // 12, sum(pair) % 12 * 5)))
places = st.sampled_from([None, *PLACES[:4] * 2, PLACES[4]])


@dataclass(eq=False)
class Situation:
    """One day to search: what is wanted, what is taken, and inside what. Each is only like itself."""

    job: Job
    on: date
    taken: dict[int, list[Block]]
    within: Span | None
    days: list[Day] = field(default_factory=list)

    @property
    def roster(self) -> Roster:
        return self.job.roster

    def filed(self) -> Taken:
        return Taken(self.taken, self.days)


@st.composite
def workers(draw, number, on, *, people=False):
    shifts = []
    for starts, ends in draw(st.lists(hours, min_size=draw(st.sampled_from([1, 1, 1, 0])), max_size=3)):
        overtime = draw(st.integers(0, 3)) == 3
        for ahead in range(3) if people else [draw(st.sampled_from([0, 0, 0, 1]))]:
            shifts.append(Shift((on + timedelta(days=ahead)).weekday(), starts, ends, overtime))
    last_day = draw(st.sampled_from([None, on, on - timedelta(days=1), on + timedelta(days=1)]))
    return Worker(
        number, f"w{number}",
        draw(st.sampled_from([*[{GAS: None, EPA: None}] * 3, {GAS: None, EPA: last_day}, {GAS: last_day}, {}])),
        tuple(shifts),
        alone=draw(st.integers(0, 4)) < 4,
        day_starts=draw(st.sampled_from(list(DayStarts))),
        base=draw(places),
        most_visits=draw(st.sampled_from([None, None, 1, 2])),
        most_minutes=draw(st.sampled_from([None, None, 240, 480])),
    )  # fmt: skip


@st.composite
def services(draw, *, people=False):
    minutes = draw(st.sampled_from([15, 60, 95, 120, 480]))
    lead = Role("lead", draw(st.sampled_from([(), (GAS,), (GAS, EPA)])))
    helpers = draw(st.lists(st.sampled_from([(), (GAS,)]), min_size=0, max_size=2)) if people else []
    return Service(
        id=1, key="repair", name="repair", minutes=minutes, minutes_least=15, minutes_most=600,
        roles=(lead, *(Role("helper", skills) for skills in helpers)),
        days=draw(st.sampled_from([1, 1, 2, 3])) if people else 1,
        setup_minutes=draw(st.sampled_from([0, 0, 15])),
        buffer_minutes=draw(st.sampled_from([0, 15, 60])),
        arrival_minutes=draw(st.sampled_from([60, 120, 240])),
        regular_hours_only=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def rosters(draw, on, *, people=False):
    many = draw(st.sampled_from([4, 3] if people else [2, 3, 1, 4]))
    crew = tuple(draw(workers(number, on, people=people)) for number in range(1, many + 1))
    closed = draw(st.sampled_from([*[{}] * 6, {on: "Thanksgiving"}, {on + timedelta(days=1): ""}]))
    holdback = Holdback(11, 3, frozenset(range(7)), draw(st.sampled_from([0, 0, 20, 60])), draw(times))
    return Roster(
        shop_id=1, version=1, name="", country="US", confirm_by_text=False, zone=ZoneInfo(draw(st.sampled_from(ZONES))),
        workers=crew, services=(draw(services(people=people)),), closures=closed,
        parts=(Part("morning", time(8), time(12)), Part("afternoon", time(12), time(17)), Part("evening", time(17), time(20))),
        horizon_days=60, lead_minutes=0, step_minutes=draw(st.sampled_from([15, 30, 60])), offer_minutes=60, stale_minutes=60,
        latest_start_percent=draw(st.sampled_from([0, 50, 100])),
        same_day_cutoff=draw(st.sampled_from([None, None, None, time(14)])),
        skills={GAS: SkillName("gas", False), EPA: SkillName("EPA 608", True)},
        length_rules=(LengthRule(None, "boiler", None, None, 140),),
        areas=(Area(1, "north", ("104*",), frozenset({on.weekday()})),),
        holdbacks=(holdback,) if holdback.percent else (),
        place=draw(places),
        travel=StraightLine(130, draw(st.sampled_from([15, 25, 60]))),
        longest_drive_minutes=draw(st.sampled_from([600, 600, 90, 30])),
    )  # fmt: skip


@st.composite
def situations(draw, *, people=False):
    on = draw(st.sampled_from(DAYS))
    roster = draw(rosters(on, people=people))
    service = roster.services[0]
    days = [Day(roster, on + timedelta(days=n)) for n in range(1 + (service.days - 1) * 4)]
    midnight = days[0].starts
    length = (len(days)) * 24 * 12
    blocks = st.builds(
        lambda start, long, kind, place: Block(midnight + start * 300, midnight + (start + long) * 300, kind, place),
        st.integers(-24, length), st.integers(1, 48), st.sampled_from(["visit"] * 3 + ["busy", "off", "unknown"]), places,
    )  # fmt: skip
    taken = {
        worker.id: [
            block if block.kind != "visit" or block.place else block._replace(place=roster.place)
            for block in draw(st.lists(blocks, max_size=(1 if people else 3) * len(days)))
        ]
        for worker in roster.workers
    }
    for listed in taken.values():
        for number, block in enumerate(listed):
            if block.kind != "visit":
                listed[number] = block._replace(place=None)
    now = midnight + draw(st.sampled_from([-100_000, -100_000, 8 * 3600, 15 * 3600 + 7]))
    job = Job(
        roster=roster, service=service, minutes=service.minutes, now=now,
        earliest=now + draw(st.sampled_from([0, 3600])),
        place=draw(places) or roster.place,
        weekdays=draw(st.sampled_from([*[None] * 6, frozenset({on.weekday()}), frozenset({(on.weekday() + 1) % 7})])),
        urgency=draw(st.sampled_from([Urgency.ROUTINE, Urgency.ROUTINE, Urgency.URGENT])),
        priority=draw(st.booleans()),
        only=draw(st.sampled_from([None, None, None, frozenset({1})])),
    )  # fmt: skip
    zone = roster.zone
    within = draw(st.sampled_from([None, Span(instant(on, time(8), zone), instant(on, time(12), zone))]))
    return Situation(job, on, taken, within, days)
