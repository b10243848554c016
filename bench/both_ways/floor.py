"""The shop of a run: technicians whose calendars are connected, some of them with a second one that counts, in several zones."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from bench.both_ways.google import Google
from bookings.models import ServiceType, Shop, Technician, WorkingHours
from calendars.models import CalendarConnection
from calendars.services import choosing, connect, reading
from calendars.services.choosing import Entry

ZONES = ("America/New_York", "America/New_York", "America/Chicago", "America/Los_Angeles", "Europe/Berlin")


@dataclass(frozen=True, slots=True)
class Person:
    """A technician with their Google account; `private` is their second calendar, "" for none."""

    id: int
    name: str
    account: str
    private: str

    @property
    def calendars(self) -> list[str]:
        return [self.account, self.private] if self.private else [self.account]


@dataclass(frozen=True, slots=True)
class Floor:
    """The shop and where everything is reached. Visits lie on `days`."""

    shop: Shop
    people: tuple[Person, ...]
    days: tuple[date, ...]
    server: str
    sandbox: str

    @property
    def zone(self) -> ZoneInfo:
        return self.shop.zone

    def at(self, on: date, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(on, time(hour, minute), self.zone)


def build(google: Google, seed: str, technicians: int, *, server: str, now: datetime, days: int = 3) -> Floor:
    """Make the shop of a seed, with every calendar connected and none read yet."""
    dice = Random(f"{seed}/floor")
    shop = Shop.objects.create(
        name=f"Both ways {seed}", phone_number=_number(), holidays_closed="", lead_minutes=0, horizon_days=20,
        technician_moves=dice.choice(list(Shop.TechnicianMoves)), tentative_is_busy=dice.random() < 0.5,
        calendar_stale_minutes=240,
    )  # fmt: skip
    for key, name, minutes, least, most in (("repair", "repair", 120, 60, 240), ("maintenance", "check", 60, 45, 120)):
        ServiceType.objects.create(
            shop=shop, key=key, name=name, phrases=key, minutes=minutes, minutes_least=least, minutes_most=most,
            buffer_minutes=15, arrival_minutes=120,
        )  # fmt: skip
    people = tuple(_person(google, shop, seed, number, dice, now=now) for number in range(technicians))
    shop.refresh_from_db()
    today = now.astimezone(shop.zone).date()
    coming = [day for n in range(2, 14) if (day := today + timedelta(days=n)).weekday() < 5][:days]
    return Floor(shop, people, tuple(coming), server, google.url)


def leave(floor: Floor) -> None:
    """Let the shop be: nothing of it is read or written any more."""
    CalendarConnection.objects.filter(shop=floor.shop).update(state=CalendarConnection.State.DISCONNECTED)


def _number() -> str:
    return f"+1914557{Shop.objects.count():04d}"


def _person(google: Google, shop: Shop, seed: str, number: int, dice: Random, *, now: datetime) -> Person:
    account = f"tech{number}.{seed}@example.com".lower()
    technician = Technician.objects.create(shop=shop, name=f"Tech {number}", email=account)
    WorkingHours.objects.bulk_create(
        WorkingHours(shop=shop, technician=technician, weekday=day, starts=time(8), ends=time(18)) for day in range(5)
    )
    grant = google.grant(account)
    google.control("calendars", id=account, timeZone=dice.choice(ZONES))
    connection = connect.connect_oauth(
        technician, account=account, sub=f"sub-{account}", refresh_token=grant["refresh_token"],
        access_token=grant["access_token"], expires_at=now + timedelta(seconds=grant["expires_in"]),
        scopes=grant["scope"].split(), calendar_id=account, now=now,
    )  # fmt: skip
    private = ""
    if dice.random() < 0.3:
        private = f"private{number}.{seed}@group.calendar.google.com".lower()
        google.control("calendars", id=private, owner=account, summary="Private", timeZone=dice.choice(ZONES))
        entries = [Entry(account, account, "", True), Entry(private, "Private", "", True)]
        choosing.choose(connection, entries, receives=account, counts=[private], now=now)
    assert reading.of_connection(connection.pk).count() == 1 + bool(private)
    return Person(technician.pk, technician.name, account, private)
