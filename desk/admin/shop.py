"""The shop itself: policy and closed days."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest

from bookings.models import Closure, OfficeHours, Shop
from bookings.services import starting
from desk import roles
from desk.admin.base import ByRole, NamedFormSet, OwnShopAdmin, TabularInline
from desk.admin.forms import ShopForm


class OfficeHoursInline(ByRole, TabularInline):
    model = OfficeHours
    formset = NamedFormSet
    extra = 0
    hide_title = True
    verbose_name = "office hours"
    verbose_name_plural = "Somebody answers the office's telephone"
    fields = ("weekday", "opens", "closes")


@admin.register(Shop)
class ShopAdmin(OwnShopAdmin):
    inlines = (OfficeHoursInline,)
    list_display = ("name", "phone_number", "timezone", "zip_code", "horizon_days")
    search_fields = ("name", "phone_number")
    ordering = ("name", "pk")
    form = ShopForm
    fieldsets = (
        (None, {"fields": ("name", "phone_number", "fallback_number", "timezone", "country")}),
        ("Where it stands", {"fields": ("zip_code", "region")}),
        ("Public holidays", {"fields": ("holidays_closed",)}),
        ("Parts of the day", {"fields": ("morning_starts", "afternoon_starts", "evening_starts", "evening_ends")}),
        (
            "Booking rules",
            {
                "fields": (
                    "lead_minutes",
                    "horizon_days",
                    "same_day_cutoff",
                    "slot_step_minutes",
                    "round_minutes",
                    "latest_start_percent",
                    "hold_minutes",
                    "offer_minutes",
                    "urgent_phrases",
                    "confirm_by_text",
                    "correct_by_text",
                )
            },
        ),
        (
            "Technicians' calendars",
            {
                "fields": (
                    "calendar_stale_minutes",
                    "when_stale",
                    "recheck_seconds",
                    "tentative_is_busy",
                    "technician_moves",
                    "event_details",
                ),
                "description": "What of Google Calendar counts, and what becomes of what technicians do to their visits there. "
                "Coming events are written anew by themselves when what they say is changed.",
            },
        ),
        ("Driving", {"fields": ("road_factor_percent", "drive_mph", "longest_drive_minutes")}),
        (
            "Choice of technician",
            {
                "fields": (
                    "weigh_drive",
                    "weigh_load",
                    "weigh_skill",
                    "weigh_usual",
                    "weigh_continuity",
                    "continuity_days",
                ),
                "description": "Points for and against each technician who could go; whoever has the most is sent. "
                "0 leaves a reason out.",
            },
        ),
        (
            "Conversation",
            {
                "fields": (
                    "languages",
                    "greeting",
                    "ai_disclosure",
                    "record_calls",
                    "recording_disclosure",
                    "house_rules",
                    "assistant_voice",
                    "intent_words",
                    "retraction_words",
                    "intent_confidence",
                ),
                "description": "What the assistant says and may say, and what it takes for a wish to have somebody come. Hours, "
                "services, areas and fees are known to it already.",
            },
        ),
        (
            "People on call",
            {
                "fields": ("alarm_seconds", "ring_seconds"),
                "description": "Who they are stands under On call. Without anybody there the dispatcher is rung and told.",
            },
        ),
        ("Voice assistant", {"fields": ("vapi_phone_number_id", "vapi_assistant_id")}),
        ("Keeping", {"fields": ("keep_days", "transcript_days", "recording_days")}),
    )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return roles.is_superuser(request.user)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Shop, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change and starting.furnish(obj):
            self.message_user(
                request,
                "The shop starts with the trade's usual services, lengths and reserves: look through them, then add technicians.",
                messages.INFO,
            )


@admin.register(Closure)
class ClosureAdmin(OwnShopAdmin):
    list_display = ("on", "reason", "shop")
    list_select_related = ("shop",)
    search_fields = ("reason",)
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    heading = "Closed days"
    when_empty = "Public holidays are kept by themselves, as the shop's page names them. Add other days on which nobody works."
    fields = ("on", "reason", "shop")
