"""The whole story of one visit, for the panel beside the board: a constant number of statements, however long it is."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse

from bookings.models import Booking, Concern, OutgoingMessage, Technician, Visit
from bookings.services import dispatching
from calendars.models import CalendarConnection, EventMirror
from desk import history, words
from desk.admin import steps
from desk.board import moving, sync
from desk.board.cards import Mark, marks_of
from desk.board.sync import Calendar, Sync
from desk.people.page import Machine
from telephony.models import Call

# Opens in whatever map the reader's machine prefers; nothing of it is loaded by this page.
_MAP = "https://www.google.com/maps/search/?"


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was sent to the customer, or is to be."""

    when: str
    body: str
    status: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A call this booking came from or was changed in."""

    when: str
    outcome: str
    summary: str
    link: str
    talk: str


@dataclass(frozen=True, slots=True)
class Matter:
    """Something that waits for a person about this booking, and the page where it is settled."""

    heading: str
    text: str
    link: str
    step: str


@dataclass(frozen=True, slots=True)
class Story:
    """What the panel says. `visit` has shop, technician, booking, customer, property and service loaded."""

    visit: Visit
    marks: tuple[Mark, ...]
    planned: str
    promised: str
    carries: bool
    phone: str
    map: str
    equipment: str
    machines: list[Machine]
    sync: Sync
    moves: bool
    steps: list[steps.Button]
    cancels: bool
    team: list[Visit]
    technicians: list[Technician]
    matters: list[Matter]
    calls: list[Told]
    texts: list[Text]
    lines: list[str]
    left: str

    @property
    def booking(self) -> Booking:
        return self.visit.booking

    @property
    def on(self) -> str:
        return f"{self.visit.starts_at.astimezone(self.visit.shop.zone):%Y-%m-%d}"

    @property
    def at(self) -> str:
        return f"{self.visit.starts_at.astimezone(self.visit.shop.zone):%H:%M}"


def of(shop_ids: list[int]) -> QuerySet[Visit]:
    """Return the visits of some shops with all that a story begins with."""
    rows = Visit.objects.filter(shop__in=shop_ids).select_related(
        "shop", "technician__calendar_connection", "technician__freshness",
        "booking__customer", "booking__property", "booking__service_type", "booking__shop",
    )  # fmt: skip
    # The tokens of the connection stay where they are.
    tokens = ("access_token", "refresh_token")
    return rows.defer(*(f"technician__calendar_connection__{each}" for each in tokens))


def read(visit: Visit, *, now: datetime) -> Story:
    """Return a visit's story."""
    booking, shop = visit.booking, visit.shop
    zone = shop.zone
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    technicians = list(Technician.objects.filter(shop=shop).order_by("name", "pk"))
    changes = list(booking.changes.order_by("-at", "-pk"))
    moves = moving.movable(visit)
    names = {each.pk: each.name for each in technicians}
    team = booking.visits.exclude(status=Visit.Status.ENDED).exclude(pk=visit.pk).select_related("technician")
    held = visit.status == Visit.Status.HELD and visit.held_until is not None
    return Story(
        visit=visit,
        marks=marks_of(visit),
        planned=f"{words.day(starts)}, {words.span(starts, ends)}",
        promised=f"{words.day(promised[0])}, {words.span(*promised)}",
        carries=dispatching.carries_promise(visit),
        phone=words.phone(booking.customer.phone, shop.country) if booking.customer else "",
        map=_MAP + urlencode({"api": "1", "query": booking.property.address}) if booking.property else "",
        equipment=_equipment(booking),
        machines=_machines(booking, now.astimezone(zone).date()),
        sync=_sync(visit),
        moves=moves,
        steps=steps.buttons(booking),
        cancels=booking.status in Booking.OPEN,
        team=list(team.order_by("starts_at", "pk")),
        technicians=[each for each in technicians if each.active],
        matters=_matters(booking),
        calls=_calls(booking, [change.by for change in changes]),
        texts=_texts(booking),
        lines=history.lines(changes, names, zone),
        left=words.left(visit.held_until - now) if held and visit.held_until else "",
    )


def _equipment(booking: Booking) -> str:
    kind = booking.get_equipment_display() if booking.equipment else ""
    years = booking.equipment_years
    age = "" if years is None else f"{years} {'year' if years == 1 else 'years'} old"
    return ", ".join(filter(None, [kind, age]))


def _machines(booking: Booking, today: date) -> list[Machine]:
    """Return what stands at the address."""
    if booking.property is None:
        return []
    return [Machine(unit, today) for unit in booking.property.units.filter(gone_at=None).order_by("pk")]


def _sync(visit: Visit) -> Sync:
    technician = visit.technician
    if technician is None:
        return sync.of(visit, None, None)
    connection: CalendarConnection | None = getattr(technician, "calendar_connection", None)
    freshness = getattr(technician, "freshness", None)
    calendar = Calendar(
        state=connection.state if connection else None,
        calendar_id=connection.calendar_id if connection else "",
        connected_at=connection.connected_at if connection else None,
        read_at=freshness.read_at if freshness else None,
        is_read=freshness is not None,
    )
    mirror = EventMirror.objects.filter(visit=visit, calendar_id=calendar.calendar_id, retired=False).first()
    return sync.of(visit, calendar, mirror)


def _matters(booking: Booking) -> list[Matter]:
    found = []
    for concern in booking.concerns.filter(status=Concern.Status.OPEN).order_by("created_at", "pk"):
        link = reverse("admin:bookings_concern_change", args=[concern.pk])
        step = "Decide" if concern.kind in Concern.CALENDAR else "Look at it"
        waiting = f" Waiting: {concern.note}" if concern.waiting_since and concern.note else ""
        found.append(Matter(str(concern.get_kind_display()), f"{concern.text}{waiting}", link, step))
    return found


def _calls(booking: Booking, by: list[str]) -> list[Told]:
    zone = booking.shop.zone
    wanted = {found for found in (_call_id(origin) for origin in [booking.origin, *by]) if found is not None}
    return [
        Told(
            when=words.when(call.started_at.astimezone(zone)),
            outcome=str(call.get_outcome_display()) if call.outcome else str(call.get_stage_display()),
            summary=call.summary,
            link=reverse("call", args=[call.pk]),
            talk=reverse("call-told", args=[call.pk]),
        )
        for call in Call.objects.filter(shop=booking.shop, public_id__in=wanted).order_by("-started_at")
    ]


def _call_id(origin: str) -> UUID | None:
    kind, _, said = origin.partition(":")
    try:
        return UUID(said) if kind == "call" else None
    except ValueError:
        return None


def _texts(booking: Booking) -> list[Text]:
    zone = booking.shop.zone
    return [
        Text(
            when=words.when((each.sent_at or each.created_at).astimezone(zone)),
            body=each.body,
            status=str(each.get_status_display()),
            failed=each.status == OutgoingMessage.Status.FAILED,
        )
        for each in booking.messages.order_by("-created_at", "-pk")
    ]
