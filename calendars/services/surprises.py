"""What somebody did to one of our events in Google: never a silent loss, so it becomes a concern."""

from datetime import datetime

from bookings.models import Concern, Visit
from bookings.services import concerns
from calendars.google.mapping import Stretch
from calendars.models import EventMirror


def moved(mirror: EventMirror, visit: Visit, to: Stretch, *, now: datetime, put_back: bool) -> None:
    """Raise a concern once for each place an event is moved to."""
    if mirror.moved_to == str(to):
        return
    EventMirror.objects.filter(pk=mirror.pk).update(moved_to=str(to))
    zone = visit.shop.zone
    stands = f"{visit.starts_at.astimezone(zone):%a %b %-d, %-I:%M %p}"
    where = f"{to.starts_at.astimezone(zone):%a %b %-d, %-I:%M %p}"
    then = "The event was set back." if put_back else "Move the booking, or the event back."
    concerns.raise_once(
        Concern.Kind.EVENT_MOVED,
        f"visit:{visit.pk}",
        f"Visit {visit.booking.reference} was moved in Google to {where}; the booking says {stands}. {then}",
        shop_id=visit.shop_id,
        now=now,
        booking=visit.booking,
        visit=visit,
        technician=visit.technician,
    )


def deleted(visit: Visit, *, now: datetime) -> None:
    """Raise a concern for an event that is gone; the next writing puts it back."""
    concerns.raise_once(
        Concern.Kind.EVENT_DELETED,
        f"visit:{visit.pk}",
        f"Visit {visit.booking.reference} was deleted in Google and is put back. Cancel or move the booking if it was meant.",
        shop_id=visit.shop_id,
        now=now,
        booking=visit.booking,
        visit=visit,
        technician=visit.technician,
    )
