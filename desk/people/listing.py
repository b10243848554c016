"""Customers as a list: searched by name, number or address, narrowed by tag."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from bookings.models import Booking, Customer, Property, Shop
from bookings.services.customers import fold
from desk import words

PAGE = 50
FURTHEST = 500
MEMBER, DO_NOT_SERVICE = "member", "do-not-service"
_MOST_TAGS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; `tag` is MEMBER, DO_NOT_SERVICE or "tag:" with one of the office's own."""

    term: str = ""
    tag: str = ""
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return bool(self.term or self.tag)


def asked(given: Mapping[str, str]) -> Asked:
    """Read what a query string asks for; what cannot be read is not asked for."""
    tag, page = given.get("tag", "")[:40].replace("\x00", ""), given.get("page", "")
    return Asked(
        term=" ".join(given.get("q", "").replace("\x00", "").split())[:100],
        tag=tag if tag in (MEMBER, DO_NOT_SERVICE) or tag.startswith("tag:") else "",
        page=min(max(int(page), 1), FURTHEST) if re.fullmatch(r"\d{1,6}", page) else 1,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """A customer of the list, with all numbers and the addresses they are known at."""

    customer: Customer
    numbers: list[str]
    addresses: list[str]
    bookings: int

    @property
    def phones(self) -> str:
        return ", ".join(words.phone(each, self.customer.shop.country) for each in self.numbers)

    @property
    def address(self) -> str:
        if not self.addresses:
            return ""
        more = len(self.addresses) - 1
        return f"{self.addresses[0]} and {more} more" if more else self.addresses[0]


@dataclass(frozen=True, slots=True)
class Page:
    asked: Asked
    rows: list[Row] = field(default_factory=list)
    more: bool = False


def read(shops: Sequence[Shop], wanted: Asked) -> Page:
    """Return a page of customers by name. Four statements, whatever the number of customers."""
    first = (wanted.page - 1) * PAGE
    people = _narrowed(shops, wanted).select_related("shop")
    found = list(people.order_by("name", "pk")[first : first + PAGE + 1])
    shown = [row.pk for row in found[:PAGE]]
    numbers: defaultdict[int, list[str]] = defaultdict(list)
    for row in Customer.objects.filter(merged_into__in=shown).order_by("pk"):
        numbers[row.merged_into_id or 0].append(row.phone)
    addresses: defaultdict[int, list[str]] = defaultdict(list)
    for pk, address in Property.objects.filter(customer__in=shown).order_by("pk").values_list("customer", "address"):
        addresses[pk].append(address)
    counted = Booking.objects.filter(customer__in=shown).order_by().values_list("customer").annotate(n=Count("pk"))
    booked: dict[int | None, int] = dict(counted)
    rows = [
        Row(row, list(dict.fromkeys([row.phone, *numbers[row.pk]])), addresses[row.pk], booked.get(row.pk, 0))
        for row in found[:PAGE]
    ]
    return Page(wanted, rows, more=len(found) > PAGE)


def _narrowed(shops: Sequence[Shop], wanted: Asked) -> QuerySet[Customer]:
    people = Customer.objects.filter(shop__in=[shop.pk for shop in shops], merged_into=None)
    if wanted.tag == MEMBER:
        people = people.filter(member=True)
    elif wanted.tag == DO_NOT_SERVICE:
        people = people.exclude(do_not_service="")
    elif wanted.tag:
        people = people.filter(tags__contains=[wanted.tag.removeprefix("tag:")])
    if not wanted.term:
        return people
    looked = words.searchable(wanted.term)
    also = Customer.objects.filter(merged_into=OuterRef("pk"))
    if looked.isdigit():
        own = Q(phone__contains=looked) | Q(Exists(also.filter(phone__contains=looked)))
    else:
        own = Q(name__icontains=wanted.term) | Q(Exists(also.filter(name__icontains=wanted.term)))
    places = Property.objects.filter(customer=OuterRef("pk"), address_key__contains=fold(wanted.term))
    return people.filter(own | Q(Exists(places)) if fold(wanted.term) else own)


def tags(shops: Sequence[Shop]) -> list[str]:
    """Return the office's own tags, those most used first. One statement."""
    used: defaultdict[str, int] = defaultdict(int)
    rows = Customer.objects.filter(shop__in=[shop.pk for shop in shops], merged_into=None).exclude(tags=[])
    for each in rows.values_list("tags", flat=True):
        for tag in each:
            used[tag] += 1
    return sorted(used, key=lambda tag: (-used[tag], tag))[:_MOST_TAGS]
