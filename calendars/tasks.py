"""Numbers in, one service call each. Every task may run twice, late or never: the work is found in the database."""

from celery import shared_task
from django.utils import timezone

from bookings.services import confirming
from calendars.services import channels, editions, leaving, pull, push, recheck, relief, standing, surprises


@shared_task
def push_calendar(connection_id: int) -> None:
    push.drain(connection_id, clock=timezone.now)


@shared_task
def push_technician(technician_id: int) -> None:
    push.drain_technician(technician_id, clock=timezone.now)


@shared_task
def sweep_writes() -> None:
    push.sweep(now=timezone.now())
    leaving.sweep(now=timezone.now())


@shared_task
def clear_calendars(connection_id: int) -> None:
    leaving.clear(connection_id, clock=timezone.now)


@shared_task
def pull_due() -> None:
    pull.enqueue_due(now=timezone.now())


@shared_task
def follow_moves() -> None:
    surprises.follow(now=timezone.now())
    relief.again(now=timezone.now())
    confirming.seen(now=timezone.now())


@shared_task
def renew_events() -> None:
    editions.renew(now=timezone.now())


@shared_task
def pull_calendar(calendar_id: int) -> None:
    pull.read(calendar_id, clock=timezone.now)


@shared_task
def pull_connection(connection_id: int) -> None:
    pull.read_connection(connection_id, clock=timezone.now)


@shared_task
def pull_after_booking(technician_id: int) -> None:
    recheck.look(technician_id, clock=timezone.now)


@shared_task
def channel_sweep() -> None:
    channels.sweep(now=timezone.now())
    standing.sweep(now=timezone.now())


@shared_task
def channel_open(channel_id: int) -> None:
    channels.open_one(channel_id, clock=timezone.now)


@shared_task
def channel_stop(channel_id: int) -> None:
    channels.stop_one(channel_id, clock=timezone.now)
