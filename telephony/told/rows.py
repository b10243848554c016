"""What stands in the database for a call: its bookings as it left them, whatever was done with them since."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bookings.engine.roster import Roster
from bookings.models import Booking, BookingChange
from bookings.speech import english
from telephony.models import Call
from telephony.told.times import Window

Kind = BookingChange.Kind
_MADE = (Kind.BOOKED, Kind.MOVED, Kind.CORRECTED, Kind.CANCELLED)
_MOST = 40  # bookings of one number that are looked at


@dataclass(frozen=True, slots=True)
class Row:
    """A booking as the call left it. `touched`: the call made, moved, corrected or cancelled it; others it may have spoken of.

    `windows` are those it had in this call before the last one, `changed_at` is when the call last changed it, by the clock
    of its messages. `window` is what was promised in the end; of a cancelled one, what was given up.
    """

    booking: Booking
    touched: bool
    cancelled: bool
    moved: bool
    changed_at: datetime | None
    window: Window
    windows: tuple[Window, ...] = ()
    asked_about: bool = False  # an answer of this call named it
    unchanged_since: bool = True

    @property
    def visit_cents(self) -> int:
        return round(self.booking.visit_fee * 100)

    @property
    def trip_cents(self) -> int:
        return round(self.booking.trip_fee * 100)

    @property
    def key(self) -> str:
        """Return the letters of the reference, as they are said one by one."""
        return self.booking.reference.replace("-", "")


@dataclass(frozen=True, slots=True)
class Standing:
    """All that stands: the rows, the newest last, and the windows that were only held."""

    rows: tuple[Row, ...] = ()
    held: tuple[Window, ...] = ()
    services: frozenset[int] = field(default_factory=frozenset)


def read(call: Call, answers: Sequence[dict[str, object]], roster: Roster) -> Standing:
    """Return what stands for a call; `answers` are those its tools were given. Three statements."""
    named = _named(answers)
    own = Booking.objects.filter(shop=call.shop_id, origin=call.origin).values("pk")
    moved = BookingChange.objects.filter(by=call.origin, kind__in=[Kind.MOVED, Kind.CANCELLED]).values("booking")
    spoken_of = Booking.objects.filter(shop=call.shop_id, reference__in=named).values("pk")
    found = own.union(moved, spoken_of)
    if call.from_number:
        theirs = Booking.objects.filter(
            shop=call.shop_id, customer__phone=call.from_number, promised_to__gte=call.started_at, created_at__lte=_end(call)
        )
        found = found.union(theirs.values("pk"))
    keys = sorted(pk for (pk,) in found.values_list("pk"))[-_MOST:]
    bookings = Booking.objects.filter(pk__in=keys).select_related("customer", "service_type").order_by("pk")
    changes: dict[int, list[BookingChange]] = {pk: [] for pk in keys}
    for change in BookingChange.objects.filter(booking__in=keys).order_by("pk"):
        changes[change.booking_id].append(change)
    rows, held = [], []
    for booking in bookings:
        if booking.customer is None:
            held.append(_window(booking, booking.promised_from, booking.promised_to, roster))
            continue
        rows.append(_row(booking, changes[booking.pk], call, roster, asked_about=booking.reference in named))
        if any(change.kind == Kind.HELD and change.by == call.origin for change in changes[booking.pk]):
            held.append(rows[-1].window)
    rows.sort(key=lambda row: (row.touched, row.changed_at or row.booking.created_at, row.booking.pk))
    return Standing(tuple(rows), tuple(held), frozenset(row.booking.service_type_id for row in rows))


def _end(call: Call) -> datetime:
    return call.ended_at or call.started_at


def _named(answers: Iterable[dict[str, object]]) -> list[str]:
    """Return the references that answers named."""
    found: list[str] = []
    for answer in answers:
        listed = answer.get("appointments")
        entries = listed if isinstance(listed, list) else []
        found += [str(each.get("reference", "")) for each in (*entries, answer) if isinstance(each, dict)]
    return sorted({each for each in found if each})


def _row(booking: Booking, changes: list[BookingChange], call: Call, roster: Roster, *, asked_about: bool) -> Row:
    """Return the booking after the last change of the call's own; of one it did not touch, as it was when the call ended."""
    mine = [n for n, each in enumerate(changes) if each.by == call.origin and each.kind in _MADE]
    last = mine[-1] if mine else max((n for n, each in enumerate(changes) if each.at <= _end(call)), default=-1)
    windows: dict[int, Window] = {}
    present = _window(booking, booking.promised_from, booking.promised_to, roster)
    for n in range(len(changes) - 1, -1, -1):  # backwards: each move knows what it left
        windows[n] = present
        before = changes[n].detail.get("before") if changes[n].kind == Kind.MOVED else None
        if isinstance(before, dict) and "promised_from" in before:
            ends = datetime.fromisoformat(before["promised_to"])
            present = _window(booking, datetime.fromisoformat(before["promised_from"]), ends, roster)
    window = windows.get(last, present)
    earlier = [windows[n] for n in range(last) if changes[n].kind in (Kind.BOOKED, Kind.MOVED, Kind.HELD)]
    if mine and changes[mine[0]].kind == Kind.MOVED and mine[0] == 0:
        earlier.append(present)
    former = [each for each in [present, *earlier] if each != window]
    final = changes[last] if changes and last >= 0 else None
    return Row(
        booking=booking,
        touched=bool(mine),
        cancelled=final is not None and final.kind == Kind.CANCELLED,
        moved=any(changes[n].kind == Kind.MOVED for n in mine),
        changed_at=final.at if mine and final is not None else None,
        window=window,
        windows=tuple(dict.fromkeys(former)),
        asked_about=asked_about,
        unchanged_since=window == _window(booking, booking.promised_from, booking.promised_to, roster),
    )


def _window(booking: Booking, starts_at: datetime, ends_at: datetime, roster: Roster) -> Window:
    return Window.of(starts_at, ends_at, roster.zone, days=booking.service_type.days)


def name_of(row: Row) -> str:
    """Return whose booking it is, "" where nobody's yet."""
    return row.booking.customer.name if row.booking.customer else ""


def in_words(row: Row) -> str:
    """Return what stands, as the office reads it."""
    booking = row.booking
    who = name_of(row)
    when = english.when(row.window.starts, row.window.ends)
    fees = [
        f"{name} {english.dollars(cents)}"
        for name, cents in (("Visit fee", row.visit_cents), ("Trip fee", row.trip_cents))
        if cents
    ]
    what = f"{booking.service_type.name}, {booking.reference}{f', {who}' if who else ''}"
    return ". ".join([f"{'Cancelled: ' if row.cancelled else ''}{when} ({what})", *fees]) + "."
