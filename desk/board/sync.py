"""Says in words where a visit stands in its technician's Google Calendar. Reads rows, asks nobody."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bookings.models import Visit
from calendars.models import CalendarConnection, EventMirror
from desk import words


class Mark(StrEnum):
    """How a state is drawn; the words beside it say the same."""

    IN = "in"
    WAITING = "waiting"
    TROUBLE = "trouble"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Calendar:
    """What the board knows of a technician's connection, without its secrets."""

    state: str | None
    calendar_id: str
    connected_at: datetime | None
    read_at: datetime | None
    is_read: bool

    def note(self, *, now: datetime, stale_after: timedelta) -> str:
        """Return what a dispatcher should know of the calendar as a whole; nothing when all is well."""
        if self.state is None:
            return "No calendar"
        if self.state != CalendarConnection.State.CONNECTED:
            return "Calendar disconnected"
        if not self.is_read or self.read_at is None:
            return "Calendar not read yet"
        if self.read_at < now - stale_after:
            return f"Calendar not read for {words.age(now - self.read_at)}"
        return ""


@dataclass(frozen=True, slots=True)
class Sync:
    """`short` is for narrow cards. `since` is there while something is waited for: the page counts the seconds on by itself."""

    mark: Mark
    text: str
    short: str = ""
    since: datetime | None = None
    why: str = ""


def of(visit: Visit, calendar: Calendar | None, mirror: EventMirror | None) -> Sync:
    """Return where the visit stands; `mirror` is the one in force in the technician's present calendar."""
    if visit.technician_id is None:
        return Sync(Mark.NONE, "No technician yet", "Nobody yet")
    if visit.status == Visit.Status.HELD:
        return Sync(Mark.NONE, "On hold, not in Google Calendar", "On hold")
    held = mirror is not None and mirror.confirmed == EventMirror.Confirmed.PRESENT
    if mirror is not None and mirror.moved_to:
        gone = mirror.confirmed == EventMirror.Confirmed.ABSENT
        return Sync(Mark.TROUBLE, *(("Deleted in Google Calendar", "Deleted") if gone else ("Moved in Google Calendar", "Moved")))
    if mirror is not None and held and mirror.pushed_version >= visit.version:
        return Sync(Mark.IN, "In Google Calendar", "Google")
    if visit.status == Visit.Status.ENDED:
        return Sync(Mark.NONE, "")
    if calendar is None or calendar.state is None:
        return Sync(Mark.NONE, "No calendar connected", "No calendar")
    if calendar.state != CalendarConnection.State.CONNECTED:
        return Sync(Mark.TROUBLE, "Disconnected", "Disconnected")
    if mirror is not None and mirror.blocked_reason and mirror.blocked_version >= visit.version:
        return Sync(Mark.TROUBLE, f"Google refused: {mirror.blocked_reason}", "Refused")
    if mirror is None and calendar.connected_at is not None and visit.ends_at <= calendar.connected_at:
        return Sync(Mark.NONE, "Before the calendar was connected", "No event")
    since = max(visit.booking.updated_at, calendar.connected_at or visit.booking.updated_at)
    text = "Change not yet in the technician's calendar" if held else "Not yet in the technician's calendar"
    return Sync(Mark.WAITING, text, "Not yet", since, mirror.last_error if mirror is not None else "")
