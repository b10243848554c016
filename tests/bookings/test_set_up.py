"""A shop's rows become the engine's values, and each change of them is seen at once."""

from datetime import date, time

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.engine.roster import Area, DayStarts, Holdback, LengthRule, Role, Shift, SkillName, Weights
from bookings.models import (
    Concern,
    CrewMember,
    ServiceArea,
    ServiceType,
    Skill,
    Technician,
    Visit,
    WorkingHours,
)
from bookings.models import Holdback as HoldbackRow
from bookings.models import (
    LengthRule as LengthRuleRow,
)
from bookings.services import holidays
from bookings.services.asking import State, When
from bookings.services.places import place_of, zip_in
from tests.bookings.asking import TOMORROW, ask, roster_of
from tests.factories import a_shop


def test_everything_a_rule_looks_at_is_read(db):
    shop = a_shop(
        technicians=1, zip_code="10001", holidays_closed="Thanksgiving Day", same_day_cutoff=time(14), road_factor_percent=150,
        drive_mph=30, longest_drive_minutes=45, weigh_usual=99, hold_minutes=7, round_minutes=5, latest_start_percent=25,
    )  # fmt: skip
    skill = Skill.objects.create(shop=shop, name="EPA 608", is_certificate=True)
    service = ServiceType.objects.get(shop=shop, key="repair")
    ServiceType.objects.filter(pk=service.pk).update(days=2, setup_minutes=15, regular_hours_only=True)
    service.certificates.add(skill)
    CrewMember.objects.create(shop=shop, service_type=service, role="electrician", skill=skill)
    LengthRuleRow.objects.create(shop=shop, equipment="boiler", years_from=15, percent=150)
    ServiceArea.objects.create(shop=shop, name="north", zip_codes="10451, 104*\n10001", weekdays=[1], trip_fee="25.50")
    HoldbackRow.objects.create(shop=shop, name="w", first_month=11, last_month=2, weekdays=[0], percent=20, released_at=time(10))
    Technician.objects.update(day_starts="shop", home_zip="10451", most_visits_a_day=4, most_minutes_a_day=300, works_alone=False)
    WorkingHours.objects.create(
        shop=shop, technician=Technician.objects.get(), weekday=6, starts=time(8), ends=time(12), overtime=True
    )  # fmt: skip
    roster = roster_of(shop)
    read = roster.service(service.pk)
    assert (read.roles, read.days, read.setup_minutes, read.regular_hours_only) == (
        (Role("lead", (skill.pk,)), Role("electrician", (skill.pk,))), 2, 15, True,
    )  # fmt: skip
    assert roster.skills == {skill.pk: SkillName("EPA 608", True)}
    assert roster.length_rules == (LengthRule(None, "boiler", 15, None, 150),)
    area = ServiceArea.objects.get()
    assert roster.areas == (Area(area.pk, "north", ("10451", "104*", "10001"), frozenset({1}), 2550),)
    assert roster.holdbacks == (Holdback(11, 2, frozenset({0}), 20, time(10)),)
    assert roster.closures[date(2026, 11, 26)] == "Thanksgiving Day"
    worker = roster.workers[0]
    assert (worker.alone, worker.day_starts, worker.most_visits, worker.most_minutes) == (False, DayStarts.SHOP, 4, 300)
    assert worker.base == roster.place == place_of("10001")
    assert Shift(6, time(8), time(12), True) in worker.shifts
    assert (roster.weights, roster.travel.road_percent, roster.travel.mph) == (Weights(usual=99), 150, 30)
    assert (roster.hold_minutes, roster.round_minutes, roster.latest_start_percent) == (7, 5, 25)
    assert (roster.same_day_cutoff, roster.longest_drive_minutes) == (time(14), 45)


def test_every_change_is_seen(db):
    shop = a_shop(technicians=1)
    service = ServiceType.objects.get(shop=shop, key="repair")
    skill = Skill.objects.create(shop=shop, name="x")
    seen = [roster_of(shop).version]
    for change in (
        lambda: service.certificates.add(skill),
        lambda: service.certificates.clear(),
        lambda: CrewMember.objects.create(shop=shop, service_type=service),
        lambda: CrewMember.objects.all().delete(),
        lambda: LengthRuleRow.objects.create(shop=shop, percent=120),
        lambda: ServiceArea.objects.create(shop=shop, name="n", zip_codes="1*"),
        lambda: HoldbackRow.objects.create(shop=shop, name="h", percent=10, released_at=time(10)),
        lambda: HoldbackRow.objects.update(percent=20),
    ):
        change()
        seen.append(roster_of(shop).version)
    assert seen == sorted(set(seen))


@pytest.mark.parametrize(
    ("country", "region", "names", "on", "name"),
    [
        ("US", "", "Thanksgiving Day", date(2026, 11, 26), "Thanksgiving Day"),
        ("US", "NY", "thanksgiving day\nIndependence Day", date(2026, 7, 4), "Independence Day"),
        ("US", "", "Independence Day", date(2026, 7, 3), "Independence Day"),  # the day it is observed on
        ("CA", "ON", "Canada Day", date(2026, 7, 1), "Canada Day"),
    ],
)
def test_public_holidays_by_name(country, region, names, on, name):
    assert holidays.closed_on(country, region, names, 2026)[on] == name


def test_only_the_named_holidays_and_only_where_there_are_some():
    found = holidays.closed_on("US", "", "Christmas Day", 2026)
    assert set(found.values()) == {"Christmas Day"}
    assert {on.year for on in found} == {2025, 2026, 2027, 2028, 2029}
    assert holidays.closed_on("US", "", "", 2026) == holidays.closed_on("XX", "", "Christmas Day", 2026) == {}
    assert date(2026, 12, 25) in holidays.closed_on("US", "Nowhere", "Christmas Day", 2026)
    assert holidays.problem_with("US", "NY") == ""
    assert holidays.problem_with("US", "ZZ").startswith("ZZ is no region of US")
    assert holidays.problem_with("XX", "").startswith("Holidays of XX are not known")


def test_places_of_zip_codes():
    assert place_of("10001") == place_of("10001-1234") == (40.7484, -73.9967)
    assert place_of("00000") is place_of("") is place_of("ABC") is None
    assert zip_in("12345 Main St, New York 10001") == "10001"
    assert zip_in("12 Main St") == ""


def test_the_usual_technician_comes_again(db, now):
    """Of technicians who could all go, the one who was there last, whatever the call's turn."""
    shop = a_shop(technicians=4)
    first = ask(shop, now, origin="call:first").booking.visits.get()
    then = now.replace(day=10), now.replace(day=10, hour=16)
    Visit.objects.update(
        starts_at=then[0], ends_at=then[1], blocked=DateTimeTZRange(*then, "[)"), status=Visit.Status.DONE
    )  # fmt: skip
    for day in (25, 26, 27, 30):
        again = ask(shop, now, origin=f"call:{day}", when=When(TOMORROW.replace(day=day), time(9)))
        assert again.booking.visits.get().technician_id == first.technician_id
    stranger = {
        ask(shop, now, origin=f"call:x{n}", customer_phone="+14155550199", when=When(TOMORROW.replace(day=24), time(12)))
        .booking.visits.get().technician_id for n in range(4)
    }  # fmt: skip
    assert len(stranger) == 4
    because = again.booking.changes.get().detail["because"]
    assert set(because) == {"points", "parts", "among"}


def test_a_zip_code_that_cannot_be_right_is_looked_at(db, now):
    shop = a_shop(zip_code="10001")
    assert ask(shop, now, address="1 Main St, Beverly Hills 90210").state is State.BOOKED
    concern = Concern.objects.get()
    assert (concern.kind, "ZIP code 90210, which is unknown or far away" in concern.text) == ("address", True)
    assert Visit.objects.get().latitude is None


def test_a_corrected_address_that_cannot_be_reached_is_told(db, now):
    shop = a_shop(technicians=1, zip_code="10001")
    ask(shop, now, origin="call:before", when=When(TOMORROW, time(8)), minutes=60, address="1 Main St, New York 10001")
    booked = ask(shop, now, when=When(TOMORROW, time(9, 30)), address="2 Main St, New York 10001")
    assert (booked.state, Concern.objects.count()) == (State.BOOKED, 0)
    later = now.replace(minute=5)
    corrected = ask(shop, later, requested_at=later, when=When(TOMORROW, time(9, 30)), address="9 Bay St, Staten Island 10301")
    assert corrected.state is State.CORRECTED
    concern = Concern.objects.get()
    assert (concern.kind, "minutes away at 9:30 am" in concern.text) == ("drive", True)
    moved = Visit.objects.get(booking=booked.booking)
    assert (moved.latitude, moved.longitude) == place_of("10301")
