"""A search costs one statement as asked and two with alternatives, however large the shop and whatever its rules."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from bookings.models import (
    Booking,
    BusyBlock,
    CalendarFreshness,
    CrewMember,
    Holdback,
    ServiceArea,
    ServiceType,
    Shop,
    TimeOff,
    Visit,
)
from bookings.services import availability, rosters
from bookings.services.asking import Wish
from tests.factories import CustomerFactory, TechnicianFactory, a_shop

WEDNESDAY = date(2026, 11, 25)
SATURDAY = date(2026, 11, 28)
SIZES = [1, 3, 30]


def roster_of(shop):
    return rosters.of(shop.pk, Shop.objects.values_list("config_version", flat=True).get(pk=shop.pk))


def wish(roster, service="repair", on=WEDNESDAY, **given):
    return Wish(service=next(each for each in roster.services if each.key == service), on=on, **given)


def take(shop, now, *, hours=2, first=WEDNESDAY, days=14):
    """Take the first hours of each technician's days with a visit, and an evening in each other way."""
    customer: Any = CustomerFactory(shop=shop)
    service = ServiceType.objects.filter(shop=shop)[0]
    for technician in shop.technicians.all():
        for on in (first + timedelta(days=n) for n in range(days)):
            starts = datetime.combine(on, time(8), shop.zone)
            ends = starts + timedelta(hours=hours)
            booking = Booking.objects.create(
                shop=shop, reference=f"{technician.pk}-{on:%m%d}", customer=customer, service_type=service,
                promised_from=starts, promised_to=ends, minutes=hours * 60, origin_at=now,
            )  # fmt: skip
            Visit.objects.create(
                shop=shop, booking=booking, technician=technician, starts_at=starts, ends_at=ends, blocked=(starts, ends),
                latitude=40.75, longitude=-73.99,
            )  # fmt: skip
        evening = datetime.combine(WEDNESDAY, time(17), shop.zone)
        whose = {"shop": shop, "technician": technician, "starts_at": evening, "ends_at": evening + timedelta(hours=1)}
        BusyBlock.objects.create(**whose, calendar_id="primary", event_id="1")
        TimeOff.objects.create(**whose)
        CalendarFreshness.objects.create(shop=shop, technician=technician, read_at=now, read_until=now + timedelta(days=60))


@pytest.mark.parametrize("technicians", SIZES)
def test_search_as_asked_is_one_statement(db, now, django_assert_num_queries, technicians):
    roster = roster_of(a_shop(technicians))
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster), now=now)
    assert found.as_asked
    assert len(found.slots) == 3


@pytest.mark.parametrize("technicians", SIZES)
def test_search_among_visits_is_one_statement(db, now, django_assert_num_queries, technicians):
    shop = a_shop(technicians)
    take(shop, now)
    roster = roster_of(shop)
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster, part="afternoon"), now=now)
    assert found.as_asked
    assert [each.part for each in found.slots] == ["afternoon"] * len(found.slots)


@pytest.mark.parametrize("technicians", SIZES)
def test_search_over_two_weeks_is_one_statement(db, now, django_assert_num_queries, technicians):
    shop = a_shop(technicians)
    take(shop, now)
    roster = roster_of(shop)
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster, until=WEDNESDAY + timedelta(days=13)), now=now)
    assert found.as_asked
    assert len(found.slots) == 3


@pytest.mark.parametrize("technicians", SIZES)
def test_search_with_alternatives_is_two_statements(db, now, django_assert_num_queries, technicians):
    roster = roster_of(a_shop(technicians))
    with django_assert_num_queries(2):
        found = availability.search(roster, wish(roster, on=SATURDAY), now=now)
    assert not found.as_asked
    assert len(found.slots) == 3


@pytest.mark.parametrize("technicians", SIZES)
def test_search_of_a_full_day_among_visits_is_two_statements(db, now, django_assert_num_queries, technicians):
    shop = a_shop(technicians)
    take(shop, now, hours=10, days=1)
    roster = roster_of(shop)
    with django_assert_num_queries(2):
        found = availability.search(roster, wish(roster), now=now)
    assert not found.as_asked
    assert len(found.slots) == 3
    assert len(found.why_not["by"]) == technicians


@pytest.mark.parametrize("technicians", SIZES)
def test_search_that_finds_nothing_at_all_is_two_statements(db, now, django_assert_num_queries, technicians):
    shop = a_shop(technicians)
    take(shop, now, hours=10, first=now.date(), days=20)
    roster = roster_of(shop)
    with django_assert_num_queries(2):
        found = availability.search(roster, wish(roster), now=now)
    assert found.slots == []


@pytest.mark.parametrize("visits", [False, True])
@pytest.mark.parametrize("technicians", SIZES)
def test_search_with_areas_is_as_many_statements(db, now, django_assert_num_queries, technicians, visits):
    shop = a_shop(technicians, zip_code="10001")
    ServiceArea.objects.create(shop=shop, name="the north", zip_codes="104*", weekdays=[0, 1])
    ServiceArea.objects.create(shop=shop, name="the middle", zip_codes="10001, 10002")
    if visits:
        take(shop, now)
    roster = roster_of(shop)
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster, zip_code="10002"), now=now)
    assert found.as_asked
    with django_assert_num_queries(2):
        other_day = availability.search(roster, wish(roster, zip_code="10451"), now=now)
    assert not other_day.as_asked
    assert {each.starts_at.weekday() for each in other_day.slots} <= {0, 1}


@pytest.mark.parametrize("visits", [False, True])
@pytest.mark.parametrize("technicians", SIZES)
def test_search_with_holdbacks_is_as_many_statements(db, now, django_assert_num_queries, technicians, visits):
    shop = a_shop(technicians)
    if visits:
        take(shop, now)
    Holdback.objects.create(shop=shop, name="a bit", percent=10, released_at=time(7))
    roster = roster_of(shop)
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster), now=now)
    assert found.as_asked


@pytest.mark.parametrize("technicians", SIZES)
def test_search_of_a_day_that_is_held_back_is_two_statements(db, now, django_assert_num_queries, technicians):
    shop = a_shop(technicians)
    take(shop, now)
    Holdback.objects.create(shop=shop, name="nearly all of Wednesdays", weekdays=[2], percent=90, released_at=time(7))
    roster = roster_of(shop)
    with django_assert_num_queries(2):
        held_back = availability.search(roster, wish(roster), now=now)
    assert not held_back.as_asked
    assert held_back.why_not["day"][0] == "held_back"
    with django_assert_num_queries(1):
        member = availability.search(roster, wish(roster, priority=True), now=now)
    assert member.as_asked


@pytest.mark.parametrize("visits", [False, True])
@pytest.mark.parametrize("technicians", SIZES)
def test_search_for_two_people_and_two_days_is_as_many_statements(db, now, django_assert_num_queries, technicians, visits):
    shop = a_shop(technicians)
    TechnicianFactory(shop=shop, works_alone=False)  # else a single technician would have nobody beside them
    ServiceType.objects.filter(shop=shop, key="repair").update(days=2)
    CrewMember.objects.create(shop=shop, service_type=ServiceType.objects.get(shop=shop, key="repair"), role="helper")
    if visits:
        take(shop, now)
    roster = roster_of(shop)
    with django_assert_num_queries(1):
        found = availability.search(roster, wish(roster, part="afternoon"), now=now)
    assert found.as_asked
    with django_assert_num_queries(2):
        weekend = availability.search(roster, wish(roster, on=SATURDAY), now=now)
    assert not weekend.as_asked
    assert len(weekend.slots) == 3
