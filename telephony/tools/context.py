"""What a tool knows beside its arguments."""

from dataclasses import dataclass
from datetime import datetime

from bookings.engine.roster import Roster
from telephony.calls import KnownCall


@dataclass(frozen=True, slots=True)
class Context:
    """`requested_at` orders the call's requests, `spoken_at` is what "tomorrow" counts from, `request` names the message."""

    call: KnownCall
    roster: Roster
    now: datetime
    requested_at: datetime
    spoken_at: datetime
    request: str
