"""Hears that visits changed, and only enqueues."""

from typing import Any

from calendars import enqueue


def push_changed_calendars(sender: object, *, technician_ids: list[int], **kwargs: Any) -> None:
    """Ask for the calendars of these technicians to be written, and to be looked at again where that was long ago.

    A caller waits: nothing is read here, nothing raised.
    """
    for technician_id in technician_ids:
        enqueue.push_technician(technician_id)
        enqueue.pull_after_booking(technician_id)


def pull_refreshed_calendars(sender: object, *, shop_id: int, **kwargs: Any) -> None:
    """Have the due calendars claimed now instead of at the next sweep: those of the shop that asked are among them."""
    enqueue.pull_due()
