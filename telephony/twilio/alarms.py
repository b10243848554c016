"""Places what the alarms have decided: texts and calls, never inside a transaction and each one once a round.

Twilio has no idempotency key for calls. One whose fate is unknown is looked for among those Twilio has before it is placed
again; one that Twilio refuses for good is left to the ladder.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q
from twilio.base.exceptions import TwilioRestException

from telephony.alarms import ladder, texting
from telephony.models import Alert
from telephony.twilio import rest, texts, twiml

log = structlog.get_logger(__name__)
Channel, Status = Alert.Channel, Alert.Status

RING_SECONDS = 30
AGAIN = timedelta(seconds=10)  # before a call that certainly was not placed is tried again
SETTLING = timedelta(seconds=30)  # before Twilio is asked whether it has a call: beyond a request, and its list has caught up
ONE_CALL = timedelta(seconds=60)  # so long a telephone is taken to ring, or its owner to listen: a second call would meet "busy"
AT_ONCE = 4

_CALLS = Q(channel=Channel.CALL, emergency__acknowledged_at=None)


def due(now: datetime) -> list[int]:
    """Return the emergencies about which something can be done now: a next person, a text, a call, a call of unknown fate."""
    calls = _CALLS & (_unplaced(now) | _unknown(now))
    lately = Q(channel__in=texting.TEXTS, status=Status.PLACING, message__next_attempt_at__lte=now)
    unsent = Q(message__status__in=[texts.Status.QUEUED, texts.Status.SENDING, texts.Status.UNKNOWN])
    waiting = Alert.objects.filter(calls | (lately & unsent) | texting.collectable(now), created_at__lte=now)
    found = waiting.order_by("created_at").values_list("emergency_id", flat=True)[:500]
    return list(dict.fromkeys([*ladder.due(now), *found]))


def tell(emergency_id: int, *, now: datetime) -> None:
    """Take the step that is due, and place what waits for this emergency: all at once, for Twilio may be slow."""
    ladder.step(emergency_id, now=now)
    texting.collect(emergency_id, now=now)
    alerts = Alert.objects.filter(emergency=emergency_id)
    messages = alerts.filter(channel__in=texting.TEXTS, status=Status.PLACING).exclude(message=None)
    calls = alerts.filter(_CALLS)
    work: list[tuple[Callable[..., None], int]] = [
        *((texts.send, pk) for pk in dict.fromkeys(messages.order_by("pk").values_list("message_id", flat=True))),
        *((_place, pk) for pk in calls.filter(_unplaced(now)).order_by("pk").values_list("pk", flat=True)),
        *((_look_up, pk) for pk in calls.filter(_unknown(now)).order_by("pk").values_list("pk", flat=True)),
    ]
    if work:
        with ThreadPoolExecutor(min(AT_ONCE, len(work)), thread_name_prefix="alarm") as pool:
            list(pool.map(lambda each: _do(*each, now=now), work))
    texting.settle(now)


def _do(what: Callable[..., None], pk: int, *, now: datetime) -> None:
    try:
        what(pk, now=now)
    except Exception:  # the boundary: one number must not keep the others from being told
        log.exception("alarm_not_placed", what=what.__name__.strip("_"))
    finally:
        connection.close()


def _unplaced(now: datetime) -> Q:
    return Q(status=Status.DUE) & (Q(placed_at=None) | Q(placed_at__lte=now - AGAIN))


def _unknown(now: datetime) -> Q:
    """Claimed long ago and still without Twilio's id: who placed it died, or heard no answer."""
    return Q(status=Status.PLACING, twilio_sid="", placed_at__lte=now - SETTLING)


def _place(alert_id: int, *, now: datetime) -> None:
    alert = _claim(alert_id, _unplaced(now), now=now)
    if alert is None:
        return
    try:
        created = rest.client().calls.create(
            to=alert.number,
            from_=alert.shop.phone_number,
            url=twiml.url("twilio-alarm", f"alert={alert.public_id}"),
            method="POST",
            status_callback=twiml.url("twilio-alarm-status", f"alert={alert.public_id}"),
            status_callback_event=["completed"],
            status_callback_method="POST",
            timeout=RING_SECONDS,
        )
    except rest.ERRORS as error:
        _not_placed(alert, error, now=now)
    else:
        _placed(alert, created.sid or "")


def _claim(alert_id: int, which: Q, *, now: datetime) -> Alert | None:
    """Take a call in hand unless somebody else has it, or the same telephone rings for another emergency."""
    alert = Alert.objects.select_related("shop").get(pk=alert_id)
    with transaction.atomic():
        texting.one_at_a_time(alert.shop_id, alert.number)
        others = Alert.objects.filter(shop=alert.shop_id, number=alert.number, channel=Channel.CALL, ended_at=None)
        ringing = others.filter(status__in=[Status.PLACING, Status.TOLD], placed_at__gt=now - ONE_CALL).exclude(pk=alert.pk)
        if ringing.exists():
            return None
        claimed = Alert.objects.filter(_CALLS & which, pk=alert.pk).update(status=Status.PLACING, placed_at=now)
    return alert if claimed else None


def _placed(alert: Alert, sid: str) -> None:
    Alert.objects.filter(pk=alert.pk, twilio_sid="").update(twilio_sid=sid[:64])


def _not_placed(alert: Alert, error: Exception, *, now: datetime) -> None:
    status = error.status if isinstance(error, TwilioRestException) else 0
    code = error.code if isinstance(error, TwilioRestException) else 0
    log.warning("alarm_call_not_placed", alert=alert.pk, status=status, error_code=code, kind=type(error).__name__)
    if status == 429 or code in texts.RETRY_CODES or texts.never_left(error):
        rows = Alert.objects.filter(pk=alert.pk, status=Status.PLACING, twilio_sid="")
        rows.update(status=Status.DUE, note="Twilio was not reached; tried again")
    elif 400 <= status < 500:
        rows = Alert.objects.filter(pk=alert.pk, status=Status.PLACING)
        rows.update(status=Status.FAILED, ended_at=now, note=f"Twilio refused the call ({code or status})")
    # Else nobody knows whether it rings: it is looked up.


def _look_up(alert_id: int, *, now: datetime) -> None:
    """Ask Twilio whether it has the call; only when it has not, let it be placed again."""
    alert = _claim(alert_id, _unknown(now), now=now)
    if alert is None:
        return
    others = set(
        Alert.objects.filter(shop=alert.shop_id, number=alert.number, twilio_sid__gt="").values_list("twilio_sid", flat=True)
    )
    since = alert.created_at - timedelta(minutes=1)  # Twilio's clock is not ours
    try:
        held = rest.client().calls.list(to=alert.number, from_=alert.shop.phone_number, limit=50)
    except rest.ERRORS as error:
        log.warning("alarm_call_still_unknown", alert=alert.pk, kind=type(error).__name__)
        return
    for each in held:
        recent = each.date_created is None or each.date_created >= since
        if recent and each.sid and each.sid not in others:
            _placed(alert, each.sid)
            return
    rows = Alert.objects.filter(pk=alert.pk, status=Status.PLACING, twilio_sid="")
    rows.update(status=Status.DUE, placed_at=None, note="Twilio did not get the call; placed again")
