"""Queues texts. Sending them is telephony's work, found in the table and not in a task's arguments."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings.models import Booking, OutgoingMessage
from bookings.signals import messages_queued
from wire import rows


def queue(
    *,
    shop_id: int,
    reason: str,
    to: str,
    body: str,
    now: datetime,
    booking: Booking | None = None,
    wait: timedelta = timedelta(0),
) -> None:
    """Queue a text once per reason, to be sent after `wait`; asking again for the same reason changes nothing."""
    row = OutgoingMessage(
        shop_id=shop_id, reason=reason, to=to, body=body, booking=booking, created_at=now, next_attempt_at=now + wait
    )  # fmt: skip
    if rows.insert_unless_there(row):
        transaction.on_commit(lambda: messages_queued.send(OutgoingMessage, message_id=row.pk), robust=True)


_AGAIN = ":again:"


def try_again(message_id: int, *, now: datetime) -> bool:
    """Queue a text anew that failed; False where it did not, or was tried again already. The one that failed stays as it is.

    A confirmation keeps the beginning of its reason, by which it is known to be out of date before it is sent.
    """
    failed = OutgoingMessage.objects.filter(pk=message_id, status=OutgoingMessage.Status.FAILED).first()
    if failed is None:
        return False
    reason = f"{failed.reason.split(_AGAIN)[0]}{_AGAIN}{failed.pk}"
    if OutgoingMessage.objects.filter(shop=failed.shop_id, reason=reason).exists():
        return False
    queue(shop_id=failed.shop_id, reason=reason, to=failed.to, body=failed.body, now=now, booking=failed.booking)
    return True
