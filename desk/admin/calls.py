"""Telephone calls, and what the assistant asked and heard."""

import json
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join

from bookings.models import Booking, Search
from desk import whynot, words
from desk.admin.base import LookOnlyAdmin, LookOnlyInline, display
from telephony.models import Call, ToolInvocation

OUTCOME_COLOURS = {
    Call.Outcome.BOOKED: "success",
    Call.Outcome.ANSWERED: "info",
    Call.Outcome.TRANSFERRED: "info",
    Call.Outcome.VOICEMAIL: "warning",
    Call.Outcome.EMERGENCY: "danger",
    Call.Outcome.FAILED: "danger",
}


# A time that was only held was not booked.
KEPT = ~models.Q(status__in=[Booking.Status.HELD, Booking.Status.LAPSED])


def _said(invocation: ToolInvocation) -> str:
    answer: Any = invocation.answer
    return str(answer.get("say", "")) if isinstance(answer, dict) else ""


class InvocationInline(LookOnlyInline):
    model = ToolInvocation
    verbose_name_plural = "What the assistant looked up and booked"
    fields = ("answered_at", "name", "state", "said", "milliseconds")
    readonly_fields = ("said",)

    @display(description="Was told")
    def said(self, invocation: ToolInvocation) -> str:
        return _said(invocation)


def _why_not(call: Call) -> list[whynot.Explained]:
    """Return what the caller asked for in vain, in words, once the call has ended without a booking."""
    if call.ended_at is None or Booking.objects.filter(KEPT, origin=call.origin, shop=call.shop_id).exists():
        return []
    searches = Search.objects.filter(origin=call.origin, shop=call.shop_id).select_related("shop", "service_type")
    return whynot.explain(searches.order_by("at", "pk"))


@admin.register(Call)
class CallAdmin(LookOnlyAdmin):
    list_display = ("started_at", "caller", "shown_outcome", "stage", "length", "summary_line", "tools")
    list_filter = ("outcome", "stage", "started_at")
    list_select_related = ("shop",)
    search_fields = ("from_number", "summary", "twilio_sid", "vapi_id")
    search_help_text = "Phone, call id or words of the summary"
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-pk")
    inlines = (InvocationInline,)
    when_empty = "Calls appear here by themselves. Ring the shop's number to try it out."
    fieldsets = (
        (None, {"fields": ("started_at", "caller", "outcome", "stage", "length", "booked")}),
        ("What was said", {"fields": ("summary", "transcript", "recording")}),
        (
            "How it went",
            {"fields": ("ended_reason", "fallback_reason", "to_number", "twilio_sid", "vapi_id", "cost", "shop")},
        ),
    )
    readonly_fields = ("caller", "length", "booked", "recording")
    change_form_after_template = "desk/call_why_not.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        call = self.get_object(request, object_id)
        why = {"why_not": _why_not(call) if call is not None else []}
        return super().change_view(request, object_id, form_url, {**why, **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> Any:
        used = ToolInvocation.objects.filter(call=models.OuterRef("pk")).order_by().values("call").annotate(n=models.Count("pk"))
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.annotate(used=models.Subquery(used.values("n")))

    @display(description="Caller", ordering="from_number")
    def caller(self, call: Call) -> str:
        return words.phone(call.from_number, call.shop.country) if call.from_number else "Number withheld"

    @display(description="Outcome", ordering="outcome", label=OUTCOME_COLOURS)
    def shown_outcome(self, call: Call) -> tuple[str, str]:
        if call.outcome:
            return call.outcome, call.get_outcome_display()
        return "", "Under way" if call.ended_at is None else "Ended"

    @display(description="Length")
    def length(self, call: Call) -> str:
        if call.ended_at is None:
            return words.NOTHING
        minutes, seconds = divmod(max(0, int((call.ended_at - call.started_at).total_seconds())), 60)
        return f"{minutes}:{seconds:02d}"

    @display(description="Summary")
    def summary_line(self, call: Call) -> str:
        return call.summary if len(call.summary) <= 90 else f"{call.summary[:89]}…"

    @display(description="Tools", ordering="used")
    def tools(self, call: Call) -> int:
        return int(getattr(call, "used", None) or 0)

    @display(description="Booked")
    def booked(self, call: Call) -> str:
        made = Booking.objects.filter(KEPT, origin=call.origin, shop=call.shop_id).order_by("pk")
        links = [(reverse("admin:bookings_booking_change", args=[each.pk]), each.reference) for each in made]
        return format_html_join(", ", '<a href="{}">{}</a>', links) if links else "Nothing"

    @display(description="Recording")
    def recording(self, call: Call) -> str:
        return format_html('<a href="{}" rel="noreferrer">Listen</a>', call.recording_url) if call.recording_url else "None"


@admin.register(ToolInvocation)
class ToolInvocationAdmin(LookOnlyAdmin):
    list_display = ("answered_at", "name", "state", "said", "milliseconds", "call")
    list_filter = ("name", "state", "answered_at")
    list_select_related = ("call",)
    search_fields = ("name", "tool_call_id", "call__from_number", "call__vapi_id")
    search_help_text = "Tool, caller's phone or call id"
    date_hierarchy = "answered_at"
    ordering = ("-answered_at", "-pk")
    heading = "What the assistant looked up and booked"
    when_empty = "What the assistant looks up and books during calls appears here by itself."
    fields = ("call", "name", "state", "said", "asked", "answered", "requested_at", "answered_at", "milliseconds", "shop")
    readonly_fields = ("said", "asked", "answered")

    @display(description="Was told")
    def said(self, invocation: ToolInvocation) -> str:
        return _said(invocation)

    @display(description="Arguments")
    def asked(self, invocation: ToolInvocation) -> str:
        return format_html("<pre>{}</pre>", json.dumps(invocation.arguments, indent=2, ensure_ascii=False))

    @display(description="Answer")
    def answered(self, invocation: ToolInvocation) -> str:
        return format_html("<pre>{}</pre>", json.dumps(invocation.answer, indent=2, ensure_ascii=False))
