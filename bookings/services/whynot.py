"""Why nobody could come: the rule that refused each technician at each window of a search, kept short.

The compact form is plain JSON. `day` is the rule that refused the whole day. `from`, `to` and `step` are the windows that
were looked at, in instants and seconds; `by` has for each technician the stretches of windows that one rule refused, as
[first, last, rule, fact, …]; windows at which they could have come stand in none. `others` counts technicians by their
first rule where there are too many to keep each.
"""

from collections import Counter
from datetime import date, time
from typing import Any

from bookings.engine.clock import MINUTE, instant
from bookings.engine.roster import Span, Worker
from bookings.engine.rules import Refusal
from bookings.engine.slots import Search

Compact = dict[str, Any]
KEPT_TECHNICIANS = 60
KEPT_WINDOWS = 24  # of a day that is searched in small steps every so many are looked at


def compact(look: Search, on: date, within: Span | None, *, at: time | None = None) -> Compact:
    """Return why nobody could keep a promise on that day, beginning inside `within` or exactly at a time."""
    whole = look.refused_day(on)
    if whole is not None:
        return {"day": [whole.rule, *whole.facts]}
    first, last = _windows(look, on, within, at)
    step = look.job.roster.step_minutes * MINUTE
    step *= max(1, -(-(last - first) // (KEPT_WINDOWS * step)))
    kept: Compact = {"from": first, "to": last, "step": step, "by": {}}
    others: Counter[str] = Counter()
    for number, worker in enumerate(look.job.roster.workers):
        if number < KEPT_TECHNICIANS:
            kept["by"][str(worker.id)] = _stretches(look, worker, on, first, last, step)
        else:
            refusal = look.why_not(worker, on, first)
            others[refusal.rule if refusal else ""] += 1
    if others:
        kept["others"] = dict(others)
    return kept


def _windows(look: Search, on: date, within: Span | None, at: time | None) -> tuple[int, int]:
    """Return the first and last window to explain: the one asked for, else from the first shift's start to the last's end."""
    zone = look.job.roster.zone
    if at is not None:
        return instant(on, at, zone), instant(on, at, zone)
    day = look.day(on)
    shifts = [span for worker in look.job.roster.workers for span in day.shifts(worker, overtime=look.job.overtime)]
    first = min((span.start for span in shifts), default=day.starts)
    last = max((span.end for span in shifts), default=day.ends)
    if within is not None:
        first, last = max(first, within.start), min(last, within.end)
    return first, max(first, last - 1)


def _stretches(look: Search, worker: Worker, on: date, first: int, last: int, step: int) -> list[list[int | str]]:
    """Return runs of windows that the same rule refuses for the same reason."""
    runs: list[list[int | str]] = []
    before: Refusal | None = None
    for window in range(first, last + 1, step):
        refusal = look.why_not(worker, on, window)
        if refusal is not None and refusal == before:
            runs[-1][1] = window
        elif refusal is not None:
            runs.append([window, window, refusal.rule, *refusal.facts])
        before = refusal
        if refusal is not None and refusal.rule in _WHOLE_DAY:
            runs[-1][1] = last
            break
    return runs


# What does not depend on the hour.
_WHOLE_DAY = frozenset({"pinned", "helper", "skill", "expired", "not_working", "most_visits", "most_minutes"})
