"""A customer's page: everything the shop knows of one person, in as many statements however much that is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import quote_plus

from django.db.models import Prefetch

from bookings import speech
from bookings.models import (
    Booking,
    Customer,
    CustomerChange,
    CustomerMerge,
    CustomerNote,
    Lead,
    OutgoingMessage,
    Property,
    Unit,
    Visit,
)
from bookings.services import duplicates
from desk import actors, words
from desk.calls import past
from telephony.models import Call

SHOWN = 30
Kind = CustomerChange.Kind
_FIELDS = {"property": "where it stands", "installed_year": "year", "warranty_until": "warranty"}


@dataclass(frozen=True, slots=True)
class Machine:
    """A piece of equipment in words."""

    unit: Unit
    today: date

    @property
    def age(self) -> str:
        year = self.unit.installed_year
        if year is None:
            return ""
        years = self.today.year - year
        return "installed this year" if years <= 0 else f"{years} year{'' if years == 1 else 's'} old"

    @property
    def warranty(self) -> str:
        until = self.unit.warranty_until
        if until is None:
            return ""
        day = f"{until.day} {until:%b %Y}"
        return f"warranty until {day}" if until >= self.today else f"warranty ended {day}"

    @property
    def in_warranty(self) -> bool:
        return self.unit.warranty_until is not None and self.unit.warranty_until >= self.today


@dataclass(frozen=True, slots=True)
class Place:
    """A service address with what stands there; `removed` was taken off the list."""

    place: Property
    machines: list[Machine]
    removed: list[Machine]

    @property
    def map(self) -> str:
        return f"https://www.google.com/maps/search/?api=1&query={quote_plus(self.place.address)}"


@dataclass(frozen=True, slots=True)
class Promise:
    """A booking in words, by the shop's clock."""

    booking: Booking
    technicians: str

    @property
    def when(self) -> str:
        zone = self.booking.shop.zone
        starts, ends = (each.astimezone(zone) for each in (self.booking.promised_from, self.booking.promised_to))
        return f"{words.day(starts)} {starts.year}, {words.span(starts, ends)}"


@dataclass(frozen=True, slots=True)
class Note:
    pk: int
    text: str
    at: datetime
    wrote: str
    struck_at: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a customer's history."""

    when: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Page:
    """`numbers` are all they are known by; `others` the names and numbers that lead here; `merges` those that can be undone."""

    customer: Customer
    numbers: list[str]
    others: list[Customer]
    places: list[Place]
    coming: list[Promise]
    earlier: list[Promise]
    calls: list[past.Row]
    leads: list[Lead]
    texts: list[OutgoingMessage]
    notes: list[Note]
    history: list[Line]
    merges: list[CustomerMerge]
    likely: list[duplicates.Pair]

    @property
    def phones(self) -> list[tuple[str, str]]:
        """Each number as it is dialled and as it is read."""
        return [(each, words.phone(each, self.customer.shop.country)) for each in self.numbers]


def read(customer: Customer, *, now: datetime) -> Page:
    """Return all of a customer who is part of nobody else; `customer` has their shop loaded."""
    others = list(Customer.objects.filter(merged_into=customer).order_by("pk"))
    numbers = list(dict.fromkeys(each.phone for each in (customer, *others) if each.phone))
    bookings = _bookings(customer)
    open_ = [each for each in bookings if each.booking.status in Booking.OPEN]
    texts = OutgoingMessage.objects.filter(booking__customer=customer).select_related("booking").order_by("-pk")
    leads = Lead.objects.filter(shop=customer.shop_id, phone__in=numbers).order_by("-created_at", "-pk")
    merges = CustomerMerge.objects.filter(kept=customer, undone_at=None).select_related("gone").order_by("-pk")
    return Page(
        customer=customer,
        numbers=numbers,
        others=others,
        places=places(customer, now=now),
        coming=sorted(open_, key=lambda each: each.booking.promised_from),
        earlier=[each for each in bookings if each.booking.status not in Booking.OPEN],
        calls=calls(customer, numbers),
        leads=list(leads[:SHOWN]),
        texts=list(texts[:SHOWN]),
        notes=notes(customer),
        history=history(customer),
        merges=list(merges),
        likely=duplicates.of(customer),
    )


def places(customer: Customer, *, now: datetime) -> list[Place]:
    """Return the customer's addresses with their equipment. Two statements."""
    today = now.astimezone(customer.shop.zone).date()
    found = []
    for place in Property.objects.filter(customer=customer).prefetch_related("units").order_by("pk"):
        machines = [Machine(unit, today) for unit in place.units.all()]
        standing = [each for each in machines if each.unit.gone_at is None]
        found.append(Place(place, standing, [each for each in machines if each.unit.gone_at is not None]))
    return found


def notes(customer: Customer) -> list[Note]:
    """Return what was written down, the latest first. Two statements."""
    rows = list(CustomerNote.objects.filter(customer=customer)[: SHOWN * 2])
    people = actors.people(row.by for row in rows)
    return [Note(row.pk, row.text, row.at, actors.name(row.by, people), row.struck_at) for row in rows]


def history(customer: Customer) -> list[Line]:
    """Return what the office changed, the latest first. Two statements."""
    zone, rows = customer.shop.zone, list(CustomerChange.objects.filter(customer=customer)[: SHOWN * 2])
    people = actors.people(row.by for row in rows)
    return [Line(words.when(row.at.astimezone(zone)), actors.name(row.by, people), _what(row)) for row in rows]


def calls(customer: Customer, numbers: Iterable[str]) -> list[past.Row]:
    """Return the latest calls from the customer's numbers, and those in which something was booked for them. Two statements."""
    given = list(numbers)
    rows = Call.objects.filter(shop=customer.shop_id, from_number__in=given).select_related("shop")
    found = list(rows.order_by("-started_at", "-pk")[:SHOWN])
    made = Booking.objects.filter(past.KEPT, origin__in=[call.origin for call in found]).select_related("service_type")
    by_origin: dict[str, list[Booking]] = {}
    for booking in made.order_by("pk"):
        by_origin.setdefault(booking.origin, []).append(booking)
    return [past.Row(call, [customer], by_origin.get(call.origin, [])) for call in found]


def _bookings(customer: Customer) -> list[Promise]:
    visits = Prefetch("visits", queryset=Visit.objects.select_related("technician").order_by("pk"))
    from_db = Booking.objects.filter(customer=customer).exclude(status=Booking.Status.LAPSED)
    rows = from_db.select_related("shop", "service_type", "property").prefetch_related(visits)
    return [Promise(row, _technicians(row)) for row in rows.order_by("-promised_from", "-pk")[: SHOWN * 2]]


def _technicians(booking: Booking) -> str:
    names = [visit.technician.name for visit in booking.visits.all() if visit.technician is not None]
    return speech.listed(list(dict.fromkeys(names)), last="and") if names else ""


def _what(change: CustomerChange) -> str:
    detail: Mapping[str, Any] = change.detail
    match change.kind:
        case Kind.MEMBER:
            return "A member, with a maintenance plan" if detail.get("member") else "No member any more"
        case Kind.DO_NOT_SERVICE:
            return f"Do not service: {detail['reason']}" if detail.get("reason") else "Served again"
        case Kind.TAGS:
            return _tags(detail.get("before", []), detail.get("after", []))
        case Kind.EQUIPMENT:
            fields = [_FIELDS.get(each, each) for each in detail.get("fields", [])] if detail.get("did") == "changed" else []
            return f"{detail.get('what', '')} {detail.get('did', '')}" + (f": {', '.join(fields)}" if fields else "")
        case Kind.MERGED:
            return f"{detail.get('name', '')}, {words.phone(detail.get('phone', ''))}, became part of this customer"
        case Kind.UNMERGED:
            return f"{detail.get('name', '')} is a customer of their own again"
    return change.get_kind_display()


def _tags(before: list[str], after: list[str]) -> str:
    new, old = [each for each in after if each not in before], [each for each in before if each not in after]
    said = [f"Tagged {', '.join(new)}" if new else "", f"No longer tagged {', '.join(old)}" if old else ""]
    return ". ".join(filter(None, said)) or "Tags put in another order"
