"""Whether a connection may be used, and what a person has to do when it may not. Work stays queued meanwhile."""

from datetime import datetime, timedelta

import structlog
from django.db import connection as database
from django.db import transaction

from bookings.models import Concern, Shop, Technician
from bookings.services import concerns
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection
from calendars.services import telling

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
        told = "Google no longer lets us into your calendar, so your visits are missing there and we cannot see when you are busy"
    elif error.verdict is Verdict.CALENDAR:
        state, text = State.BROKEN, f"Google refuses the calendar: {error}"[:200]
        advice = f"Google refuses {who}'s calendar ({error}). Check its sharing and reconnect it; nothing booked is lost."
        told = "Google refuses us your calendar, so your visits are missing there and we cannot see when you are busy"
    else:
        return False
    with transaction.atomic():
        changed = CalendarConnection.objects.filter(
            pk=connection.pk, state=State.CONNECTED, token_version=connection.token_version
        ).update(state=state, state_text=text, updated_at=now)
        if changed:
            log.warning("calendar_lost", connection=connection.pk, state=state.value, reason=error.reason)
            concerns.raise_once(
                Concern.Kind.CALENDAR_BROKEN, key(connection), advice, shop_id=connection.shop_id, now=now,
                technician=connection.technician,
            )  # fmt: skip
            telling.lost(connection, told, now=now)
    return bool(changed)


def well(connection: CalendarConnection, *, now: datetime) -> None:
    """Note that a refused calendar can be read again."""
    changed = CalendarConnection.objects.filter(pk=connection.pk, state=State.BROKEN).update(
        state=State.CONNECTED, state_text="", push_not_before=None, push_failures=0, updated_at=now
    )
    if changed:
        concerns.close(Concern.Kind.CALENDAR_BROKEN, key(connection), shop_id=connection.shop_id, now=now)


# Connected, and not read for longer than the shop believes a picture. A trouble is named by when it was last read.
_STALE = """
SELECT c.technician_id, coalesce(f.read_at, c.connected_at),
       coalesce((SELECT r.pull_error FROM calendars_readcalendar r
                  WHERE r.connection_id = c.id AND r.pull_error <> '' ORDER BY r.id LIMIT 1), '')
  FROM calendars_calendarconnection c
  JOIN bookings_shop s ON s.id = c.shop_id
  JOIN bookings_technician t ON t.id = c.technician_id
  LEFT JOIN bookings_calendarfreshness f ON f.technician_id = c.technician_id
 WHERE c.state = 'connected' AND t.active
   AND greatest(f.read_at, c.connected_at) < %(now)s - s.calendar_stale_minutes * interval '1 minute'
"""


def sweep(*, now: datetime) -> None:
    """Tell once of each calendar that is merely not read any more, whatever the reason; close it when it is read again.

    Two statements where all is well.
    """
    with database.cursor() as cursor:
        cursor.execute(_STALE, {"now": now})
        stale = {pk: (since, error) for pk, since, error in cursor.fetchall()}
    known = Concern.objects.filter(kind=Concern.Kind.CALENDAR_STALE)
    known.filter(status=Concern.Status.OPEN).exclude(technician__in=list(stale)).update(status=Concern.Status.DONE, closed_at=now)
    if not stale:
        return
    told = set(known.filter(technician__in=list(stale)).values_list("key", flat=True))
    for technician in Technician.objects.select_related("shop").filter(pk__in=list(stale)).order_by("pk"):
        since, error = stale[technician.pk]
        name = f"technician:{technician.pk}:{since.isoformat()}"
        if name not in told:
            _stale(technician, name, since, error, now=now)


def _stale(technician: Technician, name: str, since: datetime, error: str, *, now: datetime) -> None:
    shop, moment = technician.shop, since.astimezone(technician.shop.zone)
    meanwhile = "not offered" if shop.when_stale == Shop.WhenStale.EXCLUDE else "offered on your confirmation only"
    why = f" ({error})" if error else ""
    advice = (
        f"{technician.name}'s calendar could not be read since {moment:%a %b %-d, %-I:%M %p}{why}. Their time is {meanwhile} "
        "until it is read again, which is tried by itself. Where Google is well otherwise, reconnect it."
    )
    with transaction.atomic():
        if concerns.raise_once(
            Concern.Kind.CALENDAR_STALE, name, advice, shop_id=shop.pk, now=now, technician=technician
        ):  # fmt: skip
            what = f"we could not read your Google Calendar since {moment:%a %-I:%M %p}."
            telling.text(technician, f"{what} Please tell the office what you put into it meanwhile.", now=now)
