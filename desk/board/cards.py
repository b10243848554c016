"""A visit as its card says it: who, what, where, the promised window, urgency, status and where it stands in Google."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.urls import reverse
from django.utils.text import Truncator, capfirst

from bookings.models import Booking, Urgency, Visit
from desk import words
from desk.board import moving
from desk.board.reading import Facts
from desk.board.sync import Sync

PROBLEM_LENGTH = 120


@dataclass(frozen=True, slots=True)
class Mark:
    """A word on a card, and the colour that says the same."""

    word: str
    kind: str


@dataclass(frozen=True, slots=True)
class Card:
    """One visit in words, ready to be put in: a full board has hundreds.

    One that is only held has the `part` of the day and runs out at `until`, and has no customer. `moves`: a person may give
    it another time. `look` are the classes that colour it, `finds` is what it is found by, folded.
    """

    visit: int
    version: int
    service: int
    link: str
    starts_at: datetime
    ends_at: datetime
    look: str
    moves: bool
    who: str
    what: str
    job: str
    address: str
    planned: str
    promised: str
    promised_short: str
    title: str
    more: str
    marks: tuple[Mark, ...]
    sync: Sync
    ref: str = ""
    part: str = ""
    until: datetime | None = None
    left: str = ""
    finds: str = ""

    @property
    def seconds(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds())


def of(visit: Visit, sync: Sync, facts: Facts) -> Card:
    """Return a visit's card; `visit` has booking, customer and address loaded."""
    booking, shop, zone = visit.booking, facts.shop, facts.shop.zone
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    window = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    held, customer, marks = visit.status == Visit.Status.HELD, booking.customer, marks_of(visit)
    planned, promised = words.span(starts, ends), words.span(*window)
    what = capfirst(facts.roster.service(booking.service_type_id).name)
    zip_code = (booking.property.zip_code if booking.property else "") or booking.zip_code
    address = str(booking.property) if booking.property else "" if held else "No address yet"
    who, phone = (customer.name, words.phone(customer.phone, shop.country)) if customer else ("On hold", "")
    part = facts.roster.part_at(window[0].time()) if held else ""
    if held:
        lines = ["On hold for a caller", what, f"{capfirst(part)}, arrival {promised}", f"Planned {planned}", booking.reference]
    else:
        problem = booking.problem
        if len(problem) > PROBLEM_LENGTH:
            problem = Truncator(problem).chars(PROBLEM_LENGTH)
        lines = [
            f"{who}, {phone}", f"{what}: {problem}" if problem else what, address,
            f"Planned {planned}, promised arrival {promised}",
            ", ".join([booking.reference, *(mark.word.lower() for mark in marks)]),
            *(["Pinned: a person chose the technician"] if visit.pinned else []),
            sync.text, *([f"Last try: {sync.why}"] if sync.why else []),
        ]  # fmt: skip
    return Card(
        visit=visit.pk,
        version=visit.version,
        service=booking.service_type_id,
        link=_link(visit.pk),
        starts_at=starts,
        ends_at=ends,
        look=" ".join([f"bd-{booking.status}", *(f"bd-is-{mark.kind}" for mark in marks)]),
        moves=moving.movable(visit),
        who=who,
        what=what,
        job=f"{what} {zip_code}" if zip_code else what,
        address=address,
        planned=planned,
        promised=promised,
        promised_short=words.short_span(*window),
        title="\n".join(lines),
        more=f"{what}, planned {planned}" if held else f"Planned {planned} \u00b7 {address} \u00b7 {phone}",
        marks=marks,
        sync=sync,
        ref=f"{booking.reference} \u00b7 pinned" if visit.pinned else booking.reference,
        part=part,
        until=visit.held_until if held else None,
        left=words.left(visit.held_until - facts.now) if held and visit.held_until else "",
        finds=" ".join([customer.name, customer.phone, address, zip_code, booking.reference]).casefold() if customer else "",
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


@lru_cache(maxsize=10_000)
def _link(visit: int) -> str:
    return reverse("board-visit", args=[visit])
