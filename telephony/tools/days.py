"""From what a caller said of a day to a day of the shop. What is unclear is asked, never guessed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from bookings.errors import RefusedError
from bookings.when import parse
from telephony.tools.context import Context


@dataclass(frozen=True, slots=True)
class Asked:
    """A day, or several up to `until`; a time or bounds of it; a part of the day."""

    on: date
    until: date | None = None
    at: time | None = None
    part: str | None = None
    not_before: time | None = None
    not_after: time | None = None


def read(
    context: Context, phrase: str, said: Mapping[str, Any], *, several: bool = False, standing: datetime | None = None
) -> Asked:
    """Return the day that `phrase` and the part of the day in `said` mean at the moment they were spoken.

    `several` allows for "next week" and the like, from today on; `standing` is the appointment that is to be moved. Raises
    RefusedError `date_unclear` (facts: say, the question to ask) and `past` (facts: on).
    """
    roster = context.roster
    reading = parse.read(
        phrase, now=context.spoken_at, zone=roster.zone, country=roster.country, standing=standing, speak=context.language
    )
    part = said.get("timeWindow") or reading.part
    if several and reading.problem == "range" and reading.first and reading.last:
        first = max(reading.first, context.spoken_at.astimezone(roster.zone).date())
        return Asked(first, reading.last, None, part, reading.not_before, reading.not_after)
    if reading.problem == "past" and (named := _named(phrase, roster.zone)) is not None:
        if named.on < context.spoken_at.astimezone(roster.zone).date():
            raise RefusedError("past", on=named.on)
        return named  # an hour of today that is over: what is left of the day is offered instead
    if reading.on is None or reading.ambiguous:
        raise RefusedError("date_unclear", say=reading.say)
    return Asked(reading.on, None, reading.at, part, reading.not_before, reading.not_after)


def _named(phrase: str, zone: ZoneInfo) -> Asked | None:
    """Return the day and time of an ISO date, None for anything else."""
    try:
        moment = datetime.fromisoformat(phrase.strip())
    except ValueError:
        return None
    local = moment.astimezone(zone) if moment.tzinfo is not None else moment
    return Asked(local.date(), at=None if local.time() == time.min else local.time())
