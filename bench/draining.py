"""Shops whose technicians have calendars in the sandbox, and visits that wait for them. Needs Django's settings."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import httpx
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import Max
from django.utils import timezone

from bookings.models import Booking, Customer, Property, ServiceType, Shop, Technician, Visit, WorkingHours
from bookings.services import appointments, rosters, transactions
from bookings.services.asking import Request, When
from calendars import enqueue
from calendars.google import oauth
from calendars.models import EventMirror
from calendars.services import connect

MINUTES = 120


def shop_with_calendars(sandbox: str, name: str, technicians: int, *, now: datetime) -> Shop:
    """Make a shop that does repairs, with technicians whose calendars are connected."""
    shop = Shop.objects.create(
        name=name, phone_number=f"+1914556{Shop.objects.count():04d}", zip_code="10601", holidays_closed="", horizon_days=60
    )
    ServiceType.objects.create(
        shop=shop, key="repair", name="repair", minutes=MINUTES, minutes_least=60, minutes_most=240, arrival_minutes=120
    )
    for number in range(technicians):
        account = f"{name.lower()}-{number}@example.com"
        person = Technician.objects.create(shop=shop, name=f"{name} {number}", email=account)
        WorkingHours.objects.bulk_create(
            WorkingHours(shop=shop, technician=person, weekday=day, starts=time(8), ends=time(18)) for day in range(5)
        )
        answer = httpx.post(f"{sandbox}/_control/grants", json={"account": account, "scopes": list(oauth.SCOPES)}, timeout=30)
        grant = answer.raise_for_status().json()
        connect.connect_oauth(
            person, account=account, sub=f"sub-{account}", refresh_token=grant["refresh_token"],
            access_token=grant["access_token"], expires_at=now + timedelta(seconds=grant["expires_in"]),
            scopes=grant["scope"].split(), calendar_id=account, now=now,
        )  # fmt: skip
    shop.refresh_from_db()
    return shop


def queue_visits(shop: Shop, each: int, *, first: date) -> None:
    """Give every technician visits on as many working days, all at once and without a hint to anybody, as after an outage."""
    customer = Customer.objects.create(shop=shop, name="Bench", name_key="bench", phone="+19145550300")
    place = Property.objects.create(shop=shop, customer=customer, address="1 Main St, White Plains, NY 10601")
    service = ServiceType.objects.get(shop=shop)
    days = [day for n in range(7 * each) if (day := first + timedelta(days=n)).weekday() < 5][:each]
    visits = []
    for person in shop.technicians.order_by("pk"):
        for number, day in enumerate(days):
            begins = datetime.combine(day, time(9), shop.zone)
            booking = Booking(
                shop=shop, reference=f"Q{person.pk:x}-{number}"[:12], customer=customer, property=place, service_type=service,
                promised_from=begins, promised_to=begins + timedelta(hours=2), minutes=MINUTES, origin_at=begins,
            )  # fmt: skip
            ends = begins + timedelta(minutes=MINUTES)
            visits.append(
                Visit(shop=shop, booking=booking, technician=person, starts_at=begins, ends_at=ends,
                      blocked=DateTimeTZRange(begins, ends))
            )  # fmt: skip
    with transaction.atomic():
        Booking.objects.bulk_create([visit.booking for visit in visits])
        Visit.objects.bulk_create(visits)


def hint(shop: Shop) -> None:
    """Ask for every calendar to be written, as a booking for each of them would."""
    for technician_id in shop.technicians.order_by("pk").values_list("pk", flat=True):
        enqueue.push_technician(technician_id)


def book(shop: Shop, starts_at: datetime) -> int:
    """Book as a caller would; return the visit's number."""
    roster, now = rosters.of(shop.pk, shop.config_version), timezone.now()
    request = Request(
        service=roster.services[0], when=When(starts_at.date(), starts_at.time()), customer_name="Jane Doe",
        customer_phone="+19145550301", origin=f"bench:{starts_at:%Y-%m-%d}", requested_at=now, by="bench",
        address="2 Main St, White Plains, NY 10601",
    )  # fmt: skip
    outcome = transactions.run(request.origin, lambda: appointments.book(roster, request, now=now))
    if outcome.booking is None:
        raise RuntimeError(f"not booked: {outcome}")
    return int(outcome.booking.visits.get().pk)


def shown_at(visits: Sequence[int]) -> datetime | None:
    """Return when Google confirmed the event of one of them."""
    found: datetime | None = EventMirror.objects.filter(visit__in=visits, confirmed="present").aggregate(at=Max("confirmed_at"))[
        "at"
    ]
    return found


def waiting(shop: Shop) -> int:
    """Return how many visits are not in their calendar."""
    return Visit.objects.filter(shop=shop).exclude(mirrors__confirmed="present").count()


def last_shown(shop: Shop) -> datetime:
    found: datetime | None = EventMirror.objects.filter(shop=shop, confirmed="present").aggregate(at=Max("confirmed_at"))["at"]
    return found or timezone.now()
