"""What a telephone number alone says of whoever calls from it: counts, and nothing by which somebody could be known."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q

from bookings.models import Booking, Customer

# As long as bookings.services.finding speaks of an appointment whose window is over.
_STILL_SPOKEN_OF = timedelta(hours=12)


class Known(NamedTuple):
    """How many people are known at a number, how many appointments they have ahead, whether one has a maintenance plan."""

    people: int
    upcoming: int
    member: bool


def at(phone: str, *, shop_id: int, now: datetime) -> Known:
    """Return what is known of a number in E.164 form. One statement."""
    ahead = Q(
        bookings__status__in=[each for each in Booking.OPEN if each != Booking.Status.HELD],
        bookings__promised_to__gt=now - _STILL_SPOKEN_OF,
    )
    found = Customer.objects.filter(shop=shop_id, phone=phone).aggregate(
        people=Count("pk", distinct=True),
        upcoming=Count("bookings", filter=ahead, distinct=True),
        members=Count("pk", filter=Q(member=True), distinct=True),
    )
    return Known(found["people"], found["upcoming"], bool(found["members"]))
