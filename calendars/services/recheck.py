"""Looks at Google again right after something was arranged by an older picture: what is read then is compared as always."""

from collections.abc import Callable
from datetime import datetime

from django.db import connection as database

from calendars.services import pull

# Only where something was arranged since the last reading, so that this ends: who was just read is not read again. A calendar
# that Google fails to show is left to its turn.
_OLDER = """
SELECT r.id
  FROM calendars_readcalendar r
  JOIN calendars_calendarconnection c ON c.id = r.connection_id
  JOIN bookings_shop s ON s.id = r.shop_id
 WHERE c.technician_id = %(technician)s AND c.state = 'connected' AND (r.counts OR r.calendar_id = c.calendar_id)
   AND s.recheck_seconds > 0 AND (r.read_at IS NULL OR r.read_at < %(now)s - s.recheck_seconds * interval '1 second')
   AND NOT (r.pull_failures > 0 AND r.pull_due_at > %(now)s)
   AND EXISTS (SELECT 1 FROM bookings_visit v JOIN bookings_bookingchange h ON h.booking_id = v.booking_id
                WHERE v.technician_id = c.technician_id AND v.status = 'active' AND v.ends_at > %(now)s
                  AND h.kind IN ('booked', 'moved') AND (r.read_at IS NULL OR h.at > r.read_at))
 ORDER BY r.id
"""


def look(technician_id: int, *, clock: Callable[[], datetime]) -> None:
    """Read those of a technician's calendars that were last read longer ago than their shop wants and before the last booking.

    One statement where there are none. Whoever reads one of them at this moment does it for us.
    """
    with database.cursor() as cursor:
        cursor.execute(_OLDER, {"technician": technician_id, "now": clock()})
        older = [pk for (pk,) in cursor.fetchall()]
    for calendar_id in older:
        pull.read(calendar_id, clock=clock)
