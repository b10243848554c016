"""The pieces Vapi's schema is written in: each takes a value and where it stands, and yields what is wrong, in sentences."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

Rule = Callable[[Any, str], Iterator[str]]


def anything(value: Any, at: str) -> Iterator[str]:
    """Owned by somebody else, or not looked at here."""
    yield from ()


def flag(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{at} must be a boolean value"


def text(value: Any, at: str, most: int | None = None, least: int = 0) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{at} must be a string"
    elif most is not None and len(value) > most:
        yield f"{at} must be shorter than or equal to {most} characters"
    elif len(value) < least:
        yield f"{at} should not be empty"


def text_of(most: int | None = None, least: int = 0) -> Rule:
    return lambda value, at: text(value, at, most, least)


def matching(pattern: str) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            yield f"{at} must match /^{pattern}$/ regular expression"

    return rule


def uuid(value: Any, at: str) -> Iterator[str]:
    if not is_uuid(value):
        yield f"{at} must be a UUID"


def is_uuid(value: Any) -> bool:
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def number(low: float, high: float) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            yield f"{at} must be a number from {low} to {high}"

    return rule


def one_of(*allowed: Any) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield f"{at} must be one of the following values: {', '.join(map(str, allowed))}"

    return rule


def each_of(allowed: Sequence[str]) -> Rule:
    """A list of words."""

    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at} must be an array"
            return
        place, _, name = at.rpartition(".")
        for word in value:
            if word not in allowed:
                yield f"{place}{'.' * bool(place)}each value in {name} must be one of the following values: {word} is not"

    return rule


def many(item: Rule) -> Rule:
    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{at} must be an array"
            return
        for index, each in enumerate(value):
            yield from item(each, f"{at}.{index}")

    return rule


def either(*rules: Rule) -> Rule:
    """The first rule without a complaint decides; else the last one's complaints are given."""

    def rule(value: Any, at: str) -> Iterator[str]:
        found: list[str] = []
        for each in rules:
            found = list(each(value, at))
            if not found:
                return
        yield from found

    return rule


def record(fields: Mapping[str, Rule], *, needs: Sequence[str] = ()) -> Rule:
    """An object with these keys and no others."""

    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} must be an object"
            return
        place = f"{at}." if at else ""
        for key, each in value.items():
            if key not in fields:
                yield f"{place}property {key} should not exist"
            elif each is not None:
                yield from fields[key](each, f"{place}{key}")
        for key in needs:
            if value.get(key) is None:
                yield f"{place}{key} should not be empty"

    return rule


def kinds(key: str, rules: Mapping[str, Rule]) -> Rule:
    """An object whose `key` says which of the rules it follows."""

    def rule(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{at} must be an object"
        elif value.get(key) not in rules:
            yield f"{at}.{key} must be one of the following values: {', '.join(rules)}"
        else:
            yield from rules[value[key]](value, at)

    return rule
