"""Plain calendar dates that the rules do not know, read by a library: ISO moments and the dates of mail and of programs.

The library fills in what it does not find and reads nearly anything as a date, so it is asked only about text that has
a year and nothing but a date and a time in it.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from dateutil import parser

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}([T ]|$)|20\d{6}(T|$)")
_PLAIN = re.compile(
    r"""
    (?=.*\b\d{4}\b)
    (?:(?:mon|tues?|wed|wednes|thu|thurs?|fri|sat|satur|sun)(?:day)?\b[,.]?\s*)?
    (?:
        \d{1,2}[ -](?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?[ -]\d{4}
      | (?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?\s\d{1,2},?\s(?:\d{4}|\d{1,2}:\d{2}(?::\d{2})?\s\d{4})
      | \d{4}/\d{1,2}/\d{1,2}
    )
    (?:[ ,]+(?:at\s)?\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:\s?[ap]m)?)?
    (?:\s?(?:gmt|utc|z|[+-]\d{2}:?\d{2}))?
    """,
    re.VERBOSE | re.IGNORECASE,
)


class NoSuchDateError(ValueError):
    """The text has the form of a date, and there is no such date."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A day in the zone and, unless it is midnight, the local time."""

    on: date
    at: time | None


def iso(said: str, zone: ZoneInfo) -> Moment | None:
    """Return an ISO date or moment in the zone, None where the text is no such thing; raise NoSuchDateError for a wrong one.

    Midnight is read as "that day": it is what a date becomes on its way through software, and nobody is visited then.
    """
    if not _ISO.match(said):
        return None
    try:
        if len(said) <= 10:
            return Moment(date.fromisoformat(said), None)
        return _local(datetime.fromisoformat(said.upper()), zone)
    except (ValueError, OverflowError) as error:
        if re.fullmatch(r"[\dT:.+\-Z ]+", said):
            raise NoSuchDateError(said) from error
        return None


def plain(said: str, zone: ZoneInfo) -> Moment | None:
    """Return the date of a mail or a program ("Wed, 25 Nov 2026 14:00:00 GMT") in the zone, None for anything else."""
    if not said.isascii() or not _PLAIN.fullmatch(said):
        return None
    readings = []
    for default in (datetime(2000, 1, 1, tzinfo=UTC), datetime(2001, 2, 2, tzinfo=UTC)):
        try:
            readings.append(parser.parse(said, default=default.replace(tzinfo=None)))
        except (ValueError, OverflowError) as error:
            raise NoSuchDateError(said) from error
    if readings[0].date() != readings[1].date():
        return None
    return _local(readings[0], zone)


def _local(moment: datetime, zone: ZoneInfo) -> Moment:
    if moment.time() == time.min:
        return Moment(moment.date(), None)
    if moment.tzinfo is not None:
        moment = moment.astimezone(zone)
    return Moment(moment.date(), moment.time().replace(second=0, microsecond=0, tzinfo=None))
