"""Bookings and visits: read here, changed only through bookings.services."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Concern, Visit
from bookings.services import appointments
from desk import words
from desk.admin.base import LookOnlyAdmin, LookOnlyInline, OwnShopChoices, action, display
from telephony.models import Call

STATUS_COLOURS = {
    Booking.Status.HELD: "warning",
    Booking.Status.BOOKED: "info",
    Booking.Status.EN_ROUTE: "primary",
    Booking.Status.ON_SITE: "primary",
    Booking.Status.DONE: "success",
    Booking.Status.NO_SHOW: "danger",
}


class VisitInline(LookOnlyInline):
    model = Visit
    fields = ("technician", "starts_at", "ends_at", "status", "overbooked")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Visit]:
        return super().get_queryset(request).select_related("technician", "booking")


class ChangeInline(LookOnlyInline):
    model = BookingChange
    verbose_name_plural = "History"
    fields = ("at", "kind", "who", "what")
    readonly_fields = ("who", "what")
    show_change_link = False

    @display(description="By")
    def who(self, change: BookingChange) -> str:
        return words.actor(change.by)

    @display(description="What")
    def what(self, change: BookingChange) -> str:
        detail = change.detail
        if change.kind == BookingChange.Kind.CORRECTED:
            return "Corrected: " + ", ".join(detail.get("fields", []))
        if change.kind == BookingChange.Kind.MOVED and detail.get("before", {}).get("promised_from"):
            before = timezone.localtime(datetime.fromisoformat(detail["before"]["promised_from"]))
            return f"Was {before:%a %d %b}, {words.clock(before)}"
        return str(detail.get("reason", ""))


class ConcernInline(LookOnlyInline):
    model = Concern
    verbose_name_plural = "Concerns"
    fields = ("created_at", "kind", "text", "status")


@admin.register(Booking)
class BookingAdmin(LookOnlyAdmin):
    list_display = ("reference", "customer", "telephone", "service_type", "arrival", "technicians", "shown_status", "zip_code")
    list_filter = ("status", ("service_type", OwnShopChoices), ("visits__technician", OwnShopChoices), "promised_from")
    list_select_related = ("customer", "service_type", "property", "shop")
    search_fields = ("reference", "customer__name", "customer__phone", "property__address")
    search_help_text = "Customer, phone, reference or address"
    date_hierarchy = "promised_from"
    ordering = ("-promised_from", "-pk")
    inlines = (VisitInline, ConcernInline, ChangeInline)
    actions = ("cancel",)
    fieldsets = (
        (None, {"fields": ("reference", "status", "service_type", "arrival", "minutes")}),
        ("Customer", {"fields": ("customer", "telephone", "address", "problem", "notes")}),
        ("Where it came from", {"fields": ("call", "created_at", "updated_at", "hold_expires_at", "shop")}),
    )
    readonly_fields = ("arrival", "telephone", "address", "call")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Booking]:
        return super().get_queryset(request).prefetch_related("visits__technician")

    @display(description="Phone", ordering="customer__phone")
    def telephone(self, booking: Booking) -> str:
        return words.phone(booking.customer.phone, booking.shop.country) if booking.customer else "Not known yet"

    @display(description="Promised arrival", ordering="promised_from")
    def arrival(self, booking: Booking) -> str:
        starts, ends = (each.astimezone(booking.shop.zone) for each in (booking.promised_from, booking.promised_to))
        return f"{starts:%a %d %b %Y}, {words.span(starts, ends)}"

    @display(description="Technician")
    def technicians(self, booking: Booking) -> str:
        names = [visit.technician.name if visit.technician else "Nobody yet" for visit in booking.visits.all()]
        return ", ".join(dict.fromkeys(names))

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, booking: Booking) -> tuple[str, str]:
        return booking.status, booking.get_status_display()

    @display(description="ZIP", ordering="property__zip_code")
    def zip_code(self, booking: Booking) -> str:
        return booking.property.zip_code if booking.property else ""

    @display(description="Address")
    def address(self, booking: Booking) -> str:
        return str(booking.property) if booking.property else "None yet: call the customer"

    @display(description="Came from")
    def call(self, booking: Booking) -> str:
        kind, _, public_id = booking.origin.partition(":")
        call = Call.objects.filter(public_id=public_id, shop=booking.shop_id).first() if kind == "call" else None
        if call is None:
            return words.actor(booking.origin)
        return format_html('<a href="{}">{}</a>', reverse("admin:telephony_call_change", args=[call.pk]), "The phone call")

    @action(description="Cancel selected bookings", permissions=["cancel"])
    def cancel(self, request: HttpRequest, queryset: models.QuerySet[Booking]) -> None:
        done = 0
        for booking in queryset:
            try:
                appointments.cancel(
                    booking.pk, by=f"desk:{request.user.get_username()}", reason="Cancelled at the desk", now=timezone.now()
                )
                done += 1
            except RefusedError as refusal:
                self.message_user(
                    request,
                    f"{booking.reference} was left as it is: its status is {refusal.facts.get('status', 'unknown')}.",
                    messages.WARNING,
                )
        if done:
            self.message_user(
                request,
                f"{done} {'booking' if done == 1 else 'bookings'} cancelled; the technicians' calendars follow by themselves.",
                messages.SUCCESS,
            )

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)


@admin.register(Visit)
class VisitAdmin(LookOnlyAdmin):
    list_display = ("starts_at", "ends_at", "technician", "booking", "customer", "service", "status", "overbooked")
    list_filter = ("status", ("technician", OwnShopChoices), "overbooked", "starts_at")
    list_select_related = ("technician", "booking__customer", "booking__service_type")
    search_fields = ("booking__reference", "booking__customer__name", "booking__customer__phone", "technician__name")
    search_help_text = "Customer, phone, reference or technician"
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    fields = ("booking", "technician", "starts_at", "ends_at", "status", "overbooked", "shop")

    @display(description="Customer", ordering="booking__customer__name")
    def customer(self, visit: Visit) -> Any:
        return visit.booking.customer

    @display(description="Service", ordering="booking__service_type__name")
    def service(self, visit: Visit) -> str:
        return Truncator(visit.booking.service_type.name).chars(30)
