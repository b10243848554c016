"""Single sentences beside what stands: who is told what stands hears no contradiction, who is told anything else does."""

import pathlib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.models import Booking
from telephony.told import compare, rows, times, turns

NEW_YORK = ZoneInfo("America/New_York")
BEGAN = datetime(2026, 11, 24, 14, tzinfo=UTC)
CHANGED = BEGAN + timedelta(minutes=1)
TOLD = BEGAN + timedelta(minutes=2)
BEFORE, STANDS, ELSEWHEN = ((datetime(2026, 11, day, hour, tzinfo=NEW_YORK)) for day, hour in ((30, 10), (25, 9), (26, 13)))


def lines(what):
    """The lines of all blocks of one name, each with the kind of its block."""
    found, block = [], ("", "")
    for line in (pathlib.Path(__file__).parent / "wordings.txt").read_text().splitlines():
        if line.startswith("=="):
            name, kind = line.strip("= ").split("|")
            block = name.strip(), kind.strip()
        elif line and not line.startswith("#") and block[0] == what:
            found.append((line, block[1]))
    return found


def window(starts):
    return times.Window.of(starts, starts + timedelta(hours=2), NEW_YORK)


def row(kind, at):
    """A booking that the call made, moved or cancelled."""
    return rows.Row(
        booking=Booking(pk=1, reference="K7QM-2XHP"), touched=True, cancelled=kind == "cancelled", moved=kind == "moved",
        changed_at=CHANGED, window=window(at), windows=(window(BEFORE),) if kind == "moved" else (), asked_about=kind != "booked",
    )  # fmt: skip


def found(line, *standing, clock):
    """What contradicts where the assistant says a line and goodbye; with a clock, after what was done."""
    said = f"AI: ABC HVAC, how can I help?\nUser: Yes, please.\nAI: {line}\nUser: Thanks.\nAI: Bye now."
    sentences = turns.of_transcript(said)
    if clock:
        sentences = [turns.Sentence(each.role, each.text, each.turn, TOLD if each.turn > 1 else BEGAN) for each in sentences]
    read = lambda text: times.said_in(text, now=BEGAN, zone=NEW_YORK, country="US")  # noqa: E731
    found = compare.findings(sentences, rows.Standing(standing), read, lambda _: None, began=BEGAN)
    return [each.what.value for each in found]


with_and_without_a_clock = pytest.mark.parametrize("clock", [True, False], ids=["words", "report"])


@with_and_without_a_clock
def test_who_is_told_what_stands_hears_no_contradiction(clock):
    wrong = {line: found(line, row(kind, STANDS), clock=clock) for line, kind in [*lines("promised"), *lines("told")]}
    assert {line: each for line, each in wrong.items() if each != []} == {}


@with_and_without_a_clock
def test_a_promise_that_nothing_keeps_is_found(clock):
    wrong = {}
    for line, kind in lines("promised"):
        known = rows.Row(
            booking=Booking(pk=1, reference="K7QM-2XHP"), touched=False, cancelled=False, moved=False, changed_at=None,
            window=window(STANDS if kind == "cancelled" else BEFORE),
        )  # fmt: skip
        wrong[line] = found(line, *([] if kind == "booked" else [known]), clock=clock)
    assert {line: each for line, each in wrong.items() if each != ["not_booked"]} == {}


@with_and_without_a_clock
def test_another_time_than_what_stands_is_found(clock):
    wrong = {
        line: found(line, row(kind, ELSEWHEN), clock=clock)
        for line, kind in [*lines("promised"), *lines("told")]
        if kind != "cancelled"
    }
    assert {line: each for line, each in wrong.items() if each != ["other_time"]} == {}


@with_and_without_a_clock
def test_what_promises_nothing_is_no_contradiction(clock):
    wrong = {line: found(line, clock=clock) for line, _ in [*lines("nothing"), *lines("told")]}
    assert {line: each for line, each in wrong.items() if each != []} == {}
