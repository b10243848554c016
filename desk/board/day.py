"""Reads one day of a shop as the board shows it. A constant number of statements, however full the day is."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from bookings.models import Booking, BusyBlock, Concern, Lead, Shop, Technician, TimeOff, Visit
from bookings.services import rosters
from calendars.models import EventMirror
from desk import words
from desk.board import layout, pulse, sync
from desk.board.layout import Axis
from desk.board.pulse import Pulse
from desk.board.sync import Calendar, Sync

DAY = timedelta(days=1)
# What of a technician's calendar the board reads; never the tokens that stand in the same row.
_CALENDAR = {
    "calendar_state": F("calendar_connection__state"),
    "calendar_name": F("calendar_connection__calendar_id"),
    "calendar_since": F("calendar_connection__connected_at"),
    "calendar_read": F("freshness__read_at"),
    "calendar_known": F("freshness__pk"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: percent from the left, percent wide, and the lane it is in."""

    left: float
    width: float
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a technician's day: a visit, or time that is taken otherwise (then `visit` is None)."""

    kind: str
    starts_at: datetime
    ends_at: datetime
    time: str
    label: str = ""
    visit: Visit | None = None
    sync: Sync | None = None
    place: Place | None = None
    address: str = ""
    promised: str = ""
    promised_short: str = ""
    phone: str = ""


@dataclass(slots=True)
class Row:
    """A technician and their day."""

    name: str
    color: str
    note: str
    link: str
    items: list[Item] = field(default_factory=list)
    shifts: list[Place] = field(default_factory=list)
    hours: str = ""
    lanes: int = 1


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something in the tray."""

    text: str
    detail: str
    at: datetime
    link: str

    @property
    def when(self) -> str:
        return f"{self.at:%a} {words.clock(self.at)}"


@dataclass(frozen=True, slots=True)
class Board:
    shop: Shop
    on: date
    today: date
    now: datetime
    zone: str
    axis: Axis
    hours: list[tuple[float, str]]
    rows: list[Row]
    closed: str | None
    pulse: Pulse
    leads: list[Waiting]
    concerns: list[Waiting]
    visits: int

    @property
    def lanes(self) -> int:
        return sum(row.lanes for row in self.rows)

    @property
    def previous(self) -> date:
        return self.on - DAY

    @property
    def following(self) -> date:
        return self.on + DAY

    @property
    def now_left(self) -> float | None:
        return self.axis.at(self.now) if self.axis.holds(self.now) else None


def read(shop: Shop, on: date, *, now: datetime) -> Board:
    """Return the board of a day. The pulse is taken first, so that a change while we read is seen by the next question."""
    zone = shop.zone
    starts, ends = layout.midnight(on, zone), layout.midnight(on + DAY, zone)
    beat = pulse.take(shop, starts=starts, ends=ends, now=now)
    roster = rosters.of(shop.pk, shop.config_version)
    closed = roster.closures.get(on)
    calendars, rows = _technicians(shop, now)
    shifts = {
        worker.id: [
            (datetime.combine(on, shift.starts, zone), datetime.combine(on, shift.ends, zone))
            for shift in worker.shifts
            if shift.weekday == on.weekday() and closed is None
        ]
        for worker in roster.workers
    }
    visits = _visits(shop, starts, ends)
    mirrors = {
        (mirror.visit_id, mirror.calendar_id): mirror for mirror in EventMirror.objects.filter(visit__in=visits, retired=False)
    }
    spans = [(visit.starts_at, visit.ends_at) for visit in visits]
    axis = layout.axis(on, zone, [*spans, *(span for each in shifts.values() for span in each)])
    items: dict[int | None, list[Item]] = defaultdict(list)
    for visit in visits:
        calendar = calendars.get(visit.technician_id) if visit.technician_id else None
        mirror = mirrors.get((visit.pk, calendar.calendar_id)) if calendar else None
        items[visit.technician_id].append(_visit_item(visit, sync.of(visit, calendar, mirror), zone, shop.country))
    for technician, begins, finishes, kind, label in _taken(shop, starts, ends):
        items[technician].append(_taken_item(begins, finishes, kind, label, starts, ends, zone))
    working = {worker.id for worker in roster.workers}
    shown = []
    if None in items:
        shown.append(_fill(Row("Nobody yet", "", "Needs a technician", ""), items[None], [], axis))
    for pk, row in rows.items():
        if pk in working or any(item.visit for item in items[pk]):
            shown.append(_fill(row, items[pk], shifts.get(pk, []), axis))
    leads, concerns = _waiting(shop)
    return Board(
        shop=shop, on=on, today=now.astimezone(zone).date(), now=now, zone=words.shop_zone(shop, now), axis=axis,
        hours=axis.hours(zone), rows=shown, closed=closed, pulse=beat, leads=leads, concerns=concerns, visits=len(visits),
    )  # fmt: skip


def _technicians(shop: Shop, now: datetime) -> tuple[dict[int, Calendar], dict[int, Row]]:
    calendars, rows = {}, {}
    stale_after = timedelta(minutes=shop.calendar_stale_minutes)
    found: Any = Technician.objects.filter(shop=shop).annotate(**_CALENDAR).order_by("name", "pk").values()
    for each in found:
        calendar = Calendar(
            state=each["calendar_state"],
            calendar_id=each["calendar_name"] or "",
            connected_at=each["calendar_since"],
            read_at=each["calendar_read"],
            is_read=each["calendar_known"] is not None,
        )
        calendars[each["id"]] = calendar
        rows[each["id"]] = Row(
            name=each["name"] if each["active"] else f"{each['name']} (inactive)",
            color=each["color"],
            note=calendar.note(now=now, stale_after=stale_after),
            link=reverse("admin:bookings_technician_change", args=[each["id"]]),
        )
    return calendars, rows


def _visits(shop: Shop, starts: datetime, ends: datetime) -> list[Visit]:
    """Return the visits that touch the day: those that stand, and those that were kept or met a closed door."""
    kept = Q(booking__status__in=[Booking.Status.DONE, Booking.Status.NO_SHOW])
    return list(
        Visit.objects.filter(shop=shop, starts_at__gte=starts - pulse.LONGEST_VISIT, starts_at__lt=ends, ends_at__gt=starts)
        .filter(~Q(status=Visit.Status.ENDED) | kept)
        .select_related("booking__customer", "booking__service_type", "booking__property")
        .order_by("starts_at", "pk")
    )


def _visit_item(visit: Visit, stands: Sync, zone: ZoneInfo, country: str) -> Item:
    booking = visit.booking
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    return Item(
        kind="visit",
        starts_at=starts,
        ends_at=ends,
        time=words.span(starts, ends),
        visit=visit,
        sync=stands,
        address=str(booking.property) if booking.property else "No address yet",
        promised=words.span(*promised),
        promised_short=words.short_span(*promised),
        phone=words.phone(booking.customer.phone, country) if booking.customer else "",
    )


def _taken(shop: Shop, starts: datetime, ends: datetime) -> QuerySet[Any, Any]:
    """Return busy time of calendars and time off as (technician, starts, ends, kind, label), in one statement."""
    within = Q(technician__shop=shop, ends_at__gt=starts, starts_at__lt=ends)
    text = CharField()
    busy = BusyBlock.objects.filter(within).annotate(kind=Value("busy", text), label=Value("Busy", text))
    off = TimeOff.objects.filter(within).annotate(kind=Value("off", text), label=Cast("reason", text))
    columns = ("technician_id", "starts_at", "ends_at", "kind", "label")
    return busy.order_by().values_list(*columns).union(off.order_by().values_list(*columns), all=True)


def _taken_item(
    begins: datetime, finishes: datetime, kind: str, label: str, starts: datetime, ends: datetime, zone: ZoneInfo
) -> Item:
    first, last = max(begins, starts).astimezone(zone), min(finishes, ends).astimezone(zone)
    whole = begins <= starts and finishes >= ends
    word = label if kind == "busy" else f"Off: {label}" if label else "Time off"
    return Item(kind=kind, starts_at=first, ends_at=last, time="All day" if whole else words.span(first, last), label=word)


def _fill(row: Row, items: list[Item], shifts: list[tuple[datetime, datetime]], axis: Axis) -> Row:
    """Give every item its place. Visits get lanes among themselves; what is behind them fills the row's height."""
    items.sort(key=lambda item: (item.starts_at, item.kind))
    visits = [item for item in items if item.visit]
    lane_of = dict(zip((id(item) for item in visits), layout.lanes([(i.starts_at, i.ends_at) for i in visits]), strict=True))
    row.lanes = max(lane_of.values(), default=0) + 1
    for item in items:
        left = axis.at(item.starts_at)
        place = Place(left, round(axis.at(item.ends_at) - left, 3), lane_of.get(id(item), 0))
        row.items.append(_placed(item, place))
    row.shifts = [Place(axis.at(starts), round(axis.at(ends) - axis.at(starts), 3)) for starts, ends in shifts]
    row.hours = ", ".join(words.span(starts, ends) for starts, ends in shifts) or ("Not working" if row.link else "")
    return row


def _placed(item: Item, place: Place) -> Item:
    return Item(**{**{name: getattr(item, name) for name in item.__slots__}, "place": place})


def _waiting(shop: Shop) -> tuple[list[Waiting], list[Waiting]]:
    """Return the latest open leads and concerns, in one statement."""
    text = CharField()
    columns = ("what", "pk", "said", "kind_text", "number", "created_at")
    leads = (
        Lead.objects.filter(shop=shop, status=Lead.Status.OPEN)
        .annotate(what=Value("lead", text), said=Cast("wanted", text), kind_text=Cast("reason", text), number=F("phone"))
        .order_by("-created_at", "-pk")
        .values_list(*columns)[: pulse.SHOWN_AT_MOST]
    )
    concerns = (
        Concern.objects.filter(shop=shop, status=Concern.Status.OPEN)
        .annotate(what=Value("concern", text), said=Cast("text", text), kind_text=Cast("kind", text), number=Value("", text))
        .order_by("-created_at", "-pk")
        .values_list(*columns)[: pulse.SHOWN_AT_MOST]
    )
    found: dict[str, list[Waiting]] = {"lead": [], "concern": []}
    zone = shop.zone
    for what, pk, said, kind, number, at in leads.union(concerns, all=True):
        if what == "lead":
            heading = words.phone(number, shop.country) if number else "Number withheld"
            detail = ". ".join(filter(None, [str(Lead.Reason(kind).label), said]))
        else:
            heading, detail = str(Concern.Kind(kind).label), said
        link = reverse(f"admin:bookings_{what}_change", args=[pk])
        found[what].append(Waiting(heading, detail, at.astimezone(zone), link))
    for waiting in found.values():
        waiting.sort(key=lambda each: each.at, reverse=True)
    return found["lead"], found["concern"]
