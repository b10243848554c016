"""Coming events in other words than the shop's present ones are written anew: the soonest first, some at a time."""

from datetime import datetime

from django.db import connection

from bookings.models import Shop
from calendars.google import wording

AT_ONCE = 100  # what is marked and not yet written is marked again instead of more

_MARK = """
UPDATE calendars_eventmirror SET pushed_version = 0 WHERE id IN (
  SELECT m.id FROM calendars_eventmirror m
    JOIN calendars_calendarconnection c ON c.id = m.connection_id
    JOIN bookings_visit v ON v.id = m.visit_id
   WHERE m.shop_id = %(shop)s AND m.form <> %(form)s AND NOT m.retired AND m.confirmed = 'present' AND m.moved_to = ''
     AND m.blocked_reason = '' AND c.state = 'connected' AND v.technician_id = c.technician_id
     AND v.status = 'active' AND v.ends_at > %(now)s
   ORDER BY v.starts_at, m.id LIMIT %(most)s)
   AND pushed_version > 0
"""


def renew(*, now: datetime, most: int = AT_ONCE) -> int:
    """Mark the events that say something else than the shop wants them to by now; return how many. A statement a shop."""
    marked = 0
    with connection.cursor() as cursor:
        for shop in Shop.objects.only("pk", "event_details"):
            cursor.execute(_MARK, {"shop": shop.pk, "form": wording.form(shop), "now": now, "most": most})
            marked += cursor.rowcount
    return marked
