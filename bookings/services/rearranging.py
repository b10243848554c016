"""Keeps a promise whose technician turned out to be busy: somebody else who is free goes, in the window that was promised."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bookings.engine.day import Job
from bookings.engine.roster import Roster, Urgency
from bookings.errors import RefusedError
from bookings.models import Booking, BusyBlock, Visit
from bookings.services import confirming, jobs, placing, standing, transactions, writing
from bookings.services.asking import Request, When
from bookings.services.pen import Pen
from bookings.services.placing import Placed


def may_be(visit: Visit, *, now: datetime) -> bool:
    """Say whether a visit, with its booking loaded, may be given to others by itself: no person has decided about it."""
    booking = visit.booking
    return (
        visit.status == Visit.Status.ACTIVE
        and booking.status == Booking.Status.BOOKED
        and not visit.pinned
        and not visit.overbooked
        and booking.promised_from > now
    )


def rearrange(roster: Roster, visit_id: int, *, version: int, why: str, by: str, now: datetime) -> Booking | None:
    """Let others keep a promise that busy time lies over; all rules are looked at, and window and reference stay.

    `version` is the visit's as it was seen, `why` goes into the history. None where there is nothing to be done any more, or
    a person has decided. Raises RefusedError `nobody` where nobody could, TryAgainError where somebody else is at it for too
    long. Owns its transaction.
    """
    return transactions.run(
        f"visit:{visit_id}", lambda: _rearrange(roster, visit_id, version=version, why=why, by=by, now=now)
    )  # fmt: skip


def _rearrange(roster: Roster, visit_id: int, *, version: int, why: str, by: str, now: datetime) -> Booking | None:
    booking = (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("customer", "service_type")
        .filter(shop=roster.shop_id, visits=visit_id)
        .first()
    )
    if booking is None:
        return None
    own = standing.visits(booking)
    visit = next((each for each in own if each.pk == visit_id and each.version == version), None)
    if visit is None or any(each.overbooked for each in own):
        return None
    visit.booking = booking
    if not may_be(visit, now=now) or not _is_busy(visit):
        return None
    request, job = _asked(roster, booking, by=by, now=now), _job(roster, booking, own, visit, now=now)
    without = [each.pk for each in own]
    placed = placing.find(
        roster, request, placing.search(roster, request, job, now=now, without=without), now=now, without=without,
        own=frozenset(each.technician_id for each in own if each.technician_id is not None),
        phone=request.customer_phone, beside=_beside(roster, own, visit), seen_only=True,
    )  # fmt: skip
    if placed is None or not _is_the_same_work(roster, placed, own):
        raise RefusedError("nobody")
    Pen(roster, request, placed, zip_code=booking.zip_code, now=now).give(booking, own, visit, why=why)
    if booking.to_confirm_since is not None:
        confirming.confirmed(roster, booking, by=by, now=now)
    return booking


def _is_busy(visit: Visit) -> bool:
    return BusyBlock.objects.filter(
        technician=visit.technician_id, starts_at__lt=visit.ends_at, ends_at__gt=visit.starts_at
    ).exists()  # fmt: skip


def _asked(roster: Roster, booking: Booking, *, by: str, now: datetime) -> Request:
    """Return the request for just what is promised."""
    promised = booking.promised_from.astimezone(roster.zone)
    return Request(
        service=roster.service(booking.service_type_id),
        when=When(promised.date(), promised.time()),
        customer_name=booking.customer.name if booking.customer else "",
        customer_phone=booking.customer.phone if booking.customer else "",
        zip_code=booking.zip_code,
        urgency=Urgency(booking.urgency),
        origin=by,
        requested_at=now,
        by=by,
    )


def _job(roster: Roster, booking: Booking, own: Sequence[Visit], visit: Visit, *, now: datetime) -> Job:
    """Return the job as it was promised: what is held back is its own already, and who leads stays where another is busy."""
    leads = frozenset(each.technician_id for each in own if each.role == writing.LEAD and each.technician_id is not None)
    stays = leads if visit.technician_id not in leads else None
    job = jobs.job(
        roster, roster.service(booking.service_type_id), now=now, minutes=booking.minutes, zip_code=booking.zip_code,
        area=standing.area_of(roster, booking.zip_code, booking), urgency=Urgency(booking.urgency), priority=True,
        only=standing.chosen(roster, own) or stays,
    )  # fmt: skip
    return replace(job, earliest=int(now.timestamp()))


def _beside(roster: Roster, own: Sequence[Visit], visit: Visit) -> list[tuple[str, int]]:
    """Return who goes along as before, by role."""
    active = {worker.id for worker in roster.workers}
    stay = {(each.role, each.technician_id) for each in own if each.role != writing.LEAD and each.technician_id in active}
    return sorted((role, who) for role, who in stay if who != visit.technician_id)


def _is_the_same_work(roster: Roster, placed: Placed, own: Sequence[Visit]) -> bool:
    """Say whether as many people come on the same days as before."""
    days = {each.starts_at.astimezone(roster.zone).date() for each in own}
    return len(placed.turns) == len(own) and {turn.on for turn in placed.turns} == days
