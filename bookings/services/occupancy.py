"""Reads what takes technicians' time: visits, busy time of their calendars, time off, and calendars nobody could read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection

from bookings.engine.clock import utc
from bookings.engine.roster import Roster, Span

# One statement, because a caller waits for it. A calendar that was never read, or not for too long, or not as far as
# asked, takes the whole stretch: unknown is never free.
_TAKEN = """
SELECT technician_id, extract(epoch FROM lower(blocked))::bigint, extract(epoch FROM upper(blocked))::bigint, 'visit'
  FROM bookings_visit
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND status IN ('held', 'active') AND id <> ALL(%(without)s::bigint[])
   AND blocked && tstzrange(%(start)s::timestamptz, %(end)s::timestamptz)
UNION ALL
SELECT technician_id, extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint, 'busy'
  FROM bookings_busyblock
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND ends_at > %(start)s::timestamptz AND starts_at < %(end)s::timestamptz
UNION ALL
SELECT technician_id, extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint, 'off'
  FROM bookings_timeoff
 WHERE technician_id = ANY(%(technicians)s::bigint[]) AND ends_at > %(start)s::timestamptz AND starts_at < %(end)s::timestamptz
UNION ALL
SELECT technician_id, extract(epoch FROM greatest(%(start)s::timestamptz,
         CASE WHEN read_at IS NULL OR read_at < %(stale)s::timestamptz THEN %(start)s::timestamptz ELSE read_until END))::bigint,
       extract(epoch FROM %(end)s::timestamptz)::bigint, 'unknown'
  FROM bookings_calendarfreshness
 WHERE technician_id = ANY(%(technicians)s::bigint[])
   AND (read_at IS NULL OR read_at < %(stale)s::timestamptz OR read_until < %(end)s::timestamptz)
"""


@dataclass(slots=True)
class Occupancy:
    """Taken spans by technician; `load` is the time of their visits in the stretch, in seconds."""

    taken: dict[int, list[Span]] = field(default_factory=dict)
    load: dict[int, int] = field(default_factory=dict)


def read(
    roster: Roster,
    stretch: Span,
    *,
    now: datetime,
    technicians: Sequence[int] | None = None,
    without: Sequence[int] = (),
) -> Occupancy:
    """Return what is taken in `stretch`, for all technicians of the roster or the ones named, leaving out some visits."""
    found = Occupancy()
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKEN,
            {
                "technicians": list(technicians) if technicians is not None else [worker.id for worker in roster.workers],
                "without": list(without),
                "start": utc(stretch.start),
                "end": utc(stretch.end),
                "stale": now - timedelta(minutes=roster.stale_minutes),
            },
        )
        for technician, start, end, kind in cursor.fetchall():
            found.taken.setdefault(technician, []).append(Span(start, end))
            if kind == "visit":
                found.load[technician] = found.load.get(technician, 0) + end - start
    return found
