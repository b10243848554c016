"""Makes one customer of two that are the same person, and two of them again. docs/adr/0037.

The one that goes stays as a row that points to the one that is kept, so that its name and number lead there. All that was its
own moves in one transaction, and the merge keeps the ids of what moved. Undoing puts just that back: merges of a customer are
undone from the latest back, and what came after a merge stays where it is.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from bookings.errors import RefusedError
from bookings.models import (
    Booking,
    BookingChange,
    Customer,
    CustomerChange,
    CustomerMerge,
    CustomerNote,
    Lead,
    Property,
    Unit,
    Visit,
)
from bookings.services import transactions, upkeep, writing

_FIELDS = ("member", "do_not_service", "tags")


def merge(kept_id: int, gone_id: int, *, shop_id: int, by: str, now: datetime) -> CustomerMerge:
    """Make `gone` a part of `kept`; twice is once. Owns its transaction.

    Raises RefusedError `same_customer`, `not_found`, `merged` (facts: into) where one of them is part of another by now, and
    TryAgainError.
    """
    if kept_id == gone_id:
        raise RefusedError("same_customer")
    return transactions.run(_frame(shop_id), lambda: _merge(kept_id, gone_id, shop_id, by, now))


def undo(merge_id: int, *, shop_id: int, by: str, now: datetime) -> CustomerMerge:
    """Make two of them again; twice is once. Owns its transaction.

    Raises RefusedError `not_found`; `merged` (facts: into) where the kept one is part of another by now, and `merged_since`
    (facts: gone) where another became part of it later: that merge has to be undone first. TryAgainError like all.
    """
    return transactions.run(_frame(shop_id), lambda: _undo(merge_id, shop_id, by, now))


def _frame(shop_id: int) -> str:
    """Name what a shop's merges wait for each other by."""
    return f"merge:{shop_id}"


def _merge(kept_id: int, gone_id: int, shop_id: int, by: str, now: datetime) -> CustomerMerge:
    kept, gone = _locked(kept_id, gone_id, shop_id)
    if gone.merged_into_id == kept.pk:
        return CustomerMerge.objects.get(gone=gone, undone_at=None)
    for each in (kept, gone):
        if each.merged_into_id is not None:
            raise RefusedError("merged", into=each.merged_into_id)
    moved: dict[str, Any] = {
        "bookings": _give(Booking.objects.filter(customer=gone), kept),
        **_give_properties(kept, gone),
        "leads": _give(Lead.objects.filter(customer=gone), kept),
        "notes": _give(CustomerNote.objects.filter(customer=gone), kept),
        "changes": _give(CustomerChange.objects.filter(customer=gone), kept),
        "names": _ids(Customer.objects.filter(merged_into=gone)),
        "before": {name: getattr(kept, name) for name in _FIELDS},
    }
    Customer.objects.filter(pk__in=[gone.pk, *moved["names"]]).update(merged_into=kept)
    kept.member = kept.member or gone.member
    kept.do_not_service = kept.do_not_service or gone.do_not_service
    kept.tags = upkeep.clean([*kept.tags, *gone.tags])
    kept.save(update_fields=list(_FIELDS))
    moved["after"] = {name: getattr(kept, name) for name in _FIELDS}
    done = CustomerMerge.objects.create(shop_id=shop_id, kept=kept, gone=gone, at=now, by=by, moved=moved)
    upkeep.record(kept, CustomerChange.Kind.MERGED, by=by, now=now, merge=done.pk, name=gone.name, phone=gone.phone)
    _tell(moved["bookings"], by=by, now=now)
    return done


def _undo(merge_id: int, shop_id: int, by: str, now: datetime) -> CustomerMerge:
    done = CustomerMerge.objects.filter(pk=merge_id, shop=shop_id).first()
    if done is None:
        raise RefusedError("not_found")
    kept, gone = _locked(done.kept_id, done.gone_id, shop_id)
    done.refresh_from_db()
    if done.undone_at is not None:
        return done
    if kept.merged_into_id is not None:
        raise RefusedError("merged", into=kept.merged_into_id)
    later = CustomerMerge.objects.filter(kept=kept, undone_at=None, pk__gt=done.pk).select_related("gone").order_by("-pk").first()
    if later is not None:
        raise RefusedError("merged_since", gone=later.gone.name)
    moved = done.moved
    Customer.objects.filter(pk__in=moved["names"], merged_into=kept).update(merged_into=gone)
    Customer.objects.filter(pk=gone.pk).update(merged_into=None)
    gone.merged_into = None
    mine = Booking.objects.filter(pk__in=moved["bookings"], customer=kept)
    returned = _give(mine, gone)
    Property.objects.filter(pk__in=moved["properties"], customer=kept).update(customer=gone)
    for own, absorbed_by, units in moved["same"]:
        Unit.objects.filter(pk__in=units, property=absorbed_by).update(property=own)
    _settle(kept, gone)
    Lead.objects.filter(pk__in=moved["leads"], customer=kept).update(customer=gone)
    CustomerNote.objects.filter(pk__in=moved["notes"], customer=kept).update(customer=gone)
    CustomerChange.objects.filter(pk__in=moved["changes"], customer=kept).update(customer=gone)
    _as_before(kept, moved["before"], moved["after"])
    done.undone_at, done.undone_by = now, by
    done.save(update_fields=["undone_at", "undone_by"])
    upkeep.record(kept, CustomerChange.Kind.UNMERGED, by=by, now=now, merge=done.pk, name=gone.name, phone=gone.phone)
    _tell(returned, by=by, now=now)
    return done


def _locked(kept_id: int, gone_id: int, shop_id: int) -> tuple[Customer, Customer]:
    """Return both, locked so that nothing new can be tied to either: first their bookings, as whoever books does."""
    both = [kept_id, gone_id]
    list(Booking.objects.select_for_update(no_key=True).filter(customer__in=both).order_by("pk").values_list("pk"))
    theirs = Customer.objects.filter(merged_into__in=both) | Customer.objects.filter(pk__in=both)
    found = {row.pk: row for row in theirs.filter(shop=shop_id).select_for_update().order_by("pk")}
    if kept_id not in found or gone_id not in found:
        raise RefusedError("not_found")
    return found[kept_id], found[gone_id]


def _ids(rows: QuerySet[Any]) -> list[int]:
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _give(rows: QuerySet[Any], to: Customer) -> list[int]:
    """Make rows another customer's; return which."""
    found = _ids(rows)
    rows.model._default_manager.filter(pk__in=found).update(customer=to)
    return found


def _give_properties(kept: Customer, gone: Customer) -> dict[str, Any]:
    """Move addresses; one that the kept customer has too gives its bookings and equipment to that, and stays behind empty.

    Returns which moved (`properties`), and of the others (`same`) each with whose it was taken for and the equipment that moved.
    """
    theirs = dict(Property.objects.filter(customer=kept).values_list("address_key", "pk"))
    moved, same = [], []
    for own in Property.objects.filter(customer=gone).order_by("pk"):
        if own.address_key not in theirs:
            moved.append(own.pk)
            continue
        into = theirs[own.address_key]
        units = _ids(Unit.objects.filter(property=own))
        Unit.objects.filter(pk__in=units).update(property=into)
        Booking.objects.filter(property=own).update(property=into)
        same.append([own.pk, into, units])
    Property.objects.filter(pk__in=moved).update(customer=kept)
    return {"properties": moved, "same": same}


def _settle(*owners: Customer) -> None:
    """Give each booking the address it names as its own customer has it, made where there was none: what came after the merge
    keeps its address, whoever it belongs to now.
    """
    astray = Booking.objects.filter(customer__in=owners, property__isnull=False).exclude(property__customer=F("customer"))
    for booking in astray.select_related("property").order_by("pk"):
        here = booking.property
        assert here is not None  # filtered above
        assert booking.customer_id is not None
        own, _ = Property.objects.get_or_create(
            customer_id=booking.customer_id,
            address_key=here.address_key,
            defaults={"shop_id": booking.shop_id, "address": here.address, "zip_code": here.zip_code},
        )
        Booking.objects.filter(pk=booking.pk).update(property=own)


def _as_before(kept: Customer, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Put back what the merge made of the kept customer, as far as nobody has changed it since."""
    for name in ("member", "do_not_service"):
        if getattr(kept, name) == after[name]:
            setattr(kept, name, before[name])
    came = {tag for tag in after["tags"] if tag not in before["tags"]}
    kept.tags = before["tags"] if kept.tags == after["tags"] else [tag for tag in kept.tags if tag not in came]
    kept.save(update_fields=list(_FIELDS))


def _tell(bookings: Iterable[int], *, by: str, now: datetime) -> None:
    """Have whatever shows the customer of open bookings follow: the events in calendars, and the history."""
    visits = Visit.objects.filter(booking__in=list(bookings), status=Visit.Status.ACTIVE)
    technicians = list(visits.values_list("technician", flat=True))
    for booking in Booking.objects.filter(pk__in=list(bookings), status__in=Booking.OPEN).order_by("pk"):
        writing.record(booking, BookingChange.Kind.CORRECTED, at=now, by=by, fields=["customer"])
    visits.update(version=F("version") + 1)
    if technicians:
        writing.announce(technicians, by)
