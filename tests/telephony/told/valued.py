"""Reads written calls by their values: no database, no web. What the tools would have left behind is worked out here.

`test_transcripts` plays the first set for certain, and holds what stands then against what is worked out here.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from bookings.engine.roster import Service
from bookings.models import Booking, ServiceType
from telephony.told import checking, compare, rows, times, turns
from tests.telephony.told.written import BEGAN, NEW_YORK

# As tests.factories.a_shop has them.
_SERVICES = (
    Service(1, "repair", "repair visit", 120, 60, 240, phrases=("repair", "fix", "no heat", "not cooling", "broken"),
            name_es="visita de reparación"),
    Service(2, "maintenance", "maintenance visit", 60, 45, 120, phrases=("maintenance", "tune up", "checkup", "inspection"),
            name_es="visita de mantenimiento"),
    Service(3, "installation", "installation", 480, 240, 540, phrases=("installation", "install", "new furnace", "replacement"),
            name_es="instalación", arrival_minutes=60),
)  # fmt: skip
_BY_KEY = {each.key: each for each in _SERVICES}


@dataclass
class Valued:
    """What was said in a call, with and without times, and what stands."""

    began: datetime
    spoken: list[turns.Sentence]
    reported: list[turns.Sentence]
    standing: rows.Standing

    def kinds(self, sentences):
        """The kinds of what contradicts."""
        call: Any = SimpleNamespace(started_at=self.began)
        roster: Any = SimpleNamespace(zone=NEW_YORK, country="US", services=_SERVICES)
        read = checking.reader(call, roster, ["Jane Doe"])
        found = compare.findings(sentences, self.standing, read, checking.service_of(roster), began=self.began)
        return tuple(sorted(each.what.value for each in found))


def read(written):
    """Work out one written call."""
    reading = _Reading()
    for line in written.lines:
        reading.line(line)
    report = "\n".join(f"{'AI' if role == turns.ASSISTANT else 'User'}: {text}" for role, text, _ in reading.events)
    stand = sorted(reading.rows, key=lambda row: (row.touched, row.changed_at or reading.began, row.booking.pk))
    standing = rows.Standing(tuple(stand), tuple(reading.held))
    return Valued(reading.began, turns.of_events(reading.events), turns.of_transcript(report), standing)


class _Reading:
    def __init__(self):
        self.began = self.at = BEGAN
        self.events, self.rows, self.held = [], [], []
        self.fee = self.trip = Decimal(0)

    def line(self, line):
        word, _, rest = line.partition(" ")
        match word, rest.split():
            case "now", _:
                self.began = self.at = datetime.strptime(rest, "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)
            case "fee", _:
                self.fee = Decimal(rest)
            case "trip", _:
                self.trip = Decimal(rest)
            case "had", what:
                self._booked(*what, touched=False)
            case (("A:" | "U:"), _):
                self.at += timedelta(seconds=6)
                self.events.append((turns.ASSISTANT if word == "A:" else turns.USER, rest, self.at.astimezone(UTC)))
            case "*", (what, *words):
                self.at += timedelta(seconds=1)
                self._done(what, words)
            case _:
                raise ValueError(line)

    def _done(self, what, words):
        match what, words:
            case "book", _:
                self.at += timedelta(seconds=1 if self.fee or self.trip else 0)
                self._booked(*words, touched=True)
            case "hold", (service, day, at):
                self.held.append(_window(service, day, at))
            case "move", (day, at):
                row = self.rows[-1]
                to = _window(_SERVICES[row.booking.service_type_id - 1].key, day, at)
                earlier = dict.fromkeys(each for each in (*row.windows, row.window) if each != to)
                self._changed(row, moved=True, window=to, windows=tuple(earlier))
            case "cancel", ():
                row = next(each for each in reversed(self.rows) if not each.cancelled)
                self._changed(row, cancelled=True)
            case "find", _:
                self.rows = [replace(each, asked_about=True) for each in self.rows]
            case (("check" | "message"), _):
                pass
            case _:
                raise ValueError(f"{what} {words}")

    def _booked(self, service, day, at, *, touched):
        told = self.at if touched else self.began - timedelta(days=1)
        booking = Booking(
            pk=len(self.rows) + 1, reference=f"QQQQ-{len(self.rows):04d}", visit_fee=self.fee, trip_fee=self.trip,
            service_type=ServiceType(pk=_BY_KEY[service].id, key=service, name=_BY_KEY[service].name),
            fee_told_at=told if self.fee or self.trip else None,
        )  # fmt: skip
        self.rows.append(
            rows.Row(booking=booking, touched=touched, cancelled=False, moved=False, changed_at=told if touched else None,
                     window=_window(service, day, at), asked_about=touched)
        )  # fmt: skip

    def _changed(self, row, **what):
        self.rows.remove(row)
        self.rows.append(replace(row, touched=True, changed_at=self.at, asked_about=True, **what))


def _window(service, day, at):
    starts = datetime.strptime(f"{day} {at}", "%Y-%m-%d %H:%M").replace(tzinfo=NEW_YORK)
    return times.Window.of(starts, starts + timedelta(minutes=_BY_KEY[service].arrival_minutes), NEW_YORK)
