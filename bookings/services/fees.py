"""What a visit costs for coming and looking: by service, hours, member tier and area. Never the price of a repair.

All of it is the shop's data: ServiceType's fees and ServiceArea's. A fee belongs to the start of the promised window.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from bookings.engine.roster import Area, Roster, Service
from bookings.models import Booking


class Fee(NamedTuple):
    """Amounts in cents: for the visit, on top of it for after hours, and for the way to its area."""

    visit_cents: int = 0
    overtime_cents: int = 0
    trip_cents: int = 0

    @property
    def visit_in_all(self) -> int:
        """Return what the visit costs with its after-hours part: what `Booking.visit_fee` keeps."""
        return self.visit_cents + self.overtime_cents

    @property
    def in_all(self) -> int:
        return self.visit_in_all + self.trip_cents


# Says when whoever asks was told of at least that fee, None for never.
Told = Callable[[Fee], datetime | None]


def of(roster: Roster, service: Service, *, starts_at: datetime, area: Area | None, member: bool) -> Fee:
    """Return the fee of a visit promised from `starts_at`, aware; `area` is None where the shop has none or no ZIP is known."""
    visit = service.member_fee_cents if member and service.member_fee_cents is not None else service.fee_cents
    overtime = service.overtime_fee_cents if service.overtime_fee_cents and after_hours(roster, starts_at) else 0
    return Fee(visit, overtime, area.fee_cents if area is not None else 0)


def after_hours(roster: Roster, starts_at: datetime) -> bool:
    """Say whether a visit promised from that moment is outside of the shop's regular hours.

    It is on a day the shop is closed, and where no active technician has a regular shift that day with the start in it.
    Who comes in the end does not matter: a fee that is told has to hold whoever is sent.
    """
    local = starts_at.astimezone(roster.zone)
    if local.date() in roster.closures:
        return True
    weekday, at = local.weekday(), local.time().replace(tzinfo=None)
    return not any(
        shift.weekday == weekday and not shift.overtime and shift.starts <= at < shift.ends
        for worker in roster.workers
        for shift in worker.shifts
    )


def differs_for_members(service: Service) -> bool:
    """Say whether it matters for the fee who calls."""
    return service.member_fee_cents is not None and service.member_fee_cents != service.fee_cents


def costs_more(fee: Fee, booking: Booking) -> int:
    """Return by how many cents a fee is above what a booking has; 0 where it is not."""
    return max(0, fee.in_all - recorded(booking))


def recorded(booking: Booking) -> int:
    """Return the cents that were recorded with a booking, for the visit and the way."""
    return round((booking.visit_fee + booking.trip_fee) * 100)


def told_at(fee: Fee, told: Told | None, standing: Booking | None, *, now: datetime) -> datetime | None:
    """Return when the caller was told of the fee of what is booked or moved; None for never, or when there is none.

    `told` is None for a person, who tells nobody here. A move that costs no more needs no telling before: its answer repeats
    the fee, so where nobody told it yet, that is now. One statement at most, and only for a fee that has to be told.
    """
    if not fee.in_all:
        return None
    if standing is not None and standing.status == Booking.Status.BOOKED and not costs_more(fee, standing):
        return standing.fee_told_at or (now if told is not None else None)
    return told(fee) if told is not None else None
