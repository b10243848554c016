"""A person moves a visit by a form: what speaks against it, and the way back. Asked and carried out by desk.board.moving."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from unfold.widgets import INPUT_CLASSES, UnfoldAdminSelectWidget, UnfoldBooleanWidget

from bookings.engine.clock import instant, utc
from bookings.errors import RefusedError
from bookings.models import Technician, Visit
from bookings.services import dispatching
from desk import words
from desk.board import moving

_INPUT = " ".join(INPUT_CLASSES)


class MoveForm(forms.Form):
    """Where a visit goes. `told` names the wish and the rules that the page showed: only those may be overruled."""

    technician = forms.ModelChoiceField(queryset=Technician.objects.none(), widget=UnfoldAdminSelectWidget)
    on = forms.DateField(label="Day", widget=forms.DateInput(attrs={"type": "date", "class": _INPUT}, format="%Y-%m-%d"))
    at = forms.TimeField(label="Start", widget=forms.TimeInput(attrs={"type": "time", "class": _INPUT}, format="%H:%M"))
    despite = forms.BooleanField(required=False, widget=UnfoldBooleanWidget, label="Go ahead although it is against these rules")
    overbook = forms.BooleanField(required=False, widget=UnfoldBooleanWidget, label="Overbook: two visits at once")
    version = forms.IntegerField(widget=forms.HiddenInput)
    told = forms.CharField(required=False, widget=forms.HiddenInput)
    undo = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, visit: Visit) -> None:
        start = visit.starts_at.astimezone(visit.shop.zone)
        now = {"technician": visit.technician_id, "on": start.date(), "at": start.time(), "version": visit.version}
        super().__init__(data, initial=now)
        self.zone = visit.shop.zone
        choices = self.fields["technician"]
        assert isinstance(choices, forms.ModelChoiceField)
        choices.queryset = Technician.objects.filter(shop=visit.shop_id, active=True)

    @property
    def place(self) -> moving.Place:
        on, at = self.cleaned_data["on"], self.cleaned_data["at"]
        return moving.Place(self.cleaned_data["technician"].pk, utc(instant(on, at, self.zone)))

    @property
    def key(self) -> str:
        """Name the wish, to tell whether what was overruled is what was shown."""
        wish = self.cleaned_data
        return f"{wish['technician'].pk} {wish['on']:%Y-%m-%d} {wish['at']:%H:%M} "

    @property
    def seen(self) -> list[str]:
        """The rules that the page showed for this very wish."""
        told: str = self.cleaned_data["told"]
        return told.removeprefix(self.key).split(",") if told.startswith(self.key) else []

    def ticked(self, name: str) -> bool:
        return bool(self.cleaned_data[name]) and bool(self.seen)


@dataclass(slots=True)
class Page:
    """What the page shows beside the form. `checked`: the rules were asked; `found` is what they said."""

    form: MoveForm
    problem: str = ""
    checked: bool = False
    found: list[str] = field(default_factory=list)
    despite: bool = False
    overbook: bool = False
    changes: list[str] = field(default_factory=list)
    promise: str = ""


def view(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Show the form, check a wish against the rules, or move. `visit` has its shop, technician and booking loaded."""
    booking_page = reverse("admin:bookings_booking_change", args=[visit.booking_id])
    if request.method != "POST":
        if not moving.movable(visit):
            what = f"{visit.booking.reference} is {visit.booking.get_status_display().lower()}: its visit stays as it is."
            messages.warning(request, what)
            return HttpResponseRedirect(booking_page)
        return _render(request, visit, Page(MoveForm(visit=visit)))
    form, now = MoveForm(request.POST, visit=visit), timezone.now()
    if not form.is_valid():
        return _render(request, visit, Page(form))
    if "check" in request.POST:
        return _render(request, visit, _checked(visit, form, now))
    place = form.place
    wish = dispatching.Move(
        visit_id=visit.pk, version=form.cleaned_data["version"], technician_id=place.technician_id,
        starts_at=place.starts_at, by=f"desk:{request.user.get_username()}",
        despite=form.ticked("despite"), overbook=form.ticked("overbook"), undo=form.cleaned_data["undo"],
    )  # fmt: skip
    try:
        answer = moving.move(visit, wish, form.seen, now=now)
    except RefusedError as refusal:
        raise Http404(refusal.code) from refusal
    if not answer.done:
        return _render(request, visit, _refused(visit, form, answer))
    messages.success(request, _said(request, visit, answer))
    return HttpResponseRedirect(booking_page)


def _checked(visit: Visit, form: MoveForm, now: datetime) -> Page:
    newer = visit.version - form.cleaned_data["version"]
    if newer:
        return _refused(visit, form, moving.changed(visit, list(visit.booking.changes.order_by("-at", "-pk")[: max(newer, 0)])))
    looked = moving.check(visit, form.place, now=now)
    return Page(form, f"{looked.said[0]}.") if looked.verdict == "never" else _told(visit, form, looked)


def _refused(visit: Visit, form: MoveForm, answer: moving.Answer) -> Page:
    """Return the page that says why nothing was moved: with the objections, or with the visit as it is by now."""
    looked = answer.check
    if looked is not None and looked.verdict != "never":
        page = _told(visit, form, looked)
    else:
        visit.refresh_from_db()
        visit.booking.refresh_from_db()
        page = Page(form if visit.version == form.cleaned_data["version"] else MoveForm(visit=visit))
        page.changes = list(answer.changes)
    page.problem = answer.said
    return page


def _told(visit: Visit, form: MoveForm, looked: moving.Check) -> Page:
    """Return the page with the objections, and the boxes that overrule just those."""
    posted: Any = form.data
    data = posted.copy()
    if set(looked.rules) - set(form.seen):
        for name in ("despite", "overbook"):
            data.pop(name, None)
    data["told"] = form.key + ",".join(looked.rules)
    shown = MoveForm(data, visit=visit)
    shown.is_valid()
    return Page(
        shown,
        checked=True,
        found=looked.said,
        despite=any(rule != dispatching.OVERLAPS for rule in looked.rules),
        overbook=dispatching.OVERLAPS in looked.rules,
        promise=looked.promise,
    )


def _said(request: HttpRequest, visit: Visit, answer: moving.Answer) -> str:
    """Return what was done, with the button that takes it back."""
    again = None
    if answer.undo is not None:
        before = datetime.fromisoformat(answer.undo["starts_at"]).astimezone(visit.shop.zone)
        again = {
            "technician": answer.undo["technician"], "on": f"{before:%Y-%m-%d}", "at": f"{before:%H:%M}",
            "version": answer.undo["version"], "undo": "true",
        }  # fmt: skip
    to = reverse("admin:bookings_visit_move", args=[visit.pk])
    said = f"{answer.said} The technicians' calendars follow by themselves."
    return render_to_string("desk/_moved.html", {"said": said, "again": again, "to": to, "token": get_token(request)})


def _render(request: HttpRequest, visit: Visit, page: Page) -> HttpResponse:
    zone, booking = visit.shop.zone, visit.booking
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    promised = booking.promised_from.astimezone(zone), booking.promised_to.astimezone(zone)
    return TemplateResponse(
        request,
        "desk/move.html",
        {
            **admin.site.each_context(request),
            "title": f"Move the visit of {booking.reference}",
            "page": page,
            "form": page.form,
            "visit": visit,
            "booking": booking,
            "stands": f"{words.day(starts)}, {words.span(starts, ends)}",
            "promised": f"{words.day(promised[0])}, {words.span(*promised)}",
            "zone": words.shop_zone(visit.shop, timezone.now()),
        },
    )
