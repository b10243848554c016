"""A shop as the rules see it: who works when with which skills, what can be booked, how the day is divided."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Shift(NamedTuple):
    """One stretch of a week: weekday 0 is Monday, times are the shop's."""

    weekday: int
    starts: time
    ends: time


class Span(NamedTuple):
    """A stretch of time, [start, end) in instants."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician; `skills` maps a skill's id to the last day it is valid, None for good."""

    id: int
    name: str
    skills: Mapping[int, date | None]
    shifts: tuple[Shift, ...]

    def can(self, skill: int | None, on: date) -> bool:
        """Say whether the technician holds the skill on that day."""
        if skill is None:
            return True
        if skill not in self.skills:
            return False
        last_day = self.skills[skill]
        return last_day is None or on <= last_day


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked; lengths in minutes."""

    id: int
    key: str
    name: str
    skill: int | None
    minutes: int
    minutes_least: int
    minutes_most: int
    buffer_minutes: int
    arrival_minutes: int
    phrases: tuple[str, ...]

    def clamp(self, minutes: int | None) -> int:
        """Return the length to plan for what was asked: the usual one for nothing, else within the service's range."""
        if minutes is None:
            return self.minutes
        return max(self.minutes_least, min(minutes, self.minutes_most))


class Part(NamedTuple):
    """A part of the day a caller may ask for."""

    name: str
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Roster:
    """A shop's set-up at one version."""

    shop_id: int
    version: int
    name: str
    country: str
    confirm_by_text: bool
    zone: ZoneInfo
    workers: tuple[Worker, ...]
    services: tuple[Service, ...]
    closures: Mapping[date, str]
    parts: tuple[Part, ...]
    horizon_days: int
    lead_minutes: int
    step_minutes: int
    offer_minutes: int
    stale_minutes: int

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def part_at(self, at: time) -> str:
        """Return the name of the part of the day a time belongs to; before the first and after the last count to those."""
        return next((part.name for part in self.parts if at < part.ends), self.parts[-1].name)

    def service(self, service_id: int) -> Service:
        return next(service for service in self.services if service.id == service_id)
