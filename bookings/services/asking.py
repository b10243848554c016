"""What is asked of the core, and what came of it."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bookings.engine.roster import Service
from bookings.models import Booking
from bookings.services.availability import Slot
from bookings.services.when import When


class State(StrEnum):
    """What a request came to. TAKEN: nothing changed, `slots` are the alternatives."""

    BOOKED = "booked"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    MOVED = "moved"
    TAKEN = "taken"


class Why(StrEnum):
    """Why a time could not be had."""

    TAKEN = "taken"
    CLOSED = "closed"
    TOO_SOON = "too_soon"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks to be booked.

    `part` narrows a day without a time. `request` names the message that asks: several bookings of one message are no
    corrections of each other. `requested_at` is the origin's own time, which orders its requests.
    """

    service: Service
    when: When
    customer_name: str
    customer_phone: str
    origin: str
    requested_at: datetime
    by: str
    request: str = ""
    part: str | None = None
    minutes: int | None = None
    address: str = ""
    problem: str = ""
    notes: str = ""
    another: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """`booking` stands in every state but TAKEN; there it is the booking that stays as it was, if there is one."""

    state: State
    booking: Booking | None = None
    slots: list[Slot] = field(default_factory=list)
    why: Why | None = None
    closed: str = ""
