"""Which calendars of a connection are read, and how old the picture of a technician is by them. Asks Google nothing."""

from django.db.models import F, Q, QuerySet

from bookings.models import BusyBlock, CalendarFreshness
from calendars.models import CalendarConnection, ReadCalendar

# The calendar that receives visits is always read, for what is done to them there.
IS_READ = Q(counts=True) | Q(calendar_id=F("connection__calendar_id"))


def of_connection(connection_id: int) -> QuerySet[ReadCalendar]:
    """The calendars of a connection that are read."""
    return ReadCalendar.objects.filter(IS_READ, connection=connection_id).order_by("pk")


def begin(connection: CalendarConnection, *, same_account: bool) -> None:
    """Have the calendar that receives visits read; of another account nothing is left. In the transaction that connects.

    Everything is read anew, and whoever reads at this moment with the old permission finds the lease gone.
    """
    others = ReadCalendar.objects.filter(connection=connection)
    if not same_account:
        others.exclude(calendar_id=connection.calendar_id).delete()
        BusyBlock.objects.filter(technician=connection.technician_id).delete()
        others.update(read_at=None, read_until=None)
    others.update(**_AS_NEW)
    ReadCalendar.objects.get_or_create(
        connection=connection, calendar_id=connection.calendar_id, defaults={"shop_id": connection.shop_id}
    )
    refresh(connection)


def end(connection: CalendarConnection) -> None:
    """Forget what was read; which calendars count stays for the next time. In the transaction that disconnects."""
    ReadCalendar.objects.filter(connection=connection).update(read_at=None, read_until=None, **_AS_NEW)


def refresh(connection: CalendarConnection) -> None:
    """Set the technician's freshness: the oldest of the calendars that count, never read if one of them never was.

    Whoever takes readings over at once waits here for the other.
    """
    fresh, _ = CalendarFreshness.objects.select_for_update().get_or_create(
        technician_id=connection.technician_id, defaults={"shop_id": connection.shop_id}
    )
    read = list(of_connection(connection.pk).only("calendar_id", "counts", "read_at", "read_until"))
    counted = [each for each in read if each.counts] or read
    known = [(each.read_at, each.read_until) for each in counted if each.read_at and each.read_until]
    if known and len(known) == len(counted):
        fresh.read_at, fresh.read_until = min(at for at, _ in known), min(until for _, until in known)
    else:
        fresh.read_at = fresh.read_until = None
    fresh.save(update_fields=["read_at", "read_until"])


_AS_NEW = {
    "sync_token": "",
    "pull_lease": "",
    "pull_until": None,
    "pull_due_at": None,
    "pull_failures": 0,
    "pull_error": "",
}
