"""What somebody did to one of our events in Google: never a silent loss, and never a quarrel.

Noticed inside of a reading or a write, under their locks, and written down at once: the mirror holds what was done, so that
nothing is written over it, and a concern asks what is to become of it. Deciding comes after the commit (`decisions`): what
lies within the promise, or what the shop lets technicians do, is followed at once; for the rest a person decides.
"""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from bookings.models import Concern, Visit
from calendars import enqueue
from calendars.google import mapping
from calendars.google.mapping import Json, Stretch
from calendars.models import EventMirror
from calendars.services import decisions, handing, questions

Kind = Concern.Kind
Confirmed = EventMirror.Confirmed


def pushed(mirror: EventMirror) -> Stretch | None:
    """Return where Google confirmed the event last; None before that."""
    if mirror.pushed_starts_at is None or mirror.pushed_ends_at is None:
        return None
    return Stretch(mirror.pushed_starts_at, mirror.pushed_ends_at)


def found(mirror: EventMirror, visit: Visit, event: Json, *, now: datetime) -> bool:
    """Take notice of an event of ours as Google has it now; say whether its place takes the technician's time as well.

    For every settled event that was read, also one whose etag is the mirror's: what we know already, our own echo and what is
    the technician's to change (notes, colour, reminders, guests) change nothing. `event` is `{"status": "cancelled"}` for one
    that is gone; `visit` has its shop, booking and technician loaded. Runs inside the caller's transaction, which holds the
    mirror's row. Raises ValueError for an event whose time cannot be read.
    """
    if mirror.moved_to and mirror.wanted == EventMirror.Wanted.ABSENT:
        return handing.with_colleague(mirror, visit, event, now=now)
    if event.get("status") == "cancelled":
        _gone(mirror, visit, now=now)
        return False
    lies, etag = mapping.span(event, ZoneInfo(visit.shop.timezone)), mapping.etag(event)
    if visit.status != Visit.Status.ACTIVE or visit.ends_at <= now:
        # What is over is the technician's to tidy up.
        if etag != mirror.etag:
            EventMirror.objects.filter(pk=mirror.pk).update(etag=etag)
        return False
    elsewhere = lies not in (Stretch(visit.starts_at, visit.ends_at), pushed(mirror))
    if etag == mirror.etag:
        return elsewhere
    to = handing.to_whom(visit, event)
    if elsewhere or to is not None:
        _there_again(mirror, visit, now=now)
        _ask(mirror, f"{lies} {to.pk}" if to else str(lies), etag=etag)
        questions.ask(Kind.EVENT_CHANGED if to else Kind.EVENT_MOVED, visit, now=now, to=lies, technician=to)
        return elsewhere
    _withdrawn(mirror, visit, etag=etag, now=now)
    if not mapping.words_stand(event, mapping.event(visit)):
        EventMirror.objects.filter(pk=mirror.pk).update(pushed_version=0)
        transaction.on_commit(partial(enqueue.push, mirror.connection_id), robust=True)
    return False


def overtaken(visit: Visit, event: Json | None, *, now: datetime) -> None:
    """Tell what somebody did to an event whose visit has changed meanwhile: the visit is written, and a person looks at both."""
    if event is None:
        if not handing.overtaken(visit, now=now):
            questions.ask(Kind.EVENT_DELETED, visit, now=now, put_back=True)
        return
    lies, to = mapping.span(event, ZoneInfo(visit.shop.timezone)), handing.to_whom(visit, event)
    questions.ask(Kind.EVENT_CHANGED if to else Kind.EVENT_MOVED, visit, now=now, to=lies, technician=to, put_back=True)


def settled(visit: Visit, *, now: datetime) -> None:
    """Close what is asked about a visit that lies by now just where it was moved to, as when somebody moved it by hand."""
    asked = Concern.objects.filter(visit=visit, status=Concern.Status.OPEN, kind__in=[Kind.EVENT_MOVED, Kind.EVENT_CHANGED])
    there = asked.filter(proposed_starts_at=visit.starts_at, proposed_ends_at=visit.ends_at)
    there.filter(Q(proposed_technician=None) | Q(proposed_technician=visit.technician_id)).update(
        status=Concern.Status.DONE, closed_at=now
    )


def follow(*, now: datetime) -> None:
    """Decide again what was to be followed at once and was not, because a process ended or somebody held a lock; and ask nothing
    about a visit that was ended in the moment in which something was noticed.
    """
    over = Concern.objects.filter(visit__status__in=[Visit.Status.ENDED, Visit.Status.DONE], status=Concern.Status.OPEN)
    over.filter(kind__in=[Kind.EVENT_MOVED, Kind.EVENT_CHANGED, Kind.EVENT_DELETED, Kind.BUSY_OVER_VISIT]).update(
        status=Concern.Status.DONE, closed_at=now
    )
    recent = Concern.objects.filter(
        status=Concern.Status.OPEN, kind__in=[Kind.EVENT_MOVED, Kind.EVENT_CHANGED], waiting_since=None,
        proposed_starts_at__isnull=False, created_at__gt=now - decisions.FOLLOW_FOR, visit__mirrors__moved_to__gt="",
    )  # fmt: skip
    for pk in recent.order_by("pk").distinct().values_list("pk", flat=True)[:100]:
        decisions.follow(pk, now=now)


def _gone(mirror: EventMirror, visit: Visit, *, now: datetime) -> None:
    if mirror.confirmed == Confirmed.ABSENT:
        return
    rows = EventMirror.objects.filter(pk=mirror.pk)
    if visit.status != Visit.Status.ACTIVE:
        rows.update(confirmed=Confirmed.ABSENT, confirmed_at=now, wanted=EventMirror.Wanted.ABSENT, retired=True, moved_to="")
        return
    if visit.ends_at <= now:
        return
    is_handed = handing.is_on_its_way(mirror)
    rows.update(confirmed=Confirmed.ABSENT, confirmed_at=now, moved_to=F("moved_to") if is_handed else handing.DELETED)
    if not is_handed:
        questions.close(visit, Kind.EVENT_MOVED, Kind.EVENT_CHANGED, now=now)
        questions.ask(Kind.EVENT_DELETED, visit, now=now)


def _withdrawn(mirror: EventMirror, visit: Visit, *, etag: str, now: datetime) -> None:
    """The event lies where it should: whoever moved it has moved it back, or only its words or its colour changed."""
    _there_again(mirror, visit, now=now)
    if mirror.moved_to:
        questions.close(visit, Kind.EVENT_MOVED, Kind.EVENT_CHANGED, now=now)
    _ask(mirror, "", etag=etag)


def _there_again(mirror: EventMirror, visit: Visit, *, now: datetime) -> None:
    """An event that was deleted has been brought back, wherever it lies now."""
    if mirror.confirmed == Confirmed.ABSENT:
        EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.PRESENT)
        questions.close(visit, Kind.EVENT_DELETED, now=now)


def _ask(mirror: EventMirror, what: str, *, etag: str) -> None:
    mirror.moved_to, mirror.etag = what, etag
    EventMirror.objects.filter(pk=mirror.pk).update(moved_to=what, etag=etag)
