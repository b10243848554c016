"""Keeps access tokens fresh: five minutes before they end, once at a time over all processes, stored encrypted.

The lease is a name in the row and not a row lock, because the refresh talks to Google. Who does not get it waits for
the other's token. Tokens leave this module only inside a credentials object.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from google.auth import credentials

from calendars import leases
from calendars.google import oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection
from wire.fields import UndecipherableError

EARLY = timedelta(minutes=5)
_WAIT_SECONDS = 15.0
_LOOK_SECONDS = 0.1
USABLE = (CalendarConnection.State.CONNECTED, CalendarConnection.State.BROKEN)
# While visits are being taken out of a calendar that is given up, its permission is still needed.
_HELD = (*USABLE, CalendarConnection.State.LEAVING)


class StoredCredentials(credentials.Credentials):
    """A connection's token for google-auth, which asks for another one when this is old or refused with 401."""

    def __init__(self, connection_id: int, *, clock: Callable[[], datetime]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._connection_id = connection_id
        self._clock = clock

    def refresh(self, request: object) -> None:
        """Take the stored token, or a new one if it is the one that was refused. Raises GoogleError."""
        self.token, expires_at = access(self._connection_id, clock=self._clock, refused=self.token or "")
        self.expiry = expires_at.astimezone(UTC).replace(tzinfo=None)  # google-auth compares naive UTC


def access(connection_id: int, *, clock: Callable[[], datetime], refused: str = "") -> tuple[str, datetime]:
    """Return an access token other than `refused` and its end. Raises GoogleError."""
    give_up = time.monotonic() + _WAIT_SECONDS
    while True:
        row = _row(connection_id)
        if row.access_token and row.access_token != refused and row.expires_at and row.expires_at - EARLY > clock():
            return row.access_token, row.expires_at
        lease = leases.take(connection_id, "refresh", token_version=row.token_version)
        if lease is not None:
            try:
                return _refresh(row)
            finally:
                lease.release()
        if time.monotonic() > give_up:
            raise GoogleError(Verdict.RETRY, "another process is refreshing the token")
        time.sleep(_LOOK_SECONDS)


def _row(connection_id: int) -> CalendarConnection:
    try:
        row = (
            CalendarConnection.objects.only(
                "kind", "account", "state", "scopes", "refresh_token", "access_token", "expires_at", "token_version"
            )
            .filter(pk=connection_id, state__in=_HELD)
            .first()
        )
    except UndecipherableError as error:
        raise GoogleError(Verdict.CALENDAR, "the stored token cannot be read with FIELD_ENCRYPTION_KEYS") from error
    if row is None:
        raise GoogleError(Verdict.GRANT, "not connected")
    return row


def _refresh(row: CalendarConnection) -> tuple[str, datetime]:
    if row.kind == CalendarConnection.Kind.SERVICE_ACCOUNT:
        got = oauth.assume(row.account, scopes=row.scopes.split() or (oauth.EVENTS,), label=row.pk)
    elif row.refresh_token:
        got = oauth.refresh(row.refresh_token, label=row.pk)
    else:
        raise GoogleError(Verdict.GRANT, "no refresh token")
    fields: dict[str, Any] = {
        "access_token": got.access_token,
        "expires_at": got.expires_at,
        "token_version": row.token_version + 1,
    }
    if got.refresh_token and row.kind == CalendarConnection.Kind.OAUTH:
        fields["refresh_token"] = got.refresh_token
    # Somebody who reconnected meanwhile has stored a newer pair: theirs stays.
    CalendarConnection.objects.filter(pk=row.pk, token_version=row.token_version).update(**fields)
    return got.access_token, got.expires_at
