"""A visit whose event its technician gives to a colleague: moved into their calendar, or declined and the colleague invited.

Until it is decided whose visit it is, it stands in two mirrors that say the same in `moved_to`: the technician's own, which is
not written, and the colleague's, which is not taken out.
"""

from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from bookings.models import Concern, Technician, Visit
from calendars import enqueue
from calendars.google import mapping
from calendars.google.mapping import Json, Stretch
from calendars.models import CalendarConnection, EventMirror
from calendars.services import questions

Kind = Concern.Kind
Wanted, Confirmed = EventMirror.Wanted, EventMirror.Confirmed
DELETED = "deleted"


def over(connection: CalendarConnection, event: Json, *, now: datetime) -> bool:
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
        .first()
    )
    if visit is None or EventMirror.objects.filter(calendar_id=connection.calendar_id, event_id=event_id).exists():
        return True
    lies = mapping.span(event, ZoneInfo(visit.shop.timezone))
    mirrors = EventMirror.objects.filter(visit=visit)
    own = mirrors.filter(retired=False, connection__technician=visit.technician_id)
    if visit.status == Visit.Status.DONE and not own.exists():
        return True  # what is over is theirs to tidy up, and this is its only event
    # By what it was: the event that the visit has now, or one we never knew. Any other was given away by whom it is no more.
    known = list(mirrors.filter(event_id=event_id).values_list("retired", "connection__technician"))
    is_asked = (
        visit.status == Visit.Status.ACTIVE
        and visit.technician_id != connection.technician_id
        and (not known or (False, visit.technician_id) in known)
    )
    if is_asked:
        mirrors.filter(calendar_id=connection.calendar_id, retired=False).update(retired=True, wanted=Wanted.ABSENT, moved_to="")
    what = f"{lies} {connection.technician_id}" if is_asked else ""
    EventMirror.objects.create(
        shop_id=visit.shop_id, connection=connection, visit=visit, calendar_id=connection.calendar_id,
        generation=EventMirror.free_generation(visit, connection.calendar_id), event_id=event_id,
        wanted=Wanted.ABSENT, retired=not is_asked, confirmed=Confirmed.PRESENT, confirmed_at=now,
        pushed_starts_at=visit.starts_at, pushed_ends_at=visit.ends_at, etag=mapping.etag(event), moved_to=what,
    )  # fmt: skip
    if not is_asked:
        transaction.on_commit(partial(enqueue.push, connection.pk), robust=True)
        return False
    _given(visit, own, what, to=lies, technician=connection.technician, now=now)
    return True


def back(mirror: EventMirror, event: Json, *, now: datetime) -> bool:
    """Take notice of an event that comes back to whoever had it before it was handed to the colleague whose visit it is by now.

    Known by its id, which is that of the visit's event at the colleague's: what was deleted here by us has another. Return False
    where it is none of that. Inside of the reading's transaction; the mirror has visit and connection loaded.
    """
    visit, there = mirror.visit, mirror.connection
    own = EventMirror.objects.filter(
        visit=visit, retired=False, connection__technician=visit.technician_id, event_id=mirror.event_id
    ).exclude(pk=mirror.pk)
    if mirror.retired or visit.status != Visit.Status.ACTIVE or visit.ends_at <= now or not own.exists():
        return False
    lies = mapping.span(event, ZoneInfo(visit.shop.timezone))
    what = f"{lies} {there.technician_id}"
    EventMirror.objects.filter(pk=mirror.pk).update(
        wanted=Wanted.ABSENT, confirmed=Confirmed.PRESENT, confirmed_at=now, moved_to=what,
        pushed_starts_at=visit.starts_at, pushed_ends_at=visit.ends_at, etag=mapping.etag(event),
    )  # fmt: skip
    _given(visit, own, what, to=lies, technician=there.technician, now=now)
    return True


def with_colleague(mirror: EventMirror, visit: Visit, event: Json, *, now: datetime) -> bool:
    """Take notice of what became of an event that was handed to a colleague, before it is decided whose it is."""
    there = mirror.connection
    if event.get("status") == "cancelled":
        EventMirror.objects.filter(pk=mirror.pk).update(confirmed=Confirmed.ABSENT, confirmed_at=now, moved_to="")
        own = EventMirror.objects.filter(visit=visit, retired=False, connection__technician=visit.technician_id)
        if own.filter(confirmed=Confirmed.ABSENT, moved_to=mirror.moved_to).update(moved_to=DELETED):
            questions.close(visit, Kind.EVENT_CHANGED, now=now)
            questions.ask(Kind.EVENT_DELETED, visit, now=now)
        return False
    lies, etag = mapping.span(event, ZoneInfo(visit.shop.timezone)), mapping.etag(event)
    if etag != mirror.etag:
        what = f"{lies} {there.technician_id}"
        EventMirror.objects.filter(visit=visit, retired=False, moved_to=mirror.moved_to).update(moved_to=what)
        EventMirror.objects.filter(pk=mirror.pk).update(moved_to=what, etag=etag)
        questions.ask(Kind.EVENT_CHANGED, visit, now=now, to=lies, technician=there.technician)
    return True


def overtaken(visit: Visit, *, now: datetime) -> bool:
    """Let the event that a colleague has of a visit be taken out, for the visit gets another; what is asked says so from now on.

    Return False where nobody was asked about such an event.
    """
    given = EventMirror.objects.filter(visit=visit, retired=False, wanted=Wanted.ABSENT, confirmed=Confirmed.PRESENT)
    there = given.exclude(moved_to="").select_related("connection__technician").first()
    given.update(moved_to="")
    asked = Concern.objects.filter(visit=visit, kind=Kind.EVENT_CHANGED, status=Concern.Status.OPEN).first()
    if there is None or asked is None or asked.proposed_starts_at is None or asked.proposed_ends_at is None:
        return False
    to = Stretch(asked.proposed_starts_at, asked.proposed_ends_at)
    questions.ask(Kind.EVENT_CHANGED, visit, now=now, to=to, technician=there.connection.technician, put_back=True)
    return True


def is_on_its_way(mirror: EventMirror) -> bool:
    """Say whether the event lies in the calendar of the colleague whom the visit is to be given to."""
    if " " not in mirror.moved_to:
        return False
    there = EventMirror.objects.filter(visit=mirror.visit_id, retired=False, confirmed=Confirmed.PRESENT)
    return there.filter(moved_to=mirror.moved_to).exclude(pk=mirror.pk).exists()


def to_whom(visit: Visit, event: Json) -> Technician | None:
    """Return the colleague who was invited to an event that its technician has declined."""
    guests = mapping.guests(event)
    if not guests:
        return None
    others = CalendarConnection.objects.filter(shop=visit.shop_id).exclude(technician=visit.technician_id)
    for each in others.select_related("technician").order_by("pk"):
        if guests & {each.account.casefold(), each.calendar_id.casefold(), each.technician.email.casefold()}:
            return each.technician
    return None


def _given(visit: Visit, own: QuerySet[EventMirror], what: str, *, to: Stretch, technician: Technician, now: datetime) -> None:
    """Ask whether the visit is to be the colleague's in whose calendar its event lies; its own is not written before."""
    own.update(moved_to=what)
    questions.close(visit, Kind.EVENT_DELETED, now=now)
    questions.ask(Kind.EVENT_CHANGED, visit, now=now, to=to, technician=technician)
