"""Finds what waits for somebody, in one statement, whatever it is; says in one statement whether that has changed.

An emergency is one thing: the lead and the concerns that came of it are left out while it is open, and come up once it is over
if nobody closed them. What the list shows of a thing and `state` does not hold would stay stale on the screen: add it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection

from bookings.models import Shop
from desk.inbox import order

# A visit is late from so long before its promised window ends, while nobody is on site or even said to be: time enough to
# telephone the customer before they do.
LATE_BEFORE = timedelta(minutes=15)
# So long it stays: over a weekend, and not for ever where nobody marks visits at all.
LATE_FOR = timedelta(hours=72)
# What was done today has hardly come up earlier than this; the index needs a lower end.
_DONE_WITHIN = timedelta(days=60)

NOTHING = "none"  # the token of an empty list

_OPEN = """
    SELECT 'emergency' AS kind, e.id::text AS key, e.id, e.shop_id, e.heard_at AS at,
           CASE WHEN e.acknowledged_at IS NULL THEN 'emergency:nobody' ELSE 'emergency:taken' END AS sort,
           concat_ws(' ', e.phone, e.danger, e.acknowledged_by) AS words,
           ROW(e.gave_up_at, e.acknowledged_at, e.round)::text AS state
      FROM telephony_emergency e
     WHERE e.shop_id = ANY(%(shops)s) AND e.released_at IS NULL
    UNION ALL
    SELECT 'lead', l.id::text, l.id, l.shop_id, l.created_at, CASE WHEN l.urgent THEN 'lead:urgent' ELSE 'lead' END,
           concat_ws(' ', l.phone, c.name, l.wanted), ROW(l.reason, l.recording_url, l.updated_at)::text
      FROM bookings_lead l
      LEFT JOIN bookings_customer c ON c.id = l.customer_id
     WHERE l.shop_id = ANY(%(shops)s) AND l.status = 'open'
       AND NOT (l.reason = 'emergency' AND EXISTS (
           SELECT FROM telephony_emergency e WHERE e.shop_id = l.shop_id AND e.origin = l.origin AND e.released_at IS NULL))
    UNION ALL
    SELECT 'concern', n.id::text, n.id, n.shop_id, n.created_at, 'concern:' || n.kind,
           concat_ws(' ', n.text, b.reference, c.name, c.phone, t.name, n.note),
           ROW(n.said, n.stands, n.proposed_starts_at, n.proposed_ends_at, n.proposed_technician_id, n.waiting_since,
               b.status, b.promised_from, b.to_confirm_since, v.version, v.status)::text
      FROM bookings_concern n
      LEFT JOIN bookings_booking b ON b.id = n.booking_id
      LEFT JOIN bookings_customer c ON c.id = b.customer_id
      LEFT JOIN bookings_visit v ON v.id = n.visit_id
      LEFT JOIN bookings_technician t ON t.id = n.technician_id
     WHERE n.shop_id = ANY(%(shops)s) AND n.status = 'open'
       AND NOT (n.kind IN ('emergency', 'unacknowledged') AND n.origin <> '' AND EXISTS (
           SELECT FROM telephony_emergency e WHERE e.shop_id = n.shop_id AND e.origin = n.origin AND e.released_at IS NULL))
    UNION ALL
    SELECT 'late', b.id || '-' || extract(epoch FROM b.promised_to)::bigint, b.id, b.shop_id, b.promised_to,
           CASE WHEN b.promised_to <= %(now)s THEN 'late:over' ELSE 'late:soon' END,
           concat_ws(' ', b.reference, c.name, c.phone, w.names), ROW(b.status, b.promised_from, p.address)::text
      FROM bookings_booking b
      LEFT JOIN bookings_customer c ON c.id = b.customer_id
      LEFT JOIN bookings_property p ON p.id = b.property_id
     CROSS JOIN LATERAL (
           SELECT string_agg(t.name, ', ' ORDER BY v.id) AS names, count(*) AS visits
             FROM bookings_visit v LEFT JOIN bookings_technician t ON t.id = v.technician_id
            WHERE v.booking_id = b.id AND v.status = 'active') w
     WHERE b.shop_id = ANY(%(shops)s) AND b.status IN ('booked', 'en_route') AND w.visits > 0
       AND b.promised_from > %(now)s - %(late_for)s - interval '1 day' AND b.promised_from < %(now)s + interval '1 day'
       AND b.promised_to > %(now)s - %(late_for)s AND b.promised_to <= %(now)s + %(late_before)s
"""

# What was done since the shop's midnight.
_DONE = """
    SELECT 'emergency' AS kind, e.id::text AS key, e.id, e.shop_id, e.released_at AS at, 'emergency:taken' AS sort,
           concat_ws(' ', e.phone, e.danger, e.released_by) AS words, '' AS state
      FROM telephony_emergency e JOIN bookings_shop s ON s.id = e.shop_id
     WHERE e.shop_id = ANY(%(shops)s)
       AND e.released_at >= date_trunc('day', %(now)s AT TIME ZONE s.timezone) AT TIME ZONE s.timezone
    UNION ALL
    SELECT 'lead', l.id::text, l.id, l.shop_id, l.updated_at, 'lead', concat_ws(' ', l.phone, c.name, l.wanted), l.status
      FROM bookings_lead l JOIN bookings_shop s ON s.id = l.shop_id
      LEFT JOIN bookings_customer c ON c.id = l.customer_id
     WHERE l.shop_id = ANY(%(shops)s) AND l.status IN ('done', 'spam') AND l.created_at > %(now)s - %(done_within)s
       AND l.updated_at >= date_trunc('day', %(now)s AT TIME ZONE s.timezone) AT TIME ZONE s.timezone
    UNION ALL
    SELECT 'concern', n.id::text, n.id, n.shop_id, n.closed_at, 'concern:' || n.kind,
           concat_ws(' ', n.text, b.reference, c.name, c.phone, t.name), ''
      FROM bookings_concern n JOIN bookings_shop s ON s.id = n.shop_id
      LEFT JOIN bookings_booking b ON b.id = n.booking_id
      LEFT JOIN bookings_customer c ON c.id = b.customer_id
      LEFT JOIN bookings_technician t ON t.id = n.technician_id
     WHERE n.shop_id = ANY(%(shops)s) AND n.status = 'done' AND n.created_at > %(now)s - %(done_within)s
       AND n.closed_at >= date_trunc('day', %(now)s AT TIME ZONE s.timezone) AT TIME ZONE s.timezone
"""

# Beside each thing what the desk noted about it. An emergency is never put aside, whatever somebody noted.
_NOTED = """
WITH things AS ({things}), items AS (
    SELECT i.*, h.owner_id, i.sort NOT LIKE 'emergency:%%' AND coalesce(h.snoozed_until > %(now)s, false) AS snoozed,
           ROW(h.note, h.tries, h.snoozed_until, h.done_by)::text AS noted
      FROM things i LEFT JOIN desk_handling h ON h.shop_id = i.shop_id AND h.kind = i.kind AND h.key = i.key
)
"""
OPEN_ITEMS = _NOTED.format(things=_OPEN)  # begins a statement that reads `items`, with the values of `facts`
_ROWS = "SELECT kind, key, id, shop_id, sort, at, words, snoozed, owner_id, md5(items::text) FROM items"
_PULSE = """
SELECT md5(string_agg(md5(items::text), '' ORDER BY kind COLLATE "C", key COLLATE "C")), count(*) FILTER (WHERE NOT snoozed),
       count(*) FILTER (WHERE sort = 'emergency:nobody') FROM items
"""


@dataclass(frozen=True, slots=True)
class Row:
    """Something that waits, or was done: enough to order, count and filter it. `stamp` names its present state."""

    kind: str
    key: str
    pk: int
    shop_id: int
    sort: str
    at: datetime
    words: str
    snoozed: bool
    owner_id: int | None
    stamp: str

    @property
    def id(self) -> str:
        return f"{self.kind}-{self.key}"


@dataclass(frozen=True, slots=True)
class Pulse:
    """The change token of what waits, how much that is, and how many emergencies nobody has."""

    token: str
    count: int
    alarms: int


def facts(among: Collection[Shop], now: datetime) -> dict[str, Any]:
    """Return the values that a statement over `items` is given."""
    return {
        "shops": [shop.pk for shop in among], "now": now, "late_before": LATE_BEFORE, "late_for": LATE_FOR,
        "done_within": _DONE_WITHIN,
    }  # fmt: skip


def waiting(among: Collection[Shop], *, now: datetime) -> list[Row]:
    """Return all that waits in these shops, put aside or not, the most urgent first; one statement."""
    return sorted(_read(_OPEN, among, now), key=lambda row: (*order.place(row.sort), row.at, row.kind, row.pk))


def done(among: Collection[Shop], *, now: datetime) -> list[Row]:
    """Return what was done since each shop's midnight, the latest first; one statement."""
    return sorted(_read(_DONE, among, now), key=lambda row: (row.at, row.pk), reverse=True)


def _read(things: str, among: Collection[Shop], now: datetime) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(_NOTED.format(things=things) + _ROWS, facts(among, now))
        return [Row(*found) for found in cursor.fetchall()]


def token(rows: Collection[Row]) -> str:
    """Return the token that `pulse` gives for just this."""
    stamps = "".join(row.stamp for row in sorted(rows, key=lambda row: (row.kind, row.key)))
    return hashlib.md5(stamps.encode(), usedforsecurity=False).hexdigest() if rows else NOTHING


def pulse(among: Collection[Shop], *, now: datetime) -> Pulse:
    """Return whether something has changed, as a token, with the counts every page shows; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN_ITEMS + _PULSE, facts(among, now))
        digest, count, alarms = cursor.fetchone()
    return Pulse(digest or NOTHING, int(count), int(alarms))
