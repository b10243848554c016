"""Queues texts. Sending them is telephony's work, found in the table and not in a task's arguments."""

from datetime import datetime

from django.db import transaction

from bookings.models import Booking, OutgoingMessage
from bookings.signals import messages_queued
from wire import rows


def queue(*, shop_id: int, reason: str, to: str, body: str, now: datetime, booking: Booking | None = None) -> None:
    """Queue a text once per reason; asking again for the same reason changes nothing."""
    row = OutgoingMessage(shop_id=shop_id, reason=reason, to=to, body=body, booking=booking, created_at=now, next_attempt_at=now)
    if rows.insert_unless_there(row):
        transaction.on_commit(lambda: messages_queued.send(OutgoingMessage, message_id=row.pk), robust=True)
