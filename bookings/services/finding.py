"""Finds the bookings a caller may speak of: those made in this very call, and those of the number they call from that one
more fact fits. Who knows the number only is told nothing, not even whether there is something to tell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Customer
from bookings.services import customers, facts
from bookings.services.facts import Facts

_AT_MOST = 100  # a property manager has many, and names one by its reference
# Who was not visited may move the appointment for some hours after its window.
_STILL_SPOKEN_OF = timedelta(hours=12)
_NEVER_PROMISED = ("held", "lapsed")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is for a call: what it made itself, the bookings of its number, and the people at it."""

    own: list[Booking] = field(default_factory=list)
    others: list[Booking] = field(default_factory=list)
    people: list[Customer] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [each.name for each in self.people]


def upcoming(*, shop_id: int, phone: str, origin: str, now: datetime) -> Known:
    """Return the open bookings that are still to come, or should have been today, the soonest first.

    `phone` is the number the call comes from, "" when it is withheld. Three statements at most.
    """
    known = _read(shop_id=shop_id, phone=phone, origin=origin, order="promised_from", still=now - _STILL_SPOKEN_OF)
    return Known(sorted(known.own, key=_soonest), sorted(known.others, key=_soonest), known.people)


def history(*, shop_id: int, phone: str, origin: str) -> Known:
    """Return all bookings, the latest first. Three statements at most."""
    return _read(shop_id=shop_id, phone=phone, origin=origin, order="-promised_from", still=None)


def by_id(public_id: str, *, shop_id: int) -> Booking | None:
    """Return a booking of the shop by its own id; None where it is gone. One statement."""
    rows = Booking.objects.select_related("customer", "property", "service_type")
    return rows.filter(shop=shop_id, public_id=public_id).first()


def is_upcoming(booking: Booking, now: datetime) -> bool:
    """Say whether a booking is open, and still to come or should have been today."""
    return booking.status in Booking.OPEN and booking.status != "held" and booking.promised_to > now - _STILL_SPOKEN_OF


def _read(*, shop_id: int, phone: str, origin: str, order: str, still: datetime | None) -> Known:
    rows = Booking.objects.filter(shop=shop_id).exclude(status__in=_NEVER_PROMISED)
    if still is not None:
        rows = rows.filter(status__in=Booking.OPEN, promised_to__gt=still)
    rows = rows.select_related("customer", "property", "service_type")
    # Two questions, since "or" over two tables reads them whole.
    own = list(rows.filter(origin=origin))
    people = customers.at(phone, shop_id=shop_id)
    theirs = rows.filter(customer__in=[each.pk for each in people]).order_by(order)[:_AT_MOST] if people else []
    made_here = {each.pk for each in own}
    return Known(own, [each for each in theirs if each.pk not in made_here], people)


def _soonest(booking: Booking) -> tuple[datetime, int]:
    return booking.promised_from, booking.pk


def proven(bookings: Sequence[Booking], said: Facts, names: Iterable[str]) -> list[Booking]:
    """Return the bookings of a number that one of the facts fits; of several facts each narrows them where it can.

    `names` are those of all customers at the number: a name that is exactly one of theirs is no misspelling of another.
    """
    among = list(names)
    heard = {name: max((facts.name_fits(name, each, among) for each in among), default=0) for name in said.names}

    def by_name(booking: Booking) -> int:
        if booking.customer is None:
            return facts.NOT_AT_ALL
        best = facts.NOT_AT_ALL
        for name in said.names:
            fit = facts.name_fits(name, booking.customer.name, among)
            if fit > facts.NEAR or heard[name] == facts.NEAR:
                best = max(best, fit)
        return best

    def by_reference(booking: Booking) -> int:
        return any(facts.names_it(each, booking) for each in said.references)

    def by_address(booking: Booking) -> int:
        where = booking.property
        return where is not None and any(facts.same_address(each, where.address) for each in said.addresses)

    def by_zip(booking: Booking) -> int:
        return any(facts.same_zip(each, booking) for each in said.zips)

    kinds = (by_reference, by_name, by_address, by_zip)
    fits = [[kind(each) for kind in kinds] for each in bookings]
    left = [n for n, each in enumerate(fits) if any(each)]
    for kind in range(len(kinds)):
        best = max((fits[n][kind] for n in left), default=0)
        left = [n for n in left if fits[n][kind] == best]
    return [bookings[n] for n in left]


def wrong(there: Known, said: Facts) -> int:
    """Return how many different facts of one kind fit nobody and nothing there is: of the kind with the most of them."""
    bookings = [*there.own, *there.others]
    # Not those without a booking: whoever corrects a name has made a customer of the one before.
    people = {each.customer.name for each in bookings if each.customer is not None}
    where = [each.property.address for each in bookings if each.property is not None]
    return max(
        len({customers.fold(each) for each in said.names if not any(facts.name_fits(each, name, people) for name in people)}),
        len({each for each in said.zips if not any(facts.same_zip(each, booking) for booking in bookings)}),
        len({customers.fold(each) for each in said.addresses if not any(facts.same_address(each, one) for one in where)}),
        len({each.upper() for each in said.references if not any(facts.names_it(each, booking) for booking in bookings)}),
    )


def person(people: Sequence[Customer], said: Facts) -> Customer | None:
    """Return the one customer at a number whom the name said fits best; None where it fits nobody or several alike."""
    names = [each.name for each in people]
    fits = [max((facts.name_fits(name, each.name, names) for name in said.names), default=0) for each in people]
    best = max(fits, default=0)
    found = [each for each, fit in zip(people, fits, strict=True) if fit == best]
    return found[0] if best and len(found) == 1 else None


def meant(found: list[Booking], said: str) -> Booking:
    """Return the booking a caller means: the one of that reference or id, else the only one.

    Raises RefusedError `not_yours` where the caller has none or not that one, and `which` (facts: bookings) where several
    could be meant. It does not say whether somebody else has such a booking.
    """
    if said:
        for booking in found:
            if facts.names_it(said, booking):
                return booking
        raise RefusedError("not_yours")
    if not found:
        raise RefusedError("not_yours")
    if len(found) > 1:
        raise RefusedError("which", bookings=found)
    return found[0]


def cancelled_by(origin: str, *, shop_id: int, said: str) -> Booking | None:
    """Return the booking that this origin has cancelled already: the one of that reference, else the latest."""
    done = BookingChange.objects.filter(shop=shop_id, by=origin, kind=BookingChange.Kind.CANCELLED).order_by("-pk")
    found = [change.booking for change in done.select_related("booking")]
    if not said:
        return found[0] if found else None
    return next((each for each in found if facts.names_it(said, each)), None)
