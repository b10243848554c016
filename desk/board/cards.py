"""A visit as its card says it: who, what, where, the promised window, urgency, status and where it stands in Google."""

from dataclasses import dataclass, field
from datetime import datetime

from bookings.models import Booking, Urgency, Visit
from desk import words
from desk.board import moving
from desk.board.reading import Facts
from desk.board.sync import Sync


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on a card, and the colour that says the same."""

    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Card:
    """One visit in words. One that is only held has the `part` of the day and runs out at `until`, and has no customer.

    `moves`: a person may give it another time. `finds` is what it is found by, folded.
    """

    visit: int
    version: int
    service: int
    starts_at: datetime
    ends_at: datetime
    status: str
    held: bool
    moves: bool
    who: str
    what: str
    zip_code: str
    address: str
    phone: str
    reference: str
    problem: str
    planned: str
    promised: str
    promised_short: str
    marks: tuple[Mark, ...]
    pinned: bool
    sync: Sync
    part: str = ""
    until: datetime | None = None
    finds: str = ""
    # Runs down by the clock alone: no reason to draw the card again.
    left: str = field(default="", repr=False)

    @property
    def seconds(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds())


def of(visit: Visit, facts: Facts) -> Card:
    """Return a visit's card; `visit` has booking, customer and address loaded."""
    booking, shop, zone = visit.booking, facts.shop, facts.shop.zone
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    held = visit.status == Visit.Status.HELD
    customer = booking.customer
    zip_code = (booking.property.zip_code if booking.property else "") or booking.zip_code
    address = str(booking.property) if booking.property else "" if held else "No address yet"
    return Card(
        visit=visit.pk,
        version=visit.version,
        service=booking.service_type_id,
        starts_at=starts,
        ends_at=ends,
        status=booking.status,
        held=held,
        moves=moving.movable(visit),
        who=customer.name if customer else "On hold",
        what=_capital(facts.roster.service(booking.service_type_id).name),
        zip_code=zip_code,
        address=address,
        phone=words.phone(customer.phone, shop.country) if customer else "",
        reference=booking.reference,
        problem=booking.problem,
        planned=words.span(starts, ends),
        promised=words.span(*promised),
        promised_short=words.short_span(*promised),
        marks=marks_of(visit),
        pinned=visit.pinned,
        sync=facts.sync_of(visit),
        part=facts.roster.part_at(promised[0].time()) if held else "",
        until=visit.held_until if held else None,
        finds=" ".join([customer.name, customer.phone, address, zip_code, booking.reference]).casefold() if customer else "",
        left=words.left(visit.held_until - facts.now) if held and visit.held_until else "",
    )


def marks_of(visit: Visit) -> tuple[Mark, ...]:
    """Return what a card says beyond its colours, what matters most first."""
    booking = visit.booking
    found = []
    if visit.overbooked:
        found.append(Mark("Overbooked", "over"))
    if booking.urgency != Urgency.ROUTINE:
        found.append(Mark(booking.get_urgency_display(), booking.urgency))
    if booking.status not in (Booking.Status.BOOKED, Booking.Status.HELD):
        found.append(Mark(booking.get_status_display(), "status"))
    if booking.to_confirm_since is not None and visit.status != Visit.Status.HELD:
        found.append(Mark("To be confirmed", "confirm"))
    if visit.role != "lead":
        found.append(Mark(visit.role.capitalize(), "role"))
    return tuple(found)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
