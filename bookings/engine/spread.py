"""Which of the windows that could be promised are offered: at most three, as a caller likes to hear them."""

from collections.abc import Sequence

from bookings.engine.clock import MINUTE, local
from bookings.engine.roster import Roster, Service, Span
from bookings.engine.slots import Candidate


def near(found: Sequence[Candidate], aim: int, service: Service, most: int) -> list[Candidate]:
    """Return at most `most` windows nearest to an instant that do not overlap, in order of time."""
    apart = service.arrival_minutes * MINUTE
    chosen: list[Candidate] = []
    for candidate in sorted(found, key=lambda each: (abs(each.start - aim), each.start)):
        if len(chosen) < most and all(abs(candidate.start - other.start) >= apart for other in chosen):
            chosen.append(candidate)
    return sorted(chosen, key=lambda each: each.start)


def over_day(found: Sequence[Candidate], roster: Roster, service: Service, within: Span | None, most: int) -> list[Candidate]:
    """Return at most `most` windows of a day that do not overlap, in order: the first of each part of the day, then others.

    Windows that lie wholly in what was asked for come before those that only begin in it.
    """
    arrival = service.arrival_minutes * MINUTE
    inside = [each for each in found if within is None or each.start + arrival <= within.end] or list(found)
    firsts: dict[str, Candidate] = {}
    for each in inside:
        firsts.setdefault(roster.part_at(local(each.start, roster.zone).time()), each)
    chosen: list[Candidate] = []
    for each in [*firsts.values(), *inside]:
        if len(chosen) < most and all(abs(each.start - other.start) >= arrival for other in chosen):
            chosen.append(each)
    return sorted(chosen, key=lambda each: each.start)
