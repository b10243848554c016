"""Raises and closes what a person must look at."""

from collections.abc import Iterable
from datetime import datetime

from bookings.models import Booking, Concern, Technician, Visit
from wire import rows


def raise_once(
    kind: Concern.Kind,
    key: str,
    text: str,
    *,
    shop_id: int,
    now: datetime,
    booking: Booking | None = None,
    visit: Visit | None = None,
    technician: Technician | None = None,
    origin: str = "",
    said: str = "",
    stands: str = "",
) -> bool:
    """Open a concern unless the same one is open, and say whether it was; one statement, safe at once from anywhere.

    `origin` is the call it came from; `said` and `stands` are two texts that contradict each other.
    """
    return rows.insert_unless_there(
        Concern(
            shop_id=shop_id, kind=kind, key=key[:160], text=text, created_at=now,
            booking=booking, visit=visit, technician=technician, origin=origin, said=said, stands=stands,
        )
    )  # fmt: skip


def raise_or_renew(concern: Concern) -> int:
    """Open a concern, or let the same one that is open say what this one says; return its id."""
    if rows.insert_unless_there(concern):
        return concern.pk
    there = Concern.objects.filter(shop=concern.shop_id, kind=concern.kind, key=concern.key, status=Concern.Status.OPEN)
    there.update(
        text=concern.text,
        proposed_starts_at=concern.proposed_starts_at,
        proposed_ends_at=concern.proposed_ends_at,
        proposed_technician=concern.proposed_technician,
    )
    return there.values_list("pk", flat=True).first() or 0


def close(kind: Concern.Kind, key: str, *, shop_id: int, now: datetime) -> int:
    """Close the open concern of that kind and key; return how many were closed."""
    return Concern.objects.filter(shop=shop_id, kind=kind, key=key, status=Concern.Status.OPEN).update(
        status=Concern.Status.DONE, closed_at=now
    )


def close_about(booking: Booking, kinds: Iterable[Concern.Kind], *, now: datetime) -> None:
    """Close what is asked about a booking that is over. One statement.

    The caller holds the booking, and whoever decides a question holds that and waits for the booking: what is being decided at
    this moment is left to them, and to the sweep that closes what is asked about visits that are over.
    """
    about = Concern.objects.filter(booking=booking, kind__in=list(kinds), status=Concern.Status.OPEN)
    free = about.select_for_update(skip_locked=True, no_key=True).values("pk")
    Concern.objects.filter(pk__in=free).update(status=Concern.Status.DONE, closed_at=now)
