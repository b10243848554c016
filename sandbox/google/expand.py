"""Recurring events as single instances: RRULE, EXRULE, RDATE and EXDATE, counted in the event's own wall time.

A series without an end is expanded two years past the day it is asked on, as Google, too, stops somewhere.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from dateutil.rrule import rruleset, rrulestr

from sandbox.google import times
from sandbox.google.errors import invalid

Json = dict[str, Any]
HORIZON = timedelta(days=731)
MOST = 2000


def check(recurrence: list[str], start: Json) -> None:
    if not any(line.upper().startswith(("RRULE", "RDATE")) for line in recurrence):
        raise invalid("Missing recurrence rule.")
    try:
        _originals(tuple(recurrence), _frozen(start), datetime.now(UTC).date())
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise invalid("Invalid recurrence rule.") from error


def instances(master: Json, today: date) -> list[Json]:
    """Every instance as a canonical event, exceptions not yet put in their place."""
    lasts = times.length(master["start"], master["end"])
    shared = {key: value for key, value in master.items() if key != "recurrence"}
    made = []
    for local in _originals(tuple(master["recurrence"]), _frozen(master["start"]), today):
        start = times.from_wall(local, master["start"])
        made.append(
            shared
            | {
                "id": instance_id(master["id"], start),
                "recurringEventId": master["id"],
                "originalStartTime": start,
                "start": start,
                "end": times.later(start, lasts),
            }
        )
    return made


def instance_id(master_id: str, original: Json) -> str:
    stamp = original.get("date") or original["dateTime"]
    return f"{master_id}_{stamp.replace('-', '').replace(':', '')}"


def _frozen(start: Json) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(start.items()))


@lru_cache(maxsize=4096)
def _originals(recurrence: tuple[str, ...], frozen_start: tuple[tuple[str, str], ...], today: date) -> list[datetime]:
    start = dict(frozen_start)
    first = times.wall(start)
    rules = rruleset()
    counted_in_rule = False
    for line in recurrence:
        head, _, value = line.partition(":")
        name, *parameters = head.upper().split(";")
        match name:
            case "RRULE" | "EXRULE":
                rule = rrulestr(_local_until(value, start), dtstart=first)
                if name == "RRULE":
                    counted_in_rule = True
                    rules.rrule(rule)  # type: ignore[arg-type]
                else:
                    rules.exrule(rule)  # type: ignore[arg-type]
            case "RDATE" | "EXDATE":
                add = rules.rdate if name == "RDATE" else rules.exdate
                zone = next((each[5:] for each in head.split(";")[1:] if each.upper().startswith("TZID=")), None)
                for each in value.split(","):
                    add(_local(each, start, zone))
            case _:
                raise ValueError(f"{name} {parameters} is not a line of a recurrence")
    if not counted_in_rule:
        rules.rdate(first)
    end = datetime.combine(max(today, first.date()) + HORIZON, time())
    found: list[datetime] = []
    for local in rules:
        if local > end or len(found) >= MOST:
            break
        found.append(local)
    return found


def _local(text: str, start: Json, zone: str | None) -> datetime:
    """A date or date-time of a rule as naive wall time of the series."""
    if len(text) == 8:
        day = datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007  a date has no zone
        return datetime.combine(day, times.wall(start).time())
    moment = datetime.strptime(text.rstrip("Zz"), "%Y%m%dT%H%M%S")  # noqa: DTZ007  the zone follows
    if "date" in start or (zone is None and not text.upper().endswith("Z")):
        return moment
    aware = moment.replace(tzinfo=UTC if zone is None else times.zone(zone))
    return aware.astimezone(times.zone(start["timeZone"])).replace(tzinfo=None)


def _local_until(rule: str, start: Json) -> str:
    parts = []
    for part in rule.split(";"):
        name, _, value = part.partition("=")
        if name.upper() == "UNTIL" and value:
            if len(value) == 8:
                until = datetime.combine(datetime.strptime(value, "%Y%m%d").date(), time(23, 59, 59))  # noqa: DTZ007
            else:
                until = _local(value, start, None)
            parts.append(f"UNTIL={until:%Y%m%dT%H%M%S}")
        elif part:
            parts.append(part)
    return ";".join(parts)
