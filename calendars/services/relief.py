"""Gives a visit to somebody else where Google disagreed already when it was promised: nobody is told, for the window stays.

Comes after the reading's commit that found busy time over the visit, in a transaction of its own. The concern is there before,
so that a process that ends meanwhile leaves something a person sees; a sweep tries again for some minutes.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Max

from bookings.errors import RefusedError, TryAgainError
from bookings.models import BookingChange, Concern, Visit
from bookings.services import rearranging, rosters
from calendars.services import decisions

Kind = Concern.Kind
_NOBODY = " Nobody else is free for what was promised."


def may_be(visits: Collection[Visit], *, since: datetime | None, now: datetime) -> set[int]:
    """Return which of these visits under busy time were arranged after the picture of `since` and may be given to somebody else.

    What stood already when that was taken is for people to talk about. What was promised without a picture and is not confirmed
    yet may be in any case. `visits` have their bookings loaded. One statement at most.
    """
    asked = [each for each in visits if rearranging.may_be(each, now=now)]
    waiting = {each.pk for each in asked if each.booking.to_confirm_since is not None}
    if since is None or len(waiting) == len(asked):
        return waiting
    arranged = dict(
        BookingChange.objects.filter(
            booking__in=[each.booking_id for each in asked], kind__in=[BookingChange.Kind.BOOKED, BookingChange.Kind.MOVED]
        )
        .order_by()
        .values("booking")
        .annotate(last=Max("at"))
        .values_list("booking", "last")
    )
    return waiting | {each.pk for each in asked if each.booking_id in arranged and arranged[each.booking_id] > since}


def give(concern_id: int, *, now: datetime) -> None:
    """Let others keep the promise that this concern is about; where nobody can, it says so and waits for a person.

    Owns its transaction; does nothing where somebody is at it.
    """
    concern = (
        Concern.objects.select_related("shop", "visit__technician")
        .filter(pk=concern_id, kind=Kind.BUSY_OVER_VISIT, status=Concern.Status.OPEN, waiting_since=None)
        .first()
    )
    if concern is None or concern.visit is None or concern.visit.technician_id != concern.technician_id:
        return
    visit, roster = concern.visit, rosters.of(concern.shop_id, concern.shop.config_version)
    who = visit.technician.name if visit.technician else "The technician"
    why = f"{who} had something else in Google already when it was promised"
    try:
        done = rearranging.rearrange(roster, visit.pk, version=visit.version, why=why, by="calendar", now=now)
    except TryAgainError:
        return  # the sweep comes by
    except RefusedError:
        asked = Concern.objects.filter(pk=concern_id, text=concern.text).exclude(text__endswith=_NOBODY)
        asked.update(text=concern.text + _NOBODY)
        return
    if done is not None:
        # Nothing that anybody has to know of: the booking's history has it.
        Concern.objects.filter(pk=concern_id).delete()


def again(*, now: datetime) -> None:
    """Try again what was to be given away and was not, because a process ended or somebody held a lock."""
    recent = Concern.objects.filter(
        status=Concern.Status.OPEN, kind=Kind.BUSY_OVER_VISIT, waiting_since=None, created_at__gt=now - decisions.FOLLOW_FOR
    )
    # Only what was to be given away names where the promise came from.
    for pk in recent.exclude(origin="").exclude(text__endswith=_NOBODY).order_by("pk").values_list("pk", flat=True)[:100]:
        give(pk, now=now)
