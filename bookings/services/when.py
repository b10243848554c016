"""Reads the date and time a request names, in the shop's zone.

A date or time without an offset is the shop's. Midnight is read as "that day": it is what a date becomes on its way
through software, and nobody is visited then.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil import parser

from bookings.errors import RefusedError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS_AHEAD = {"today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2}


@dataclass(frozen=True, slots=True)
class When:
    """A day of the shop and, when one was named, the time."""

    on: date
    at: time | None = None


def read(said: str, *, now: datetime, zone: ZoneInfo) -> When:
    """Return the day and time that `said` means to somebody in `zone` at `now`.

    Understands ISO dates and times with or without offset, today, tomorrow, weekdays ("Friday", "next Friday": the
    first one after today) and plain calendar dates ("November 25", "11/25"), whose missing year is the one that puts
    them ahead. Raises RefusedError("date_unclear") for anything else.
    """
    text = " ".join(said.strip().split())
    iso = _iso(text, zone)
    if iso is not None:
        return iso
    today = now.astimezone(zone).date()
    words = text.casefold().strip(" .,!?")
    if words in _DAYS_AHEAD:
        return When(today + timedelta(days=_DAYS_AHEAD[words]))
    weekday = words.removeprefix("on ").removeprefix("next ").removeprefix("this ")
    if weekday in _WEEKDAYS:
        return When(today + timedelta(days=(_WEEKDAYS.index(weekday) - today.weekday() - 1) % 7 + 1))
    return _calendar_date(text, today, zone)


def _iso(text: str, zone: ZoneInfo) -> When | None:
    if not _ISO_DATE.match(text):
        return None
    try:
        if len(text) == 10:
            return When(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RefusedError("date_unclear", said=text) from error
    if moment.time() == time.min:
        return When(moment.date())
    if moment.tzinfo is not None:
        try:
            moment = moment.astimezone(zone)
        except OverflowError as error:
            raise RefusedError("date_unclear", said=text) from error
    return When(moment.date(), moment.time().replace(second=0, microsecond=0, tzinfo=None))


def _calendar_date(text: str, today: date, zone: ZoneInfo) -> When:
    """Let a library read a calendar date, and believe only what does not depend on what it fills in itself."""
    readings = []
    for year, day in ((today.year, 1), (today.year + 1, 2)):
        try:
            readings.append(parser.parse(text, default=datetime(year, day, day)))  # noqa: DTZ001 - a zone said stays seen
        except (ValueError, OverflowError) as error:
            raise RefusedError("date_unclear", said=text) from error
    first, second = readings
    if (first.month, first.day) != (second.month, second.day):
        raise RefusedError("date_unclear", said=text)
    if first.tzinfo is not None and first.year == second.year:
        first = first.astimezone(zone)
    found, at = first.date(), first.time().replace(tzinfo=None)
    if found < today and first.year != second.year:  # no year was said: the one that puts it ahead
        try:
            found = found.replace(year=found.year + 1)
        except ValueError as error:  # 29 February
            raise RefusedError("date_unclear", said=text) from error
    return When(found, None if at == time.min else at)
