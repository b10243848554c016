"""What may become of a booking once it is promised: on the way, on site, done, nobody home. Only these steps, each once."""

from datetime import datetime

from django.db import DatabaseError, transaction
from psycopg import errors

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Concern, Visit
from bookings.services import concerns, confirming, writing

Status = Booking.Status

# From each status, the ones a person may choose next. A step that was taken too soon can be taken back.
STEPS: dict[str, tuple[Booking.Status, ...]] = {
    Status.BOOKED: (Status.EN_ROUTE, Status.ON_SITE, Status.NO_SHOW),
    Status.EN_ROUTE: (Status.ON_SITE, Status.NO_SHOW, Status.BOOKED),
    Status.ON_SITE: (Status.DONE, Status.NO_SHOW, Status.EN_ROUTE),
    Status.DONE: (Status.ON_SITE,),
    Status.NO_SHOW: (Status.BOOKED,),
}
OVER = frozenset({Status.DONE, Status.NO_SHOW})


def walk(booking_id: int, to: Booking.Status, *, by: str, now: datetime) -> Booking:
    """Take a booking to a status by as few steps as lead there, all or none: what is done was on site, whoever forgot to say.

    Owns its transaction. Raises what `step` raises.
    """
    with transaction.atomic():
        booking = Booking.objects.select_for_update(of=("self",), no_key=True).filter(pk=booking_id).first()
        if booking is None:
            raise RefusedError("not_found")
        for each in _way(Status(booking.status), to):
            booking = step(booking_id, each, by=by, now=now)
    return booking


def _way(start: Booking.Status, to: Booking.Status) -> list[Booking.Status]:
    """Return the fewest steps from one status to another; where none lead there the step itself, to be refused."""
    ways: list[list[Booking.Status]] = [[start]]
    for way in ways:
        if way[-1] == to:
            return way[1:]
        if len(way) == 1 or way[-1] not in OVER:  # nobody is said to have been out on the way to somewhere else
            ways += [[*way, each] for each in STEPS.get(way[-1], ()) if each not in way]
    return [to]


def step(booking_id: int, to: Booking.Status, *, by: str, now: datetime) -> Booking:
    """Take a booking one step further, or one back; the same step again changes nothing. Owns its transaction.

    When the work is over its visits keep their events and give back the time that is left. Raises RefusedError `not_found`,
    `no_such_step` (facts: status, to, may) and `taken` when the time has been given to somebody else meanwhile.
    """
    try:
        with transaction.atomic():
            booking = Booking.objects.select_for_update(of=("self",), no_key=True).filter(pk=booking_id).first()
            if booking is None:
                raise RefusedError("not_found")
            was = Status(booking.status)
            if was == to:
                return booking
            if to not in STEPS.get(was, ()):
                raise RefusedError("no_such_step", status=was.label, to=to.label, may=[each.label for each in STEPS.get(was, ())])
            if booking.to_confirm_since is not None:  # whoever is on the way needs nobody's confirmation
                confirming.confirmed(None, booking, by=by, now=now)
            booking.status = to
            booking.save(update_fields=["status", "updated_at"])
            if (was in OVER) != (to in OVER):
                before, after = (
                    (Visit.Status.ACTIVE, Visit.Status.DONE) if to in OVER else (Visit.Status.DONE, Visit.Status.ACTIVE)
                )
                touched = list(booking.visits.filter(status=before).order_by("pk"))
                for visit in touched:
                    visit.status = after
                    visit.version += 1
                    visit.save(update_fields=["status", "version"])
                if to in OVER:
                    concerns.close_about(booking, Concern.CALENDAR, now=now)
                writing.announce([visit.technician_id for visit in touched], by)
            writing.record(booking, BookingChange.Kind.STATUS, at=now, by=by, before=str(was), after=str(to))
    except DatabaseError as error:
        if isinstance(error.__cause__, errors.ExclusionViolation):
            raise RefusedError("taken") from error
        raise
    return booking
