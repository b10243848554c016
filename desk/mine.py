"""A technician's own day, for the phone: today's and tomorrow's visits, and nothing of anybody else's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from bookings.models import Booking, Technician, Visit
from desk import roles, words

_SHOWN = (Visit.Status.ACTIVE, Visit.Status.DONE)
_TONES = {Booking.Status.EN_ROUTE: "good", Booking.Status.ON_SITE: "good", Booking.Status.NO_SHOW: "bad"}
_MAP = "https://www.google.com/maps/search/"


@dataclass(frozen=True, slots=True)
class Stop:
    """A visit as who drives there needs it."""

    time: str
    promised: str
    status: str
    tone: str
    customer: str
    phone: str  # as it is dialled; "" where there is none
    shown_phone: str
    address: str
    map: str
    service: str
    problem: str
    notes: str
    reference: str


@dataclass(frozen=True, slots=True)
class Day:
    title: str
    stops: list[Stop]


@never_cache
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """Show the signed-in technician's today and tomorrow; others who drive see theirs, who does not is refused."""
    if not request.user.is_authenticated:
        return roles.to_sign_in(request)
    drives = [place for place in roles.places(request.user) if place.technician_id is not None]
    if not drives:
        raise PermissionDenied
    me = [place.technician_id for place in drives if place.technician_id is not None]
    now, zone = timezone.now(), drives[0].shop.zone
    today = now.astimezone(zone).date()
    visits = list(_visits(me, today))
    with timezone.override(zone):
        context = {
            "title": "Your day",
            "days": [_day("Today", today, visits), _day("Tomorrow", today + timedelta(days=1), visits)],
            "technicians": Technician.objects.filter(pk__in=me).order_by("pk"),
            "zone": words.shop_zone(drives[0].shop, now),
            "at_desk": roles.at_desk(request.user),
        }
        return render(request, "desk/mine.html", context)


def _visits(technicians: list[int], today: date) -> Iterable[Visit]:
    """Return visits of about these days, with all that is shown of each; one statement."""
    around = datetime.combine(today, datetime.min.time(), timezone.get_default_timezone())
    return (
        Visit.objects.filter(
            technician__in=technicians, status__in=_SHOWN, starts_at__gte=around - timedelta(days=1),
            starts_at__lt=around + timedelta(days=3),
        )
        .select_related("shop", "booking__customer", "booking__property", "booking__service_type")
        .order_by("starts_at", "pk")
    )  # fmt: skip


def _day(name: str, on: date, visits: list[Visit]) -> Day:
    stops = [_stop(visit) for visit in visits if visit.starts_at.astimezone(visit.shop.zone).date() == on]
    return Day(f"{name}, {on:%A} {on.day} {on:%B}", stops)


def _stop(visit: Visit) -> Stop:
    booking, zone = visit.booking, visit.shop.zone
    customer, place = booking.customer, booking.property
    address = f"{place.address} {place.zip_code}".strip() if place and place.zip_code not in place.address else str(place or "")
    waits = booking.status == Booking.Status.BOOKED
    return Stop(
        time=words.span(visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)),
        promised=words.span(booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)),
        status="" if waits else booking.get_status_display(),
        tone=_TONES.get(Booking.Status(booking.status), "plain"),
        customer=customer.name if customer else "",
        phone=customer.phone if customer else "",
        shown_phone=words.phone(customer.phone, visit.shop.country) if customer else "",
        address=address,
        map=f"{_MAP}?{urlencode({'api': '1', 'query': address})}" if address else "",
        service=booking.service_type.name,
        problem=booking.problem,
        notes=booking.notes,
        reference=booking.reference,
    )
