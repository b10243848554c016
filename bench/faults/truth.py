"""Compares every tool answer that was heard with the rows: what stood when it was heard, by the bookings' own history.

A change that a request made carries the request's own time, so that it is known which one made it. What an unanswered request
made may or may not have stood yet when the next one was answered: either is true.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bench.faults.heard import STANDING, Heard, Life
from bookings.models import Booking, BookingChange, Concern, Lead, Offer
from telephony.models import Call

Kind = BookingChange.Kind
_MADE = (Kind.HELD, Kind.BOOKED, Kind.MOVED, Kind.CANCELLED)
COMPARED = (Concern.Kind.NOT_BOOKED, Concern.Kind.OTHER_TIME, Concern.Kind.NOT_TOLD, Concern.Kind.FEE_NOT_TOLD)
_WRITES = frozenset({"holdSlot", "bookAppointment", "rescheduleAppointment", "cancelAppointment"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a booking's history: what it was from then on. `asked` is the time of the request that made it, in ms."""

    booking: Booking
    kind: str
    asked: int
    promised_from: datetime


@dataclass(slots=True)
class Rows:
    """What the database has of the calls, by origin."""

    calls: dict[str, Call]  # by either of a call's ids
    lines: dict[str, list[Line]]
    leads: dict[str, list[Lead]]
    offers: dict[str, datetime]
    concerns: dict[str, set[str]]  # what the product's own comparison after the call has found

    @classmethod
    def read(cls) -> "Rows":
        calls = {key: call for call in Call.objects.all() for key in (call.twilio_sid, call.vapi_id) if key}
        lines: defaultdict[str, list[Line]] = defaultdict(list)
        history: defaultdict[int, list[BookingChange]] = defaultdict(list)
        for change in BookingChange.objects.order_by("id"):
            history[change.booking_id].append(change)
        for booking in Booking.objects.filter(origin__startswith="call:").select_related("customer").order_by("pk"):
            lines[booking.origin] += _lines(booking, history[booking.pk])
        leads: defaultdict[str, list[Lead]] = defaultdict(list)
        for lead in Lead.objects.order_by("pk"):
            leads[lead.origin].append(lead)
        concerns: defaultdict[str, set[str]] = defaultdict(set)
        for origin, kind in Concern.objects.filter(kind__in=COMPARED).values_list("origin", "kind"):
            concerns[origin].add(kind)
        return cls(calls, lines, leads, dict(Offer.objects.values_list("slot_id", "starts_at")), concerns)

    def call_of(self, life: Life) -> Call | None:
        return self.calls.get(life.sid) or self.calls.get(life.vapi_id)


def _lines(booking: Booking, changes: Sequence[BookingChange]) -> list[Line]:
    """Return the history with the time that was promised at each line: a move says what it was before."""
    found, promised = [], booking.promised_from
    for change in reversed(changes):
        found.append(Line(booking, change.kind, milliseconds(change.at), promised))
        if change.kind == Kind.MOVED and "before" in change.detail:
            promised = datetime.fromisoformat(change.detail["before"]["promised_from"])
    return found[::-1]


def milliseconds(at: datetime) -> int:
    return round((at - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))


def untrue(life: Life, rows: Rows) -> Iterator[str]:
    """Yield what a caller was told that was not so, by tool."""
    call = rows.call_of(life)
    lines = [line for line in rows.lines.get(call.origin, ()) if line.kind in _MADE or line.kind == Kind.LAPSED] if call else []
    silent = {use.sent for use in life.uses if not use.answered}
    for use in life.uses:
        if not use.answered or use.in_doubt:
            continue
        if call is None:
            if use.state != "not_booked":
                yield f"{use.tool}: {use.state}, and the call was never recorded"
            continue
        sure = [line for line in lines if line.asked <= use.sent and line.asked not in silent]
        perhaps = [line for line in lines if line.asked <= use.sent]
        problems = [_problem(use, seen, rows, call) for seen in (perhaps, sure)]
        if all(problems):
            yield f"{use.tool}: {use.state}, but {problems[0]}"


def _problem(use: Heard, lines: Sequence[Line], rows: Rows, call: Call) -> str:
    """Return what is wrong with an answer if those lines were all that had happened; "" for nothing."""
    by_this = [line for line in lines if line.asked == use.sent and line.kind in _MADE]
    last = {line.booking.pk: line for line in lines}
    standing = {line.booking.reference: line for line in last.values() if line.kind in (Kind.BOOKED, Kind.MOVED)}
    said = use.body
    match use.state:
        case "booked" | "moved":
            line = standing.get(str(said["reference"]))
            if line is None or str(line.booking.public_id) != said["bookingId"]:
                return "no such booking stood"
            if line.promised_from != datetime.fromisoformat(said["scheduledDate"]):
                return "another time was promised"
            if use.state == "moved" and not any(each.kind == Kind.MOVED for each in by_this):
                return "nothing was moved"
        case "cancelled":
            gone = [line for line in last.values() if line.booking.reference == said["cancelledReference"]]
            return "" if gone and gone[0].kind == Kind.CANCELLED else "it was not cancelled"
        case "held":
            starts = datetime.fromisoformat(said["startsAt"])
            held = [line for line in last.values() if line.kind == Kind.HELD and line.promised_from == starts]
            return "" if held else "nothing was held then"
        case "found":
            for each in said["appointments"]:
                line = standing.get(str(each["reference"]))
                if line is None or line.promised_from != datetime.fromisoformat(each["startsAt"]):
                    return "an appointment that did not stand"
        case "not_found":
            return "an appointment stood" if standing else ""
        case "transferring":
            return "" if use.moved else "the call was not moved"
        case _:
            return _claims_nothing(use, by_this, rows, call)
    return ""


def _claims_nothing(use: Heard, by_this: Sequence[Line], rows: Rows, call: Call) -> str:
    if use.tool in _WRITES and by_this:
        return f"this very request had {', '.join(line.kind for line in by_this)}"
    if use.state == "offered":
        for slot in use.body["slots"]:
            if rows.offers.get(slot["slotId"]) != datetime.fromisoformat(slot["startsAt"]):
                return "an offer that was never issued"
    if use.state == "office_will_call" and not rows.leads.get(call.origin):
        return "nobody was asked to call"
    return ""


def untold(life: Life, rows: Rows) -> tuple[list[str], list[str], list[str]]:
    """Return what stands of a call beside what it was told of: lost, doubled, and made by a request that was never answered."""
    call = rows.call_of(life)
    last = {line.booking.pk: line for line in (rows.lines.get(call.origin, ()) if call else ())}
    stand = {line.booking.reference: line for line in last.values() if line.booking.status == Booking.Status.BOOKED}
    told = life.standing
    unclear = {use.sent for use in life.uses if not use.answered or use.in_doubt}
    silent = [line for line in (rows.lines.get(call.origin, ()) if call else ()) if line.asked in unclear and line.kind in _MADE]
    changed_silently = {line.booking.reference for line in silent}
    lost = [f"{reference} was promised and does not stand" for reference in set(told) - set(stand) - changed_silently]
    for reference in set(told) & set(stand):
        if reference not in changed_silently and stand[reference].booking.promised_from != _told_time(told[reference]):
            lost.append(f"{reference} stands at another time than was said last")
    doubled = [f"{len(stand)} bookings of a call that wanted one"] if len(stand) > 1 else []
    doubled += [f"{reference} stands and was never spoken of" for reference in set(stand) - set(told) - changed_silently]
    if call is not None and any(line.booking.status == Booking.Status.HELD for line in last.values()):
        lost.append("a hold outlives its call")
    return lost, doubled, [line.booking.reference for line in silent]


def never_said(life: Life, rows: Rows) -> bool:
    """Say whether a booking stands of which the caller heard nothing at all."""
    call = rows.call_of(life)
    lines = rows.lines.get(call.origin, ()) if call else ()
    said = {str(use.body.get("reference")) for use in life.uses if use.state in STANDING}
    return any(line.booking.status == Booking.Status.BOOKED and line.booking.reference not in said for line in lines)


def _told_time(use: Heard) -> datetime:
    assert use.state in STANDING
    return datetime.fromisoformat(use.body["scheduledDate"])


def changed_something(call: Call, rows: Rows) -> bool:
    """Say whether the call has booked, moved or cancelled anything."""
    return any(line.kind in (Kind.BOOKED, Kind.MOVED, Kind.CANCELLED) for line in rows.lines.get(call.origin, ()))
