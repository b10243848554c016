"""Finds the call a webhook speaks of, or records it: once, however often and in whatever order it is heard of."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from bookings.models import Shop
from bookings.services import customers
from telephony.models import Call


class UnknownShopError(Exception):
    """The number that was called belongs to no shop."""


def shop_of(*, number: str = "", phone_number_id: str = "") -> Shop:
    """Return the shop of a called number, else of a Vapi phone number id, else the only shop.

    The environment's VAPI_PHONE_NUMBER_ID is the first shop's. Raises UnknownShopError.
    """
    shops = list(
        Shop.objects.filter(Q(phone_number=number) | Q(vapi_phone_number_id=phone_number_id, vapi_phone_number_id__gt=""))
    )
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


def record(
    *, shop: Shop, now: datetime, twilio_sid: str = "", vapi_id: str = "", from_number: str = "", to_number: str = ""
) -> Call:
    """Return the call of those ids, made if there was none; two at once make one. Owns its transaction."""
    found = find(vapi_id=vapi_id, twilio_sid=twilio_sid)
    if found is None:
        with transaction.atomic():
            Call.objects.bulk_create(
                [
                    Call(
                        shop=shop,
                        twilio_sid=twilio_sid or None,
                        vapi_id=vapi_id or None,
                        from_number=customers.caller_number(from_number),
                        to_number=to_number[:20],
                        started_at=now,
                    )
                ],
                ignore_conflicts=True,
            )
        found = find(vapi_id=vapi_id, twilio_sid=twilio_sid)
        if found is None:
            raise RuntimeError("a call needs an id of Twilio or of Vapi")
    link(found, vapi_id=vapi_id, twilio_sid=twilio_sid)
    return found


def heard(*, vapi_id: str, twilio_sid: str, shop_number: str, phone_number_id: str, from_number: str, now: datetime) -> Call:
    """Return the call that a message of Vapi's speaks of, made if it is new; one statement for a call that is known.

    Raises UnknownShopError for a new call of a number that no shop has.
    """
    known = find(vapi_id=vapi_id, twilio_sid=twilio_sid)
    if known is not None and (known.vapi_id or not vapi_id) and (known.twilio_sid or not twilio_sid):
        return known
    shop = known.shop if known else shop_of(number=shop_number, phone_number_id=phone_number_id)
    return record(shop=shop, now=now, vapi_id=vapi_id, twilio_sid=twilio_sid, from_number=from_number, to_number=shop_number)


def link(call: Call, *, vapi_id: str = "", twilio_sid: str = "") -> None:
    """Complete the ids of a call with those it did not have yet; an id that another call holds is left there."""
    if vapi_id and call.vapi_id is None and not Call.objects.filter(vapi_id=vapi_id).exists():
        Call.objects.filter(pk=call.pk, vapi_id=None).update(vapi_id=vapi_id)
        call.vapi_id = vapi_id
    if twilio_sid and call.twilio_sid is None and not Call.objects.filter(twilio_sid=twilio_sid).exists():
        Call.objects.filter(pk=call.pk, twilio_sid=None).update(twilio_sid=twilio_sid)
        call.twilio_sid = twilio_sid
