"""Between a shop's clock and instants."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

MINUTE = 60


def instant(on: date, at: time, zone: ZoneInfo) -> int:
    """Return the instant of a local time; one that the clock skips counts as the moment after the jump."""
    return int(datetime.combine(on, at, tzinfo=zone).timestamp())


def local(moment: int, zone: ZoneInfo) -> datetime:
    """Return the aware local time of an instant."""
    return datetime.fromtimestamp(moment, tz=zone)


def comes_twice(at: datetime) -> bool:
    """Say whether the shop's clock shows this local time twice, because it is turned back that night; `fold` says which one."""
    first, second = at.replace(fold=0).utcoffset(), at.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def utc(moment: int) -> datetime:
    """Return the aware UTC time of an instant."""
    return datetime.fromtimestamp(moment, tz=UTC)
