"""Reads what belongs to the things of one page of the inbox: rows, calls, callers, texts. Statements do not grow with them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from bookings.models import Booking, Concern, Customer, Lead, OutgoingMessage, Shop
from bookings.services import dispatching
from bookings.services.confirmations import CORRECTS
from desk.admin import conflicts
from desk.inbox.press import Source
from desk.inbox.reading import Row
from desk.people import known
from telephony.models import Call, Emergency

Kind = Concern.Kind


@dataclass(slots=True)
class Found:
    """What belongs to the rows of one page, by what it is found by."""

    shops: dict[int, Shop]
    calls: dict[tuple[int, str], int] = field(default_factory=dict)
    leads: dict[tuple[int, str], Lead] = field(default_factory=dict)
    names: dict[tuple[int, str], list[Customer]] = field(default_factory=dict)
    corrections: dict[int, list[OutgoingMessage]] = field(default_factory=dict)
    failed: dict[str, OutgoingMessage] = field(default_factory=dict)
    undecided: set[int] = field(default_factory=set)
    carrying: set[int] = field(default_factory=set)


_READ: dict[str, Callable[[], "QuerySet[Any]"]] = {
    "emergency": lambda: Emergency.objects.prefetch_related("words"),
    "lead": lambda: Lead.objects.select_related("customer", "service_type"),
    "concern": lambda: conflicts.in_full(Concern.objects.all()),
    "late": lambda: Booking.objects.select_related("customer", "service_type", "property").prefetch_related("visits__technician"),
}


def sources(rows: Sequence[Row]) -> dict[tuple[str, int], Source]:
    """Return the rows that own what waits, by kind and number; one statement a kind."""
    found: dict[tuple[str, int], Source] = {}
    for kind, read in _READ.items():
        keys = [row.pk for row in rows if row.kind == kind]
        if keys:
            found |= {(kind, each.pk): each for each in read().filter(pk__in=keys)}
    return found


def beside(sources: Sequence[Source], among: dict[int, Shop]) -> Found:
    """Return what is shown beside them."""
    found = Found(among)
    concerns = [each for each in sources if isinstance(each, Concern)]
    callers = [each for each in sources if isinstance(each, Lead | Emergency)]
    origins = {each.origin for each in (*concerns, *callers) if each.origin.startswith("call:")}
    ids = [public_id for public_id in map(_uuid, origins) if public_id is not None]
    if ids:
        for pk, shop_id, public_id in Call.objects.filter(public_id__in=ids).values_list("pk", "shop", "public_id"):
            found.calls[shop_id, f"call:{public_id}"] = pk
    if concerns:
        for lead in Lead.objects.filter(shop__in=among, origin__in=origins, status=Lead.Status.OPEN).select_related("customer"):
            found.leads[lead.shop_id, lead.origin] = lead
        texts = OutgoingMessage.objects.filter(
            Q(booking__in=[each.booking_id for each in concerns if each.stands and each.booking_id], reason__startswith=CORRECTS)
            | Q(pk__in=[_number(each.key) for each in concerns if each.kind == Kind.MESSAGE_FAILED])
        )
        for text in texts.order_by("pk"):
            if text.reason.startswith(CORRECTS) and text.booking_id is not None:
                found.corrections.setdefault(text.booking_id, []).append(text)
            found.failed[f"message:{text.pk}"] = text
        asked = [each for each in concerns if each.kind in Concern.CALENDAR and each.booking_id]
        found.undecided = conflicts.undecided(Concern.objects.filter(pk__in=[each.pk for each in asked]))
        found.carrying = dispatching.carrying(each.booking_id for each in asked if each.booking_id)
    numbers = {each.phone for each in callers if each.phone} | {each.phone for each in found.leads.values() if each.phone}
    numbers |= {each.to for each in found.failed.values()}
    found.names = known.at_numbers((shop, number) for shop in among for number in numbers)
    return found


def _uuid(origin: str) -> UUID | None:
    try:
        return UUID(origin.partition(":")[2])
    except ValueError:
        return None


def _number(key: str) -> int:
    digits = key.partition(":")[2]
    return int(digits) if digits.isdecimal() else 0
