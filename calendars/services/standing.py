"""Whether a connection may be used, and what a person has to do when it may not. Work stays queued meanwhile."""

from datetime import datetime, timedelta

import structlog

from bookings.models import Concern
from bookings.services import concerns
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection

log = structlog.get_logger(__name__)
State = CalendarConnection.State

# A calendar that Google refuses as a whole is tried again this often, in case somebody mended it on Google's side.
BROKEN_RETRY = timedelta(minutes=15)


def key(connection: CalendarConnection) -> str:
    return f"technician:{connection.technician_id}"


def lost(connection: CalendarConnection, error: GoogleError, *, now: datetime) -> bool:
    """Mark a connected calendar as revoked or refused; False when the error is neither, or somebody reconnected.

    `token_version` tells whether the connection is still the one that failed.
    """
    who = connection.technician.name
    if error.verdict is Verdict.GRANT:
        state, text = State.REVOKED, "Google no longer accepts our access."
        advice = f"Google no longer lets us into {who}'s calendar. Reconnect it; what was booked meanwhile is written then."
    elif error.verdict is Verdict.CALENDAR:
        state, text = State.BROKEN, f"Google refuses the calendar: {error}"[:200]
        advice = f"Google refuses {who}'s calendar ({error}). Check its sharing and reconnect it; nothing booked is lost."
    else:
        return False
    changed = CalendarConnection.objects.filter(
        pk=connection.pk, state=State.CONNECTED, token_version=connection.token_version
    ).update(
        state=state,
        state_text=text,
        updated_at=now,
    )
    if changed:
        log.warning("calendar_lost", connection=connection.pk, state=state.value, reason=error.reason)
        concerns.raise_once(
            Concern.Kind.CALENDAR_BROKEN,
            key(connection),
            advice,
            shop_id=connection.shop_id,
            now=now,
            technician=connection.technician,
        )
    return bool(changed)


def well(connection: CalendarConnection, *, now: datetime) -> None:
    """Note that a refused calendar can be read again."""
    changed = CalendarConnection.objects.filter(pk=connection.pk, state=State.BROKEN).update(
        state=State.CONNECTED, state_text="", push_not_before=None, push_failures=0, updated_at=now
    )
    if changed:
        concerns.close(Concern.Kind.CALENDAR_BROKEN, key(connection), shop_id=connection.shop_id, now=now)
