"""How the desk says things: numbers, times and ages, in a dispatcher's words."""

import re
from datetime import datetime, timedelta
from functools import lru_cache

import phonenumbers

from bookings.models import Shop

NOTHING = "\u2013"  # an en dash: nothing here, and "to" between two times
_PHONE_LIKE = re.compile(r"[\d\s()+.\-]{4,}")


@lru_cache(maxsize=10_000)
def phone(number: str, country: str = "US") -> str:
    """Return a number as people of the country write it; another country's keeps its code."""
    try:
        read = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return number
    home = phonenumbers.country_code_for_region(country) == read.country_code
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(read, style)


def searchable(term: str) -> str:
    """Return what to look for: the bare digits of something that looks like a telephone number, else the term itself."""
    digits = re.sub(r"\D", "", term)
    return digits if len(digits) >= 4 and _PHONE_LIKE.fullmatch(term.strip()) else term


def age(since: timedelta) -> str:
    """Return how long ago something was, in one unit."""
    seconds = max(0, int(since.total_seconds()))
    if seconds < 100:
        return f"{seconds} s"
    if seconds < 100 * 60:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"


def clock(at: datetime) -> str:
    """Return a local time as short as it can be said: 9 am, 10:30 am."""
    hour, half = at.hour % 12 or 12, "pm" if at.hour >= 12 else "am"
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


def span(starts: datetime, ends: datetime) -> str:
    """Return two local times as a span: 9 to 11 am, 10:30 am to 12:30 pm, with a dash."""
    first, last = clock(starts), clock(ends)
    if first[-2:] == last[-2:]:
        first = first[:-3]
    return f"{first}{NOTHING}{last}"


def short_span(starts: datetime, ends: datetime) -> str:
    """Return two local times as short as possible, for a narrow card that stands on a time axis: 9 to 11."""
    return NOTHING.join(clock(each)[:-3] for each in (starts, ends))


def length(minutes: int) -> str:
    """Return a length of time: 45 min, 2 h, 2 h 30 min."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest or not hours else ""]))


def left(until: timedelta) -> str:
    """Return how much time is left, as a clock that runs down: 4:07."""
    minutes, seconds = divmod(max(0, int(until.total_seconds())), 60)
    return f"{minutes}:{seconds:02d}"


def day(at: datetime) -> str:
    """Return a local day as short as it can be said: Wed 25 Nov."""
    return f"{at:%a} {at.day} {at:%b}"


def when(at: datetime) -> str:
    """Return a local day and time: Wed 25 Nov, 9 am."""
    return f"{day(at)}, {clock(at)}"


def place(zone: str) -> str:
    """Return the city a time zone is named after."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def shop_zone(shop: Shop, now: datetime) -> str:
    """Return how the shop's zone is named in a heading: New York time (EST)."""
    return f"{place(shop.timezone)} time ({now.astimezone(shop.zone):%Z})"
