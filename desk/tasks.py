"""Celery's door to the desk: housekeeping, and mails about passwords. May run twice, late or never: one asks for a mail again."""

from celery import shared_task
from django.utils import timezone

from desk.account import mails
from desk.inbox import handling


@shared_task(name="desk.tasks.sweep_notes")
def sweep_notes() -> None:
    handling.forget(now=timezone.now())


@shared_task(name="desk.tasks.mail_password")
def mail_password(user_id: int) -> None:
    mails.mail(user_id, now=timezone.now())
