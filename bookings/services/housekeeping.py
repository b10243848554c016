"""Ends holds that ran out, and deletes what has served its time: offers, searches, dead holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from bookings.models import Booking, Offer, Search, Shop
from bookings.services import writing

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows each step dealt with."""

    offers: int = 0
    searches: int = 0
    holds: int = 0


def lapse(*, now: datetime) -> int:
    """End the holds whose time is over; return how many. Each in a transaction of its own, whoever else is at it skipped.

    Their time is free already: a search does not count it, and whoever books ends it (bookings.services.placing).
    """
    due = Booking.objects.filter(status=Booking.Status.HELD, hold_expires_at__lte=now).order_by("pk")
    ended = 0
    for pk in list(due.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            held = list(due.select_for_update(of=("self",), no_key=True, skip_locked=True).filter(pk=pk))
            writing.release(held, by="clock", now=now)
            ended += len(held)
    return ended


def sweep(*, now: datetime) -> Swept:
    """Delete what is older than each shop keeps it, and the searches of whoever booked after all.

    Offers go a day after they expired, since a caller may still name one. Runs twice without harm.
    """
    offers = searches = holds = 0
    for shop in Shop.objects.order_by("pk"):
        until = now - timedelta(days=shop.keep_days)
        offers += Offer.objects.filter(shop=shop, expires_at__lt=now - timedelta(days=1)).delete()[0]
        searches += Search.objects.filter(shop=shop, at__lt=until).delete()[0]
        holds += _forget_holds(shop, until)
    booked = Booking.objects.filter(origin=OuterRef("origin"), shop=OuterRef("shop"), customer__isnull=False)
    # Not at once: the caller may still be on the line and change their mind.
    searches += Search.objects.filter(Exists(booked), at__lt=now - timedelta(days=1)).delete()[0]
    return Swept(offers, searches, holds)


def _forget_holds(shop: Shop, until: datetime) -> int:
    """Delete holds that became nothing, with their visits and history: nobody was promised anything."""
    dead = Booking.objects.filter(
        shop=shop, status__in=[Booking.Status.LAPSED, Booking.Status.CANCELLED], customer=None, updated_at__lt=until
    )
    count = 0
    for pk in list(dead.values_list("pk", flat=True)[:AT_ONCE]):
        with transaction.atomic():
            for booking in dead.select_for_update(skip_locked=True).filter(pk=pk):
                booking.visits.all().delete()
                booking.delete()
                count += 1
    return count
