"""What can be done about each thing, the next step first, each as one click. `steps` does what is pressed."""

from dataclasses import dataclass, field, replace

from django.urls import reverse

from bookings.models import Booking, Concern, Lead
from desk.inbox.items import Item, Person
from telephony.alarms import texting
from telephony.models import Emergency

Kind, Status = Concern.Kind, Booking.Status


@dataclass(frozen=True, slots=True)
class Offer:
    """A button with the name of its step and what it carries along; with `href` a link instead, also to a telephone number.

    `asks` is the label of a field that has to be filled first; it is sent under the step's name.
    """

    label: str
    step: str = ""
    href: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    first: bool = False
    danger: bool = False
    asks: str = ""


def of(item: Item) -> list[Offer]:
    """Return what the row offers, one of them marked as the first."""
    source = item.source
    match source:
        case Emergency():
            found = _emergency(item, source)
        case Lead():
            found = _lead(item, source)
        case Concern():
            found = _concern(item, source)
        case Booking():
            found = _late(item, source)
    return [each if n else _first(each) for n, each in enumerate(found)]


def _first(offer: Offer) -> Offer:
    return replace(offer, first=True)


def _telephone(person: Person | None, label: str = "Call") -> list[Offer]:
    return [Offer(f"{label} {person.called}", href=f"tel:{person.phone}")] if person and person.phone else []


def _book(item: Item, lead_id: int) -> Offer:
    return Offer("Book", href=f"{reverse('board-new')}?lead={lead_id}&shop={item.shop.pk}")


def _emergency(item: Item, emergency: Emergency) -> list[Offer]:
    call = _telephone(item.person)
    over = Offer("Safe again", "over", danger=True)
    if emergency.released_at is not None:
        return call
    return [*call, over] if emergency.acknowledged_at is not None else [Offer("I have it", "take"), *call, over]


def _lead(item: Item, lead: Lead) -> list[Offer]:
    if lead.status != Lead.Status.OPEN:
        return [Offer("Undo: back on the list", "reopen")]
    tries = item.handling.tries if item.handling else 0
    return [
        *_telephone(item.person, "Call back"),
        _book(item, lead.pk),
        Offer("Reached", "reached"),
        Offer("No answer", "no_answer", fields={"tries": str(tries)}),
    ]


def marks(item: Item) -> list[Offer]:
    """Return what says that a caller is no customer; shown with the details only."""
    if not isinstance(item.source, Lead) or not item.source.phone or item.source.status != Lead.Status.OPEN:
        return []
    return [Offer("No customer: mark as spam", "spam", danger=True), Offer("No customer: a vendor", "vendor")]


def _concern(item: Item, concern: Concern) -> list[Offer]:
    conflict = item.conflict
    if concern.status != Concern.Status.OPEN:
        # What was decided in Google has moved on; taking it back is a move of the visit, not of the concern.
        return [] if concern.kind in Concern.CALENDAR else [Offer("Undo: open again", "reopen")]
    done = [] if item.undecided else [Offer("Done", "done")]
    call = _telephone(item.person)
    if conflict is not None:
        seen = {"seen": conflict.seen}
        move = conflict.move if not conflict.accept or concern.kind == Kind.TO_CONFIRM else ""
        return [
            *([Offer(conflict.accept, "accept", fields=seen)] if conflict.accept else []),
            *([Offer(conflict.restore, "restore", fields=seen)] if conflict.restore else []),
            *([Offer("Move the visit", href=move)] if move else []),
            *call,
            *done,
        ]
    return [*_next(item, concern), *call, *done]


def _next(item: Item, concern: Concern) -> list[Offer]:
    """Return the steps of a kind's own, which come before calling and closing."""
    technician = item.technician
    match concern.kind:
        case Kind.ADDRESS:
            return [Offer("Keep the address", "address", asks="Street, town and ZIP code")] if concern.booking else []
        case Kind.NOT_BOOKED:
            return [_book(item, item.lead_id)] if item.lead_id else []
        case Kind.OTHER_TIME | Kind.NOT_TOLD | Kind.FEE_NOT_TOLD:
            return [] if item.texts else [Offer("Text what stands", "correct")]
        case Kind.CALENDAR_BROKEN | Kind.CALENDAR_STALE:
            how = "Text" if technician and technician.phone else "Make"
            return [Offer(f"{how} a link to connect", "invite"), *_telephone(technician)] if technician else []
        case Kind.CALENDAR_REFUSED | Kind.DRIVE:
            return _telephone(technician)
        case Kind.MESSAGE_FAILED:
            again = item.failed is not None and not item.failed.reason.startswith(texting.REASON)
            return [Offer("Try again", "again")] if again else []
        case Kind.LINE_BROKEN:
            return [Offer("Test the line", "test")]
    return []


def _late(item: Item, booking: Booking) -> list[Offer]:
    way = [Offer("On the way", "step", fields={"to": Status.EN_ROUTE.value})] if booking.status == Status.BOOKED else []
    return [
        *_telephone(item.technician),
        *_telephone(item.person),
        *way,
        Offer("On site", "step", fields={"to": Status.ON_SITE.value}),
        Offer("Done", "step", fields={"to": Status.DONE.value}),
        *[Offer("Move", href=href) for label, href in item.links if label == "Move the visit"],
    ]
