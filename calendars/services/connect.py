"""Connects a technician's calendar and takes it off again. Owns the rows that begin and end with a connection."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from google.oauth2.credentials import Credentials

from bookings.models import BusyBlock, CalendarFreshness, Concern, Technician
from bookings.services import concerns
from calendars import enqueue
from calendars.google import client, oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.models import CalendarConnection, EventMirror
from calendars.services import standing
from wire.fields import UndecipherableError

Kind, State = CalendarConnection.Kind, CalendarConnection.State
WRITABLE = ("writer", "owner", "writerWithoutPrivateAccess")


class ConnectError(Exception):
    """A calendar that cannot be connected; nothing was changed.

    Codes: `denied`, `scope_missing`, `account_unknown`, `no_refresh_token`, `calendar_taken`, `not_writable`,
    `not_found`, `google_away`, `not_set_up`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def redirect_uri() -> str:
    return f"{settings.SERVER_URL}/oauth/callback"


def finish_consent(technician: Technician, *, code: str, verifier: str, now: datetime) -> CalendarConnection:
    """Exchange the code that came back, make sure that the calendar can be written, and connect. Raises ConnectError."""
    try:
        got = oauth.exchange(code, redirect_uri=redirect_uri(), verifier=verifier)
    except GoogleError as error:
        raise ConnectError("google_away" if error.verdict is Verdict.RETRY else "denied") from error
    if oauth.EVENTS not in got.scopes:
        raise ConnectError("scope_missing")
    if not got.account or not got.sub:
        raise ConnectError("account_unknown")
    # The id of an account's own calendar is the account's address; "primary" would be another's after reconnecting.
    _verify(got.account, got.access_token)
    return connect_oauth(
        technician,
        account=got.account,
        sub=got.sub,
        refresh_token=got.refresh_token,
        access_token=got.access_token,
        expires_at=got.expires_at,
        scopes=got.scopes,
        calendar_id=got.account,
        now=now,
    )


def connect_oauth(
    technician: Technician,
    *,
    account: str,
    sub: str,
    refresh_token: str,
    access_token: str,
    expires_at: datetime,
    scopes: Sequence[str],
    calendar_id: str,
    now: datetime,
) -> CalendarConnection:
    """Store a Google account's permission; what was queued for this calendar is written next.

    An absent refresh token leaves the stored one of the same account. Raises ConnectError.
    """
    with transaction.atomic():
        standing_row = _locked(technician)
        if not refresh_token and sub and standing_row is not None and standing_row.google_sub == sub:
            refresh_token = _stored_refresh_token(standing_row)
        if not refresh_token:
            raise ConnectError("no_refresh_token")
        return _store(
            technician,
            standing_row,
            now=now,
            kind=Kind.OAUTH,
            account=account,
            google_sub=sub,
            calendar_id=calendar_id,
            refresh_token=refresh_token,
            access_token=access_token,
            expires_at=expires_at,
            scopes=" ".join(scopes),
        )


def connect_service_account(technician: Technician, *, calendar_id: str, subject: str, now: datetime) -> CalendarConnection:
    """Connect a calendar through GOOGLE_CALENDAR_CREDENTIALS, acting for `subject` if one is named. Raises ConnectError."""
    if not settings.GOOGLE_CALENDAR_CREDENTIALS:
        raise ConnectError("not_set_up")
    try:
        got = oauth.assume(subject, label=None)
    except GoogleError as error:
        raise ConnectError("google_away" if error.verdict is Verdict.RETRY else "denied") from error
    _verify(calendar_id, got.access_token)
    with transaction.atomic():
        return _store(
            technician,
            _locked(technician),
            now=now,
            kind=Kind.SERVICE_ACCOUNT,
            account=subject,
            google_sub="",
            calendar_id=calendar_id,
            refresh_token="",
            access_token=got.access_token,
            expires_at=got.expires_at,
            scopes=oauth.EVENTS,
        )


def disconnect(connection: CalendarConnection, *, by: str, now: datetime) -> None:
    """Forget the permission and what was read with it; Google is told as well as it goes. Events stay where they are."""
    with transaction.atomic():
        row = _locked(connection.technician)
        if row is None or row.state == State.DISCONNECTED:
            return
        token = _stored_refresh_token(row) if row.kind == Kind.OAUTH else ""
        CalendarConnection.objects.filter(pk=row.pk).update(
            state=State.DISCONNECTED,
            state_text=f"Disconnected by {by}"[:200],
            refresh_token="",
            access_token="",
            expires_at=None,
            token_version=row.token_version + 1,
            updated_at=now,
            **_LEASES_ENDED,
        )
        CalendarFreshness.objects.filter(technician=row.technician_id).delete()
        BusyBlock.objects.filter(technician=row.technician_id).delete()
        concerns.close(Concern.Kind.CALENDAR_BROKEN, standing.key(row), shop_id=row.shop_id, now=now)
        Concern.objects.filter(
            kind=Concern.Kind.BUSY_OVER_VISIT, technician=row.technician_id, status=Concern.Status.OPEN
        ).update(status=Concern.Status.DONE, closed_at=now)
        # Google takes an account's whole permission back, so not while another technician's calendar hangs on it.
        shared = CalendarConnection.objects.filter(google_sub=row.google_sub, google_sub__gt="").exclude(state=State.DISCONNECTED)
        if shared.exists():
            token = ""
    if token:
        oauth.revoke(token)


# Whoever works with the old permission or the old calendar at this moment finds the lease gone and writes nothing.
_LEASES_ENDED: dict[str, Any] = {
    "push_lease": "",
    "push_until": None,
    "pull_lease": "",
    "pull_until": None,
}


def _verify(calendar_id: str, access_token: str) -> None:
    """Raise ConnectError unless the calendar is there and can be written."""
    credentials = Credentials(token=access_token)  # type: ignore[no-untyped-call]
    try:
        with client.Calendar(calendar_id, credentials, label=None) as google:
            answer = google.first()
    except GoogleError as error:
        raise ConnectError("google_away" if error.verdict is Verdict.RETRY else "not_found") from error
    if answer.get("accessRole") not in WRITABLE:
        raise ConnectError("not_writable")


def _locked(technician: Technician) -> CalendarConnection | None:
    return (
        CalendarConnection.objects.select_for_update(no_key=True)
        .defer(*CalendarConnection.SECRETS)
        .filter(technician=technician)
        .first()
    )


def _stored_refresh_token(row: CalendarConnection) -> str:
    try:
        return str(row.refresh_token)
    except UndecipherableError:
        return ""


def _store(
    technician: Technician, before: CalendarConnection | None, *, now: datetime, calendar_id: str, **fields: Any
) -> CalendarConnection:
    others = CalendarConnection.objects.filter(calendar_id=calendar_id).exclude(technician=technician)
    if others.exclude(state=State.DISCONNECTED).exists():
        raise ConnectError("calendar_taken")
    is_same = before is not None and before.calendar_id == calendar_id
    row, _ = CalendarConnection.objects.update_or_create(
        technician=technician,
        defaults={
            "shop_id": technician.shop_id,
            "calendar_id": calendar_id,
            "state": State.CONNECTED,
            "state_text": "",
            "connected_at": before.connected_at if before is not None and is_same else now,
            "token_version": before.token_version + 1 if before is not None else 1,
            "refresh_lease": "",
            "refresh_until": None,
            "push_failures": 0,
            "push_not_before": None,
            "pull_due_at": None,
            "pull_error": "",
            **_LEASES_ENDED,
            **fields,
        },
    )
    # Events of this calendar belong to whoever it is connected to now; what was refused is tried again.
    EventMirror.objects.filter(calendar_id=calendar_id).update(
        connection=row, attempts=0, next_attempt_at=None, blocked_version=0
    )
    fresh, _ = CalendarFreshness.objects.get_or_create(technician=technician, defaults={"shop_id": technician.shop_id})
    if not is_same:
        BusyBlock.objects.filter(technician=technician).delete()
        CalendarFreshness.objects.filter(pk=fresh.pk).update(read_at=None, read_until=None)
    concerns.close(Concern.Kind.CALENDAR_BROKEN, standing.key(row), shop_id=technician.shop_id, now=now)
    transaction.on_commit(lambda: enqueue.pull(row.pk), robust=True)
    transaction.on_commit(lambda: enqueue.push(row.pk), robust=True)
    return row
