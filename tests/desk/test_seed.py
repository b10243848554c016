"""The demo's shop: made once, whole, and in the calendars of the sandbox."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

import sandbox.serve
from bookings import explaining
from bookings.engine.roster import Urgency
from bookings.models import (
    Booking,
    CalendarFreshness,
    Closure,
    Concern,
    Lead,
    Search,
    Shop,
    StaffMember,
    Technician,
    TechnicianSkill,
    TimeOff,
    Visit,
)
from bookings.services import appointments, asking, availability, catalog, oncall, rosters, transactions
from bookings.services.asking import State, When, Wish
from calendars.models import CalendarConnection
from hvacsched import demo_shop
from telephony.models import Call

OLD_SERVICES = ("repair", "maintenance", "installation")
INSTALLERS = {"Maria Alvarez", "James Chen", "Tom Becker", "Priya Shah"}


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
        "repair": 120, "maintenance": 60, "installation": 480, "system_replacement": 480,
    }  # fmt: skip
    assert (seeded.holidays_closed, roster.areas, roster.holdbacks) == ("", (), ())
    last = timezone.now().date() + timedelta(days=seeded.horizon_days)
    for service in (service for service in roster.services if service.key in OLD_SERVICES):
        assert (len(service.roles), service.days) == (1, 1)
        able = [
            worker for worker in roster.workers
            if worker.alone and all((worker.skills.get(skill, date.min) or date.max) >= last for skill in service.roles[0].skills)
        ]  # fmt: skip
        assert len(able) == {"installation": 4}.get(service.key, 6)
    accounts = {user.username: user for user in User.objects.filter(memberships__shop=seeded)}
    assert all(user.is_staff and user.check_password(f"demo-{name}") for name, user in accounts.items())
    assert {name: user.is_superuser for name, user in accounts.items()} == {
        "owner": True, "dispatcher": False, "technician": False,
    }  # fmt: skip
    rows = StaffMember.objects.values_list("user__username", "role", "technician__name").order_by("pk")
    assert list(rows) == [
        ("owner", "owner", None), ("dispatcher", "dispatcher", None), ("technician", "technician", "Maria Alvarez"),
    ]  # fmt: skip


def test_seeded_work_stands_in_the_first_seven_days_only(seeded, now):
    first = now.astimezone(seeded.zone).date()
    last = first + timedelta(days=demo_shop.SEEDED_DAYS - 1)
    days = [visit.starts_at.astimezone(seeded.zone).date() for visit in Visit.objects.all()]
    assert len(days) == len(demo_shop.JOBS) == 14
    assert first <= min(days)
    assert max(days) <= last
    assert all(first <= closure.on <= last for closure in Closure.objects.all())
    assert all(off.ends_at.astimezone(seeded.zone).date() <= last for off in TimeOff.objects.all())
    numbers = [*Booking.objects.values_list("customer__phone", flat=True), *Lead.objects.values_list("phone", flat=True)]
    assert all(number.startswith("+121255502") for number in numbers)
    assert Concern.objects.filter(kind=Concern.Kind.ADDRESS).count() == Booking.objects.filter(property=None).count() == 1


def test_technicians_have_a_calendar_that_google_knows(seeded, google):
    without = Technician.objects.filter(calendar_connection=None)
    assert [technician.name for technician in without] == ["Ben Foster"]
    assert CalendarConnection.objects.filter(state="connected").count() == Technician.objects.count() - 1 == 6


@pytest.mark.parametrize("start", ["2026-11-21", "2026-11-24", "2026-12-24", "2026-12-31", "2027-03-12", "2027-10-30"])
def test_it_can_be_seeded_on_any_day(db, google, start):
    with time_machine.travel(datetime.fromisoformat(f"{start}T20:00:00+00:00"), tick=False):
        call_command("seed_demo")
        assert set(Booking.objects.values_list("status", flat=True)) == {"booked"}
        call = Call.objects.get()
        search = Search.objects.get(origin=call.origin)
        assert not Booking.objects.filter(origin=call.origin).exists()
        zone = Shop.objects.get().zone
        at = datetime.combine(demo_shop.days_of_work(timezone.now().astimezone(zone).date())[1], time(8), zone)
        assert search.refused["from"] == search.refused["to"] == at.timestamp()
        assert all(search.refused["by"].values())
        assert len(search.refused["by"]) == len(demo_shop.TECHNICIANS)
        on = Visit.objects.filter(starts_at__gte=at, starts_at__lt=at + timedelta(hours=12))
        assert on.count() == sum(job.working_day == 1 for job in demo_shop.JOBS)


def test_the_full_time_is_told_with_what_stood_against_each(seeded):
    call = Call.objects.get()
    assert (call.outcome, call.stage, call.from_number) == ("answered", "ended", demo_shop.TURNED_AWAY.number)
    lead = Lead.objects.get(origin=call.origin)
    assert (lead.reason, lead.status, lead.phone) == ("no_time", "open", demo_shop.TURNED_AWAY.number)
    search = Search.objects.get()
    roster = rosters.of(seeded.pk, Shop.objects.get().config_version)
    told = dict(line.rstrip(".").split(": ", 1) for line in explaining.search(search.refused, roster))
    assert set(told) == {hand.name for hand in demo_shop.TECHNICIANS}
    for name in INSTALLERS:
        assert told[name].startswith("another visit from 8:00")
    for name in ("Luis Ortega", "Dana White"):
        assert told[name].startswith("the work does not fit into the shift, 10:00")
    assert told["Ben Foster"] == "goes along as a helper only"
    assert len(search.offered) == 3


@pytest.mark.parametrize("start", ["2026-11-23", "2026-11-29", "2027-03-12", "2027-10-30"])
def test_somebody_is_on_call_at_every_hour_of_the_coming_weeks(db, google, start):
    at = datetime.fromisoformat(f"{start}T13:00:00+00:00")  # eight or nine in the morning
    with time_machine.travel(at, tick=False):
        call_command("seed_demo")
    shop = Shop.objects.get()
    hours = [at + timedelta(hours=7 * n) for n in range(24 * 7)]
    ladders = [oncall.ladder(shop, hour) for hour in hours]
    assert {tuple(each.rung for each in ladder) for ladder in ladders} == {("First", "Backup", "Owner")}
    assert {ladder[0].name for ladder in ladders} == {"Maria Alvarez", "James Chen", "Tom Becker"}
    numbers = [each.number for each in demo_shop.ON_CALL]
    assert all(number.startswith("+1212555019") for number in numbers)
    assert not {shop.phone_number, shop.fallback_number} & set(numbers)
    assert len(set(numbers)) == 4
    assert [oncall.is_open(shop, datetime(2027, 4, 6, hour, tzinfo=shop.zone)) for hour in (7, 8, 16, 17)] == [
        False,
        True,
        True,
        False,
    ]


@pytest.fixture
def free(seeded, now):
    """The shop with calendars that are known to be empty, its set-up, and a Monday on which nothing is seeded."""
    CalendarConnection.objects.all().delete()
    CalendarFreshness.objects.all().delete()
    seeded.refresh_from_db()
    return seeded, rosters.of(seeded.pk, seeded.config_version), now.date() + timedelta(days=13)


def service_of(roster, key):
    return next(service for service in roster.services if service.key == key)


def book(roster, key, on, at, *, n=0, **how):
    request = asking.Request(
        service=service_of(roster, key), when=When(on, at), customer_name="A", customer_phone="+12125550299",
        origin=f"call:{key}{n}", requested_at=timezone.now(), by="call:1", **how,
    )  # fmt: skip
    return transactions.run(request.origin, lambda: appointments.book(roster, request, now=timezone.now()))


def test_the_free_days_take_every_service_three_times_at_eight(free):
    _, roster, on = free
    for number, key in enumerate(OLD_SERVICES):
        for n in range(3):
            outcome = book(roster, key, on + timedelta(days=number), time(8), n=n)
            assert outcome.state is State.BOOKED
            assert outcome.booking.visits.count() == 1


def test_homes_and_the_shop_can_be_found_on_the_map(seeded):
    roster = rosters.of(seeded.pk, seeded.config_version)
    assert (seeded.zip_code, seeded.region) == ("10001", "NY")
    assert roster.place is not None
    homes = {worker.base for worker in roster.workers}
    assert len(homes) == len(roster.workers)
    assert not homes & {None, roster.place}
    assert {str(worker.day_starts) for worker in roster.workers} == {"first_job"}
    assert seeded.customer_set.filter(member=True).count() == 1


def test_refrigerant_takes_a_valid_certificate(free):
    shop, roster, on = free
    held = dict(TechnicianSkill.objects.filter(skill__name=demo_shop.EPA).values_list("technician__name", "expires_on"))
    today = timezone.now().astimezone(shop.zone).date()
    assert held.pop("Luis Ortega") == today - timedelta(days=5)
    assert held == dict.fromkeys(INSTALLERS, today + timedelta(days=730))
    taken = [book(roster, "installation", on, time(8), n=n).state for n in range(5)]
    assert taken == [State.BOOKED] * 4 + [State.TAKEN]
    names = Visit.objects.filter(booking__origin__startswith="call:installation").values_list("technician__name", flat=True)
    assert set(names) == INSTALLERS


LENGTHS = {
    ("", None): 120, ("furnace", 10): 120, ("heat_pump", None): 150, ("mini_split", None): 165, ("boiler", None): 180,
    ("", 15): 180, ("furnace", 4): 120, ("mini_split", 3): 150, ("heat_pump", 20): 225, ("boiler", 30): 240,
}  # fmt: skip


def test_equipment_changes_the_length_of_repairs_only(seeded):
    roster = rosters.of(seeded.pk, seeded.config_version)

    def lengths(key):
        service = service_of(roster, key)
        return {(what, years): roster.minutes_of(service, equipment=what, years=years) for what, years in LENGTHS}

    assert lengths("repair") == LENGTHS
    for key in ("maintenance", "installation", "system_replacement"):
        assert set(lengths(key).values()) == {service_of(roster, key).minutes}


def test_overtime_is_for_urgent_work(free):
    _, roster, monday = free
    whose = Technician.objects.filter(hours__overtime=True)
    assert {technician.name for technician in whose} == {"Maria Alvarez", "James Chen"}
    for on, at in ((monday - timedelta(days=1), time(8)), (monday, time(20))):
        wish = Wish(service=service_of(roster, "repair"), on=on, not_before=at)
        assert availability.search(roster, wish, now=timezone.now()).as_asked is False
        taken = [book(roster, "repair", on, at, n=f"{on}{n}", urgency=Urgency.URGENT).state for n in range(3)]
        assert taken == [State.BOOKED, State.BOOKED, State.TAKEN]


def test_a_system_takes_two_people_two_days(free):
    _, roster, on = free
    visits = book(roster, "system_replacement", on, time(8)).booking.visits.order_by("starts_at", "role")
    assert [(visit.role, visit.starts_at.date()) for visit in visits] == [
        ("helper", on), ("lead", on), ("helper", on + timedelta(days=1)), ("lead", on + timedelta(days=1)),
    ]  # fmt: skip
    assert len({visit.technician_id for visit in visits}) == 2
    assert {visit.technician.name for visit in visits if visit.role == "lead"} <= INSTALLERS


def test_the_apprentice_goes_along_but_never_alone(free):
    shop, _, on = free
    Technician.objects.exclude(name__in=["Maria Alvarez", "Ben Foster"]).update(active=False)
    shop.refresh_from_db()
    roster = rosters.of(shop.pk, shop.config_version)
    assert [book(roster, "maintenance", on, time(8), n=n).state for n in range(2)] == [State.BOOKED, State.TAKEN]
    crew = book(roster, "system_replacement", on + timedelta(days=1), time(8)).booking.visits
    assert set(crew.values_list("role", "technician__name")) == {("lead", "Maria Alvarez"), ("helper", "Ben Foster")}


def test_the_fourth_service_takes_no_words_from_the_others(seeded):
    roster = rosters.of(seeded.pk, seeded.config_version)
    for key in OLD_SERVICES:
        service = service_of(roster, key)
        assert len(service.phrases) > 10
        for phrase in (service.key, service.name, *service.phrases):
            assert catalog.find(roster, phrase).key == key, phrase


WORDS = {
    "AC Repair": "repair", "no heat": "repair", "my furnace is not heating": "repair", "not cooling": "repair",
    "heat pump repair": "repair", "furnace tune up": "maintenance", "AC tune-up": "maintenance",
    "annual service": "maintenance", "yearly checkup": "maintenance", "maintenance": "maintenance",
    "new furnace": "installation", "replace my boiler": "installation", "heat pump install": "installation",
    "mini split installation": "installation", "installation": "installation", "new system": "installation",
    "two day installation": "system_replacement", "a whole system replacement": "system_replacement",
    "No funciona la calefacción": "repair", "reparacion del aire": "repair", "el aire no enfría": "repair",
    "mantenimiento anual": "maintenance", "visita de mantenimiento": "maintenance", "una limpieza": "maintenance",
    "instalación de una caldera": "installation", "un aire acondicionado nuevo": "installation",
    "reemplazo de todo el sistema": "system_replacement",
    "we want to replace the whole system": "system_replacement", "new furnace and AC": "system_replacement",
}  # fmt: skip


def test_callers_words_find_the_service(seeded):
    roster = rosters.of(seeded.pk, seeded.config_version)
    assert {said: catalog.find(roster, said).key for said in WORDS} == WORDS


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
    assert CalendarConnection.objects.count() == 6
