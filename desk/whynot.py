"""Says why nobody could come when a caller asked: a kept search as a table by technician, in the shop's time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bookings import explaining
from bookings.engine.clock import local
from bookings.engine.roster import Roster
from bookings.engine.rules import Refusal
from bookings.models import Search, Technician
from bookings.services import rosters
from desk import words


@dataclass(frozen=True, slots=True)
class Stretch:
    """Times at which the promised window could have begun, and what stood against them; `could`: nothing did."""

    when: str
    why: str
    could: bool = False


@dataclass(frozen=True, slots=True)
class Named:
    technician: str
    stretches: list[Stretch]


@dataclass(frozen=True, slots=True)
class Explained:
    """`nobody` is the rule that closed the whole day; then there are no technicians. `others` are only counted."""

    search: Search
    asked: str
    offered: str
    nobody: str = ""
    technicians: list[Named] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def asked(search: Search) -> str:
    """Return what was asked for, in words."""
    return explaining.asked(search.asked)


def offered(search: Search) -> str:
    """Return what was offered instead or as asked: Wed 25 Nov, 9 am; Thu 26 Nov, 1 pm."""
    starts = [datetime.fromisoformat(each).astimezone(search.shop.zone) for each in search.offered]
    return "; ".join(words.when(each) for each in starts) or "Nothing"


def explain(searches: Iterable[Search]) -> list[Explained]:
    """Return searches in words; each has its shop and service loaded. One statement for the names of all."""
    every = list(searches)
    wanted = {int(pk) for search in every for pk in search.refused.get("by", {})}
    names: dict[int, str] = dict(Technician.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    return [_explained(search, names) for search in every]


def _explained(search: Search, names: Mapping[int, str]) -> Explained:
    shop, refused = search.shop, search.refused
    roster = rosters.of(shop.pk, shop.config_version)
    wish, given = asked(search), offered(search)
    if "day" in refused:
        rule, *facts = refused["day"]
        return Explained(search, wish, given, nobody=_sentence(explaining.refusal(Refusal(rule, tuple(facts)), roster)))
    technicians = [
        Named(names.get(int(pk), f"Technician {pk}"), _stretches(refused, found, roster))
        for pk, found in refused.get("by", {}).items()
    ]
    technicians.sort(key=lambda each: each.technician.casefold())
    others = explaining.search({"others": refused.get("others", {})}, roster)
    return Explained(search, wish, given, technicians=technicians, others=others)


def _stretches(refused: dict[str, Any], found: list[list[Any]], roster: Roster) -> list[Stretch]:
    first, last, step = refused["from"], refused["to"], refused["step"]
    shown, told = [], 0
    for begins, ends, rule, *facts in found:
        told += (ends - begins) // step + 1
        shown.append(
            Stretch(
                "All these times" if (begins, ends) == (first, last) and first != last else _when(begins, ends, roster),
                _sentence(explaining.refusal(Refusal(rule, tuple(facts)), roster)),
            )
        )
    if told < (last - first) // step + 1:
        shown.append(Stretch("At other times" if shown else "All these times", "Could have come", could=True))
    return shown


def _when(first: int, last: int, roster: Roster) -> str:
    starts, ends = local(first, roster.zone), local(last, roster.zone)
    return words.clock(starts) if first == last else words.span(starts, ends)


def _sentence(clause: str) -> str:
    return clause[:1].upper() + clause[1:]
