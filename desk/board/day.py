"""Reads one day of a shop as the board shows it. A constant number of statements, however full the day is."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse

from bookings.engine.roster import Roster
from bookings.models import Booking, BusyBlock, Shop, Technician, TimeOff, Urgency, Visit
from bookings.services import rosters
from calendars.models import EventMirror
from desk import words
from desk.board import layout, pulse, sync, tray
from desk.board.layout import Axis
from desk.board.pulse import Pulse
from desk.board.shifts import Shifts
from desk.board.shifts import of as shifts_of
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: percent from the left, percent wide, and the lane it is in."""

    left: float
    width: float
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on a card, and the colour that says the same."""

    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a technician's day: a visit, or time that is taken otherwise (then `visit` is None).

    A visit that is only held has the `part` of the day and the time `left` until the hold runs out, instead of a customer.
    """

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
    zip_code: str = ""
    marks: tuple[Mark, ...] = ()
    part: str = ""
    left: str = ""


@dataclass(slots=True)
class Row:
    """A technician and their day."""

    name: str
    color: str
    note: str
    link: str
    items: list[Item] = field(default_factory=list)
    shifts: list[Place] = field(default_factory=list)
    overtime: list[Place] = field(default_factory=list)
    hours: str = ""
    hours_long: str = ""
    lanes: int = 1


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
    holds: int

    @property
    def lanes(self) -> int:
        return sum(row.lanes for row in self.rows)

    @property
    def overtime(self) -> bool:
        return any(row.overtime for row in self.rows)

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
    shifts = shifts_of(roster, on)
    visits = _visits(shop, starts, ends, now)
    mirrors = {
        (mirror.visit_id, mirror.calendar_id): mirror for mirror in EventMirror.objects.filter(visit__in=visits, retired=False)
    }
    spans = [(visit.starts_at, visit.ends_at) for visit in visits]
    axis = layout.axis(on, zone, [*spans, *(span for each in shifts.values() for span in each.all)])
    items: dict[int | None, list[Item]] = defaultdict(list)
    for visit in visits:
        calendar = calendars.get(visit.technician_id) if visit.technician_id else None
        mirror = mirrors.get((visit.pk, calendar.calendar_id)) if calendar else None
        items[visit.technician_id].append(_visit_item(visit, sync.of(visit, calendar, mirror), shop, roster, now))
    for technician, begins, finishes, kind, label in _taken(shop, starts, ends):
        items[technician].append(_taken_item(begins, finishes, kind, label, starts, ends, zone))
    working = {worker.id for worker in roster.workers}
    shown = []
    if None in items:
        shown.append(_fill(Row("Nobody yet", "", "Needs a technician", ""), items[None], Shifts(), axis))
    for pk, row in rows.items():
        if pk in working or any(item.visit for item in items[pk]):
            shown.append(_fill(row, items[pk], shifts.get(pk, Shifts()), axis))
    leads, concerns = tray.read(shop)
    holds = sum(visit.status == Visit.Status.HELD for visit in visits)
    return Board(
        shop=shop, on=on, today=now.astimezone(zone).date(), now=now, zone=words.shop_zone(shop, now), axis=axis,
        hours=axis.hours(zone), rows=shown, closed=closed, pulse=beat, leads=leads, concerns=concerns,
        visits=len(visits) - holds, holds=holds,
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


def _visits(shop: Shop, starts: datetime, ends: datetime, now: datetime) -> list[Visit]:
    """Return the visits that touch the day: those that are over stay, a hold that ran out does not."""
    ran_out = Q(status=Visit.Status.HELD, held_until__lte=now)
    return list(
        Visit.objects.filter(shop=shop, starts_at__gte=starts - pulse.LONGEST_VISIT, starts_at__lt=ends, ends_at__gt=starts)
        .exclude(ran_out | Q(status=Visit.Status.ENDED))
        .select_related("booking__customer", "booking__service_type", "booking__property")
        .order_by("starts_at", "pk")
    )


def _visit_item(visit: Visit, stands: Sync, shop: Shop, roster: Roster, now: datetime) -> Item:
    booking, zone = visit.booking, shop.zone
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    held = visit.status == Visit.Status.HELD
    return Item(
        kind="visit",
        starts_at=starts,
        ends_at=ends,
        time=words.span(starts, ends),
        visit=visit,
        sync=stands,
        address=str(booking.property) if booking.property else "" if held else "No address yet",
        promised=words.span(*promised),
        promised_short=words.short_span(*promised),
        phone=words.phone(booking.customer.phone, shop.country) if booking.customer else "",
        zip_code=(booking.property.zip_code if booking.property else "") or booking.zip_code,
        marks=_marks(visit),
        part=roster.part_at(promised[0].time()) if held else "",
        left=words.left(visit.held_until - now) if held and visit.held_until else "",
    )


def _marks(visit: Visit) -> tuple[Mark, ...]:
    """Return what a card says beyond its colours, what matters most first."""
    booking = visit.booking
    found = []
    if visit.overbooked:
        found.append(Mark("Overbooked", "over"))
    if booking.urgency != Urgency.ROUTINE:
        found.append(Mark(booking.get_urgency_display(), booking.urgency))
    if booking.status not in (Booking.Status.BOOKED, Booking.Status.HELD):
        found.append(Mark(booking.get_status_display(), "status"))
    if visit.role != "lead":
        found.append(Mark(visit.role.capitalize(), "role"))
    return tuple(found)


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


def _fill(row: Row, items: list[Item], shifts: Shifts, axis: Axis) -> Row:
    """Give every item its place. Visits get lanes among themselves; what is behind them fills the row's height."""
    items.sort(key=lambda item: (item.starts_at, item.kind))
    visits = [item for item in items if item.visit]
    lane_of = dict(zip((id(item) for item in visits), layout.lanes([(i.starts_at, i.ends_at) for i in visits]), strict=True))
    row.lanes = max(lane_of.values(), default=0) + 1
    for item in items:
        left = axis.at(item.starts_at)
        place = Place(left, round(axis.at(item.ends_at) - left, 3), lane_of.get(id(item), 0))
        row.items.append(_placed(item, place))
    row.shifts, row.overtime = (
        [Place(axis.at(starts), round(axis.at(ends) - axis.at(starts), 3)) for starts, ends in spans]
        for spans in (shifts.regular, shifts.overtime)
    )
    nothing = "Not working" if row.link else ""
    row.hours, row.hours_long = shifts.said("OT") or nothing, shifts.said("overtime") or nothing
    return row


def _placed(item: Item, place: Place) -> Item:
    return Item(**{**{name: getattr(item, name) for name in item.__slots__}, "place": place})
