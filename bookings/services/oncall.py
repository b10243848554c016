"""Says who is rung, and in which order: the office in its hours, then the ladder of those on call, the owner last."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.conf import settings
from django.db import connection
from django.db.models import Exists

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
    """Say whether somebody sits at the office's telephone; a shop without office hours never says so. One statement at most."""
    local = at.astimezone(shop.zone)
    day = local.date()
    if day in holidays.closed_on(shop.country, shop.region, shop.holidays_closed, day.year):
        return False
    hours = OfficeHours.objects.filter(shop=shop, weekday=local.weekday(), opens__lte=local.time(), closes__gt=local.time())
    return hours.exclude(Exists(Closure.objects.filter(shop=shop, on=day))).exists()


# Whoever stands on a rung now, or took that part of the turn over; somebody who left the shop is passed over.
_ON_CALL = """
SELECT p.id, p.name, p.phone, t.rung
  FROM bookings_oncallturn t
  JOIN bookings_oncallperson p ON p.active AND p.id = coalesce(
       (SELECT s.person_id FROM bookings_oncallswap s
         WHERE s.turn_id = t.id AND s.starts_at <= %(at)s AND s.ends_at > %(at)s ORDER BY s.starts_at LIMIT 1), t.person_id)
 WHERE t.shop_id = %(shop)s AND t.starts_at <= %(at)s AND t.ends_at > %(at)s
 UNION ALL
SELECT id, name, phone, NULL FROM bookings_oncallperson WHERE shop_id = %(shop)s AND owner AND active
 ORDER BY rung NULLS LAST, name, id
"""


def ladder(shop: Shop, at: datetime) -> list[Reachable]:
    """Return who is on call at a moment: first, backup, manager, with their swaps, then the owners. One entry a number.

    One statement: a caller waits for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ON_CALL, {"shop": shop.pk, "at": at})
        found = cursor.fetchall()
    return _once(
        Reachable(name, phone, "Owner" if rung is None else str(OnCallTurn.Rung(rung).label), pk)
        for pk, name, phone, rung in found
    )


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


def _once(people: Iterable[Reachable]) -> list[Reachable]:
    """Keep the first entry of each number that can be dialled."""
    found: dict[str, Reachable] = {}
    for each in people:
        if number := customers.caller_number(each.number):
            found.setdefault(number, replace(each, number=number))
    return list(found.values())
