"""Puts what waits into words: what happened, who, when, and what can be done about it. Statements do not grow with the rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse

from bookings.models import Booking, Concern, Customer, Lead, OutgoingMessage, Shop
from desk import actors, words
from desk.admin import conflicts
from desk.inbox import gathering, order
from desk.inbox.gathering import Found
from desk.inbox.press import Source
from desk.inbox.reading import Row
from desk.models import Handling
from telephony.models import Emergency

Kind = Concern.Kind


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts that contradict each other, or that only one of them is there."""

    said: str
    stands: str
    said_title: str = "What was said"
    stands_title: str = "What stands"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to telephone; a number that was withheld is empty."""

    name: str
    phone: str
    shown: str
    link: str = ""

    @property
    def called(self) -> str:
        return self.name or self.shown or "Number withheld"


@dataclass(slots=True)
class Item:
    """One thing as the list shows it. `source` is its row; `handling` what the desk noted, if anything."""

    row: Row
    shop: Shop
    source: Source
    handling: Handling | None
    title: str
    text: str
    person: Person | None = None
    technician: Person | None = None
    urgent: bool = False
    beside: Beside | None = None
    conflict: conflicts.Conflict | None = None
    undecided: bool = False
    lead_id: int | None = None
    failed: OutgoingMessage | None = None
    links: list[tuple[str, str]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        return self.row.id

    @property
    def group(self) -> order.Group:
        return order.group(self.row.sort)

    @property
    def can_wait(self) -> bool:
        return order.can_wait(self.row.sort)

    @property
    def when(self) -> str:
        return words.when(self.row.at.astimezone(self.shop.zone))

    @property
    def snoozed_until(self) -> str:
        if not self.row.snoozed or self.handling is None or self.handling.snoozed_until is None:
            return ""
        return words.when(self.handling.snoozed_until.astimezone(self.shop.zone))

    @property
    def tried(self) -> str:
        """Say how often somebody called in vain, and when last."""
        noted = self.handling
        if noted is None or not noted.tries:
            return ""
        often = "once" if noted.tries == 1 else f"{noted.tries} times"
        last = f", last at {words.clock(noted.tried_at.astimezone(self.shop.zone))}" if noted.tried_at else ""
        return f"Called {often}, no answer{last}"

    @property
    def owner(self) -> str:
        return actors.called(self.handling.owner) if self.handling and self.handling.owner else ""


def build(rows: Sequence[Row], among: Sequence[Shop], *, now: datetime) -> list[Item]:
    """Return these rows in words, in their order. A row that went meanwhile is left out."""
    sources = gathering.sources(rows)
    found = gathering.beside(list(sources.values()), {shop.pk: shop for shop in among})
    noted = {
        (each.shop_id, each.kind, each.key): each
        for each in Handling.objects.select_related("owner").filter(
            shop__in=[shop.pk for shop in among], kind__in={row.kind for row in rows}, key__in={row.key for row in rows}
        )
    }
    items = []
    for row in rows:
        source = sources.get((row.kind, row.pk))
        if source is not None:
            items.append(_item(row, source, noted.get((row.shop_id, row.kind, row.key)), found, now))
    return items


def _item(row: Row, source: Source, noted: Handling | None, found: Found, now: datetime) -> Item:
    shop = found.shops[row.shop_id]
    match source:
        case Emergency():
            return _emergency(row, shop, source, noted, found)
        case Lead():
            return _lead(row, shop, source, noted, found)
        case Concern():
            return _concern(row, shop, source, noted, found)
        case Booking():
            return _late(row, shop, source, noted, now)


def _caller(shop: Shop, phone: str, customer: Customer | None, found: Found) -> Person:
    """Return who is at a number: the customer it is known to be, or the only one who has it."""
    if customer is None:
        known = found.names.get((shop.pk, phone), [])
        customer = known[0] if len(known) == 1 else None
    return _customer(shop, customer) if customer else Person("", phone, words.phone(phone, shop.country) if phone else "")


def _customer(shop: Shop, customer: Customer) -> Person:
    link = reverse("customer", args=[customer.pk])
    return Person(customer.name, customer.phone, words.phone(customer.phone, shop.country), link)


def _call_link(shop: Shop, origin: str, found: Found) -> list[tuple[str, str]]:
    pk = found.calls.get((shop.pk, origin))
    return [("Read the call", reverse("call", args=[pk]))] if pk else []


def _emergency(row: Row, shop: Shop, emergency: Emergency, noted: Handling | None, found: Found) -> Item:
    heard = next((each.text for each in emergency.words.all() if each.text), "")
    danger = emergency.get_danger_display()
    if emergency.released_at is not None:
        title, text = f"{danger}: safe again", f"So says {emergency.released_by}."
    elif emergency.acknowledged_at is not None:
        title = f"{danger}: taken by {emergency.acknowledged_by}"
        text = "Nothing is booked in this call until somebody says that the caller is safe again."
    elif emergency.gave_up_at is not None:
        title = f"{danger}: nobody has it"
        text = "Everybody on call was told three times, and nobody took it. Take it and call now."
    else:
        title = f"{danger}: nobody has it"
        text = "The safety words were the answer; people on call are being told. Take it and call back."
    return Item(
        row, shop, emergency, noted, title, text, person=_caller(shop, emergency.phone, None, found), urgent=True,
        beside=Beside(heard, emergency.script, "What was heard", "What answers it"),
        links=[
            ("Step by step", reverse("admin:telephony_emergency_change", args=[emergency.pk])),
            *_call_link(shop, emergency.origin, found),
        ],
    )  # fmt: skip


def _lead(row: Row, shop: Shop, lead: Lead, noted: Handling | None, found: Found) -> Item:
    links = [("Open the lead", reverse("admin:bookings_lead_change", args=[lead.pk])), *_call_link(shop, lead.origin, found)]
    if lead.recording_url:
        links.insert(0, (f"Listen ({lead.recording_seconds} s)" if lead.recording_seconds else "Listen", lead.recording_url))
    text = " ".join(lead.wanted.split())
    service = lead.service_type
    return Item(
        row, shop, lead, noted, str(lead.get_reason_display()), text or (f"About {service.name}." if service else ""),
        person=_caller(shop, lead.phone, lead.customer, found), urgent=lead.urgent, links=links,
    )  # fmt: skip


def _concern(row: Row, shop: Shop, concern: Concern, noted: Handling | None, found: Found) -> Item:
    booking, technician = concern.booking, concern.technician
    lead = found.leads.get((shop.pk, concern.origin))
    item = Item(row, shop, concern, noted, str(concern.get_kind_display()), concern.text)
    if booking is not None and booking.customer is not None:
        item.person = _customer(shop, booking.customer)
    elif lead is not None:
        item.person = _caller(shop, lead.phone, lead.customer, found)
    item.lead_id = lead.pk if lead is not None else None
    if concern.kind == Kind.MESSAGE_FAILED:
        item.failed = found.failed.get(concern.key)
        if item.failed is not None:
            item.beside = Beside(item.failed.body, "", "The text", "")
            item.person = item.person or _caller(shop, item.failed.to, None, found)
    if technician is not None:
        item.technician = Person(technician.name, technician.phone, words.phone(technician.phone, shop.country))
    if concern.said or concern.stands:
        item.beside = Beside(concern.said or "No longer kept.", concern.stands)
    if concern.kind in Concern.CALENDAR:
        concern.shop = shop
        item.conflict = conflicts.shown(concern, carrying=found.carrying)
        item.undecided = concern.pk in found.undecided
    if booking is not None:
        item.links.append((f"Open {booking.reference}", reverse("admin:bookings_booking_change", args=[booking.pk])))
        for each in found.corrections.get(booking.pk, []) if concern.stands else []:
            sent = f", {words.when(each.sent_at.astimezone(shop.zone))}" if each.sent_at else ""
            item.texts.append(f"A text with what stands: {each.get_status_display().lower()}{sent}.")
    if concern.kind == Kind.LINE_BROKEN:
        item.links.append(("Open the line tests", reverse("admin:telephony_linetest_changelist")))
    if technician is not None and concern.kind in (Kind.CALENDAR_BROKEN, Kind.CALENDAR_STALE, Kind.CALENDAR_REFUSED):
        item.links.append((f"Open {technician.name}'s calendar", reverse("calendar-technician", args=[technician.public_id])))
    item.links += _call_link(shop, concern.origin, found)
    item.links.append(("Open the concern", reverse("admin:bookings_concern_change", args=[concern.pk])))
    return item


def _late(row: Row, shop: Shop, booking: Booking, noted: Handling | None, now: datetime) -> Item:
    zone = shop.zone
    visits = [each for each in booking.visits.all() if each.status == "active"]
    technician = next((each.technician for each in visits if each.technician is not None), None)
    on_way = booking.status == Booking.Status.EN_ROUTE
    who = technician.name if technician else "Nobody"
    how = "is on the way" if on_way else "has not set out" if technician else "is given the visit"
    return Item(
        row, shop, booking, noted,
        "Nobody on site" if row.sort == "late:over" else "Window about to end, nobody on site",
        f"{booking.service_type.name.capitalize()}, promised {_promised(booking, zone, now)}. {who} {how}.",
        person=_customer(shop, booking.customer) if booking.customer else None,
        technician=Person(technician.name, technician.phone, words.phone(technician.phone, shop.country)) if technician else None,
        urgent=booking.urgency != "routine",
        links=[
            (f"Open {booking.reference}", reverse("admin:bookings_booking_change", args=[booking.pk])),
            *[("Move the visit", reverse("admin:bookings_visit_move", args=[each.pk])) for each in visits[:1]],
        ],
    )  # fmt: skip


def _promised(booking: Booking, zone: ZoneInfo, now: datetime) -> str:
    starts, ends = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    today = now.astimezone(zone).date()
    day = {today: "", today - timedelta(days=1): "yesterday, "}.get(starts.date(), f"{words.day(starts)}, ")
    return f"{day}{words.span(starts, ends)}"
