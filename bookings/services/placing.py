"""Finds people for a request and makes sure of them: choose, lock, look again. Writes nothing.

Runs inside a transaction of bookings.services.transactions.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection

from bookings.engine import choice
from bookings.engine.choice import Past
from bookings.engine.clock import instant
from bookings.engine.crews import Turn
from bookings.engine.day import Job
from bookings.engine.roster import Roster
from bookings.engine.rules import Refusal
from bookings.engine.slots import Candidate, Search
from bookings.errors import TryAgainError
from bookings.services import availability, jobs, occupancy, unseen
from bookings.services.asking import Request, Slot, Wish


@dataclass(frozen=True, slots=True)
class Chosen:
    """A person chose who leads, against these rules; `overbooked`: two visits at once."""

    overruled: tuple[Refusal, ...] = ()
    overbooked: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Who goes when to keep which promise, and why it was them; their technicians are locked.

    `unseen` are those whose calendars could not be seen: the office has to confirm it.
    """

    job: Job
    slot: Slot
    turns: tuple[Turn, ...]
    because: dict[str, Any]
    chosen: Chosen | None = None
    unseen: tuple[int, ...] = ()


def search(roster: Roster, request: Request, job: Job, *, now: datetime, without: Sequence[int]) -> Search:
    """Return the search over the day the request names, and the days after it that its service may take."""
    days = jobs.reach(request.service)
    return Search(job, occupancy.read(roster, request.when.on, days, now=now, without=without))


def find(
    roster: Roster,
    request: Request,
    look: Search,
    *,
    now: datetime,
    without: Sequence[int],
    own: frozenset[int],
    phone: str,
    beside: Sequence[tuple[str, int]] = (),
    seen_only: bool = False,
) -> Placed | None:
    """Return a place for the request with its technicians locked; None when there is none.

    `without` are visits that are given up for it, `own` their technicians, `phone` the customer's number, `beside` whom a
    person chose to go along, by role. Where nobody who was seen could, those who were not may, if the shop offers that and
    not `seen_only`. Raises TryAgainError when somebody was faster.
    """
    found = _find(roster, request, look, now=now, own=own, phone=phone, beside=beside)
    also = None if found is not None or seen_only else unseen.too(roster, look)
    if also is not None:
        found = _find(roster, request, also, now=now, own=own, phone=phone, beside=beside)
    if found is None:
        return None
    whose = _make_sure(roster, found, request, now=now, without=without, seen=also is None)
    return replace(found, slot=replace(found.slot, to_confirm=True), unseen=whose) if whose else found


def _find(
    roster: Roster, request: Request, look: Search, *, now: datetime, own: frozenset[int], phone: str,
    beside: Sequence[tuple[str, int]],
) -> Placed | None:  # fmt: skip
    for candidate in _candidates(roster, request, look):
        past = _past(roster, request, phone, now=now, own=own)
        placed = _crew(roster, look, candidate, request.when.on, past, request.origin, beside)
        if placed is not None:
            return placed
    return None


def _candidates(roster: Roster, request: Request, look: Search) -> Iterator[Candidate]:
    """Yield the window named, or those of the day or part, earliest first."""
    when = request.when
    if when.at is not None:
        found = look.at(when.on, instant(when.on, when.at, roster.zone))
        if found is not None:
            yield found
        return
    yield from look.candidates(when.on, within=availability.within_of(roster, wish_of(request), when.on))


def wish_of(request: Request) -> Wish:
    """Return the day and the bounds of a request as what is looked for."""
    return Wish(
        service=request.service, on=request.when.on, part=request.part, not_before=request.not_before,
        not_after=request.not_after,
    )  # fmt: skip


def _crew(
    roster: Roster,
    look: Search,
    candidate: Candidate,
    on: date,
    past: Past,
    origin: str,
    beside: Sequence[tuple[str, int]],
) -> Placed | None:
    """Choose among those who could lead, and then among those who could go along."""
    job, window = look.job, candidate.start
    starts = dict(candidate.leads)
    leads = _rank(roster, look, starts, 0, on, past, origin)
    for score in leads:
        leader = score.worker
        because: dict[str, Any] = {"points": score.points, "parts": dict(score.parts), "among": len(leads)}
        slot = jobs.slot_at(roster, job.service, window, job.minutes)
        if look.crews is None:
            return Placed(job, slot, (Turn(leader, 0, on, starts[leader]),), because)
        others = [
            [each.worker for each in _rank(roster, look, dict.fromkeys(people, window), role, on, past, origin)]
            for role, people in enumerate(_chosen(job, look.crews.others(on, window, leader), beside), start=1)
        ]
        turns = look.crews.turns(on, window, leader, others)
        if turns is not None:
            return Placed(job, slot, turns, because)
    return None


def _chosen(job: Job, others: Sequence[Sequence[int]], beside: Sequence[tuple[str, int]]) -> list[list[int]]:
    """Leave whom a person chose alone in the list of their role; each of them in one list."""
    left = list(beside)
    found = []
    for role, people in zip(job.service.roles[1:], others, strict=True):
        named = next((each for each in left if each[0] == role.name), None)
        if named is not None:
            left.remove(named)
        found.append([each for each in people if named is None or each == named[1]])
    return found


def _rank(
    roster: Roster, look: Search, starts: dict[int, int], role: int, on: date, past: Past, origin: str
) -> list[choice.Score]:
    workers = [worker for worker in roster.workers if worker.id in starts]
    wanted, day = look.job.service.roles[role], look.day(on)
    scores = (choice.of(each, wanted, look.job, day, starts[each.id], look.taken, past) for each in workers)
    return choice.ranked(scores, origin=origin)


_PAST = """
SELECT v.technician_id, b.service_type_id = %(service)s AND v.starts_at > %(since)s::timestamptz
  FROM bookings_booking b JOIN bookings_visit v ON v.booking_id = b.id
 WHERE b.customer_id IN (SELECT COALESCE(merged_into_id, id) FROM bookings_customer
                          WHERE shop_id = %(shop)s AND phone = %(phone)s)
   AND v.status IN ('active', 'done') AND v.role = 'lead'
   AND v.technician_id IS NOT NULL AND v.starts_at < %(now)s::timestamptz
 ORDER BY v.starts_at DESC LIMIT 20
"""


def _past(roster: Roster, request: Request, phone: str, *, now: datetime, own: frozenset[int]) -> Past:
    """Read whom the customer usually has, and who was there last for the same service."""
    weights = roster.weights
    if not phone or not (weights.usual or weights.continuity):
        return Past(own=own)
    with connection.cursor() as cursor:
        cursor.execute(
            _PAST,
            {
                "service": request.service.id,
                "since": now - timedelta(days=weights.continuity_days),
                "shop": roster.shop_id,
                "phone": phone,
                "now": now,
            },
        )
        rows = cursor.fetchall()
    seen = [technician for technician, _ in rows]
    usual = max(seen, key=lambda each: (seen.count(each), -seen.index(each)), default=None)
    return Past(usual=usual, last=next((technician for technician, recent in rows if recent), None), own=own)


# One statement, because a caller waits for it. A hold that was confirmed while we waited for the lock is left alone: the
# row is looked at again before it is changed.
_LOCK = """
WITH locked AS MATERIALIZED (
  SELECT id FROM bookings_technician WHERE id = ANY(%s::bigint[]) AND active ORDER BY id FOR NO KEY UPDATE
), lapsed AS (
  UPDATE bookings_visit SET status = 'ended'
   WHERE technician_id IN (SELECT id FROM locked) AND status = 'held' AND held_until <= %s::timestamptz
     AND id <> ALL(%s::bigint[])
)
SELECT id FROM locked
"""


def _make_sure(
    roster: Roster, placed: Placed, request: Request, *, now: datetime, without: Sequence[int], seen: bool
) -> tuple[int, ...]:
    """Lock the technicians in ascending order, end their holds that ran out, and look again; return who could not be seen.

    `seen`: nobody may be among those. Raises TryAgainError when somebody was faster. The exclusion constraint stands behind it.
    """
    technicians = sorted({turn.worker for turn in placed.turns})
    lock(technicians, now=now, keep=without)
    on, days = request.when.on, jobs.reach(request.service)
    taken = occupancy.read(roster, on, days, now=now, technicians=technicians, without=without)
    whose = () if seen else unseen.among(placed.job, placed.turns, taken)
    # What is held back is a matter of the whole shop, and was looked at before.
    look = Search(
        replace(placed.job, priority=True, drives=placed.job.drives), taken if seen else taken.without(unseen.UNKNOWN)
    )  # fmt: skip
    for turn in placed.turns:
        worker = roster.worker(turn.worker)
        if worker is None or not look.may_begin(worker, turn.role, turn.on, turn.start):
            raise TryAgainError
    return whose


def lock(technicians: Sequence[int], *, now: datetime, keep: Sequence[int] = ()) -> None:
    """Lock active technicians, in ascending order, and end their holds that ran out but for the visits in `keep`.

    Raises TryAgainError when one of them is no longer active.
    """
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [list(technicians), now, list(keep)])
        if len(cursor.fetchall()) != len(technicians):
            raise TryAgainError
