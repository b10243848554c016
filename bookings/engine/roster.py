"""A shop as the rules see it: who works when with which skills, what can be booked, how the day is divided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.engine.travel import Place, StraightLine, Travel


class Urgency(StrEnum):
    """How soon somebody has to come. Everything but routine may use overtime and goes beyond holdback and daily limits."""

    ROUTINE = "routine"
    URGENT = "urgent"
    EMERGENCY = "emergency"


class Shift(NamedTuple):
    """One stretch of a week: weekday 0 is Monday, times are the shop's. Overtime is for urgent work only."""

    weekday: int
    starts: time
    ends: time
    overtime: bool = False


class Span(NamedTuple):
    """A stretch of time, [start, end) in instants."""

    start: int
    end: int


class DayStarts(StrEnum):
    """Where a technician's shift begins and ends; on the way from the first job's customer they are on their own time."""

    FIRST_JOB = "first_job"
    HOME = "home"
    SHOP = "shop"


class SkillName(NamedTuple):
    """How a skill is called; a certificate is issued by somebody else and may expire."""

    name: str
    is_certificate: bool


@dataclass(frozen=True, slots=True)
class Worker:
    """A technician; `skills` maps a skill's id to the last day it is valid, None for good.

    `base` is where their day starts and ends if not at the first job; `alone` is false for helpers. Limits are a day's.
    """

    id: int
    name: str
    skills: Mapping[int, date | None]
    shifts: tuple[Shift, ...]
    alone: bool = True
    day_starts: DayStarts = DayStarts.FIRST_JOB
    base: Place | None = None
    most_visits: int | None = None
    most_minutes: int | None = None


class Role(NamedTuple):
    """One person of a crew: the skills they need on every day of the work. The first role of a service leads."""

    name: str
    skills: tuple[int, ...]


LEAD = Role("lead", ())


@dataclass(frozen=True, slots=True)
class Service:
    """What can be booked; lengths in minutes. `roles` has one entry a person, whoever leads first."""

    id: int
    key: str
    name: str
    minutes: int
    minutes_least: int
    minutes_most: int
    roles: tuple[Role, ...] = (LEAD,)
    days: int = 1
    setup_minutes: int = 0
    buffer_minutes: int = 0
    arrival_minutes: int = 120
    regular_hours_only: bool = False
    phrases: tuple[str, ...] = ()
    name_es: str = ""
    fee_cents: int = 0
    overtime_fee_cents: int = 0
    member_fee_cents: int | None = None

    def clamp(self, minutes: int | None) -> int:
        """Return the length to plan for what was asked: the usual one for nothing, else within the service's range."""
        if minutes is None:
            return self.minutes
        return max(self.minutes_least, min(minutes, self.minutes_most))


class LengthRule(NamedTuple):
    """Makes a visit longer or shorter for a kind of equipment ("" for any) or an age in years, [least, below)."""

    service: int | None
    equipment: str
    years_from: int | None
    years_below: int | None
    percent: int

    def applies(self, service: int, equipment: str, years: int | None) -> bool:
        if self.service not in (None, service) or self.equipment not in ("", equipment):
            return False
        if self.years_from is None and self.years_below is None:
            return True
        return years is not None and (self.years_from or 0) <= years and (self.years_below is None or years < self.years_below)


class Area(NamedTuple):
    """Where the shop works: ZIP codes, or beginnings of them with a star; the weekdays it is served, the fee in cents."""

    id: int
    name: str
    zips: tuple[str, ...]
    weekdays: frozenset[int]
    fee_cents: int = 0

    def has(self, zip_code: str) -> bool:
        return any(zip_code.startswith(each[:-1]) if each.endswith("*") else zip_code == each for each in self.zips)


class Holdback(NamedTuple):
    """A share of the working hours of certain days, left free by routine work until `released_at` of the day itself."""

    first_month: int
    last_month: int
    weekdays: frozenset[int]
    percent: int
    released_at: time

    def covers(self, on: date) -> bool:
        """Say whether the day is in season; a season may run over the year's end."""
        if on.weekday() not in self.weekdays:
            return False
        if self.first_month <= self.last_month:
            return self.first_month <= on.month <= self.last_month
        return on.month >= self.first_month or on.month <= self.last_month


class Weights(NamedTuple):
    """What counts in choosing among technicians who can all go: bookings.engine.choice."""

    drive: int = 10
    load: int = 10
    skill: int = 3
    usual: int = 8
    continuity: int = 15
    continuity_days: int = 30


class Part(NamedTuple):
    """A part of the day a caller may ask for."""

    name: str
    starts: time
    ends: time


@dataclass(frozen=True, slots=True)
class Roster:
    """A shop's set-up at one version. `closures` has public holidays among them; `place` is where the shop stands."""

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
    confirms_unseen: bool = False  # offers time of technicians whose calendars could not be seen, on the office's confirmation
    hold_minutes: int = 5
    round_minutes: int = 15
    latest_start_percent: int = 0
    same_day_cutoff: time | None = None
    skills: Mapping[int, SkillName] = field(default_factory=dict)
    length_rules: tuple[LengthRule, ...] = ()
    areas: tuple[Area, ...] = ()
    holdbacks: tuple[Holdback, ...] = ()
    place: Place | None = None
    travel: Travel = field(default_factory=StraightLine)
    longest_drive_minutes: int = 90
    urgent_phrases: tuple[str, ...] = ()
    languages: tuple[str, ...] = ("en",)
    intent_words: tuple[str, ...] = ()
    retraction_words: tuple[str, ...] = ()
    intent_confidence: int = 0
    weights: Weights = field(default_factory=Weights)
    retired: tuple[Service, ...] = ()  # no longer booked, but some bookings of them still stand

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def part_at(self, at: time) -> str:
        """Return the name of the part of the day a time belongs to; before the first and after the last count to those."""
        return next((part.name for part in self.parts if at < part.ends), self.parts[-1].name)

    def service(self, service_id: int) -> Service:
        return next(service for service in (*self.services, *self.retired) if service.id == service_id)

    def worker(self, worker_id: int) -> Worker | None:
        return next((worker for worker in self.workers if worker.id == worker_id), None)

    def area_of(self, zip_code: str) -> Area | None:
        """Return the area of a ZIP code; an exact code goes before a beginning."""
        found = [area for area in self.areas if area.has(zip_code)]
        return next((area for area in found if zip_code in area.zips), found[0] if found else None)

    def minutes_of(self, service: Service, *, asked: int | None = None, equipment: str = "", years: int | None = None) -> int:
        """Return the length of a visit: the one asked for, else the usual one as the equipment changes it.

        Rounded up to the shop's minutes and held within the service's range.
        """
        if asked is not None:
            return service.clamp(asked)
        minutes = service.minutes * 1.0
        for rule in self.length_rules:
            if rule.applies(service.id, equipment, years):
                minutes = minutes * rule.percent / 100
        if minutes == service.minutes:
            return service.minutes
        # A thousandth less before rounding up: 60 x 1.15 is not 69.00000000000001.
        return service.clamp(-int(-(minutes - 0.001) // self.round_minutes) * self.round_minutes)
