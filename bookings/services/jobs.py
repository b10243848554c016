"""From a wish or a request to the job that the engine places: its length, its place, the rules that bind it."""

from datetime import date, datetime, timedelta

from bookings.engine.clock import MINUTE, local
from bookings.engine.crews import MOST_DAYS_BETWEEN
from bookings.engine.day import Job
from bookings.engine.roster import Area, Part, Roster, Service, Urgency
from bookings.engine.travel import Place
from bookings.errors import RefusedError
from bookings.services.asking import Slot
from bookings.services.places import place_of


def area_of(roster: Roster, zip_code: str) -> Area | None:
    """Return the area of a ZIP code; None where the shop has no areas or no ZIP is known.

    Raises RefusedError `outside_area` (facts: zip) for a ZIP code that lies in none of the shop's.
    """
    code = zip_code.strip()[:5]
    if not code or not roster.areas:
        return None
    area = roster.area_of(code)
    if area is None:
        raise RefusedError("outside_area", zip=code)
    return area


# A ZIP code whose drive from the shop is so many times the longest is a slip of the tongue, not a place to drive to.
IMPLAUSIBLE = 3


def place_for(roster: Roster, zip_code: str) -> Place | None:
    """Return where a job is; None where that is not known, or so far off that the ZIP code must be wrong."""
    place = place_of(zip_code)
    if place is None or roster.place is None:
        return place
    limit = IMPLAUSIBLE * roster.longest_drive_minutes * MINUTE
    return place if roster.travel.seconds(roster.place, place) <= limit else None


def job(
    roster: Roster,
    service: Service,
    *,
    now: datetime,
    minutes: int,
    zip_code: str = "",
    area: Area | None = None,
    urgency: Urgency = Urgency.ROUTINE,
    priority: bool = False,
    only: frozenset[int] | None = None,
) -> Job:
    """Return the job to place. Without a ZIP code that can be placed, drives are reckoned from the shop."""
    instant = int(now.timestamp())
    return Job(
        roster=roster,
        service=service,
        minutes=minutes,
        now=instant,
        earliest=instant + roster.lead_minutes * MINUTE,
        place=place_for(roster, zip_code) or roster.place,
        weekdays=area.weekdays if area is not None else None,
        urgency=urgency,
        priority=priority,
        only=only,
    )


def check_day(roster: Roster, on: date, now: datetime) -> None:
    """Raise RefusedError `past` or `beyond_horizon` for a day on which nothing can be booked."""
    today = now.astimezone(roster.zone).date()
    until = today + timedelta(days=roster.horizon_days)
    if on < today:
        raise RefusedError("past", on=on)
    if on > until:
        raise RefusedError("beyond_horizon", on=on, until=until)


def part_named(roster: Roster, name: str | None) -> Part | None:
    """Return the part of the day called so, None for none; raise RefusedError `part_unknown` for another word."""
    if not name:
        return None
    part = roster.part(name.strip().casefold())
    if part is None:
        raise RefusedError("part_unknown", said=name, parts=[each.name for each in roster.parts])
    return part


def reach(service: Service) -> int:
    """Return how many days from the first one a job of the service may touch."""
    return 1 + (service.days - 1) * MOST_DAYS_BETWEEN


def slot_at(roster: Roster, service: Service, start: int, minutes: int, *, to_confirm: bool = False) -> Slot:
    """Return the promise whose window begins at that instant."""
    starts_at = local(start, roster.zone)
    return Slot(
        starts_at=starts_at,
        window_ends_at=local(start + service.arrival_minutes * MINUTE, roster.zone),
        part=roster.part_at(starts_at.time()),
        minutes=minutes,
        to_confirm=to_confirm,
    )
