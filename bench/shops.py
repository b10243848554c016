"""Shops to search in: technicians with two weeks of half-full calendars, among the ZIP codes of Westchester County.

Needs Django's settings. Everybody holds what the work takes, so that no technician is left out for free; what the rules
read is all there: where the day starts, limits of a day, areas, time off, busy time and freshly read calendars.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import zipcodes
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bench.two_weeks import DAYS
from bookings.engine.roster import Roster
from bookings.models import (
    Booking,
    BusyBlock,
    CalendarFreshness,
    Customer,
    ServiceArea,
    ServiceType,
    Shop,
    Skill,
    Technician,
    TechnicianSkill,
    TimeOff,
    Visit,
    WorkingHours,
)
from bookings.services import places, rosters

OPENS, CLOSES = time(8), time(18)
BATCH = 500
# Minutes of work and what is kept free after it, of the visits of a day: together five of its ten hours.
HALF_DAYS = (((120, 30), (120, 30)), ((120, 30), (60, 15), (60, 15)), ((60, 15),) * 4)


@dataclass(frozen=True, slots=True)
class Built:
    """A shop and what a caller may ask of it; its two weeks begin on a Monday."""

    roster: Roster
    first: date
    zips: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.roster.workers)


def build(technicians: int, *, now: datetime) -> Built:
    """Make a shop of that many technicians. The same one every time but for the dates."""
    draw = random.Random(technicians)
    zips = _zips()
    shop = Shop.objects.create(
        name=f"Bench {technicians}", phone_number=f"+1914555{technicians:04d}", zip_code="10601", holidays_closed=""
    )
    today = now.astimezone(shop.zone).date()
    first = today + timedelta(days=7 - today.weekday())
    services = _services(shop)
    people = _people(shop, technicians, zips, draw)
    CalendarFreshness.objects.bulk_create(
        [CalendarFreshness(shop=shop, technician=each, read_at=now, read_until=now + timedelta(days=90)) for each in people],
        batch_size=BATCH,
    )
    customer = Customer.objects.create(shop=shop, name="Bench", name_key="bench", phone="+19145550300")
    visits = [
        visit for person in people for on in _working_days(first) for visit in _visits(person, on, services, customer, zips, draw)
    ]
    Booking.objects.bulk_create([visit.booking for visit in visits], batch_size=BATCH)
    Visit.objects.bulk_create(visits, batch_size=BATCH)
    _absences(shop, people, first, draw)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself, in its own time
    shop.refresh_from_db()
    return Built(rosters.of(shop.pk, shop.config_version), first, zips)


def _zips() -> tuple[str, ...]:
    county = zipcodes.filter_by(county="Westchester County", state="NY", zip_code_type="STANDARD")
    return tuple(row["zip_code"] for row in county if places.place_of(row["zip_code"]) is not None)


def _services(shop: Shop) -> dict[int, ServiceType]:
    """Make the services; return them by their minutes."""
    made = {}
    heating = Skill.objects.create(shop=shop, name="heating")
    certificate = Skill.objects.create(shop=shop, name="EPA 608", is_certificate=True)
    for key, minutes, least, most, after, window in (
        ("repair", 120, 60, 240, 30, 120),
        ("maintenance", 60, 45, 120, 15, 120),
        ("installation", 480, 240, 540, 60, 60),
    ):
        service = ServiceType.objects.create(
            shop=shop, key=key, name=key, skill=heating, minutes=minutes, minutes_least=least, minutes_most=most,
            buffer_minutes=after, arrival_minutes=window,
        )  # fmt: skip
        service.certificates.add(certificate)
        made[minutes] = service
    ServiceArea.objects.create(shop=shop, name="the county", zip_codes="105*, 106*, 107*, 108*")
    return made


def _people(shop: Shop, count: int, zips: tuple[str, ...], draw: random.Random) -> list[Technician]:
    starts = list(Technician.DayStarts)
    people = Technician.objects.bulk_create(
        [
            Technician(
                shop=shop, name=f"Technician {n}", day_starts=starts[n % 3], home_zip=draw.choice(zips),
                most_visits_a_day=6 if n % 4 == 0 else None, most_minutes_a_day=570 if n % 4 == 1 else None,
            )
            for n in range(count)
        ],
        batch_size=BATCH,
    )  # fmt: skip
    WorkingHours.objects.bulk_create(
        [
            WorkingHours(shop=shop, technician=each, weekday=weekday, starts=OPENS, ends=CLOSES)
            for each in people
            for weekday in range(5)
        ],
        batch_size=BATCH,
    )
    skills = Skill.objects.filter(shop=shop)
    valid = date.today() + timedelta(days=365)  # noqa: DTZ011 - any day beyond the horizon will do
    TechnicianSkill.objects.bulk_create(
        [
            TechnicianSkill(shop=shop, technician=each, skill=skill, expires_on=valid if skill.is_certificate else None)
            for each in people
            for skill in skills
        ],
        batch_size=BATCH,
    )
    return people


def _working_days(first: date) -> list[date]:
    return [day for n in range(DAYS) if (day := first + timedelta(days=n)).weekday() < 5]


def _visits(
    person: Technician, on: date, services: dict[int, ServiceType], customer: Customer, zips: tuple[str, ...], draw: random.Random
) -> Iterator[Visit]:
    """Give a technician visits for half a day: one after the other with half an hour between, or scattered over the day."""
    pattern = draw.sample(kinds := draw.choice(HALF_DAYS), len(kinds))
    last = 2 * (len(pattern) - 1)
    # By how many quarters of an hour each visit begins later than the ones before it would let it; 300 minutes are spare.
    begins_late = draw.choice((0, 20 - last))
    spare = draw.choice((sorted(draw.choices(range(21), k=len(pattern))), range(begins_late, begins_late + last + 1, 2)))
    shop = person.shop
    at = datetime.combine(on, OPENS, shop.zone)
    for (minutes, after), late in zip(pattern, spare, strict=True):
        begins, code = at + timedelta(minutes=15 * late), draw.choice(zips)
        ends = begins + timedelta(minutes=minutes)
        place = places.place_of(code)
        booking = Booking(
            shop=shop, reference=f"B{person.pk:x}{on:%j}{begins:%H%M}"[:12], customer=customer, service_type=services[minutes],
            promised_from=begins, promised_to=begins + timedelta(hours=2), minutes=minutes, zip_code=code, origin_at=begins,
        )  # fmt: skip
        yield Visit(
            shop=shop, booking=booking, technician=person, starts_at=begins, ends_at=ends,
            blocked=DateTimeTZRange(begins, ends + timedelta(minutes=after)),
            latitude=place.latitude if place else None, longitude=place.longitude if place else None,
        )  # fmt: skip
        at += timedelta(minutes=minutes + after)


def _absences(shop: Shop, people: list[Technician], first: date, draw: random.Random) -> None:
    """Take an hour of every tenth day by something in the technician's calendar, and every fiftieth day off."""
    busy, off = [], []
    for person in people:
        for on in _working_days(first):
            opens = datetime.combine(on, OPENS, shop.zone)
            if draw.random() < 0.1:
                begins = opens + timedelta(minutes=15 * draw.randrange(36))
                busy.append(
                    BusyBlock(
                        shop=shop, technician=person, calendar_id="primary", event_id=f"{on}", starts_at=begins,
                        ends_at=begins + timedelta(hours=1),
                    )
                )  # fmt: skip
            if draw.random() < 0.02:
                off.append(TimeOff(shop=shop, technician=person, starts_at=opens, ends_at=opens + timedelta(hours=10)))
    BusyBlock.objects.bulk_create(busy, batch_size=BATCH)
    TimeOff.objects.bulk_create(off, batch_size=BATCH)
