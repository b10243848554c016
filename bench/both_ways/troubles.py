"""What goes wrong between the two sides: Google refuses, fails, hangs and forgets; notifications are lost; workers die."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from bench.both_ways import log
from bench.both_ways.floor import Floor
from bench.both_ways.google import Google, Json
from bench.both_ways.log import Act, Log

_CALENDAR = "/calendar"
# As Google refuses for want of quota, fails, and breaks off; each met by a few requests only, whoever makes them.
_REFUSALS: tuple[Json, ...] = (
    {"status": 403, "reason": "rateLimitExceeded"},
    {"status": 403, "reason": "userRateLimitExceeded"},
    {"status": 429, "reason": "rateLimitExceeded", "retry_after": 1},
    {"status": 500},
    {"status": 503},
    {"status": 500, "after": True},
    {"drop": True},
    {"drop": True, "after": True},
    {"status": 503, "after": True, "method": "PUT"},
    {"drop": True, "after": True, "method": "POST"},
    {"drop": True, "after": True, "method": "DELETE"},
)


@dataclass(slots=True)
class Troubles:
    """`kill` kills the workers, if they are at work, has them started again, and says whether it did; `slow_ms` is how long an
    answer hangs at most.
    """

    floor: Floor
    google: Google
    log: Log
    dice: Random
    kill: Callable[[], bool]
    slow_ms: int

    def begin(self) -> None:
        """Notifications are bad all day, in each run in another way."""
        self.google.control(
            "settings", notifications_lost=self.dice.choice((0.1, 0.3, 0.6)), notifications_doubled=self.dice.choice((0.0, 0.3)),
            notifications_late_seconds=self.dice.choice((0.0, 0.5, 3.0)),
        )  # fmt: skip

    def act(self) -> None:
        step = self.dice.choices(
            (
                self._refuses,
                self._slow,
                self._slow_to_write,
                self._forgets_states,
                self._forgets_tokens,
                self._no_new_tokens,
                self._kills,
            ),
            (40, 8, 20, 10, 6, 4, 12),
        )[0]
        began = log.now()
        what = step()
        self.log.add(Act("trouble", what, began, log.now()))

    def _refuses(self) -> str:
        fault = self.dice.choice(_REFUSALS)
        self.google.fault(path=_CALENDAR, count=self.dice.randrange(1, 8), **fault)
        what = "drops" if "drop" in fault else str(fault["status"])
        return f"Google {what}{' after it was done' if fault.get('after') else ''}"

    def _slow(self) -> str:
        self.google.fault(path=_CALENDAR, count=self.dice.randrange(1, 3), latency_ms=self.dice.randrange(50, self.slow_ms))
        return "Google is slow"

    def _slow_to_write(self) -> str:
        """A change of ours arrives late: long after the event was read that it was made of."""
        late = self.dice.randrange(300, 1_500) if self.slow_ms < 1_000 else self.dice.randrange(1_000, 5_000)
        self.google.fault(path=_CALENDAR, method="PUT", count=self.dice.randrange(1, 4), latency_ms=late)
        return "Google is slow to write"

    def _forgets_states(self) -> str:
        """The sync tokens of one calendar, or of all, are good no more."""
        one = self.dice.choice(self.floor.people)
        which: Json = {"calendarId": self.dice.choice(one.calendars)} if self.dice.random() < 0.9 else {}
        self.google.control("expire-sync-tokens", **which)
        return "sync tokens end"

    def _forgets_tokens(self) -> str:
        self.google.control("expire-access-tokens")
        return "access tokens end"

    def _no_new_tokens(self) -> str:
        self.google.fault(path="/token", count=self.dice.randrange(1, 4), status=self.dice.choice((500, 503)))
        self.google.control("expire-access-tokens")
        return "access tokens end, and no others are given"

    def _kills(self) -> str:
        return "workers killed" if self.kill() else self._refuses()
