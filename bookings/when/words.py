"""Turns what was said into signs: which language, which vocabulary entries, which numbers. It knows no dates.

Signs are short words: "W1" a Tuesday, "D1" tomorrow, "M3" March, "N4" and "O4" the number and the ordinal, "C14:30" a clock
time, "S3/4" a date in figures, "I2027-03-10" an ISO date, "H..." a holiday; the rest are English words ("next", "after")
whatever the language. "?" is a word that is not understood.
"""

import re
import unicodedata
from functools import lru_cache
from types import ModuleType

from bookings.when import english, spanish

ENGLISH = "en"
SPANISH = "es"
MOST_CHARACTERS = 400  # longer than any phrase about a day; the rest of a monologue is not a date
UNKNOWN = "?"

_SHAPES = re.compile(
    r"""
      (?P<iso>\d{4}-\d{1,2}-\d{1,2})(?![\d-])
    | (?P<slashes>(?<![\d/])(?:\d{1,2}/\d{1,2}(?:/\d{2,4})?|\d{1,2}-\d{1,2}-(?:\d{4}|\d{2})|\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})?)
        (?![\d/]))
    | (?P<clock>\d{1,2}[:h]\d{2}(?::\d{2})?)(?!\d)
    | (?P<dotted>\d{1,2}\.\d{2})(?=\s*(?:am|pm|h|hrs?|horas?)?\b)
    | (?P<ordinal>\d{1,3}(?:st|nd|rd|th|er|ero|ro|º|°))(?![^\W\d_])
    | (?P<number>\d+)
    | (?P<word>[^\W\d_]+)
    | (?P<other>[/&+–—-])
    """,  # noqa: RUF001 - dashes as they are typed
    re.VERBOSE,
)
_OTHER = {"/": UNKNOWN, "&": "and", "+": "+"}
_HALVES = re.compile(r"(?<![^\W\d_])([ap])[. ]{0,2}m(?![^\W\d_])\.?")  # "a.m.", "p m"
_BARE_HALVES = re.compile(r"(\d)\s?([ap])(?![^\W_])(?!\s+(?:las?\s+)?\d)")  # "9a", but not "de 9 a 11"
_OWNED = re.compile(r"(day|today|tomorrow|hoy)['’`]s\b")  # noqa: RUF001 - as speech-to-text types it
_MARKS = re.compile(r"['’`´]")  # noqa: RUF001
_NO_COMMA = re.compile(r"\b(?:no|nope|nah)\s*[,.;:!–—-]")  # noqa: RUF001
_JOINED = re.compile(r"(?<=twenty|thirty)-|(?<=forty|fifty)-|(?<=\bmid)-")  # "twenty-first"
_SUITS = re.compile(
    r"(?<!\bi )(?<!\bwe )\b(would|will|does|do|could|can|should|might) (?!.*\b(i|we|he|she|they|to) work\b).*?\bwork\b"
)
_ISH = re.compile(r"(?<=\d)\s?-?ish\b|(?<=[a-z])-?ish\b(?<!spanish)(?<!english)")
_HOURS = re.compile(r"(?<=\d)\s?(?:h|hs|hrs)(?![^\W_])")  # "15h", "1400 hrs"
_NUMBERED = re.compile(r"[NTUO]\d+$")
_MINUTES = re.compile(r"N(?:5|[1-5]\d)$")
_UNITS = frozenset({"day", "bizday", "week", "month", "year", "hour", "minute", "weekend", "few"})
_CLOCK_LINKS = frozenset({"at", "after", "before", "by", "until", "from", "between", "around"})
_LONGEST = 8
# Long names heard a letter off are still those names; short ones are too near to other words.
_FUZZY = {
    ENGLISH: "monday tuesday wednesday thursday saturday tomorrow january february september october november december",
    SPANISH: "miercoles septiembre noviembre diciembre febrero octubre",
}


def _vocabulary(source: ModuleType) -> dict[tuple[str, ...], tuple[str, ...]]:
    found: dict[tuple[str, ...], tuple[str, ...]] = {}
    for sign, phrases in source.PHRASES.items():
        for phrase in phrases.split(","):
            found[tuple(phrase.split())] = tuple(sign.split())
    for word, number in source.NUMBERS.items():
        found[(word,)] = (f"{'T' if number in (20, 30, 40, 50) else 'U' if 0 < number < 10 else 'N'}{number}",)
    for word, number in source.ORDINALS.items():
        found[(word,)] = (f"O{number}",)
    return found


_WORDS = {ENGLISH: _vocabulary(english), SPANISH: _vocabulary(spanish)}
_STARTS = {
    language: {first: max(len(key) for key in words if key[0] == first) for first in {key[0] for key in words}}
    for language, words in _WORDS.items()
}


def signs_of(said: str) -> tuple[str, list[str]]:
    """Return the language of a phrase and its signs; a phrase without words of either language counts as English."""
    tokens = _tokens(said)
    if _SUITS.search(" ".join(tokens)):  # "would Tuesday work", but not "I work Tuesday"
        tokens.remove("work")
    words = [token for token in tokens if token.isalpha()]
    spanish_words = sum((word,) in _WORDS[SPANISH] or word in _STARTS[SPANISH] for word in words)
    english_words = sum((word,) in _WORDS[ENGLISH] or word in _STARTS[ENGLISH] for word in words)
    language = SPANISH if spanish_words > english_words else ENGLISH
    return language, _tidied(_composed(_looked_up(tokens, language)), language)


def plain(said: str) -> str:
    """Return text in lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", said[:MOST_CHARACTERS].casefold().replace("º", "°"))
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


def _tokens(said: str) -> list[str]:
    """Split text into words and the shapes numbers are written in."""
    text = _OWNED.sub(r"\1", plain(said))
    text = _JOINED.sub(" ", _MARKS.sub("", text))
    text = _BARE_HALVES.sub(r"\1 \2m", _HALVES.sub(r" \1m ", text))
    text = _NO_COMMA.sub(" nocomma ", _HOURS.sub(" hours ", _ISH.sub(" ish", text)))
    tokens: list[str] = []
    for match in _SHAPES.finditer(text):
        kind, found = match.lastgroup, match.group()
        if kind == "iso":
            tokens.append(f"I{found}")
        elif kind == "slashes":
            tokens.append("S" + re.sub(r"[-.]", "/", found).rstrip("/"))
        elif kind in ("clock", "dotted"):
            tokens.append("C" + re.sub(r"[h.]", ":", found)[: 5 if found[1].isdigit() else 4])
        elif kind == "ordinal":
            tokens.append(f"O{int(re.sub(r'[^0-9]', '', found))}")
        elif kind == "number":
            tokens.append(f"N{found}")  # leading zeros stay: "0900" is a clock time
        elif kind == "other":
            tokens.append("or" if found == "/" and tokens and tokens[-1].isalpha() else _OTHER.get(found, "-"))
        else:
            tokens.append(found)
    return tokens


def _looked_up(tokens: list[str], language: str) -> list[str]:
    """Replace words by signs, longest phrase first; a word of the other language counts where this one has none."""
    other = SPANISH if language == ENGLISH else ENGLISH
    signs: list[str] = []
    position = 0
    while position < len(tokens):
        word = tokens[position]
        if not word.isalpha():
            signs.append(word)
            position += 1
            continue
        for vocabulary in (language, other):
            longest = min(_STARTS[vocabulary].get(word, 0), _LONGEST, len(tokens) - position)
            for length in range(longest, 0, -1):
                found = _WORDS[vocabulary].get(tuple(tokens[position : position + length]))
                if found is not None:
                    break
            else:
                continue
            signs.extend(found)
            position += length
            break
        else:
            signs.append(_nearest(word, language))
            position += 1
    return signs


@lru_cache(maxsize=4096)
def _nearest(word: str, language: str) -> str:
    """Return the sign of the one long name a letter away from an unknown word, else the sign of no understanding."""
    near = [name for name in _FUZZY[language].split() if name[0] == word[0] and _a_letter_apart(word, name)]
    return _WORDS[language][(near[0],)][0] if len(near) == 1 else UNKNOWN


def _a_letter_apart(word: str, name: str) -> bool:
    """Whether one letter added, lost, changed or swapped with its neighbour makes one word of the other."""
    if abs(len(word) - len(name)) > 1:
        return False
    start = next((at for at, (a, b) in enumerate(zip(word, name, strict=False)) if a != b), min(len(word), len(name)))
    rest, other = word[start:], name[start:]
    swapped = len(rest) > 1 and len(other) > 1 and rest[0] == other[1] and rest[1] == other[0] and rest[2:] == other[2:]
    return swapped or rest[1:] == other[1:] or rest[1:] == other or rest == other[1:]


def _composed(signs: list[str]) -> list[str]:
    """Put spelt numbers together: "twenty" "fifth", "treinta" "y" "uno", "nine" "oh" "five", "two thousand ..."."""
    out: list[str] = []
    position = 0
    while position < len(signs):
        sign, rest = signs[position], signs[position + 1 :]
        if sign[0] == "T" and sign[1:].isdigit():
            skip = 1 if rest[:1] == ["and"] and sign in ("T30", "T20", "T40", "T50") else 0
            unit = rest[skip] if len(rest) > skip else ""
            if unit[:1] in ("U", "O") and unit[1:].isdigit() and 0 < int(unit[1:]) < 10:
                out.append(f"{'O' if unit[0] == 'O' else 'N'}{int(sign[1:]) + int(unit[1:])}")
                position += 2 + skip
                continue
            sign = f"N{sign[1:]}"
        elif sign[0] == "U" and sign[1:].isdigit():
            sign = f"N{sign[1:]}"
        elif sign == "oh":
            follows = bool(rest) and rest[0][0] in "UN" and rest[0][1:].isdigit() and len(rest[0]) == 2
            if follows and out and out[-1][0] == "N":
                out.append(f"N0{rest[0][1:]}")
                position += 2
                continue
            if not follows or not (len(rest) > 1 and rest[1] == "hundred"):
                position += 1
                continue
            sign = "N0"
        out.append(sign)
        position += 1
    return _years(out)


def _years(signs: list[str]) -> list[str]:
    """Put years together: "two thousand twenty seven", "dos mil veintisiete"."""
    out: list[str] = []
    for sign in signs:
        if sign.startswith("N") and len(out) > 1 and out[-1] == "thousand" and out[-2] == "N2" and int(sign[1:]) < 100:
            out[-2:] = [f"N{2000 + int(sign[1:])}"]
        elif not (sign == "and" and out and out[-1] == "thousand"):
            out.append(sign)
    return out


def _tidied(signs: list[str], language: str) -> list[str]:
    """Drop articles that say nothing, and make "a" before a unit the number one."""
    out: list[str] = []
    for position, sign in enumerate(signs):
        following = signs[position + 1] if position + 1 < len(signs) else ""
        number = bool(_NUMBERED.match(following))
        if sign == "the":
            if number:
                out.append(sign)
        elif sign == "dela":  # "de la una" is a time, "de la semana" is not
            out.append("from" if number or following == "una" else "of")
        elif sign == "and" and language == SPANISH and number and "between" not in out and _MINUTES.match(following):
            out.append("plus" if out and out[-1][0] == "N" else sign)  # "cuatro y veinte"
        elif sign in ("a", "una"):
            if (following in _UNITS and following != "few") or (
                sign == "una" and ((out[-1:] and out[-1] in _CLOCK_LINKS) or (len(out) > 1 and out[-1] == "to"))
            ):
                out.append("N1")
        elif sign == "-":
            if (number and out and _NUMBERED.match(out[-1])) or following[:1] == "C" or (following[:1] == "W" and out):
                out.append("to")
        else:
            out.append(sign)
    return out
