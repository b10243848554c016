"""Whose booking may be spoken of: the one rule, for every tool that says or changes something about a booking.

A number is no identity. A booking is spoken of where this very call made it, or where it belongs to somebody at the number
that calls and one more fact fits it: name, ZIP code, address or reference, as the caller says them now or said them to an
earlier tool of the call. Whoever has no such fact hears the same sentences whether or not there is such a booking, and
after a few wrong ones the office calls back. docs/adr/0019.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from typing import Any

from bookings.errors import RefusedError
from bookings.models import Booking, Customer, Lead
from bookings.services import facts, finding, leads
from bookings.services.facts import Facts
from bookings.services.finding import Known
from telephony.models import ToolInvocation
from telephony.tools import answers_callers, days
from telephony.tools.answers import Answer
from telephony.tools.context import Context

# So many wrong facts a call may give: to these tools, or of one kind to any tool.
TRIES = 3
_WANTED = "Asked about an appointment, and what they said fits none at their number"

_THE_ONE = re.compile(
    r"^\W*(?:(?:(?:the|my)\s+)?(?:one|appointment|visit)\s+(?:(?:on|for)\s+)?"
    r"|(?:la|mi)\s+(?:(?:cita|visita)\s+)?(?:del|de|para)\s+)",
    re.IGNORECASE,
)

Work = Callable[[Context, Mapping[str, Any]], Answer]


@dataclass(frozen=True, slots=True)
class Proven:
    """What the caller may hear about: bookings, and who they are where the name they gave is just one person's."""

    bookings: list[Booking]
    who: Customer | None = None


@dataclass(frozen=True, slots=True)
class Before:
    """What the call's earlier tools were told and answered. `failed`: how often what was said fitted nothing."""

    facts: Facts
    failed: int
    offered_to_move: bool


def facts_of(said: Mapping[str, Any]) -> Facts:
    """Return the facts among a tool's arguments, validated or raw. What we add ourselves, as the caller's number, is none."""
    return facts.facts(
        name=_text(said, "customerName"),
        zip_code=_text(said, "zip"),
        address=_text(said, "address"),
        reference=_text(said, "reference"),
    )


def before(context: Context, said: Mapping[str, Any]) -> Before:
    """Return what this call's earlier tools were told and answered. One statement.

    A second delivery of the request itself is no further try.
    """
    rows = ToolInvocation.objects.filter(call=context.call.id).values_list(
        "requested_at", "arguments", "answer__identity", "answer__moveOffered"
    )
    now = facts_of(said)
    heard, failed, offered = Facts(), 0, False
    for requested_at, arguments, identity, move in rows:
        told = facts_of(arguments)
        heard += told
        failed += identity == answers_callers.REFUSED and (requested_at != context.requested_at or told != now)
        offered = offered or bool(move)
    return Before(heard, failed, offered)


def proven(context: Context, said: Mapping[str, Any], there: Known) -> Proven:
    """Return what of the call's and its number's bookings the caller may hear about. One statement where it is needed.

    Raises RefusedError `fact_missing` (ask for one), `not_yours` (it fits nothing) and `guessed` (too often).
    """
    now = facts_of(said)
    if any(facts.names_it(each, booking) for each in now.references for booking in there.own):
        return Proven(finding.proven(there.own, now, ()))
    if not context.call.from_number:
        if not there.own:
            raise RefusedError("not_yours")
        return Proven(finding.proven(there.own, now, ()) or there.own)
    earlier = before(context, said)
    if earlier.failed >= TRIES or finding.wrong(there, earlier.facts) >= TRIES:
        if there.own:
            return Proven(finding.proven(there.own, now, there.names) or there.own)
        raise RefusedError("guessed")
    theirs = finding.proven(there.others, now, there.names) or finding.proven(there.others, earlier.facts, there.names)
    who = finding.person(there.people, now) or finding.person(there.people, earlier.facts)
    found = [*there.own, *theirs]
    if not found and who is None:
        raise RefusedError("not_yours" if now else "fact_missing")
    # Of several, those that the caller speaks of now.
    return Proven(finding.proven(found, now, there.names) or found, who)


def meant(context: Context, said: Mapping[str, Any]) -> Booking:
    """Return the open booking the caller means: by its reference, its day ("the one on Tuesday"), or as their only one.

    Raises RefusedError like `proven`, and `which` (facts: bookings) where several could be meant.
    """
    call = context.call
    there = finding.upcoming(shop_id=context.roster.shop_id, phone=call.from_number, origin=call.origin, now=context.now)
    found = sorted(proven(context, said, there).bookings, key=lambda each: (each.promised_from, each.pk))
    named = said.get("reference") or ""
    if facts.is_reference(named):
        return finding.meant(found, named)
    if named:  # "Tuesday", "the one on December 1"
        with suppress(RefusedError):
            on = days.read(context, _THE_ONE.sub("", named), {}).on
            found = [each for each in found if each.promised_from.astimezone(context.roster.zone).date() == on] or found
    return finding.meant(found, "")


def to_be_moved(context: Context, said: Mapping[str, Any]) -> Booking | None:
    """Return the booking a search is for, where its reference is named and the caller may speak of it; else None.

    Nothing is said of it then, and "n/a" or "new" does not turn a search for a new appointment into one for a move.
    """
    if not facts.is_reference(said.get("reference") or ""):
        return None
    with suppress(RefusedError):
        return meant(context, said)
    return None


def guarded(work: Work) -> Work:
    """Answer for a tool whose caller is not known: ask for a fact, deny, or promise a call back after too many."""

    @wraps(work)
    def answer(context: Context, said: Mapping[str, Any]) -> Answer:
        try:
            return work(context, said)
        except RefusedError as refusal:
            match refusal.code:
                case "fact_missing":
                    return answers_callers.fact_missing()
                case "not_yours":
                    return answers_callers.not_yours(refusal, context.roster.zone)
                case "guessed":
                    return _guessed(context)
            raise

    return answer


def _guessed(context: Context) -> Answer:
    """Keep a lead instead of hearing more guesses."""
    leads.keep(
        shop_id=context.roster.shop_id, origin=context.call.origin, reason=Lead.Reason.OFFICE_WILL_CALL,
        phone=context.call.from_number, now=context.now, wanted=_WANTED,
    )  # fmt: skip
    return answers_callers.guessed()


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
