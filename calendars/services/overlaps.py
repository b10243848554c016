"""Busy time over a visit: a concern for each, once for the same overlap, closed when it is gone."""

import hashlib
from collections import defaultdict
from datetime import datetime
from functools import partial

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat

from bookings.models import Concern, Technician, Visit
from bookings.services import concerns
from calendars.google.mapping import Stretch
from calendars.services import relief

# A visit's own event is told as moved or deleted: moved a little, or into another of the technician's calendars, where Google
# lets it keep its id.
_OVER = """
SELECT v.id, b.event_id, b.starts_at, b.ends_at
  FROM bookings_visit v
  JOIN bookings_busyblock b ON b.technician_id = v.technician_id AND b.starts_at < v.ends_at AND b.ends_at > v.starts_at
 WHERE v.technician_id = %s AND v.status = 'active' AND v.ends_at > %s
   AND NOT EXISTS (SELECT 1 FROM calendars_eventmirror m
                    WHERE m.visit_id = v.id AND m.event_id = b.event_id)
 ORDER BY v.id, b.event_id, b.starts_at
"""


def compare(technician: Technician, *, since: datetime | None, now: datetime) -> None:
    """Compare a technician's visits with their busy time, whichever calendar it is from.

    `since` is when the calendar just read was read before: what was promised later than that is given to somebody else after the
    commit, where somebody is free.
    """
    over: dict[int, list[tuple[str, Stretch]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_OVER, [technician.pk, now])
        for visit_id, event_id, starts_at, ends_at in cursor.fetchall():
            over[visit_id].append((event_id, Stretch(starts_at, ends_at)))
    visits = Visit.objects.select_related("booking").filter(pk__in=over) if over else ()
    found = {_key(visit, over[visit.pk]): visit for visit in visits}
    known = Concern.objects.filter(kind=Concern.Kind.BUSY_OVER_VISIT, technician=technician)
    # Under another key: the same overlap is told again when it comes back. What a person has put aside keeps its own.
    known.filter(status=Concern.Status.OPEN).exclude(key__in=found).update(
        status=Concern.Status.DONE, closed_at=now, key=Concat("key", Value(" gone"))
    )
    told = set(known.filter(key__in=found).values_list("key", flat=True)) if found else set()
    new = {key: visit for key, visit in found.items() if key not in told}
    given = relief.may_be(new.values(), since=since, now=now)
    for key, visit in new.items():
        concern = Concern(
            shop_id=visit.shop_id, kind=Concern.Kind.BUSY_OVER_VISIT, key=key, booking=visit.booking, visit=visit,
            technician=technician, created_at=now, origin=visit.booking.origin if visit.pk in given else "",
            text=f"{technician.name} has something else in the calendar at the time of visit {visit.booking.reference}. "
            "Move the visit, or ask them.",
        )  # fmt: skip
        pk = concerns.raise_or_renew(concern)
        if visit.pk in given:
            transaction.on_commit(partial(relief.give, pk, now=now), robust=True)


def _key(visit: Visit, over: list[tuple[str, Stretch]]) -> str:
    """Name an overlap by what it consists of: one that a person has put aside is not brought up again."""
    parts = [f"{visit.starts_at.isoformat()}/{visit.ends_at.isoformat()}", *(f"{name} {each}" for name, each in over)]
    return f"visit:{visit.pk}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:16]}"
