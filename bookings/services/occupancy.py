"""Reads what takes technicians' time: visits, busy time of their calendars, time off, and calendars nobody could read."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection

from bookings.engine.clock import utc
from bookings.engine.day import REACH, Block, Day, Taken
from bookings.engine.roster import Roster
from bookings.engine.travel import Place

# One statement, because a caller waits for it. A hold that ran out takes nothing, nor does one's own. Work that is done
# takes the time until it was, and counts for where the technician is and how full the day was. A calendar that was never
# read, or not for too long, or not as far as asked, takes the whole stretch: unknown is never free.
_TAKEN = """
SELECT technician_id, extract(epoch FROM lower(blocked))::bigint,
       extract(epoch FROM CASE status WHEN 'done' THEN least(upper(blocked), %(now)s::timestamptz)
                                      ELSE upper(blocked) END)::bigint,
       'visit', latitude, longitude
  FROM bookings_visit
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND id <> ALL(%(without)s::bigint[])
   AND (status = 'active' OR (status = 'done' AND lower(blocked) < %(now)s::timestamptz)
        OR (status = 'held' AND held_until > %(now)s::timestamptz
            AND (%(holder)s = '' OR booking_id NOT IN (SELECT id FROM bookings_booking WHERE origin = %(holder)s))))
   AND upper(blocked) > %(start)s::timestamptz AND lower(blocked) < %(end)s::timestamptz
UNION ALL
SELECT technician_id, extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint, 'busy', NULL, NULL
  FROM bookings_busyblock
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND ends_at > %(start)s::timestamptz AND starts_at < %(end)s::timestamptz
UNION ALL
SELECT technician_id, extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint, 'off', NULL, NULL
  FROM bookings_timeoff
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND ends_at > %(start)s::timestamptz AND starts_at < %(end)s::timestamptz
UNION ALL
SELECT technician_id, extract(epoch FROM greatest(%(start)s::timestamptz,
         CASE WHEN read_at IS NULL OR read_at < %(stale)s::timestamptz THEN %(start)s::timestamptz ELSE read_until END))::bigint,
       extract(epoch FROM %(end)s::timestamptz)::bigint, 'unknown', NULL, NULL
  FROM bookings_calendarfreshness
 WHERE technician_id = ANY(%(technicians)s::bigint[])
   AND (read_at IS NULL OR read_at < %(stale)s::timestamptz OR read_until < %(end)s::timestamptz)
"""


def read(
    roster: Roster,
    first: date,
    days: int = 1,
    *,
    now: datetime,
    technicians: Sequence[int] | None = None,
    without: Sequence[int] = (),
    holder: str = "",
) -> Taken:
    """Return what is taken on `days` days from `first`, for all technicians of the roster or the ones named.

    `without` leaves out some visits, by id, `holder` what that origin only holds. One statement.
    """
    wanted = [Day(roster, first + timedelta(days=n)) for n in range(days)]
    start, end = wanted[0].starts - REACH, wanted[-1].ends + REACH
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                "technicians": list(technicians) if technicians is not None else [worker.id for worker in roster.workers],
                "without": list(without),
                "holder": holder,
                "start": utc(start),
                "end": utc(end),
                "now": now,
                "stale": now - timedelta(minutes=roster.stale_minutes),
            },
        )
        rows = cursor.fetchall()
    blocks: dict[int, list[Block]] = {}
    # One object for each place and each word: they are compared many times, and there are few of them.
    known: dict[tuple[float | None, float | None], Place | None] = {(None, None): roster.place}
    for technician, begins, ends, kind, latitude, longitude in rows:
        if kind == "visit":
            where = (latitude, longitude)
            if where in known:
                place = known[where]
            else:
                place = known[where] = Place(latitude, longitude)
            block = Block(begins, ends, "visit", place)
        else:
            block = Block(begins, ends, kind)
        if technician in blocks:
            blocks[technician].append(block)
        else:
            blocks[technician] = [block]
    return Taken(blocks, wanted)
