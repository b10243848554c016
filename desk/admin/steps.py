"""What a person does with a booking: the next step, one step back, the end. Decided by bookings.services."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import INPUT_CLASSES

from bookings.errors import RefusedError
from bookings.models import Booking
from bookings.services import appointments, lifecycle

Status = Booking.Status
_ORDER = [Status.BOOKED, Status.EN_ROUTE, Status.ON_SITE, Status.DONE, Status.NO_SHOW]
REASONS = ("Customer called off", "Customer went elsewhere", "We cannot come", "Entered twice")


@dataclass(frozen=True, slots=True)
class Button:
    to: str
    label: str
    back: bool


def buttons(booking: Booking) -> list[Button]:
    """Return the steps a booking may take now, those forward first."""
    here = Status(booking.status)
    found = [Button(str(to), str(to.label), _ORDER.index(to) < _ORDER.index(here)) for to in lifecycle.STEPS.get(here, ())]
    return sorted(
        (Button(each.to, f"Back to {each.label.lower()}", True) if each.back else each for each in found),
        key=lambda each: each.back,
    )


def step(request: HttpRequest, booking: Booking) -> HttpResponse:
    """Take the step that was pressed and say so."""
    done, said = take(booking, request.POST.get("to", ""), by=f"desk:{request.user.get_username()}", now=timezone.now())
    (messages.success if done else messages.warning)(request, said)
    return HttpResponseRedirect(reverse("admin:bookings_booking_change", args=[booking.pk]))


def take(booking: Booking, asked: str, *, by: str, now: datetime) -> tuple[bool, str]:
    """Take a step; return whether it was taken, and what to say. Raises Http404 for what is none."""
    if asked not in Status.values:
        raise Http404("no such step")
    to = Status(asked)
    try:
        lifecycle.step(booking.pk, to, by=by, now=now)
    except RefusedError as refusal:
        return False, _step_refused(refusal, booking, to)
    return True, f"{booking.reference}: {to.label}."


def _step_refused(refusal: RefusedError, booking: Booking, to: Status) -> str:
    match refusal.code:
        case "not_found":
            raise Http404("no such booking")
        case "taken":
            return (
                f"{booking.reference} was left as it is: its time has been given to somebody else meanwhile. "
                "Move the visit that is in the way first, or book anew."
            )
        case "no_such_step":
            status = str(refusal.facts["status"]).lower()
            return f"{booking.reference} was left as it is: it is {status} by now, and “{to.label}” does not follow that."
        case _:
            raise refusal


class CancelForm(forms.Form):
    reason = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"class": " ".join(INPUT_CLASSES), "list": "cancel-reasons", "autocomplete": "off"}),
        help_text="A few words; they stay in the history",
        error_messages={"required": "Say why in a few words: it stays in the booking's history."},
    )


def ask_to_cancel(
    request: HttpRequest, bookings: Iterable[Booking], *, form: CancelForm, back: str, chosen: Sequence[int] = ()
) -> HttpResponse:
    """Ask for the reason; `chosen` are the rows that the list's action has to be sent again for."""
    rows = list(bookings)
    title = f"Cancel {rows[0].reference}" if len(rows) == 1 else f"Cancel {len(rows)} bookings"
    return TemplateResponse(
        request,
        "desk/cancel.html",
        {**admin.site.each_context(request), "title": title, "chosen": chosen, "rows": rows, "form": form, "back": back,
         "reasons": REASONS},
    )  # fmt: skip


def cancel(request: HttpRequest, bookings: Iterable[Booking], reason: str) -> None:
    """Cancel bookings and say what became of each."""
    done = []
    for booking in bookings:
        try:
            appointments.cancel(booking.pk, by=f"desk:{request.user.get_username()}", reason=reason, now=timezone.now())
            done.append(booking)
        except RefusedError as refusal:
            status = str(refusal.facts.get("status", "gone")).lower()
            messages.warning(request, f"{booking.reference} was left as it is: it is {status}.")
    if done:
        what = "1 booking" if len(done) == 1 else f"{len(done)} bookings"
        messages.success(request, f"{what} cancelled; the technicians' calendars follow by themselves.")
