"""The rows of this app, by what they are about."""

from calendars.models.connections import CalendarConnection, Invitation
from calendars.models.mirrors import EventMirror
from calendars.models.reading import ReadCalendar, WatchChannel

__all__ = ["CalendarConnection", "EventMirror", "Invitation", "ReadCalendar", "WatchChannel"]
