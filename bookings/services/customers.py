"""Finds or makes the customer and the service address of a request."""

import re

import phonenumbers
from django.db import connection
from django.db.models import Q

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Customer, Property
from bookings.services.places import zip_in
from wire import rows

_WITHHELD = frozenset({"anonymous", "restricted", "unavailable", "unknown", "private", "blocked", "+266696687", "266696687"})


def read_number(said: str, country: str) -> str:
    """Return a number in E.164 form, or "" when it cannot be one. Lenient: 555 numbers pass."""
    try:
        number = phonenumbers.parse(said, country)
    except phonenumbers.NumberParseException:
        return ""
    # Neither too short nor "possible within its area only": the office has to be able to call it back.
    if phonenumbers.is_possible_number_with_reason(number) != phonenumbers.ValidationResult.IS_POSSIBLE:
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def caller_number(raw: str) -> str:
    """Return the caller's number as the telephone network gave it, or "" when it was withheld or is no E.164 number.

    Withheld callers arrive as words or as +266696687, which spells ANONYMOUS on a telephone's keys.
    """
    text = raw.strip()
    if text.casefold() in _WITHHELD or not re.fullmatch(r"\+[1-9]\d{6,14}", text):
        return ""
    return text


def fold(text: str) -> str:
    """Return a text in the form in which two spellings of it are equal."""
    return " ".join(re.sub(r"[^\w\s]", " ", text.casefold()).split())


def check(*, name: str, phone: str) -> None:
    """Raise RefusedError `name_missing` or `phone_missing` for what no customer can be made of."""
    if not fold(name):
        raise RefusedError("name_missing")
    if not phone:
        raise RefusedError("phone_missing")


def customer(*, shop_id: int, name: str, phone: str) -> Customer:
    """Return the customer of that name at that number, made if there was none; one that was merged leads to whom they are.

    One statement. Raises RefusedError `name_missing` or `phone_missing`, and TryAgainError where they are just being merged.
    """
    shown = " ".join(name.split())[:100]
    check(name=shown, phone=phone)
    row = Customer(shop_id=shop_id, name=shown, name_key=fold(shown)[:100], phone=phone)
    rows.insert_or_follow(row, unique=["shop_id", "phone", "name_key"], update=["name"], follow="merged_into_id")
    if row.merged_into_id is not None:
        raise TryAgainError
    return row


def place(*, whose: Customer, address: str, zip_code: str = "") -> Property | None:
    """Return the customer's property at that address, made if there was none; None for an empty address."""
    shown = " ".join(address.split())[:300]
    if not fold(shown):
        return None
    row = Property(
        shop_id=whose.shop_id,
        customer=whose,
        address=shown,
        address_key=fold(shown)[:300],
        zip_code=(zip_code or zip_in(shown))[:10],
    )
    rows.insert_or_update(row, unique=["customer_id", "address_key"], update=["address"])
    return row


def at(phone: str, *, shop_id: int) -> list[Customer]:
    """Return whose number it is, each person once, the first known first. One statement, none for no number."""
    rows = Customer.objects.filter(shop=shop_id, phone=phone).select_related("merged_into").order_by("pk") if phone else []
    return list(dict.fromkeys(row.merged_into or row for row in rows))


def is_member(*, shop_id: int, phone: str) -> bool:
    """Say whether somebody at that number has a maintenance plan. One statement."""
    member = Q(merged_into=None, member=True) | Q(merged_into__member=True)
    return bool(phone) and Customer.objects.filter(member, shop=shop_id, phone=phone).exists()


# Why somebody at a number is not served any more, or null. By the number: a caller may give any name.
UNSERVED = """(SELECT k.do_not_service
           FROM bookings_customer n JOIN bookings_customer k ON k.id = COALESCE(n.merged_into_id, n.id)
          WHERE n.shop_id = {shop} AND n.phone = {phone} AND n.phone <> '' AND k.do_not_service <> '' ORDER BY k.id LIMIT 1)"""


def unserved(*, shop_id: int, phone: str) -> str:
    """Return why the office serves nobody at a number any more, "" where it does. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {UNSERVED.format(shop='%s', phone='%s')}", [shop_id, phone])
        return cursor.fetchone()[0] or ""
