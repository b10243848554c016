"""The Google mirror."""

from django.apps import AppConfig


class CalendarsConfig(AppConfig):
    name = "calendars"

    def ready(self) -> None:
        # Models exist only now.
        from bookings.signals import refresh_asked, visits_changed  # noqa: PLC0415
        from calendars.receivers import pull_refreshed_calendars, push_changed_calendars  # noqa: PLC0415

        visits_changed.connect(push_changed_calendars, dispatch_uid="calendars")
        refresh_asked.connect(pull_refreshed_calendars, dispatch_uid="calendars-refresh")
