"""Compares technicians' calendars, as Google has them, with the visits: one event each, at its time, and no other."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q

from bookings.models import Shop, Visit
from calendars.models import CalendarConnection, EventMirror

Json = dict[str, Any]
OURS = "hvacsched_visit"
# How far back the product looks for what is behind.
LOOK_BACK = timedelta(days=30)
# What is planned has an event, what is done keeps it.
KEPT = (Visit.Status.ACTIVE, Visit.Status.DONE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """How much is still to be written: visits whose event is not confirmed as they are now, events that should be gone."""

    to_write: int
    to_remove: int

    @property
    def all(self) -> int:
        return self.to_write + self.to_remove


def waiting(shop: Shop, *, now: datetime) -> Waiting:
    settled = EventMirror.objects.filter(
        visit=OuterRef("pk"), retired=False, confirmed="present", pushed_version__gte=OuterRef("version"),
        calendar_id=OuterRef("technician__calendar_connection__calendar_id"),
    )  # fmt: skip
    unwanted = EventMirror.objects.filter(
        ~Q(confirmed="absent"), connection__state=CalendarConnection.State.CONNECTED, shop=shop,
        visit__starts_at__gt=now - LOOK_BACK,
    ).filter(
        Q(retired=True) | ~Q(visit__status__in=KEPT) | ~Q(visit__technician=F("connection__technician"))
        | Q(visit__technician=None)
    )  # fmt: skip
    return Waiting(_mirrored(shop, now=now).filter(~Exists(settled)).count(), unwanted.count())


def connected(shop: Shop) -> int:
    """Return how many technicians have a calendar to compare."""
    return CalendarConnection.objects.filter(shop=shop, state=CalendarConnection.State.CONNECTED).count()


def problems(shop: Shop, calendars: Mapping[str, Sequence[Json]], *, now: datetime) -> list[str]:
    """Return what is wrong with Google's live events, "" for nothing."""
    held: defaultdict[str, list[tuple[str, Json]]] = defaultdict(list)
    for calendar_id, events in calendars.items():
        for event in events:
            if visit := ((event.get("extendedProperties") or {}).get("private") or {}).get(OURS):
                held[visit].append((calendar_id, event))
    wrong = []
    for visit in _mirrored(shop, now=now).select_related("technician__calendar_connection", "booking"):
        assert visit.technician is not None
        name = f"{visit.booking.reference} ({visit.technician.name})"
        found = held.get(str(visit.public_id), [])
        if len(found) != 1:
            wrong.append(f"{name}: {len(found) or 'no'} events instead of one")
            continue
        calendar_id, event = found[0]
        if calendar_id != visit.technician.calendar_connection.calendar_id:
            wrong.append(f"{name}: the event is in another calendar")
        if (_moment(event, "start"), _moment(event, "end")) != (visit.starts_at, visit.ends_at):
            wrong.append(f"{name}: the event is at another time")
    stand = Visit.objects.filter(status__in=KEPT, ends_at__gt=now - LOOK_BACK)
    standing = {str(public_id) for public_id in stand.values_list("public_id", flat=True)}
    wrong += [f"an event of visit {visit}, which does not stand" for visit in held if visit not in standing]
    return wrong


def seconds_to_event(shop: Shop, references: Sequence[str]) -> list[float]:
    """Return how long each of these bookings took to its event, where nothing changed since the first one."""
    rows = EventMirror.objects.filter(
        shop=shop, visit__booking__reference__in=references, generation=1, pushed_version=1, visit__version=1,
        confirmed="present", confirmed_at__isnull=False,
    ).values_list("visit__booking__created_at", "confirmed_at")  # fmt: skip
    return [(confirmed - made).total_seconds() for made, confirmed in rows if confirmed is not None]


def _mirrored(shop: Shop, *, now: datetime) -> Any:
    """The visits that have to be in a calendar."""
    return Visit.objects.filter(
        shop=shop, status=Visit.Status.ACTIVE, starts_at__gt=now - LOOK_BACK,
        technician__calendar_connection__state=CalendarConnection.State.CONNECTED,
        technician__calendar_connection__connected_at__lt=F("ends_at"),
    )  # fmt: skip


def _moment(event: Json, which: str) -> datetime | None:
    text = (event.get(which) or {}).get("dateTime")
    return datetime.fromisoformat(text) if text else None
