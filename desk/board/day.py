"""One day of a shop as the board shows it: technicians as rows, time across."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise

from bookings.engine.travel import Place
from bookings.models import Shop, Visit
from desk import words
from desk.board import cards, layout, reading
from desk.board.cards import Card
from desk.board.layout import Axis
from desk.board.reading import DAY, Facts, Person, Taken, Work
from desk.board.shifts import Shifts
from desk.board.shifts import of as shifts_of
from desk.board.shown import Shown
from desk.board.sync import Sync


@dataclass(frozen=True, slots=True)
class Span:
    """Where something stands on the axis: whole seconds from its start, and how long."""

    at: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a technician's day: a visit's card, time that is taken otherwise (busy, off), or a drive between visits."""

    kind: str
    starts_at: datetime
    span: Span
    label: str = ""
    time: str = ""
    card: Card | None = None
    lane: int = 0
    late: bool = False


@dataclass(slots=True)
class Row:
    """A technician and their day. One that is `known` already has no more of it."""

    pk: int
    name: str
    note: str
    link: str
    digest: str
    known: bool
    items: list[Item] = field(default_factory=list)
    shifts: list[Span] = field(default_factory=list)
    overtime: list[Span] = field(default_factory=list)
    hours: str = ""
    hours_long: str = ""
    lanes: int = 1


@dataclass(frozen=True)
class Board(Shown):
    """A day with all that stands beside it."""

    axis: Axis
    rows: list[Row]
    closed: str | None
    overtime: bool

    @property
    def hours(self) -> list[tuple[int, str]]:
        return self.axis.hours(self.shop.zone)

    @property
    def previous(self) -> date:
        return self.on - DAY

    @property
    def following(self) -> date:
        return self.on + DAY

    @property
    def has_now(self) -> bool:
        return self.axis.holds(self.facts.now)


def read(shop: Shop, on: date, *, now: datetime, has: Collection[str] = ()) -> Board:
    """Return the board of a day; a row whose digest is in `has` is known already."""
    facts = reading.read(shop, on, 1, now=now)
    shifts, closed = shifts_of(facts.roster, on), facts.roster.closures.get(on)
    spans = [(each.starts_at, each.ends_at) for each in facts.planned]
    axis = layout.axis(on, shop.zone, [*spans, *(span for each in shifts.values() for span in each.all)])
    people = facts.rows("day", axis.starts, axis.ends, closed)
    work = reading.work(facts, [person for person, digest in people if digest not in has])
    rows = []
    for person, digest in people:
        row = Row(person.pk, person.name, person.note, person.link, digest, digest in has)
        if not row.known:
            _fill(row, person, shifts.get(person.pk, Shifts()), work, axis, facts)
        rows.append(row)
    return Board(facts, on, work, axis, rows, closed, any(each.overtime for each in shifts.values()))


def _fill(row: Row, person: Person, shifts: Shifts, work: Work, axis: Axis, facts: Facts) -> None:
    """Give everything its place. Visits get lanes among themselves; what is behind them fills the row's height."""
    row.hours, row.hours_long = (shifts.said(word) or "Not working" for word in ("OT", "overtime"))
    visits = work.visits.get(row.pk, [])
    lanes = layout.lanes([(visit.starts_at, visit.ends_at) for visit in visits])
    row.lanes = max(lanes, default=0) + 1
    items = [_visit(visit, lane, work.sync_of(visit, person), axis, facts) for visit, lane in zip(visits, lanes, strict=True)]
    items += [_taken(each, axis, facts) for each in work.taken.get(row.pk, [])]
    items += _drives(visits, axis, facts)
    row.items = sorted(items, key=lambda item: (item.starts_at, item.kind))
    row.shifts = [_span(starts, ends, axis) for starts, ends in shifts.regular]
    row.overtime = [_span(starts, ends, axis) for starts, ends in shifts.overtime]


def _span(starts: datetime, ends: datetime, axis: Axis) -> Span:
    at = axis.at(starts)
    return Span(at, axis.at(ends) - at)


def _visit(visit: Visit, lane: int, sync: Sync, axis: Axis, facts: Facts) -> Item:
    card = cards.of(visit, sync, facts)
    return Item("visit", card.starts_at, _span(card.starts_at, card.ends_at, axis), card=card, lane=lane)


def _taken(taken: Taken, axis: Axis, facts: Facts) -> Item:
    zone = facts.shop.zone
    first, last = max(taken.starts_at, facts.starts).astimezone(zone), min(taken.ends_at, facts.ends).astimezone(zone)
    whole = taken.starts_at <= facts.starts and taken.ends_at >= facts.ends
    word = taken.label if taken.kind == "busy" else f"Off: {taken.label}" if taken.label else "Time off"
    time = "All day" if whole else words.span(first, last)
    return Item(taken.kind, first, _span(first, last, axis), label=word, time=time)


def _drives(visits: list[Visit], axis: Axis, facts: Facts) -> list[Item]:
    """Return the drives from each visit to the next, as the engine reckons them; one that does not fit is late."""
    found = []
    for before, after in pairwise(visits):
        seconds = facts.roster.travel.seconds(_place(before, facts), _place(after, facts))
        free = int((after.starts_at - before.ends_at).total_seconds())
        if not seconds or free < 0:
            continue
        late, minutes = seconds > free, seconds // 60
        ends = after.starts_at
        starts = max(before.ends_at, datetime.fromtimestamp(ends.timestamp() - seconds, facts.shop.zone))
        label = f"{minutes} min drive" + (f", {free // 60} min free" if late else "")
        found.append(Item("drive", starts.astimezone(facts.shop.zone), _span(starts, ends, axis), label, str(minutes), late=late))
    return found


def _place(visit: Visit, facts: Facts) -> Place | None:
    if visit.latitude is None or visit.longitude is None:
        return facts.roster.place
    return Place(visit.latitude, visit.longitude)
