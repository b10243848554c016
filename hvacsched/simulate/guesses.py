"""Guesses, from what somebody typed as a caller, which tool the assistant may use next and with which arguments.

Only suggests: whoever types chooses and may change every argument. Knows some English and Spanish words, and no more.
"""

import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bado|domingo"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_TIME = (
    r"(?:(?:at|after|before|around|a las|despu[eé]s de las)\s+(?:\d{1,2}(?::\d\d)?|[a-z]+)(?:\s*[ap]\.?m\.?)?|noon|first thing)"
)
_MESES = "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
_DATE = rf"\d{{1,2}} de (?:{_MESES})|(?:{_MONTHS})\s+\d{{1,2}}(?:st|nd|rd|th)?|(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)"
_DAY = re.compile(
    rf"\b(?:\d{{4}}-\d\d-\d\d(?:T\d\d:\d\d)?|same time next week|day after tomorrow|tomorrow|today|tonight|next week"
    rf"|pasado ma[nñ]ana|(?<!la )ma[nñ]ana|hoy|in \w+ (?:days|weeks)|as soon as possible|asap"
    rf"|(?:(?:next|this|pr[oó]ximo)\s+)?(?:{_DAYS})(?:,?\s+(?:{_DATE}))?|{_DATE})(?:\s+{_TIME})?",
    re.IGNORECASE,
)
_SPANISH = re.compile(
    r"[¿¡ñ]|\b(?:necesito|quiero|quisiera|cita|buenos|buenas|gracias|hola|tengo|puede[ns]?|calefacci[oó]n|por favor|por la"
    r"|me llamo|soy|mejor)\b",
    re.IGNORECASE,
)
_WINDOWS = (("morning", r"morning|por la ma[nñ]ana"), ("afternoon", r"afternoon|tarde"), ("evening", r"evening|tonight|noche"))
_SERVICES = (
    ("tune up", r"tune[- ]?up|maintenance|check[- ]?up|inspection|yearly|annual|mantenimiento|revisi[oó]n"),
    ("installation", r"install\w*|replace\w*|new (?:furnace|ac|boiler|heat pump)|instal\w+"),
    (
        "repair",
        r"repair|fix|broken|not (?:working|cooling|heating)|no (?:heat|ac)|leak\w*|stopped|furnace|boiler|\bac\b|repar\w+"
        r"|calefacci[oó]n|no (?:funciona|enfr[ií]a|calienta)|aire acondicionado",
    ),
)
_START_OF_NAME = re.compile(
    r"(?i:my name is|name's|name of|(?:it's )?under|this is|i'm|i am|it's|me llamo|soy|a nombre de|mi nombre es)\s+"
)
# A number and a name that goes on to a kind of street or to a ZIP code.
_ADDRESS = re.compile(
    r"\b\d{1,5}\s+[A-Z][\w.]*(?:\s+[A-Z][\w.]*)*"
    r"(?:\s+(?:St|Street|Ave|Avenue|Rd|Road|Ln|Lane|Blvd|Place|Pl)\b[^.?!]*|[^.?!]*\b\d{5}\b)"
)
_PHONE = re.compile(r"(?:\+?1[\s.-]?)?\(?\d{3}\)?[\s.-]?\d{3}[\s.-]?\d{4}\b")
_ORDINALS = (r"\b(?:first|1st|primer[oa]?)\b", r"\b(?:second|2nd|segund[oa])\b", r"\b(?:third|3rd|last|tercer[oa]?)\b")
_CANCEL = re.compile(r"\b(?:cancel\w*|call it off|don't need|anul\w+)\b", re.IGNORECASE)
_MOVE = re.compile(
    r"\b(?:move|reschedule|change|make that|make it|instead|another day|different day|cambiar|mover)\b", re.IGNORECASE
)
_MINE = re.compile(r"\b(?:my|an|mi)\s+(?:appointment|visit|booking|cita)\b|\bwhen (?:is|are)\b", re.IGNORECASE)
_QUESTION = re.compile(r"\?\s*$|^(?:do|does|can|could|is|are|how|what|why)\b", re.IGNORECASE)
_WANTED = re.compile("|".join(pattern for _, pattern in _SERVICES), re.IGNORECASE)
_AGREES = re.compile(r"^\W*(?:yes|yeah|sure|ok|okay|that works|sounds good|please|s[ií]|claro|perfect\w*)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Guess:
    tool: str
    arguments: Json


NOTHING = Guess("", {})
"""The assistant only listens."""


@dataclass(slots=True)
class Notes:
    """What was said so far in the call. `slots` are those offered last, `chosen` the one that was held or picked."""

    said: Json = field(default_factory=dict)
    slots: tuple[Json, ...] = ()
    chosen: Json | None = None
    booked: bool = False
    asked_by: str = ""  # the tool that asked the caller for something

    def hear(self, words: str) -> None:
        """Note what the words tell; what is said anew replaces what was said before."""
        found: Json = {}
        if day := _DAY.search(words):
            found["day"] = day.group()
        for window, pattern in _WINDOWS:
            if re.search(rf"\b(?:{pattern})\b", words, re.IGNORECASE):
                found["window"] = window
        for service, pattern in _SERVICES:
            if re.search(pattern, words, re.IGNORECASE):
                found |= {"service": service, "problem": words}
                break
        if name := _name_in(words):
            found["name"] = name
        if phone := _PHONE.search(words):
            found["phone"] = phone.group()
        if address := _ADDRESS.search(words):
            found["address"] = address.group().strip(" ,")
        if place := re.search(r"(?<!\d)\d{5}(?!\d)", words):
            found["zip"] = place.group()
        if reference := re.search(r"\bHV-[A-Z0-9]{4,6}\b", words, re.IGNORECASE):
            found["reference"] = reference.group().upper()
        if _SPANISH.search(words):
            found["language"] = "es"
        self.said |= found
        if day:  # another day than the time that was chosen before
            self.chosen = None
        for n, pattern in enumerate(_ORDINALS):
            if self.slots and re.search(pattern, words, re.IGNORECASE):
                self.chosen = self.slots[min(n, len(self.slots) - 1)]
        if self.slots and not self.booked and self.chosen is None and _AGREES.search(words):
            self.chosen = self.slots[0]

    def answered(self, tool: str, body: Json) -> None:
        """Note what a tool answered."""
        self.asked_by = tool if body.get("state") in ("not_booked", "not_found") else ""
        if body.get("slots"):
            self.slots, self.chosen = tuple(body["slots"]), None
        elif body.get("state") in ("booked", "moved", "cancelled"):
            self.chosen, self.booked = None, body["state"] != "cancelled"


def guesses(words: str, notes: Notes) -> list[Guess]:
    """Return every tool, the likeliest first, with what is known of its arguments; NOTHING first where none is likely."""
    every = {guess.tool: guess for guess in _all(words, notes)}
    likely = _likely(words, notes) or [notes.asked_by]
    first = [name for name in likely if name in every]
    return [*([] if first else [NOTHING]), *(every[name] for name in dict.fromkeys([*first, *every]))]


def _likely(words: str, notes: Notes) -> list[str]:
    names = []
    day = _DAY.search(words) is not None
    if _CANCEL.search(words):
        names.append("cancelAppointment")
    if _MOVE.search(words) and (notes.booked or not notes.slots):
        names.append("bookAppointment" if notes.booked and (day or notes.chosen) else "rescheduleAppointment")
    if notes.chosen is not None:
        names.append("bookAppointment")
    if _MINE.search(words) and not notes.booked:
        names.append("findAppointments")
    if day or _WANTED.search(words):
        names.append("checkAvailability")
    if _QUESTION.search(words):
        names.append("takeMessage")
    return names


def _all(words: str, notes: Notes) -> list[Guess]:
    said: Json = notes.said
    service = {"serviceType": said.get("service", "repair")}
    where: Json = {key: said[key] for key in ("address", "zip") if key in said}
    problem = {"problem": said["problem"]} if "problem" in said else {}
    phone = {"customerPhone": said["phone"]} if "phone" in said else {}
    name = {"customerName": said["name"]} if "name" in said else {}
    chosen = {"slotId": notes.chosen["slotId"]} if notes.chosen else {"scheduledDate": said.get("day", "")}
    window = {"timeWindow": said["window"]} if "window" in said else {}
    named = {"reference": said["reference"]} if "reference" in said else {}
    held = {"slotId": notes.chosen["slotId"]} if notes.chosen else {"slotId": ""}
    fact = name | ({"zip": said["zip"]} if "zip" in said else {}) | named
    spoken = {"language": said["language"]} if "language" in said else {}
    every = [
        Guess("checkAvailability", {**service, "requestedDate": said.get("day", ""), **window, **problem, **where}),
        Guess("bookAppointment", {"customerName": "", **name, **phone, **service, **chosen, **_address(where), **problem}),
        Guess("holdSlot", held),
        Guess("rescheduleAppointment", {**fact, **chosen, **window}),
        Guess("cancelAppointment", {**fact, "reason": words}),
        Guess("findAppointments", fact),
        Guess("takeMessage", {"message": words, **name, **phone}),
    ]
    return [Guess(each.tool, each.arguments | spoken) for each in every]


def _address(where: Json) -> Json:
    address, place = str(where.get("address", "")), str(where.get("zip", ""))
    whole = address if place in address else f"{address}, {place}".strip(", ")
    return {"address": whole} if whole else {}


def _name_in(words: str) -> str:
    start = _START_OF_NAME.search(words)
    found = re.match(r"(?:[A-ZÁÉÍÓÚÑ][\w'-]+\s?){1,3}", words[start.end() :]) if start else None
    return found.group().strip() if found else ""
