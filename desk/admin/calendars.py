"""Which calendar is whose, and what Google holds of each visit. Tokens are never read here, let alone shown."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import format_html

from bookings.models import Visit
from calendars.models import CalendarConnection, EventMirror, ReadCalendar, WatchChannel
from desk import words
from desk.admin.base import LookOnlyAdmin, LookOnlyInline, OwnShopChoices, display

State = CalendarConnection.State


def _moment(at: datetime) -> str:
    """A time as the fields of a form show it."""
    return str(formats.localize(timezone.localtime(at)))


class ReadCalendarInline(LookOnlyInline):
    """Each calendar that is read: how old our picture is, by which channel Google tells of changes, and what failed."""

    model = ReadCalendar
    verbose_name_plural = "Calendars that are read"
    hide_title = True
    show_change_link = False
    fields = ("called", "use", "read_at", "read_until", "told_at", "channel", "channel_ends", "failures", "trouble")
    readonly_fields = ("called", "use", "channel", "channel_ends", "failures", "trouble")
    ordering = ("pk",)

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[ReadCalendar]:
        # Those that live, the newest first, and one that came to nothing while the next try is put off.
        tended = models.Q(next_attempt_at__gt=timezone.now()) | ~models.Q(state=WatchChannel.State.ENDED)
        found = WatchChannel.objects.filter(tended).defer("token_digest", "resource_id").order_by("-pk")
        connection = models.Prefetch("connection", CalendarConnection.objects.only("calendar_id", "state"))
        return super().get_queryset(request).prefetch_related(connection, models.Prefetch("channels", found, to_attr="tended"))

    @display(description="Calendar")
    def called(self, calendar: ReadCalendar) -> str:
        return str(calendar)

    @display(description="Use")
    def use(self, calendar: ReadCalendar) -> str:
        receives = calendar.calendar_id == calendar.connection.calendar_id
        uses = [*(["receives visits"] if receives else []), *(["counts as busy"] if calendar.counts else [])]
        return ", ".join(uses).capitalize() or "Not read"

    @display(description="Google tells us")
    def channel(self, calendar: ReadCalendar) -> str:
        found = self._channel(calendar)
        if found is None:
            return "No: looked at in turns"
        return "Could not be asked for" if found.state == WatchChannel.State.ENDED else found.get_state_display()

    @display(description="Until")
    def channel_ends(self, calendar: ReadCalendar) -> str | None:
        found = self._channel(calendar)
        if found is None:
            return None
        return None if found.state == WatchChannel.State.ENDED else _moment(found.expires_at)

    @display(description="Failures in a row")
    def failures(self, calendar: ReadCalendar) -> str:
        found = self._channel(calendar)
        counts = ((calendar.pull_failures, "reading"), (found.failures if found else 0, "channel"))
        return ", ".join(f"{count} of a {what}" for count, what in counts if count) or words.NOTHING

    @display(description="What Google said")
    def trouble(self, calendar: ReadCalendar) -> str:
        return calendar.pull_error or words.NOTHING

    def _channel(self, calendar: ReadCalendar) -> WatchChannel | None:
        """The one that is open, else the newest."""
        tended: list[WatchChannel] = calendar.tended  # type: ignore[attr-defined]
        return next((each for each in tended if each.state == WatchChannel.State.OPEN), tended[0] if tended else None)


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
    inlines = (ReadCalendarInline,)

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
    def freshness(self, connection: CalendarConnection) -> str:
        fresh = getattr(connection.technician, "freshness", None)
        return _moment(fresh.read_at) if fresh and fresh.read_at else "Not read yet"

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
