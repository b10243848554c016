"""When can a visit start, and who could go: working hours, closures, skills and the time already taken."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b

from bookings.engine.clock import MINUTE, instant
from bookings.engine.roster import Roster, Service, Span, Worker

Taken = Mapping[int, Sequence[Span]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A start at which at least one technician is free; `workers` by ascending id."""

    start: int
    workers: tuple[int, ...]


def shifts_on(roster: Roster, worker: Worker, on: date) -> list[Span]:
    """Return the worker's shifts of a day; none on a day the shop is closed."""
    if on in roster.closures:
        return []
    weekday = on.weekday()
    return [
        Span(instant(on, shift.starts, roster.zone), instant(on, shift.ends, roster.zone))
        for shift in worker.shifts
        if shift.weekday == weekday
    ]


def is_free(taken: Iterable[Span], start: int, end: int) -> bool:
    """Say whether [start, end) touches nothing that is taken."""
    return not any(span.start < end and start < span.end for span in taken)


def fits(roster: Roster, worker: Worker, service: Service, *, on: date, start: int, minutes: int, taken: Taken) -> bool:
    """Say whether the worker could do the visit at that instant: skill, inside one shift, nothing in the way.

    The work has to end within the shift; the buffer after it may run over the shift's end, never into taken time.
    """
    end = start + minutes * MINUTE
    return (
        worker.can(service.skill, on)
        and any(shift.start <= start and end <= shift.end for shift in shifts_on(roster, worker, on))
        and is_free(taken.get(worker.id, ()), start, end + service.buffer_minutes * MINUTE)
    )


def candidates(
    roster: Roster, service: Service, *, on: date, minutes: int, taken: Taken, earliest: int, within: Span | None = None
) -> list[Candidate]:
    """Return the starts of a day, in order, on the shop's grid, not before `earliest`, starting inside `within`."""
    step = roster.step_minutes * MINUTE
    length = minutes * MINUTE
    blocked = length + service.buffer_minutes * MINUTE
    free: dict[int, set[int]] = {}  # sets, since a technician's shifts may overlap
    for worker in roster.workers:
        if not worker.can(service.skill, on):
            continue
        for shift in shifts_on(roster, worker, on):
            # A search looks at weeks at once: what is taken on other days is left out before the starts are tried.
            busy = [span for span in taken.get(worker.id, ()) if span.start < shift.end + blocked and shift.start < span.end]
            begin = max(shift.start, earliest, within.start if within else shift.start)
            last = min(shift.end - length, within.end - 1 if within else shift.end)
            # The grid starts with the shift, so that a day from 8:15 offers 8:15 and not 8:30.
            start = shift.start + -(-(begin - shift.start) // step) * step
            while start <= last:
                if is_free(busy, start, start + blocked):
                    free.setdefault(start, set()).add(worker.id)
                start += step
    return [Candidate(start, tuple(sorted(free[start]))) for start in sorted(free)]


def spread(found: Sequence[Candidate], *, apart: int, most: int) -> list[Candidate]:
    """Return at most `most` of the candidates, in order, each at least `apart` seconds after the one before."""
    chosen: list[Candidate] = []
    for candidate in found:
        if len(chosen) == most:
            break
        if not chosen or candidate.start >= chosen[-1].start + apart:
            chosen.append(candidate)
    return chosen


def in_turn(workers: Iterable[int], *, load: Mapping[int, int], origin: str) -> list[int]:
    """Return the workers in the order to ask them: the least loaded first, ties rotated by the origin.

    Without the rotation fifty callers at once would all queue for the same technician. A checksum will not do for it:
    those of neighbouring names differ by a constant, and some technician would never be first.
    """
    return sorted(workers, key=lambda worker: (load.get(worker, 0), blake2b(f"{origin}/{worker}".encode()).digest()))
