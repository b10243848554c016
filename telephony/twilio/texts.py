"""Sends the texts that wait in the table: claimed with a lease, never inside a transaction, never twice.

Twilio has no idempotency key for texts. Where a request's fate is unknown, Twilio is asked what it has before anything is
sent again.
"""

import time
from datetime import datetime, timedelta

import requests
import structlog
from django.db.models import F, Q
from django.utils import timezone
from twilio.base.exceptions import TwilioRestException
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError, SSLError

from bookings.models import OutgoingMessage
from bookings.services import confirmations
from telephony.alarms import texting
from telephony.twilio import deliveries, rest, twiml
from wire import backoff
from wire.breaker import OpenError

log = structlog.get_logger(__name__)
Status = OutgoingMessage.Status

LEASE = timedelta(seconds=60)  # well beyond one request: who holds it longer has died
SETTLING = timedelta(seconds=30)  # before Twilio is asked whether it has a text: its list must have caught up
WORTHWHILE = timedelta(hours=4)  # later than that, a text is news of yesterday; also Twilio's validity period
# Refusals after which the same text may go through later. Every other 4xx is final: closed by default.
RETRY_CODES = frozenset({20429, 21611, 30001, 30022})


def due(now: datetime, *, limit: int = 200) -> list[int]:
    """Return the ids of the texts that want to be sent, or whose fate wants to be known, oldest first."""
    waiting = (Status.QUEUED, Status.SENDING, Status.UNKNOWN)
    rows = OutgoingMessage.objects.filter(status__in=waiting, next_attempt_at__lte=now)
    return list(rows.order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def sweep(*, seconds: float) -> None:
    """Send what is due, one text after the other, for so many seconds.

    It sends by itself: to ask a worker that is behind for the same texts again would put it further behind.
    """
    until = time.monotonic() + seconds
    for message_id in due(timezone.now()):
        send(message_id, now=timezone.now())
        if time.monotonic() > until:
            return


def send(message_id: int, *, now: datetime) -> None:
    """Send one text if it is due and nobody else has it in hand."""
    rows = OutgoingMessage.objects.filter(pk=message_id, next_attempt_at__lte=now)
    lease, tried = now + LEASE, F("attempts") + 1
    if rows.filter(status=Status.QUEUED).update(status=Status.SENDING, next_attempt_at=lease, attempts=tried):
        _send(_read(message_id), now=now)
    elif rows.filter(status__in=[Status.SENDING, Status.UNKNOWN]).update(
        status=Status.UNKNOWN, next_attempt_at=lease, attempts=tried
    ):  # a lease that ran out belonged to a worker that died, before or after Twilio had the text
        _reconcile(_read(message_id), now=now)


def _read(message_id: int) -> OutgoingMessage:
    return OutgoingMessage.objects.select_related("shop", "booking__customer").get(pk=message_id)


def _send(message: OutgoingMessage, *, now: datetime) -> None:
    if confirmations.is_stale(message, now=now) or texting.is_stale(message):
        OutgoingMessage.objects.filter(pk=message.pk, status=Status.SENDING).delete()
        return
    if now - message.created_at > WORTHWHILE:
        deliveries.fail(message, "too late", now=now)
        return
    try:
        created = rest.client().messages.create(
            to=message.to,
            from_=message.shop.phone_number,
            body=message.body,
            status_callback=twiml.url("twilio-message-status", f"message={message.public_id}"),
            validity_period=int(WORTHWHILE.total_seconds()),
        )
    except rest.ERRORS as error:
        _unsent(message, error, now=now)
    else:
        deliveries.sent(message, sid=created.sid or "", now=now)


def _unsent(message: OutgoingMessage, error: Exception, *, now: datetime) -> None:
    status = error.status if isinstance(error, TwilioRestException) else 0
    code = error.code if isinstance(error, TwilioRestException) else 0
    log.warning("text_not_sent", message=message.pk, status=status, error_code=code, kind=type(error).__name__)
    if status == 429 or code in RETRY_CODES or never_left(error):
        _later(message, Status.QUEUED, backoff.delay(message.attempts, first_seconds=2, most_seconds=300), now=now)
    elif status >= 500 or isinstance(error, requests.RequestException):
        _later(message, Status.UNKNOWN, SETTLING, now=now)
    else:
        deliveries.fail(message, str(code or status or "credentials"), now=now)


def never_left(error: Exception) -> bool:
    """Say whether the connection itself failed, or was not tried, so that Twilio cannot have the text."""
    if isinstance(error, OpenError):
        return True
    cause = error.args[0] if isinstance(error, requests.ConnectionError) and error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    return isinstance(reason, NewConnectionError | ConnectTimeoutError | SSLError)


def _reconcile(message: OutgoingMessage, *, now: datetime) -> None:
    """Look for the text among those Twilio has; only when it is not there, let it be sent again."""
    others = set(OutgoingMessage.objects.filter(to=message.to, sid__gt="").exclude(pk=message.pk).values_list("sid", flat=True))
    since = message.created_at - timedelta(minutes=5)  # Twilio's clock is not ours
    try:
        # Without a date: a text that still waits at Twilio has no sending date yet. Newest first.
        held = rest.client().messages.list(to=message.to, from_=message.shop.phone_number, limit=100)
    except rest.ERRORS as error:
        log.warning("text_still_unknown", message=message.pk, kind=type(error).__name__)
        if now - message.created_at > WORTHWHILE:
            deliveries.fail(message, "unknown", now=now)
        else:
            _later(message, Status.UNKNOWN, SETTLING + backoff.delay(message.attempts, most_seconds=300), now=now)
        return
    for each in held:
        recent = each.date_created is None or each.date_created >= since
        if each.body == message.body and recent and each.sid and each.sid not in others:
            deliveries.note(
                sid=each.sid, public_id=message.public_id, status=str(each.status), error_code=str(each.error_code or ""), now=now
            )
            return
    _later(message, Status.QUEUED, timedelta(0), now=now)


def _later(message: OutgoingMessage, status: OutgoingMessage.Status, wait: timedelta, *, now: datetime) -> None:
    """Give the text back, unless a report of Twilio's has settled it meanwhile."""
    OutgoingMessage.objects.filter(Q(status=Status.SENDING) | Q(status=Status.UNKNOWN), pk=message.pk).update(
        status=status, next_attempt_at=now + wait
    )
