"""What a telephone number alone says of whoever calls from it: counts, and nothing by which somebody could be known."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

from bookings.models import Booking

# As long as bookings.services.finding speaks of an appointment whose window is over.
_STILL_SPOKEN_OF = timedelta(hours=12)


class Known(NamedTuple):
    """How many people are known at a number, how many appointments they have ahead, whether one has a maintenance plan."""

    people: int
    upcoming: int
    member: bool


_AT = """
SELECT count(DISTINCT c.id), count(DISTINCT c.id) FILTER (WHERE c.member),
       count(DISTINCT b.id) FILTER (WHERE b.status = ANY(%s) AND b.promised_to > %s)
  FROM bookings_customer n JOIN bookings_customer c ON c.id = COALESCE(n.merged_into_id, n.id)
  LEFT JOIN bookings_booking b ON b.customer_id = c.id
 WHERE n.shop_id = %s AND n.phone = %s
"""
_AHEAD = [each.value for each in Booking.OPEN if each != Booking.Status.HELD]


def at(phone: str, *, shop_id: int, now: datetime) -> Known:
    """Return what is known of a number in E.164 form. One statement; a caller waits for it."""
    with connection.cursor() as cursor:
        cursor.execute(_AT, [_AHEAD, now - _STILL_SPOKEN_OF, shop_id, phone])
        people, members, upcoming = cursor.fetchone()
    return Known(people, upcoming, bool(members))
