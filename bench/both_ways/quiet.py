"""Until nothing is left to do: faults are over, sweeps run, and a whole round of them changes neither side any more."""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

from django.db import OperationalError
from django.utils import timezone

from bench.both_ways import picture
from bench.both_ways.floor import Floor
from bench.both_ways.google import Google
from bookings.models import Concern
from calendars.models import CalendarConnection, EventMirror, ReadCalendar
from calendars.services import work

ROUNDS = 12


class NeverQuietError(Exception):
    """Something goes on changing, or is never done."""


def settle(floor: Floor, google: Google, sweep: Callable[[datetime], None], *, seconds: float) -> float:
    """Let `sweep` do a round of all sweeps until two in a row leave both sides as they were; return how long it took.

    `sweep` is given the round's beginning and returns when every calendar was read since, or raises NeverQuietError.
    """
    google.heal()
    began, before = time.monotonic(), ""
    for _ in range(ROUNDS):
        moment = timezone.now()
        hasten(floor, moment)
        sweep(moment)
        now = picture.fingerprint(floor, google)
        if now == before:
            return time.monotonic() - began
        before = now
        if time.monotonic() - began > seconds:
            break
    raise NeverQuietError(f"not quiet after {time.monotonic() - began:.0f} s: {unfinished(floor)}")


def hasten(floor: Floor, now: datetime) -> None:
    """Let the time be over for which something waits: the next turn of each calendar, and the next try of what failed.

    No state is touched: what was not noticed is not noticed by this.
    """
    for rows, due in (
        (ReadCalendar.objects.filter(pull_due_at__gt=now), {"pull_due_at": now}),
        (CalendarConnection.objects.exclude(push_not_before=None), {"push_not_before": None}),
        (EventMirror.objects.exclude(next_attempt_at=None), {"next_attempt_at": None}),
    ):
        # One by one: whoever holds one of them holds up no others.
        for pk in rows.filter(shop=floor.shop).order_by("pk").values_list("pk", flat=True):
            with suppress(OperationalError):  # it is being worked on, and asked again in the next round
                rows.model._default_manager.filter(pk=pk).update(**due)


def unread(floor: Floor, since: datetime) -> list[str]:
    """The calendars that were not read since."""
    found = ReadCalendar.objects.filter(shop=floor.shop).exclude(read_at__gte=since)
    return [f"{each.calendar_id} (read {each.read_at}, {each.pull_error or 'no error'})" for each in found]


def behind(floor: Floor) -> int:
    """How many calendars somebody writes at this moment, or has to; who was killed counts until their lease is over."""
    now = timezone.now()
    written = CalendarConnection.objects.filter(shop=floor.shop, push_until__gt=now).count()
    return written + len(work.idle_connections(now=now))


def unfinished(floor: Floor) -> str:
    """What still waits, for whoever looks for the reason."""
    errors = EventMirror.objects.filter(shop=floor.shop).exclude(last_error="").values_list("event_id", "last_error")
    open_ones = Concern.objects.filter(shop=floor.shop, status="open").count()
    refused = [f"{name[:8]} {error}" for name, error in errors[:5]]
    return f"{open_ones} concerns are open, refused lately: {refused}"
