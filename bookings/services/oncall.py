"""Says who is rung, and in which order: the office in its hours, then the ladder of those on call, the owner last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings

from bookings.models import Closure, OfficeHours, OnCallPerson, OnCallTurn, Shop
from bookings.services import customers, holidays


@dataclass(frozen=True, slots=True)
class Reachable:
    """Somebody with a number. `person_id` is None for the office's telephone and the environment's last resort."""

    name: str
    number: str
    rung: str
    person_id: int | None = None


def is_open(shop: Shop, at: datetime) -> bool:
    """Say whether somebody sits at the office's telephone; a shop without office hours never says so."""
    local = at.astimezone(shop.zone)
    hours = OfficeHours.objects.filter(shop=shop, weekday=local.weekday(), opens__lte=local.time(), closes__gt=local.time())
    if not hours.exists():
        return False
    day = local.date()
    return not (
        Closure.objects.filter(shop=shop, on=day).exists()
        or day in holidays.closed_on(shop.country, shop.region, shop.holidays_closed, day.year)
    )


def ladder(shop: Shop, at: datetime) -> list[Reachable]:
    """Return who is on call at a moment: first, backup, manager, with their swaps, then the owners. One entry a number."""
    turns = (
        OnCallTurn.objects.filter(shop=shop, starts_at__lte=at, ends_at__gt=at)
        .select_related("person")
        .prefetch_related("swaps__person")
        .order_by("rung")
    )
    found = [
        Reachable(person.name, person.phone, turn.get_rung_display(), person.pk) for turn in turns if (person := _of(turn, at))
    ]
    return _once([*found, *owners(shop)])


def owners(shop: Shop) -> list[Reachable]:
    """Return whoever is told of every emergency at once."""
    people = OnCallPerson.objects.filter(shop=shop, owner=True, active=True)
    return [Reachable(person.name, person.phone, "Owner", person.pk) for person in people]


def to_ring(shop: Shop, at: datetime) -> list[Reachable]:
    """Return whom a caller is put through to, in order: the office while it is open, then the ladder.

    Where neither is set up, the shop's number rings at any hour; FALLBACK_DIAL_NUMBER stands last in any case.
    """
    office = Reachable(shop.name, shop.fallback_number or settings.FALLBACK_DIAL_NUMBER, "Office")
    on_call = ladder(shop, at)
    first = [office] if is_open(shop, at) or not on_call else []
    last = Reachable(shop.name, settings.FALLBACK_DIAL_NUMBER, "Last resort")
    return _once([*first, *on_call, last])


def _of(turn: OnCallTurn, at: datetime) -> OnCallPerson | None:
    """Return who stands there now; somebody who left the shop is passed over."""
    swap = next((each for each in turn.swaps.all() if each.starts_at <= at < each.ends_at), None)
    person = swap.person if swap else turn.person
    return person if person.active else None


def _once(people: Iterable[Reachable]) -> list[Reachable]:
    """Keep the first entry of each number that can be dialled."""
    found: dict[str, Reachable] = {}
    for each in people:
        if number := customers.caller_number(each.number):
            found.setdefault(number, replace(each, number=number))
    return list(found.values())
