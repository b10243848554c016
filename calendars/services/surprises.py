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

from bookings.models import Concern, Technician, Visit
from bookings.services import concerns
from calendars import enqueue
from calendars.google import mapping
from calendars.google.mapping import Json, Stretch
from calendars.models import CalendarConnection, EventMirror
from calendars.services import decisions

Kind = Concern.Kind
Confirmed = EventMirror.Confirmed
DELETED = "deleted"


def found(mirror: EventMirror, visit: Visit, event: Json, *, now: datetime) -> bool:
    """Take notice of an event of ours as Google has it now; say whether its place takes the technician's time as well.

    For every settled event that was read, also one whose etag is the mirror's: what we know already, our own echo and what is
    the technician's to change (notes, colour, reminders, guests) change nothing. `event` is `{"status": "cancelled"}` for one
    that is gone; `visit` has its shop, booking and technician loaded. Runs inside the caller's transaction, which holds the
    mirror's row. Raises ValueError for an event whose time cannot be read.
    """
    if mirror.moved_to and mirror.wanted == EventMirror.Wanted.ABSENT:
        return _with_colleague(mirror, visit, event, now=now)
    if event.get("status") == "cancelled":
        _gone(mirror, visit, now=now)
        return False
    lies, etag = mapping.span(event, ZoneInfo(visit.shop.timezone)), str(event.get("etag", ""))[:64]
    elsewhere = lies not in (Stretch(visit.starts_at, visit.ends_at), _pushed(mirror))
    if etag == mirror.etag:
        return elsewhere
    if visit.status != Visit.Status.ACTIVE or visit.ends_at <= now:
        # What is over is the technician's to tidy up.
        EventMirror.objects.filter(pk=mirror.pk).update(etag=etag)
        return False
    to = handed_to(visit, event)
    if elsewhere or to is not None:
        _there_again(mirror, visit, now=now)
        _ask(mirror, f"{lies} {to.pk}" if to else str(lies), etag=etag)
        _raise(Kind.EVENT_CHANGED if to else Kind.EVENT_MOVED, visit, now=now, to=lies, technician=to)
        return elsewhere
    _withdrawn(mirror, visit, etag=etag, now=now)
    if not mapping.words_stand(event, mapping.event(visit)):
        EventMirror.objects.filter(pk=mirror.pk).update(pushed_version=0)
        transaction.on_commit(partial(enqueue.push, mirror.connection_id), robust=True)
    return False


def handed_over(connection: CalendarConnection, event: Json, *, now: datetime) -> bool:
    """Take notice of an event in this calendar that says it is a visit of ours, and was none of this calendar's until now.

    That is how Google shows an event that was moved to a colleague's calendar. It takes the colleague's time until it is decided
    whose visit it is. Return False for one that takes nobody's time, because it is taken out: its visit is over or the
    colleague's own already, or has got another event meanwhile. Inside of the reading's transaction.
    """
    name, event_id = mapping.visit_named(event), str(event["id"])
    if not name or event.get("status") == "cancelled" or "recurringEventId" in event:
        return True
    visit = (
        Visit.objects.select_related("shop", "booking", "technician")
        .filter(public_id=name, shop=connection.shop_id, ends_at__gt=now)
        .exclude(status=Visit.Status.DONE)
        .first()
    )
    if visit is None or EventMirror.objects.filter(calendar_id=connection.calendar_id, event_id=event_id).exists():
        return True
    lies = mapping.span(event, ZoneInfo(visit.shop.timezone))
    mirrors = EventMirror.objects.filter(visit=visit)
    here = mirrors.filter(calendar_id=connection.calendar_id)
    last = here.order_by("-generation").first()
    # By what it was: the event that the visit has now, or one we never knew. Any other was given away by whom it is no more.
    known = list(mirrors.filter(event_id=event_id).values_list("retired", "connection__technician"))
    is_asked = (
        visit.status == Visit.Status.ACTIVE
        and visit.technician_id != connection.technician_id
        and (not known or (False, visit.technician_id) in known)
    )
    if is_asked:
        here.filter(retired=False).update(retired=True, wanted=EventMirror.Wanted.ABSENT, moved_to="")
    what = f"{lies} {connection.technician_id}" if is_asked else ""
    EventMirror.objects.create(
        shop_id=visit.shop_id, connection=connection, visit=visit, calendar_id=connection.calendar_id,
        generation=last.generation + 1 if last else 1, event_id=event_id, wanted=EventMirror.Wanted.ABSENT, retired=not is_asked,
        confirmed=Confirmed.PRESENT, confirmed_at=now, pushed_starts_at=visit.starts_at, pushed_ends_at=visit.ends_at,
        etag=str(event.get("etag", ""))[:64], moved_to=what,
    )  # fmt: skip
    if not is_asked:
        transaction.on_commit(partial(enqueue.push, connection.pk), robust=True)
        return False
    mirrors.filter(retired=False, connection__technician=visit.technician_id).update(moved_to=what)
    concerns.close(Kind.EVENT_DELETED, _key(visit), shop_id=visit.shop_id, now=now)
    _raise(Kind.EVENT_CHANGED, visit, now=now, to=lies, technician=connection.technician)
    return True


def _with_colleague(mirror: EventMirror, visit: Visit, event: Json, *, now: datetime) -> bool:
    """Take notice of what became of an event that was handed to a colleague, before it is decided whose it is."""
    there = mirror.connection
    if event.get("status") == "cancelled":
        EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.ABSENT, confirmed_at=now, moved_to="")
        left = EventMirror.objects.filter(visit=visit, retired=False, confirmed=Confirmed.ABSENT, moved_to=mirror.moved_to)
        if left.update(moved_to=DELETED):
            concerns.close(Kind.EVENT_CHANGED, _key(visit), shop_id=visit.shop_id, now=now)
            _raise(Kind.EVENT_DELETED, visit, now=now)
        return False
    lies, etag = mapping.span(event, ZoneInfo(visit.shop.timezone)), str(event.get("etag", ""))[:64]
    if etag != mirror.etag:
        what = f"{lies} {there.technician_id}"
        EventMirror.objects.filter(visit=visit, retired=False, moved_to=mirror.moved_to).update(moved_to=what)
        _ask(mirror, what, etag=etag)
        _raise(Kind.EVENT_CHANGED, visit, now=now, to=lies, technician=there.technician)
    return True


def overtaken(visit: Visit, event: Json | None, *, now: datetime) -> None:
    """Tell what somebody did to an event whose visit has changed meanwhile: the visit is written, and a person looks at both."""
    if event is None:
        # It gets another event: the one that a colleague has of it, if it was given away, is taken out.
        given = EventMirror.objects.filter(visit=visit, retired=False, wanted=EventMirror.Wanted.ABSENT)
        given.filter(confirmed=Confirmed.PRESENT).update(moved_to="")
        _raise(Kind.EVENT_DELETED, visit, now=now, put_back=True)
        return
    lies, to = mapping.span(event, ZoneInfo(visit.shop.timezone)), handed_to(visit, event)
    _raise(Kind.EVENT_CHANGED if to else Kind.EVENT_MOVED, visit, now=now, to=lies, technician=to, put_back=True)


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


def _pushed(mirror: EventMirror) -> Stretch | None:
    if mirror.pushed_starts_at is None or mirror.pushed_ends_at is None:
        return None
    return Stretch(mirror.pushed_starts_at, mirror.pushed_ends_at)


def _gone(mirror: EventMirror, visit: Visit, *, now: datetime) -> None:
    if mirror.confirmed == Confirmed.ABSENT:
        return
    rows = EventMirror.objects.filter(pk=mirror.pk)
    if visit.status != Visit.Status.ACTIVE:
        rows.update(confirmed=Confirmed.ABSENT, confirmed_at=now, wanted=EventMirror.Wanted.ABSENT, retired=True, moved_to="")
        return
    if visit.ends_at <= now:
        return
    is_handed = _is_handed(mirror)
    rows.update(confirmed=Confirmed.ABSENT, confirmed_at=now, moved_to=F("moved_to") if is_handed else DELETED)
    if not is_handed:
        for kind in (Kind.EVENT_MOVED, Kind.EVENT_CHANGED):
            concerns.close(kind, _key(visit), shop_id=visit.shop_id, now=now)
        _raise(Kind.EVENT_DELETED, visit, now=now)


def _is_handed(mirror: EventMirror) -> bool:
    """Say whether the event lies in the calendar of the colleague whom the visit is to be given to."""
    if " " not in mirror.moved_to:
        return False
    there = EventMirror.objects.filter(visit=mirror.visit_id, retired=False, confirmed=Confirmed.PRESENT)
    return there.filter(moved_to=mirror.moved_to).exclude(pk=mirror.pk).exists()


def handed_to(visit: Visit, event: Json) -> Technician | None:
    """Return the colleague who was invited to an event that its technician has declined."""
    guests = mapping.guests(event)
    if not guests:
        return None
    others = CalendarConnection.objects.filter(shop=visit.shop_id).exclude(technician=visit.technician_id)
    for each in others.select_related("technician").order_by("pk"):
        if guests & {each.account.casefold(), each.calendar_id.casefold(), each.technician.email.casefold()}:
            return each.technician
    return None


def _ask(mirror: EventMirror, what: str, *, etag: str) -> None:
    mirror.moved_to, mirror.etag = what, etag
    EventMirror.objects.filter(pk=mirror.pk).update(moved_to=what, etag=etag)


def _withdrawn(mirror: EventMirror, visit: Visit, *, etag: str, now: datetime) -> None:
    """The event lies where it should: whoever moved it has moved it back, or only its words or its colour changed."""
    _there_again(mirror, visit, now=now)
    if mirror.moved_to:
        for kind in (Kind.EVENT_MOVED, Kind.EVENT_CHANGED):
            concerns.close(kind, _key(visit), shop_id=visit.shop_id, now=now)
    _ask(mirror, "", etag=etag)


def _there_again(mirror: EventMirror, visit: Visit, *, now: datetime) -> None:
    """An event that was deleted has been brought back, wherever it lies now."""
    if mirror.confirmed == Confirmed.ABSENT:
        EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.PRESENT)
        concerns.close(Kind.EVENT_DELETED, _key(visit), shop_id=visit.shop_id, now=now)


def _key(visit: Visit) -> str:
    return f"visit:{visit.pk}"


def _raise(
    kind: Concern.Kind,
    visit: Visit,
    *,
    now: datetime,
    to: Stretch | None = None,
    technician: Technician | None = None,
    put_back: bool = False,
) -> None:
    """Ask a person, or say anew what an open concern asks; then try whether it may be followed without one."""
    concern = Concern(
        shop_id=visit.shop_id, kind=kind, key=_key(visit), text=_text(kind, visit, to, technician, put_back=put_back),
        booking=visit.booking, visit=visit, technician=visit.technician, created_at=now,
        proposed_starts_at=to.starts_at if to else None, proposed_ends_at=to.ends_at if to else None,
        proposed_technician=technician,
    )  # fmt: skip
    pk = concerns.raise_or_renew(concern)
    if to is not None and not put_back:
        transaction.on_commit(partial(decisions.follow, pk, now=now), robust=True)


def _text(kind: Concern.Kind, visit: Visit, to: Stretch | None, technician: Technician | None, *, put_back: bool) -> str:
    who, zone = visit.technician.name if visit.technician else "Somebody", visit.shop.zone
    reference, stands = visit.booking.reference, _moment(visit.starts_at, zone)
    if kind == Kind.EVENT_DELETED:
        then = "It was put back, for the visit changed meanwhile." if put_back else "The visit stands until you decide."
        return f"{who} deleted the event of visit {reference} ({stands}) in Google. {then}"
    assert to is not None
    done = f"gave visit {reference} to {technician.name}" if technician else f"moved visit {reference}"
    if to.ends_at - to.starts_at != visit.ends_at - visit.starts_at:
        minutes = round((to.ends_at - to.starts_at).total_seconds() / 60)
        done += f" and made it {minutes} minutes long"
    then = "The visit was moved meanwhile too, and the event shows that." if put_back else "It stands until you decide."
    return f"{who} {done} in Google: {_moment(to.starts_at, zone)}. The booking says {stands}. {then}"


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %b %-d, %-I:%M %p}"
