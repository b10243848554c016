"""Reads what the board shows of some days of a shop: a constant number of statements, however full they are."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from bookings.engine.roster import Roster
from bookings.models import BusyBlock, Shop, Technician, TimeOff, Visit
from bookings.services import rosters
from calendars.models import EventMirror
from desk.board import layout, pulse, sync, tray
from desk.board.pulse import Pulse
from desk.board.sync import Calendar, Sync
from desk.board.tray import Waiting

DAY = timedelta(days=1)
# What of a technician's calendar the board reads; never the tokens that stand in the same row.
_CALENDAR = {
    "calendar_state": F("calendar_connection__state"),
    "calendar_name": F("calendar_connection__calendar_id"),
    "calendar_since": F("calendar_connection__connected_at"),
    "calendar_read": F("freshness__read_at"),
    "calendar_known": F("freshness__pk"),
}


class Taken(NamedTuple):
    """Time that is taken by something that is no visit: `kind` is busy or off, `label` the reason if somebody gave one."""

    technician: int
    starts_at: datetime
    ends_at: datetime
    kind: str
    label: str


@dataclass(frozen=True, slots=True)
class Person:
    """A technician: how they are called, what a dispatcher should know of their calendar, where their page is."""

    pk: int
    name: str
    note: str
    link: str
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything stored that the board shows of the days from `starts` to `ends`."""

    shop: Shop
    roster: Roster
    now: datetime
    starts: datetime
    ends: datetime
    pulse: Pulse
    people: dict[int, Person]
    visits: list[Visit]
    mirrors: dict[tuple[int, str], EventMirror]
    taken: list[Taken]
    waiting: dict[str, list[Waiting]]

    def sync_of(self, visit: Visit) -> Sync:
        """Return where a visit stands in its technician's present calendar."""
        person = self.people.get(visit.technician_id) if visit.technician_id else None
        calendar = person.calendar if person else None
        mirror = self.mirrors.get((visit.pk, calendar.calendar_id)) if calendar else None
        return sync.of(visit, calendar, mirror)

    def services(self) -> list[tuple[int, str]]:
        """Return the services of these visits, to choose from: number and name."""
        ids = {visit.booking.service_type_id for visit in self.visits}
        return sorted(((pk, self.roster.service(pk).name) for pk in ids), key=lambda each: each[1])

    def visits_by_technician(self) -> dict[int | None, list[Visit]]:
        found: dict[int | None, list[Visit]] = defaultdict(list)
        for visit in self.visits:
            found[visit.technician_id].append(visit)
        return found

    def taken_by_technician(self) -> dict[int, list[Taken]]:
        found: dict[int, list[Taken]] = defaultdict(list)
        for each in self.taken:
            found[each.technician].append(each)
        return found


def read(shop: Shop, first: date, days: int, *, now: datetime) -> Facts:
    """Return the facts of some days. The pulse is taken first, so that a change while we read is seen by the next question."""
    starts, ends = layout.midnight(first, shop.zone), layout.midnight(first + days * DAY, shop.zone)
    beat = pulse.take(shop, starts=starts, ends=ends, now=now)
    visits = _visits(shop, starts, ends, now)
    mirrors = EventMirror.objects.filter(visit__in=[visit.pk for visit in visits], retired=False)
    return Facts(
        shop=shop, roster=rosters.of(shop.pk, shop.config_version), now=now, starts=starts, ends=ends, pulse=beat,
        people=_people(shop, now), visits=visits,
        mirrors={(mirror.visit_id, mirror.calendar_id): mirror for mirror in mirrors},
        taken=[Taken(*row) for row in _taken(shop, starts, ends)], waiting=tray.read(shop),
    )  # fmt: skip


def _people(shop: Shop, now: datetime) -> dict[int, Person]:
    stale_after = timedelta(minutes=shop.calendar_stale_minutes)
    people = {}
    found: Any = Technician.objects.filter(shop=shop).annotate(**_CALENDAR).order_by("name", "pk").values()
    for each in found:
        calendar = Calendar(
            state=each["calendar_state"],
            calendar_id=each["calendar_name"] or "",
            connected_at=each["calendar_since"],
            read_at=each["calendar_read"],
            is_read=each["calendar_known"] is not None,
        )
        people[each["id"]] = Person(
            pk=each["id"],
            name=each["name"] if each["active"] else f"{each['name']} (inactive)",
            note=calendar.note(now=now, stale_after=stale_after),
            link=reverse("admin:bookings_technician_change", args=[each["id"]]),
            calendar=calendar,
        )
    return people


def _visits(shop: Shop, starts: datetime, ends: datetime, now: datetime) -> list[Visit]:
    """Return the visits that touch the days: those that are over stay, a hold that ran out does not."""
    ran_out = Q(status=Visit.Status.HELD, held_until__lte=now)
    return list(
        Visit.objects.filter(shop=shop, starts_at__gte=starts - pulse.LONGEST_VISIT, starts_at__lt=ends, ends_at__gt=starts)
        .exclude(ran_out | Q(status=Visit.Status.ENDED))
        .select_related("booking__customer", "booking__property")
        .order_by("starts_at", "pk")
    )


def _taken(shop: Shop, starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """Return busy time of calendars and time off as rows of Taken, in one statement."""
    within = Q(technician__shop=shop, ends_at__gt=starts, starts_at__lt=ends)
    text = CharField()
    busy = BusyBlock.objects.filter(within).annotate(kind=Value("busy", text), label=Value("Busy", text))
    off = TimeOff.objects.filter(within).annotate(kind=Value("off", text), label=Cast("reason", text))
    columns = ("technician_id", "starts_at", "ends_at", "kind", "label")
    return busy.order_by().values_list(*columns).union(off.order_by().values_list(*columns), all=True)
