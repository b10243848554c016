"""Hears that a text was queued and wakes the worker. Only enqueues; what cannot be enqueued the sweep finds anyway."""

from typing import Any

from django.dispatch import receiver

from bookings.signals import messages_queued
from telephony import tasks
from wire.later import later


@receiver(messages_queued)
def wake_the_sender(sender: object, *, message_id: int, **kwargs: Any) -> None:
    later.soon(("text", message_id), lambda: tasks.send_message.apply_async((message_id,), retry=False))
