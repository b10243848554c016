"""What becomes of a booking that was promised on the office's confirmation: a person confirms it, or it does so by itself once
every calendar is seen and nothing lies over it. The customer is told.
"""

from datetime import datetime

from django.db import connection, transaction

from bookings.engine.roster import Roster
from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Concern
from bookings.services import concerns, confirmations, rosters, unseen, writing

# Bookings whose people's calendars are all seen by now, and free then.
_SEEN = """
SELECT b.id FROM bookings_booking b JOIN bookings_shop s ON s.id = b.shop_id
 WHERE b.to_confirm_since IS NOT NULL AND b.status = 'booked'
   AND (%(technician)s::bigint IS NULL OR EXISTS (
        SELECT 1 FROM bookings_visit v WHERE v.booking_id = b.id AND v.technician_id = %(technician)s AND v.status = 'active'))
   AND (%(booking)s::bigint IS NULL OR b.id = %(booking)s)
   AND NOT EXISTS (
        SELECT 1 FROM bookings_visit v JOIN bookings_calendarfreshness f ON f.technician_id = v.technician_id
         WHERE v.booking_id = b.id AND v.status = 'active'
           AND (f.read_at IS NULL OR f.read_at < %(now)s - s.calendar_stale_minutes * interval '1 minute'
                OR f.read_until < v.ends_at))
   AND NOT EXISTS (
        SELECT 1 FROM bookings_visit v JOIN bookings_busyblock u ON u.technician_id = v.technician_id
         WHERE v.booking_id = b.id AND v.status = 'active' AND u.starts_at < v.ends_at AND u.ends_at > v.starts_at)
 ORDER BY b.id LIMIT 200
"""


def confirm(booking_id: int, *, by: str, now: datetime) -> bool:
    """Confirm a booking and text the customer; False where it needs no confirmation any more. Owns its transaction.

    Raises RefusedError `not_found`.
    """
    with transaction.atomic():
        booking = _locked(booking_id)
        if booking.to_confirm_since is None:
            return False
        confirmed(rosters.of(booking.shop_id, booking.shop.config_version), booking, by=by, now=now)
    return True


def seen(*, now: datetime, technician_id: int | None = None) -> int:
    """Confirm what need not wait for a person any more, a technician's or all; return how many. Each in a transaction of its own.

    One statement where there are none.
    """
    done = 0
    for booking_id in _seen(now=now, technician_id=technician_id):
        with transaction.atomic():
            booking = _locked(booking_id)
            if booking.to_confirm_since is None or not _seen(now=now, booking_id=booking_id):
                continue
            confirmed(rosters.of(booking.shop_id, booking.shop.config_version), booking, by="calendar", now=now)
            done += 1
    return done


def confirmed(roster: Roster | None, booking: Booking, *, by: str, now: datetime) -> None:
    """Let a booking stand for certain, and tell the customer; without a roster nobody needs to be told any more.

    In the caller's transaction, with the booking locked.
    """
    booking.to_confirm_since = None
    booking.save(update_fields=["to_confirm_since", "updated_at"])
    writing.record(booking, BookingChange.Kind.CONFIRMED, at=now, by=by)
    concerns.close(Concern.Kind.TO_CONFIRM, unseen.key(booking), shop_id=booking.shop_id, now=now)
    if roster is not None:
        confirmations.queue_in_own_language(booking, roster, now)


def _locked(booking_id: int) -> Booking:
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "shop")
        .filter(pk=booking_id)
        .first()
    )
    if booking is None:
        raise RefusedError("not_found")
    return booking


def _seen(*, now: datetime, technician_id: int | None = None, booking_id: int | None = None) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"now": now, "technician": technician_id, "booking": booking_id})
        return [pk for (pk,) in cursor.fetchall()]
