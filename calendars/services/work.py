"""What is behind: the one place that says which visits a calendar does not show as they are. Reads only."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# What began longer ago is history: nobody looks for it in a calendar.
LOOK_BACK = timedelta(days=30)

_BEHIND = """
WITH behind AS (
  SELECT c.id AS connection, v.id AS visit, NULL::bigint AS mirror, 0 AS attempts, v.starts_at, v.booking_id, c.shop_id,
         c.push_until, c.push_not_before
    FROM calendars_calendarconnection c
    JOIN bookings_visit v ON v.shop_id = c.shop_id AND v.technician_id = c.technician_id
     AND v.status = 'active' AND v.ends_at > c.connected_at
   WHERE c.state = 'connected' AND (c.push_not_before IS NULL OR c.push_not_before <= %(now)s)
     AND (%(connection)s::bigint IS NULL OR c.id = %(connection)s) AND v.starts_at > %(since)s
     AND NOT EXISTS (SELECT 1 FROM calendars_eventmirror m
                      WHERE m.visit_id = v.id AND m.calendar_id = c.calendar_id AND NOT m.retired)
  UNION ALL
  SELECT c.id, v.id, m.id, m.attempts, v.starts_at, v.booking_id, c.shop_id, c.push_until, c.push_not_before
    FROM calendars_calendarconnection c
    JOIN bookings_visit v ON v.shop_id = c.shop_id
    JOIN calendars_eventmirror m ON m.visit_id = v.id AND m.connection_id = c.id AND m.calendar_id = c.calendar_id
   WHERE c.state = 'connected' AND (c.push_not_before IS NULL OR c.push_not_before <= %(now)s)
     AND (%(connection)s::bigint IS NULL OR c.id = %(connection)s) AND v.starts_at > %(since)s
     AND (m.next_attempt_at IS NULL OR m.next_attempt_at <= %(now)s)
     AND (m.blocked_reason = '' OR m.blocked_version < v.version)
     -- What somebody did to the event in Google is not written over before it is decided, unless the visit has changed since:
     -- also by being given to a third, when it was handed to a colleague.
     AND NOT (m.moved_to <> '' AND v.status = 'active' AND v.starts_at = m.pushed_starts_at AND v.ends_at = m.pushed_ends_at
              AND (v.technician_id = c.technician_id) = (m.wanted = 'present')
              AND NOT (m.wanted = 'absent' AND EXISTS (
                  SELECT 1 FROM calendars_eventmirror o JOIN calendars_calendarconnection oc ON oc.id = o.connection_id
                   WHERE o.visit_id = v.id AND NOT o.retired AND oc.technician_id = v.technician_id
                     AND o.moved_to <> m.moved_to)))
     AND CASE WHEN v.status IN ('active', 'done') AND v.technician_id = c.technician_id AND NOT m.retired
              THEN m.confirmed <> 'present' OR m.pushed_version < v.version
              ELSE m.confirmed <> 'absent' END
)
"""
# Constants all through, so nothing is injected. What somebody arranged in the last minute goes before what has waited longer:
# they may be looking for it.
_OF_ONE = (
    _BEHIND  # noqa: S608
    + """SELECT visit, mirror FROM behind JOIN bookings_booking b ON b.id = behind.booking_id
 ORDER BY attempts, b.updated_at > %(now)s - interval '1 minute' DESC, starts_at, visit LIMIT 100"""
)
# Shops take turns, and within a shop who was served longest ago: where a turn ends, `push_not_before` is written.
_IDLE = (
    _BEHIND  # noqa: S608
    + """SELECT connection
  FROM (SELECT connection, min(push_not_before) AS served_at,
               row_number() OVER (PARTITION BY shop_id ORDER BY min(push_not_before) NULLS FIRST, connection) AS turn
          FROM behind WHERE push_until IS NULL OR push_until < statement_timestamp() GROUP BY connection, shop_id) AS waiting
 ORDER BY turn, served_at NULLS FIRST, connection LIMIT %(most)s"""
)


@dataclass(frozen=True, slots=True)
class Item:
    """A visit to be written; `mirror` is None where the calendar has never heard of it."""

    visit: int
    mirror: int | None


def of_connection(connection_id: int, *, now: datetime) -> list[Item]:
    """Return what is behind and due in one calendar, what failed least and begins soonest first. One statement."""
    return [Item(visit, mirror) for visit, mirror in _rows(_OF_ONE, now, connection=connection_id)]


def idle_connections(*, now: datetime, most: int = 1000) -> list[int]:
    """Return the connections with work that nobody is doing, in the order in which they are to be served. One statement."""
    return [found for (found,) in _rows(_IDLE, now, connection=None, most=most)]


def _rows(statement: str, now: datetime, **values: int | None) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"now": now, "since": now - LOOK_BACK, **values})
        found: list[tuple[int, ...]] = cursor.fetchall()
    return found
