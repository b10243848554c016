"""The technicians: hours, skills, time off, and when they are taken."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from bookings.models import BusyBlock, Technician, TechnicianSkill, TimeOff, WorkingHours
from desk import words
from desk.admin.base import LookOnlyAdmin, OwnShopAdmin, OwnShopChoices, OwnShopInline, display
from desk.admin.forms import TechnicianForm


class HoursInline(OwnShopInline):
    model = WorkingHours
    hide_title = True
    fields = ("weekday", "starts", "ends", "overtime")


class SkillInline(OwnShopInline):
    model = TechnicianSkill
    hide_title = True
    verbose_name = "skill or certificate"
    verbose_name_plural = "Skills and certificates"
    fields = ("skill", "expires_on")


class TimeOffInline(OwnShopInline):
    model = TimeOff
    hide_title = True
    fields = ("starts_at", "ends_at", "reason")
    ordering = ("-starts_at",)


@admin.register(Technician)
class TechnicianAdmin(OwnShopAdmin):
    list_display = ("name", "telephone", "email", "trades", "working", "overtime", "works_alone", "active")
    list_filter = ("active", "works_alone", "day_starts", ("skills", OwnShopChoices))
    list_select_related = ("shop",)
    search_fields = ("name", "email", "phone")
    search_help_text = "Name, email or phone"
    inlines = (HoursInline, SkillInline, TimeOffInline)
    form = TechnicianForm
    when_empty = "Add the people who drive, with their hours and skills; calls can be booked from then on."
    fieldsets = (
        (None, {"fields": ("name", "email", "phone", "color", "active", "works_alone", "shop")}),
        ("The day", {"fields": ("day_starts", "home_zip", "most_visits_a_day", "most_minutes_a_day")}),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Technician]:
        return super().get_queryset(request).prefetch_related("skills", "hours")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # past visits keep their technician: those who leave become inactive

    @display(description="Phone", ordering="phone")
    def telephone(self, technician: Technician) -> str:
        return words.phone(technician.phone, technician.shop.country)

    @display(description="Skills")
    def trades(self, technician: Technician) -> str:
        return ", ".join(sorted(skill.name for skill in technician.skills.all())) or words.NOTHING

    @display(description="Works")
    def working(self, technician: Technician) -> str:
        return _days(technician, overtime=False) or "No hours yet"

    @display(description="Overtime")
    def overtime(self, technician: Technician) -> str:
        return _days(technician, overtime=True) or words.NOTHING


def _days(technician: Technician, *, overtime: bool) -> str:
    shifts = [hours for hours in technician.hours.all() if hours.overtime == overtime]
    return " ".join(dict.fromkeys(hours.get_weekday_display()[:3] for hours in shifts))


@admin.register(TimeOff)
class TimeOffAdmin(OwnShopAdmin):
    list_display = ("technician", "starts_at", "ends_at", "reason")
    list_filter = (("technician", OwnShopChoices), "starts_at")
    list_select_related = ("technician",)
    search_fields = ("technician__name", "reason")
    ordering = ("-starts_at", "-pk")
    when_empty = (
        "Vacations, doctors, training: whoever is off is not booked. Time in a technician's own calendar counts by itself."
    )
    fields = ("technician", "starts_at", "ends_at", "reason", "shop")


@admin.register(BusyBlock)
class BusyBlockAdmin(LookOnlyAdmin):
    list_display = ("technician", "starts_at", "ends_at", "calendar_id")
    list_filter = (("technician", OwnShopChoices), "starts_at")
    list_select_related = ("technician",)
    search_fields = ("technician__name",)
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    heading = "Busy in Google Calendar"
    when_empty = "What technicians' own calendars hold beside our visits appears here once a calendar is connected."
    fields = ("technician", "starts_at", "ends_at", "calendar_id", "shop")
