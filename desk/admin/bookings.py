"""Bookings: read here, changed only through bookings.services."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from bookings.models import Booking, BookingChange, Concern, Urgency, Visit
from desk import actors, history, words
from desk.admin import steps
from desk.admin.base import LookOnlyAdmin, LookOnlyInline, OwnShopChoices, action, display
from desk.admin.searches import call_link
from desk.board.moving import movable

STATUS_COLOURS = {
    Booking.Status.HELD: "warning",
    Booking.Status.BOOKED: "info",
    Booking.Status.EN_ROUTE: "primary",
    Booking.Status.ON_SITE: "primary",
    Booking.Status.DONE: "success",
    Booking.Status.NO_SHOW: "danger",
}
URGENCY_COLOURS = {Urgency.URGENT: "warning", Urgency.EMERGENCY: "danger"}


class VisitInline(LookOnlyInline):
    model = Visit
    verbose_name_plural = "Visits and crew"
    hide_title = True
    fields = ("technician", "role", "starts_at", "ends_at", "status", "marks", "move")
    readonly_fields = ("marks", "move")
    ordering = ("starts_at", "pk")
    may_move = False

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        self.may_move = request.user.has_perm("bookings.change_visit")
        return super().get_formset(request, obj, **kwargs)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Visit]:
        return super().get_queryset(request).select_related("technician", "booking")

    @display(description="Marks")
    def marks(self, visit: Visit) -> str:
        said = ["Overbooked"] if visit.overbooked else []
        return ", ".join([*said, "Pinned"] if visit.pinned else said) or words.NOTHING

    @display(description="Move")
    def move(self, visit: Visit) -> str:
        if not self.may_move or not movable(visit):
            return words.NOTHING
        return format_html('<a href="{}" class="desk-link">Move</a>', reverse("admin:bookings_visit_move", args=[visit.pk]))


class ChangeInline(LookOnlyInline):
    model = BookingChange
    verbose_name_plural = "History"
    hide_title = True
    fields = ("at", "kind", "who", "what")
    readonly_fields = ("who", "what")
    show_change_link = False
    names: history.Names = {}
    people: actors.People = {}

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        if obj is not None:
            self.names = history.names_of(obj.shop_id)
            self.people = actors.people(obj.changes.values_list("by", flat=True))
        return super().get_formset(request, obj, **kwargs)

    @display(description="By")
    def who(self, change: BookingChange) -> str:
        return actors.name(change.by, self.people)

    @display(description="What")
    def what(self, change: BookingChange) -> str:
        return history.what(change, self.names, change.booking.shop.zone)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[BookingChange]:
        return super().get_queryset(request).select_related("booking__shop")


class ConcernInline(LookOnlyInline):
    model = Concern
    verbose_name_plural = "Concerns"
    hide_title = True
    fields = ("created_at", "kind", "text", "status")


@admin.register(Booking)
class BookingAdmin(LookOnlyAdmin):
    list_display = (
        "reference", "whom", "telephone", "service_type", "arrival", "technicians",
        "shown_status", "shown_urgency", "zip_shown",
    )  # fmt: skip
    list_filter = ("status", "urgency", ("service_type", OwnShopChoices), ("visits__technician", OwnShopChoices), "promised_from")
    list_select_related = ("customer", "service_type", "property", "shop")
    search_fields = ("reference", "customer__name", "customer__phone", "property__address")
    search_help_text = "Customer, phone, reference or address"
    date_hierarchy = "promised_from"
    ordering = ("-promised_from", "-pk")
    inlines = (VisitInline, ConcernInline, ChangeInline)
    actions = ("cancel",)
    when_empty = "Bookings appear here by themselves as calls are booked."
    change_form_outer_before_template = "desk/booking_buttons.html"
    readonly_fields = (
        "arrival",
        "person",
        "telephone",
        "address",
        "call",
        "machine",
        "fee",
        "told",
        "zip_shown",
        "hold",
        "length",
        "unconfirmed",
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        held = ("hold",) if obj is not None and obj.status in (Booking.Status.HELD, Booking.Status.LAPSED) else ()
        waits = ("unconfirmed",) if obj is not None and obj.to_confirm_since is not None else ()
        return (
            (None, {"fields": ("reference", "status", *held, *waits, "urgency", "service_type", "arrival", "length")}),
            ("Customer", {"fields": ("person", "telephone", "address", "zip_shown")}),
            ("For coming and looking", {"fields": ("fee", "told")}),
            ("The job", {"fields": ("machine", "problem", "notes")}),
            ("Where it came from", {"fields": ("call", "created_at", "updated_at", "shop")}),
        )

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/step/", wrap(self.step_view), name="bookings_booking_step"),
            path("<int:pk>/cancel/", wrap(self.cancel_view), name="bookings_booking_cancel"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Booking]:
        return super().get_queryset(request).prefetch_related("visits__technician")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        booking = self.get_object(request, object_id)
        context: dict[str, Any] = {}
        if booking is not None and self.may_act(request):
            context = {"steps": steps.buttons(booking), "may_cancel": booking.status in Booking.OPEN}
        if booking is not None and request.user.has_perm("bookings.change_visit"):
            free = [visit for visit in booking.visits.all() if movable(visit)]
            context["move"] = free[0] if len(free) == 1 else None
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _mine(self, request: HttpRequest, pk: int) -> Booking:
        if not self.may_act(request):
            raise PermissionDenied
        booking: Booking | None = (
            self.get_queryset(request).select_related("customer", "service_type", "shop").filter(pk=pk).first()
        )
        if booking is None:
            raise Http404("no such booking")
        return booking

    def step_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        booking = self._mine(request, pk)
        return steps.step(request, booking) if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        booking = self._mine(request, pk)
        back = reverse("admin:bookings_booking_change", args=[pk])
        form = steps.CancelForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            steps.cancel(request, [booking], form.cleaned_data["reason"])
            return HttpResponseRedirect(back)
        return steps.ask_to_cancel(request, [booking], form=form, back=back)

    @display(description="Customer", ordering="customer__name")
    def whom(self, booking: Booking) -> str:
        return booking.customer.name if booking.customer else "On hold"

    @display(description="Name", ordering="customer__name")
    def person(self, booking: Booking) -> str:
        if booking.customer is None:
            return "Nobody yet: only on hold"
        address = reverse("customer", args=[booking.customer.pk])
        member = " (member)" if booking.customer.member else ""
        return format_html('<a href="{}" class="text-link">{}</a>{}', address, booking.customer.name, member)

    @display(description="Phone", ordering="customer__phone")
    def telephone(self, booking: Booking) -> str:
        return words.phone(booking.customer.phone, booking.shop.country) if booking.customer else "Not known yet"

    @display(description="Promised arrival", ordering="promised_from")
    def arrival(self, booking: Booking) -> str:
        starts, ends = (each.astimezone(booking.shop.zone) for each in (booking.promised_from, booking.promised_to))
        return f"{starts:%a %d %b %Y}, {words.span(starts, ends)}"

    @display(description="Work on site", ordering="minutes")
    def length(self, booking: Booking) -> str:
        return words.length(booking.minutes)

    @display(description="Technician")
    def technicians(self, booking: Booking) -> str:
        names = [visit.technician.name if visit.technician else "Nobody yet" for visit in booking.visits.all()]
        return ", ".join(dict.fromkeys(names))

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, booking: Booking) -> tuple[str, str]:
        if booking.to_confirm_since is not None and booking.status == Booking.Status.BOOKED:
            return Booking.Status.HELD, "To be confirmed"
        return booking.status, booking.get_status_display()

    @display(description="Urgency", ordering="urgency", label=URGENCY_COLOURS)
    def shown_urgency(self, booking: Booking) -> tuple[str, str]:
        return booking.urgency, booking.get_urgency_display()

    @display(description="ZIP", ordering="zip_code")
    def zip_shown(self, booking: Booking) -> str:
        return booking.zip_code or (booking.property.zip_code if booking.property else "") or words.NOTHING

    @display(description="Address")
    def address(self, booking: Booking) -> str:
        if booking.property:
            return str(booking.property)
        return "None yet: call the customer" if booking.customer else "Not known yet"

    @display(description="Equipment")
    def machine(self, booking: Booking) -> str:
        kind = booking.get_equipment_display() if booking.equipment else "Not said"
        years = booking.equipment_years
        return kind if years is None else f"{kind}, {years} {'year' if years == 1 else 'years'} old"

    @display(description="Fees")
    def fee(self, booking: Booking) -> str:
        amounts = (("visit", booking.visit_fee), ("trip", booking.trip_fee))
        said = [f"${amount:.2f} for the {what}" for what, amount in amounts if amount]
        return " and ".join(said) if said else "No fee"

    @display(description="Caller was told")
    def told(self, booking: Booking) -> str:
        if booking.fee_told_at is None:
            return "Not yet" if booking.visit_fee or booking.trip_fee else words.NOTHING
        return words.when(booking.fee_told_at.astimezone(booking.shop.zone))

    @display(description="Held until")
    def hold(self, booking: Booking) -> str:
        if booking.hold_expires_at is None:
            return words.NOTHING
        until, now = booking.hold_expires_at, timezone.now()
        clock = f"{until.astimezone(booking.shop.zone):%-I:%M:%S %p}".replace("AM", "am").replace("PM", "pm")
        return f"{clock} ({words.left(until - now)} left)" if until > now else f"{clock}, ran out"

    @display(description="Not confirmed yet")
    def unconfirmed(self, booking: Booking) -> str:
        asked = booking.concerns.filter(kind=Concern.Kind.TO_CONFIRM, status=Concern.Status.OPEN).first()
        if booking.to_confirm_since is None or asked is None:
            return words.NOTHING if booking.to_confirm_since is None else "On hold; the office has to confirm it"
        since = words.when(booking.to_confirm_since.astimezone(booking.shop.zone))
        address = reverse("admin:bookings_concern_change", args=[asked.pk])
        said = f"Promised {since} on the office's confirmation: a calendar could not be seen."
        return format_html('{} <a href="{}" class="desk-link">Confirm it, move it or call</a>', said, address)

    @display(description="Came from")
    def call(self, booking: Booking) -> str:
        return call_link(booking.origin, booking.shop_id)

    @action(description="Cancel selected bookings", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> HttpResponse | None:
        asked = "reason" in request.POST
        form = steps.CancelForm(request.POST if asked else None)
        if asked and form.is_valid():
            steps.cancel(request, queryset, form.cleaned_data["reason"])
            return None
        chosen = [booking.pk for booking in queryset]
        return steps.ask_to_cancel(request, queryset, form=form, back=request.get_full_path(), chosen=chosen)

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)
