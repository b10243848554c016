"""A booking at a time and with a technician that a person at the desk chose, as dispatching is for moves.

The rules are looked at as for a caller. Those that refuse are told; all but an overlap can be overruled, and an overlap only
by marking the visit `overbooked`. Work of several people or days is not planned against a rule: a whole crew has to fit.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bookings.engine.clock import instant, utc
from bookings.engine.crews import Turn
from bookings.engine.roster import Area, Roster, Worker
from bookings.engine.rules import Refusal
from bookings.engine.slots import Search
from bookings.errors import RefusedError
from bookings.services import appointments, customers, dispatching, fees, jobs, occupancy, places, placing, standing, writing
from bookings.services.asking import Outcome, Request, State
from bookings.services.dispatching import OVERLAPS
from bookings.services.pen import Pen

GRACE = timedelta(minutes=5)  # "now" is past by the time the button is pressed


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A person's wish: the request names day, time and technician; `despite` overrules the rules, `overbook` an overlap."""

    request: Request
    despite: bool = False
    overbook: bool = False


def together(request: Request) -> bool:
    """Say whether the work takes several people or days, so that no rule can be overruled for it."""
    return len(request.service.roles) > 1 or request.service.days > 1


def objections(roster: Roster, request: Request, *, now: datetime) -> list[Refusal]:
    """Return what speaks against the time and technician that the request names, the rule of the day first; [] for nothing.

    What the origin itself holds takes nothing. One statement. Raises RefusedError `past` and `technician_unknown`.
    """
    worker, start = _wanted(roster, request, now)
    look, _, outside = _look(roster, request, now)
    return _objections(look, worker, request, start, outside)


def book(roster: Roster, choice: Choice, *, now: datetime) -> Outcome:
    """Book just that time with just that technician and pin them. Inside a transaction of bookings.services.transactions.

    What the origin has booked already stands; what it holds is given up. Raises RefusedError `past`, `technician_unknown`,
    `name_missing`, `phone_missing`, `do_not_service` and `refused` (facts: refusals) unless overruled, and `overlaps` unless
    overbooked.
    """
    request = choice.request
    customers.check(name=request.customer_name, phone=request.customer_phone)
    worker, start = _wanted(roster, request, now)
    earlier = appointments.served(standing.earlier(roster, request), request)
    if earlier.booking is not None:
        return Outcome(State.UNCHANGED, earlier.booking)
    if together(request):
        outcome = appointments.book(roster, request, now=now)
        if outcome.state is State.TAKEN:
            raise RefusedError("refused", refusals=objections(roster, request, now=now))
        return outcome
    placing.lock([worker.id], now=now)
    look, area, outside = _look(roster, request, now)
    found = _objections(look, worker, request, start, outside)
    overlaps = [each for each in found if each.rule == OVERLAPS]
    if overlaps and not choice.overbook:
        raise RefusedError("overlaps", refusals=overlaps)
    others = [each for each in found if each.rule != OVERLAPS]
    if others and not choice.despite:
        raise RefusedError("refused", refusals=others)
    job = look.job
    slot = jobs.slot_at(roster, job.service, start, job.minutes)
    fee = fees.of(roster, job.service, starts_at=slot.starts_at, area=area, member=request.member)
    writing.release(earlier.holds, by=request.by, now=now)
    turn = Turn(worker.id, 0, request.when.on, start)
    placed = placing.Placed(job, slot, (turn,), {}, placing.Chosen(tuple(found), overbooked=bool(overlaps)))
    return Pen(roster, request, placed, zip_code=_zip(request), fee=fee, told_at=None, now=now).make()


def _wanted(roster: Roster, request: Request, now: datetime) -> tuple[Worker, int]:
    worker = roster.worker(request.technician) if request.technician is not None else None
    if worker is None:
        raise RefusedError("technician_unknown")
    if request.when.at is None:
        raise ValueError("a chosen time has an hour")
    start = instant(request.when.on, request.when.at, roster.zone)
    if utc(start) < now - GRACE:
        raise RefusedError("past", on=request.when.on)
    return worker, start


def _zip(request: Request) -> str:
    return places.zip_in(request.address) or request.zip_code


def _look(roster: Roster, request: Request, now: datetime) -> tuple[Search, Area | None, list[Refusal]]:
    """Return the search over the days the work may touch, the area it is in, and whether it is in none of the shop's."""
    area, outside, zip_code = None, [], _zip(request)
    try:
        area = jobs.area_of(roster, zip_code)
    except RefusedError:
        outside = [Refusal("outside_area", (zip_code[:5],))]
    minutes = roster.minutes_of(request.service, asked=request.minutes, equipment=request.equipment, years=request.years)
    job = jobs.job(
        roster, request.service, now=now, minutes=minutes, zip_code=zip_code, area=area, urgency=request.urgency, priority=True
    )  # fmt: skip
    if not together(request):  # a person may plan for right now
        job = replace(job, earliest=int((now - GRACE).timestamp()))
    taken = occupancy.read(roster, request.when.on, jobs.reach(request.service), now=now, holder=request.origin)
    return Search(job, taken), area, outside


def _objections(look: Search, worker: Worker, request: Request, start: int, outside: list[Refusal]) -> list[Refusal]:
    on = request.when.on
    found = [*outside, *dispatching.against(look, worker, look.job.service.roles[0], on, start)]
    if not found and together(request):
        refusal = look.why_not(worker, on, start)
        found += [refusal] if refusal is not None else []
    return found
