"""Answers in one statement whether a board has changed, whose days have, and how much waits for a person.

The token is a digest of everything the board shows that a clock alone does not change, and so is each technician's of what
their row shows. What the page shows and this statement does not read would stay stale on the screen: add it to both.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from bookings.models import Concern, Shop

# A visit that began longer ago than this is not looked for; the index on (shop, starts_at) needs a lower end.
LONGEST_VISIT = timedelta(days=7)
SHOWN_AT_MOST = 3

_PULSE = """
WITH leads AS (
    SELECT id, reason, phone, wanted, created_at FROM bookings_lead WHERE shop_id = %(shop)s AND status = 'open'
), open_ones AS (
    SELECT id, kind, text, created_at FROM bookings_concern WHERE shop_id = %(shop)s AND status = 'open'
), concerns AS (
    SELECT * FROM open_ones WHERE kind <> ALL(%(calendar)s)
), conflicts AS (
    SELECT * FROM open_ones WHERE kind = ANY(%(calendar)s)
), shown (technician_id, kind, id, other, what) AS (
    SELECT v.technician_id, 1, v.id, m.id,
           ROW(v.id, v.version, v.status, v.starts_at, v.ends_at, v.overbooked, v.pinned, v.role, v.held_until,
               v.latitude, v.longitude, b.service_type_id, b.reference, b.urgency, b.zip_code, b.status, b.promised_from,
               b.promised_to, b.problem, b.to_confirm_since, b.updated_at, c.name, c.phone, p.address, p.zip_code,
               m.calendar_id, m.confirmed, m.pushed_version, m.blocked_reason, m.blocked_version, m.last_error, m.moved_to)::text
      FROM bookings_visit v
      JOIN bookings_booking b ON b.id = v.booking_id
      LEFT JOIN bookings_customer c ON c.id = b.customer_id
      LEFT JOIN bookings_property p ON p.id = b.property_id
      LEFT JOIN calendars_eventmirror m ON m.visit_id = v.id AND NOT m.retired
     WHERE v.shop_id = %(shop)s AND v.starts_at >= %(since)s AND v.starts_at < %(until)s AND v.ends_at > %(from)s
       AND v.status <> 'ended' AND NOT (v.status = 'held' AND v.held_until <= %(now)s)
    UNION ALL
    SELECT u.technician_id, 2, u.id, NULL, ROW(u.starts_at, u.ends_at)::text
      FROM bookings_technician t
      JOIN bookings_busyblock u ON u.technician_id = t.id
     WHERE t.shop_id = %(shop)s AND u.ends_at > %(from)s AND u.starts_at < %(until)s
    UNION ALL
    SELECT o.technician_id, 3, o.id, NULL, ROW(o.starts_at, o.ends_at, o.reason)::text
      FROM bookings_technician t
      JOIN bookings_timeoff o ON o.technician_id = t.id
     WHERE t.shop_id = %(shop)s AND o.ends_at > %(from)s AND o.starts_at < %(until)s
    UNION ALL
    SELECT t.id, 4, t.id, NULL, ROW(k.state, k.calendar_id, k.connected_at, f.read_at IS NULL, f.read_at < %(stale)s)::text
      FROM bookings_technician t
      LEFT JOIN calendars_calendarconnection k ON k.technician_id = t.id
      LEFT JOIN bookings_calendarfreshness f ON f.technician_id = t.id
     WHERE t.shop_id = %(shop)s
), days AS (
    SELECT coalesce(technician_id, 0) AS technician, md5(string_agg(what, ',' ORDER BY kind, id, other)) AS digest
      FROM shown GROUP BY technician_id
)
SELECT md5(concat_ws('~',
    %(today)s::text,
    (SELECT config_version FROM bookings_shop WHERE id = %(shop)s),
    (SELECT string_agg(concat_ws(':', technician, digest), ',' ORDER BY technician) FROM days),
    (SELECT count(*) FROM leads),
    (SELECT string_agg(latest::text, ',') FROM (SELECT * FROM leads ORDER BY created_at DESC, id DESC LIMIT %(most)s) latest),
    (SELECT count(*) FROM concerns), (SELECT count(*) FROM conflicts),
    (SELECT string_agg(latest::text, ',')
       FROM (SELECT * FROM concerns ORDER BY created_at DESC, id DESC LIMIT %(most)s) latest),
    (SELECT string_agg(latest::text, ',')
       FROM (SELECT * FROM conflicts ORDER BY created_at DESC, id DESC LIMIT %(most)s) latest),
    (SELECT string_agg(ROW(id, danger, phone, gave_up_at)::text, ',' ORDER BY id) FROM telephony_emergency
      WHERE shop_id = %(shop)s AND acknowledged_at IS NULL AND released_at IS NULL),
    (SELECT count(*) FROM telephony_call
      WHERE shop_id = %(shop)s AND started_at >= %(from)s AND started_at < %(until)s)
  )),
  (SELECT count(*) FROM leads),
  (SELECT count(*) FROM concerns), (SELECT count(*) FROM conflicts),
  (SELECT count(*) FROM telephony_call WHERE shop_id = %(shop)s AND started_at >= %(from)s AND started_at < %(until)s),
  (SELECT json_object_agg(technician, digest) FROM days)
"""


@dataclass(frozen=True, slots=True)
class Pulse:
    """The change token of the board of some days and the numbers beside it; `calls` are those of the days.

    `conflicts` are what technicians did in Google against what was promised; `concerns` are all others. `rows` has a digest
    of what is stored of each technician's days.
    """

    token: str
    leads: int
    concerns: int
    conflicts: int
    calls: int
    rows: dict[int, str]


def take(shop: Shop, *, starts: datetime, ends: datetime, now: datetime) -> Pulse:
    """Return the pulse of the shop's days between two instants."""
    with connection.cursor() as cursor:
        cursor.execute(
            _PULSE,
            {
                "shop": shop.pk,
                "from": starts,
                "until": ends,
                "since": starts - LONGEST_VISIT,
                "today": now.astimezone(shop.zone).date(),
                "stale": now - timedelta(minutes=shop.calendar_stale_minutes),
                "most": SHOWN_AT_MOST,
                "calendar": [str(kind) for kind in Concern.CALENDAR],
                "now": now,
            },
        )
        token, leads, concerns, conflicts, calls, rows = cursor.fetchone()
    digests = {int(pk): digest for pk, digest in (rows or {}).items()}
    return Pulse(str(token), int(leads), int(concerns), int(conflicts), int(calls), digests)
