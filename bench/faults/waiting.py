"""How much of what was asked before a moment is still to be done: texts, calendar events, calls without an end.

The rows' own times decide, so that what is asked meanwhile does not count. A database that is away counts as waiting.
"""

import os
from collections.abc import Sequence
from datetime import datetime

import psycopg

_WAITING = """
SELECT (SELECT count(*) FROM bookings_outgoingmessage
         WHERE created_at < %(before)s AND status IN ('queued', 'sending', 'unknown')),
       (SELECT count(*) FROM bookings_visit v JOIN bookings_booking b ON b.id = v.booking_id
          JOIN calendars_calendarconnection c ON c.technician_id = v.technician_id
         WHERE v.status = 'active' AND b.updated_at < %(before)s AND NOT EXISTS (
               SELECT 1 FROM calendars_eventmirror m
                WHERE m.visit_id = v.id AND NOT m.retired AND m.confirmed = 'present' AND m.pushed_version >= v.version)),
       (SELECT count(*) FROM calendars_eventmirror m JOIN bookings_visit v ON v.id = m.visit_id
          JOIN bookings_booking b ON b.id = v.booking_id
         WHERE v.status = 'ended' AND b.updated_at < %(before)s AND m.confirmed <> 'absent'),
       (SELECT count(*) FROM bookings_booking WHERE status = 'held' AND hold_expires_at < %(before)s)
"""
_OPEN_CALLS = "SELECT count(*) FROM telephony_call WHERE (stage <> 'ended' OR told_checked_at IS NULL) AND started_at < %s"


def work(before: datetime) -> int | None:
    """Return how many texts, events and dead holds from before that moment wait; None while the database is away."""
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], connect_timeout=2) as database:
            row = database.execute(_WAITING, {"before": before}).fetchone()
    except psycopg.Error:
        return None
    return sum(row) if row else None


def open_calls(before: datetime) -> int:
    """Return how many calls from before that moment have no end, or were not compared with the rows after it."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        row = database.execute(_OPEN_CALLS, [before]).fetchone()
    return int(row[0]) if row else 0


def unknown_calls(sids: Sequence[str]) -> int:
    """Return how many of the calls that Twilio had the office never heard of."""
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        row = database.execute("SELECT count(*) FROM telephony_call WHERE twilio_sid = ANY(%s)", [list(sids)]).fetchone()
    return len(sids) - (int(row[0]) if row else 0)
