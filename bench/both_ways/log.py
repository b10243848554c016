"""What was done by whom, written down by whoever did it: the only witness of what should have come of it."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

# What a technician does to one of our events that the visit has to follow, or a person to hear of.
PLACES = ("drag", "resize", "delete", "hand over", "invite", "move to private")


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event or a visit lies; instants, shown in UTC."""

    starts_at: datetime
    ends_at: datetime

    def __str__(self) -> str:
        starts_at, ends_at = self.starts_at.astimezone(UTC), self.ends_at.astimezone(UTC)
        return f"{starts_at:%m-%d %H:%M}-{ends_at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that was done. `began` lies before it, `done` after it.

    Of something done to an event of ours: its calendar and id, the visit's public id, whose the calendar is, and where it was
    left (None: nowhere, or in another calendar). `facts`: what else the judge has to know.
    """

    who: str
    what: str
    began: datetime
    done: datetime
    calendar: str = ""
    event: str = ""
    visit: str = ""
    technician: int = 0
    place: Place | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        where = f" {self.calendar}/{self.event[:8]}" if self.event else ""
        to = f" to {self.place}" if self.place else ""
        facts = f" {self.facts}" if self.facts else ""
        return f"{self.began:%H:%M:%S.%f} {self.who}: {self.what}{where}{to}{facts}"


@dataclass(slots=True)
class Told:
    """What a caller heard last of a booking, and when: where the window begins; None: it is cancelled."""

    at: datetime
    promised_from: datetime | None


class Log:
    """All acts of a run, in the order in which they were done, and what callers were told. Safe from several threads."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.told: dict[str, Told] = {}
        self.missed: Counter[str] = Counter()
        self.problems: list[str] = []
        self._lock = threading.Lock()

    def add(self, act: Act) -> None:
        with self._lock:
            self.acts.append(act)

    def tell(self, reference: str, told: Told) -> None:
        with self._lock:
            self.told[reference] = told

    def miss(self, what: str) -> None:
        """Note something that came to nothing: there was nothing to do it to, or somebody was faster."""
        with self._lock:
            self.missed[what] += 1

    def wrong(self, text: str) -> None:
        """Note what should not happen whatever fails."""
        with self._lock:
            self.problems.append(text)

    def counts(self) -> Counter[str]:
        return Counter(f"{act.who}: {act.what}" for act in self.acts)

    def by(self, who: str) -> int:
        return sum(act.who == who for act in self.acts)


def now() -> datetime:
    return datetime.fromtimestamp(time.time(), UTC)
