"""Books, corrects, moves and cancels. The only code that writes bookings and visits.

`book` runs inside a transaction of bookings.services.transactions, so that the caller's own record of the request
commits together with what it did.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings.engine import slots
from bookings.engine.clock import MINUTE, instant, utc
from bookings.engine.roster import Roster, Service, Span
from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, BookingChange, Visit
from bookings.services import availability, customers, occupancy, writing
from bookings.services.asking import Outcome, Request, State, Why


def book(roster: Roster, request: Request, *, now: datetime) -> Outcome:
    """Carry the request out, or say what could be had instead.

    Within one origin a second request for the same service corrects the first booking, unless it says `another`, comes
    from the same message, or is older than what last shaped the booking. Raises RefusedError `past`,
    `beyond_horizon`, `part_unknown`, `name_missing`, `phone_missing`, and whatever the transaction's frame raises.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("book() runs inside transactions.booking_transaction()")
    standing = None if request.another else _standing(roster, request)
    if standing is not None and request.requested_at < standing.origin_at:
        return Outcome(State.UNCHANGED, standing)
    availability.check_day(roster, request.when.on, now)
    if standing is None:
        customers.check(name=request.customer_name, phone=request.customer_phone)
    if standing is not None and _asks_for(roster, standing, request):
        return writing.correct(roster, standing, request, now=now)
    return _place(roster, request, standing, now=now)


_STANDING = """
SELECT id FROM bookings_booking
 WHERE shop_id = %s AND origin = %s AND service_type_id = %s AND status = 'booked'
   AND (origin_request = '' OR origin_request <> %s)
   AND EXISTS (SELECT 1 FROM bookings_visit AS v WHERE v.booking_id = bookings_booking.id AND v.status = 'active')
 ORDER BY id DESC LIMIT 1 FOR NO KEY UPDATE
"""


def _standing(roster: Roster, request: Request) -> Booking | None:
    """Return the booking that this request corrects, locked."""
    if not request.origin:
        return None
    with connection.cursor() as cursor:
        # The usual answer is that there is none: asked before anything is built to hold it.
        cursor.execute(_STANDING, [roster.shop_id, request.origin, request.service.id, request.request])
        found = cursor.fetchone()
    if found is None:
        return None
    return Booking.objects.select_related("customer", "property", "service_type").get(pk=found[0])


def _asks_for(roster: Roster, booking: Booking, request: Request) -> bool:
    """Say whether the request's time is the one the booking has; a day without a time is met by any time of it."""
    promised = booking.promised_from.astimezone(roster.zone)
    if request.minutes is not None and request.service.clamp(request.minutes) != booking.minutes:
        return False
    if promised.date() != request.when.on:
        return False
    if request.when.at is not None:
        return promised.time() == request.when.at
    part = availability.part_named(roster, request.part)
    return part is None or part.starts <= promised.time() < part.ends


def _place(roster: Roster, request: Request, standing: Booking | None, *, now: datetime) -> Outcome:
    """Find a technician for a start that suits and write; else answer with alternatives."""
    service, on = request.service, request.when.on
    minutes = request.service.clamp(request.minutes if request.minutes is not None or standing is None else standing.minutes)
    earliest = int(now.timestamp()) + roster.lead_minutes * MINUTE
    own_visits = list(standing.visits.filter(status=Visit.Status.ACTIVE)) if standing else []
    without = [visit.pk for visit in own_visits]
    stretch = availability.day_span(roster, on, reach=minutes + service.buffer_minutes)
    read = occupancy.read(roster, stretch, now=now, without=without)
    for start in _starts(roster, request, minutes, earliest, read):
        able = [
            worker.id
            for worker in roster.workers
            if slots.fits(roster, worker, service, on=on, start=start, minutes=minutes, taken=read.taken)
        ]
        if not able:
            continue
        turn = slots.in_turn(able, load=read.load, origin=request.origin)
        # A moved visit stays with its technician where that is possible.
        own = {visit.technician_id for visit in own_visits}
        worker = next((each for each in turn if each in own), turn[0])
        write = writing.mover(roster, request, standing, own_visits) if standing else writing.maker(roster, request)
        return _claim(roster, service, worker, start=start, minutes=minutes, without=without, now=now, write=write)
    return _instead(roster, request, minutes=minutes, standing=standing, earliest=earliest, now=now)


def _starts(roster: Roster, request: Request, minutes: int, earliest: int, read: occupancy.Occupancy) -> Sequence[int]:
    """Return the starts that suit the request: the one named, or those of the day or part, earliest first."""
    when = request.when
    if when.at is not None:
        start = instant(when.on, when.at, roster.zone)
        return [start] if start >= earliest else []
    part = availability.part_named(roster, request.part)
    within = Span(instant(when.on, part.starts, roster.zone), instant(when.on, part.ends, roster.zone)) if part else None
    found = slots.candidates(
        roster, request.service, on=when.on, minutes=minutes, taken=read.taken, earliest=earliest, within=within
    )
    return [candidate.start for candidate in found]


_LOCK = "SELECT 1 FROM bookings_technician WHERE id = %s AND active FOR NO KEY UPDATE"


def _claim(
    roster: Roster,
    service: Service,
    worker: int,
    *,
    start: int,
    minutes: int,
    without: Sequence[int],
    now: datetime,
    write: writing.Write,
) -> Outcome:
    """Lock one technician, look again, write. Raises TryAgainError when somebody was faster.

    The exclusion constraint stands behind it.
    """
    blocked_until = start + (minutes + service.buffer_minutes) * MINUTE
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [worker])
        there = cursor.fetchone() is not None
    again = occupancy.read(roster, Span(start, blocked_until), now=now, technicians=[worker], without=without).taken
    if not there or not slots.is_free(again.get(worker, ()), start, blocked_until):
        raise TryAgainError
    slot = availability.slot_at(roster, service, start, minutes)
    return write(worker, DateTimeTZRange(utc(start), utc(blocked_until), "[)"), slot)


def _instead(
    roster: Roster, request: Request, *, minutes: int, standing: Booking | None, earliest: int, now: datetime
) -> Outcome:
    when = request.when
    closed = roster.closures.get(when.on)
    why = Why.TAKEN
    if closed is not None:
        why = Why.CLOSED
    elif when.at is not None and instant(when.on, when.at, roster.zone) < earliest:
        why = Why.TOO_SOON
    nearest = availability.alternatives(
        roster, request.service, on=when.on, now=now, part=request.part, at=when.at, minutes=minutes
    )
    return Outcome(State.TAKEN, standing, slots=nearest, why=why, closed=closed or "")


def cancel(booking_id: int, *, by: str, reason: str, now: datetime) -> Booking:
    """Cancel an open booking and end its visits; cancelling it again changes nothing. Owns its transaction.

    Raises RefusedError `not_found` for an unknown id and `not_open` for a booking that is done.
    """
    with transaction.atomic():
        booking = Booking.objects.select_for_update(of=("self",), no_key=True).filter(pk=booking_id).first()
        if booking is None:
            raise RefusedError("not_found")
        if booking.status == Booking.Status.CANCELLED:
            return booking
        if booking.status not in Booking.OPEN:
            raise RefusedError("not_open", status=booking.get_status_display())
        booking.status = Booking.Status.CANCELLED
        booking.save(update_fields=["status", "updated_at"])
        ended = list(booking.visits.exclude(status=Visit.Status.ENDED))
        for visit in ended:
            visit.status = Visit.Status.ENDED
            visit.version += 1
            visit.save(update_fields=["status", "version"])
        BookingChange.objects.create(
            booking=booking, shop_id=booking.shop_id, at=now, kind=BookingChange.Kind.CANCELLED, by=by,
            detail={"reason": reason},
        )  # fmt: skip
        writing.announce([visit.technician_id for visit in ended if visit.technician_id], by)
    return booking
