"""Says a reading: the read-back, or the question to ask. In English and Spanish; what it says can be read again."""

from datetime import date, time

from bookings.when.reading import IMPOSSIBLE, NO_DAY, PAST

_DAYS_ES = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
_MONTHS_ES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS_EN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
# From so many days ahead on the year is said as well.
_YEAR_FROM_DAYS = 300

_PARTS = {
    "en": {"morning": "in the morning", "afternoon": "in the afternoon", "evening": "in the evening"},
    "es": {"morning": "por la mañana", "afternoon": "por la tarde", "evening": "por la noche"},
}
_ASK = {
    "en": {
        PAST: "That time is already past. Which day would suit you?",
        IMPOSSIBLE: "There is no such day or time. Which day would suit you?",
        NO_DAY: "On which day?",
        "": "Sorry, which day did you mean?",
    },
    "es": {
        PAST: "Esa fecha ya pasó. ¿Qué día le conviene?",
        IMPOSSIBLE: "Ese día o esa hora no existe. ¿Qué día le conviene?",
        NO_DAY: "¿Qué día?",
        "": "Perdón, ¿qué día quiso decir?",
    },
}


def day(language: str, on: date, today: date) -> str:
    """Return a day as it is said: weekday, month and day, and the year of a day far ahead; in Spanish without its article."""
    far = (on - today).days >= _YEAR_FROM_DAYS
    if language == "es":
        return f"{_DAYS_ES[on.weekday()]} {on.day} de {_MONTHS_ES[on.month - 1]}" + (f" de {on.year}" if far else "")
    return f"{_DAYS_EN[on.weekday()]}, {_MONTHS_EN[on.month - 1]} {on.day}" + (f", {on.year}" if far else "")


def clock(language: str, at: time) -> str:
    """Return a local time as it is said: "2:30 PM", "noon", "las 2:30 de la tarde", "mediodía"."""
    if (at.hour, at.minute) == (12, 0):
        return "noon" if language == "en" else "el mediodía"
    figures = f"{at.hour % 12 or 12}" + (f":{at.minute:02d}" if at.minute else "")
    if language == "en":
        return f"{figures} {'AM' if at.hour < 12 else 'PM'}"
    half = "de la mañana" if at.hour < 12 else "de la tarde" if at.hour < 20 else "de la noche"
    return f"{'la' if at.hour % 12 == 1 else 'las'} {figures} {half}"


def times(language: str, part: str | None, at: time | None, not_before: time | None, not_after: time | None) -> str:
    """Return the times of a reading as they are said, "" without any."""
    english = language == "en"
    if at is not None:
        return f"at {clock(language, at)}" if english else f"a {clock(language, at)}".replace("a el ", "al ")
    if not_before is not None and not_after is not None:
        first, last = clock(language, not_before), clock(language, not_after)
        return f"between {first} and {last}" if english else f"entre {first} y {last}"
    if not_before is not None:
        return (
            f"after {clock(language, not_before)}"
            if english
            else f"después de {clock(language, not_before)}".replace("de el ", "del ")
        )
    if not_after is not None:
        return (
            f"before {clock(language, not_after)}"
            if english
            else f"antes de {clock(language, not_after)}".replace("de el ", "del ")
        )
    return _PARTS[language][part] if part is not None else ""


def read_back(language: str, on: date, today: date, when: str) -> str:
    """Return the read-back: weekday, date and window; `when` are the times as `times` says them."""
    return _the(language, day(language, on, today)) + (f", {when}" if when else "")


def _the(language: str, said: str) -> str:
    return said if language == "en" else f"el {said}"


def which(language: str, options: list[date], today: date, when: str) -> str:
    """Return the question which of these days was meant."""
    same = len(options) > 1 and len({on.weekday() for on in options}) == 1
    named = [_told_apart(language, on, today) if same else _the(language, day(language, on, today)) for on in options]
    link = ", or" if language == "en" else " o"
    joined = named[0] if len(named) == 1 else f"{', '.join(named[:-1])}{link} {named[-1]}"
    tail = f", {when}" if when else ""
    return f"Do you mean {joined}{tail}?" if language == "en" else f"¿Quiere decir {joined}{tail}?"


def _told_apart(language: str, on: date, today: date) -> str:
    """Return a day with "today", "this" or "next" before it."""
    said, weeks = day(language, on, today), ((on - today).days + today.weekday()) // 7
    if on == today:
        return f"today, {said}" if language == "en" else f"hoy, {said}"
    if language == "en":
        return f"{'this ' if weeks == 0 else 'next ' if weeks == 1 else ''}{said}"
    return f"este {said}" if weeks == 0 else f"el próximo {said}" if weeks == 1 else f"el {said}"


def which_of(language: str, first: date | None, last: date | None, today: date, when: str) -> str:
    """Return the question which day of a stretch suits."""
    tail = f", {when}" if when else ""
    if first is None or last is None or first >= last:
        return f"Which day suits you best{tail}?" if language == "en" else f"¿Qué día le conviene más{tail}?"
    begins, ends = day(language, first, today), day(language, last, today)
    if language == "en":
        return f"Which day suits you best between {begins}, and {ends}{tail}?"
    return f"¿Qué día le conviene más entre el {begins} y el {ends}{tail}?"


def ask(language: str, problem: str, when: str = "") -> str:
    """Return the sentence that asks for a day where none was understood, is possible or was said."""
    said = _ASK[language].get(problem, _ASK[language][""])
    if problem == NO_DAY and when:
        return f"On which day, {when}?" if language == "en" else f"¿Qué día, {when}?"
    return said
