"""Finds the service, the urgency and the equipment a caller means: "AC Repair", "my heat is out", "the old boiler"."""

import re
import unicodedata
from functools import lru_cache

from bookings.engine.roster import Roster, Service, Urgency
from bookings.errors import RefusedError
from bookings.models import Equipment

_WORD = re.compile(r"[a-z0-9]+")


def _words(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return tuple(_WORD.findall(plain.replace("tuneup", "tune up").replace("check up", "checkup")))


@lru_cache(maxsize=4096)
def _phrase(text: str) -> tuple[str, ...]:
    """Return the words of a phrase of a shop's; what callers say is not kept."""
    return _words(text)


def _contains(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def find(roster: Roster, said: str) -> Service:
    """Return the service whose key, names or other words fit best; the longest fitting phrase wins.

    Raises RefusedError("service_unknown") when none fits or two fit equally well.
    """
    words = _words(said)
    best: dict[int, int] = {}
    for service in roster.services:
        for phrase in (service.key, service.name, service.name_es, *service.phrases):
            wanted = _phrase(phrase)
            if wanted and _contains(words, wanted):
                best[service.id] = max(best.get(service.id, 0), len(wanted) * 100 + len("".join(wanted)))
    if best:
        top = max(best.values())
        winners = [service for service in roster.services if best.get(service.id) == top]
        if len(winners) == 1:
            return winners[0]
    raise RefusedError("service_unknown", services=roster.services)


_RANK = (Urgency.ROUTINE, Urgency.URGENT, Urgency.EMERGENCY)


def urgency(roster: Roster, *said: str, given: str = "") -> Urgency:
    """Return how urgent it is: what the assistant said, raised where the caller's words hold one of the shop's phrases.

    Words only raise it. A phrase behind "not" or "no longer" is not one.
    """
    known = next((each for each in _RANK if each == given), Urgency.ROUTINE)
    for text in said:
        words = _words(text)
        if any(_spoken(words, _phrase(phrase)) for phrase in roster.urgent_phrases):
            return max(known, Urgency.URGENT, key=_RANK.index)
    return known


# "AC is out of warranty", "no AC problems".
_OTHERWISE = (("of",), ("problem",), ("problems",), ("issue",), ("issues",), ("trouble",))
_UNDONE = (("not",), ("no", "longer"), ("isn", "t"), ("never",))


def _spoken(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Say whether a phrase stands in a text without being taken back by the words around it."""
    return any(
        words[at : at + len(phrase)] == phrase
        and not any(words[max(0, at - len(undo)) : at] == undo for undo in _UNDONE)
        and words[at + len(phrase) : at + len(phrase) + 1] not in _OTHERWISE
        for at in range(len(words) - len(phrase) + 1)
        if phrase
    )


# What callers say for the kinds of equipment; the longest that fits wins.
_EQUIPMENT = {
    "mini split": Equipment.MINI_SPLIT,
    "minisplit": Equipment.MINI_SPLIT,
    "ductless": Equipment.MINI_SPLIT,
    "heat pump": Equipment.HEAT_PUMP,
    "package unit": Equipment.PACKAGE_UNIT,
    "packaged unit": Equipment.PACKAGE_UNIT,
    "rooftop unit": Equipment.PACKAGE_UNIT,
    "water heater": Equipment.WATER_HEATER,
    "boiler": Equipment.BOILER,
    "furnace": Equipment.FURNACE,
    "air conditioner": Equipment.AIR_CONDITIONER,
    "air conditioning": Equipment.AIR_CONDITIONER,
    "central air": Equipment.AIR_CONDITIONER,
    "ac": Equipment.AIR_CONDITIONER,
    "bomba de calor": Equipment.HEAT_PUMP,
    "calentador de agua": Equipment.WATER_HEATER,
    "caldera": Equipment.BOILER,
    "calefactor": Equipment.FURNACE,
    "aire acondicionado": Equipment.AIR_CONDITIONER,
    "aire central": Equipment.AIR_CONDITIONER,
}


def equipment(said: str) -> str:
    """Return the kind of equipment that a text names, "" for none."""
    words = _words(said.replace("_", " ").replace("-", " "))
    found = [phrase for phrase in _EQUIPMENT if _contains(words, _phrase(phrase))]
    return str(_EQUIPMENT[max(found, key=len)]) if found else ""
