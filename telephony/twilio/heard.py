"""What a voice webhook of Twilio says, and the call it speaks of."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from django.http import HttpRequest

from bookings.services import customers
from telephony import calls, rings
from telephony.models import Call


class NotACallError(Exception):
    """The request names no call: a text, for one, sent to the address for calls."""


@dataclass(frozen=True, slots=True)
class Heard:
    sid: str
    caller: str
    called: str
    call_status: str
    dial_status: str
    dial_bridged: str
    dial_seconds: int | None

    @classmethod
    def of(cls, request: HttpRequest) -> "Heard":
        said = request.POST
        return cls(
            sid=said.get("CallSid", "")[:64],
            caller=said.get("From", ""),
            called=said.get("To", ""),
            call_status=said.get("CallStatus", ""),
            dial_status=said.get("DialCallStatus", ""),
            dial_bridged=said.get("DialBridged", ""),
            dial_seconds=seconds(said.get("DialCallDuration", "")),
        )

    @property
    def gone(self) -> bool:
        """The caller is no longer there: what we answer is not played to anybody."""
        return self.call_status not in ("", "queued", "ringing", "in-progress")

    @property
    def bridged(self) -> bool:
        """Twilio connected the dialled person with the caller; DialBridged is not always there."""
        if self.dial_status != "completed" or self.dial_bridged == "false":
            return False
        return self.dial_bridged == "true" or bool(self.dial_seconds)

    @property
    def surely_talked(self) -> bool:
        """They talked with each other, as far as Twilio alone can say: connected by the key, and not for a moment only."""
        if self.dial_status != "completed" or self.dial_bridged != "true":
            return False
        return self.dial_seconds is None or self.dial_seconds >= rings.SHORTEST_TALK

    @property
    def caller_id(self) -> str:
        """Whom a dialled person shall see: the caller (empty: as Twilio does by itself), or our number for one that has none.

        Twilio refuses to dial with a caller id that is no number: https://www.twilio.com/docs/api/errors/13214
        """
        return "" if customers.caller_number(self.caller) else customers.caller_number(self.called)

    def call(self, now: datetime, *, claims: bool = False) -> Call:
        """Return the call, recorded if this is the first we hear of it, with `claims` together with the claim to hand it over.

        Raises NotACallError, calls.UnknownShopError.
        """
        if not self.sid:
            raise NotACallError
        # One that rings is nearly always new: it is recorded without being looked for, and found where it is not.
        known = None if self.call_status == "ringing" else calls.find(twilio_sid=self.sid)
        call = known or calls.record(
            shop=calls.shop_of(number=self.called),
            now=now,
            twilio_sid=self.sid,
            from_number=self.caller,
            to_number=self.called,
            claims=claims,
        )
        # A recording's callback, which may come first, does not say who called.
        number = customers.caller_number(self.caller)
        if not call.from_number and (number or (self.called and not call.to_number)):
            calls.name(call, from_number=number, to_number=self.called)
            call.from_number, call.to_number = number, call.to_number or self.called[:20]
        structlog.contextvars.bind_contextvars(call=call.origin)
        return call


def seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None
