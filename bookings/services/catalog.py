"""Finds the service a caller means: "AC Repair", "furnace tune up", "my heat is out"."""

import re
import unicodedata

from bookings.engine.roster import Roster, Service
from bookings.errors import RefusedError

_WORD = re.compile(r"[a-z0-9]+")


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return _WORD.findall(plain.replace("tuneup", "tune up").replace("check up", "checkup"))


def _contains(words: list[str], phrase: list[str]) -> bool:
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words) - len(phrase) + 1))


def find(roster: Roster, said: str) -> Service:
    """Return the service whose key, name or other words fit best; the longest fitting phrase wins.

    Raises RefusedError("service_unknown") when none fits or two fit equally well.
    """
    words = _words(said)
    best: dict[int, int] = {}
    for service in roster.services:
        for phrase in (service.key, service.name, *service.phrases):
            wanted = _words(phrase)
            if wanted and _contains(words, wanted):
                best[service.id] = max(best.get(service.id, 0), len(wanted) * 100 + len("".join(wanted)))
    if best:
        top = max(best.values())
        winners = [service for service in roster.services if best.get(service.id) == top]
        if len(winners) == 1:
            return winners[0]
    raise RefusedError("service_unknown", services=[service.name for service in roster.services])
