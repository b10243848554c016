"""Asks the core as an adapter does: in a booking transaction, with the shop's set-up as it is now."""

from datetime import date, time

from bookings.models import Shop
from bookings.services import appointments, rosters, transactions
from bookings.services.asking import Request, When

TOMORROW = date(2026, 11, 25)


def roster_of(shop):
    return rosters.of(shop.pk, Shop.objects.values_list("config_version", flat=True).get(pk=shop.pk))


def request(shop, now, **changes):
    wanted = changes.pop("service", "repair")
    service = next(each for each in roster_of(shop).services if each.key == wanted)
    return Request(
        **{
            "service": service,
            "when": When(TOMORROW, time(9)),
            "customer_name": "Jane Doe",
            "customer_phone": "+14155550142",
            "origin": "call:1",
            "requested_at": now,
            "by": "call:1",
            "address": "12 Main St, New York 10001",
            **changes,
        }
    )


def ask(shop, now, *, do=appointments.book, **changes):
    asked = request(shop, now, **changes)
    return transactions.run(asked.origin, lambda: do(roster_of(shop), asked, now=now))


def hold(shop, now, **changes):
    return ask(shop, now, do=appointments.hold, **changes)


def reschedule(shop, booking, now, **changes):
    asked = request(
        shop, now, origin="call:9", by="call:9", address="", customer_name=booking.customer.name,
        customer_phone=booking.customer.phone, **changes,
    )  # fmt: skip
    return transactions.run(
        asked.origin, lambda: appointments.reschedule(roster_of(shop), booking.pk, asked, now=now)
    )  # fmt: skip
