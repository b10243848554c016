"""Finds the call a webhook speaks of, or records it: once, however often and in whatever order it is heard of."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from bookings.models import Shop
from bookings.services import customers, leads, transactions
from telephony.models import Call, Emergency
from wire import rows


class UnknownShopError(Exception):
    """The number that was called belongs to no shop."""


_SHOPS = """
SELECT * FROM bookings_shop
 WHERE phone_number = %s OR (vapi_phone_number_id = %s AND vapi_phone_number_id <> '')
"""


def shop_of(*, number: str = "", phone_number_id: str = "") -> Shop:
    """Return the shop of a called number, else of a Vapi phone number id, else the only shop.

    The environment's VAPI_PHONE_NUMBER_ID is the first shop's. Raises UnknownShopError.
    """
    shops = list(Shop.objects.raw(_SHOPS, [number, phone_number_id]))
    for shop in shops:
        if shop.phone_number == number:
            return shop
    if shops:
        return shops[0]
    if phone_number_id and phone_number_id == settings.VAPI_PHONE_NUMBER_ID:
        first = Shop.objects.order_by("pk").first()
        if first is not None:
            return first
    every = list(Shop.objects.order_by("pk")[:2])
    if len(every) == 1:
        return every[0]
    raise UnknownShopError


def find(*, vapi_id: str = "", twilio_sid: str = "") -> Call | None:
    """Return the call known by Vapi's id, else the one known by Twilio's. One statement."""
    known = list(
        Call.objects.select_related("shop").filter(
            Q(vapi_id=vapi_id, vapi_id__gt="") | Q(twilio_sid=twilio_sid, twilio_sid__gt="")
        )
    )
    return next((call for call in known if vapi_id and call.vapi_id == vapi_id), known[0] if known else None)


def language_of(call: Call) -> str:
    """Return the language the caller is spoken to: the one heard, if the shop speaks it, else the shop's first."""
    spoken = call.shop.languages.split("-")
    return call.language if call.language in spoken else spoken[0]


def record(
    *,
    shop: Shop,
    now: datetime,
    twilio_sid: str = "",
    vapi_id: str = "",
    from_number: str = "",
    to_number: str = "",
    control_url: str = "",
    claims: bool = False,
) -> Call:
    """Return the call of those ids, made if there was none; two at once make one. With `claims`, its maker hands it over."""
    if not vapi_id and not twilio_sid:
        raise ValueError("a call needs an id of Twilio or of Vapi")
    call = Call(
        shop=shop,
        twilio_sid=twilio_sid or None,
        vapi_id=vapi_id or None,
        from_number=customers.caller_number(from_number),
        to_number=to_number[:20],
        control_url=control_url,
        started_at=now,
        handoff_started_at=now if claims else None,
    )
    # A call known by one of its ids only must not be made again under the other.
    found = find(vapi_id=vapi_id, twilio_sid=twilio_sid) if vapi_id and twilio_sid else None
    if found is None:
        if rows.insert_unless_there(call):
            call.claimed_here = claims
            return call
        found = find(vapi_id=vapi_id, twilio_sid=twilio_sid)
    if found is None:
        raise RuntimeError("the call that stood in the way of this one is gone")
    link(found, vapi_id=vapi_id, twilio_sid=twilio_sid)
    return found


@dataclass(frozen=True, slots=True)
class InForce:
    """An emergency that no person has released: its script answers whatever is asked in its call."""

    id: int
    danger: str
    language: str
    script: str
    said: bool  # whether the script was given to be spoken


# One JSON list, or null: the fields of InForce. An origin has one emergency at most.
IN_FORCE = """(SELECT jsonb_build_array(e.id, e.danger, e.language, e.script, e.said_at IS NOT NULL)
          FROM telephony_emergency e WHERE e.call_id = {call} AND e.released_at IS NULL LIMIT 1)"""


def in_force(column: str | None) -> InForce | None:
    """Read what the expression above selects."""
    return None if column is None else InForce(*json.loads(column))


@dataclass(frozen=True, slots=True)
class KnownCall:
    """What answering a tool needs of a call and its shop. "Tomorrow" counts from `started_at`."""

    id: int
    public_id: UUID
    shop_id: int
    config_version: int
    from_number: str
    started_at: datetime
    alarm: InForce | None = None  # a danger that was heard in this call, unless a person released it
    language: str = ""  # en or es, as it was heard
    unserved: str = ""  # why the office serves nobody at the caller's number any more

    @property
    def origin(self) -> str:
        """How the core knows this call."""
        return f"call:{self.public_id}"


_KNOWN = f"""
SELECT c.id, c.public_id, c.shop_id, s.config_version, c.from_number, c.started_at,
       {IN_FORCE.format(call="c.id")},
       c.language, c.vapi_id, c.twilio_sid, c.control_url = '' AND c.stage <> 'ended',
       {customers.UNSERVED.format(shop="c.shop_id", phone="c.from_number")}
  FROM telephony_call c JOIN bookings_shop s ON s.id = c.shop_id
 WHERE c.vapi_id = %s OR c.twilio_sid = %s
 ORDER BY c.vapi_id = %s DESC NULLS LAST LIMIT 1
"""  # noqa: S608 - a part of our own


def heard(
    *,
    vapi_id: str,
    twilio_sid: str,
    shop_number: str,
    phone_number_id: str,
    from_number: str,
    now: datetime,
    control_url: str = "",
) -> KnownCall:
    """Return the call that a message of Vapi's speaks of, made if it is new; one statement for a call that is known.

    `control_url`, where Vapi takes commands for it, is kept with a call that has none yet; one that ended takes none.

    Raises UnknownShopError for a new call of a number that no shop has.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [vapi_id or None, twilio_sid or None, vapi_id])
        found = cursor.fetchone()
    if found is not None and (found[8] or not vapi_id) and (found[9] or not twilio_sid):
        pk, public_id, shop_id, version, number, started_at, alarm, language = found[:8]
        known = KnownCall(pk, public_id, shop_id, version, number, started_at, in_force(alarm), language, found[11] or "")
        if control_url and found[10]:
            hear_commands_at(known.id, control_url)
        if not known.from_number and (number := customers.caller_number(from_number)):
            # What spoke of the call first did not say who calls.
            Call.objects.filter(pk=known.id, from_number="").update(from_number=number)
            known = replace(known, from_number=number)
        return known
    shop = shop_of(number=shop_number, phone_number_id=phone_number_id) if found is None else Shop.objects.get(pk=found[2])
    call = record(
        shop=shop,
        now=now,
        vapi_id=vapi_id,
        twilio_sid=twilio_sid,
        from_number=from_number,
        to_number=shop_number,
        control_url=control_url,
    )
    if control_url and found is not None and found[10]:
        hear_commands_at(call.pk, control_url)
    return KnownCall(
        call.pk,
        call.public_id,
        call.shop_id,
        shop.config_version,
        call.from_number,
        call.started_at,
        in_force(found[6]) if found is not None else None,
        call.language,
    )


def name(call: Call, *, from_number: str, to_number: str = "") -> None:
    """Complete a call that was heard of without its numbers, and with it what was kept for its caller. Owns its transaction.

    A call that has neither number is one of which nobody told us who called; one that has the called number alone was withheld.
    """
    number = customers.caller_number(from_number)
    with transaction.atomic():
        transactions.lock_origin(call.origin)  # whoever keeps a lead for such a call either sees the number, or is seen here
        if to_number:
            Call.objects.filter(pk=call.pk, to_number="").update(to_number=to_number[:20])
        if number:
            Call.objects.filter(pk=call.pk, from_number="").update(from_number=number)
            Emergency.objects.filter(call=call.pk, phone="").update(phone=number)
            leads.name(shop_id=call.shop_id, origin=call.origin, phone=number)


def hear_commands_at(call_id: int, control_url: str) -> None:
    """Keep where Vapi takes commands for a call that goes on and has no such address yet."""
    Call.objects.filter(pk=call_id, control_url="").exclude(stage=Call.Stage.ENDED).update(control_url=control_url)


_CLAIM = "UPDATE telephony_call SET handoff_started_at = %s WHERE id = %s AND handoff_started_at IS NULL"


def claim_handoff(call: Call, *, now: datetime) -> bool:
    """Say whether this delivery of the call is the one that hands it over. One statement, none where it recorded the call."""
    if call.claimed_here:
        return True
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, call.pk])
        return bool(cursor.rowcount)


def link(call: Call, *, vapi_id: str = "", twilio_sid: str = "") -> None:
    """Complete the ids of a call with those it did not have yet; an id that another call holds is left there."""
    if vapi_id and call.vapi_id is None and not Call.objects.filter(vapi_id=vapi_id).exists():
        Call.objects.filter(pk=call.pk, vapi_id=None).update(vapi_id=vapi_id)
        call.vapi_id = vapi_id
    if twilio_sid and call.twilio_sid is None and not Call.objects.filter(twilio_sid=twilio_sid).exists():
        Call.objects.filter(pk=call.pk, twilio_sid=None).update(twilio_sid=twilio_sid)
        call.twilio_sid = twilio_sid
