"""What callers and the desk looked for and could not have, and why: kept while a search led to no booking."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from bookings.models import Search
from desk import actors, whynot
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, display
from telephony.models import Call


@admin.register(Search)
class SearchAdmin(LookOnlyAdmin):
    list_display = ("at", "service_type", "wish", "given", "came_from")
    list_filter = (("service_type", OwnShopChoices), "at")
    list_select_related = ("service_type", "shop")
    search_fields = ("service_type__name", "asked__on", "asked__zip", "origin")
    search_help_text = "Service, day asked for (2026-11-25) or ZIP code"
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
    phone_search = False
    heading = "Why not: searches that led to no booking"
    when_empty = "When a time is asked for in vain, what stood against it is kept here, technician by technician."
    change_form_outer_after_template = "desk/search.html"
    fieldsets = ((None, {"fields": ("at", "service_type", "wish", "given", "call", "shop")}),)
    readonly_fields = ("wish", "given", "call")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        search = self.get_object(request, object_id)
        explained = whynot.explain([search]) if search is not None else []
        return super().change_view(
            request, object_id, form_url, {"explained": explained[0] if explained else None, **(extra_context or {})}
        )

    @display(description="Asked for")
    def wish(self, search: Search) -> str:
        return whynot.asked(search)

    @display(description="Offered")
    def given(self, search: Search) -> str:
        return whynot.offered(search)

    @display(description="Came from", ordering="origin")
    def came_from(self, search: Search) -> str:
        return actors.name(search.origin, {})

    @display(description="Came from")
    def call(self, search: Search) -> str:
        return call_link(search.origin, search.shop_id)


def call_link(origin: str, shop_id: int) -> str:
    """Return a link to the telephone call behind an origin, else who it was."""
    kind, _, name = origin.partition(":")
    try:
        public_id = UUID(name) if kind == "call" else None
    except ValueError:
        public_id = None
    call = Call.objects.filter(public_id=public_id, shop=shop_id).first() if public_id else None
    if call is None:
        return actors.name(origin, actors.people([origin]))
    return format_html('<a href="{}" class="text-link">The phone call</a>', reverse("call", args=[call.pk]))
