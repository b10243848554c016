"""The conflict inbox: what technicians did in Google Calendar against what was promised, and what a person decides about it.

Decided by calendars.services.decisions.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Concern, Visit
from bookings.services import confirming, dispatching
from calendars.models import EventMirror
from calendars.services import decisions
from desk import words
from desk.board import asked, moving

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
    movable = moving.movable(visit)
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


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a press: whether it was done, what is to be said, and what the press that takes it back carries along."""

    well: bool
    said: str
    back: dict[str, str] = field(default_factory=dict)


def decide(request: HttpRequest, concern: Concern) -> HttpResponse:
    """Do what was pressed, say what became of it, and return to the concern."""
    pressed = next((each for each in ("wait", "accept", "restore", "take_back") if each in request.POST), "")
    if pressed:
        came = decided(request, concern, pressed)
        to, token = reverse("admin:bookings_concern_decide", args=[concern.pk]), get_token(request)
        again = {"take_back": "1", **came.back} if came.back else None
        said = render_to_string("desk/_moved.html", {"said": came.said, "again": again, "to": to, "token": token})
        (messages.success if came.well else messages.warning)(request, said)
    return HttpResponseRedirect(reverse("admin:bookings_concern_change", args=[concern.pk]))


def decided(request: HttpRequest, concern: Concern, pressed: str) -> Came:
    """Accept, restore, wait, or take an accepted move back; `concern` is loaded in full."""
    as_seen, now, by = request.POST.get("seen", ""), timezone.now(), f"desk:{request.user.get_username()}"
    try:
        match pressed:
            case "wait":
                waits = decisions.wait(concern.pk, note=request.POST.get("note", ""), now=now)
                return Came(waits, "Marked as waiting. It stays in the list until it is decided." if waits else _TOO_LATE)
            case "take_back":
                return _taken_back(request.POST, concern, by=by, now=now)
            case "accept" if concern.kind == Kind.TO_CONFIRM:
                return _confirmed(concern, by=by, now=now)
            case "accept":
                return _accepted(concern, decisions.accept(concern.pk, as_seen=as_seen, by=by, now=now))
            case _:
                decisions.restore(concern.pk, as_seen=as_seen, now=now)
                return Came(True, "The visit stands as promised. Its event is put back by itself.")
    except TryAgainError:
        return Came(False, "Somebody else is planning this technician's day right now. Nothing was changed; press again.")
    except RefusedError as refusal:
        return Came(False, _refused(refusal, concern))


def _confirmed(concern: Concern, *, by: str, now: datetime) -> Came:
    done = concern.booking_id is not None and confirming.confirm(concern.booking_id, by=by, now=now)
    return Came(done, "Confirmed. The customer is texted, if the shop sends texts." if done else _TOO_LATE)


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


def _accepted(concern: Concern, done: decisions.Decided) -> Came:
    """Tell what was done; a move of the whole visit can be taken back."""
    was, zone = concern.visit, concern.shop.zone
    assert was is not None
    if done.cancelled:
        return Came(True, f"{was.booking.reference} is cancelled, as the technician's calendar has it.")
    booking = done.visit.booking
    where = _place(concern.proposed_technician or was.technician, done.visit.starts_at, done.visit.ends_at, concern)
    said = f"The visit of {booking.reference} follows: {where}."
    if done.window_changed:
        promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
        promise = f"{words.day(promised[0])}, {words.span(*promised)}"
        said += f" The promise is now {promise}; the customer is texted if they can be."
    kept = was.ends_at - was.starts_at == done.visit.ends_at - done.visit.starts_at
    if not kept or was.technician is None or not was.technician.active:
        return Came(True, said)
    back = {
        "technician": str(was.technician_id), "starts_at": was.starts_at.isoformat(), "version": str(done.visit.version),
    }  # fmt: skip
    return Came(True, said, back)


def _taken_back(given: Mapping[str, str], concern: Concern, *, by: str, now: datetime) -> Came:
    """Move the visit to where it was before; the promise and the event follow, and whoever was texted is texted again."""
    visit = concern.visit
    if visit is None:
        raise Http404("nothing to take back")
    visit.shop = concern.shop
    wish = dispatching.Move(
        visit_id=visit.pk, version=asked.number(given, "version"), technician_id=asked.number(given, "technician"),
        starts_at=asked.start(given, concern.shop), by=by, undo=True,
    )  # fmt: skip
    answer = moving.move(visit, wish, [], now=now)
    if answer.check is None:
        return Came(answer.done, " ".join([answer.said, *answer.changes]))
    against = "; ".join(answer.check.said)
    return Came(False, f"It was not taken back. {against}. Move the visit by hand to overrule that.")
