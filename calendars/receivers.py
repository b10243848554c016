"""Hears that visits changed, and only enqueues."""

from typing import Any

import structlog
from django.db import DatabaseError

from calendars import enqueue
from calendars.models import CalendarConnection

log = structlog.get_logger(__name__)


def push_changed_calendars(sender: object, *, technician_ids: list[int], **kwargs: Any) -> None:
    """Ask for the calendars of these technicians to be written. A caller waits, so nothing may be raised here."""
    try:
        found = list(
            CalendarConnection.objects.filter(
                technician__in=technician_ids, state=CalendarConnection.State.CONNECTED
            ).values_list("pk", flat=True)
        )
    except DatabaseError as error:
        log.warning("enqueue_failed", reason=type(error).__name__)
        return
    for connection_id in found:
        enqueue.push(connection_id)
