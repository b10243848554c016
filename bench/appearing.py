"""What happens on one side and when it is there on the other: bookings in Google, Google's events among our busy time.

Needs Django's settings.
"""

import math
import random
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from itertools import cycle, product

from django.db.models import QuerySet
from django.utils import timezone

from bench import draining
from bench.stack import Stack
from bench.timed import Desk, Timed
from bookings.models import BusyBlock, Shop, Visit
from calendars.models import EventMirror, ReadCalendar, WatchChannel
from calendars.services import channels, reading
from wire.later import later

GIVE_UP_SECONDS = 30.0
LOOK_SECONDS = 0.005
# Until what one sample leads to is over, its own echo too: the next one finds the workers idle. Not always the same, so that
# samples fall anywhere between two sweeps.
PAUSE_SECONDS = (0.8, 1.3)
WARMING = 5  # samples that pay for imports, connections and plans
EDITS_EACH = 3
State = WatchChannel.State


def shop(stack: Stack, name: str, technicians: int) -> Shop:
    return draining.shop_with_calendars(stack.sandbox, name, technicians, now=timezone.now())


def open_channels() -> None:
    """Have Google tell of every calendar, now instead of at the next sweep."""
    channels.sweep(now=timezone.now())
    later.wait(5)
    watched = WatchChannel.objects.filter(state=State.OPEN).values("calendar")
    unwatched = ReadCalendar.objects.filter(reading.IS_READ).exclude(pk__in=watched)
    if _until(lambda: not unwatched.exists(), seconds=60.0) is None:
        raise TimeoutError("not every calendar has a channel")
    time.sleep(3)  # each is read once more when its channel is open


def end_channels() -> None:
    """Forget them, as where Google never could tell."""
    WatchChannel.objects.update(state=State.ENDED, expires_at=timezone.now())


def bookings(desk: Desk, of: Shop, count: int) -> Timed:
    """From the answer that a booking is made until its event stands in the calendar."""
    timed = Timed()
    answered: list[tuple[str, float]] = []
    when = cycle(product((8, 11, 14), _weekdays(of)))  # each again for the next technician
    for number in range(WARMING + count):
        desk.nothing()
        hour, on = next(when)
        wish = {
            "customerName": "Jane Doe", "customerPhone": "+19145550301", "serviceType": "repair",
            "scheduledDate": f"{on}T{hour:02d}:00", "address": "2 Main St, White Plains, NY 10601", "problem": "no heat",
        }  # fmt: skip
        told = desk.tool("bookAppointment", wish, shop=of.phone_number, call=f"bench-{uuid.uuid4()}")
        at = time.time()
        if told["state"] != "booked":
            timed.wrong.append(f"not booked: {told}")
            continue
        visit = Visit.objects.get(booking__public_id=told["bookingId"])
        mirrors = EventMirror.objects.filter(visit=visit, confirmed=EventMirror.Confirmed.PRESENT)
        if _until(mirrors.exists) is None:
            timed.wrong.append("an event that did not come")
        elif number >= WARMING:
            answered.append((mirrors.get().event_id, at))
        _pause()
    # Google's own word of when it was made; ours comes only after its answer.
    events = desk.events()
    for event_id, at in answered:
        if event_id in events:
            timed.milliseconds.append((datetime.fromisoformat(events[event_id]["created"]).timestamp() - at) * 1000)
        else:
            timed.wrong.append("an event that is not in the calendar")
    return timed


def edits(desk: Desk, of: Shop, count: int) -> Timed:
    """From an event that fills a day in Google until our database has it, after which nobody is offered a time on that day."""
    timed = Timed()
    days = list(_weekdays(of))
    account = of.technicians.get().email
    for number in range(WARMING + count):
        desk.nothing()
        on = days[number % len(days)]
        before = desk.offers(on, shop=of.phone_number, call=f"bench-{uuid.uuid4()}")
        event = desk.write(account, _event(of, on, clock_time(6), hours=15))
        at = datetime.fromisoformat(event["created"]).timestamp()
        blocks = BusyBlock.objects.filter(event_id=event["id"])
        closed = _until(blocks.exists)
        after = desk.offers(on, shop=of.phone_number, call=f"bench-{uuid.uuid4()}")
        if closed is None or not before or after:
            timed.wrong.append(f"{on}: offered before {before}, closed {closed is not None}, offered after {after}")
        elif number >= WARMING:
            timed.milliseconds.append((closed - at) * 1000)
        desk.delete(account, event["id"])
        _until(_gone(blocks))
        _pause()
    return timed


def polled(desk: Desk, of: Shop, *, turn: int, longest: int) -> Timed:
    """The same for edits at random moments in many calendars, of which nobody tells: they wait for the calendar's turn.

    `turn` and `longest` are how far apart turns are at least and at most, in seconds.
    """
    timed = Timed()
    _spread_turns(turn, longest)
    days = list(_weekdays(of))
    accounts = [*of.technicians.order_by("pk").values_list("email", flat=True)] * EDITS_EACH
    moments = sorted(random.uniform(0, 2 * turn) for _ in accounts)
    random.shuffle(accounts)
    open_edits: dict[str, float] = {}
    begun, position = time.time(), 0
    while time.time() < begun + 2 * turn + longest + GIVE_UP_SECONDS and (position < len(moments) or open_edits):
        while position < len(moments) and time.time() >= begun + moments[position]:
            event = desk.write(accounts[position], _event(of, days[position % len(days)], clock_time(9), hours=1))
            open_edits[event["id"]] = datetime.fromisoformat(event["created"]).timestamp()
            position += 1
        found = list(BusyBlock.objects.filter(event_id__in=list(open_edits)).values_list("event_id", flat=True))
        seen = time.time()
        timed.milliseconds += [(seen - open_edits.pop(event_id)) * 1000 for event_id in found]
        time.sleep(0.1)
    timed.wrong += ["an edit that was never seen"] * len(open_edits)
    return timed


def _spread_turns(turn: int, longest: int) -> None:
    """Let the calendars' next turns come as they would were they read for long: whoever looks meets a long wait more often."""
    now = timezone.now()
    for calendar in ReadCalendar.objects.only("pk"):
        wait = math.sqrt(turn**2 + random.random() * (longest**2 - turn**2))
        ReadCalendar.objects.filter(pk=calendar.pk).update(pull_due_at=now + timedelta(seconds=wait * random.random()))


def _event(of: Shop, on: date, at: clock_time, *, hours: int) -> dict[str, object]:
    starts = datetime.combine(on, at, of.zone)
    ends = starts + timedelta(hours=hours)
    return {"summary": "Away", "start": {"dateTime": starts.isoformat()}, "end": {"dateTime": ends.isoformat()}}


def _weekdays(of: Shop) -> Iterator[date]:
    """Those that may be booked, from next week on."""
    today = timezone.now().astimezone(of.zone).date()
    return (day for n in range(8, 58) if (day := today + timedelta(days=n)).weekday() < 5)


def _gone(blocks: QuerySet[BusyBlock]) -> Callable[[], bool]:
    return lambda: not blocks.exists()


def _until(holds: Callable[[], bool], *, seconds: float = GIVE_UP_SECONDS) -> float | None:
    """Return when it held; None if it did not in time."""
    give_up = time.time() + seconds
    while time.time() < give_up:
        if holds():
            return time.time()
        time.sleep(LOOK_SECONDS)
    return None


def _pause() -> None:
    time.sleep(random.uniform(*PAUSE_SECONDS))
