"""Slot ids: short names of slots the server offered, known until they expire."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
    Offer.objects.bulk_create(
        Offer(
            shop_id=roster.shop_id,
            slot_id=each.slot_id,
            service_type_id=service.id,
            starts_at=each.slot.starts_at,
            minutes=each.slot.minutes,
            origin=origin,
            expires_at=now + timedelta(minutes=roster.offer_minutes),
        )
        for each in offered
    )
    return offered


def find(roster: Roster, slot_id: str, *, now: datetime) -> Offer | None:
    """Return the offer of that id if the shop made it and it has not expired."""
    return Offer.objects.filter(shop_id=roster.shop_id, slot_id=slot_id.strip().upper()[:12], expires_at__gt=now).first()
