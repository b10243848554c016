"""What an assistant is told of one call, as Vapi's `variableValues`: the day at the shop, and what a number alone may say.

Names, addresses and times of appointments are not among them: a number is no proof of who speaks, and what stands in a
prompt can be talked out of it. They come from findAppointments, once the caller gave one more fact.
"""

from datetime import datetime

from bookings.engine.roster import Roster
from bookings.services import callers, rosters
from bookings.when import say
from telephony.assistant import facts
from telephony.models import Call


def of(call: Call, *, now: datetime) -> dict[str, str]:
    """Return every variable of a call whose shop is loaded: texts only, "" for what is not there.

    One statement, none for a withheld number; the shop's set-up is in memory.
    """
    shop = call.shop
    roster = rosters.of(shop.pk, shop.config_version)
    local = now.astimezone(roster.zone)
    return {
        "shop": shop.name,
        "shop_number": shop.phone_number,
        "caller_number": call.from_number,
        "twilio_call_sid": call.twilio_sid or "",
        "call": str(call.public_id),
        "local_weekday": f"{local:%A}",
        "local_date": f"{local:%B} {local.day}, {local.year}",
        "local_time": say.clock("en", local.time()),
        "open_now": "open" if facts.is_open(roster, now) else "closed",
        "opens_next": facts.opens_next(roster, now),
        "closed_soon": facts.closed_soon(roster, now),
        **_caller(call, roster, now),
        "language": call.language or roster.languages[0],
    }


def identity(told: dict[str, str]) -> dict[str, str]:
    """Return of the variables those by which our webhooks find the call again, for `metadata`."""
    return {"twilio_call_sid": told["twilio_call_sid"], "call": told["call"]}


def _caller(call: Call, roster: Roster, now: datetime) -> dict[str, str]:
    if not call.from_number:
        return {"caller": "withheld", "upcoming": "none", "member": "no"}
    known = callers.at(call.from_number, shop_id=roster.shop_id, now=now)
    count = known.upcoming
    return {
        "caller": ("new", "known")[known.people] if known.people < 2 else "several people",
        "upcoming": "none" if count == 0 else "one appointment" if count == 1 else f"{count} appointments",
        "member": "yes" if known.member else "no",
    }
