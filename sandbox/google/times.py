"""An event's start and end: kept in UTC, compared as instants, shown in the zone that was asked for.

An all-day date means midnight in the calendar's zone, whatever zone stands beside it.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.google.errors import invalid

Json = dict[str, Any]


def zone(name: str, where: str = "timeZone") -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise invalid(f"Invalid time zone definition for {where}.") from error


def canonical(node: Json, default_zone: str, what: str) -> Json:
    """Raises what Google answers; a null inside means "taken away" (a patch from timed to all-day)."""
    node = {key: value for key, value in node.items() if value is not None}
    if ("date" in node) == ("dateTime" in node):
        raise invalid(f"Invalid {what} time.")
    if "timeZone" in node:
        zone(node["timeZone"], what)
    if "date" in node:
        return {"date": node["date"]}
    moment = datetime.fromisoformat(node["dateTime"].upper())
    if moment.tzinfo is None:
        if "timeZone" not in node:
            raise invalid(f"Missing time zone definition for {what} time.", reason="required")
        moment = moment.replace(tzinfo=zone(node["timeZone"]))
    return {"dateTime": zulu(moment), "timeZone": node.get("timeZone", default_zone)}


def zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def moment(node: Json, calendar_zone: ZoneInfo) -> datetime:
    """The instant a canonical node stands for."""
    if "date" in node:
        return datetime.combine(date.fromisoformat(node["date"]), time(), calendar_zone)
    return datetime.fromisoformat(node["dateTime"])


def wall(node: Json) -> datetime:
    """Naive local time where the event lives: what a recurrence rule counts in."""
    if "date" in node:
        return datetime.combine(date.fromisoformat(node["date"]), time())
    return datetime.fromisoformat(node["dateTime"]).astimezone(zone(node["timeZone"])).replace(tzinfo=None)


def from_wall(local: datetime, like: Json) -> Json:
    if "date" in like:
        return {"date": local.date().isoformat()}
    return {"dateTime": zulu(local.replace(tzinfo=zone(like["timeZone"]))), "timeZone": like["timeZone"]}


def length(start: Json, end: Json) -> timedelta:
    if "date" in start:
        return date.fromisoformat(end["date"]) - date.fromisoformat(start["date"])
    return datetime.fromisoformat(end["dateTime"]) - datetime.fromisoformat(start["dateTime"])


def later(node: Json, by: timedelta) -> Json:
    """`by` real time for a timed node (an event over a clock change keeps its length), by days for a date."""
    if "date" in node:
        return {"date": (date.fromisoformat(node["date"]) + by).isoformat()}
    return {"dateTime": zulu(datetime.fromisoformat(node["dateTime"]) + by), "timeZone": node["timeZone"]}


def shown(node: Json, in_zone: ZoneInfo) -> Json:
    if "date" in node:
        return dict(node)
    local = datetime.fromisoformat(node["dateTime"]).astimezone(in_zone)
    return {"dateTime": local.isoformat().replace("+00:00", "Z"), "timeZone": node["timeZone"]}
