"""Fills placeholders: {d1|day}, {offer.slots.0.slotId}, {answer.reference|spelt}. Written apart from the product's own words.

A placeholder is a dotted path through the scope, and after a bar how it is written.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hvacsched.simulate.scripts.script import ScriptError

_PLACEHOLDER = re.compile(r"\{([a-z_][\w.]*)(?:\|([^{}]+))?\}", re.IGNORECASE)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DIAS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MESES = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
# A named weekday lies at least so many days ahead: whatever is nearest to it is neither today nor tomorrow.
SOONEST_DAYS = 5


def days_of(spoken: Mapping[str, str], today: date) -> dict[str, date]:
    """Return the days a script names: "workday 3", "wednesday" (at least five days ahead), "d1 + 7", "today", "+ 30"."""
    found: dict[str, date] = {}
    for name, said in spoken.items():
        base, _, plus = (part.strip() for part in said.partition("+"))
        if base in ("", "today"):
            day = today
        elif base in found:
            day = found[base]
        elif base in _WEEKDAYS:
            day = today + timedelta(days=SOONEST_DAYS)
            day += timedelta(days=(_WEEKDAYS.index(base) - day.weekday()) % 7)
        elif base.startswith("workday "):
            day = _workday(today, int(base.removeprefix("workday ")))
        else:
            raise ScriptError(f"day {name}: {said!r} is not understood")
        found[name] = day + timedelta(days=int(plus)) if plus else day
    return found


def _workday(today: date, ahead: int) -> date:
    day = today
    while ahead:
        day += timedelta(days=1)
        ahead -= day.weekday() < 5
    return day


def fill(value: Any, scope: Mapping[str, Any], zone: ZoneInfo) -> Any:
    """Return the value with every placeholder filled; a text that is one placeholder becomes what it stands for."""
    if isinstance(value, dict):
        return {fill(key, scope, zone): fill(each, scope, zone) for key, each in value.items()}
    if isinstance(value, list):
        return [fill(each, scope, zone) for each in value]
    if not isinstance(value, str):
        return value
    whole = _PLACEHOLDER.fullmatch(value)
    if whole:
        return _found(whole, scope, zone)
    return _PLACEHOLDER.sub(lambda match: str(_found(match, scope, zone)), value)


def _found(match: re.Match[str], scope: Mapping[str, Any], zone: ZoneInfo) -> Any:
    path, how = match.groups()
    value: Any = scope
    for step in path.split("."):
        try:
            value = value[int(step)] if isinstance(value, list) else value[step]
        except (KeyError, IndexError, TypeError, ValueError):
            raise ScriptError(f"nothing to fill {match.group()} with") from None
    if how is None:
        return value.isoformat() if isinstance(value, date) else value
    name, _, given = how.strip().partition(" ")
    if name not in _WRITTEN:
        raise ScriptError(f"{match.group()}: {name} is not known")
    return _WRITTEN[name](value, given, zone)


def _at(day: date, given: str, zone: ZoneInfo) -> str:
    return datetime.combine(day, time.fromisoformat(given), tzinfo=zone).isoformat()


_WRITTEN: Mapping[str, Callable[[Any, str, ZoneInfo], str]] = {
    "day": lambda day, given, zone: f"{day:%A, %B} {day.day}",  # Wednesday, December 2
    "date": lambda day, given, zone: f"{day:%B} {day.day}",  # December 2
    "weekday": lambda day, given, zone: f"{day:%A}",
    "día": lambda day, given, zone: f"{_DIAS[day.weekday()]} {day.day} de {_MESES[day.month - 1]}",
    "fecha": lambda day, given, zone: f"{day.day} de {_MESES[day.month - 1]}",
    "at": _at,  # {d1|at 09:00}: with the shop's offset
    "spelt": lambda code, given, zone: ", ".join(" ".join(part) for part in code.split("-")),
}
