"""What can be booked, whom it takes, where it is done, and what is held back for urgent callers."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from bookings import speech
from bookings.models import CrewMember, Holdback, LengthRule, ServiceArea, ServiceType, Skill, Weekday
from bookings.speech import english
from desk import words
from desk.admin.base import OwnShopAdmin, OwnShopChoices, OwnShopInline, display
from desk.admin.forms import MONTHS, HoldbackForm, InARow, ServiceAreaForm, ServiceTypeForm


class CrewInline(OwnShopInline):
    model = CrewMember
    verbose_name = "person"
    verbose_name_plural = "Who goes along, beside whoever leads"
    hide_title = True
    fields = ("role", "skill")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "role":
            kwargs["initial"] = ""  # a new row that only repeats a default counts as empty and would be dropped
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class LengthInline(OwnShopInline):
    model = LengthRule
    verbose_name = "rule"
    verbose_name_plural = "Longer or shorter by the equipment"
    hide_title = True
    fields = ("equipment", "years_from", "years_below", "percent")


@admin.register(ServiceType)
class ServiceTypeAdmin(OwnShopAdmin):
    form = ServiceTypeForm
    list_display = ("name", "key", "length", "arrival_minutes", "people", "needs", "fee", "active")
    list_filter = ("active", "regular_hours_only", ("skill", OwnShopChoices))
    list_select_related = ("skill",)
    search_fields = ("name", "key", "phrases")
    search_help_text = "Name, or another word for it"
    ordering = ("name", "pk")
    heading = "Services"
    when_empty = "Services are what callers can book. Add the first one with its usual length; calls can be booked from then on."
    inlines = (CrewInline, LengthInline)
    fieldsets = (
        (None, {"fields": ("name", "name_es", "key", "phrases", "active", "shop")}),
        ("Who may do it", {"fields": ("skill", "certificates", "regular_hours_only")}),
        ("How long it takes", {"fields": ("minutes", "minutes_least", "minutes_most", "days")}),
        ("Around the visit", {"fields": ("setup_minutes", "buffer_minutes", "arrival_minutes")}),
        (
            "For coming and looking",
            {
                "fields": ("visit_fee", "overtime_fee", "member_fee"),
                "description": "The assistant names it before it books, and the booking keeps what was told. What the work "
                "costs is never spoken of by phone. After hours is any start outside of everybody's regular shifts.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ServiceType]:
        return super().get_queryset(request).prefetch_related("certificates", "crew")

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "certificates":
            kwargs["widget"] = InARow()
        field = super().formfield_for_manytomany(db_field, request, **kwargs)
        if field is not None:
            field.queryset = field.queryset.order_by("-is_certificate", "name", "pk")
        return field

    @display(description="Length", ordering="minutes")
    def length(self, service: ServiceType) -> str:
        usual = words.length(service.minutes)
        return f"{usual} on each of {service.days} days" if service.days > 1 else usual

    @display(description="People")
    def people(self, service: ServiceType) -> int:
        return 1 + len(service.crew.all())

    @display(description="Visit fee", ordering="visit_fee")
    def fee(self, service: ServiceType) -> str:
        visit, late = round(service.visit_fee * 100), round(service.overtime_fee * 100)
        said = english.dollars(visit) if visit else words.NOTHING
        return f"{said}, after hours {english.dollars(visit + late)}" if late else said

    @display(description="Takes")
    def needs(self, service: ServiceType) -> str:
        named = [service.skill.name] if service.skill else []
        return ", ".join([*named, *(each.name for each in service.certificates.all())]) or words.NOTHING


@admin.register(LengthRule)
class LengthRuleAdmin(OwnShopAdmin):
    list_display = ("applies_to", "kind", "age", "change", "shop")
    list_filter = (("service_type", OwnShopChoices), "equipment")
    list_select_related = ("service_type", "shop")
    search_fields = ("service_type__name", "equipment")
    search_help_text = "Service or equipment"
    ordering = ("service_type__name", "equipment", "pk")
    heading = "Longer or shorter visits"
    when_empty = "A rule makes visits longer or shorter by the kind or age of the equipment: boilers over 15 years, 150 percent."
    fields = ("service_type", "equipment", "years_from", "years_below", "percent", "shop")

    @display(description="Service", ordering="service_type__name")
    def applies_to(self, rule: LengthRule) -> str:
        return rule.service_type.name if rule.service_type else "All services"

    @display(description="Equipment", ordering="equipment")
    def kind(self, rule: LengthRule) -> str:
        return rule.get_equipment_display() if rule.equipment else "Any kind"

    @display(description="Age", ordering="years_from")
    def age(self, rule: LengthRule) -> str:
        if rule.years_from is not None and rule.years_below is not None:
            return f"{rule.years_from} to under {rule.years_below} years"
        if rule.years_from is not None:
            return f"{rule.years_from} years and older"
        return f"Under {rule.years_below} years" if rule.years_below is not None else "Any age"

    @display(description="Length", ordering="percent")
    def change(self, rule: LengthRule) -> str:
        return f"{rule.percent} %"


@admin.register(Skill)
class SkillAdmin(OwnShopAdmin):
    list_display = ("name", "is_certificate", "holders", "shop")
    list_filter = ("is_certificate",)
    list_select_related = ("shop",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    heading = "Skills and certificates"
    when_empty = "Name what a technician has to be able to do or to hold, then choose it on technicians and on services."
    fields = ("name", "is_certificate", "shop")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Skill]:
        rows: models.QuerySet[Skill] = super().get_queryset(request)
        return rows.annotate(held=models.Count("technicians", distinct=True))

    @display(description="Technicians", ordering="held")
    def holders(self, skill: Skill) -> int:
        return int(getattr(skill, "held", 0))


@admin.register(ServiceArea)
class ServiceAreaAdmin(OwnShopAdmin):
    form = ServiceAreaForm
    list_display = ("name", "codes", "served", "trip_fee", "shop")
    list_select_related = ("shop",)
    list_filter = ("trip_fee",)
    search_fields = ("name", "zip_codes")
    search_help_text = "Name or ZIP code"
    ordering = ("name", "pk")
    heading = "Service areas"
    when_empty = "Without any area the shop works everywhere. Once there is one, callers from other ZIP codes are told so."
    fields = ("name", "zip_codes", "weekdays", "trip_fee", "shop")

    @display(description="ZIP codes")
    def codes(self, area: ServiceArea) -> str:
        codes = area.zip_codes.replace(",", " ").split()
        return ", ".join(codes[:6]) + (f" and {len(codes) - 6} more" if len(codes) > 6 else "")

    @display(description="Served on")
    def served(self, area: ServiceArea) -> str:
        return days_in_words(area.weekdays)


@admin.register(Holdback)
class HoldbackAdmin(OwnShopAdmin):
    form = HoldbackForm
    list_display = ("name", "season", "days", "share", "released_at", "shop")
    list_select_related = ("shop",)
    list_filter = ("percent",)
    search_fields = ("name",)
    ordering = ("first_month", "pk")
    heading = "Held back for urgent callers"
    when_empty = "Nothing is held back: routine work may fill a whole day. Add a share of the day for urgent callers and members."
    fields = ("name", "first_month", "last_month", "weekdays", "percent", "released_at", "shop")

    @display(description="Season", ordering="first_month")
    def season(self, holdback: Holdback) -> str:
        names = dict(MONTHS)
        first, last = names[holdback.first_month], names[holdback.last_month]
        return "All year" if (holdback.first_month, holdback.last_month) == (1, 12) else f"{first} to {last}"

    @display(description="Days")
    def days(self, holdback: Holdback) -> str:
        return days_in_words(holdback.weekdays)

    @display(description="Held back", ordering="percent")
    def share(self, holdback: Holdback) -> str:
        return f"{holdback.percent} %"


def days_in_words(numbers: list[int]) -> str:
    """Return weekdays as short as they can be said: Every day, Monday to Friday, Monday and Thursday."""
    chosen = sorted(set(numbers))
    if chosen == list(range(7)):
        return "Every day"
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return f"{Weekday(chosen[0]).label} to {Weekday(chosen[-1]).label}"
    return speech.listed(speech.weekdays(chosen), last="and")
