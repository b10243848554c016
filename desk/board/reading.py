"""Reads what the board shows of some days of a shop: a constant number of statements, however full they are.

In two steps: what tells the rows apart from those a page has already, then all of those it has not.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
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


# What of a visit and of its event a card is made of.
_VISIT = (
    "technician_id", "starts_at", "ends_at", "status", "held_until", "role", "overbooked", "pinned", "latitude", "longitude",
    "version",
    *(f"booking__{name}" for name in (
        "service_type_id", "reference", "status", "urgency", "zip_code", "promised_from", "promised_to", "problem",
        "to_confirm_since", "updated_at", "customer__name", "customer__phone", "property__address", "property__zip_code",
    )),
)  # fmt: skip
_MIRROR = (
    "visit_id", "calendar_id", "confirmed", "pushed_version", "moved_to", "blocked_reason", "blocked_version", "last_error",
)  # fmt: skip


class Planned(NamedTuple):
    """A visit in outline: whose, when, for which service, and whether it is only held."""

    technician: int | None
    starts_at: datetime
    ends_at: datetime
    service: int
    held: bool


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
    """What is stored of the days from `starts` to `ends`: all but what stands in the rows, of which there are digests."""

    shop: Shop
    roster: Roster
    now: datetime
    starts: datetime
    ends: datetime
    pulse: Pulse
    people: dict[int, Person]
    planned: list[Planned]
    waiting: dict[str, list[Waiting]]

    def services(self) -> list[tuple[int, str]]:
        """Return the services of these visits, to choose from: number and name."""
        ids = {each.service for each in self.planned}
        return sorted(((pk, self.roster.service(pk).name) for pk in ids), key=lambda each: each[1])

    def rows(self, *drawn: object) -> list[tuple[Person, str]]:
        """Return who has a row, because they work or have a visit, and a digest of it.

        That tells the row as it is drawn from every other one: a page that has it need not be sent it again. `drawn`: what
        the rows show that is not stored of their days.
        """
        have = {each.technician for each in self.planned} | {worker.id for worker in self.roster.workers}
        return [(person, self._digest(person, drawn)) for person in self.people.values() if person.pk in have]

    def _digest(self, person: Person, drawn: object) -> str:
        told = (self.pulse.rows.get(person.pk), self.shop.config_version, self.starts, person.name, person.note, drawn)
        return blake2b(repr(told).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Work:
    """What stands in the rows of some technicians, and under None the visits nobody has."""

    visits: dict[int | None, list[Visit]]
    taken: dict[int, list[Taken]]
    mirrors: dict[tuple[int, str], EventMirror]

    def sync_of(self, visit: Visit, person: Person | None) -> Sync:
        """Return where a visit stands in its technician's present calendar."""
        calendar = person.calendar if person else None
        mirror = self.mirrors.get((visit.pk, calendar.calendar_id)) if calendar else None
        return sync.of(visit, calendar, mirror)


def read(shop: Shop, first: date, days: int, *, now: datetime) -> Facts:
    """Return the facts of some days. The pulse is taken first, so that a change while we read is seen by the next question."""
    starts, ends = layout.midnight(first, shop.zone), layout.midnight(first + days * DAY, shop.zone)
    beat = pulse.take(shop, starts=starts, ends=ends, now=now)
    columns = ("technician_id", "starts_at", "ends_at", "booking__service_type_id", "status")
    planned = _visits(shop, starts, ends, now).values_list(*columns)
    return Facts(
        shop=shop, roster=rosters.of(shop.pk, shop.config_version), now=now, starts=starts, ends=ends, pulse=beat,
        people=_people(shop, now),
        planned=[Planned(who, begins, over, what, status == Visit.Status.HELD) for who, begins, over, what, status in planned],
        waiting=tray.read(shop),
    )  # fmt: skip


def work(facts: Facts, people: Collection[Person]) -> Work:
    """Return what stands in these people's rows, and the visits nobody has."""
    ids = [person.pk for person in people]
    mine = Q(technician__in=ids) | Q(technician=None)
    visits: dict[int | None, list[Visit]] = defaultdict(list)
    taken: dict[int, list[Taken]] = defaultdict(list)
    found = _visits(facts.shop, facts.starts, facts.ends, facts.now).filter(mine)
    rows = list(found.select_related("booking__customer", "booking__property").only(*_VISIT).order_by("starts_at", "pk"))
    for visit in rows:
        visits[visit.technician_id].append(visit)
    for each in map(Taken._make, _taken(facts, ids)):
        taken[each.technician].append(each)
    mirrors = EventMirror.objects.filter(visit__in=[visit.pk for visit in rows], retired=False).only(*_MIRROR)
    return Work(visits, taken, {(mirror.visit_id, mirror.calendar_id): mirror for mirror in mirrors})


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
            link=_link(each["id"]),
            calendar=calendar,
        )
    return people


@lru_cache(maxsize=10_000)
def _link(technician: int) -> str:
    return reverse("admin:bookings_technician_change", args=[technician])


def _visits(shop: Shop, starts: datetime, ends: datetime, now: datetime) -> QuerySet[Visit]:
    """Return the visits that touch the days: those that are over stay, a hold that ran out does not."""
    ran_out = Q(status=Visit.Status.HELD, held_until__lte=now)
    since = starts - pulse.LONGEST_VISIT
    touching = Visit.objects.filter(shop=shop, starts_at__gte=since, starts_at__lt=ends, ends_at__gt=starts)
    return touching.exclude(ran_out | Q(status=Visit.Status.ENDED))


def _taken(facts: Facts, technicians: list[int]) -> QuerySet[Any, Any]:
    """Return busy time of calendars and time off as rows of Taken, in one statement."""
    within = Q(technician__in=technicians, ends_at__gt=facts.starts, starts_at__lt=facts.ends)
    text = CharField()
    busy = BusyBlock.objects.filter(within).annotate(kind=Value("busy", text), label=Value("Busy", text))
    off = TimeOff.objects.filter(within).annotate(kind=Value("off", text), label=Cast("reason", text))
    columns = ("technician_id", "starts_at", "ends_at", "kind", "label")
    return busy.order_by().values_list(*columns).union(off.order_by().values_list(*columns), all=True)
