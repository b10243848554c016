"""Finds the bookings a caller may speak of: their own, by the number they call from or made in this very call."""

import re
from datetime import datetime, timedelta

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Customer

_AT_MOST = 100  # a property manager has many, and names one by its reference
# Who was not visited may move the appointment for some hours after its window.
_STILL_SPOKEN_OF = timedelta(hours=12)
_REFERENCE = re.compile(r"(HV)?[2-9A-HJ-KMNP-TV-Z]{5}|[0-9A-F]{32}")


def upcoming(*, shop_id: int, phone: str, origin: str, now: datetime) -> list[Booking]:
    """Return the caller's open bookings that are still to come, or should have been today, the soonest first."""
    open_ones = (
        Booking.objects.filter(shop=shop_id, status__in=[each for each in Booking.OPEN if each != "held"])
        .filter(promised_to__gt=now - _STILL_SPOKEN_OF)
        .select_related("customer", "property", "service_type")
    )
    # Two questions, since "or" over two tables reads them whole.
    found = {each.pk: each for each in open_ones.filter(origin=origin)}
    if phone:
        theirs = list(Customer.objects.filter(shop=shop_id, phone=phone).values_list("pk", flat=True))
        found |= {each.pk: each for each in open_ones.filter(customer__in=theirs).order_by("promised_from")[:_AT_MOST]}
    return sorted(found.values(), key=lambda each: (each.promised_from, each.pk))


def is_reference(said: str) -> bool:
    """Say whether a text has the shape of a reference or an id, and not of "Tuesday" or "n/a"."""
    return _REFERENCE.fullmatch(_plain(said)) is not None


def meant(found: list[Booking], said: str) -> Booking:
    """Return the booking a caller means: the one of that reference or id, else the only one.

    Raises RefusedError `not_yours` where the caller has none or not that one, and `which` (facts: bookings) where several
    could be meant. It does not say whether somebody else has such a booking.
    """
    if said:
        for booking in found:
            if _plain(said) in {_plain(booking.reference), _plain(booking.reference)[2:], _plain(str(booking.public_id))}:
                return booking
        raise RefusedError("not_yours")
    if not found:
        raise RefusedError("not_yours")
    if len(found) > 1:
        raise RefusedError("which", bookings=found)
    return found[0]


def cancelled_by(origin: str, *, shop_id: int, said: str) -> Booking | None:
    """Return the booking that this origin has cancelled already: the one of that reference, else the latest."""
    done = BookingChange.objects.filter(shop=shop_id, by=origin, kind=BookingChange.Kind.CANCELLED).order_by("-pk")
    found = [change.booking for change in done.select_related("booking")]
    if not said:
        return found[0] if found else None
    return next((each for each in found if _plain(said) in {_plain(each.reference), _plain(each.reference)[2:]}), None)


def _plain(said: str) -> str:
    return "".join(each for each in said.upper() if each.isalnum())
