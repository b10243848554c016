"""What waits for a person: callers to call back, concerns, texts."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from bookings.models import Concern, Lead, OutgoingMessage
from desk import words
from desk.admin import conflicts
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, action, display
from desk.admin.marks import MarksNumbers
from desk.inbox import closing

LEAD_COLOURS = {Lead.Status.OPEN: "warning", Lead.Status.DONE: "success", Lead.Status.SPAM: "default"}


@admin.register(Lead)
class LeadAdmin(MarksNumbers, LookOnlyAdmin):
    number_field = "phone"
    list_display = ("created_at", "telephone", "reason", "wanted", "recording", "shown_status")
    list_filter = ("status", "reason", "created_at")
    list_select_related = ("shop", "customer")
    search_fields = ("phone", "customer__name", "wanted")
    search_help_text = "Phone, name or words"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    actions = ("called_back", "open_again", *MarksNumbers.actions)
    heading = "Callers to call back"
    when_empty = "Nobody waits for a call. Callers who were not served appear here by themselves."
    fields = ("created_at", "telephone", "customer", "reason", "wanted", "recording", "status", "updated_at", "shop")
    readonly_fields = ("telephone", "recording")

    @display(description="Phone", ordering="phone")
    def telephone(self, lead: Lead) -> str:
        if not lead.phone:
            return "Number withheld"
        return format_html('<a href="tel:{}">{}</a>', lead.phone, words.phone(lead.phone, lead.shop.country))

    @display(description="Voicemail")
    def recording(self, lead: Lead) -> str:
        if not lead.recording_url:
            return words.NOTHING
        length = f" ({lead.recording_seconds} s)" if lead.recording_seconds is not None else ""
        return format_html('<a href="{}" rel="noreferrer">Listen{}</a>', lead.recording_url, length)

    @display(
        description="Status",
        ordering="status",
        label={Lead.Status.OPEN: "warning", Lead.Status.DONE: "success", Lead.Status.SPAM: "default"},
    )
    def shown_status(self, lead: Lead) -> tuple[str, str]:
        return lead.status, lead.get_status_display()

    @action(description="Mark as called back", permissions=["act"])
    def called_back(self, request: HttpRequest, queryset: models.QuerySet[Lead]) -> None:
        done = closing.close_leads(queryset)
        self.message_user(request, f"{done} marked as called back. “Open again” takes it back.", messages.SUCCESS)

    @action(description="Open again", permissions=["act"])
    def open_again(self, request: HttpRequest, queryset: models.QuerySet[Lead]) -> None:
        self.message_user(request, f"{closing.reopen_leads(queryset)} back on the list.", messages.SUCCESS)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)


@admin.register(Concern)
class ConcernAdmin(LookOnlyAdmin):
    list_display = ("created_at", "kind", "text", "about", "technician", "shown_status")
    list_filter = (conflicts.CalendarConflicts, "status", "kind", ("technician", OwnShopChoices), "created_at")
    list_select_related = ("booking", "technician", "shop")
    search_fields = ("text", "booking__reference", "booking__customer__name", "technician__name")
    search_help_text = "Reference, customer, technician or words"
    ordering = ("-created_at", "-pk")
    actions = ("done", "open_again")
    when_empty = "Nothing needs a look. What a person must see to appears here by itself."
    fields = ("created_at", "kind", "text", "about", "technician", "status", "waits", "closed_at", "shop")
    readonly_fields = ("about", "waits")
    change_form_outer_before_template = "desk/concern.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show beside the concern what was said and what stands, the call, and the texts that were sent for it."""
        concern: Concern | None = self.get_object(request, unquote(object_id))
        more: dict[str, Any] = {}
        if concern is not None:
            more = {
                "concern": concern,
                "call": closing.call_of(concern),
                "texts": closing.corrections_of(concern),
                "may_act": self.may_act(request),
                "conflict": conflicts.shown(concern),
                "undecided": bool(conflicts.undecided(Concern.objects.filter(pk=concern.pk))),
            }
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("<int:pk>/decide/", wrap(self.decide_view), name="bookings_concern_decide"),
            *super().get_urls(),
        ]

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Accept or put back what was done in Google, or note that somebody waits for the customer."""
        if not self.may_act(request):
            raise PermissionDenied
        concern: Concern | None = conflicts.in_full(self.get_queryset(request)).filter(pk=pk).first()
        if concern is None:
            raise Http404("no such concern")
        return conflicts.decide(request, concern) if request.method == "POST" else HttpResponseNotAllowed(["POST"])

    @display(description="Waits for")
    def waits(self, concern: Concern) -> str:
        if concern.waiting_since is None:
            return words.NOTHING
        since = words.when(concern.waiting_since.astimezone(concern.shop.zone))
        return f"{concern.note or 'The customer'} (since {since})"

    @display(description="Booking", ordering="booking__reference")
    def about(self, concern: Concern) -> str:
        if concern.booking is None:
            return words.NOTHING
        address = reverse("admin:bookings_booking_change", args=[concern.booking.pk])
        return format_html('<a href="{}">{}</a>', address, concern.booking.reference)

    @display(description="Status", ordering="status", label={Concern.Status.OPEN: "warning", Concern.Status.DONE: "success"})
    def shown_status(self, concern: Concern) -> tuple[str, str]:
        waits = concern.status == Concern.Status.OPEN and concern.waiting_since is not None
        return concern.status, "Waiting" if waits else concern.get_status_display()

    @action(description="Mark as done", permissions=["act"])
    def done(self, request: HttpRequest, queryset: models.QuerySet[Concern]) -> None:
        undecided = conflicts.undecided(queryset)
        closed = closing.close_concerns([each for each in queryset if each.pk not in undecided], now=timezone.now())
        if undecided:
            self.message_user(request, f"{len(undecided)} left open: accept each, or put its event back.", messages.WARNING)
        if closed or not undecided:
            self.message_user(request, f"{closed} marked as done. “Open again” takes it back.", messages.SUCCESS)

    @action(description="Open again", permissions=["act"])
    def open_again(self, request: HttpRequest, queryset: models.QuerySet[Concern]) -> None:
        self.message_user(request, f"{closing.reopen_concerns(queryset)} open again.", messages.SUCCESS)

    def has_act_permission(self, request: HttpRequest) -> bool:
        return self.may_act(request)


@admin.register(OutgoingMessage)
class OutgoingMessageAdmin(LookOnlyAdmin):
    list_display = ("created_at", "telephone", "body", "booking", "shown_status", "sent_at")
    list_filter = ("status", "created_at")
    list_select_related = ("booking", "shop")
    search_fields = ("to", "body", "booking__reference", "booking__customer__name")
    search_help_text = "Phone, reference, customer or words"
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    heading = "Texts"
    when_empty = "Confirmations appear here by themselves as calls are booked."
    fields = ("created_at", "telephone", "body", "booking", "status", "attempts", "sent_at", "error_code", "sid", "shop")
    readonly_fields = ("telephone",)

    @display(description="To", ordering="to")
    def telephone(self, message: OutgoingMessage) -> str:
        return words.phone(message.to, message.shop.country)

    @display(
        description="Status",
        ordering="status",
        label={
            OutgoingMessage.Status.QUEUED: "info",
            OutgoingMessage.Status.SENDING: "info",
            OutgoingMessage.Status.UNKNOWN: "warning",
            OutgoingMessage.Status.SENT: "success",
            OutgoingMessage.Status.DELIVERED: "success",
            OutgoingMessage.Status.FAILED: "danger",
        },
    )
    def shown_status(self, message: OutgoingMessage) -> tuple[str, str]:
        return message.status, message.get_status_display()
