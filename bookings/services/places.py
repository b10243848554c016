"""ZIP codes: in an address, and where they are, by the centroids in the `zipcodes` package. Asks nobody over the network."""

import re
from functools import lru_cache

import zipcodes

from bookings.engine.travel import Place

_ZIP = re.compile(r"\b(\d{5})(?:-\d{4})?\b(?!.*\b\d{5}\b)")
_HOUSE = re.compile(r"\s*\d+\s+(?=[^\W\d])")


def zip_in(address: str) -> str:
    """Return the last thing in an address that looks like a ZIP code, "" when nothing does.

    What an address begins with before a word is the number of a house, however long.
    """
    found = _ZIP.search(_HOUSE.sub("", address, count=1) if _HOUSE.match(address) else address)
    return found.group(1) if found else ""


@lru_cache(maxsize=50_000)
def place_of(zip_code: str) -> Place | None:
    """Return the centroid of a US ZIP code, None for what is none; ZIP+4 counts as its ZIP."""
    code = zip_code.strip()[:5]
    if len(code) != 5 or not code.isdigit():
        return None
    found = zipcodes.matching(code) if zipcodes.is_real(code) else []  # type: ignore[no-untyped-call]
    try:
        return Place(float(found[0]["lat"]), float(found[0]["long"])) if found else None
    except (KeyError, TypeError, ValueError):
        return None


def warm() -> None:
    """Load the table, which takes half a second, before somebody waits for it."""
    place_of("10001")
