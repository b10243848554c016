"""Writes what was decided of a booking that there is: corrections, ends, lines of history; tells whose visits changed.

Only the services that decide call it, inside their transaction.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from bookings.engine.roster import Area, Roster
from bookings.models import Booking, BookingChange, Concern, Visit
from bookings.services import addresses, concerns, customers, jobs
from bookings.services.asking import Outcome, Request, State
from bookings.signals import visits_changed
from wire import rows

LEAD = "lead"
Kind = BookingChange.Kind
Status = Booking.Status


def dollars(cents: int) -> Decimal:
    return Decimal(cents) / 100


def correct(roster: Roster, booking: Booking, request: Request, *, area: Area | None, now: datetime) -> Outcome:
    """Take over a corrected name, number, address or note; the same arguments again change nothing.

    `area` is the one of the corrected address, None where the shop has none or no address was said.
    """
    changed = apply_details(roster, booking, request)
    if "address" in changed and (area is not None or roster.areas):
        booking.trip_fee = dollars(area.fee_cents if area is not None else 0)
        if request.told is not None:  # the answer of a correction repeats the fees
            booking.fee_told_at = (booking.fee_told_at or now) if booking.visit_fee + booking.trip_fee else None
    booking.origin_at = request.requested_at
    if not changed:
        booking.save(update_fields=["origin_at", "updated_at"])
        return Outcome(State.UNCHANGED, booking)
    booking.save()
    touched = list(booking.visits.filter(status=Visit.Status.ACTIVE))
    place = jobs.place_for(roster, booking.zip_code)
    for visit in touched:
        visit.version += 1
        visit.latitude, visit.longitude = (place.latitude, place.longitude) if place else (None, None)
        visit.save(update_fields=["version", "latitude", "longitude"])
    record(booking, Kind.CORRECTED, at=now, by=request.by, fields=changed)
    announce([visit.technician_id for visit in touched], request.origin)
    return Outcome(State.CORRECTED, booking)


def apply_details(roster: Roster, booking: Booking, request: Request) -> list[str]:
    """Put what the request says about person, place and problem into the booking; return what differed."""
    changed = []
    assert booking.customer is not None  # only a hold has none, and a hold is confirmed instead
    # Who corrects a booking need not say the name or the number again.
    phone = request.customer_phone or booking.customer.phone
    name = request.customer_name or booking.customer.name
    who = customers.customer(shop_id=roster.shop_id, name=name, phone=phone)
    if who.pk != booking.customer_id:
        booking.customer = who
        changed.append("customer")
        if booking.property is not None and not request.address:
            # The address was said for this job, whoever's name was corrected.
            booking.property = customers.place(whose=who, address=booking.property.address, zip_code=booking.property.zip_code)
    where = customers.place(whose=who, address=request.address)
    if where is not None and where.pk != booking.property_id:
        booking.property = where
        booking.zip_code = where.zip_code or booking.zip_code
        changed.append("address")
        concerns.close(Concern.Kind.ADDRESS, f"booking:{booking.pk}", shop_id=roster.shop_id, now=request.requested_at)
        addresses.check(roster, booking, where, booking.zip_code, now=request.requested_at)
    for name in ("problem", "notes"):
        said = getattr(request, name)
        if said and said != getattr(booking, name):
            setattr(booking, name, said)
            changed.append(name)
    return changed


def end(
    booking: Booking, status: Booking.Status, kind: BookingChange.Kind, *, by: str, now: datetime, at: datetime | None = None,
    **detail: Any,
) -> None:  # fmt: skip
    """End a booking that is locked, with all its visits; `at` is when it was asked for, where that is not now."""
    booking.status = status
    booking.hold_expires_at = booking.to_confirm_since = None
    booking.save(update_fields=["status", "hold_expires_at", "to_confirm_since", "updated_at"])
    ended = list(booking.visits.filter(status__in=[Visit.Status.HELD, Visit.Status.ACTIVE]).order_by("pk"))
    shown = [visit.technician_id for visit in ended if visit.status == Visit.Status.ACTIVE]
    for visit in ended:
        end_visit(visit)
    record(booking, kind, at=at or now, by=by, **detail)
    # Nobody has to drive there any more, nor does it matter where the event lies.
    concerns.close_about(booking, [Concern.Kind.ADDRESS, Concern.Kind.DRIVE, *Concern.CALENDAR], now=now)
    if shown:
        announce(shown, by)


def release(held: Iterable[Booking], *, by: str, now: datetime) -> None:
    """Give up holds that are locked."""
    for booking in held:
        end(booking, Status.LAPSED, Kind.LAPSED, by=by, now=now)


def record(booking: Booking, kind: BookingChange.Kind, *, at: datetime, by: str, **detail: Any) -> None:
    """Add a line to a booking's history."""
    rows.insert(BookingChange(booking=booking, shop_id=booking.shop_id, at=at, kind=kind, by=by, detail=detail))


def announce(technicians: Iterable[int | None], origin: str) -> None:
    """Tell after the commit whose visits changed."""
    whose = sorted({each for each in technicians if each is not None})
    transaction.on_commit(lambda: visits_changed.send(Visit, technician_ids=whose, origin=origin), robust=True)


def end_visit(visit: Visit) -> None:
    visit.status = Visit.Status.ENDED
    visit.version += 1
    visit.save(update_fields=["status", "version"])
