"""Whether what a caller says of themselves fits a booking: a name, a ZIP code, an address or a reference, as speech
recognition writes them. Reads nothing and decides nothing; bookings.services.finding does.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from bookings.models import Booking
from bookings.services.places import zip_in

# How alike two spellings of a name or a street must be: "Smyth" and "Smith" are, "Chan" and "Chen" are not.
ALIKE = 0.8
_MOST_NAMES = 5  # of one person; more are guesses in a row
_SHORTEST_ALIKE = 4  # letters; of shorter names one letter makes another name
_TITLES = frozenset(["mr", "mrs", "ms", "miss", "mister", "missus", "dr", "doctor", "senor", "senora", "sr", "sra", "don"])
_PARTICLES = frozenset({"de", "la", "del", "los", "las", "da", "di", "van", "von", "der", "den", "y"})
_TYPES = {
    "st": "street", "str": "street", "ave": "avenue", "av": "avenue", "rd": "road", "ln": "lane", "dr": "drive", "pl": "place",
    "blvd": "boulevard", "ct": "court", "ter": "terrace", "pkwy": "parkway", "sq": "square", "hwy": "highway", "cir": "circle",
}  # fmt: skip
_IS_TYPE = frozenset(_TYPES.values()) | {"way", "alley", "row", "loop", "walk"}
_DIRECTIONS = frozenset({"n", "s", "e", "w", "ne", "nw", "se", "sw", "north", "south", "east", "west"})
_ORDINALS = {
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th",
    "eighth": "8th", "ninth": "9th", "tenth": "10th", "eleventh": "11th", "twelfth": "12th",
}  # fmt: skip
_REFERENCE = re.compile(r"(HV)?[2-9A-HJ-KMNP-TV-Z]{5}|[0-9A-F]{32}")
_HOUSE = re.compile(r"\b(\d+(?:-\d+)?[a-z]?)\s+([^,;\n]+)")


@dataclass(frozen=True, slots=True)
class Facts:
    """What was said, each kind possibly more than once."""

    names: tuple[str, ...] = ()
    zips: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    references: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.zips or self.addresses or self.references)

    def __add__(self, other: "Facts") -> "Facts":
        return Facts(
            self.names + other.names, self.zips + other.zips, self.addresses + other.addresses, self.references + other.references
        )


def facts(*, name: str = "", zip_code: str = "", address: str = "", reference: str = "") -> Facts:
    """Return what was said as facts; what has not the form of one ("Tuesday" for a reference) is none."""
    digits = "".join(each for each in zip_code if each.isdigit())[:5]
    zips = {digits if len(digits) == 5 else "", zip_in(address)}
    return Facts(
        names=(name,) if 0 < len(_words(name)) <= _MOST_NAMES and name.count(",") <= 1 else (),
        zips=tuple(sorted(zips - {""})),
        addresses=(address,) if _street(address) is not None else (),
        references=(reference,) if is_reference(reference) else (),
    )


def is_reference(said: str) -> bool:
    """Say whether a text has the shape of a reference or an id, and not of "Tuesday" or "n/a"."""
    return _REFERENCE.fullmatch(_code(said)) is not None


def names_it(said: str, booking: Booking) -> bool:
    """Say whether a text is the reference of the booking, with or without its letters, or its id."""
    return _code(said) in {_code(booking.reference), _code(booking.reference)[2:], _code(str(booking.public_id))}


def same_zip(said: str, booking: Booking) -> bool:
    """Say whether a ZIP code is the one of the booking or of its property."""
    return said in {booking.zip_code[:5], booking.property.zip_code[:5] if booking.property is not None else ""} - {""}


def same_address(said: str, stored: str) -> bool:
    """Say whether two addresses have the same house number and street, however each is written."""
    one, other = _street(said), _street(stored)
    if one is None or other is None or one[0] != other[0] or (one[2] and other[2] and one[2] != other[2]):
        return False
    names = one[1], other[1]
    if not (one[2] and other[2]):  # "12 Main": what follows may be the city
        shorter = min(len(each) for each in names)
        names = one[1][:shorter], other[1][:shorter]
    return _alike(" ".join(names[0]), " ".join(names[1]))


EXACT, SURNAME, NEAR, NOT_AT_ALL = 3, 2, 1, 0


def name_fits(said: str, name: str, among: Iterable[str]) -> int:
    """Return how well a name as it is said fits a customer's: EXACT, SURNAME, NEAR or NOT_AT_ALL.

    First and last name may come in any order, with names between or left out. A last name is enough; a first name alone
    only where it is just that and nobody else `among` the names at the number has it.
    """
    heard, known = _words(said), _words(name)
    if not heard or not known:
        return NOT_AT_ALL
    if heard == known or (len(heard) > 1 and set(heard) <= set(known)) or (len(known) > 1 and set(known) <= set(heard)):
        return EXACT
    surnames = known[1:]
    if any(last in surnames for last in (heard[-1], heard[0] if heard[-1] == known[0] else "")):
        return SURNAME
    if heard == known[:1] or known == heard[:1]:
        bearers = {tuple(words) for each in among if (words := _words(each))[:1] == known[:1]}
        return SURNAME if len(bearers | {tuple(known)}) == 1 else NOT_AT_ALL
    if any(_alike(heard[-1], last) for last in surnames):
        return NEAR
    whole = len(heard) > 1 and len(known) > 1
    return NEAR if whole and any(_alike(" ".join(f(heard)), " ".join(f(known))) for f in (list, sorted)) else NOT_AT_ALL


def one_name(one: str, other: str) -> bool:
    """Say whether two names may be one person's: spelled alike, in another order, or with a first name cut or left out."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    if set(short) <= set(long) and (len(short) > 1 or short[0] == long[0] or short == long):
        return True
    same_surname = len(short) > 1 and first[-1] == second[-1]
    if same_surname and first[0][0] == second[0][0] and min(len(first[0]), len(second[0])) == 1:  # J. Doe
        return True
    return _alike(" ".join(first), " ".join(second)) or _alike(" ".join(sorted(first)), " ".join(sorted(second)))


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    if min(len(one), len(other)) < _SHORTEST_ALIKE or any(each.isdigit() for each in one + other):
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE


def _plain(text: str) -> str:
    """Return a text without accents and case: "García" and "garcia" are one name."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))


def _words(name: str) -> list[str]:
    words = re.sub(r"[^\w\s]", " ", _plain(name).replace("'", "").replace("\u2019", "")).split()
    kept = [each for each in words if each not in _TITLES and each not in _PARTICLES]
    return kept or [each for each in words if each not in _TITLES]


def _street(address: str) -> tuple[str, list[str], str] | None:
    """Return house number, name and kind of the street ("" when not said); None where a number or a name is missing."""
    found = _HOUSE.search(_plain(address))
    if found is None:
        return None
    core: list[str] = []
    kind = ""
    for word in re.sub(r"[^\w\s]", " ", found.group(2)).split():
        whole = _TYPES.get(word, word)
        if core and whole in _IS_TYPE:
            kind = whole
            break
        if word.isdigit() and len(word) == 5:
            break
        if not core and word in _DIRECTIONS:
            continue
        core.append(_ORDINALS.get(word, word))
    return (found.group(1).replace("-", ""), core, kind) if core else None


def _code(said: str) -> str:
    return "".join(each for each in said.upper() if each.isalnum())
