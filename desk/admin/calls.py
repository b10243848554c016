"""Telephone calls as a plain list to look through; a call's own page is desk.calls."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from desk import words
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, display
from desk.admin.marks import MarksNumbers
from desk.calls import terms
from telephony.models import Call, ToolInvocation

OUTCOME_COLOURS = {
    Call.Outcome.BOOKED: "success",
    Call.Outcome.ANSWERED: "info",
    Call.Outcome.TRANSFERRED: "info",
    Call.Outcome.VOICEMAIL: "warning",
    Call.Outcome.EMERGENCY: "danger",
    Call.Outcome.FAILED: "danger",
    Call.Outcome.CANCELLED: "info",
    Call.Outcome.MOVED: "success",
    # A label without a colour of its own shows the key instead of the words.
    Call.Outcome.ABANDONED: "default",
    Call.Outcome.SPAM: "default",
    "": "primary",
}


@admin.register(Call)
class CallAdmin(MarksNumbers, LookOnlyAdmin):
    number_field = "from_number"
    list_display = ("started_at", "caller", "shown_outcome", "stage", "length", "summary_line", "tools")
    list_filter = ("outcome", "language", "recording_consent", "stage", "started_at", ("assistant", OwnShopChoices))
    search_fields = ("from_number", "summary", "transcript", "twilio_sid", "vapi_id")
    search_help_text = "Phone, call id or words of the summary or the conversation"
    date_hierarchy = "started_at"
    ordering = ("-started_at", "-pk")
    when_empty = "Calls appear here by themselves. Ring the shop's number to try it out."

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the call's own page, which has everything; what is not the user's is answered like any such row."""
        looks = request.method == "GET" and self.has_view_permission(request)
        if looks and (call := self.get_object(request, unquote(object_id))) is not None:
            return HttpResponseRedirect(reverse("call", args=[call.pk]))
        return super().change_view(request, object_id, form_url, extra_context)

    def get_queryset(self, request: HttpRequest) -> Any:
        used = ToolInvocation.objects.filter(call=models.OuterRef("pk")).order_by().values("call").annotate(n=models.Count("pk"))
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("shop", "assistant").annotate(used=models.Subquery(used.values("n")))

    @display(description="Caller", ordering="from_number")
    def caller(self, call: Call) -> str:
        return words.phone(call.from_number, call.shop.country) if call.from_number else "Number withheld"

    @display(description="Outcome", ordering="outcome", label=OUTCOME_COLOURS)
    def shown_outcome(self, call: Call) -> tuple[str, str]:
        return call.outcome, terms.outcome(call)[0]

    @display(description="Length")
    def length(self, call: Call) -> str:
        return terms.length((call.ended_at - call.started_at).total_seconds()) if call.ended_at is not None else words.NOTHING

    @display(description="Summary")
    def summary_line(self, call: Call) -> str:
        return call.summary if len(call.summary) <= 90 else f"{call.summary[:89]}…"

    @display(description="Tools", ordering="used")
    def tools(self, call: Call) -> int:
        return int(getattr(call, "used", None) or 0)
