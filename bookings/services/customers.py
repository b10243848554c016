"""Finds or makes the customer and the service address of a request."""

import re

import phonenumbers

from bookings.errors import RefusedError
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
    """Return the customer of that name at that number, made if there was none. One statement.

    Raises RefusedError `name_missing` or `phone_missing`.
    """
    shown = " ".join(name.split())[:100]
    check(name=shown, phone=phone)
    row = Customer(shop_id=shop_id, name=shown, name_key=fold(shown)[:100], phone=phone)
    rows.insert_or_update(row, unique=["shop_id", "phone", "name_key"], update=["name"])
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


def is_member(*, shop_id: int, phone: str) -> bool:
    """Say whether somebody at that number has a maintenance plan. One statement."""
    return bool(phone) and Customer.objects.filter(shop=shop_id, phone=phone, member=True).exists()
