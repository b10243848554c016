"""How the state of a calendar is said to people."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.timesince import timesince

from bookings.models import CalendarFreshness, Technician
from calendars.google import oauth
from calendars.models import CalendarConnection, ReadCalendar, WatchChannel
from calendars.services import leaving

State = CalendarConnection.State


@dataclass(frozen=True, slots=True)
class Refusal:
    """What happened, what was kept, and the next step."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A permission: what it is for, in plain words, what Google calls it on its own page, and what fails without it."""

    scope: str
    what: str
    why: str
    on_googles_page: str
    without: str


ASKED = (
    Asked(
        oauth.EVENTS,
        "See and change events in your calendars",
        "To put your visits in and keep them up to date, and to see when you are busy. Titles, guests and places of your own "
        "events are not read.",
        "View and edit events on all your calendars",
        "Visits cannot be put into your calendar, and nobody sees when you are busy.",
    ),
    Asked(
        oauth.CALENDAR_LIST,
        "See the list of your calendars",
        "So that you can choose which ones count as busy and which one receives visits.",
        "See the list of Google calendars you're subscribed to",
        "Only the account's main calendar is used: visits go there, and only what is in it counts as busy. Other calendars "
        "cannot be chosen.",
    ),
    Asked(
        "openid",
        "Your e-mail address",
        "To know whose calendar it is.",
        "See your primary Google Account email address",
        "We would not know whose calendar it is.",
    ),
)
_BY_SCOPE = {each.scope: each for each in ASKED}


def left_out(connection: CalendarConnection) -> Asked | None:
    """What a connection works without, though it was asked for."""
    return None if oauth.CALENDAR_LIST in connection.scopes.split() else _BY_SCOPE[oauth.CALENDAR_LIST]


def chosen(moved: bool) -> str:
    if moved:
        return "Saved. Coming visits move to that calendar and leave the earlier one; what is over stays there."
    return "Saved. What is in these calendars counts as busy once it was read, which takes seconds."


_NOTHING = "Nothing was changed."
_NEW_LINK = "Ask your office for a new link."
_ASK = "ask your office for a new link."
REFUSALS = {
    "expired": Refusal("This sign-in has ended", f"It was too old, or used already. {_NOTHING} Start again."),
    "lost": Refusal(
        "This sign-in has ended",
        f"It was used already, or began in another browser. {_NOTHING} Open the link from your message again; if it no longer "
        f"works, {_ASK} If you work in the office: sign in and start again.",
    ),
    "guest_ended": Refusal(
        "Your time on this page is over",
        "After you connect by a link this page stays open for an hour, unless your office takes it back. Your calendar is as you "
        f"left it. To change something, {_ASK}",
    ),
    "denied": Refusal(
        "Google did not give us access",
        f"The consent was refused or has ended. {_NOTHING} Start again and press “Allow” on Google's page.",
    ),
    "scope_missing": Refusal(
        "The calendar permission is missing",
        f"You left out “{_BY_SCOPE[oauth.EVENTS].on_googles_page}”. Without it this does not work: "
        f"{_BY_SCOPE[oauth.EVENTS].without} {_NOTHING} Start again and leave that box ticked.",
    ),
    "account_unknown": Refusal("Google did not say whose account it is", f"{_NOTHING} Start again and leave all boxes ticked."),
    "no_refresh_token": Refusal(
        "Google gave us access for an hour only",
        f"{_NOTHING} Remove this product under myaccount.google.com/connections and start again.",
    ),
    "calendar_taken": Refusal(
        "That calendar belongs to somebody else here",
        f"It receives another technician's visits. {_NOTHING} Sign in with your own account, or have it disconnected there.",
    ),
    "not_writable": Refusal(
        "We may read that calendar, but not write to it",
        f"{_NOTHING} Share it with the right to make changes to events, or choose another.",
    ),
    "not_found": Refusal(
        "Google does not show us that calendar", f"{_NOTHING} Check its id and that it is shared with us, then start again."
    ),
    "not_offered": Refusal("That calendar is not in the list any more", f"{_NOTHING} Look at the list again and choose."),
    "not_connected": Refusal("This calendar is not connected", f"{_NOTHING} Connect it first."),
    "still_leaving": Refusal(
        "The calendar is just being disconnected",
        f"Visits are still being taken out of it. {_NOTHING} Wait until that is done and start again.",
    ),
    "google_away": Refusal("Google does not answer just now", f"{_NOTHING} Try again in a minute."),
    "not_set_up": Refusal("No service account is set up", "GOOGLE_CALENDAR_CREDENTIALS names no key file. " + _NOTHING),
    "no_client": Refusal("Google sign-in is not set up", "GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are empty. " + _NOTHING),
    "calendar_unnamed": Refusal("Which calendar?", f"{_NOTHING} Type the calendar's id, such as sam@example.com."),
    "invitation_unknown": Refusal(
        "This link is not one of ours",
        f"Perhaps a part of it is missing: open it from the message again, whole. Or {_ASK}",
    ),
    "invitation_expired": Refusal("This link has run out", f"Links work for a week. {_NOTHING} {_NEW_LINK}"),
    "invitation_used": Refusal(
        "This link was used already",
        f"Your calendar was connected with it, and it works once. If it was not you, tell your office. To connect again, {_ASK}",
    ),
    "invitation_withdrawn": Refusal(
        "This link no longer works",
        f"Your office has sent a newer one, or taken it back. {_NOTHING} Use the newest; if you have none, {_ASK}",
    ),
    "invitation_ended": Refusal(
        "This link ended meanwhile", f"It was used or taken back while you signed in. {_NOTHING} {_NEW_LINK}"
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A technician in the list: the state in a word or two, a sentence, and what can be done."""

    technician: Technician
    state: str
    text: str
    tone: str  # good, bad or plain
    button: str  # empty: not just now
    can_disconnect: bool

    @classmethod
    def of(cls, technician: Technician, *, now: datetime) -> "Row":
        connection: CalendarConnection | None = getattr(technician, "calendar_connection", None)
        if connection is not None and connection.state == State.LEAVING:
            return cls(technician, "Being disconnected", connection.state_text + ".", "plain", "", False)
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
    trouble = " Google did not answer the last time." if any(each.pull_error for each in connection.calendars.all()) else ""
    if freshness is None or freshness.read_at is None:
        return f"Not read yet, so nothing is promised for certain.{trouble}"
    if (now - freshness.read_at).total_seconds() < 60:
        return f"Read less than a minute ago.{trouble}"
    return f"Read {timesince(freshness.read_at, now, depth=1)} ago.{trouble}"


@dataclass(frozen=True, slots=True)
class Line:
    """One calendar: what it is used for, how old our picture of it is, and what is wrong."""

    name: str
    use: str
    read: str
    heard: str
    problem: str


@dataclass(frozen=True, slots=True)
class Status:
    """A technician's calendar as their page shows it."""

    row: Row
    connection: CalendarConnection | None
    lines: list[Line]
    notes: list[str]
    left_out: Asked | None
    progress: leaving.Progress | None

    @classmethod
    def of(cls, technician: Technician, *, now: datetime) -> "Status":
        connection = CalendarConnection.objects.defer(*CalendarConnection.SECRETS).filter(technician=technician).first()
        technician.calendar_connection = connection
        row = Row.of(technician, now=now)
        if connection is None or connection.state == State.DISCONNECTED:
            return cls(row, None, [], [], None, None)
        lines = [Line(*_line(each, connection, now)) for each in _read(connection)] if connection.state != State.LEAVING else []
        moving = leaving.progress(connection) if connection.clearing_since is not None else None
        return cls(row, connection, lines, _notes(technician, connection), left_out(connection), moving)

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.state == State.CONNECTED

    @property
    def is_leaving(self) -> bool:
        return self.connection is not None and self.connection.state == State.LEAVING


def _notes(technician: Technician, connection: CalendarConnection) -> list[str]:
    notes = []
    is_own = not technician.email or connection.account.lower() in ("", technician.email.lower())
    if not is_own and connection.state != State.LEAVING:
        notes.append(
            f"This is {connection.account}; the office knows {technician.name} as {technician.email}. If that is the wrong "
            "account, reconnect with the right one."
        )
    if connection.state == State.REVOKED and connection.kind == CalendarConnection.Kind.OAUTH:
        notes.append(
            "Google does not say why. If calendars end every week, the project's consent screen is still in “Testing”: Google "
            "then ends each access after 7 days. Publish it (docs/going-live.md, 5.1)."
        )
    if connection.probe_event_id:
        notes.append("A test's event may still be in the calendar, yesterday. It is removed by itself within a minute.")
    return notes


def _read(connection: CalendarConnection) -> list[ReadCalendar]:
    """Those in use, the one that receives visits first."""
    used = [each for each in connection.calendars.order_by("pk") if each.counts or each.calendar_id == connection.calendar_id]
    return sorted(used, key=lambda each: each.calendar_id != connection.calendar_id)


def _line(read: ReadCalendar, connection: CalendarConnection, now: datetime) -> tuple[str, str, str, str, str]:
    receives = read.calendar_id == connection.calendar_id
    use = "Receives visits, counts as busy" if receives and read.counts else "Receives visits" if receives else "Counts as busy"
    channels = read.channels.filter(state=WatchChannel.State.OPEN, expires_at__gt=now)
    heard = (
        "Google tells us of changes at once."
        if channels.exists()
        else f"Looked at every {_span(settings.CALENDAR_PULL_SECONDS)}."
    )
    problem = f"The last reading failed: {read.pull_error}." if read.pull_error else ""
    return str(read), use, _since(read.read_at, now), heard, problem


def _since(read_at: datetime | None, now: datetime) -> str:
    if read_at is None:
        return "Not read yet"
    if now - read_at < timedelta(minutes=1):
        return "Read less than a minute ago"
    return f"Read {timesince(read_at, now, depth=1)} ago"


def _span(seconds: int) -> str:
    return f"{seconds // 60} minutes" if seconds >= 120 else f"{seconds} seconds"
