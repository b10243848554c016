"""Workers inside this process, for the small form: they take what was enqueued out of the broker's queues, in any order, some
of it twice and some of it never, and die in the midst of it.

Who dies here does so between two statements, and mostly with its lease given back; the long run kills real processes.
"""

import ast
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import redis
from django.conf import settings
from django.db import connections
from django.utils import timezone

from bench.both_ways import quiet
from bench.both_ways.floor import Floor
from calendars import tasks
from calendars.models import CalendarConnection, ReadCalendar, WatchChannel
from calendars.services import channels, editions, pull, push, reading, surprises
from wire.later import later

QUEUES = ("calendar-writes", "calendar-backlog", "calendar-reads")
Clock = Callable[[], datetime]
Job = tuple[str, list[int]]  # a task's name and its arguments
LOST, TWICE, A_SWEEP = 0.05, 0.1, 0.04
_ROUND_SECONDS = 20.0


class KilledError(BaseException):
    """A worker ends here. No Exception: nobody may catch it and go on."""


@dataclass(slots=True)
class Hands:
    """Some threads that work; `kill` ends one at its next look at the clock."""

    dice: Random
    threads: int = 2
    _broker: redis.Redis = field(init=False)
    _running: list[threading.Thread] = field(default_factory=list)
    _stopping: threading.Event = field(default_factory=threading.Event)
    _doomed: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._broker = redis.Redis.from_url(settings.REDIS_URL)
        later.wait(5)
        self._broker.delete(*QUEUES)

    def start(self) -> None:
        for number in range(self.threads):
            thread = threading.Thread(target=self._work, args=[Random(f"{self.dice.random()}/{number}")], daemon=True)
            self._running.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let the threads end what they do."""
        self._stopping.set()
        for thread in self._running:
            thread.join(30)

    def close(self) -> None:
        self._broker.delete(*QUEUES)
        self._broker.close()

    def kill(self) -> bool:
        self._doomed.release()
        return True

    def sweep(self, floor: Floor, since: datetime) -> None:
        """One round of everything, in order, until the queues are empty and every calendar was read since.

        Nobody works any more but this: the leases of those who died are over.
        """
        CalendarConnection.objects.filter(shop=floor.shop).update(push_until=None, refresh_until=None)
        ReadCalendar.objects.filter(shop=floor.shop).update(pull_until=None)
        until = time.monotonic() + _ROUND_SECONDS
        self._sweeps(timezone.now())
        self._empty()
        for connection_id in CalendarConnection.objects.filter(shop=floor.shop).order_by("pk").values_list("pk", flat=True):
            pull.read_connection(connection_id, clock=timezone.now)
            push.drain(connection_id, clock=timezone.now)
        self._empty()
        while left := quiet.unread(floor, since):
            if time.monotonic() > until:
                raise quiet.NeverQuietError(f"never read: {left}")
            quiet.hasten(floor, timezone.now())
            self._sweeps(timezone.now())
            self._empty()
            time.sleep(0.1)

    def _empty(self) -> None:
        later.wait(5)
        while (job := self._next(Random(0))) is not None:
            _do(*job, timezone.now)
            later.wait(5)

    def _work(self, dice: Random) -> None:
        try:
            while not self._stopping.is_set():
                job = self._next(dice)
                times = 0 if dice.random() < LOST else 1 + (dice.random() < TWICE)
                try:
                    if dice.random() < A_SWEEP:
                        self._sweeps(timezone.now())
                    for _ in range(times if job is not None else 0):
                        assert job is not None
                        _do(*job, self._clock)
                except KilledError:
                    continue
                except Exception as error:  # as Celery: the task has failed, and the next one comes
                    self.errors.append(f"{job}: {type(error).__name__}: {error}")
                if job is None:
                    time.sleep(0.01)
        finally:
            connections.close_all()

    def _clock(self) -> datetime:
        if self._doomed.acquire(blocking=False):
            raise KilledError
        return timezone.now()

    def _next(self, dice: Random) -> Job | None:
        for queue in dice.sample(QUEUES, len(QUEUES)):
            # Either end: messages overtake one another.
            raw = self._broker.lpop(queue) if dice.random() < 0.5 else self._broker.rpop(queue)
            if isinstance(raw, bytes):
                headers = json.loads(raw)["headers"]
                arguments = ast.literal_eval(headers["argsrepr"])
                return headers["task"], arguments
        return None

    def _sweeps(self, now: datetime) -> None:
        push.sweep(now=now)
        pull.enqueue_due(now=now)
        surprises.follow(now=now)
        editions.renew(now=now)
        channels.sweep(now=now)
        for pk in WatchChannel.objects.filter(state="opening", token_digest="").values_list("pk", flat=True):
            channels.open_one(pk, clock=timezone.now)


# Those in the midst of which a worker may die, by what they call with a clock of their own.
_MORTAL: dict[str, Callable[[int, Clock], None]] = {
    "calendars.tasks.push_calendar": lambda pk, clock: push.drain(pk, clock=clock),
    "calendars.tasks.push_technician": lambda pk, clock: push.drain_technician(pk, clock=clock),
    "calendars.tasks.pull_calendar": lambda pk, clock: pull.read(pk, clock=clock),
}


def _do(task: str, arguments: list[int], clock: Clock) -> None:
    if task in _MORTAL:
        _MORTAL[task](arguments[0], clock)
    else:
        getattr(tasks, task.removeprefix("calendars.tasks."))(*arguments)


def first_reading(floor: Floor) -> None:
    """Read every calendar once, and let Google tell of changes: before that nobody can be booked."""
    for connection in CalendarConnection.objects.filter(shop=floor.shop).order_by("pk"):
        for calendar_id in reading.of_connection(connection.pk).values_list("pk", flat=True):
            pull.read(calendar_id, clock=timezone.now)
    channels.sweep(now=timezone.now())
    for pk in WatchChannel.objects.filter(state="opening", token_digest="").values_list("pk", flat=True):
        channels.open_one(pk, clock=timezone.now)
