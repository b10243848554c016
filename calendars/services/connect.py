"""Connects a technician's calendar. Owns the rows that begin with a connection; how it ends is `leaving`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from google.oauth2.credentials import Credentials

from bookings.models import Concern, Technician
from bookings.services import concerns
from calendars import enqueue
from calendars.google import client, oauth
from calendars.google.errors import GoogleError, Verdict
from calendars.google.quota import Purse, Urgency
from calendars.models import CalendarConnection, EventMirror, Invitation
from calendars.services import invitations, leaving, reading, standing

Kind, State = CalendarConnection.Kind, CalendarConnection.State
WRITABLE = ("writer", "owner", "writerWithoutPrivateAccess")


class ConnectError(Exception):
    """A calendar that cannot be connected; nothing was changed.

    Codes: `denied`, `scope_missing`, `account_unknown`, `no_refresh_token`, `calendar_taken`, `not_writable`,
    `not_found`, `google_away`, `not_set_up`, `still_leaving`, `invitation_ended`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def redirect_uri() -> str:
    return f"{settings.SERVER_URL}/oauth/callback"


def finish_consent(
    technician: Technician, *, code: str, verifier: str, now: datetime, invitation: Invitation | None = None
) -> CalendarConnection:
    """Exchange the code that came back, make sure that the calendar can be written, and connect. Raises ConnectError.

    An invitation by which somebody came is used up with it.
    """
    try:
        got = oauth.exchange(code, redirect_uri=redirect_uri(), verifier=verifier)
    except GoogleError as error:
        raise ConnectError("google_away" if error.verdict is Verdict.RETRY else "denied") from error
    if oauth.EVENTS not in got.scopes:
        raise ConnectError("scope_missing")
    if not got.account or not got.sub:
        raise ConnectError("account_unknown")
    # The id of an account's own calendar is the account's address; "primary" would be another's after reconnecting. The
    # same account again keeps the calendar that was chosen.
    before = CalendarConnection.objects.filter(technician=technician, google_sub=got.sub).exclude(state=State.DISCONNECTED)
    calendar_id = before.values_list("calendar_id", flat=True).first() or got.account
    _verify(technician, calendar_id, got.access_token)
    return connect_oauth(
        technician,
        account=got.account,
        sub=got.sub,
        refresh_token=got.refresh_token,
        access_token=got.access_token,
        expires_at=got.expires_at,
        scopes=got.scopes,
        calendar_id=calendar_id,
        now=now,
        invitation=invitation,
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
    invitation: Invitation | None = None,
) -> CalendarConnection:
    """Store a Google account's permission; what was queued for this calendar is written next.

    An absent refresh token leaves the stored one of the same account. Raises ConnectError.
    """
    with transaction.atomic():
        if invitation is not None and not invitations.use(invitation, now=now):
            raise ConnectError("invitation_ended")
        standing_row = leaving.locked(technician)
        if not refresh_token and sub and standing_row is not None and standing_row.google_sub == sub:
            refresh_token = leaving.stored_refresh_token(standing_row)
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
    got, scopes = _assume(subject)
    _verify(technician, calendar_id, got.access_token)
    with transaction.atomic():
        return _store(
            technician,
            leaving.locked(technician),
            now=now,
            kind=Kind.SERVICE_ACCOUNT,
            account=subject,
            google_sub="",
            calendar_id=calendar_id,
            refresh_token="",
            access_token=got.access_token,
            expires_at=got.expires_at,
            scopes=" ".join(scopes),
        )


def _assume(subject: str) -> tuple[oauth.Tokens, tuple[str, ...]]:
    """Act with the calendar list where an administrator delegated it, else without."""
    for scopes in ((oauth.EVENTS, oauth.CALENDAR_LIST), (oauth.EVENTS,)):
        try:
            return oauth.assume(subject, scopes=scopes, label=None), scopes
        except GoogleError as error:
            if error.verdict is Verdict.RETRY:
                raise ConnectError("google_away") from error
    raise ConnectError("denied")


# Whoever works with the old permission or the old calendar at this moment finds the lease gone and writes nothing.
LEASES_ENDED: dict[str, Any] = {
    "push_lease": "",
    "push_until": None,
}


def _verify(technician: Technician, calendar_id: str, access_token: str) -> None:
    """Raise ConnectError unless the calendar is there and can be written."""
    credentials = Credentials(token=access_token)  # type: ignore[no-untyped-call]
    try:
        purse = Purse(technician.shop_id, None, Urgency.READ)
        with client.Calendar(calendar_id, credentials, label=None, purse=purse) as google:
            answer = google.first()
    except GoogleError as error:
        raise ConnectError("google_away" if error.verdict is Verdict.RETRY else "not_found") from error
    if answer.get("accessRole") not in WRITABLE:
        raise ConnectError("not_writable")


def _store(
    technician: Technician, before: CalendarConnection | None, *, now: datetime, calendar_id: str, **fields: Any
) -> CalendarConnection:
    if before is not None and before.state == State.LEAVING:
        raise ConnectError("still_leaving")
    if is_taken(calendar_id, technician):
        raise ConnectError("calendar_taken")
    is_same = before is not None and before.calendar_id == calendar_id
    try:
        with transaction.atomic():
            row = _write(technician, before, is_same, now=now, calendar_id=calendar_id, **fields)
    except IntegrityError as error:  # connected to somebody else at this moment
        raise ConnectError("calendar_taken") from error
    adopt(row)
    if before is not None and not is_same and before.state == State.CONNECTED and _same_account(before, row):
        leaving.begin_clearing(row, now=now)
    reading.begin(row, same_account=is_same)
    concerns.close(Concern.Kind.CALENDAR_BROKEN, standing.key(row), shop_id=technician.shop_id, now=now)
    transaction.on_commit(lambda: enqueue.pull_connection(row.pk), robust=True)
    transaction.on_commit(lambda: enqueue.push(row.pk), robust=True)
    return row


def is_taken(calendar_id: str, technician: Technician) -> bool:
    """Say whether another technician's visits go to that calendar."""
    others = CalendarConnection.objects.filter(calendar_id=calendar_id).exclude(technician=technician)
    return others.exclude(state=State.DISCONNECTED).exists()


def adopt(row: CalendarConnection) -> None:
    """Events of a calendar belong to whoever it is connected to now; what was refused or to be removed is looked at again."""
    mirrors = EventMirror.objects.filter(calendar_id=row.calendar_id)
    mirrors.update(connection=row, attempts=0, next_attempt_at=None, blocked_version=0)
    mirrors.filter(retired=False, wanted=EventMirror.Wanted.ABSENT, confirmed=EventMirror.Confirmed.PRESENT).update(
        wanted=EventMirror.Wanted.PRESENT
    )


def _same_account(before: CalendarConnection, row: CalendarConnection) -> bool:
    return (before.kind, before.google_sub, before.account) == (row.kind, row.google_sub, row.account)


def _write(
    technician: Technician,
    before: CalendarConnection | None,
    is_same: bool,
    *,
    now: datetime,
    calendar_id: str,
    **fields: Any,
) -> CalendarConnection:
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
            **LEASES_ENDED,
            **fields,
        },
    )
    return row
