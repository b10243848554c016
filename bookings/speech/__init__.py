"""Turns times, lists and amounts into words a caller understands at once, in the language that is active.

What the office reads is English whatever a caller speaks: it takes `bookings.speech.english`.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Protocol

from django.conf import settings
from django.utils import translation
from django.utils.translation import get_language

from bookings.engine.roster import Service
from bookings.speech import english, spanish


class _Voice(Protocol):
    """What a language has words for."""

    def day(self, on: date) -> str: ...
    def clock(self, at: datetime, *, half: bool = True) -> str: ...
    def window(self, starts_at: datetime, ends_at: datetime) -> str: ...
    def when(self, starts_at: datetime, ends_at: datetime) -> str: ...
    def written(self, starts_at: datetime, ends_at: datetime) -> str: ...
    def part(self, name: str) -> str: ...
    def the_part(self, name: str) -> str: ...
    def listed(self, items: Sequence[str], *, last: str = "or") -> str: ...
    def weekdays(self, numbers: Iterable[int]) -> list[str]: ...
    def dollars(self, cents: int) -> str: ...
    def holiday(self, name: str) -> str: ...


def warm() -> None:
    """Load the catalogues, so that no caller waits for them."""
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            pass


def language() -> str:
    """Return the language that is spoken: "en" or "es"."""
    return "es" if (get_language() or "").startswith("es") else "en"


def _voice() -> _Voice:
    return spanish if language() == "es" else english


def day(on: date) -> str:
    """Return a day as it is said: "Wednesday, November 25"; "el miércoles 25 de noviembre"."""
    return _voice().day(on)


def clock(at: datetime) -> str:
    """Return a local time as it is said: "8 AM", "noon", "2:30 PM"; "las 8 de la mañana", "el mediodía"."""
    return _voice().clock(at)


def window(starts_at: datetime, ends_at: datetime) -> str:
    """Return an arrival window as it is said: "between 8 and 10 AM"; "entre las 8 y las 10 de la mañana"."""
    return _voice().window(starts_at, ends_at)


def when(starts_at: datetime, ends_at: datetime) -> str:
    """Return a day and its arrival window as they are said, from local times."""
    return _voice().when(starts_at, ends_at)


def written(starts_at: datetime, ends_at: datetime) -> str:
    """Return an arrival window as a text message has it: "8 AM to 10 AM"; "de 8 am a 10 am"."""
    return _voice().written(starts_at, ends_at)


def part(name: str) -> str:
    """Return a part of the day: "morning"; "mañana"."""
    return _voice().part(name)


def the_part(name: str) -> str:
    """Return a part of the day with its article: "the morning"; "la mañana"."""
    return _voice().the_part(name)


def listed(items: Sequence[str], *, last: str = "or") -> str:
    """Return a list as it is said, `last` being "or" or "and": "a, b or c"; "a, b o c"."""
    return _voice().listed(items, last=last)


def reference(code: str) -> str:
    """Return a reference as it is spelt out: "H V, 4 K 7 P Q"."""
    return ", ".join(" ".join(part) for part in code.split("-"))


def weekdays(numbers: Iterable[int]) -> list[str]:
    """Return the names of weekdays, 0 being Monday, in the week's order; in Spanish as they follow "los"."""
    return _voice().weekdays(numbers)


def dollars(cents: int) -> str:
    """Return an amount as it is said: "$25", "$25.50"; "25 dólares", "25 dólares con 50 centavos"."""
    return _voice().dollars(cents)


def holiday(name: str) -> str:
    """Return what a day is called on which a shop is closed; a name of the owner's own, or an unknown one, stays as it is."""
    return _voice().holiday(name)


def service(of: Service) -> str:
    """Return what a service is called: its Spanish name where Spanish is spoken and it has one, else its name."""
    return of.name_es if of.name_es and language() == "es" else of.name
