"""The run's table, printed and written into docs/reliability.md between two marks."""

import platform
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.faults import findings as kinds
from bench.faults import heard
from bench.faults.findings import Findings
from bench.faults.heard import Book, Life, Phase

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
HEADS = (
    "fault", "lasted", "calls", "assistant", "person", "voicemail", "told", "silent", "answers", "untrue", "lost", "doubled",
    "odd", "unspoken", "TwiML first", "TwiML then", "calls again after", "work done after",
)  # fmt: skip


def rows(book: Book, findings: Findings) -> list[list[str]]:
    found = []
    for phase in book.phases:
        lives = book.of(phase.name)
        people = [life for life in lives if not life.lean]
        ends = Counter(_ending(life) for life in people)
        counts = [str(findings.count(phase.name, kind)) for kind in (kinds.UNTRUE, kinds.LOST, kinds.DOUBLED, kinds.ODD)]
        first, then = _twiml(people, phase)
        ended = [str(ends[each]) for each in ("assistant", heard.PERSON, heard.VOICEMAIL, heard.TOLD)]
        silent, answers = findings.count(phase.name, kinds.SILENT), len(book.uses(phase.name))
        times = [first, then, _seconds(recovered(lives, phase)), _drained(phase)]
        unspoken = findings.unspoken[phase.name]
        found.append(
            [
                phase.name,
                f"{phase.until - phase.since:.0f} s",
                str(len(people)),
                *ended,
                str(silent),
                str(answers),
                *counts,
                str(unspoken),
                *times,
            ]
        )
    return found


def _ending(life: Life) -> str:
    """A talk with the assistant is one; so is what a caller was told at the end of any other way."""
    return "assistant" if life.ending == heard.TOLD and life.by_assistant else life.ending


def recovered(lives: Sequence[Life], phase: Phase) -> float | None:
    """Return the seconds from the fault's end to the beginning of the first call that went as in health."""
    well = [life.began - phase.until for life in lives if life.began >= phase.until and not life.lean and life.as_in_health]
    return min(well, default=None)


def _twiml(people: Sequence[Life], phase: Phase) -> tuple[str, str]:
    """Seconds until Twilio had something to play: the first caller of the fault, and half of those who came after its answer."""
    during = sorted((life for life in people if phase.since <= life.began <= max(phase.until, phase.since + 1)), key=_began)
    timed = [life for life in during if life.first_twiml is not None]
    if not timed:
        return "-", "-"
    first = timed[0]
    answered = first.began + (first.first_twiml or 0.0)
    later = sorted(life.first_twiml or 0.0 for life in timed if life.began > answered)
    return f"{first.first_twiml:.2f} s", f"{later[len(later) // 2]:.2f} s" if later else "-"


def _began(life: Life) -> float:
    return life.began


def _drained(phase: Phase) -> str:
    """Say when the work was done, or how long it was waited for."""
    return f"> {phase.over - phase.until:.0f} s" if phase.drained is None else _seconds(phase.drained)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def totals(book: Book, findings: Findings) -> list[str]:
    people = sum(not life.lean for life in book.lives)
    uses = book.uses()
    found = Counter(kind for _, kind, _ in findings.all)
    repeated = sum(use.tries > 1 for use in uses)
    unheard = sum(not use.answered for life in book.lives for use in life.uses)
    doubt = sum(use.in_doubt for use in uses)
    return [
        f"{people} telephone calls and {len(book.lives) - people} calls of tools only; {len(uses)} tool answers, "
        f"{repeated} of them on the second try; {unheard} never came; {doubt} said that the schedule cannot be seen.",
        "States: " + ", ".join(f"{count} {state}" for state, count in Counter(use.state for use in uses).most_common()) + ".",
        ", ".join(f"{found[kind]} {kind}" for kind in (kinds.UNTRUE, kinds.LOST, kinds.DOUBLED, kinds.SILENT, kinds.ODD)) + ".",
    ]


def table(found: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(line[n]) for line in (HEADS, *found)) for n in range(len(HEADS))]
    padded = [[each.rjust(width) for each, width in zip(line, widths, strict=True)] for line in (HEADS, *found)]
    return ["  ".join([line[0].strip().ljust(widths[0]), *line[1:]]) for line in padded]


def write(path: Path, found: Sequence[Sequence[str]], said: Sequence[str], *, seed: str, people: int, minutes: float) -> None:
    """Replace what stands between the marks."""
    head = (
        f"Measured {datetime.now(UTC):%Y-%m-%d} on {platform.machine()}, {_processors()} processors, Python "
        f"{platform.python_version()}: {people} people on the telephone at once, {minutes:.1f} minutes, seed `{seed}`."
    )
    lines = [BEGIN, "", head, "", "| " + " | ".join(HEADS) + " |", "|" + " --- |" * len(HEADS)]
    lines += ["| " + " | ".join(line) + " |" for line in found]
    lines += ["", *(f"* {each}" for each in said), "", END]
    before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    path.write_text(before + "\n".join(lines) + after, encoding="utf-8")


def _processors() -> int:
    return len([line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("processor")])
