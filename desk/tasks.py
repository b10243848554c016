"""Celery's door to the desk's housekeeping. It may run twice, late or never."""

from celery import shared_task
from django.utils import timezone

from desk.inbox import handling


@shared_task(name="desk.tasks.sweep_notes")
def sweep_notes() -> None:
    handling.forget(now=timezone.now())
