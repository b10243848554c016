"""Which amounts of money were named, as figures or in words, and for what: English and Spanish."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from bookings.when import english, spanish

VISIT, TRIP = "visit", "trip"

_SMALL = {
    **{word: number for word, number in english.NUMBERS.items() if 0 < number < 100},
    **{word: number for word, number in spanish.NUMBERS.items() if 0 < number < 100},
    "un": 1, "veintidós": 22, "veintitrés": 23, "veintiséis": 26, "dieciséis": 16, "veintiún": 21, "seventy": 70, "eighty": 80,
    "sesenta": 60, "setenta": 70, "ochenta": 80, "noventa": 90,
}  # fmt: skip
_HUNDREDS = {
    "cien": 100, "ciento": 100, "doscientos": 200, "trescientos": 300, "cuatrocientos": 400, "quinientos": 500,
    "seiscientos": 600, "setecientos": 700, "ochocientos": 800, "novecientos": 900,
}  # fmt: skip
_UNITS = re.compile(
    r" (?:minutes?|hours?|days?|weeks?|months?|years?|percent|am|pm|o'clock|minutos?|horas?|d[ií]as?|semanas?|meses|a[nñ]os?"
    r"|por ciento|de la|y media|to|and a half|through|st|nd|rd|th|street|avenue|technicians?|t[eé]cnicos?)\b"
)
_MONEY = re.compile(r"(?: (?:dollars?|bucks|d[oó]lares|d[oó]lar))(?: (?:and|con|y) (\d{1,2}) (?:cents|centavos))?")
_CENTS = re.compile(r" (?:cents|centavos)\b")
_FIGURE = re.compile(r"(\$ ?)?(?<![\d:/])(\d{1,3}(?:,\d{3})+|\d{1,5})(?:\.(\d\d))?(?![\d:/])")
_TRIP = re.compile(r"\b(?:trip|travel|mileage|your area|viaje|traslado|desplazamiento|su zona|su [aá]rea)\b")
_VISIT = re.compile(
    r"\b(?:fee|charge|charges|costs?|visit|diagnostic|service call|after hours|dispatch|cuota|cargo|tarifa|costo|cobro"
    r"|cobramos|cuesta|visita|diagn[oó]stico|fuera de horario)\b"
)
_LOOSE = re.compile(
    r"\b(?:more|extra|additional|on top|members?|instead|waived?|usually|normally|unless|if|would|were|before it was|discount|off"
    r"|credit\w*|after hours visits|m[aá]s|adicional|miembros|normalmente|descuento|si|ser[ií]a|en vez)\b"
)
_ASKED = re.compile(
    r"\b(?:how much|costs?|charges?|charged|fees?|price\w*|pay\w*|rates?|expensive|damage|what do you (?:guys )?(?:ask|take)"
    r"|runs? me|does (?:that|it|this) run|dollars|bucks|cu[aá]nto|a c[oó]mo|cuestan?|cobr\w+|sale|precios?|costos?|tarifa|pag\w+"
    r"|d[oó]lares)\b"
)
_LAST_OF_A_TIME = 31
_PAID_FOR = re.compile(
    r" (?:flat |even )?(?:for (?:the|a|an|us|him|your|coming|going|that)|to come|just to|all (?:told|in)"
    r"|por (?:la|el|ir|venir|una|su)|total|altogether)\b"
)
_FEE = re.compile(r"\b(?:fee|charge|cost|costs|cuota|cargo|tarifa|costo|cobro|cuesta)\b")


@dataclass(frozen=True, slots=True)
class Amount:
    """Cents, what for, and whether the sentence names it as what is to be paid: not as a difference or under a condition."""

    cents: int
    label: str
    firm: bool
    order: int = 0


def asked_in(text: str) -> bool:
    """Say whether a sentence asks what something costs: what is answered is an amount."""
    return _ASKED.search(_with_figures(text)) is not None


def named(text: str, *, order: int = 0, asked: bool = False) -> list[Amount]:
    """Return the amounts that a sentence names; a number is one with a currency, or where the sentence speaks of a fee.

    Upon a question for the price (`asked`), beside what it pays for, and where it is too large for a day or an hour, any
    number may be one, though not a firm one.
    """
    line = _with_figures(text)
    about_fees = _FEE.search(line) is not None
    found = []
    for match in _FIGURE.finditer(line):
        if _CENTS.match(line, match.end()):
            continue
        money = _MONEY.match(line, match.end())
        dollar = bool(match.group(1)) or money is not None
        no_time = int(match.group(2).replace(",", "")) > _LAST_OF_A_TIME and re.search(r"\d $", line[: match.start()]) is None
        upon = (asked or no_time or _PAID_FOR.match(line, match.end()) is not None) and _UNITS.match(line, match.end()) is None
        if not dollar and upon and not (about_fees and _beside_a_fee(line, match.start())):
            found.append(Amount(int(match.group(2).replace(",", "")) * 100, "", firm=False, order=order))
            continue
        if not dollar and (not about_fees or int(match.group(2).replace(",", "")) < 10 or _UNITS.match(line, match.end())):
            continue
        if not dollar and not _beside_a_fee(line, match.start()):
            continue
        cents = int(match.group(2).replace(",", "")) * 100 + int(match.group(3) or 0)
        cents += int(money.group(1)) if money is not None and money.group(1) else 0
        label = _label(line, match.start(), match.end())
        near = line[max(0, match.start() - 45) : match.end() + 30]
        found.append(Amount(cents, label, _LOOSE.search(near) is None and bool(label) and (about_fees or dollar), order))
    return found


def covers(amounts: Iterable[int], cents: int, whole: int) -> bool:
    """Say whether the cents were named: themselves, within the sum of all fees, or as two amounts together."""
    known = set(amounts)
    return cents in known or whole in known or any(sum(two) in (cents, whole) for two in combinations(known, 2))


def _beside_a_fee(line: str, start: int) -> bool:
    return (
        re.search(r"(?:fee|charge|cost|costs|cuota|cargo|tarifa|costo|cuesta|is|of|es|de|only|just)(?: \w+){0,2} $", line[:start])
        is not None
    )


def _label(line: str, start: int, end: int) -> str:
    """Return what an amount is for: by the nearest word before it, else by the first one after."""
    before = [(match.end(), name) for name, words in ((TRIP, _TRIP), (VISIT, _VISIT)) for match in words.finditer(line[:start])]
    if before and start - max(before)[0] < 60:
        at, name = max(before)
        trip = any(other == TRIP and at - place < 12 for place, other in before)  # "trip fee"
        return TRIP if trip else name
    after = [
        (match.start(), name)
        for name, words in ((TRIP, _TRIP), (VISIT, _VISIT))
        for match in words.finditer(line[end : end + 40])
    ]
    return min(after)[1] if after else ""


def _with_figures(text: str) -> str:
    """Return the text in lower case with numbers in words as figures, and one space between its words."""
    kept = re.sub(r"[^\w$.,:/' ]|(?<!\d)[.,]|[.,](?!\d)", " ", text.casefold().replace("\u2019", "'"))
    out: list[str] = []
    words = kept.split()
    position = 0
    while position < len(words):
        value, taken = _spelt(words[position:])
        if taken:
            out.append(str(value))
            position += taken
        else:
            out.append(words[position])
            position += 1
    return " ".join(out) + " "


def _spelt(words: list[str]) -> tuple[int, int]:
    """Return the number that a list of words begins with, and how many words it takes; (0, 0) for none."""
    value = taken = 0
    last = 0
    for position, word in enumerate(words):
        if word in ("and", "y") and taken and position + 1 < len(words) and words[position + 1] in _SMALL:
            if not (word == "and" and last != 100) and not (word == "y" and last not in range(30, 100)):
                taken += 1
                continue
            break
        if word in _SMALL and (number := _SMALL[word]):
            if last == 0 or last >= 100 or (last >= 20 and last % 10 == 0 and number < 10):
                value += number
            elif last < 10 and number >= 20 and value == last:  # "one twenty five"
                value = value * 100 + number
            else:
                break
            last = number
        elif word == "hundred" and (value in range(1, 20) or (words[:1] == ["hundred"] and not taken)):
            value, last = (value or 1) * 100, 100
        elif word == "a" and words[position + 1 : position + 2] == ["hundred"] and not taken:
            value, last = 1, 1
        elif word in _HUNDREDS and value == 0:
            value, last = _HUNDREDS[word], 100
        else:
            break
        taken = position + 1
    while taken and words[taken - 1] in ("and", "y"):
        taken -= 1
    if value < 10 and not (taken < len(words) and words[taken].startswith(("dollar", "dólar", "dolar"))):
        return 0, 0
    return value, taken
