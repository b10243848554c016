"""Hears that a text was queued or danger was spoken of, and wakes who works on it; the sweeps find what is lost here."""

from typing import Any

from django.dispatch import receiver

from bookings.signals import messages_queued
from telephony import tasks, watch
from telephony.signals import emergency_raised
from wire.later import later


@receiver(messages_queued)
def wake_the_sender(sender: object, *, message_id: int, **kwargs: Any) -> None:
    later.soon(("text", message_id), lambda: tasks.send_message.apply_async((message_id,), retry=False))


@receiver(emergency_raised)
def tell_people(sender: object, *, emergency_id: int, **kwargs: Any) -> None:
    watch.watch.over(emergency_id)


@receiver(emergency_raised)
def tell_the_caller(sender: object, *, emergency_id: int, **kwargs: Any) -> None:
    later.soon(("say", emergency_id), lambda: _say(emergency_id))


def _say(emergency_id: int) -> None:
    try:
        tasks.alarm_say.apply_async((emergency_id,), retry=False, expires=30)
    except Exception:  # whatever is wrong with the broker, the caller is warned: by this process, after its answer
        tasks.alarm_say(emergency_id)
