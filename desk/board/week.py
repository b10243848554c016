"""One week of a shop as the board shows it: technicians as rows, days as columns, in each the visits in order."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from hashlib import blake2b

from bookings.models import Shop, Visit
from desk import words
from desk.board import cards, layout, reading
from desk.board.cards import Card
from desk.board.reading import DAY, Facts
from desk.board.shifts import Shifts
from desk.board.shifts import of as shifts_of
from desk.board.shown import Shown

DAYS = 7


@dataclass(slots=True)
class Cell:
    """A technician's day: the visits that begin on it, the hours worked, what takes time otherwise."""

    on: date
    cards: list[Card] = field(default_factory=list)
    hours: str = ""
    notes: list[str] = field(default_factory=list)
    planned: str = ""


@dataclass(slots=True)
class Row:
    pk: int
    name: str
    note: str
    link: str
    cells: list[Cell]

    @property
    def digest(self) -> str:
        return blake2b(repr(self).encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class Column:
    on: date
    closed: str | None
    visits: int


@dataclass(frozen=True)
class Week(Shown):
    columns: list[Column]
    rows: list[Row]

    @property
    def last(self) -> date:
        return self.on + (DAYS - 1) * DAY

    @property
    def previous(self) -> date:
        return self.on - DAYS * DAY

    @property
    def following(self) -> date:
        return self.on + DAYS * DAY


def first_of(on: date) -> date:
    """Return the Monday of a day's week."""
    return on - timedelta(days=on.weekday())


def read(shop: Shop, on: date, *, now: datetime) -> Week:
    """Return the week in which a day lies."""
    monday = first_of(on)
    days = [monday + n * DAY for n in range(DAYS)]
    facts = reading.read(shop, monday, DAYS, now=now)
    shifts = {day: shifts_of(facts.roster, day) for day in days}
    visits, taken = facts.visits_by_technician(), facts.taken_by_technician()
    working = {worker.id for worker in facts.roster.workers}
    rows = []
    for pk, person in facts.people.items():
        if pk in working or pk in visits:
            cells = [
                _cell(day, visits.get(pk, []), taken.get(pk, []), shifts[day].get(pk, Shifts()), facts, works=pk in working)
                for day in days
            ]
            rows.append(Row(pk, person.name, person.note, person.link, cells))
    counts = Counter(visit.starts_at.astimezone(shop.zone).date() for visit in facts.visits if visit.status != Visit.Status.HELD)
    columns = [Column(day, facts.roster.closures.get(day), counts[day]) for day in days]
    return Week(facts, monday, columns, rows)


def _cell(day: date, visits: list[Visit], taken: list[reading.Taken], shifts: Shifts, facts: Facts, *, works: bool) -> Cell:
    zone = facts.shop.zone
    starts, ends = layout.midnight(day, zone), layout.midnight(day + DAY, zone)
    mine = [visit for visit in visits if starts <= visit.starts_at < ends]
    notes = []
    for each in taken:
        if each.kind != "off" or each.ends_at <= starts or each.starts_at >= ends:
            continue
        whole = each.starts_at <= starts and each.ends_at >= ends
        first, last = max(each.starts_at, starts).astimezone(zone), min(each.ends_at, ends).astimezone(zone)
        notes.append(f"Off{f': {each.label}' if each.label else ''}{'' if whole else f', {words.span(first, last)}'}")
    minutes = sum(int((visit.ends_at - visit.starts_at).total_seconds()) // 60 for visit in mine)
    hours = shifts.said("OT") or ("Not working" if works else "")
    return Cell(day, [cards.of(visit, facts) for visit in mine], hours, notes, words.length(minutes) if minutes else "")
