"""Holidays by name, by the country's calendar, on their own day and not on the one they are observed."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from functools import lru_cache

import holidays
from dateutil.easter import easter


def _fixed(month: int, day: int) -> Callable[[int], date]:
    return lambda year: date(year, month, day)


def _from_easter(days: int) -> Callable[[int], date]:
    return lambda year: easter(year) + timedelta(days=days)


def _nth(month: int, weekday: int, which: int, plus: int = 0) -> Callable[[int], date]:
    def on(year: int) -> date:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1) + plus)

    return on


# The same day wherever they are kept.
_EVERYWHERE = {
    "christmas": _fixed(12, 25),
    "christmaseve": _fixed(12, 24),
    "boxing": _fixed(12, 26),
    "newyear": _fixed(1, 1),
    "newyearseve": _fixed(12, 31),
    "easter": _from_easter(0),
    "eastermonday": _from_easter(1),
    "goodfriday": _from_easter(-2),
    "holythursday": _from_easter(-3),
    "palmsunday": _from_easter(-7),
    "ashwednesday": _from_easter(-46),
    "mardigras": _from_easter(-47),
    "halloween": _fixed(10, 31),
    "valentine": _fixed(2, 14),
    "patrick": _fixed(3, 17),
    "groundhog": _fixed(2, 2),
    "july4": _fixed(7, 4),
    "may5": _fixed(5, 5),
    "aprilfools": _fixed(4, 1),
    "epiphany": _fixed(1, 6),
    "allsaints": _fixed(11, 1),
    "allsouls": _fixed(11, 2),
    "immaculate": _fixed(12, 8),
    "assumption": _fixed(8, 15),
    "hispanic": _fixed(10, 12),
    "guadalupe": _fixed(12, 12),
    "remembrance": _fixed(11, 11),
    "blackfriday": _nth(11, 3, 4, plus=1),
    "cybermonday": _nth(11, 3, 4, plus=4),
}
# Not public holidays everywhere, so the library does not have them: by country, "" for all others.
_BY_COUNTRY = {
    "mother": {"MX": _fixed(5, 10), "ES": _nth(5, 6, 1), "GB": _from_easter(-21), "IE": _from_easter(-21), "": _nth(5, 6, 2)},
    "father": {"ES": _fixed(3, 19), "DE": _from_easter(39), "": _nth(6, 6, 3)},
    "thanksgiving": {"CA": _nth(10, 0, 2), "": _nth(11, 3, 4)},
}
# By the country's own calendar; the pattern is looked for in the library's English names.
_NATIONAL = {
    "independence": "^independence day",
    "labor": "labou?r day|workers",
    "memorial": "^memorial day",
    "veterans": "veterans|armistice",
    "mlk": "martin luther king",
    "presidents": "washington|presidents",
    "juneteenth": "juneteenth",
    "columbus": "columbus|national day|hispanic",
    "canada": "canada day",
    "victoria": "victoria day",
    "constitution": "constitution day",
    "juarez": "ju[aá]rez",
    "revolution": "revolution day",
}


def holiday(name: str, *, country: str, today: date) -> date | None:
    """Return the named holiday's next day, today included; None where the country's calendar does not have it."""
    return next((on for year in (today.year, today.year + 1) if (on := holiday_in(name, country, year)) and on >= today), None)


@lru_cache(maxsize=1024)
def holiday_in(name: str, country: str, year: int) -> date | None:
    """Return the day of a holiday in a year, None where the country's calendar does not have it."""
    if name in _EVERYWHERE:
        return _EVERYWHERE[name](year)
    if name in _BY_COUNTRY:
        rules = _BY_COUNTRY[name]
        return rules.get(country, rules[""])(year)
    pattern = re.compile(_NATIONAL[name], re.IGNORECASE)
    return next((on for on, called in _calendar(country, year) if pattern.search(called)), None)


@lru_cache(maxsize=256)
def _calendar(country: str, year: int) -> tuple[tuple[date, str], ...]:
    try:
        found = holidays.country_holidays(country, years=[year], observed=False, language="en_US")
    except (NotImplementedError, ValueError):  # no country, or one the library does not know
        return ()
    return tuple(sorted(found.items()))
