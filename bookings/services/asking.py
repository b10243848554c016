"""What is asked of the core, and what came of it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from bookings.engine.roster import Service, Urgency
from bookings.models import Booking
from bookings.services.fees import Fee, Told


@dataclass(frozen=True, slots=True)
class When:
    """A day of the shop and, when one was named, the time at which the promised window begins."""

    on: date
    at: time | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody looks for.

    `until` is the last day where several will do. `at` is a time to be near to, `not_before` and `not_after` bound the
    window's start. `years` is the equipment's age. `priority`: may see what is held back for urgent callers and members.
    """

    service: Service
    on: date
    until: date | None = None
    part: str | None = None
    at: time | None = None
    not_before: time | None = None
    not_after: time | None = None
    minutes: int | None = None
    equipment: str = ""
    years: int | None = None
    zip_code: str = ""
    urgency: Urgency = Urgency.ROUTINE
    priority: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """A window that can be promised, in the shop's zone, and the part of the day it is called by.

    `to_confirm`: only on the office's confirmation, because somebody's calendar could not be seen.
    """

    starts_at: datetime
    window_ends_at: datetime
    part: str
    minutes: int
    to_confirm: bool = False


class State(StrEnum):
    """What a request came to. TAKEN: nothing changed, `slots` are the alternatives. UNTOLD: nothing changed, because the caller
    has to be told of `fee` first; `slots` has the time that was free.
    """

    BOOKED = "booked"
    HELD = "held"
    UNCHANGED = "unchanged"
    CORRECTED = "corrected"
    MOVED = "moved"
    TAKEN = "taken"
    UNTOLD = "untold"


class Why(StrEnum):
    """Why a time could not be had."""

    TAKEN = "taken"
    CLOSED = "closed"
    TOO_SOON = "too_soon"
    AREA_DAY = "area_day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks to be booked.

    `part` narrows a day without a time. `request` names the message that asks: several bookings of one message are no
    corrections of each other. `requested_at` is the origin's own time, which orders its requests. `member`: pays what members
    pay. `told` knows what the caller was told of fees; without it nothing has to be told first, as for a person at the desk.
    `technician`: whom a person chose to lead, None for whoever suits best.
    `despite_do_not_service`: a person books it although the office serves nobody at that number any more.
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
    not_before: time | None = None
    not_after: time | None = None
    minutes: int | None = None
    address: str = ""
    zip_code: str = ""
    problem: str = ""
    notes: str = ""
    another: bool = False
    urgency: Urgency = Urgency.ROUTINE
    priority: bool = False
    equipment: str = ""
    years: int | None = None
    member: bool = False
    told: Told | None = None
    technician: int | None = None
    despite_do_not_service: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """`booking` stands in every state but TAKEN and UNTOLD; there it is the booking that stays as it was, if there is one.

    `why_not` is kept with the search (bookings.services.whynot): why nobody could come at the time asked for.
    """

    state: State
    booking: Booking | None = None
    slots: list[Slot] = field(default_factory=list)
    why: Why | None = None
    closed: str = ""
    why_not: dict[str, Any] = field(default_factory=dict)
    fee: Fee | None = None
