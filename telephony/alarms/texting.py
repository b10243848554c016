"""Makes texts of alerts: the first one at once, and what follows within a minute together in one, per person and shop."""

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q

from bookings.models import OutgoingMessage, Shop
from bookings.services import messages
from telephony.alarms import words
from telephony.models import Alert

APART = timedelta(seconds=60)
REASON = "alarm:"
Status, Message = Alert.Status, OutgoingMessage.Status


def collectable(now: datetime) -> Q:
    """Name the alerts whose text may go now: the person's last one is a minute old, or there was none."""
    last = OutgoingMessage.objects.filter(
        shop=OuterRef("shop"), to=OuterRef("number"), reason__startswith=REASON, created_at__gt=now - APART
    )
    return Q(channel=Alert.Channel.TEXT, status=Status.DUE) & ~Q(Exists(last))


def collect(emergency_id: int, *, now: datetime) -> list[int]:
    """Queue the texts that this emergency's alerts wait for and that may go now; return the texts' ids."""
    waiting = Alert.objects.filter(emergency=emergency_id, channel=Alert.Channel.TEXT, status=Status.DUE)
    people = list(waiting.order_by("pk").values_list("shop_id", "number"))
    made = [_collect(shop_id, number, now=now) for shop_id, number in dict.fromkeys(people)]
    return [each for each in made if each is not None]


def _collect(shop_id: int, number: str, *, now: datetime) -> int | None:
    """Make one text of all that this person was not told yet, unless the last one is less than a minute old."""
    with transaction.atomic():
        one_at_a_time(shop_id, number)
        last = OutgoingMessage.objects.filter(shop=shop_id, to=number, reason__startswith=REASON, created_at__gt=now - APART)
        if last.exists():
            return None
        rows = Alert.objects.filter(shop=shop_id, number=number, channel=Alert.Channel.TEXT, status=Status.DUE)
        alerts = list(rows.select_related("emergency").order_by("emergency__heard_at", "pk"))
        if not alerts:
            return None
        told = list({alert.emergency_id: alert.emergency for alert in alerts}.values())
        body = words.text(Shop.objects.get(pk=shop_id), told, now=now)
        reason = f"{REASON}{alerts[0].public_id}"
        messages.queue(shop_id=shop_id, reason=reason, to=number, body=body, now=now)
        message_id = OutgoingMessage.objects.values_list("pk", flat=True).get(shop=shop_id, reason=reason)
        Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).update(
            status=Status.PLACING, message=message_id, placed_at=now
        )
        return int(message_id)


def settle(now: datetime) -> None:
    """Note on the alerts what became of their texts."""
    for status, which, note in (
        (Status.TOLD, Q(message__status__in=[Message.SENT, Message.DELIVERED]), ""),
        (Status.FAILED, Q(message__status=Message.FAILED), "The text was not delivered"),
        (Status.UNANSWERED, Q(message=None), "Not needed any more: somebody had it"),
    ):
        found = list(Alert.objects.filter(which, channel=Alert.Channel.TEXT, status=Status.PLACING).values_list("pk", flat=True))
        # Named by their ids, so that an acknowledgement of this very moment is not written over.
        Alert.objects.filter(pk__in=found, status=Status.PLACING).update(status=status, ended_at=now, note=note)


def is_stale(message: OutgoingMessage) -> bool:
    """Say whether an alarm's text that waits to be sent is news of what somebody has by now."""
    if not message.reason.startswith(REASON):
        return False
    return not Alert.objects.filter(message=message, emergency__acknowledged_at=None).exists()


def one_at_a_time(shop_id: int, number: str) -> None:
    """Let one transaction at a time decide what this person is told."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"alarm:{shop_id}:{number}"])
