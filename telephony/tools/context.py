"""What a tool is asked, and what it knows beside its arguments."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bookings.engine.roster import Roster
from bookings.services import customers
from telephony.calls import KnownCall

# Ids that do not tell one request from another: hooks send this one for every call of a tool.
CONSTANT_IDS = frozenset({"", "hook-function-call"})


def digest(value: Any) -> str:
    """Return a short name of a JSON value, the same for equal values whatever the order of their keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """One tool the assistant wants to use. `readable`: its arguments were an object or JSON of one."""

    id: str
    name: str
    arguments: dict[str, Any]
    readable: bool = True

    @property
    def has_identity(self) -> bool:
        return self.id not in CONSTANT_IDS

    @property
    def identity(self) -> str | None:
        """What names the request wherever it is delivered again; None where its id does not."""
        return digest([self.id, self.name, self.arguments]) if self.has_identity else None


@dataclass(frozen=True, slots=True)
class Turn:
    """One piece of the conversation: what the caller ("user") or the assistant ("bot") said, or what a tool answered ("tool").

    `at` is when it was over, where that is known, else when it began: a long turn may take back at its end what it began with.
    `words` are those of `text` with how sure the speech recognition is of each, from 0 to 1; empty where it does not say.
    """

    role: str
    text: str
    at: datetime | None = None
    words: tuple[tuple[str, float], ...] = ()


# Moves a live call (by its row's id, at this moment) to a person and says whether that was accepted; None: it may still be.
# Never raises.
PutThrough = Callable[[int, datetime], bool | None]


def nobody(call_id: int, now: datetime) -> bool:
    """Where no call can be moved."""
    return False


@dataclass(frozen=True, slots=True)
class Context:
    """`requested_at` orders the call's requests, `spoken_at` is what "tomorrow" counts from, `request` names the message.

    `conversation` is what was said before the request, as the request itself carries it; empty where it carries none.
    `language` is the caller's: "en" or "es". `tools` are all that the message asks for. `put_through` moves the live call once
    the transaction is over; `claimed` has the calls that this request may move.
    """

    call: KnownCall
    roster: Roster
    now: datetime
    requested_at: datetime
    spoken_at: datetime
    request: str
    conversation: tuple[Turn, ...] = ()
    language: str = "en"
    tools: tuple[ToolRequest, ...] = ()
    put_through: PutThrough = nobody
    claimed: set[int] = field(default_factory=set, repr=False, compare=False)
    _members: dict[str, bool] = field(default_factory=dict, repr=False, compare=False)

    def is_member(self) -> bool:
        """Say whether somebody at the caller's number has a maintenance plan; asked once, and only when it matters."""
        phone = self.call.from_number
        if phone not in self._members:
            self._members[phone] = customers.is_member(shop_id=self.roster.shop_id, phone=phone)
        return self._members[phone]
