"""Two customers with everything that may be theirs, and a picture of all that a merge may touch."""

from datetime import timedelta

from bookings.models import (
    Booking,
    BookingChange,
    Customer,
    CustomerChange,
    CustomerNote,
    Lead,
    Property,
    ServiceType,
    Unit,
    Visit,
)
from bookings.services import customers, upkeep

BY = "desk:dee"


def person(shop, name, phone):
    return customers.customer(shop_id=shop.pk, name=name, phone=phone)


def place(who, address):
    return customers.place(whose=who, address=address)


def booking(who, where, now, n=0):
    """A booking of tomorrow with a visit of nobody yet."""
    starts = now + timedelta(days=1, hours=n % 8)
    row = Booking.objects.create(
        shop=who.shop, reference=f"HV-{Booking.objects.count():05d}", customer=who, property=where,
        service_type=ServiceType.objects.filter(shop=who.shop)[0], promised_from=starts,
        promised_to=starts + timedelta(hours=2), minutes=60, origin_at=now,
    )  # fmt: skip
    Visit.objects.create(
        shop=who.shop, booking=row, starts_at=starts, ends_at=starts + timedelta(hours=1),
        blocked=(starts, starts + timedelta(hours=1)),
    )  # fmt: skip
    return row


def unit(where, now, brand):
    return Unit.objects.create(shop=where.shop, property=where, kind="furnace", brand=brand, created_at=now)


def note(who, now, text):
    return upkeep.add_note(who.pk, shop_id=who.shop_id, text=text, by=BY, now=now)


def lead(who, now, origin):
    return Lead.objects.create(
        shop=who.shop, origin=origin, reason="message", phone=who.phone, customer=who, created_at=now
    )  # fmt: skip


def picture():
    """Everything that says whose something is; what only tells of merges is left out."""
    return {
        "customers": list(
            Customer.objects.order_by("pk").values_list("pk", "name", "phone", "member", "do_not_service", "tags", "merged_into")
        ),
        "properties": list(Property.objects.order_by("pk").values_list("pk", "customer", "address_key")),
        "bookings": list(Booking.objects.order_by("pk").values_list("pk", "customer", "property")),
        "units": list(Unit.objects.order_by("pk").values_list("pk", "property")),
        "leads": list(Lead.objects.order_by("pk").values_list("pk", "customer")),
        "notes": list(CustomerNote.objects.order_by("pk").values_list("pk", "customer")),
        "changes": list(
            CustomerChange.objects.exclude(kind__in=["merged", "unmerged"]).order_by("pk").values_list("pk", "customer")
        ),
    }


def astray():
    """Bookings whose address is somebody else's, and rows of customers who are part of another: there are none, ever."""
    from_another = [
        row.pk
        for row in Booking.objects.filter(property__isnull=False).select_related("property")
        if row.property and row.property.customer_id != row.customer_id
    ]
    gone = Customer.objects.exclude(merged_into=None)
    theirs = [
        model.__name__
        for model in (Booking, CustomerNote, CustomerChange, Lead)
        if model.objects.filter(customer__in=gone).exists()
    ]
    chains = list(gone.exclude(merged_into__merged_into=None).values_list("pk", flat=True))
    return from_another, theirs, chains


def history_of(row):
    return list(BookingChange.objects.filter(booking=row).values_list("kind", "detail"))
