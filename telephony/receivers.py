"""Hears that texts were queued and wakes the worker. Only enqueues; what cannot be enqueued the sweep finds anyway."""

from typing import Any

import structlog
from django.dispatch import receiver
from kombu.exceptions import OperationalError

from bookings.signals import messages_queued
from telephony import tasks

log = structlog.get_logger(__name__)


@receiver(messages_queued)
def wake_the_sender(**kwargs: Any) -> None:
    try:
        tasks.sweep_messages.apply_async(expires=10, retry=False)
    except OperationalError as error:
        log.warning("broker_not_reached", kind=type(error).__name__)
