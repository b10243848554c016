"""Hears that texts were queued and wakes the worker. Only enqueues; what cannot be enqueued the sweep finds anyway."""

from typing import Any

from django.dispatch import receiver

from bookings.signals import messages_queued
from telephony import tasks
from wire.later import later


@receiver(messages_queued)
def wake_the_sender(**kwargs: Any) -> None:
    later.soon("texts", lambda: tasks.sweep_messages.apply_async(retry=False))
