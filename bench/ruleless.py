"""What a search costs that knows no rules: two statements and a subtraction of intervals.

It knows neither drives, skills, limits, time off nor calendars that nobody could read, promises no windows, and is as
quick as the plain way is: integers only, each technician's two weeks walked through once.
"""

from collections import defaultdict
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

_TAKEN = """
SELECT technician_id, extract(epoch FROM lower(blocked))::bigint, extract(epoch FROM upper(blocked))::bigint
  FROM bookings_visit
 WHERE shop_id = %(shop)s AND status IN ('held', 'active') AND blocked && tstzrange(%(start)s, %(end)s)
UNION ALL
SELECT technician_id, extract(epoch FROM starts_at)::bigint, extract(epoch FROM ends_at)::bigint
  FROM bookings_busyblock WHERE shop_id = %(shop)s AND ends_at > %(start)s AND starts_at < %(end)s
"""
_HOURS = "SELECT technician_id, weekday, starts, ends FROM bookings_workinghours WHERE shop_id = %s"


def free(shop_id: int, zone: ZoneInfo, first: date, days: int, minutes: int) -> dict[int, list[tuple[int, int]]]:
    """Return for each technician the stretches of their working hours, in instants, that are free and long enough."""
    dates = [first + timedelta(days=n) for n in range(days)]
    start, end = (datetime.combine(on, datetime.min.time(), zone) for on in (first, first + timedelta(days=days)))
    with connection.cursor() as cursor:
        taken: dict[int, list[tuple[int, int]]] = defaultdict(list)
        shifts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        cursor.execute(_TAKEN, {"shop": shop_id, "start": start, "end": end})
        for technician, begins, ends in cursor.fetchall():
            taken[technician].append((begins, ends))
        instants, spans = {}, {}
        cursor.execute(_HOURS, [shop_id])
        for technician, weekday, opens, closes in cursor.fetchall():
            key = (weekday, opens, closes)
            if key not in spans:
                for on in (each for each in dates if each.weekday() == weekday):
                    for at in (opens, closes):
                        instants[on, at] = int(datetime.combine(on, at, zone).timestamp())
                spans[key] = [(instants[on, opens], instants[on, closes]) for on in dates if on.weekday() == weekday]
            shifts[technician] += spans[key]
    need = minutes * 60
    found: dict[int, list[tuple[int, int]]] = {}
    for technician, hours in shifts.items():
        blocks = iter(sorted(taken[technician]))
        block = next(blocks, None)
        found[technician] = free_of = []
        for opens, closes in sorted(hours):
            while block is not None and block[0] < closes:
                if block[0] - opens >= need:
                    free_of.append((opens, block[0]))
                opens = max(opens, block[1])
                block = next(blocks, None)
            if closes - opens >= need:
                free_of.append((opens, closes))
    return found
