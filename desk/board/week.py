"""One week of a shop as the board shows it: technicians as rows, days as columns, in each the visits in order."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from bookings.models import Shop
from desk import words
from desk.board import cards, layout, reading
from desk.board.cards import Card
from desk.board.reading import DAY, Facts, Person, Work
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
    """A technician and their week. One that is `known` already has no more of it."""

    pk: int
    name: str
    note: str
    link: str
    digest: str
    known: bool
    cells: list[Cell]


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


def read(shop: Shop, on: date, *, now: datetime, has: Collection[str] = ()) -> Week:
    """Return the week in which a day lies; a row whose digest is in `has` is known already."""
    monday = first_of(on)
    days = [monday + n * DAY for n in range(DAYS)]
    facts = reading.read(shop, monday, DAYS, now=now)
    shifts = {day: shifts_of(facts.roster, day) for day in days}
    today, closed = now.astimezone(shop.zone).date(), [facts.roster.closures.get(day) for day in days]
    people = facts.rows("week", today, closed)
    work = reading.work(facts, [person for person, digest in people if digest not in has])
    working = {worker.id for worker in facts.roster.workers}
    rows = []
    for person, digest in people:
        known = digest in has
        cells = [] if known else [
            _cell(day, person, shifts[day].get(person.pk, Shifts()), work, facts, works=person.pk in working) for day in days
        ]  # fmt: skip
        rows.append(Row(person.pk, person.name, person.note, person.link, digest, known, cells))
    counts = Counter(each.starts_at.astimezone(shop.zone).date() for each in facts.planned if not each.held)
    columns = [Column(day, why, counts[day]) for day, why in zip(days, closed, strict=True)]
    return Week(facts, monday, work, columns, rows)


def _cell(day: date, person: Person, shifts: Shifts, work: Work, facts: Facts, *, works: bool) -> Cell:
    zone = facts.shop.zone
    starts, ends = layout.midnight(day, zone), layout.midnight(day + DAY, zone)
    mine = [visit for visit in work.visits.get(person.pk, []) if starts <= visit.starts_at < ends]
    notes = []
    for each in work.taken.get(person.pk, []):
        if each.kind != "off" or each.ends_at <= starts or each.starts_at >= ends:
            continue
        whole = each.starts_at <= starts and each.ends_at >= ends
        first, last = max(each.starts_at, starts).astimezone(zone), min(each.ends_at, ends).astimezone(zone)
        notes.append(f"Off{f': {each.label}' if each.label else ''}{'' if whole else f', {words.span(first, last)}'}")
    minutes = sum(int((visit.ends_at - visit.starts_at).total_seconds()) // 60 for visit in mine)
    hours = shifts.said("OT") or ("Not working" if works else "")
    shown = [cards.of(visit, work.sync_of(visit, person), facts) for visit in mine]
    return Cell(day, shown, hours, notes, words.length(minutes) if minutes else "")
