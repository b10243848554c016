"""In a quiet system an offer is kept: whatever a search offers, a booking made from it gets. Random shops, real rows."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.engine.roster import Urgency
from bookings.models import (
    Booking,
    BusyBlock,
    CrewMember,
    Customer,
    Holdback,
    LengthRule,
    ServiceArea,
    Skill,
    Technician,
    TechnicianSkill,
    TimeOff,
    Visit,
    WorkingHours,
)
from bookings.services import availability, jobs
from bookings.services.asking import State, When, Wish
from tests.bookings.asking import ask, roster_of
from tests.factories import ServiceTypeFactory, ShopFactory

ZIPS = ["10001", "10301", "11354", "10701", "08901", ""]
NEAR = ["10001", "11354", "10701", ""]
ZONES = ["America/New_York", "Pacific/Honolulu", "America/St_Johns", "America/Los_Angeles"]
# The days before a clock change in March and November, and a plain week.
MORNINGS = [date(2027, 3, 12), date(2026, 10, 30), date(2026, 11, 23)]


def random_shop(dice):
    """A shop with everything a rule can look at, at random."""
    shop: Any = ShopFactory(
        timezone=dice.choice(ZONES), zip_code=dice.choice(NEAR), latest_start_percent=dice.choice([0, 0, 50]),
        slot_step_minutes=dice.choice([15, 30, 60]), lead_minutes=dice.choice([0, 60, 300]),
        same_day_cutoff=dice.choice([None, time(14)]), holidays_closed=dice.choice(["", "Thanksgiving Day"]),
        longest_drive_minutes=dice.choice([45, 90, 300]),
    )  # fmt: skip
    skill, certificate = (Skill.objects.create(shop=shop, name=name) for name in ("trade", "EPA 608"))
    service: Any = ServiceTypeFactory(
        shop=shop, skill=dice.choice([None, skill]), minutes=dice.choice([60, 120, 240]), minutes_least=30, minutes_most=480,
        buffer_minutes=dice.choice([0, 15, 30]), setup_minutes=dice.choice([0, 0, 15]), days=dice.choice([1, 1, 1, 2]),
        arrival_minutes=dice.choice([60, 120, 240]),
    )  # fmt: skip
    if dice.random() < 0.3:
        service.certificates.add(certificate)
    if dice.random() < 0.3:
        CrewMember.objects.create(shop=shop, service_type=service, skill=dice.choice([None, skill]))
    if dice.random() < 0.3:
        LengthRule.objects.create(shop=shop, equipment="boiler", percent=140)
    if dice.random() < 0.3:
        ServiceArea.objects.create(shop=shop, name="here", zip_codes="1*", weekdays=dice.sample(range(7), 4))
    if dice.random() < 0.4:
        Holdback.objects.create(shop=shop, name="h", percent=dice.choice([20, 50]), released_at=time(10))
    for n in range(dice.randrange(2, 6)):
        random_technician(dice, shop, service, skill, certificate, n)
    return shop


def random_technician(dice, shop, service, skill, certificate, n):
    technician = Technician.objects.create(
        shop=shop, name=f"T{n}", works_alone=dice.random() < 0.9, day_starts=dice.choice(Technician.DayStarts.values),
        home_zip=dice.choice(NEAR), most_visits_a_day=dice.choice([None, None, 2]), most_minutes_a_day=dice.choice([None, 360]),
    )  # fmt: skip
    for each in (skill, certificate):
        if dice.random() < 0.9:
            TechnicianSkill.objects.create(
                shop=shop,
                technician=technician,
                skill=each,
                expires_on=dice.choice([None, date(2026, 11, 26), date(2027, 3, 16)]),
            )
    for weekday in range(7):
        for starts, ends, overtime in dice.choice(
            [[(8, 17, False)], [(7, 12, False), (13, 18, False)], [(9, 17, False), (17, 22, True)], [(8, 20, True)], []]
        ):
            WorkingHours.objects.create(
                shop=shop, technician=technician, weekday=weekday, starts=time(starts), ends=time(ends), overtime=overtime
            )
    random_time_taken(dice, shop, service, technician)


def random_time_taken(dice, shop, service, technician):
    customer, _ = Customer.objects.get_or_create(shop=shop, name="X", name_key="x", phone="+1")
    free_from = datetime.combine(min(MORNINGS), time(6), shop.zone)
    for first in MORNINGS:
        free_from = datetime.combine(first, time(6), shop.zone)
        for _ in range(dice.randrange(8)):
            starts = free_from + timedelta(minutes=15 * dice.randrange(40))
            ends = starts + timedelta(minutes=15 * dice.randrange(2, 12))
            free_from = ends
            match dice.randrange(4):
                case 0:
                    BusyBlock.objects.create(
                        shop=shop, technician=technician, calendar_id="c", event_id=str(starts), starts_at=starts, ends_at=ends
                    )
                case 1:
                    TimeOff.objects.create(shop=shop, technician=technician, starts_at=starts, ends_at=ends)
                case _:
                    place = jobs.place_for(roster_of(shop), dice.choice(ZIPS))
                    booking = Booking.objects.create(
                        shop=shop, reference=f"S-{Booking.objects.count()}", customer=customer, service_type=service,
                        promised_from=starts, promised_to=ends, minutes=60, origin_at=starts,
                    )  # fmt: skip
                    Visit.objects.create(
                        shop=shop, booking=booking, technician=technician, starts_at=starts, ends_at=ends,
                        blocked=DateTimeTZRange(starts, ends, "[)"),
                        latitude=place and place.latitude, longitude=place and place.longitude,
                    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(8))
def test_every_offer_can_be_booked(seed):
    assert sum(_offers_of(random.Random(f"{seed}/{n}")) for n in range(5)) > 40


def _offers_of(dice):
    """Search a random shop and book every offer, one at a time; return how many there were."""
    shop = random_shop(dice)
    roster = roster_of(shop)
    offered = 0
    for first in MORNINGS:
        now = datetime.combine(first, time(dice.randrange(6, 20), 7), ZoneInfo(shop.timezone))
        for _ in range(4):
            wish = Wish(
                service=roster.services[0], on=first + timedelta(days=dice.randrange(4)),
                part=dice.choice([None, "morning", "afternoon"]), zip_code=dice.choice(ZIPS[:3]),
                urgency=dice.choice([Urgency.ROUTINE, Urgency.URGENT]), priority=dice.random() < 0.5,
                equipment=dice.choice(["", "boiler"]),
            )  # fmt: skip
            found = availability.search(roster, wish, now=now)
            assert len(found.slots) <= 3
            for slot in found.slots:
                offered += 1
                _book_and_take_back(shop, wish, slot, now)
            if found.as_asked:
                assert {slot.starts_at.date() for slot in found.slots} == {wish.on}
    return offered


def _book_and_take_back(shop, wish, slot, now):
    point = transaction.savepoint()
    outcome = ask(
        shop, now, origin="call:offer", service=wish.service.key, address="", zip_code=wish.zip_code, urgency=wish.urgency,
        priority=wish.priority, minutes=slot.minutes,
        when=When(slot.starts_at.date(), slot.starts_at.time().replace(tzinfo=None)),
    )  # fmt: skip
    assert (outcome.state, outcome.booking and outcome.booking.promised_from) == (State.BOOKED, slot.starts_at)
    visits = list(outcome.booking.visits.all())
    assert len(visits) == wish.service.days * len(wish.service.roles)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM bookings_visit a JOIN bookings_visit b ON a.id < b.id AND a.technician_id = b.technician_id"
            " AND a.blocked && b.blocked WHERE a.status = 'active' AND b.status = 'active'"
        )
        assert cursor.fetchone() == (0,)
    transaction.savepoint_rollback(point)
