"""Emergencies and people on call for tests, and what was done for them."""

from datetime import timedelta

from bookings.models import OnCallPerson, OnCallTurn
from telephony.alarms import ladder
from telephony.models import Alert, Emergency
from telephony.twilio import alarms

OWNER, FIRST, BACKUP, MANAGER = (f"+1212555019{n}" for n in range(4))
CALLER = "+14155550123"


def person(shop, name, number, rung=None, *, now, **fields):
    """Somebody on call, on a rung of the ladder for the week around now."""
    made = OnCallPerson.objects.create(shop=shop, name=name, phone=number, **fields)
    if rung is not None:
        starts, ends = now - timedelta(days=3), now + timedelta(days=4)
        OnCallTurn.objects.create(shop=shop, person=made, rung=rung, starts_at=starts, ends_at=ends)
    return made


def crew(shop, now):
    """An owner, and three people on the ladder."""
    person(shop, "Olive", OWNER, now=now, owner=True)
    person(shop, "Fran", FIRST, OnCallTurn.Rung.FIRST, now=now)
    person(shop, "Ben", BACKUP, OnCallTurn.Rung.BACKUP, now=now)
    person(shop, "Mia", MANAGER, OnCallTurn.Rung.MANAGER, now=now)


def emergency(shop, now, n=1, **fields):
    fields = {"danger": "gas", "phone": CALLER, **fields}
    return Emergency.objects.create(shop=shop, origin=f"call:{n}", heard_at=now, next_step_at=now, **fields)


def steps(raised):
    """Who was told: round, name and channel, in order."""
    return list(raised.alerts.values_list("round", "name", "channel"))


def people(raised):
    """Who was told, by round and step."""
    found: dict = {}
    for alert in raised.alerts.exclude(channel="over").order_by("created_at", "pk"):
        found.setdefault((alert.round, alert.created_at), {})[alert.name] = None
    return [(round_, list(names)) for (round_, _), names in found.items()]


def sweep(now):
    """What the workers do at a moment, as often as beat would find something to do."""
    alarms_due = alarms.due(now)
    for each in alarms_due:
        alarms.tell(each, now=now)
    return alarms_due


def pass_time(since, seconds, *, every=5):
    """Sweep as beat does, until so many seconds later; return the last moment."""
    now = since
    for passed in range(0, seconds + 1, every):
        now = since + timedelta(seconds=passed)
        sweep(now)
    return now


__all__ = ["Alert", "crew", "emergency", "ladder", "pass_time", "people", "person", "steps", "sweep"]
