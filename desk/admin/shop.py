"""The shop itself: policy, services, closed days, and who works at its desk."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from bookings.models import Closure, ServiceType, Shop, StaffMember
from desk.admin.base import OwnersOnly, OwnShopAdmin, OwnShopChoices


@admin.register(Shop)
class ShopAdmin(OwnShopAdmin):
    list_display = ("name", "phone_number", "timezone", "horizon_days")
    search_fields = ("name", "phone_number")
    ordering = ("name", "pk")
    fieldsets = (
        (None, {"fields": ("name", "phone_number", "timezone", "country", "fallback_number")}),
        ("Parts of the day", {"fields": ("morning_starts", "afternoon_starts", "evening_starts", "evening_ends")}),
        (
            "What may be booked",
            {
                "fields": (
                    "horizon_days",
                    "lead_minutes",
                    "slot_step_minutes",
                    "offer_minutes",
                    "calendar_stale_minutes",
                    "confirm_by_text",
                )
            },
        ),
        ("Voice assistant", {"fields": ("vapi_phone_number_id", "vapi_assistant_id")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ServiceType)
class ServiceTypeAdmin(OwnShopAdmin):
    list_display = ("name", "key", "minutes", "arrival_minutes", "buffer_minutes", "skill", "active")
    list_filter = ("active", ("skill", OwnShopChoices))
    list_select_related = ("skill",)
    search_fields = ("name", "key", "phrases")
    ordering = ("name", "pk")
    heading = "Services"
    fieldsets = (
        (None, {"fields": ("name", "key", "phrases", "skill", "active", "shop")}),
        ("Minutes", {"fields": ("minutes", "minutes_least", "minutes_most", "buffer_minutes", "arrival_minutes")}),
    )


@admin.register(Closure)
class ClosureAdmin(OwnShopAdmin):
    list_display = ("on", "reason", "shop")
    list_select_related = ("shop",)
    search_fields = ("reason",)
    date_hierarchy = "on"
    ordering = ("-on", "-pk")
    heading = "Closed days"
    fields = ("on", "reason", "shop")


@admin.register(StaffMember)
class StaffMemberAdmin(OwnersOnly, OwnShopAdmin):
    list_display = ("user", "shop")
    list_filter = (("shop", OwnShopChoices),)
    list_select_related = ("user", "shop")
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email")
    ordering = ("user__username", "pk")
    heading = "Who works at the desk"
    fields = ("user", "shop")
