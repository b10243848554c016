"""Times, lists and amounts as they are said in Spanish, as spoken in the United States.

A day and a time carry their article ("el miércoles", "las 8"), so what stands before them in a sentence is neither "a" nor
"de", which would melt into it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from bookings.engine.clock import comes_twice

_WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_EVERY = (*_WEEKDAYS[:5], "sábados", "domingos")
_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
)  # fmt: skip
# Those of the United States, by the names the `holidays` package and shops give them.
_HOLIDAYS = {
    "new year's day": "el Año Nuevo",
    "new year's eve": "la víspera de Año Nuevo",
    "martin luther king jr. day": "el Día de Martin Luther King",
    "washington's birthday": "el Día de los Presidentes",
    "presidents' day": "el Día de los Presidentes",
    "easter": "la Pascua",
    "easter sunday": "el Domingo de Pascua",
    "good friday": "el Viernes Santo",
    "memorial day": "el Día de los Caídos",
    "juneteenth": "Juneteenth",
    "juneteenth national independence day": "Juneteenth",
    "independence day": "el Día de la Independencia",
    "labor day": "el Día del Trabajo",
    "columbus day": "el Día de la Raza",
    "indigenous peoples' day": "el Día de los Pueblos Indígenas",
    "veterans day": "el Día de los Veteranos",
    "thanksgiving": "el Día de Acción de Gracias",
    "thanksgiving day": "el Día de Acción de Gracias",
    "day after thanksgiving": "el día después de Acción de Gracias",
    "christmas eve": "la Nochebuena",
    "christmas": "la Navidad",
    "christmas day": "la Navidad",
}
_PARTS = {"morning": "mañana", "afternoon": "tarde", "evening": "noche"}
_E = re.compile(r"\W*(?:i|í|hi(?![aeo])|hí)", re.IGNORECASE)
_U = re.compile(r"\W*(?:o|ó|ho|hó|8|11\b)", re.IGNORECASE)  # 8 and 11 are "ocho" and "once"


def day(on: date) -> str:
    """Return a day as it is said: "el miércoles 25 de noviembre", "el martes primero de diciembre"."""
    return f"el {_WEEKDAYS[on.weekday()]} {'primero' if on.day == 1 else on.day} de {_MONTHS[on.month - 1]}"


def clock(at: datetime, *, half: bool = True) -> str:
    """Return a time as it is said: "las 8 de la mañana", "el mediodía", "la 1:30 de la tarde"; `half` adds "de la …"."""
    if at.minute == 0 and at.hour in (0, 12):
        return "el mediodía" if at.hour else "la medianoche"
    return f"{'la' if at.hour % 12 == 1 else 'las'} {_figures(at)}" + (f" {_half(at)}{_which(at)}" if half else "")


def window(starts_at: datetime, ends_at: datetime) -> str:
    """Return an arrival window as it is said: "entre las 8 y las 10 de la mañana", "entre el mediodía y las 2 de la tarde"."""
    apart = any((at.minute == 0 and at.hour in (0, 12)) or comes_twice(at) for at in (starts_at, ends_at))
    same_half = not apart and _half(starts_at) == _half(ends_at)
    return f"entre {clock(starts_at, half=not same_half)} y {clock(ends_at)}"


def when(starts_at: datetime, ends_at: datetime) -> str:
    """Return a day and its window as they are said: "el miércoles 25 de noviembre entre las 8 y las 10 de la mañana"."""
    return f"{day(starts_at.date())} {window(starts_at, ends_at)}"


def written(starts_at: datetime, ends_at: datetime) -> str:
    """Return a window as a text message has it: "de 8 am a 10 am"."""
    first, last = (f"{_figures(at)} {_written_half(at)}{_which(at)}" for at in (starts_at, ends_at))
    return f"de {first} a {last}"


def part(name: str) -> str:
    """Return a part of the day: "mañana"."""
    return _PARTS.get(name, name)


def the_part(name: str) -> str:
    """Return a part of the day with its article: "la mañana"."""
    return f"la {part(name)}"


def listed(items: Sequence[str], *, last: str = "or") -> str:
    """Return a list as it is said: "a, b o c"; `last` is "or" or "and". Before their own sound, o is u and y is e."""
    if len(items) < 2:
        return "".join(items)
    usual, before_its_sound, sound = ("y", "e", _E) if last == "and" else ("o", "u", _U)
    link = before_its_sound if sound.match(items[-1]) else usual
    return f"{', '.join(items[:-1])} {link} {items[-1]}"


def weekdays(numbers: Iterable[int]) -> list[str]:
    """Return the names of weekdays as they follow "los", 0 being Monday, in the week's order: "lunes", "sábados"."""
    return [_EVERY[number] for number in sorted(numbers)]


def dollars(cents: int) -> str:
    """Return an amount as it is said: "25 dólares", "25 dólares con 50 centavos"."""
    whole, rest = divmod(cents, 100)
    said = ["un dólar" if whole == 1 else f"{whole} dólares"] if whole or not rest else []
    said += ["un centavo" if rest == 1 else f"{rest} centavos"] if rest else []
    return " con ".join(said)


def holiday(name: str) -> str:
    """Return a holiday as it follows "por": "Thanksgiving" is "el Día de Acción de Gracias"; an unknown one stays as it is."""
    return _HOLIDAYS.get(name.casefold(), name)


def _half(at: datetime) -> str:
    if at.hour == 0 or at.hour >= 20:
        return "de la noche"
    return "de la madrugada" if at.hour < 5 else "de la mañana" if at.hour < 12 else "de la tarde"


def _which(at: datetime) -> str:
    """Return which of two it is, on the night on which the clock shows the same times twice."""
    return (" hora estándar" if at.fold else " hora de verano") if comes_twice(at) else ""


def _written_half(at: datetime) -> str:
    return "am" if at.hour < 12 else "pm"


def _figures(at: datetime) -> str:
    return f"{at.hour % 12 or 12}" + (f":{at.minute:02d}" if at.minute else "")
