"""A promise is kept by others where busy time turned up over it: all rules are looked at, and the window stays."""

from datetime import timedelta

import pytest

from bookings.errors import RefusedError
from bookings.models import BookingChange, BusyBlock, CrewMember, ServiceType, Skill, TechnicianSkill, Visit
from bookings.services import rearranging
from tests.bookings.asking import ask, roster_of
from tests.factories import TechnicianFactory, a_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop():
    return a_shop(technicians=1)


def busy(visit):
    BusyBlock.objects.create(
        shop=visit.shop, technician=visit.technician, calendar_id="c", event_id=f"e{visit.pk}",
        starts_at=visit.starts_at, ends_at=visit.starts_at + timedelta(hours=1),
    )  # fmt: skip


def rearrange(shop, visit, now, **more):
    return rearranging.rearrange(
        roster_of(shop), visit.pk, **{"version": visit.version, "why": "busy", "by": "calendar", "now": now, **more}
    )


def test_whoever_has_the_skills_goes(shop, now):
    skill = Skill.objects.create(shop=shop, name="Oil")
    ServiceType.objects.filter(shop=shop, key="repair").update(skill=skill)
    first, helper, other = shop.technicians.get(), TechnicianFactory.create(shop=shop), TechnicianFactory.create(shop=shop)
    for each in (first, other):
        TechnicianSkill.objects.create(shop=shop, technician=each, skill=skill)
    visit = ask(shop, now).booking.visits.get()
    busy(visit)
    assert rearrange(shop, visit, now).promised_from == visit.starts_at
    after = Visit.objects.get()
    assert after.technician in {first, other} - {visit.technician}
    assert after.technician != helper
    assert (after.version, after.starts_at, after.ends_at) == (visit.version + 1, visit.starts_at, visit.ends_at)


def test_nobody_is_refused_and_nothing_changes(shop, now):
    visit = ask(shop, now).booking.visits.get()
    busy(visit)
    with pytest.raises(RefusedError) as refusal:
        rearrange(shop, visit, now)
    assert refusal.value.code == "nobody"
    assert (Visit.objects.get().version, BookingChange.objects.count()) == (visit.version, 1)


def test_a_visit_that_is_free_or_was_changed_meanwhile_or_has_begun_stays(shop, now):
    visit = ask(shop, now).booking.visits.get()
    TechnicianFactory.create(shop=shop)
    assert rearrange(shop, visit, now) is None  # nothing lies over it
    busy(visit)
    assert rearrange(shop, visit, now, version=visit.version + 1) is None
    assert rearrange(shop, visit, visit.starts_at) is None
    assert rearrange(shop, visit, now, by="calendar") is not None


@pytest.mark.parametrize("who", ["lead", "helper"])
def test_of_a_crew_only_who_is_busy_is_replaced(shop, now, who):
    repair = ServiceType.objects.get(shop=shop, key="repair")
    CrewMember.objects.create(shop=shop, service_type=repair, role="helper")
    TechnicianFactory.create(shop=shop)
    visits = {visit.role: visit for visit in ask(shop, now).booking.visits.all()}
    free = TechnicianFactory.create(shop=shop)
    busy(visits[who])
    assert rearrange(shop, visits[who], now) is not None
    after = {visit.role: visit for visit in Visit.objects.all()}
    stays = "helper" if who == "lead" else "lead"
    assert after[who].technician == free
    assert (after[stays].technician, after[stays].starts_at) == (visits[stays].technician, visits[stays].starts_at)
    assert after[who].starts_at == visits[who].starts_at
    line = BookingChange.objects.latest("pk")
    assert (line.detail["before"]["technician"], line.detail["technician"]) == (visits[who].technician_id, free.pk)


@pytest.mark.parametrize("others", [1, 8])
def test_it_takes_the_same_statements_however_many_technicians_there_are(shop, now, django_assert_num_queries, others):
    visit = ask(shop, now).booking.visits.get()
    busy(visit)
    for _ in range(others):
        TechnicianFactory.create(shop=shop)
    roster_of(shop)
    with django_assert_num_queries(14):
        rearrange(shop, visit, now)
