"""Where things stand on a day's time axis, and in which lane where they overlap. Knows no database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

DEFAULT_STARTS = 7
DEFAULT_ENDS = 20
HOUR = 3600


def midnight(on: date, zone: ZoneInfo) -> datetime:
    """Return the start of a day in a zone."""
    return datetime.combine(on, time.min, zone)


@dataclass(frozen=True)
class Axis:
    """The hours of one day that the board shows: from one whole hour to another, as instants."""

    starts: datetime
    ends: datetime

    @cached_property
    def first(self) -> float:
        return self.starts.timestamp()

    @cached_property
    def seconds(self) -> int:
        return round(self.ends.timestamp() - self.first)

    def at(self, instant: datetime) -> int:
        """Return where an instant stands, in seconds from the start, held inside the axis."""
        return round(min(self.seconds, max(0, instant.timestamp() - self.first)))

    def holds(self, instant: datetime) -> bool:
        return self.starts.timestamp() <= instant.timestamp() <= self.ends.timestamp()

    def hours(self, zone: ZoneInfo) -> list[tuple[int, str]]:
        """Return each whole hour's place and name; on days when the clock changes there are 23 or 25 of them."""
        marks = []
        instant = self.starts.timestamp()
        while instant < self.ends.timestamp():
            local = datetime.fromtimestamp(instant, zone)
            marks.append((self.at(local), f"{local.strftime('%I').lstrip('0')} {local.strftime('%p').lower()}"))
            instant += HOUR
        return marks


def axis(on: date, zone: ZoneInfo, spans: Sequence[tuple[datetime, datetime]]) -> Axis:
    """Return the day's axis: seven to eight in the evening, further where something of the day lies outside."""
    day_starts, day_ends = midnight(on, zone), midnight(on + timedelta(days=1), zone)
    first, last = DEFAULT_STARTS, DEFAULT_ENDS
    if spans:
        begins = min(starts for starts, _ in spans).astimezone(zone)
        finishes = max(ends for _, ends in spans).astimezone(zone)
        first = min(first, begins.hour if begins >= day_starts else 0)
        if finishes > day_starts:
            last = max(last, 24 if finishes >= day_ends else finishes.hour + (finishes.minute > 0))
    ends_at = day_ends if last >= 24 else datetime.combine(on, time(last), zone)
    return Axis(datetime.combine(on, time(first), zone), ends_at)


def lanes(spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Return a lane for each span, in order of their start, so that none covers another."""
    free_from: list[datetime] = []
    chosen = []
    for starts, ends in spans:
        lane = next((n for n, free in enumerate(free_from) if free <= starts), len(free_from))
        if lane == len(free_from):
            free_from.append(ends)
        else:
            free_from[lane] = ends
        chosen.append(lane)
    return chosen
