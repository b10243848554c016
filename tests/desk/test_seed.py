"""The demo's shop: made once, whole, and in the calendars of the sandbox."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

import sandbox.serve
from bookings.models import Booking, CalendarFreshness, Closure, Concern, Lead, Shop, Technician, TimeOff, Visit
from bookings.services import appointments, asking, catalog, rosters, transactions
from bookings.services.asking import State, When
from calendars.models import CalendarConnection
from hvacsched import demo_shop


@pytest.fixture(scope="module")
def stand_in():
    running = sandbox.serve.start(port=0)
    yield running
    running.stop()


@pytest.fixture
def google(stand_in, settings):
    settings.GOOGLE_API_ENDPOINT = f"{stand_in.url}/google/calendar/v3/"
    settings.GOOGLE_TOKEN_URI = f"{stand_in.url}/google/token"
    return stand_in


@pytest.fixture
def seeded(db, google):
    call_command("seed_demo")
    return Shop.objects.get()


def everything():
    """Every row of the three apps, as it stands."""
    rows = {}
    for label in ("bookings", "calendars", "telephony", "auth"):
        for model in apps.get_app_config(label).get_models():
            rows[model._meta.label] = sorted(map(str, model._default_manager.values_list()))
    return rows


def test_a_second_run_changes_nothing(seeded):
    before = everything()
    call_command("seed_demo")
    assert everything() == before


def test_a_second_run_days_later_changes_nothing(seeded, now):
    import time_machine

    before = everything()
    with time_machine.travel(now + timedelta(days=9), tick=False):
        call_command("seed_demo")
    assert everything() == before


def test_the_shop_is_the_contract_s(seeded, settings):
    assert (seeded.name, seeded.phone_number, seeded.timezone, seeded.horizon_days, seeded.fallback_number) == (
        "ABC HVAC", "+12125550100", "America/New_York", 60, settings.FALLBACK_DIAL_NUMBER,
    )  # fmt: skip
    roster = rosters.of(seeded.pk, seeded.config_version)
    assert {service.key: service.minutes for service in roster.services} == {
        "repair": 120, "maintenance": 60, "installation": 480,
    }  # fmt: skip
    for service in roster.services:
        able = [worker for worker in roster.workers if worker.alone and set(service.roles[0].skills) <= set(worker.skills)]
        assert len(able) >= 3
    owner = authenticate(username="owner", password="demo-owner")
    dispatcher = authenticate(username="dispatcher", password="demo-dispatcher")
    assert owner is not None
    assert dispatcher is not None
    assert owner.is_superuser
    assert (dispatcher.is_staff, dispatcher.is_superuser) == (True, False)
    assert dispatcher.memberships.get().shop == seeded


def test_seeded_work_stands_in_the_first_seven_days_only(seeded, now):
    first = now.astimezone(seeded.zone).date()
    last = first + timedelta(days=demo_shop.SEEDED_DAYS - 1)
    days = [visit.starts_at.astimezone(seeded.zone).date() for visit in Visit.objects.all()]
    assert len(days) >= 8
    assert first <= min(days)
    assert max(days) <= last
    assert all(first <= closure.on <= last for closure in Closure.objects.all())
    assert all(off.ends_at.astimezone(seeded.zone).date() <= last for off in TimeOff.objects.all())
    numbers = [*Booking.objects.values_list("customer__phone", flat=True), *Lead.objects.values_list("phone", flat=True)]
    assert all(number.startswith("+121255502") for number in numbers)
    assert Concern.objects.filter(kind=Concern.Kind.ADDRESS).count() == Booking.objects.filter(property=None).count() == 1


def test_all_but_one_technician_have_a_calendar_that_google_knows(seeded, google):
    without = Technician.objects.filter(calendar_connection=None)
    assert [technician.name for technician in without] == ["Dana White"]
    assert CalendarConnection.objects.filter(state="connected").count() == Technician.objects.count() - 1


@pytest.mark.parametrize("start", ["2026-11-21", "2026-11-24", "2026-12-24", "2026-12-31", "2027-03-12", "2027-10-30"])
def test_it_can_be_seeded_on_any_day(db, google, start):
    from datetime import datetime

    import time_machine

    with time_machine.travel(datetime.fromisoformat(f"{start}T20:00:00+00:00"), tick=False):
        call_command("seed_demo")
        assert Booking.objects.count() >= 5


def test_the_free_days_take_every_service_three_times(seeded, now):
    CalendarConnection.objects.all().delete()
    CalendarFreshness.objects.all().delete()
    seeded.refresh_from_db()
    roster = rosters.of(seeded.pk, seeded.config_version)
    on = now.date() + timedelta(days=13)
    for service in roster.services:
        for n in range(3):
            request = asking.Request(
                service=service, when=When(on + timedelta(days=roster.services.index(service)), None), customer_name="A",
                customer_phone="+12125550299", origin=f"call:{service.key}{n}", requested_at=now, by="call:1",
            )  # fmt: skip

            def book(request=request):
                return appointments.book(roster, request, now=now)

            assert transactions.run(request.origin, book).state is State.BOOKED


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("AC Repair", "repair"), ("no heat", "repair"), ("my furnace is not heating", "repair"), ("not cooling", "repair"),
        ("heat pump repair", "repair"), ("furnace tune up", "maintenance"), ("AC tune-up", "maintenance"),
        ("annual service", "maintenance"), ("yearly checkup", "maintenance"), ("maintenance", "maintenance"),
        ("new furnace", "installation"), ("replace my boiler", "installation"), ("heat pump install", "installation"),
        ("mini split installation", "installation"), ("installation", "installation"),
    ],
)  # fmt: skip
def test_callers_words_find_the_service(seeded, said, key):
    assert catalog.find(rosters.of(seeded.pk, seeded.config_version), said).key == key


def test_production_is_refused(db, settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="production"):
        call_command("seed_demo")
    assert not Shop.objects.exists()


def test_a_sandbox_that_does_not_answer_is_said_so_and_mended_by_a_second_run(db, google, settings):
    there = settings.GOOGLE_API_ENDPOINT
    settings.GOOGLE_API_ENDPOINT = "http://127.0.0.1:9/google/calendar/v3/"
    with pytest.raises(CommandError, match="run seed_demo again"):
        call_command("seed_demo")
    settings.GOOGLE_API_ENDPOINT = "https://www.googleapis.com/calendar/v3/"
    with pytest.raises(CommandError, match="sandbox"):
        call_command("seed_demo")
    assert CalendarConnection.objects.count() == 0
    settings.GOOGLE_API_ENDPOINT = there
    call_command("seed_demo")
    assert CalendarConnection.objects.count() == 5
