"""What a caller hears of fees: with an offer, before a booking that they were not told it costs something, and with the booking.

What was told is kept with the stored answers: `visitFee`, `afterHoursFee` (on top of it) and `tripFee`, in dollars.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from bookings import speech
from bookings.engine.roster import Area, Roster, Service
from bookings.models import Booking
from bookings.services import fees
from bookings.services.asking import Outcome, Slot
from bookings.services.fees import Fee, Told
from telephony.tools.context import Context

Answer = dict[str, Any]


class Said(NamedTuple):
    """A sentence about fees, "" where there are none, and the keys an answer gets with it."""

    words: str = ""
    keys: Answer = {}


def is_member(context: Context, service: Service) -> bool:
    """Say whether the caller pays what members pay; asked only where that is another fee."""
    return fees.differs_for_members(service) and context.is_member()


def with_offer(roster: Roster, service: Service, slots: Sequence[Slot], area: Area | None, *, member: bool) -> Said:
    """Return what is said of fees where these times are offered."""
    if not slots:
        return Said()
    found = [fees.of(roster, service, starts_at=slot.starts_at, area=area, member=member) for slot in slots]
    dearest = max(found)
    late = [slot for slot, fee in zip(slots, found, strict=True) if fee.overtime_cents]
    visit = _some_after_hours(dearest, late) if late and len(late) < len(slots) else _visit(dearest)
    trip = _("There is a trip fee of {amount} for your area.").format(amount=_amount(dearest.trip_cents))
    return Said(" ".join(each for each in (visit, trip if dearest.trip_cents else "") if each), keys(dearest))


def _visit(fee: Fee) -> str:
    amount = _amount(fee.visit_in_all)
    if not fee.overtime_cents:
        return _("The visit fee is {amount}.").format(amount=amount) if fee.visit_cents else ""
    if not fee.visit_cents:
        return _("There is an after-hours fee of {amount}.").format(amount=amount)
    return _("The visit fee after hours is {amount}.").format(amount=amount)


def _some_after_hours(fee: Fee, late: Sequence[Slot]) -> str:
    more = _amount(fee.overtime_cents)
    times = speech.listed([_time(slot) for slot in late], last="and")
    if not fee.visit_cents:
        return _("After-hours visits cost {more}: that is {times}.").format(more=more, times=times)
    return _("The visit fee is {amount}; after-hours visits cost {more} more: that is {times}.").format(
        amount=_amount(fee.visit_cents), more=more, times=times
    )


def ask(outcome: Outcome, *, named: bool) -> Answer:
    """Answer a booking or a move that waits for the caller's yes to its fee; `named`: they named the time themselves."""
    fee = outcome.fee
    if fee is None:
        raise ValueError("there is a fee to be asked about")
    parts = [_for_visit(fee)] if fee.visit_in_all else []
    parts += [_("a trip fee of {amount} for your area").format(amount=_amount(fee.trip_cents))] if fee.trip_cents else []
    amounts = speech.listed(parts, last="and")
    lead = "" if named else _("I have {time}.").format(time=_time(outcome.slots[0])) + " "
    if outcome.booking is None:
        say = _("There is {amounts}. Is that all right, and shall I book it?").format(amounts=amounts)
    else:
        more = _amount(fees.costs_more(fee, outcome.booking))
        say = _("That costs {more} more than before: there is {amounts}. Is that all right, and shall I move it?").format(
            more=more, amounts=amounts
        )
    waits = outcome.slots[0].to_confirm
    sure = _("Our office would have to confirm that time.") + " " if waits else ""
    return {"state": "not_booked", "say": lead + sure + say, **({"toConfirm": True} if waits else {}), **keys(fee)}


def _for_visit(fee: Fee) -> str:
    amount = _amount(fee.visit_in_all)
    if not fee.overtime_cents:
        return _("a visit fee of {amount} for coming and looking").format(amount=amount)
    if not fee.visit_cents:
        return _("an after-hours fee of {amount}").format(amount=amount)
    return _("a visit fee of {amount} for coming and looking after hours").format(amount=amount)


def with_booking(booking: Booking) -> str:
    """Return what is said of fees with a booking that stands; "" where it has none."""
    visit, trip = round(booking.visit_fee * 100), round(booking.trip_fee * 100)
    said = [
        _("The visit fee is {amount}.").format(amount=_amount(visit)) if visit else "",
        _("There is a trip fee of {amount}.").format(amount=_amount(trip)) if trip else "",
    ]
    return " ".join(each for each in said if each)


def keys(fee: Fee) -> Answer:
    """Return a fee as the keys of an answer, in dollars; what it has none of is left out."""
    amounts = {"visitFee": fee.visit_cents, "afterHoursFee": fee.overtime_cents, "tripFee": fee.trip_cents}
    return {name: f"{cents / 100:.2f}" for name, cents in amounts.items() if cents}


def told_in(context: Context) -> Told:
    """Return what knows when the call was told of a fee; it asks the database when it is asked."""
    return lambda fee: _told(context, fee)


# Each part in one answer of at least that amount. What this message, or one after it, was answered nobody had heard by then.
_TOLD = """
SELECT max(answered_at) FROM telephony_toolinvocation
 WHERE call_id = %s AND requested_at <= %s AND (replay_key IS NULL OR replay_key <> ALL(%s::text[]))
   AND COALESCE((answer ->> 'visitFee')::numeric, 0) * 100 >= %s
   AND COALESCE((answer ->> 'afterHoursFee')::numeric, 0) * 100 >= %s
   AND COALESCE((answer ->> 'tripFee')::numeric, 0) * 100 >= %s
"""


def _told(context: Context, fee: Fee) -> datetime | None:
    with connection.cursor() as cursor:
        together = [each.identity for each in context.tools if each.identity]
        cursor.execute(_TOLD, [context.call.id, context.requested_at, together, *fee])
        found = cursor.fetchone()
    told: datetime | None = found[0]
    return told


def _time(slot: Slot) -> str:
    return speech.when(slot.starts_at, slot.window_ends_at)


def _amount(cents: int) -> str:
    return speech.dollars(cents)
