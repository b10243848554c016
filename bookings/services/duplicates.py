"""Who may be the same customer twice: the same number written or spoken of differently, or the same address, with names alike.

Candidates come from one bounded statement over indexes; whether two names are alike is decided as for a caller (facts).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from bookings.models import Customer
from bookings.services import facts

AT_MOST = 20
_LOOKED_AT = 500

# The last ten digits of a number; the index of the same expression finds them.
DIGITS = "right(regexp_replace({column}, '[^0-9]', '', 'g'), 10)"
_PAIRS = f"""
WITH who AS (SELECT id, phone FROM bookings_customer
              WHERE shop_id = ANY(%(shops)s) AND merged_into_id IS NULL AND (%(one)s::bigint IS NULL OR id = %(one)s::bigint)),
numbers AS (
    SELECT who.id AS one, o.id AS other, who.phone = o.phone AS same
      FROM who JOIN bookings_customer w ON w.id = who.id
      JOIN bookings_customer o ON o.shop_id = w.shop_id AND {DIGITS.format(column="o.phone")} = {DIGITS.format(column="w.phone")}
     WHERE o.id <> who.id AND o.merged_into_id IS NULL AND length({DIGITS.format(column="w.phone")}) >= 7
       AND (%(one)s::bigint IS NOT NULL OR o.id > who.id)
     LIMIT %(most)s
), places AS (
    SELECT DISTINCT who.id AS one, q.customer_id AS other
      FROM who JOIN bookings_property p ON p.customer_id = who.id
      JOIN bookings_property q ON q.shop_id = p.shop_id AND q.address_key = p.address_key AND q.customer_id <> p.customer_id
      JOIN bookings_customer o ON o.id = q.customer_id AND o.merged_into_id IS NULL
     WHERE %(one)s::bigint IS NOT NULL OR o.id > who.id
     LIMIT %(most)s
)
SELECT one, other, bool_or(number), bool_or(same), bool_or(place)
  FROM (SELECT one, other, true AS number, same, false AS place FROM numbers
        UNION ALL SELECT one, other, false, false, true FROM places) found
 GROUP BY one, other ORDER BY one, other
"""  # noqa: S608 - parts of our own


@dataclass(frozen=True, slots=True)
class Pair:
    """Two customers who may be one, the one known longer first, and why."""

    one: Customer
    other: Customer
    why: str


def of(customer: Customer) -> list[Pair]:
    """Return who may be the same as a customer: they are the first of each pair. Two statements."""
    return _likely([customer.shop_id], customer.pk)


def among(shops: Sequence[int]) -> list[Pair]:
    """Return who may be the same among all customers of shops, at most twenty pairs. Two statements."""
    return _likely(shops, None)


def _likely(shops: Sequence[int], one: int | None) -> list[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS, {"shops": list(shops), "one": one, "most": _LOOKED_AT})
        found = cursor.fetchall()
    ids = {pk for first, second, *_ in found for pk in (first, second)}
    people = Customer.objects.in_bulk(ids) if ids else {}
    pairs = []
    for first, second, number, same, place in found:
        if facts.one_name(people[first].name, people[second].name):
            what = "the same number" if same else "the same number, written differently" if number else ""
            why = " and ".join(filter(None, [what, "the same address" if place else ""]))
            pairs.append(Pair(people[first], people[second], f"{why[:1].upper()}{why[1:]}, and a name like it"))
    return pairs[:AT_MOST]
