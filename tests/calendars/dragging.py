"""What technicians do to our events in Google's own app, and what people at the desk make of it."""

from datetime import timedelta

from django.utils import timezone

from bookings.models import BusyBlock, Concern, OutgoingMessage
from bookings.services import dispatching
from bookings.services.dispatching import Move
from calendars.models import EventMirror
from calendars.services import decisions, work
from tests.bookings.asking import roster_of
from tests.calendars.conftest import again, at, drain, read, workday


def backdate():
    """Let Google's last word lie before the next reading, as it does outside of tests."""
    EventMirror.objects.update(confirmed_at=timezone.now() - timedelta(minutes=1))


def drag(google, starts, ends=None, **more):
    [event] = google.events()
    times = {"start": {"dateTime": starts.isoformat()}, "end": {"dateTime": (ends or starts + timedelta(hours=2)).isoformat()}}
    return google.write({"id": event["id"], **times, **more})


def busy():
    return sorted(BusyBlock.objects.values_list("starts_at", "ends_at"))


def texts(booking):
    return list(OutgoingMessage.objects.filter(booking=booking).order_by("pk").values_list("body", flat=True))


def accept(concern, **more):
    full = Concern.objects.select_related("visit").get(pk=concern.pk)
    return decisions.accept(full.pk, **{"as_seen": decisions.seen(full), "by": "desk:dee", "now": timezone.now(), **more})


def restore(concern):
    full = Concern.objects.select_related("visit").get(pk=concern.pk)
    return decisions.restore(full.pk, as_seen=decisions.seen(full), now=timezone.now())


def settle(connection):
    """Write and read until nothing is behind."""
    for _ in range(2):
        drain(connection)
        backdate()
        read(connection)
    assert work.of_connection(connection.pk, now=timezone.now()) == []


def asked():
    return [(each.kind, each.proposed_starts_at) for each in Concern.objects.filter(status="open").order_by("pk")]


def at_the_desk(shop, visit, *, hour, technician=None):
    wish = Move(
        visit_id=visit.pk, version=again(visit).version, technician_id=(technician or visit.technician).pk, by="desk:dee",
        starts_at=at(workday(timezone.now()), hour), despite=True,
    )  # fmt: skip
    return dispatching.move(roster_of(shop), wish, now=timezone.now())


def hand_over(google, *, of="sam@example.com", to="kim@example.com"):
    """Move the event to another calendar, as Google does: the same id, gone here and there at once."""
    [event] = google.events(of)
    keeps = ("id", "summary", "description", "location", "start", "end", "extendedProperties")
    google.delete(event["id"], of)
    google.write({key: event[key] for key in keeps if key in event}, to)
