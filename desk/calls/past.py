"""Calls that are over, as a list: searched by name, number or words, narrowed by outcome, day, language and service."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat

from bookings.models import Booking, Customer, Lead, Search, ServiceType, Shop
from desk import words
from desk.board import layout
from desk.calls import live, terms
from desk.people import known
from telephony.models import Call

PAGE = 40
FURTHEST = 500  # pages: nobody turns further, and each costs more than the one before
_NAMED_AT_MOST = 300
# A time that was only held was not booked.
KEPT = ~Q(status__in=[Booking.Status.HELD, Booking.Status.LAPSED])


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to, as it was asked for; empty where it is not."""

    term: str = ""
    outcome: str = ""
    on: date | None = None
    language: str = ""
    service: int | None = None
    page: int = 1

    @property
    def narrowed(self) -> bool:
        return bool(self.term or self.outcome or self.on or self.language or self.service)


def asked(given: Mapping[str, str]) -> Asked:
    """Read what a query string asks for; what cannot be read is not asked for."""
    outcome, language = given.get("outcome", ""), given.get("language", "")
    try:
        on = date.fromisoformat(given.get("day", ""))
    except ValueError:
        on = None
    service, page = (given.get(name, "") for name in ("service", "page"))
    return Asked(
        term=" ".join(given.get("q", "").replace("\x00", "").split())[:100],
        outcome=outcome if outcome in Call.Outcome.values else "",
        on=on if on is not None and date(2000, 1, 1) <= on <= date(2100, 1, 1) else None,
        language=language if language in terms.LANGUAGES else "",
        service=int(service) if re.fullmatch(r"\d{1,9}", service) else None,
        page=min(max(int(page), 1), FURTHEST) if re.fullmatch(r"\d{1,6}", page) else 1,
    )


@dataclass(frozen=True, slots=True)
class Row(terms.InWords):
    """A call of the list; `booked` is what came of it."""

    booked: list[Booking]

    @property
    def day(self) -> str:
        return words.day(self.call.started_at.astimezone(self.call.shop.zone))

    @property
    def clock(self) -> str:
        at = self.call.started_at.astimezone(self.call.shop.zone)
        return f"{at:%I:%M} {at:%p}".lstrip("0").lower()


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list; `more`: there is another one behind it."""

    asked: Asked
    rows: list[Row] = field(default_factory=list)
    more: bool = False


def read(shops: Sequence[Shop], wanted: Asked, *, now: datetime) -> Page:
    """Return a page of past calls, the latest first. Three statements, five where a term is looked for."""
    first = (wanted.page - 1) * PAGE
    found = list(_narrowed(shops, wanted, now).order_by("-started_at", "-pk")[first : first + PAGE + 1])
    calls = found[:PAGE]
    people = known.at_numbers((call.shop_id, call.from_number) for call in calls)
    booked: defaultdict[str, list[Booking]] = defaultdict(list)
    made = Booking.objects.filter(KEPT, origin__in=[call.origin for call in calls]).select_related("service_type").order_by("pk")
    for booking in made:
        booked[booking.origin].append(booking)
    rows = [Row(call, people.get((call.shop_id, call.from_number), []), booked[call.origin]) for call in calls]
    return Page(wanted, rows, more=len(found) > PAGE)


def _narrowed(shops: Sequence[Shop], wanted: Asked, now: datetime) -> QuerySet[Call]:
    over = Q(stage=Call.Stage.ENDED) | Q(started_at__lte=now - live.LONGEST)
    calls = Call.objects.filter(over, shop__in=[shop.pk for shop in shops]).select_related("shop")
    if wanted.outcome:
        calls = calls.filter(outcome=wanted.outcome)
    if wanted.language:
        calls = calls.filter(language=wanted.language)
    if wanted.on is not None:
        calls = calls.filter(_on(shops, wanted.on))
    if wanted.service is not None:
        calls = calls.filter(_about(wanted.service))
    return calls.filter(_matching(shops, wanted.term)) if wanted.term else calls


def _on(shops: Sequence[Shop], on: date) -> Q:
    """Narrow to a day as each shop's clock has it."""
    found = Q(pk__in=[])
    for shop in shops:
        starts, ends = layout.midnight(on, shop.zone), layout.midnight(on + timedelta(days=1), shop.zone)
        found |= Q(shop=shop.pk, started_at__gte=starts, started_at__lt=ends)
    return found


def _about(service_id: int) -> Q:
    """Narrow to calls that booked a service, were kept as a lead for it, or looked for it in vain."""
    origin = Concat(Value("call:"), Cast(OuterRef("public_id"), CharField()))
    asks: list[type[Booking] | type[Lead] | type[Search]] = [Booking, Lead, Search]
    found = Q(pk__in=[])
    for model in asks:
        found |= Q(Exists(model._default_manager.filter(origin=origin, service_type=service_id, shop=OuterRef("shop"))))
    return found


def _matching(shops: Sequence[Shop], term: str) -> Q:
    """Narrow to a caller's name, a number, a reference, or words of the summary or the conversation. Two statements."""
    looked = words.searchable(term)
    if looked.isdigit():
        return Q(from_number__contains=looked)
    among = [shop.pk for shop in shops]
    named = Customer.objects.filter(shop__in=among, name__icontains=term).annotate(who=F("merged_into"))
    people = list(named.order_by("pk").values_list("pk", "who", "phone")[:_NAMED_AT_MOST])
    theirs = {pk for pk, _, _ in people} | {who for _, who, _ in people if who}
    about = Q(customer__in=theirs) | Q(reference__iexact=term)
    origins = Booking.objects.filter(about, shop__in=among, origin__startswith="call:").values_list("origin", flat=True)
    return (
        Q(from_number__in={phone for _, _, phone in people if phone})
        | Q(public_id__in=[UUID(each.removeprefix("call:")) for each in origins[:_NAMED_AT_MOST] if _is_id(each)])
        | Q(summary__icontains=term)
        | Q(transcript__icontains=term)
    )


def _is_id(origin: str) -> bool:
    return re.fullmatch(r"call:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", origin) is not None


def services(shops: Sequence[Shop]) -> list[tuple[int, str]]:
    """Return the services to choose among, with the shop's name where there are several. One statement."""
    names = {shop.pk: shop.name for shop in shops}
    rows: Any = ServiceType.objects.filter(shop__in=list(names)).order_by("shop", "name").values_list("pk", "name", "shop")
    return [(pk, f"{name.capitalize()} ({names[shop]})" if len(names) > 1 else name.capitalize()) for pk, name, shop in rows]
