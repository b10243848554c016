"""The conflict inbox: what technicians did in Google Calendar against what was promised, and what a person decides about it.

Decided by calendars.services.decisions.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Concern, Visit
from bookings.services import confirming, dispatching
from calendars.models import EventMirror
from calendars.services import decisions
from desk import words

Kind = Concern.Kind


class CalendarConflicts(admin.SimpleListFilter):
    title = "calendar conflicts"
    parameter_name = "calendar"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "To decide"), ("waiting", "Waiting"), ("all", "All")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Concern]) -> QuerySet[Concern]:
        if self.value() is None:
            return queryset
        found = queryset.filter(kind__in=Concern.CALENDAR)
        match self.value():
            case "open":
                return found.filter(status=Concern.Status.OPEN, waiting_since=None)
            case "waiting":
                return found.filter(status=Concern.Status.OPEN, waiting_since__isnull=False)
        return found


@dataclass(frozen=True, slots=True)
class Conflict:
    """What the page shows of one: what was promised, where the visit stands, where the event lies, and what can be done."""

    promised: str
    stands: str
    google: str
    seen: str
    accept: str  # "" where there is nothing to accept
    restore: str
    phone: str
    shown_phone: str
    customer: str
    move: str
    cancel: str


def in_full(rows: QuerySet[Concern]) -> QuerySet[Concern]:
    """Load with each concern all that its page shows."""
    return rows.select_related(
        "shop", "booking__customer", "visit__technician", "visit__booking", "technician", "proposed_technician"
    )


def undecided(rows: QuerySet[Concern]) -> set[int]:
    """Return which of these ask for a decision about an event or a promise, and are not done by being put aside."""
    held = EventMirror.objects.filter(visit=OuterRef("visit"), retired=False).exclude(moved_to="")
    asked = Q(Exists(held), kind__in=[Kind.EVENT_MOVED, Kind.EVENT_CHANGED, Kind.EVENT_DELETED])
    waits = Q(kind=Kind.TO_CONFIRM, booking__to_confirm_since__isnull=False)
    return set(rows.filter(asked | waits, status=Concern.Status.OPEN).values_list("pk", flat=True))


def shown(concern: Concern, *, carrying: Collection[int] | None = None) -> Conflict | None:
    """Return what to show and to offer; None for a concern about something else.

    `carrying` are the visits known to carry their booking's promise, of many that are shown at once; None: it is looked up.
    """
    visit, booking = concern.visit, concern.booking
    if concern.kind not in Concern.CALENDAR or visit is None or booking is None:
        return None
    zone = concern.shop.zone
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    customer = booking.customer
    accept, restore = _offers(concern, visit, carrying)
    movable = visit.status == Visit.Status.ACTIVE and booking.status in Booking.OPEN
    return Conflict(
        promised=f"{words.day(promised[0])}, {words.span(*promised)}",
        stands=_place(visit.technician, visit.starts_at, visit.ends_at, concern),
        google=_in_google(concern),
        seen=decisions.seen(concern),
        accept=accept if movable else "",
        restore=restore,
        phone=customer.phone if customer else "",
        shown_phone=words.phone(customer.phone, concern.shop.country) if customer else "",
        customer=customer.name if customer else "",
        move=reverse("admin:bookings_visit_move", args=[visit.pk]) if movable else "",
        cancel=reverse("admin:bookings_booking_cancel", args=[booking.pk]) if movable else "",
    )


def _offers(concern: Concern, visit: Visit, carrying: Collection[int] | None) -> tuple[str, str]:
    """Return the words on the buttons that accept and that put back; "" where there is none."""
    if concern.kind == Kind.BUSY_OVER_VISIT:
        return "", ""
    if concern.kind == Kind.TO_CONFIRM:
        return "Confirm it and text the customer" if visit.booking.to_confirm_since is not None else "", ""
    if concern.kind == Kind.EVENT_DELETED:
        return "Accept: cancel the booking and text the customer", "Keep the visit and put the event back"
    starts = concern.proposed_starts_at
    if starts is None:
        return "", "Put the event back"
    booking = visit.booking
    outside = not booking.promised_from <= starts <= booking.promised_to
    tells = outside and (dispatching.carries_promise(visit) if carrying is None else visit.pk in carrying)
    to = f" to {concern.proposed_technician.name}" if concern.proposed_technician else ""
    what = f"Accept: move the visit{to}"
    return f"{what} and text the customer" if tells else what, "Put the event back"


def _place(technician: Any, starts: datetime, ends: datetime, concern: Concern) -> str:
    zone = concern.shop.zone
    first, last = starts.astimezone(zone), ends.astimezone(zone)
    return f"{technician.name if technician else 'Nobody yet'}, {words.day(first)}, {words.span(first, last)}"


def _in_google(concern: Concern) -> str:
    if concern.kind == Kind.BUSY_OVER_VISIT:
        return "Something else at the same time"
    if concern.kind == Kind.TO_CONFIRM:
        return "Could not be seen when it was promised"
    if concern.proposed_starts_at is None or concern.proposed_ends_at is None:
        return "Deleted"
    who = concern.proposed_technician or concern.technician
    return _place(who, concern.proposed_starts_at, concern.proposed_ends_at, concern)


def decide(request: HttpRequest, concern: Concern) -> HttpResponse:
    """Do what was pressed, say what became of it, and return to the concern."""
    pressed = next((each for each in ("wait", "accept", "restore") if each in request.POST), "")
    if pressed:
        well, said = decided(request, concern, pressed)
        (messages.success if well else messages.warning)(request, said)
    return HttpResponseRedirect(reverse("admin:bookings_concern_change", args=[concern.pk]))


def decided(request: HttpRequest, concern: Concern, pressed: str) -> tuple[bool, str]:
    """Accept, restore or wait; return whether it was done, and what is to be said of it, in HTML where that has a button."""
    as_seen, now = request.POST.get("seen", ""), timezone.now()
    try:
        match pressed:
            case "wait":
                waits = decisions.wait(concern.pk, note=request.POST.get("note", ""), now=now)
                return waits, "Marked as waiting. It stays in the list until it is decided." if waits else _TOO_LATE
            case "accept" if concern.kind == Kind.TO_CONFIRM:
                return _confirmed(concern, by=f"desk:{request.user.get_username()}", now=now)
            case "accept":
                done = decisions.accept(concern.pk, as_seen=as_seen, by=f"desk:{request.user.get_username()}", now=now)
                return True, _said(request, concern, done)
            case _:
                decisions.restore(concern.pk, as_seen=as_seen, now=now)
                return True, "The visit stands as promised. Its event is put back by itself."
    except TryAgainError:
        return False, "Somebody else is planning this technician's day right now. Nothing was changed; press again."
    except RefusedError as refusal:
        return False, _refused(refusal, concern)


def _confirmed(concern: Concern, *, by: str, now: datetime) -> tuple[bool, str]:
    done = concern.booking_id is not None and confirming.confirm(concern.booking_id, by=by, now=now)
    return done, "Confirmed. The customer is texted, if the shop sends texts." if done else _TOO_LATE


_TOO_LATE = "Somebody has decided this already: below is how it stands now."


def _refused(refusal: RefusedError, concern: Concern) -> str:
    match refusal.code:
        case "decided":
            return _TOO_LATE
        case "changed":
            return "It was changed again while you were looking at it. Nothing of yours was done: below is how it stands now."
        case _:
            why = decisions.reason(refusal, concern.shop)
            return f"Nothing was changed: {why}. Move the visit by hand to overrule that, or put the event back."


def _said(request: HttpRequest, concern: Concern, done: decisions.Decided) -> str:
    """Return what was done, with the button that takes a move back."""
    assert concern.visit is not None
    if done.cancelled:
        return f"{concern.visit.booking.reference} is cancelled, as the technician's calendar has it."
    was, zone = concern.visit, concern.shop.zone
    before = was.starts_at.astimezone(zone)
    again = None
    kept = was.ends_at - was.starts_at == done.visit.ends_at - done.visit.starts_at
    if kept and was.technician is not None and was.technician.active:
        again = {
            "technician": was.technician_id, "on": f"{before:%Y-%m-%d}", "at": f"{before:%H:%M}", "version": done.visit.version,
            "undo": "true",
        }  # fmt: skip
    booking = done.visit.booking
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    return render_to_string(
        "desk/_accepted.html",
        {
            "reference": booking.reference,
            "where": _place(concern.proposed_technician or was.technician, done.visit.starts_at, done.visit.ends_at, concern),
            "promise": f"{words.day(promised[0])}, {words.span(*promised)}" if done.window_changed else "",
            "again": again,
            "to": reverse("admin:bookings_visit_move", args=[was.pk]),
            "token": get_token(request),
        },
    )
