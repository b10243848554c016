"""What the rules say to a visit's new place, and the move itself: for who drags, for the keyboard and for the forms.

Decided by bookings.services.dispatching. Every answer is in words, and carries the version that it is about.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.text import capfirst

from bookings import explaining
from bookings.engine.clock import utc
from bookings.engine.roster import Roster
from bookings.engine.rules import Refusal
from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, BookingChange, Visit
from bookings.services import customers, dispatching, rosters
from desk import history, words

# As far back as a person may still put the start of a visit; the service holds the same.
_GRACE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a visit is to go."""

    technician_id: int
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Check:
    """What speaks against a place.

    `verdict`: clear (nothing), overrule (a person may go ahead), overlap (two visits at once: only by overbooking), never.
    `rules` name what was said, so that no more than that is overruled. `promise` is the new window where it changes;
    `tells` says that a text can tell the customer. `where` is the place in words.
    """

    verdict: str
    said: list[str]
    rules: list[str]
    where: str
    promise: str
    tells: bool
    version: int

    def shown(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a move: `done`, with the `version` it led to, or what to say instead.

    `check` is there where a person may decide otherwise, `undo` is the way back.
    """

    done: bool
    said: str
    check: Check | None = None
    changes: Sequence[str] = ()
    undo: dict[str, Any] | None = None
    version: int = 0

    def shown(self) -> dict[str, Any]:
        return {**asdict(self), "changes": list(self.changes)}


def movable(visit: Visit) -> bool:
    """Say whether a person may still give a visit another time; `visit` has its booking loaded."""
    return visit.status == Visit.Status.ACTIVE and visit.booking.status in Booking.OPEN


def check(visit: Visit, place: Place, *, now: datetime) -> Check:
    """Return what the rules say; `visit` has its shop and its booking with customer and service loaded."""
    roster = rosters.of(visit.shop_id, visit.shop.config_version)
    worker = roster.worker(place.technician_id)
    where = _where(roster, place)
    never = None
    if not movable(visit):
        never = f"{visit.booking.reference} is {visit.booking.get_status_display().lower()}: its visit stays as it is"
    elif worker is None:
        never = "Is not active any more: choose somebody else"
    elif place.starts_at < now - _GRACE:
        never = f"{words.when(place.starts_at.astimezone(roster.zone))} is over: choose a time from now on"
    if never is not None:
        return Check("never", [never], [], where, "", False, visit.version)
    found = dispatching.objections(roster, visit, technician_id=place.technician_id, starts_at=place.starts_at, now=now)
    return _check(visit, place, found, roster)


def _check(visit: Visit, place: Place, found: list[Refusal], roster: Roster, *, overlaps: bool = False) -> Check:
    rules = [each.rule for each in found]
    said = [capfirst(explaining.refusal(each, roster)) for each in found]
    if overlaps and dispatching.OVERLAPS not in rules:
        rules.append(dispatching.OVERLAPS)
        said.append("Another visit at the same time")
    verdict = "overlap" if dispatching.OVERLAPS in rules else "overrule" if rules else "clear"
    promise = _new_promise(visit, place)
    tells = bool(promise) and roster.confirm_by_text and _can_be_texted(visit.booking)
    return Check(verdict, said, rules, _where(roster, place), promise, tells, visit.version)


def move(visit: Visit, wish: dispatching.Move, seen: Sequence[str], *, now: datetime) -> Answer:
    """Move a visit as a person wished who was shown the rules in `seen`; whatever else speaks against it is asked first.

    Raises RefusedError `not_found`.
    """
    roster = rosters.of(visit.shop_id, visit.shop.config_version)
    place = Place(wish.technician_id, wish.starts_at)
    before = {"visit": visit.pk, "technician": visit.technician_id, "starts_at": visit.starts_at.isoformat()}
    was, promised = visit.technician, visit.booking.promised_from
    if visit.version == wish.version:
        looked = check(visit, place, now=now)
        if looked.verdict == "never":
            return Answer(False, f"Nothing was moved. {looked.said[0]}.", looked)
        if set(looked.rules) - set(seen):
            return Answer(False, "Nothing was moved yet: the rules speak against it.", looked)
    try:
        moved = dispatching.move(roster, wish, now=now)
    except TryAgainError:
        return Answer(False, "Somebody else is planning this technician's day right now. Nothing was moved; try again.")
    except RefusedError as refusal:
        return _refused(refusal, visit, place, roster, now)
    undo = None
    if was is not None and was.active and not wish.undo:
        undo = {**before, "version": moved.version}
    return Answer(True, _said(moved, place, roster, promised, wish), undo=undo, version=moved.version)


def _refused(refusal: RefusedError, visit: Visit, place: Place, roster: Roster, now: datetime) -> Answer:
    match refusal.code:
        case "refused" | "overlaps":
            found = dispatching.objections(roster, visit, technician_id=place.technician_id, starts_at=place.starts_at, now=now)
            looked = _check(visit, place, found, roster, overlaps=refusal.code == "overlaps")
            return Answer(False, "Nothing was moved yet: the rules speak against it.", looked)
        case "changed":
            return changed(visit, refusal.facts["changes"])
        case "past" | "technician_unknown":
            looked = check(visit, place, now=now)
            return Answer(False, f"Nothing was moved. {looked.said[0]}.", looked)
        case "not_open":
            status = str(refusal.facts["status"]).lower()
            return Answer(
                False, f"Nothing was moved: {visit.booking.reference} is {status} by now, and its visit stays as it is."
            )
        case _:
            raise refusal


def changed(visit: Visit, changes: list[BookingChange]) -> Answer:
    """Tell whoever saw an older version what has happened since."""
    lines = history.lines(changes, history.names_of(visit.shop_id), visit.shop.zone)
    said = (
        f"Somebody changed the visit of {visit.booking.reference} meanwhile. Nothing of yours was done; it is shown as it is now."
    )
    return Answer(False, said, changes=lines)


def _said(moved: Visit, place: Place, roster: Roster, promised: datetime, wish: dispatching.Move) -> str:
    booking = moved.booking
    said = f"{booking.reference} {'is back with' if wish.undo else 'moved to'} {_where(roster, place)}."
    if moved.overbooked:
        said += " Overbooked: two visits at once."
    if booking.promised_from == promised:
        return said
    window = booking.promised_from.astimezone(roster.zone), booking.promised_to.astimezone(roster.zone)
    last = booking.changes.order_by("-at", "-pk").first()
    texted = last is not None and last.detail.get("told") and roster.confirm_by_text and _can_be_texted(booking)
    said += f" The promise is now {words.day(window[0])}, {words.span(*window)}"
    return f"{said}; the customer is texted." if texted else f"{said}: tell the customer."


def _new_promise(visit: Visit, place: Place) -> str:
    """Return the customer's new window: where the start lies outside of the promise, that moves along."""
    booking = visit.booking
    if booking.promised_from <= place.starts_at <= booking.promised_to or not dispatching.carries_promise(visit):
        return ""
    starts = place.starts_at.astimezone(visit.shop.zone)
    ends = utc(int(starts.timestamp()) + booking.service_type.arrival_minutes * 60).astimezone(visit.shop.zone)
    return f"{words.day(starts)}, {words.span(starts, ends)}"


def _can_be_texted(booking: Booking) -> bool:
    return booking.customer is not None and bool(customers.caller_number(booking.customer.phone))


def _where(roster: Roster, place: Place) -> str:
    worker = roster.worker(place.technician_id)
    at = words.when(place.starts_at.astimezone(roster.zone))
    return f"{worker.name}, {at}" if worker is not None else at
