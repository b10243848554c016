"""Slot ids: short names of slots the server offered, known until they expire."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from bookings.engine.roster import Roster, Service
from bookings.models import Offer, Search
from bookings.services.asking import Slot, Wish

# Without the letters and digits that sound or look alike on the phone.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True, slots=True)
class Offered:
    """A slot with the id it was offered under."""

    slot_id: str
    slot: Slot


def new_code(length: int) -> str:
    """Return a random code that a person can say."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


# The search is kept with what was offered: one statement, because a caller waits for it.
_ISSUE = """
WITH searched AS (
  INSERT INTO bookings_search (shop_id, origin, at, service_type_id, asked, offered, refused)
  VALUES (%(shop)s, %(origin)s, %(now)s, %(service)s, %(asked)s::jsonb, %(offered)s::jsonb, %(refused)s::jsonb)
)
INSERT INTO bookings_offer
       (shop_id, slot_id, service_type_id, starts_at, minutes, urgency, priority, zip_code, origin, expires_at)
SELECT %(shop)s::bigint, slot_id, %(service)s::bigint, starts_at, minutes, %(urgency)s::text, %(priority)s::boolean,
       %(zip)s::text, %(origin)s::text, %(expires)s::timestamptz
  FROM unnest(%(ids)s::text[], %(starts)s::timestamptz[], %(minutes)s::int[]) AS each (slot_id, starts_at, minutes)
"""


def issue(
    roster: Roster, wish: Wish, slots: Sequence[Slot], *, origin: str, now: datetime, why_not: dict[str, Any] | None = None
) -> list[Offered]:
    """Store each slot under a new id, with the search that found them, and return them in the same order. One statement."""
    offered = [Offered(f"S-{new_code(7)}", slot) for slot in slots]
    with connection.cursor() as cursor:
        cursor.execute(
            _ISSUE,
            {
                "shop": roster.shop_id,
                "service": wish.service.id,
                "origin": origin,
                "now": now,
                "asked": json.dumps(_asked(wish)),
                "offered": json.dumps([slot.starts_at.isoformat() for slot in slots]),
                "refused": json.dumps(why_not or {}),
                "urgency": str(wish.urgency),
                "priority": wish.priority,
                "zip": wish.zip_code[:10],
                "expires": now + timedelta(minutes=roster.offer_minutes),
                "ids": [each.slot_id for each in offered],
                "starts": [each.slot.starts_at for each in offered],
                "minutes": [each.slot.minutes for each in offered],
            },
        )
    return offered


def looked_in_vain(
    roster: Roster, wish: Wish, slots: Sequence[Slot], *, origin: str, now: datetime, why_not: dict[str, Any]
) -> None:
    """Keep what a form looked for and could not have as asked, in place of what it looked for before. Two statements."""
    with transaction.atomic():
        Search.objects.filter(shop=roster.shop_id, origin=origin).delete()
        Search.objects.create(
            shop_id=roster.shop_id, origin=origin, at=now, service_type_id=wish.service.id, asked=_asked(wish), refused=why_not,
            offered=[slot.starts_at.isoformat() for slot in slots],
        )  # fmt: skip


def _asked(wish: Wish) -> dict[str, Any]:
    """Return a wish as it is kept with the search; nothing about the person."""
    said = {
        "on": wish.on.isoformat(),
        "until": wish.until and wish.until.isoformat(),
        "part": wish.part,
        "at": wish.at and wish.at.isoformat("minutes"),
        "not_before": wish.not_before and wish.not_before.isoformat("minutes"),
        "not_after": wish.not_after and wish.not_after.isoformat("minutes"),
        "minutes": wish.minutes,
        "equipment": wish.equipment,
        "years": wish.years,
        "zip": wish.zip_code,
        "urgency": str(wish.urgency),
        "priority": wish.priority,
    }
    return {name: value for name, value in said.items() if value not in (None, "", False)}


_MADE_TO = """
SELECT id FROM bookings_offer
 WHERE origin = %s AND starts_at = %s AND shop_id = %s AND service_type_id = %s AND expires_at > %s ORDER BY id DESC LIMIT 1
"""


def made_to(roster: Roster, service: Service, *, origin: str, starts_at: datetime, now: datetime) -> Offer | None:
    """Return what was offered to this origin for just that service and start, if it has not expired."""
    with connection.cursor() as cursor:  # asked with every booking, and often there is none
        cursor.execute(_MADE_TO, [origin, starts_at, roster.shop_id, service.id, now])
        found = cursor.fetchone()
    return Offer.objects.get(pk=found[0]) if found is not None else None


def find(roster: Roster, slot_id: str, *, now: datetime) -> Offer | None:
    """Return the offer of that id if the shop made it and it has not expired."""
    return Offer.objects.filter(shop_id=roster.shop_id, slot_id=slot_id.strip().upper()[:12], expires_at__gt=now).first()
