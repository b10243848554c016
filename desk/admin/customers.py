"""Customers and the places where the work is, as plain lists to look through; a customer's own page is desk.people."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from bookings.models import Customer, Property
from desk import words
from desk.admin.base import LookOnlyAdmin, display


@admin.register(Customer)
class CustomerAdmin(LookOnlyAdmin):
    list_display = ("name", "telephone", "member", "bookings", "created_at")
    list_filter = ("member", "created_at")
    list_select_related = ("shop",)
    search_fields = ("name", "phone", "properties__address")
    search_help_text = "Name, phone or address"
    ordering = ("name", "pk")
    when_empty = "Customers appear here by themselves as calls are booked."

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Lead to the customer's own page, which has everything; what is not the user's is answered like any such row."""
        looks = request.method == "GET" and self.has_view_permission(request)
        if looks and (who := self.get_object(request, unquote(object_id))) is not None:
            return HttpResponseRedirect(reverse("customer", args=[who.pk]))
        return super().change_view(request, object_id, form_url, extra_context)

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
