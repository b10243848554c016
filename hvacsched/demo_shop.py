"""What the demo's shop looks like: plain data, no database. Every number is a fictional 555 one."""

from dataclasses import dataclass
from datetime import date, time, timedelta

SHOP_NAME = "ABC HVAC"
SHOP_NUMBER = "+12125550100"
SHOP_ZONE = "America/New_York"
SHOP_HORIZON_DAYS = 60
SHOP_ZIP = "10001"
SHOP_REGION = "NY"

# All that is seeded stands in these first days; the rest of the horizon is free.
SEEDED_DAYS = 7

DAYS = {"weekdays": (0, 1, 2, 3, 4), "saturday": (5,), "weekend": (5, 6)}

EPA = "EPA 608"
"""The certificate for work on refrigerant."""


@dataclass(frozen=True, slots=True)
class Service:
    key: str
    name: str
    name_es: str
    skill: str
    minutes: tuple[int, int, int]
    """The shortest, the usual and the longest."""
    buffer_minutes: int
    arrival_minutes: int
    phrases: str
    certificate: str = ""
    days: int = 1
    crew: tuple[str, ...] = ()
    """Who goes along beside the lead, by role."""


SERVICES = (
    Service(
        "repair", "repair visit", "visita de reparación", "Service and repair", (60, 120, 240), 30, 120,
        "repair, fix, ac repair, furnace repair, boiler repair, heat pump repair, no heat, no cooling, no ac, no hot air, "
        "not heating, not cooling, not working, not turning on, heat is out, ac is out, stopped working, broken, broke down, "
        "blowing cold air, blowing warm air, frozen coil, leak, leaking, strange noise, thermostat problem, service call, "
        "diagnostic, troubleshoot, urgent, reparación, reparar, arreglar, arreglo, no funciona, no sirve, no prende, no enciende,"
        " no calienta, no enfría, no hay calefacción, sin calefacción, no tengo calefacción, no hay aire, sin aire, "
        "dejó de funcionar, descompuesto, descompuesta, averiado, averiada, se descompuso, se dañó, gotea, fuga de agua, "
        "ruido raro, hace ruido, problema con el termostato, diagnóstico, urgente",
    ),
    Service(
        "maintenance", "maintenance visit", "visita de mantenimiento", "Maintenance", (45, 60, 120), 15, 120,
        "maintenance, tune up, ac tune up, furnace tune up, heat pump tune up, annual service, annual checkup, yearly service, "
        "seasonal service, ac service, furnace service, checkup, inspection, cleaning, filter change, winter check, spring check,"
        " mantenimiento, afinación, servicio anual, revisión, revisión anual, chequeo, inspección, limpieza, cambio de filtro",
    ),
    Service(
        "installation", "installation", "instalación", "Installation", (240, 480, 540), 60, 60,
        "installation, install, new furnace, new ac, new air conditioner, new boiler, new heat pump, new system, replace, "
        "replacement, furnace replacement, ac replacement, heat pump install, mini split install, furnace install, ac install, "
        "change out, upgrade, instalación, instalar, reemplazo, reemplazar, equipo nuevo, aire acondicionado nuevo, "
        "caldera nueva, bomba de calor nueva, calefacción nueva, sistema nuevo",
        certificate=EPA,
    ),
    # Two people for two days. Its words are longer than those of an installation, which therefore keeps its own.
    Service(
        "system_replacement", "system replacement", "reemplazo de todo el sistema", "Installation", (420, 480, 540), 60, 60,
        "two day installation, two day install, whole system replacement, complete system replacement, "
        "replace the whole system, replace the entire system, furnace and ac replacement, new furnace and ac, "
        "reemplazo de todo el sistema, reemplazar todo el sistema, cambiar todo el sistema, reemplazo del sistema completo",
        certificate=EPA, days=2, crew=("helper",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Length:
    """How the equipment changes the length of a visit of this service."""

    service: str
    percent: int
    equipment: str = ""
    years_from: int | None = None
    years_below: int | None = None


LENGTHS = (
    Length("repair", 120, equipment="heat_pump"),
    Length("repair", 130, equipment="mini_split"),
    Length("repair", 140, equipment="boiler"),
    Length("repair", 150, years_from=15),
    Length("repair", 90, years_below=5),
)


@dataclass(frozen=True, slots=True)
class Hand:
    """A technician. `epa_days`: how long their EPA 608 is still valid; `calendar`: they connected their Google Calendar."""

    name: str
    number: str
    color: str
    home_zip: str
    shifts: tuple[tuple[str, time, time], ...]
    skills: tuple[str, ...]
    epa_days: int | None = None
    overtime: bool = False
    alone: bool = True
    calendar: bool = True

    @property
    def email(self) -> str:
        return f"{self.name.split()[0].lower()}@abc-hvac.example.com"


_ALL = ("Service and repair", "Maintenance", "Installation")
_CALLS = ("Service and repair", "Maintenance")
_DAY = ("weekdays", time(8), time(18))
_LATE = ("weekdays", time(10), time(20))
_SATURDAY = ("saturday", time(9), time(15))
_VALID, _EXPIRED = 730, -5

OVERTIME = (("weekdays", time(18), time(22)), ("weekend", time(8), time(16)))
"""When those who do overtime come for urgent work."""

TECHNICIANS = (
    Hand("Maria Alvarez", "+12125550251", "#2563eb", "10025", (_DAY,), _ALL, epa_days=_VALID, overtime=True),
    Hand("James Chen", "+12125550252", "#0f766e", "11215", (_DAY,), _ALL, epa_days=_VALID, overtime=True),
    Hand("Tom Becker", "+12125550253", "#b45309", "11106", (_DAY, _SATURDAY), _ALL, epa_days=_VALID),
    Hand("Priya Shah", "+12125550254", "#7c3aed", "11375", (_DAY,), _ALL, epa_days=_VALID),
    Hand("Luis Ortega", "+12125550255", "#be123c", "10463", (_LATE,), _CALLS, epa_days=_EXPIRED),
    Hand("Dana White", "+12125550256", "#4d7c0f", "10003", (_LATE,), _CALLS),
    Hand("Ben Foster", "+12125550257", "#64748b", "11201", (_DAY,), (), alone=False, calendar=False),
)
AWAY = ("Luis Ortega", time(10), time(14), "Dentist")
"""Who is off on the third working day, from when to when, and why."""


OFFICE_HOURS = ("weekdays", time(8), time(17))
"""When somebody sits at the office's telephone."""


@dataclass(frozen=True, slots=True)
class OnCall:
    """Somebody who may be rung at any hour. The owner is told of every emergency; the others take turns."""

    name: str
    number: str
    owner: bool = False


ON_CALL = (
    OnCall("Olive Owner", "+12125550190", owner=True),
    OnCall("Maria Alvarez", "+12125550191"),
    OnCall("James Chen", "+12125550192"),
    OnCall("Tom Becker", "+12125550193"),
)
ON_CALL_WEEKS, ON_CALL_CHANGES = 26, time(8)


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    number: str
    address: str
    member: bool = False


CUSTOMERS = (
    Person("Jane Doe", "+12125550201", "245 W 72nd St Apt 4B, New York, NY 10023"),
    Person("Robert Klein", "+12125550202", "31-14 34th St, Astoria, NY 11106"),
    Person("Aisha Karim", "+12125550203", "510 E 79th St Apt 12C, New York, NY 10075"),
    Person("Peter Novak", "+12125550204", "64-20 Saunders St, Rego Park, NY 11374"),
    Person("Grace Kim", "+12125550205", "149-05 Northern Blvd, Flushing, NY 11354"),
    Person("Samuel Ortiz", "+12125550206", "601 W 148th St Apt 3A, New York, NY 10031"),
    Person("Helen Brandt", "+12125550207", "88 Bleecker St Apt 5F, New York, NY 10012", member=True),
    Person("Marcus Green", "+12125550208", "41-25 Kissena Blvd, Flushing, NY 11355"),
    Person("Olivia Rossi", "+12125550209", "122 Mulberry St Apt 2, New York, NY 10013"),
    Person("Daniel Weiss", "+12125550210", "70-31 108th St, Forest Hills, NY 11375"),
    Person("Nina Petrova", "+12125550211", "205 E 63rd St Apt 9D, New York, NY 10065"),
    Person("Carl Jensen", "+12125550212", "25-40 Shore Blvd, Astoria, NY 11102"),
    Person("Walter Boyd", "+12125550217", "340 E 93rd St Apt 7C, New York, NY 10128"),
    Person("Sofia Lind", "+12125550218", "21-60 Crescent St, Astoria, NY 11105"),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A seeded booking: on which of the coming working days (0: today, if there is time left), at what time."""

    customer: int
    service: str
    working_day: int
    at: time | None
    problem: str
    with_address: bool = True


JOBS = (
    Job(0, "repair", 0, None, "Furnace starts and stops every few minutes"),
    Job(1, "maintenance", 0, None, "Yearly furnace tune-up"),
    Job(2, "repair", 1, time(8), "No heat since last night"),
    Job(3, "maintenance", 1, time(10), "Heat pump check before winter"),
    Job(4, "repair", 1, time(13), "Radiator bangs in the bedroom"),
    Job(5, "installation", 1, time(8), "New furnace, parts are at the shop"),
    Job(6, "maintenance", 1, time(15, 30), "Filter change and cleaning"),
    Job(7, "repair", 1, time(17, 30), "Thermostat shows no picture", with_address=False),
    Job(8, "repair", 2, time(9), "Boiler loses pressure"),
    Job(9, "maintenance", 2, time(11), "Furnace tune-up"),
    Job(10, "repair", 2, time(14), "Upstairs stays cold"),
    Job(11, "maintenance", 3, time(9, 30), "Annual service of two units"),
    # With these, whoever begins at eight on that day has something to do.
    Job(12, "maintenance", 1, time(8), "Winter check of the boiler"),
    Job(13, "maintenance", 1, time(8), "Tune-up of the basement furnace"),
)

LEADS = (
    (
        "office_will_call",
        "+12125550213",
        "Wants a price for a heat pump in a two-family house in Queens. Asked to be called after four.",
    ),
    ("no_time", "+12125550214", "Furnace tune-up on a Sunday only."),
)


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """A call that asked for a time at which everybody was taken, and ended without a booking."""

    name: str
    number: str
    sid: str
    service: str
    working_day: int
    at: time
    problem: str
    minutes_ago: int


TURNED_AWAY = TurnedAway(
    "Ruth Adler", "+12125550216", "CA5eed0000000000000000000000000216", "repair", 1, time(8), "Radiators are lukewarm", 50
)


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (n - 1))


def holidays(year: int) -> dict[date, str]:
    """Return the days of a year on which the shop is closed."""
    last_of_may = date(year, 5, 31)
    return {
        date(year, 1, 1): "New Year's Day",
        last_of_may - timedelta(days=last_of_may.weekday()): "Memorial Day",
        date(year, 7, 4): "Independence Day",
        _nth(year, 9, 0, 1): "Labor Day",
        _nth(year, 11, 3, 4): "Thanksgiving",
        date(year, 12, 25): "Christmas Day",
    }


def closed_days(today: date) -> dict[date, str]:
    """Return the holidays among the seeded days; the days after those stay free to book."""
    days = [today + timedelta(days=n) for n in range(SEEDED_DAYS)]
    known = {**holidays(today.year), **holidays(today.year + 1)}
    return {day: known[day] for day in days if day in known}


def working_days(today: date) -> list[date]:
    """Return the open weekdays among the seeded days."""
    closed = closed_days(today)
    days = [today + timedelta(days=n) for n in range(SEEDED_DAYS)]
    return [day for day in days if day.weekday() < 5 and day not in closed]


def days_of_work(today: date) -> list[date]:
    """Return the days a job's number counts: today, whatever it is, and the working days after it."""
    days = working_days(today)
    return days if days[:1] == [today] else [today, *days]
