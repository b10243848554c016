"""Finds the bookings a caller may speak of: their own, by the number they call from or made in this very call."""

from datetime import datetime

from django.db.models import Q

from bookings.errors import RefusedError
from bookings.models import Booking

_AT_MOST = 100  # a property manager has many, and names one by its reference


def upcoming(*, shop_id: int, phone: str, origin: str, now: datetime) -> list[Booking]:
    """Return the caller's bookings that are still to come, the soonest first."""
    whose = Q(origin=origin)
    if phone:
        whose |= Q(customer__phone=phone)
    return list(
        Booking.objects.filter(whose, shop=shop_id, status__in=[each for each in Booking.OPEN if each != "held"])
        .filter(promised_to__gt=now)
        .select_related("customer", "property", "service_type")
        .order_by("promised_from", "pk")[:_AT_MOST]
    )


def meant(found: list[Booking], said: str) -> Booking:
    """Return the booking a caller means: the one of that reference or id, else the only one.

    Raises RefusedError `not_yours` where the caller has none or not that one, and `which` (facts: bookings) where several
    could be meant. It does not say whether somebody else has such a booking.
    """
    wanted = "".join(each for each in said.upper() if each.isalnum())
    if wanted:
        for booking in found:
            known = {booking.reference, booking.reference.removeprefix("HV-"), str(booking.public_id)}
            if wanted in {"".join(each for each in name.upper() if each.isalnum()) for name in known}:
                return booking
        raise RefusedError("not_yours")
    if not found:
        raise RefusedError("not_yours")
    if len(found) > 1:
        raise RefusedError("which", bookings=found)
    return found[0]
