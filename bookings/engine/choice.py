"""Who of those who can go is sent: a score of named parts, so that it can be told afterwards why it was them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from bookings.engine.day import Block, Day, Job, Taken, counted
from bookings.engine.roster import Role, Worker

HALF_HOUR = 1800
FULL_DAY_MINUTES = 480


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of the customer: the technician they usually had, and whoever was there last for this work."""

    usual: int | None = None
    last: int | None = None
    own: frozenset[int] = field(default_factory=frozenset)  # who has the booking that is being moved


class Score(NamedTuple):
    """What speaks for a technician, the higher the better; `parts` are points by name."""

    worker: int
    points: float
    parts: Mapping[str, float]


def of(worker: Worker, role: Role, job: Job, day: Day, start: int, taken: Taken, past: Past) -> Score:
    """Return the score of a technician who could begin at this instant.

    Points: `drive` for each half hour that the day's driving grows by, `load` for the share of a full day that is planned
    already, `skill` for each skill beyond what is needed, and in their favour `usual` and `continuity`.
    """
    weights, blocks = job.roster.weights, taken.on(worker.id, day.on)
    parts = {
        "drive": -weights.drive * _detour(worker, job, day, start, blocks) / HALF_HOUR,
        "load": -weights.load * counted(blocks, day)[1] / FULL_DAY_MINUTES,
        "skill": -weights.skill * len(set(worker.skills) - set(role.skills)),
        "usual": float(weights.usual if worker.id == past.usual else 0),
        "continuity": float(weights.continuity if worker.id == past.last or worker.id in past.own else 0),
    }
    parts = {name: round(points, 2) for name, points in parts.items()}
    return Score(worker.id, round(sum(parts.values()), 2), parts)


def _detour(worker: Worker, job: Job, day: Day, start: int, blocks: Sequence[Block]) -> int:
    """Return by how many seconds the day's driving grows."""
    came = goes = None
    for block in blocks:
        if block.kind != "visit" or block.end <= day.starts or block.start >= day.ends:
            continue
        if block.end <= start:
            came = block
        elif goes is None and block.start > start:
            goes = block
    from_where = came.place if came else worker.base
    to_where = goes.place if goes else worker.base
    return job.drive(from_where) + job.drive(to_where) - job.roster.travel.seconds(from_where, to_where)


def ranked(scores: Iterable[Score], *, origin: str) -> list[Score]:
    """Return the scores, best first, ties rotated by the origin.

    Without the rotation fifty callers at once would all queue for the same technician. A checksum will not do for it:
    those of neighbouring names differ by a constant, and some technician would never be first.
    """
    return sorted(scores, key=lambda score: (-score.points, blake2b(f"{origin}/{score.worker}".encode(), digest_size=8).digest()))
