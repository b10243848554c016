"""Celery's doors to the core's housekeeping. Every task may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from bookings.services import dispatching, housekeeping


@shared_task(name="bookings.tasks.lapse_holds")
def lapse_holds() -> None:
    housekeeping.lapse(now=timezone.now())


@shared_task(name="bookings.tasks.settle_overbooked")
def settle_overbooked() -> None:
    dispatching.settle_overbooked(now=timezone.now())


@shared_task(name="bookings.tasks.sweep_old")
def sweep_old() -> None:
    housekeeping.sweep(now=timezone.now())
