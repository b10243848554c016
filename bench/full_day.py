"""A shop with 50 technicians and 400 visits on one day, and what its board costs the server. Needs Django's settings."""

import gzip
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import httpx
from django.contrib.auth.models import User
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import shops
from bench.stack import Stack
from bench.timed import Desk, Timed
from bookings.models import (
    Booking,
    BusyBlock,
    Customer,
    Property,
    ServiceType,
    Shop,
    StaffMember,
    Technician,
    TimeOff,
    Visit,
    WorkingHours,
)
from bookings.services import places
from calendars.models import CalendarConnection, EventMirror

TECHNICIANS, EACH = 50, 8
MOST_STATEMENTS = 12
ROUNDS, WARM = 20, 3


@dataclass(frozen=True, slots=True)
class Day:
    """The full day, one of a single visit in the same shop, and a session of its dispatcher."""

    shop: Shop
    on: date
    quiet: date
    session: str

    @property
    def address(self) -> str:
        return self.of(self.on)

    def of(self, on: date) -> str:
        return f"/board/?shop={self.shop.pk}&day={on}"


def build(*, now: datetime) -> Day:
    """Make the shop: every technician has a calendar and eight visits of an hour, one after the other.

    The day is today, so that the line of the present runs along, and begins where it is about seven in the morning by now: all
    visits can still be moved.
    """
    built = shops.build(TECHNICIANS, now=now)
    shop = Shop.objects.get(pk=built.roster.shop_id)
    monday = datetime.combine(built.first, shops.OPENS, shop.zone)
    early = shops.OPENS.hour - 1
    shop.timezone = next(zone for zone in sorted(available_timezones()) if now.astimezone(ZoneInfo(zone)).hour == early)
    shop.save(update_fields=["timezone"])
    today = now.astimezone(shop.zone).date()
    later = monday - datetime.combine(today, shops.OPENS, shop.zone)
    for absences in (BusyBlock, TimeOff):
        of_monday = absences.objects.filter(technician__shop=shop, starts_at__range=(monday, monday + timedelta(hours=12)))
        of_monday.update(starts_at=F("starts_at") - later, ends_at=F("ends_at") - later)
    WorkingHours.objects.bulk_create([
        WorkingHours(shop=shop, technician=each, weekday=weekday, starts=shops.OPENS, ends=shops.CLOSES)
        for each in Technician.objects.filter(shop=shop) for weekday in (5, 6)
    ])  # fmt: skip
    Visit.objects.filter(shop=shop).delete()
    Booking.objects.filter(shop=shop).delete()
    service, quiet = ServiceType.objects.get(shop=shop, key="maintenance"), today + timedelta(days=1)
    visits, rows = [], []
    for number, person in enumerate(Technician.objects.filter(shop=shop).order_by("pk")):
        calendar = CalendarConnection.objects.create(
            shop=shop, technician=person, calendar_id=f"{person.pk}@example.com", account=f"{person.pk}@example.com",
            connected_at=now - timedelta(days=30), refresh_token="bench", access_token="bench",
        )  # fmt: skip
        hours = [(today, turn) for turn in range(EACH)] + ([(quiet, EACH)] if number == 0 else [])
        for on, turn in hours:
            code = built.zips[(number * EACH + turn) % len(built.zips)]
            place = _place(person, turn, code)
            rows.append(place)
            visits.append((calendar, _visit(person, service, place, datetime.combine(on, shops.OPENS, shop.zone), turn % EACH)))
    Customer.objects.bulk_create([place.customer for place in rows])
    Property.objects.bulk_create(rows)
    Booking.objects.bulk_create([visit.booking for _, visit in visits])
    Visit.objects.bulk_create([visit for _, visit in visits])
    EventMirror.objects.bulk_create([
        EventMirror(
            shop=shop, connection=calendar, visit=visit, calendar_id=calendar.calendar_id, event_id=f"bench{visit.pk}",
            confirmed=EventMirror.Confirmed.PRESENT, pushed_version=visit.version,
        )
        for calendar, visit in visits
    ])  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as the database does by itself, in its own time
    user = User.objects.create_user("bench-dispatcher", is_staff=True)
    StaffMember.objects.create(user=user, shop=shop, role=StaffMember.Role.DISPATCHER)
    client = Client()
    client.force_login(user)
    return Day(shop, today, quiet, client.cookies["sessionid"].value)


def _place(person: Technician, turn: int, code: str) -> Property:
    name = f"Customer {person.pk}-{turn}"
    customer = Customer(shop=person.shop, name=name, name_key=name.lower(), phone=f"+1914{person.pk % 1000:03d}{turn:04d}")
    return Property(shop=person.shop, customer=customer, address=f"{turn + 1} Main St, NY {code}", zip_code=code)


def _visit(person: Technician, service: ServiceType, place: Property, opens: datetime, turn: int) -> Visit:
    begins, at, shop = opens + timedelta(hours=turn), places.place_of(place.zip_code), person.shop
    ends = begins + timedelta(hours=1)
    booking = Booking(
        shop=shop, reference=f"F{person.pk:x}-{begins:%d%H}"[:12], customer=place.customer, property=place, service_type=service,
        promised_from=begins, promised_to=begins + timedelta(hours=2), minutes=60, zip_code=place.zip_code, origin_at=begins,
        problem="The furnace rattles since last night and the upper floor stays cold.",
    )  # fmt: skip
    return Visit(
        shop=shop, booking=booking, technician=person, starts_at=begins, ends_at=ends, blocked=DateTimeTZRange(begins, ends),
        latitude=at.latitude if at else None, longitude=at.longitude if at else None,
    )  # fmt: skip


def statements(day: Day) -> bool:
    """Print how many statements each answer takes, on the full day and on the quiet one; they must be the same and few."""
    client, fine = Client(SERVER_NAME="127.0.0.1"), True
    client.cookies["sessionid"] = day.session
    client.get(day.address)  # the shop's set-up is read once a process
    for name, of in (
        ("the page", lambda on: day.of(on)),
        ("its feed", lambda on: f"{day.of(on)}&fragment=1"),
        ("changes", lambda on: day.of(on).replace("/board/", "/board/changes")),
    ):
        counts = []
        for on in (day.on, day.quiet):
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(of(on))
            counts.append(len(queries))
            fine &= answer.status_code == 200
        same = counts[0] == counts[1] and counts[0] <= MOST_STATEMENTS
        fine &= same
        verdict = f"{'target' if same else 'OVER'} {MOST_STATEMENTS}, and the same"
        print(f"  {name:<44}{counts[0]:>4} statements on the full day, {counts[1]} with a single visit; {verdict}")
    return fine


def times(stack: Stack, day: Day) -> bool:
    """Print each answer's time beside the no-op view, in turns, and its weight."""
    desk = Desk(stack)
    with httpx.Client(base_url=stack.url, cookies={"sessionid": day.session}, timeout=30) as http:
        page = http.get(day.address)
        digests = re.findall(r'data-digest="(\w+)"', page.text)
        tag = http.get(day.address.replace("/board/", "/board/changes")).headers["etag"]
        changes = day.address.replace("/board/", "/board/changes")
        asks: dict[str, Callable[[], httpx.Response]] = {
            "the page": lambda: http.get(day.address),
            "its feed, nothing known": lambda: http.get(f"{day.address}&fragment=1"),
            "its feed, one row of fifty changed": lambda: http.get(
                f"{day.address}&fragment=1", headers={"Board-Has": ",".join(digests[1:])}
            ),
            "changes, something changed": lambda: http.get(changes),
            "changes, nothing changed": lambda: http.get(changes, headers={"If-None-Match": tag}),
        }
        expected = {"changes, nothing changed": 304}
        found = {name: Timed() for name in asks}
        weights: dict[str, bytes] = {}
        for turn in range(WARM + ROUNDS):
            if turn == WARM:
                desk.noop = Timed()
                found = {name: Timed() for name in asks}
            for _ in range(3):
                desk.nothing()
            for name, ask in asks.items():
                begun = time.perf_counter()
                answer = ask()
                found[name].milliseconds.append((time.perf_counter() - begun) * 1000)
                if answer.status_code != expected.get(name, 200):
                    found[name].wrong.append(f"HTTP {answer.status_code}")
                weights[name] = answer.content
    print(f"  {'':<44}{'p50':>8}{'p99':>8}    {'x no-op view':>14}{'bytes':>11}{'gzipped':>10}")
    for name, timed in {"no-op view": desk.noop, **found}.items():
        body = weights.get(name, b"")
        ratios = "".join(f"{timed.percentile(share) / desk.noop.percentile(share):>7.1f}" for share in (0.5, 0.99))
        print(f"  {name:<44}{timed.percentile(0.5):>8.1f}{timed.percentile(0.99):>8.1f} ms {ratios} x "
              f"{len(body):>10}{len(gzip.compress(body)) if body else 0:>10}")  # fmt: skip
        for problem in timed.wrong[:3]:
            print("   ", problem)
    cards = page.text.count('class="bd-card')
    print(f"  {cards} cards in {len(digests)} rows")
    return cards == TECHNICIANS * EACH and not any(timed.wrong for timed in found.values())
