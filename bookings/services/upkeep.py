"""What the office keeps about a customer beside their bookings: plan, do not service, tags, notes, equipment, with the history.

Each function owns its transaction, locks the customer, and raises RefusedError `not_found`, or `merged` (facts: into) for one who
turned out to be somebody else. What is so already is not changed again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from bookings.errors import RefusedError
from bookings.models import Customer, CustomerChange, CustomerNote, Property, Unit
from bookings.services.customers import fold

Kind = CustomerChange.Kind
MOST_TAGS = 12
UNIT_FIELDS = ("property", "kind", "brand", "model", "installed_year", "fuel", "warranty_until", "note")


def locked(customer_id: int, *, shop_id: int) -> Customer:
    """Return a customer of the shop, locked; inside a transaction."""
    row = Customer.objects.select_for_update(of=("self",), no_key=True).filter(pk=customer_id, shop=shop_id).first()
    if row is None:
        raise RefusedError("not_found")
    if row.merged_into_id is not None:
        raise RefusedError("merged", into=row.merged_into_id)
    return row


def set_member(customer_id: int, *, shop_id: int, member: bool, by: str, now: datetime) -> Customer:
    """Say whether a customer has a maintenance plan."""
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        if row.member != member:
            row.member = member
            row.save(update_fields=["member"])
            record(row, Kind.MEMBER, by=by, now=now, member=member)
    return row


def set_do_not_service(customer_id: int, *, shop_id: int, reason: str, by: str, now: datetime) -> Customer:
    """Have nothing booked for a customer on the phone any more, because of `reason`; "" serves them again."""
    said = " ".join(reason.split())[:200]
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        if row.do_not_service != said:
            row.do_not_service = said
            row.save(update_fields=["do_not_service"])
            record(row, Kind.DO_NOT_SERVICE, by=by, now=now, reason=said)
    return row


def set_tags(customer_id: int, *, shop_id: int, tags: Iterable[str], by: str, now: datetime) -> Customer:
    """Give a customer just these tags; two spellings of one are one, the first."""
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        wanted = clean(tags)
        if row.tags != wanted:
            before, row.tags = row.tags, wanted
            row.save(update_fields=["tags"])
            record(row, Kind.TAGS, by=by, now=now, before=before, after=wanted)
    return row


def clean(tags: Iterable[str]) -> list[str]:
    """Return tags as they are kept: short, once each, not too many."""
    found: dict[str, str] = {}
    for tag in tags:
        shown = " ".join(tag.split())[:30].strip()
        if fold(shown):
            found.setdefault(fold(shown), shown)
    return list(found.values())[:MOST_TAGS]


def add_note(customer_id: int, *, shop_id: int, text: str, by: str, now: datetime) -> CustomerNote:
    """Write something down about a customer. Raises RefusedError `empty` as well."""
    said = text.strip()[:2000]
    if not said:
        raise RefusedError("empty")
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        return CustomerNote.objects.create(shop_id=shop_id, customer=row, at=now, by=by, text=said)


def strike_note(customer_id: int, note_id: int, *, shop_id: int, struck: bool, now: datetime) -> CustomerNote:
    """Strike a note out, or take that back."""
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        note = CustomerNote.objects.filter(pk=note_id, customer=row).first()
        if note is None:
            raise RefusedError("not_found")
        if (note.struck_at is not None) != struck:
            note.struck_at = now if struck else None
            note.save(update_fields=["struck_at"])
    return note


def save_unit(customer_id: int, unit_id: int | None, *, shop_id: int, fields: Mapping[str, Any], by: str, now: datetime) -> Unit:
    """Add a piece of equipment, or change one; `fields` are those of UNIT_FIELDS. Its property is one of the customer's.

    Raises RefusedError `not_found` for another's too.
    """
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        where = Property.objects.filter(pk=fields["property"].pk, customer=row).first()
        unit = Unit(shop_id=shop_id, created_at=now) if unit_id is None else _unit(row, unit_id)
        if where is None:
            raise RefusedError("not_found")
        before = {} if unit_id is None else {name: _plain(getattr(unit, name)) for name in UNIT_FIELDS}
        for name in UNIT_FIELDS:
            setattr(unit, name, fields[name])
        after = {name: _plain(getattr(unit, name)) for name in UNIT_FIELDS}
        changed = [name for name in UNIT_FIELDS if before.get(name) != after[name]]
        if unit_id is None or changed:
            unit.save()
            did = "added" if unit_id is None else "changed"
            record(row, Kind.EQUIPMENT, by=by, now=now, did=did, unit=unit.pk, what=str(unit), fields=changed, before=before)
    return unit


def remove_unit(customer_id: int, unit_id: int, *, shop_id: int, gone: bool, by: str, now: datetime) -> Unit:
    """Take a piece of equipment off the list, or put it back."""
    with transaction.atomic():
        row = locked(customer_id, shop_id=shop_id)
        unit = _unit(row, unit_id)
        if (unit.gone_at is not None) != gone:
            unit.gone_at = now if gone else None
            unit.save(update_fields=["gone_at"])
            did = "removed" if gone else "put back"
            record(row, Kind.EQUIPMENT, by=by, now=now, did=did, unit=unit.pk, what=str(unit))
    return unit


def _unit(whose: Customer, unit_id: int) -> Unit:
    unit = Unit.objects.select_related("property").filter(pk=unit_id, property__customer=whose).first()
    if unit is None:
        raise RefusedError("not_found")
    return unit


def _plain(value: Any) -> Any:
    if isinstance(value, Property):
        return value.pk
    return value.isoformat() if hasattr(value, "isoformat") else value


def record(customer: Customer, kind: CustomerChange.Kind, *, by: str, now: datetime, **detail: Any) -> None:
    """Add a line to a customer's history."""
    CustomerChange.objects.create(shop_id=customer.shop_id, customer=customer, at=now, kind=kind, by=by, detail=detail)
