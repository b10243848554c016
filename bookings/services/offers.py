"""Slot ids: short names of slots the server offered, known until they expire."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bookings.engine.roster import Roster, Service
from bookings.models import Offer
from bookings.services.availability import Slot

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


def issue(roster: Roster, service: Service, slots: Sequence[Slot], *, origin: str, now: datetime) -> list[Offered]:
    """Store each slot under a new id and return them in the same order. One statement."""
    offered = [Offered(f"S-{new_code(7)}", slot) for slot in slots]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bookings_offer (shop_id, slot_id, service_type_id, starts_at, minutes, origin, expires_at)"
            " SELECT %s::bigint, slot_id, %s::bigint, starts_at, minutes, %s::text, %s::timestamptz"
            " FROM unnest(%s::text[], %s::timestamptz[], %s::int[]) AS each (slot_id, starts_at, minutes)",
            [
                roster.shop_id,
                service.id,
                origin,
                now + timedelta(minutes=roster.offer_minutes),
                [each.slot_id for each in offered],
                [each.slot.starts_at for each in offered],
                [each.slot.minutes for each in offered],
            ],
        )
    return offered


def find(roster: Roster, slot_id: str, *, now: datetime) -> Offer | None:
    """Return the offer of that id if the shop made it and it has not expired."""
    return Offer.objects.filter(shop_id=roster.shop_id, slot_id=slot_id.strip().upper()[:12], expires_at__gt=now).first()
