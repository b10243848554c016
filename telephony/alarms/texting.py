"""Makes texts of alerts: the first one at once, and what follows within a minute together in one, per person and shop."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from bookings.models import OutgoingMessage, Shop
from bookings.services import messages
from telephony.alarms import rounds, words
from telephony.models import Alert, Emergency

APART = timedelta(seconds=60)
REASON = "alarm"
ALARM, OVER = f"{REASON}:", f"{REASON}-over:"  # a text that only says who has it holds up no alarm
Channel, Status, Message = Alert.Channel, Alert.Status, OutgoingMessage.Status
TEXTS = (Channel.TEXT, Channel.OVER)


def collectable(now: datetime) -> Q:
    """Name the alerts whose text may go now: the person's last one is a minute old, or there was none."""
    lately = OutgoingMessage.objects.filter(shop=OuterRef("shop"), to=OuterRef("number"), created_at__gt=now - APART)
    alarmed, texted = (Q(Exists(lately.filter(reason__startswith=each))) for each in (ALARM, REASON))
    return Q(status=Status.DUE) & (Q(channel=Channel.TEXT) & ~alarmed | Q(channel=Channel.OVER) & ~texted)


def collect(emergency_id: int, *, now: datetime) -> list[int]:
    """Queue the texts that this emergency's alerts wait for and that may go now; return the texts' ids."""
    waiting = Alert.objects.filter(emergency=emergency_id, channel__in=TEXTS, status=Status.DUE)
    people = list(waiting.order_by("pk").values_list("shop_id", "number"))
    made = [_collect(shop_id, number, now=now) for shop_id, number in dict.fromkeys(people)]
    return [each for each in made if each is not None]


def _collect(shop_id: int, number: str, *, now: datetime) -> int | None:
    """Make one text of all that this person was not told yet, unless the last one is less than a minute old."""
    with transaction.atomic():
        one_at_a_time(shop_id, number)
        last = OutgoingMessage.objects.filter(shop=shop_id, to=number, reason__startswith=REASON, created_at__gt=now - APART)
        lately = list(last.values_list("reason", flat=True))
        if any(reason.startswith(ALARM) for reason in lately):
            return None
        _drop_untold(shop_id, number, now=now)
        rows = Alert.objects.filter(shop=shop_id, number=number, channel__in=TEXTS, status=Status.DUE)
        waiting = list(rows.select_related("emergency").order_by("emergency__heard_at", "pk"))
        alerts = [each for each in waiting if each.channel == Channel.TEXT]
        over = [] if lately else [each for each in waiting if each.channel == Channel.OVER]
        shop = Shop.objects.get(pk=shop_id)
        body = words.text(shop, _of(alerts), now=now) if alerts else ""
        # What does not fit beside an alarm waits for the next minute.
        ended = words.over(shop, _of(over), room=words.LONGEST - len(body) - 1) if over else ""
        if ended:
            body, alerts = f"{body} {ended}".strip(), alerts + over
        if not alerts:
            return None
        reason = f"{OVER if alerts[0].channel == Channel.OVER else ALARM}{alerts[0].public_id}"
        messages.queue(shop_id=shop_id, reason=reason, to=number, body=body, now=now)
        message_id = OutgoingMessage.objects.values_list("pk", flat=True).get(shop=shop_id, reason=reason)
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(
            status=Status.PLACING, message=message_id, placed_at=now
        )
        return int(message_id)


def _of(alerts: list[Alert]) -> list[Emergency]:
    return list({alert.emergency_id: alert.emergency for alert in alerts}.values())


def _drop_untold(shop_id: int, number: str, *, now: datetime) -> None:
    """Let go of what is no news: who has an emergency this person was not told of, or which nobody has any more."""
    told = Alert.objects.filter(rounds.CURRENT, rounds.told(now), emergency=OuterRef("emergency"), number=number)
    over = Alert.objects.filter(shop=shop_id, number=number, channel=Channel.OVER, status=Status.DUE)
    stale = over.filter(Q(emergency__acknowledged_at=None) | ~Exists(told)).values_list("pk", flat=True)
    Alert.objects.filter(pk__in=list(stale)).update(status=Status.UNANSWERED, ended_at=now, note="Not sent: no news to them")


def settle(now: datetime) -> None:
    """Note on the alerts what became of their texts."""
    for status, which, note in (
        (Status.TOLD, Q(message__status__in=[Message.SENT, Message.DELIVERED]), ""),
        (Status.FAILED, Q(message__status=Message.FAILED), "The text was not delivered"),
        (Status.UNANSWERED, Q(message=None), "Not needed any more: somebody had it"),
    ):
        found = list(Alert.objects.filter(which, channel__in=TEXTS, status=Status.PLACING).values_list("pk", flat=True))
        # Named by their ids, so that an acknowledgement of this very moment is not written over.
        Alert.objects.filter(pk__in=found, status=Status.PLACING).update(status=status, ended_at=now, note=note)


def is_stale(message: OutgoingMessage) -> bool:
    """Say whether an alarm's text that waits to be sent is no news by now: somebody has what it tells of, or nobody any more."""
    if not message.reason.startswith(REASON):
        return False
    asks = Q(channel=Channel.TEXT, emergency__acknowledged_at=None)
    ends = Q(channel=Channel.OVER, emergency__acknowledged_at__isnull=False)
    return not Alert.objects.filter(asks | ends, message=message).exists()


def one_at_a_time(shop_id: int, number: str) -> None:
    """Let one transaction at a time decide what this person is told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"alarm:{shop_id}:{number}"])
