"""A person moves a visit: the form, what speaks against it, and the way back. Decided by bookings.services.dispatching."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
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

from bookings import explaining
from bookings.engine.clock import instant, utc
from bookings.engine.roster import Roster
from bookings.engine.rules import Refusal
from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Technician, Visit
from bookings.services import dispatching, rosters
from desk import history, words

_INPUT = " ".join(INPUT_CLASSES)
_CHANGED = (
    "Somebody changed this visit while you were looking at it. Nothing of yours was saved: below is what changed, and the form "
    "shows the visit as it is now."
)


def movable(visit: Visit) -> bool:
    """Say whether a person may still give a visit another time; `visit` has its booking loaded."""
    return visit.status == Visit.Status.ACTIVE and visit.booking.status in Booking.OPEN


class MoveForm(forms.Form):
    """Where a visit goes. `told` names the wish whose objections the page showed: only those may be overruled."""

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
    def starts_at(self) -> datetime:
        on, at = self.cleaned_data["on"], self.cleaned_data["at"]
        return utc(instant(on, at, self.zone))

    @property
    def key(self) -> str:
        """Name the wish, to tell whether what was overruled is what was shown."""
        return _key(self.cleaned_data["technician"].pk, self.cleaned_data["on"], self.cleaned_data["at"])

    def ticked(self, name: str) -> bool:
        return bool(self.cleaned_data[name]) and self.cleaned_data["told"] == self.key


def _key(technician_id: int, on: date, at: time) -> str:
    return f"{technician_id} {on:%Y-%m-%d} {at:%H:%M}"


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
        if not movable(visit):
            what = f"{visit.booking.reference} is {visit.booking.get_status_display().lower()}: its visit stays as it is."
            messages.warning(request, what)
            return HttpResponseRedirect(booking_page)
        return _render(request, visit, Page(MoveForm(visit=visit)))
    form, now = MoveForm(request.POST, visit=visit), timezone.now()
    if not form.is_valid():
        return _render(request, visit, Page(form))
    roster = rosters.of(visit.shop_id, visit.shop.config_version)
    if "check" in request.POST:
        return _render(request, visit, _checked(roster, visit, form, now))
    wish = dispatching.Move(
        visit_id=visit.pk, version=form.cleaned_data["version"], technician_id=form.cleaned_data["technician"].pk,
        starts_at=form.starts_at, by=f"desk:{request.user.get_username()}",
        despite=form.ticked("despite"), overbook=form.ticked("overbook"), undo=form.cleaned_data["undo"],
    )  # fmt: skip
    try:
        moved = dispatching.move(roster, wish, now=now)
    except TryAgainError:
        problem = "Somebody else is planning this technician's day right now. Nothing was changed; press Move again."
        return _render(request, visit, Page(form, problem))
    except RefusedError as refusal:
        return _render(request, visit, _refused(refusal, roster, visit, form, now))
    messages.success(request, _said(request, visit, moved, form))
    return HttpResponseRedirect(booking_page)


def _checked(roster: Roster, visit: Visit, form: MoveForm, now: datetime) -> Page:
    if form.cleaned_data["version"] != visit.version:
        newer = visit.version - form.cleaned_data["version"]
        return _changed(visit, list(visit.booking.changes.order_by("-at", "-pk")[: max(newer, 0)]))
    try:
        found = dispatching.objections(
            roster, visit, technician_id=form.cleaned_data["technician"].pk, starts_at=form.starts_at, now=now
        )
    except RefusedError as refusal:
        return _refused(refusal, roster, visit, form, now)
    if form.starts_at < now:
        form.add_error("at", _past(form))
        return Page(form)
    return _told(roster, visit, form, found)


def _told(roster: Roster, visit: Visit, form: MoveForm, found: list[Refusal], *, overlaps: bool = False) -> Page:
    """Return the page with the objections, and the boxes that overrule just those."""
    overlaps = overlaps or any(each.rule == dispatching.OVERLAPS for each in found)
    posted: Any = form.data
    data = posted.copy()
    if form.cleaned_data["told"] != form.key:
        for name in ("despite", "overbook"):
            data.pop(name, None)
    data["told"] = form.key
    shown = MoveForm(data, visit=visit)
    shown.is_valid()
    said = [explaining.refusal(each, roster) for each in found]
    if overlaps and not any(each.rule == dispatching.OVERLAPS for each in found):
        said.append("another visit at the same time")
    return Page(
        shown,
        checked=True,
        found=[each[:1].upper() + each[1:] for each in said],
        despite=any(each.rule != dispatching.OVERLAPS for each in found),
        overbook=overlaps,
        promise=_new_promise(visit, form),
    )


def _refused(refusal: RefusedError, roster: Roster, visit: Visit, form: MoveForm, now: datetime) -> Page:
    """Turn a refusal into what the form says."""
    match refusal.code:
        case "not_found":
            raise Http404("no such visit")
        case "refused" | "overlaps":
            found = dispatching.objections(
                roster, visit, technician_id=form.cleaned_data["technician"].pk, starts_at=form.starts_at, now=now
            )
            page = _told(roster, visit, form, found, overlaps=refusal.code == "overlaps")
            page.problem = "Nothing was moved yet: the rules speak against it."
            return page
        case "changed":
            return _changed(visit, refusal.facts["changes"])
        case "past":
            form.add_error("at", _past(form))
            return Page(form)
        case "technician_unknown":
            form.add_error("technician", "Is not active any more. Choose somebody else.")
            return Page(form)
        case "not_open":
            status = str(refusal.facts["status"]).lower()
            return Page(form, f"Nothing was moved: {visit.booking.reference} is {status} by now, and its visit stays as it is.")
        case _:
            raise refusal


def _past(form: MoveForm) -> str:
    return f"{words.when(form.starts_at.astimezone(form.zone))} is over. Choose a time from now on."


def _changed(visit: Visit, changes: list[Any]) -> Page:
    """Return the page with the visit as it is by now, and what happened to it since."""
    visit.refresh_from_db()
    visit.booking.refresh_from_db()
    names = history.names_of(visit.shop_id)
    lines = [history.line(each, names, visit.shop.zone) for each in changes]
    return Page(MoveForm(visit=visit), problem=_CHANGED, changes=lines)


def _new_promise(visit: Visit, form: MoveForm) -> str:
    """Return what the customer has to be told: where the start lies outside of the promise, that moves along."""
    booking, start = visit.booking, form.starts_at
    if booking.promised_from <= start <= booking.promised_to or not dispatching.carries_promise(visit):
        return ""
    starts = start.astimezone(form.zone)
    ends = utc(int(start.timestamp()) + booking.service_type.arrival_minutes * 60).astimezone(form.zone)
    return f"{words.day(starts)}, {words.span(starts, ends)}"


def _said(request: HttpRequest, was: Visit, moved: Visit, form: MoveForm) -> str:
    """Return what was done, with the button that takes it back."""
    zone = was.shop.zone
    before = was.starts_at.astimezone(zone)
    again = None
    if was.technician is not None and was.technician.active:
        again = {"technician": was.technician_id, "on": f"{before:%Y-%m-%d}", "at": f"{before:%H:%M}", "version": moved.version}
        again["undo"] = "true"
    return render_to_string(
        "desk/_moved.html",
        {
            "reference": was.booking.reference,
            "technician": form.cleaned_data["technician"],
            "when": words.when(moved.starts_at.astimezone(zone)),
            "overbooked": moved.overbooked,
            "promise": _new_promise(was, form),
            "again": again,
            "to": reverse("admin:bookings_visit_move", args=[was.pk]),
            "token": get_token(request),
        },
    )


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
