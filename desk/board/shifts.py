"""Who works when on a day of the board: regular hours apart from overtime, which is for urgent work only."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime

from bookings.engine.roster import Roster
from desk import words


@dataclass(slots=True)
class Shifts:
    """A technician's working hours of the day, and those that are for urgent work only."""

    regular: list[tuple[datetime, datetime]] = field(default_factory=list)
    overtime: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def all(self) -> list[tuple[datetime, datetime]]:
        return [*self.regular, *self.overtime]

    def said(self, overtime: str) -> str:
        """Return the hours in words, with a word for those of overtime."""
        regular = [words.span(*each) for each in self.regular]
        return ", ".join([*regular, *(f"{overtime} {words.span(*each)}" for each in self.overtime)])


def of(roster: Roster, on: date) -> dict[int, Shifts]:
    """Return who works when; on a closed day there is overtime only."""
    found: dict[int, Shifts] = defaultdict(Shifts)
    for worker in roster.workers:
        for shift in worker.shifts:
            if shift.weekday != on.weekday() or (on in roster.closures and not shift.overtime):
                continue
            span = datetime.combine(on, shift.starts, roster.zone), datetime.combine(on, shift.ends, roster.zone)
            (found[worker.id].overtime if shift.overtime else found[worker.id].regular).append(span)
    return found
