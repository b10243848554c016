"""Which calendar is whose, and what Google holds of each visit. Tokens are never read here, let alone shown."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html

from bookings.models import Visit
from calendars.models import CalendarConnection, EventMirror
from desk.admin.base import LookOnlyAdmin, OwnShopChoices, display

State = CalendarConnection.State


@admin.register(CalendarConnection)
class CalendarConnectionAdmin(LookOnlyAdmin):
    list_display = ("technician", "account", "shown_state", "kind", "connected_at", "freshness", "behind")
    list_filter = ("state", "kind", ("technician", OwnShopChoices))
    search_fields = ("technician__name", "account", "calendar_id")
    search_help_text = "Technician, account or calendar"
    when_empty = "No calendar is connected. Technicians connect theirs on the Calendars page."
    ordering = ("technician__name", "pk")
    fields = (
        "technician",
        "account",
        "calendar_id",
        "kind",
        "state",
        "state_text",
        "connected_at",
        "freshness",
        "behind",
        "connect",
        "shop",
    )
    readonly_fields = ("freshness", "behind", "connect")

    def get_queryset(self, request: HttpRequest) -> Any:
        held = EventMirror.objects.filter(
            visit=models.OuterRef("pk"),
            calendar_id=models.OuterRef(models.OuterRef("calendar_id")),
            retired=False,
            confirmed=EventMirror.Confirmed.PRESENT,
            pushed_version__gte=models.OuterRef("version"),
        )
        waiting = (
            Visit.objects.filter(
                ~models.Exists(held),
                technician=models.OuterRef("technician"),
                status=Visit.Status.ACTIVE,
                ends_at__gt=models.OuterRef("connected_at"),
            )
            .order_by()
            .values("technician")
            .annotate(n=models.Count("pk"))
        )
        # Whoever forgets to defer the tokens would decrypt them, or fail with a key that is gone.
        return (
            super()
            .get_queryset(request)
            .select_related("technician__freshness")
            .defer(*CalendarConnection.SECRETS)
            .annotate(waiting=models.Subquery(waiting.values("n")))
        )

    @display(
        description="Status",
        ordering="state",
        label={
            State.CONNECTED: "success",
            State.REVOKED: "danger",
            State.BROKEN: "danger",
            State.LEAVING: "warning",
            State.DISCONNECTED: "warning",
        },
    )
    def shown_state(self, connection: CalendarConnection) -> tuple[str, str]:
        return connection.state, connection.get_state_display()

    @display(description="Last read")
    def freshness(self, connection: CalendarConnection) -> Any:
        fresh = getattr(connection.technician, "freshness", None)
        return (fresh.read_at if fresh else None) or "Not read yet"

    @display(description="Not yet in Google")
    def behind(self, connection: CalendarConnection) -> int:
        return int(getattr(connection, "waiting", None) or 0)

    @display(description="Connect or disconnect")
    def connect(self, connection: CalendarConnection) -> str:
        return format_html('<a href="{}">Go to the calendars page</a>', reverse("calendar-login"))


@admin.register(EventMirror)
class EventMirrorAdmin(LookOnlyAdmin):
    list_display = ("visit", "starts_at", "calendar_id", "stands", "confirmed_at", "attempts", "trouble")
    list_filter = ("wanted", "confirmed", "retired", ("visit__technician", OwnShopChoices))
    list_select_related = ("visit__booking", "visit__technician")
    search_fields = ("visit__booking__reference", "visit__booking__customer__name", "event_id", "calendar_id")
    search_help_text = "Reference, customer, calendar or event id"
    ordering = ("-visit__starts_at", "-pk")
    heading = "Events in Google Calendar"
    when_empty = "Each visit becomes an event once its technician's calendar is connected."
    fields = (
        "visit",
        "calendar_id",
        "event_id",
        "event",
        "confirmed_at",
        "pushed_starts_at",
        "pushed_ends_at",
        "moved_to",
        "attempts",
        "next_attempt_at",
        "trouble",
        "retired",
        "shop",
    )
    readonly_fields = ("event", "trouble")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("visit__booking", "visit__technician")

    @display(description="Starts", ordering="visit__starts_at")
    def starts_at(self, mirror: EventMirror) -> Any:
        return mirror.visit.starts_at

    @display(
        description="Event",
        ordering="confirmed",
        label={"there": "success", "gone": "success", "waiting": "warning", "refused": "danger"},
    )
    def stands(self, mirror: EventMirror) -> tuple[str, str]:
        current = mirror.pushed_version >= mirror.visit.version
        if mirror.wanted == EventMirror.Wanted.PRESENT and mirror.confirmed == EventMirror.Confirmed.PRESENT and current:
            return "there", "In the calendar"
        if mirror.wanted == EventMirror.Wanted.ABSENT and mirror.confirmed == EventMirror.Confirmed.ABSENT:
            return "gone", "Taken out"
        if mirror.blocked_reason and mirror.blocked_version >= mirror.visit.version:
            return "refused", "Refused"
        return "waiting", "On its way"

    @display(description="Event")
    def event(self, mirror: EventMirror) -> str:
        return self.stands(mirror)[1]

    @display(description="What Google said")
    def trouble(self, mirror: EventMirror) -> str:
        return mirror.blocked_reason or mirror.last_error
