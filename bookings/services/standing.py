"""What a request meets: what its origin has already made, held or cancelled, and who keeps the booking that is to be moved."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import connection

from bookings.engine.roster import LEAD, Area, Roster
from bookings.errors import RefusedError
from bookings.models import Booking, Visit
from bookings.services import customers, jobs
from bookings.services.asking import Request

LIVE = (Visit.Status.HELD, Visit.Status.ACTIVE)


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the same origin has already: the booking that a request corrects, and what it only holds. All of it locked.

    `cancelled` is a booking of the same service that it cancelled by something it said later than the request. `unserved` is why
    the office serves nobody at the request's number any more.
    """

    booking: Booking | None = None
    holds: list[Booking] = field(default_factory=list)
    cancelled: Booking | None = None
    unserved: str = ""

    def held(self, request: Request) -> Booking | None:
        """Return the hold that the request makes a booking of."""
        return next(
            (
                each
                for each in self.holds
                if each.service_type_id == request.service.id and each.origin_at <= request.requested_at
            ),
            None,
        )


# What the origin made, what it moved of what was made before, and what it cancelled later than it asked for this.
_EARLIER = f"""
WITH earlier AS MATERIALIZED (
SELECT id FROM bookings_booking AS b
 WHERE id IN (SELECT id FROM bookings_booking WHERE origin = %(origin)s
              UNION ALL SELECT booking_id FROM bookings_bookingchange WHERE by = %(origin)s AND kind IN ('moved', 'cancelled'))
   AND shop_id = %(shop)s
   AND (status IN ('booked', 'held')
        AND EXISTS (SELECT 1 FROM bookings_visit AS v WHERE v.booking_id = b.id AND v.status IN ('held', 'active'))
     OR status = 'cancelled' AND service_type_id = %(service)s
        AND EXISTS (SELECT 1 FROM bookings_bookingchange AS c
                     WHERE c.booking_id = b.id AND c.by = %(origin)s AND c.kind = 'cancelled'
                       AND c.at > %(requested)s::timestamptz))
 ORDER BY id FOR NO KEY UPDATE
)
SELECT ARRAY(SELECT id FROM earlier), {customers.UNSERVED.format(shop="%(shop)s", phone="%(phone)s")}
"""  # noqa: S608 - a part of our own


def earlier(roster: Roster, request: Request) -> Earlier:
    """Return what the origin has already, locked."""
    if not connection.in_atomic_block:
        raise RuntimeError("runs inside transactions.booking_transaction()")
    if not request.origin:
        return Earlier(unserved=customers.unserved(shop_id=roster.shop_id, phone=request.customer_phone))
    with connection.cursor() as cursor:
        # The usual answer is that there is nothing: asked before anything is built to hold it.
        cursor.execute(
            _EARLIER,
            {
                "origin": request.origin,
                "shop": roster.shop_id,
                "requested": request.requested_at,
                "service": request.service.id,
                "phone": request.customer_phone,
            },
        )
        found, why = cursor.fetchone()
    unserved = why or ""
    if not found:
        return Earlier(unserved=unserved)
    rows = list(Booking.objects.select_related("customer", "property", "service_type").filter(pk__in=found).order_by("-pk"))
    booked = (
        each
        for each in rows
        if each.status == Booking.Status.BOOKED
        and each.service_type_id == request.service.id
        and (not each.origin_request or each.origin_request != request.request)
    )
    return Earlier(
        next(booked, None),
        [each for each in rows if each.status == Booking.Status.HELD],
        next((each for each in rows if each.status == Booking.Status.CANCELLED), None),
        unserved,
    )


def visits(booking: Booking) -> list[Visit]:
    """Return the visits that keep a booking, in order of time. One statement."""
    return list(booking.visits.filter(status__in=LIVE).order_by("starts_at", "pk"))


def chosen(roster: Roster, own: Sequence[Visit]) -> frozenset[int] | None:
    """Return the technician whom a person chose to lead these visits; None where nobody was, or who was has left."""
    active = {worker.id for worker in roster.workers}
    leads = {visit.technician_id for visit in own if visit.pinned and visit.role == LEAD.name}
    return frozenset(each for each in leads if each is not None and each in active) or None


def area_of(roster: Roster, zip_code: str, changes: Booking | None) -> Area | None:
    """Return the area of a job; where a booking stands already outside of all of them, somebody decided so."""
    try:
        return jobs.area_of(roster, zip_code)
    except RefusedError:
        if changes is None or changes.status == Booking.Status.HELD or zip_code != changes.zip_code:
            raise
        return None
