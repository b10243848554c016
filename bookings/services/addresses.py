"""What a person has to look at in the address of a booking."""

from datetime import datetime

from bookings.engine.roster import Roster
from bookings.models import Booking, Concern, Property
from bookings.services import concerns, jobs


def check(roster: Roster, booking: Booking, where: Property | None, zip_code: str, *, now: datetime) -> None:
    """Let somebody look at a booking without an address, or with one that cannot be where it says."""
    if where is None:
        _ask_for_address(booking, "has no address to drive to. Call the customer and add it.", now=now)
    elif zip_code and jobs.place_for(roster, zip_code) is None:
        what = f"is in ZIP code {zip_code}, which is unknown or far away. Call the customer and check the address."
        _ask_for_address(booking, what, now=now)


def _ask_for_address(booking: Booking, why: str, *, now: datetime) -> None:
    concerns.raise_once(
        Concern.Kind.ADDRESS,
        f"booking:{booking.pk}",
        f"Booking {booking.reference} {why}",
        shop_id=booking.shop_id,
        now=now,
        booking=booking,
    )
