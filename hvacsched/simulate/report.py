"""The numbers of a run, as a table."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime

from hvacsched.simulate.record import Record

ORDER = (
    "inbound", "checkAvailability", "holdSlot", "bookAppointment", "scheduleHVACAppointment", "rescheduleAppointment",
    "cancelAppointment", "findAppointments", "takeMessage", "transferToHuman", "informational",
    "end-of-call-report", "status", "voice, later steps", "recording", "transcription",
)  # fmt: skip
ALWAYS = ("calls", "booked", "failed")
MOST_REASONS = 12


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest value that at least that share of all values does not exceed (nearest rank)."""
    if not values:
        raise ValueError("no values")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def of_calls(records: Sequence[Record], *, seconds: float) -> list[str]:
    stands = [record for record in records if record.at_last]
    counts = {
        "calls": len(records),
        "  of these called again": sum(bool(record.later) for record in records),
        "booked": len(stands),
        "  of these held first": sum("held" in record.states for record in stands),
        "  of these moved": sum(any("moved" in call.states for call in record.calls) for record in stands),
        "cancelled": sum(bool(record.cancelled) for record in records),
        "offered alternatives": sum(record.refused_a_time for record in records),
        "asked only": sum(bool(record.states) and not record.states - {"offered"} for record in records),
        "emergencies": sum("emergency" in record.states for record in records),
        "left to call back": sum(bool(record.must_leave) for record in records),
        "failed": sum(bool(record.failure) for record in records),
    }
    rate = f"  ({len(records) / seconds:.1f} a second, {seconds:.1f} s in all)" if seconds else ""
    return [
        f"  {name:<24}{count:>8}{rate if name == 'calls' else ''}"
        for name, count in counts.items()
        if count or name in ALWAYS or len(records) > 1
    ]


def of_scenarios(records: Sequence[Record], contested: datetime) -> list[str]:
    """How the calls went, and what came of the one time that many wanted."""
    played = Counter(record.scenario for record in records)
    rows = [f"  {', '.join(f'{count} {name}' for name, count in played.most_common())}"]
    if wanted := [record for record in records if record.scenario == "no_time_left"]:
        got = sum(any(claim.starts_at == contested for claim in record.standing.values()) for record in wanted)
        rows.append(f"  {contested:%A %b %-d, %-I %p} was wanted by {len(wanted)} callers and given to {got}")
    return rows


def of_failures(records: Sequence[Record]) -> list[str]:
    reasons = Counter(f"{record.scenario}: {record.failure}" for record in records if record.failure)
    shown = [f"  {count:>5} x {reason}" for reason, count in reasons.most_common(MOST_REASONS)]
    hidden = len(reasons) - MOST_REASONS
    return [*shown, f"        and {hidden} other reasons"] if hidden > 0 else shown


def of_timings(timings: Mapping[str, Sequence[float]]) -> list[str]:
    rows = [f"  {'answers, in ms':<24}{'count':>8}{'p50':>9}{'p99':>9}{'max':>9}"]
    for kind in sorted(timings, key=lambda kind: (ORDER.index(kind) if kind in ORDER else len(ORDER), kind)):
        taken = timings[kind]
        rows.append(f"  {kind:<24}{len(taken):>8}{percentile(taken, 0.5):>9.1f}{percentile(taken, 0.99):>9.1f}{max(taken):>9.1f}")
    return rows


def of_seconds(what: str, taken: Sequence[float]) -> str:
    if not taken:
        return f"  {what}: nothing to measure"
    return (
        f"  {what}: p50 {percentile(taken, 0.5):.1f} s, p99 {percentile(taken, 0.99):.1f} s, "
        f"max {max(taken):.1f} s ({len(taken)} measured)"
    )
