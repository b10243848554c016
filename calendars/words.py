"""How the state of a calendar is said to people."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.timesince import timesince

from bookings.models import CalendarFreshness, Technician
from calendars.models import CalendarConnection

State = CalendarConnection.State


@dataclass(frozen=True, slots=True)
class Refusal:
    """What happened, what was kept, and the next step."""

    title: str
    text: str


_NOTHING = "Nothing was changed."
REFUSALS = {
    "expired": Refusal("This sign-in has ended", f"It was too old, or used already. {_NOTHING} Start again from the list."),
    "denied": Refusal("Google did not give us access", f"The consent was refused or has ended. {_NOTHING} Start again."),
    "scope_missing": Refusal(
        "The calendar permission is missing",
        f"Google gave us the account, but not its calendar events. {_NOTHING} Start again and leave the calendar box ticked.",
    ),
    "account_unknown": Refusal("Google did not say whose account it is", f"{_NOTHING} Start again and leave all boxes ticked."),
    "no_refresh_token": Refusal(
        "Google gave us access for an hour only",
        f"{_NOTHING} Remove this product under the Google account's third-party access and start again.",
    ),
    "calendar_taken": Refusal(
        "That calendar belongs to somebody else here",
        f"It is connected to another technician. {_NOTHING} Choose another account, or disconnect it there first.",
    ),
    "not_writable": Refusal(
        "We may read that calendar, but not write to it",
        f"{_NOTHING} Share it with the right to make changes to events and start again.",
    ),
    "not_found": Refusal(
        "Google does not show us that calendar", f"{_NOTHING} Check its id and that it is shared with us, then start again."
    ),
    "google_away": Refusal("Google does not answer just now", f"{_NOTHING} Try again in a minute."),
    "not_set_up": Refusal("No service account is set up", "GOOGLE_CALENDAR_CREDENTIALS names no key file. " + _NOTHING),
    "no_client": Refusal("Google sign-in is not set up", "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are empty. " + _NOTHING),
    "calendar_unnamed": Refusal("Which calendar?", f"{_NOTHING} Type the calendar's id, such as sam@example.com."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A technician in the list: the state in a word or two, a sentence, and what can be done."""

    technician: Technician
    state: str
    text: str
    tone: str  # good, bad or plain
    button: str
    can_disconnect: bool

    @classmethod
    def of(cls, technician: Technician, *, now: datetime) -> "Row":
        connection: CalendarConnection | None = getattr(technician, "calendar_connection", None)
        if connection is None or connection.state == State.DISCONNECTED:
            text = "Visits are not written to Google, and what is planned there is not known."
            return cls(technician, "No calendar", text, "plain", "Connect", False)
        if connection.state == State.CONNECTED:
            whose = connection.account or connection.calendar_id
            return cls(technician, "Connected", f"{whose}. {_last_read(technician, connection, now)}", "good", "Reconnect", True)
        text = f"{connection.state_text} Visits wait here and are written once it is reconnected."
        return cls(technician, connection.get_state_display(), text, "bad", "Reconnect", True)


def _last_read(technician: Technician, connection: CalendarConnection, now: datetime) -> str:
    freshness: CalendarFreshness | None = getattr(technician, "freshness", None)
    trouble = " Google did not answer the last time." if connection.pull_error else ""
    if freshness is None or freshness.read_at is None:
        return f"Not read yet, so no times are offered.{trouble}"
    if (now - freshness.read_at).total_seconds() < 60:
        return f"Read less than a minute ago.{trouble}"
    return f"Read {timesince(freshness.read_at, now, depth=1)} ago.{trouble}"
