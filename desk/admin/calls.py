"""Telephone calls: how they went, what was said, what happened in them."""

import hashlib
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from bookings.models import Booking, Search
from desk import talk, whynot, words
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, display
from desk.admin.marks import MarksNumbers
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


# A time that was only held was not booked.
KEPT = ~models.Q(status__in=[Booking.Status.HELD, Booking.Status.LAPSED])


def _why_not(call: Call) -> list[whynot.Explained]:
    """Return what the caller asked for in vain, in words, once the call has ended without a booking."""
    if call.ended_at is None or Booking.objects.filter(KEPT, origin=call.origin, shop=call.shop_id).exists():
        return []
    searches = Search.objects.filter(origin=call.origin, shop=call.shop_id).select_related("shop", "service_type")
    return whynot.explain(searches.order_by("at", "pk"))


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
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("started_at", "length"), ("caller", "spoken"), ("came_of_it", "booked"), "summary", ("wishes", "recording"),
                    "asked_for_a_person",
                )
            },
        ),
        (
            "What the caller was told, and how it went",
            {
                "fields": (
                    "disclosure", ("disclosed_at", "consent"), ("answered_by", "price"), ("stage", "ended_reason"),
                    ("fallback_reason", "to_number"), ("twilio_sid", "vapi_id"), "shop",
                ),
                "classes": ("collapse",),
            },
        ),
    )  # fmt: skip
    readonly_fields = (
        "caller",
        "came_of_it",
        "length",
        "booked",
        "spoken",
        "wishes",
        "recording",
        "consent",
        "answered_by",
        "price",
        "asked_for_a_person",
    )
    change_form_outer_after_template = "desk/call.html"

    class Media:
        css: ClassVar = {"all": ["desk/office.css", "desk/call.css"]}
        js: ClassVar = ["desk/call.js"]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        call = self._call(request, object_id)
        more = {"call": call, "talk": talk.read(call, now=timezone.now()), "why_not": _why_not(call)}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.talk_view)
        return [path("<path:object_id>/talk/", view, name="telephony_call_talk"), *super().get_urls()]

    def talk_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What was said and what happened so far, for a page that keeps itself up to date; 304 while nothing is new."""
        call = self._call(request, object_id)
        read = talk.read(call, now=timezone.now())
        text = render_to_string("desk/_talk.html", {"call": call, "talk": read})
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if request.headers.get("If-None-Match") == tag:
            return HttpResponseNotModified(headers={"ETag": tag})
        return HttpResponse(text, headers={"ETag": tag, "Cache-Control": "no-store"})

    def _call(self, request: HttpRequest, object_id: str) -> Call:
        """Return one of the user's calls; another shop's is not found."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        call: Call | None = self.get_object(request, unquote(object_id))
        if call is None:
            raise Http404
        return call

    def get_queryset(self, request: HttpRequest) -> Any:
        used = ToolInvocation.objects.filter(call=models.OuterRef("pk")).order_by().values("call").annotate(n=models.Count("pk"))
        rows: models.QuerySet[Any] = super().get_queryset(request)
        return rows.select_related("shop", "assistant").annotate(used=models.Subquery(used.values("n")))

    @display(description="Caller", ordering="from_number")
    def caller(self, call: Call) -> str:
        return words.phone(call.from_number, call.shop.country) if call.from_number else "Number withheld"

    @display(description="Outcome", ordering="outcome", label=OUTCOME_COLOURS)
    def shown_outcome(self, call: Call) -> tuple[str, str]:
        if call.outcome:
            return call.outcome, call.get_outcome_display()
        return "", "Under way" if call.ended_at is None else "Ended"

    @display(description="Outcome")
    def came_of_it(self, call: Call) -> str:
        return self.shown_outcome(call)[1]

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

    @display(description="Language")
    def spoken(self, call: Call) -> str:
        return talk.LANGUAGES.get(call.language, "Not noted")

    @display(description="Wanted")
    def wishes(self, call: Call) -> str:
        said = [(name.replace("_", " "), _plain(value)) for name, value in call.wanted.items()]
        return format_html_join(mark_safe("<br>"), "{}: {}", said) if said else words.NOTHING

    @display(description="Asked for a person")
    def asked_for_a_person(self, call: Call) -> str:
        return call.wants_person or words.NOTHING

    @display(description="Recording")
    def recording(self, call: Call) -> str:
        if call.recording_removed_at is not None:
            return f"Deleted on {words.when(timezone.localtime(call.recording_removed_at))}"
        if call.recording_consent == Call.Consent.DECLINED:
            return "None is kept: the caller asked not to be recorded"
        if not call.recording_url:
            return "No recording is known"
        return format_html('<a href="{}" class="text-link" rel="noreferrer" target="_blank">Listen</a>', call.recording_url)

    @display(description="Recording agreed to")
    def consent(self, call: Call) -> str:
        return call.get_recording_consent_display() or "Not known"

    @display(description="Answered by")
    def answered_by(self, call: Call) -> str:
        if call.assistant is None:
            return "The assistant as it stood at Vapi"
        url = reverse("admin:telephony_assistantversion_change", args=[call.assistant.pk])
        return format_html('<a href="{}" class="text-link">Version {}</a>', url, str(call.assistant))

    @display(description="Cost")
    def price(self, call: Call) -> str:
        return f"${call.cost:.2f}" if call.cost is not None else words.NOTHING


def _plain(value: Any) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
