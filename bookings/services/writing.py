"""Writes what was decided: a new booking with its visit, a move, a correction; each with its history. Only appointments
calls it, inside its transaction, with the technician locked.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.engine.clock import MINUTE, utc
from bookings.engine.roster import Roster
from bookings.models import Booking, BookingChange, Concern, Visit
from bookings.services import concerns, customers, offers
from bookings.services.asking import Outcome, Request, State
from bookings.services.availability import Slot
from bookings.signals import visits_changed
from wire import rows

# Given the technician, the blocked time and the promise.
Write = Callable[[int, DateTimeTZRange, Slot], Outcome]


def maker(roster: Roster, request: Request) -> Write:
    """Return what writes a new booking."""

    def make(worker: int, blocked: DateTimeTZRange, slot: Slot) -> Outcome:
        who = customers.customer(shop_id=roster.shop_id, name=request.customer_name, phone=request.customer_phone)
        where = customers.place(whose=who, address=request.address)
        booking = Booking(
            shop_id=roster.shop_id,
            reference=f"HV-{offers.new_code(5)}",
            customer=who,
            property=where,
            service_type_id=request.service.id,
            promised_from=slot.starts_at,
            promised_to=slot.window_ends_at,
            minutes=slot.minutes,
            problem=request.problem,
            notes=request.notes,
            origin=request.origin,
            origin_request=request.request,
            origin_at=request.requested_at,
        )
        rows.insert(booking)
        rows.insert(
            Visit(
                shop_id=roster.shop_id,
                booking=booking,
                technician_id=worker,
                starts_at=slot.starts_at,
                ends_at=utc(int(slot.starts_at.timestamp()) + slot.minutes * MINUTE),
                blocked=blocked,
            )
        )
        _record(booking, BookingChange.Kind.BOOKED, request, at=request.requested_at, technician=worker)
        announce([worker], request.origin)
        if where is None:
            _ask_for_address(booking, now=request.requested_at)
        return Outcome(State.BOOKED, booking)

    return make


def mover(roster: Roster, request: Request, booking: Booking, own_visits: list[Visit]) -> Write:
    """Return what moves a booking: the same reference, the same customer unless corrected, the history kept."""

    def move(worker: int, blocked: DateTimeTZRange, slot: Slot) -> Outcome:
        visit = own_visits[0]
        _apply_details(roster, booking, request)
        before = {
            "promised_from": booking.promised_from.isoformat(),
            "promised_to": booking.promised_to.isoformat(),
            "technician": visit.technician_id,
        }
        was = visit.technician_id
        visit.technician_id = worker
        visit.starts_at = slot.starts_at
        visit.ends_at = utc(int(slot.starts_at.timestamp()) + slot.minutes * MINUTE)
        visit.blocked = blocked
        visit.version += 1
        visit.save(update_fields=["technician", "starts_at", "ends_at", "blocked", "version"])
        booking.promised_from = slot.starts_at
        booking.promised_to = slot.window_ends_at
        booking.minutes = slot.minutes
        booking.origin_at = request.requested_at
        booking.save()
        _record(booking, BookingChange.Kind.MOVED, request, at=request.requested_at, technician=worker, before=before)
        announce([worker, *([was] if was and was != worker else [])], request.origin)
        return Outcome(State.MOVED, booking)

    return move


def correct(roster: Roster, booking: Booking, request: Request, *, now: datetime) -> Outcome:
    """Take over a corrected name, number, address or note; the same arguments again change nothing."""
    changed = _apply_details(roster, booking, request)
    booking.origin_at = request.requested_at
    if not changed:
        booking.save(update_fields=["origin_at", "updated_at"])
        return Outcome(State.UNCHANGED, booking)
    booking.save()
    touched = list(booking.visits.filter(status=Visit.Status.ACTIVE))
    for visit in touched:
        visit.version += 1
        visit.save(update_fields=["version"])
    _record(booking, BookingChange.Kind.CORRECTED, request, at=now, fields=changed)
    announce([visit.technician_id for visit in touched if visit.technician_id], request.origin)
    return Outcome(State.CORRECTED, booking)


def _apply_details(roster: Roster, booking: Booking, request: Request) -> list[str]:
    """Put what the request says about person, place and problem into the booking; return what differed."""
    changed = []
    # Who corrects a booking need not say the number again.
    phone = request.customer_phone or booking.customer.phone
    who = customers.customer(shop_id=roster.shop_id, name=request.customer_name, phone=phone)
    if who.pk != booking.customer_id:
        booking.customer = who
        changed.append("customer")
        if booking.property is not None and not request.address:
            # The address was said for this job, whoever's name was corrected.
            booking.property = customers.place(whose=who, address=booking.property.address, zip_code=booking.property.zip_code)
    where = customers.place(whose=who, address=request.address)
    if where is not None and where.pk != booking.property_id:
        booking.property = where
        changed.append("address")
        concerns.close(Concern.Kind.ADDRESS, f"booking:{booking.pk}", shop_id=roster.shop_id, now=request.requested_at)
    for name in ("problem", "notes"):
        said = getattr(request, name)
        if said and said != getattr(booking, name):
            setattr(booking, name, said)
            changed.append(name)
    return changed


def _record(booking: Booking, kind: BookingChange.Kind, request: Request, *, at: datetime, **detail: Any) -> None:
    rows.insert(BookingChange(booking=booking, shop_id=booking.shop_id, at=at, kind=kind, by=request.by, detail=detail))


def announce(technicians: list[int], origin: str) -> None:
    """Tell after the commit whose visits changed."""
    transaction.on_commit(lambda: visits_changed.send(Visit, technician_ids=technicians, origin=origin), robust=True)


def _ask_for_address(booking: Booking, *, now: datetime) -> None:
    concerns.raise_once(
        Concern.Kind.ADDRESS,
        f"booking:{booking.pk}",
        f"Booking {booking.reference} has no address to drive to. Call the customer and add it.",
        shop_id=booking.shop_id,
        now=now,
        booking=booking,
    )
