"""Customers and the places where the work is. Bookings and calendars hold their names, so services change those; whether
somebody is a member is the office's to say.
"""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from bookings.models import Booking, Customer, Property
from desk import words
from desk.admin.base import LookOnlyAdmin, LookOnlyInline, display


class PropertyInline(LookOnlyInline):
    model = Property
    fields = ("address", "zip_code")


class BookingInline(LookOnlyInline):
    model = Booking
    fields = ("reference", "service_type", "promised_from", "promised_to", "status")
    ordering = ("-promised_from",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Booking]:
        return super().get_queryset(request).select_related("service_type")


@admin.register(Customer)
class CustomerAdmin(LookOnlyAdmin):
    list_display = ("name", "telephone", "member", "bookings", "created_at")
    list_filter = ("member", "created_at")
    list_select_related = ("shop",)
    search_fields = ("name", "phone", "properties__address")
    search_help_text = "Name, phone or address"
    ordering = ("name", "pk")
    inlines = (PropertyInline, BookingInline)
    when_empty = "Customers appear here by themselves as calls are booked."
    fields = ("name", "telephone", "member", "created_at", "shop")
    readonly_fields = ("name", "telephone", "created_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_act(request)

    def save_model(self, request: HttpRequest, obj: Customer, form: Any, change: bool) -> None:
        obj.save(update_fields=["member"])

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.annotate(booked=models.Count("bookings", distinct=True))

    @display(description="Phone", ordering="phone")
    def telephone(self, customer: Customer) -> str:
        return words.phone(customer.phone, customer.shop.country)

    @display(description="Bookings", ordering="booked")
    def bookings(self, customer: Customer) -> int:
        return int(getattr(customer, "booked", 0))


@admin.register(Property)
class PropertyAdmin(LookOnlyAdmin):
    list_display = ("address", "zip_code", "customer")
    list_select_related = ("customer",)
    search_fields = ("address", "zip_code", "customer__name", "customer__phone")
    search_help_text = "Address, ZIP, customer or phone"
    ordering = ("address", "pk")
    heading = "Service addresses"
    when_empty = "Addresses appear here by themselves as calls are booked."
    fields = ("address", "zip_code", "customer", "shop")
