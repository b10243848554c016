"""Books, holds, corrects, moves and cancels. Decides; bookings.services.placing finds people, pen and writing write.

All but `correct_address`, `cancel` and `release` run inside a transaction of bookings.services.transactions, so that the
caller's own record of the request commits together with what it did.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from bookings.engine.clock import instant
from bookings.engine.roster import Roster, Urgency
from bookings.engine.slots import Search
from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Visit
from bookings.services import (
    availability,
    customers,
    dispatching,
    fees,
    jobs,
    places,
    placing,
    standing,
    transactions,
    unseen,
    whynot,
    writing,
)
from bookings.services.asking import Outcome, Request, State, When, Why
from bookings.services.pen import Pen


def book(roster: Roster, request: Request, *, now: datetime) -> Outcome:
    """Carry the request out, or say what could be had instead.

    Within one origin a second request for the same service corrects the first booking, unless it says `another`, comes
    from the same message, or is older than what last shaped the booking; a hold of the origin becomes the booking. Raises
    RefusedError `past`, `beyond_horizon`, `part_unknown`, `name_missing`, `phone_missing`, `outside_area`, `cancelled_since`
    (facts: booking; the origin has cancelled it later than it asked for this), `do_not_service` (facts: reason; a person may
    overrule it), and whatever the transaction's frame raises.
    """
    earlier = served(standing.earlier(roster, request), request)
    made = None if request.another else earlier.booking
    if made is not None and _is_older(request, made):
        return Outcome(State.UNCHANGED, made)
    if made is None and earlier.cancelled is not None and not request.another:
        raise RefusedError("cancelled_since", booking=earlier.cancelled)
    jobs.check_day(roster, request.when.on, now)
    if made is None:
        customers.check(name=request.customer_name, phone=request.customer_phone)
    elif _asks_for(roster, made, request):
        area = jobs.area_of(roster, places.zip_in(request.address) or made.zip_code) if request.address else None
        outcome = writing.correct(roster, made, request, area=area, now=now)
        writing.release(earlier.holds, by=request.by, now=now)
        if outcome.state is State.CORRECTED and request.address:
            dispatching.look_at_drives(roster, made, now=now)
        return outcome
    same = [each for each in earlier.holds if each.service_type_id == request.service.id]
    return _place(roster, request, made or earlier.held(request), given_up=same, now=now)


def hold(roster: Roster, request: Request, *, now: datetime) -> Outcome:
    """Hold a window for the shop's minutes while name and address are taken; an origin holds one at a time.

    The request needs no name or number. A booking of the same origin stands meanwhile, and answers for a hold of its own
    time or one that was asked for before it. Raises like `book`.
    """
    earlier = served(standing.earlier(roster, request), request)
    made = earlier.booking
    if made is not None and (_is_older(request, made) or _asks_for(roster, made, request)):
        return Outcome(State.UNCHANGED, made)
    jobs.check_day(roster, request.when.on, now)
    return _place(roster, request, earlier.held(request), given_up=earlier.holds, now=now, hold=True)


def reschedule(roster: Roster, booking_id: int, request: Request, *, now: datetime) -> Outcome:
    """Move a booking to another time: the same reference, customer and history; all rules are looked at again.

    Raises RefusedError `not_found`, `not_open` (on the way, done or cancelled), and like `book`.
    """
    booking = _locked(booking_id)
    if booking.status != Booking.Status.BOOKED:
        raise RefusedError("not_open", status=booking.get_status_display())
    jobs.check_day(roster, request.when.on, now)
    if _is_older(request, booking) or _asks_for(roster, booking, request):
        return Outcome(State.UNCHANGED, booking)
    earlier = served(standing.earlier(roster, request), request)
    return _place(roster, request, booking, given_up=earlier.holds, now=now)


def served(earlier: standing.Earlier, request: Request) -> standing.Earlier:
    """Refuse whoever the office serves no more, unless a person decided otherwise; nothing was changed by then."""
    if earlier.unserved and not request.despite_do_not_service:
        raise RefusedError("do_not_service", reason=earlier.unserved)
    return earlier


def correct_address(roster: Roster, booking_id: int, address: str, *, by: str, now: datetime) -> Booking:
    """Put an address that a person was told into a booking; one outside of the area is theirs to decide. Owns its transaction.

    Raises RefusedError `empty`, `not_found`, `not_open`, and TryAgainError where somebody else is at it.
    """
    if not customers.fold(address):
        raise RefusedError("empty")
    with transactions.retryable():
        booking = _locked(booking_id)
        if booking.status not in Booking.OPEN or booking.customer is None:
            raise RefusedError("not_open", status=booking.get_status_display())
        request = Request(
            service=roster.service(booking.service_type_id), when=When(booking.promised_from.astimezone(roster.zone).date()),
            customer_name="", customer_phone="", origin=by, requested_at=now, by=by, address=address,
        )  # fmt: skip
        area = roster.area_of(places.zip_in(address) or booking.zip_code)
        if writing.correct(roster, booking, request, area=area, now=now).state is State.CORRECTED:
            dispatching.look_at_drives(roster, booking, now=now)
    return booking


def _locked(booking_id: int) -> Booking:
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "property", "service_type")
        .filter(pk=booking_id)
        .first()
    )
    if booking is None:
        raise RefusedError("not_found")
    return booking


def _is_older(request: Request, booking: Booking) -> bool:
    """Say whether the origin has shaped the booking by something it said later than this."""
    if booking.origin == request.origin:
        return request.requested_at < booking.origin_at
    return booking.changes.filter(by=request.by, kind=BookingChange.Kind.MOVED, at__gt=request.requested_at).exists()


def _asks_for(roster: Roster, booking: Booking, request: Request) -> bool:
    """Say whether the request's time is the one the booking has; a day without a time is met by any time of it."""
    promised = booking.promised_from.astimezone(roster.zone)
    if request.minutes is not None and request.service.clamp(request.minutes) != booking.minutes:
        return False
    if promised.date() != request.when.on:
        return False
    if request.when.at is not None:
        return promised.time() == request.when.at
    within = availability.within_of(roster, placing.wish_of(request), request.when.on)
    return within is None or within.start <= int(promised.timestamp()) < within.end


def _place(
    roster: Roster, request: Request, changes: Booking | None, *, given_up: Sequence[Booking], now: datetime, hold: bool = False
) -> Outcome:
    """Find people for a time that suits and write; else answer with alternatives, or with the fee to be told first.

    `changes` is what is moved or confirmed; what is held beside it is given up once there is a place.
    """
    own = standing.visits(changes) if changes else []
    holds = [each for each in given_up if changes is None or each.pk != changes.pk]
    others = list(Visit.objects.filter(booking__in=holds, status__in=standing.LIVE).values_list("pk", flat=True)) if holds else []
    without = [*(visit.pk for visit in own), *others]
    if changes is not None:  # what was urgent once stays so when it moves
        request = replace(request, urgency=max(request.urgency, Urgency(changes.urgency), key=list(Urgency).index))
    zip_code = places.zip_in(request.address) or request.zip_code or (changes.zip_code if changes else "")
    area = standing.area_of(roster, zip_code, changes)
    job = jobs.job(
        roster, request.service, now=now, zip_code=zip_code, area=area, urgency=request.urgency, priority=request.priority,
        minutes=_minutes(roster, request, changes),
        only=frozenset([request.technician]) if request.technician is not None else standing.chosen(roster, own),
    )  # fmt: skip
    active = {worker.id for worker in roster.workers}
    beside = sorted(
        {
            (visit.role, visit.technician_id)
            for visit in own
            if visit.pinned and visit.role != writing.LEAD and visit.technician_id in active
        }
    )
    phone = request.customer_phone or (changes.customer.phone if changes and changes.customer else "")
    look = placing.search(roster, request, job, now=now, without=without)
    placed = placing.find(
        roster, request, look, now=now, without=without, phone=phone, beside=beside,
        own=frozenset(visit.technician_id for visit in own if visit.technician_id is not None),
    )  # fmt: skip
    if placed is None:
        return _instead(roster, request, look, zip_code=zip_code, changes=changes, without=without, now=now)
    if request.technician is not None:
        placed = replace(placed, chosen=placing.Chosen())
    fee = fees.of(roster, request.service, starts_at=placed.slot.starts_at, area=area, member=request.member)
    told_at = None if hold else fees.told_at(fee, request.told, changes, now=now)
    if fee.in_all and told_at is None and request.told is not None and not hold:
        return Outcome(State.UNTOLD, _kept(changes), slots=[placed.slot], fee=fee)
    writing.release(holds, by=request.by, now=now)
    pen = Pen(roster, request, placed, zip_code=zip_code, fee=fee, told_at=told_at, now=now)
    if changes is None:
        return pen.hold() if hold else pen.make()
    if changes.status == Booking.Status.HELD:
        return pen.hold_again(changes, own) if hold else pen.confirm(changes, own)
    return pen.move(changes, own)


def _minutes(roster: Roster, request: Request, changes: Booking | None) -> int:
    if request.minutes is None and changes is not None and not request.equipment:
        return changes.minutes
    return roster.minutes_of(request.service, asked=request.minutes, equipment=request.equipment, years=request.years)


def _instead(
    roster: Roster,
    request: Request,
    look: Search,
    *,
    zip_code: str,
    changes: Booking | None,
    without: Sequence[int],
    now: datetime,
) -> Outcome:
    when, job = request.when, look.job
    closed = roster.closures.get(when.on)
    why = Why.TAKEN
    if closed is not None and not job.overtime:
        why = Why.CLOSED
    elif when.at is not None and instant(when.on, when.at, roster.zone) < job.earliest:
        why = Why.TOO_SOON
    elif job.weekdays is not None and when.on.weekday() not in job.weekdays:
        why = Why.AREA_DAY
    wish = replace(
        placing.wish_of(request), at=when.at, minutes=job.minutes, zip_code=zip_code, urgency=request.urgency,
        priority=request.priority,
    )  # fmt: skip
    nearest = availability.alternatives(roster, wish, now=now, without=without, job=job)
    refused = whynot.compact(unseen.too(roster, look) or look, when.on, availability.within_of(roster, wish, when.on), at=when.at)
    return Outcome(State.TAKEN, _kept(changes), slots=nearest, why=why, closed=closed or "", why_not=refused)


def _kept(changes: Booking | None) -> Booking | None:
    """Return the booking that stays as it was when nothing is changed; a hold is none."""
    return changes if changes is not None and changes.status == Booking.Status.BOOKED else None


def cancel(
    booking_id: int, *, by: str, reason: str, now: datetime, planned_only: bool = False, requested_at: datetime | None = None
) -> Booking:
    """Cancel an open booking and end its visits; cancelling it again changes nothing. Owns its transaction.

    `planned_only`: not when the technician is on the way already, as only a person may decide. `requested_at` is the origin's
    own time of it, which a booking that was asked for earlier and comes later is held against. Raises RefusedError
    `not_found` for an unknown id and `not_open` for a booking that is done.
    """
    with transaction.atomic():
        booking = _locked(booking_id)
        if booking.status == Booking.Status.CANCELLED:
            return booking
        if booking.status not in ((Booking.Status.BOOKED,) if planned_only else Booking.OPEN):
            raise RefusedError("not_open", status=booking.get_status_display())
        kind = BookingChange.Kind.CANCELLED
        writing.end(booking, Booking.Status.CANCELLED, kind, by=by, now=now, at=requested_at, reason=reason)
    return booking


def touched_by(origin: str, *, shop_id: int) -> QuerySet[Booking]:
    """Return the bookings that stand of those the origin has made or moved, in the order they were made."""
    theirs = Q(origin=origin) | Q(pk__in=BookingChange.objects.filter(by=origin, kind=BookingChange.Kind.MOVED).values("booking"))
    standing = [each for each in Booking.OPEN if each != Booking.Status.HELD]
    return (
        Booking.objects.select_related("customer", "service_type")
        .filter(theirs, shop=shop_id, status__in=standing)
        .order_by("pk")
    )


def release(origin: str, *, by: str, now: datetime) -> int:
    """Give up whatever an origin only holds; return how many holds there were. Owns its transaction."""
    with transaction.atomic():
        held = list(
            Booking.objects.select_for_update(of=("self",), no_key=True)
            .filter(origin=origin, status=Booking.Status.HELD)
            .order_by("pk")
        )
        writing.release(held, by=by, now=now)
    return len(held)
