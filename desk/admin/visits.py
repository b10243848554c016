"""Visits: read here, moved by a person on a page of their own."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.text import Truncator

from bookings.models import Visit
from desk.admin import moving
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, display
from desk.board.moving import movable

STATUS_COLOURS = {
    Visit.Status.HELD: "warning",
    Visit.Status.ACTIVE: "info",
    Visit.Status.DONE: "success",
    Visit.Status.ENDED: "default",
}


@admin.register(Visit)
class VisitAdmin(LookOnlyAdmin):
    list_display = ("starts_at", "ends_at", "technician", "role", "booking", "customer", "service", "shown_status", "overbooked")
    list_filter = ("status", ("technician", OwnShopChoices), "overbooked", "pinned", "role", "starts_at")
    list_select_related = ("technician", "booking__customer", "booking__service_type")
    search_fields = ("booking__reference", "booking__customer__name", "booking__customer__phone", "technician__name")
    search_help_text = "Customer, phone, reference or technician"
    date_hierarchy = "starts_at"
    ordering = ("-starts_at", "-pk")
    when_empty = "Visits appear here by themselves as calls are booked."
    change_form_outer_before_template = "desk/visit_buttons.html"
    fields = ("booking", "technician", "role", "starts_at", "ends_at", "status", "held_until", "pinned", "overbooked", "shop")

    def get_urls(self) -> list[URLPattern]:
        move = path("<int:pk>/move/", self.admin_site.admin_view(self.move), name="bookings_visit_move")
        return [move, *super().get_urls()]

    def move(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.may_act(request):
            raise PermissionDenied
        rows = self.get_queryset(request).select_related(
            "shop", "technician", "booking__customer", "booking__service_type", "booking__property"
        )
        visit = rows.filter(pk=pk).first()
        if visit is None:
            raise Http404("no such visit")
        return moving.view(request, visit)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        visit = self.get_object(request, object_id)
        may_move = visit is not None and movable(visit) and self.may_act(request)
        return super().change_view(request, object_id, form_url, {"may_move": may_move, **(extra_context or {})})

    @display(description="Customer", ordering="booking__customer__name")
    def customer(self, visit: Visit) -> Any:
        return visit.booking.customer or "On hold"

    @display(description="Service", ordering="booking__service_type__name")
    def service(self, visit: Visit) -> str:
        return Truncator(visit.booking.service_type.name).chars(30)

    @display(description="Status", ordering="status", label=STATUS_COLOURS)
    def shown_status(self, visit: Visit) -> tuple[str, str]:
        return visit.status, visit.get_status_display()
