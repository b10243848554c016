"""What a person at the desk does with a visit: another time, another technician, against a rule where they say so.

The rules are looked at as for a caller. Those that refuse are told; all but an overlap can be overruled, and an overlap
only by marking the visit `overbooked`. Whoever works on a picture that has changed meanwhile is told what changed.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from bookings import explaining
from bookings.engine.clock import MINUTE, utc
from bookings.engine.day import Block, Job, Taken
from bookings.engine.roster import Role, Roster, Urgency, Worker
from bookings.engine.rules import Refusal, Try, why_not
from bookings.engine.slots import Search
from bookings.errors import RefusedError
from bookings.models import Booking, BookingChange, Concern, Technician, Visit
from bookings.services import concerns, confirmations, confirming, jobs, occupancy, placing, transactions, writing

# What two visits of one technician at once is called; the database refuses it without the mark.
OVERLAPS = "visit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A person's wish for one visit. `version` is the one they saw; `despite` overrules the rules, `overbook` an overlap.

    `ends_at` gives it another length too. `tell`: the customer is sent the new window, where that changes. `undo` takes the
    last move back, promise and all, also to the customer who was sent the other one; where something else happened since, it
    is a move like any other.
    """

    visit_id: int
    version: int
    technician_id: int
    starts_at: datetime
    by: str
    ends_at: datetime | None = None
    tell: bool = False
    despite: bool = False
    overbook: bool = False
    undo: bool = False


def objections(
    roster: Roster, visit: Visit, *, technician_id: int, starts_at: datetime, now: datetime, ends_at: datetime | None = None
) -> list[Refusal]:
    """Return what speaks against giving a visit to a technician at a time, the rule of the day first; [] when nothing does.

    Without `ends_at` it keeps its length. `visit` has its booking loaded. Raises RefusedError `technician_unknown`. One
    statement, for work of a crew two.
    """
    worker = roster.worker(technician_id)
    if worker is None:
        raise RefusedError("technician_unknown")
    length = ends_at - starts_at if ends_at is not None else visit.ends_at - visit.starts_at
    look, on = _look(roster, visit, starts_at, length, now)
    return [*_objections(look, worker, visit, on, int(starts_at.timestamp())), *_apart(roster, visit, starts_at)]


_DRIVES = frozenset({"far", "drive_there", "drive_out", "drive_on", "drive_home"})


def look_at_drives(roster: Roster, booking: Booking, *, now: datetime) -> None:
    """Let somebody look at a booking whose new address cannot be reached in time; the promise stands until they do."""
    for visit in booking.visits.filter(status=Visit.Status.ACTIVE).select_related("technician"):
        if visit.technician_id is None or roster.worker(visit.technician_id) is None:
            continue
        visit.booking = booking
        found = objections(roster, visit, technician_id=visit.technician_id, starts_at=visit.starts_at, now=now)
        drives = [explaining.refusal(each, roster) for each in found if each.rule in _DRIVES]
        if drives:
            concerns.raise_once(
                Concern.Kind.DRIVE,
                f"visit:{visit.pk}",
                f"The address of booking {booking.reference} was corrected, and {visit.technician} cannot be there in time: "
                f"{drives[0]}. Give it to somebody else or move it.",
                shop_id=booking.shop_id, now=now, booking=booking, visit=visit, technician=visit.technician,
            )  # fmt: skip


def carries_promise(visit: Visit) -> bool:
    """Say whether the customer was promised this visit's arrival: it is the first of whoever leads."""
    leads = Visit.objects.filter(booking=visit.booking_id, role=writing.LEAD).exclude(status=Visit.Status.ENDED)
    return leads.order_by("starts_at", "pk").values_list("pk", flat=True).first() == visit.pk


def carrying(booking_ids: Iterable[int]) -> set[int]:
    """Return the visits of these bookings that carry their promise, for many at once; one statement."""
    leads = Visit.objects.filter(booking__in=list(booking_ids), role=writing.LEAD).exclude(status=Visit.Status.ENDED)
    return set(leads.order_by("booking", "starts_at", "pk").distinct("booking").values_list("pk", flat=True))


def _apart(roster: Roster, visit: Visit, starts_at: datetime) -> list[Refusal]:
    """Tell that the others of a crew come at another time than the one the visit is to have."""
    if len(roster.service(visit.booking.service_type_id).roles) < 2 or starts_at == visit.starts_at:
        return []
    others = Visit.objects.filter(booking=visit.booking_id, starts_at=visit.starts_at).exclude(pk=visit.pk)
    there = others.exclude(status=Visit.Status.ENDED).values_list("starts_at", flat=True).first()
    return [Refusal("apart", (int(there.timestamp()),))] if there is not None else []


def _look(roster: Roster, visit: Visit, starts_at: datetime, length: timedelta, now: datetime) -> tuple[Search, date]:
    booking = visit.booking
    on = starts_at.astimezone(roster.zone).date()
    minutes = max(1, round(length.total_seconds() / 60))
    try:
        area = jobs.area_of(roster, booking.zip_code)
    except RefusedError:
        area = None  # outside of the area: the booking stands, a person decided so
    job = jobs.job(
        roster, roster.service(booking.service_type_id), now=now, minutes=minutes, zip_code=booking.zip_code, area=area,
        urgency=Urgency(booking.urgency), priority=True,
    )  # fmt: skip
    # A person may plan for right now.
    job = replace(job, earliest=int(now.timestamp()))
    return Search(job, occupancy.read(roster, on, now=now, without=[visit.pk])), on


def _objections(look: Search, worker: Worker, visit: Visit, on: date, start: int) -> list[Refusal]:
    roles = look.job.service.roles
    return against(look, worker, next((each for each in roles if each.name == visit.role), roles[0]), on, start)


def against(look: Search, worker: Worker, role: Role, on: date, start: int) -> list[Refusal]:
    """Return the rules that speak against a technician's work in a role from an instant on, the rule of the day first."""
    job: Job = look.job
    found = [refusal for refusal in [look.refused_day(on)] if refusal is not None]
    taken: Taken = look.taken
    wanted = Try(job, look.day(on), worker, role, role is job.service.roles[0], start, taken.on(worker.id, on))
    refusal = why_not(wanted)
    found += [refusal] if refusal is not None else []
    # An overlap is told even where another rule refuses first: it is overruled by a mark of its own.
    over = next((each for each in wanted.blocks if each.kind == OVERLAPS and _meet(each, wanted)), None)
    if over is not None and not any(each.rule == OVERLAPS for each in found):
        found.append(Refusal(OVERLAPS, (over.start, over.end)))
    return found


def _meet(block: Block, wanted: Try) -> bool:
    return block.start < wanted.ends and wanted.begins < block.end


def move(roster: Roster, wish: Move, *, now: datetime) -> Visit:
    """Give a visit another time or technician and pin it there. Owns its transaction.

    The promise follows its visit where the new start lies outside of the window. Raises RefusedError `not_found`, `not_open`,
    `technician_unknown`, `changed` (facts: changes, the history since what they saw), `past`, `refused` (facts: refusals)
    unless overruled, `overlaps` unless overbooked, and TryAgainError where somebody else is at it for too long.
    """
    with transactions.booking_transaction(f"visit:{wish.visit_id}"):
        return _move(roster, wish, now)


def _move(roster: Roster, wish: Move, now: datetime) -> Visit:
    visit = _locked(roster, wish, now)
    booking = visit.booking
    if wish.starts_at < now - timedelta(minutes=5):
        raise RefusedError("past", on=wish.starts_at.astimezone(roster.zone).date())
    found = objections(roster, visit, technician_id=wish.technician_id, starts_at=wish.starts_at, now=now, ends_at=wish.ends_at)
    overlaps = [each for each in found if each.rule == OVERLAPS]
    if overlaps and not wish.overbook:
        raise RefusedError("overlaps", refusals=overlaps)
    others = [each for each in found if each.rule != OVERLAPS]
    if others and not wish.despite:
        raise RefusedError("refused", refusals=others)
    before = {
        "promised_from": booking.promised_from.isoformat(),
        "promised_to": booking.promised_to.isoformat(),
        "starts_at": visit.starts_at.isoformat(),
        "technician": visit.technician_id,
    }
    last = _taken_back(booking, wish) if wish.undo else None
    touched = [visit.technician_id, wish.technician_id]
    service = roster.service(booking.service_type_id)
    length = wish.ends_at - wish.starts_at if wish.ends_at is not None else visit.ends_at - visit.starts_at
    if length != visit.ends_at - visit.starts_at:
        before["ends_at"] = visit.ends_at.isoformat()
    start = int(wish.starts_at.timestamp())
    visit.technician_id = wish.technician_id
    visit.starts_at, visit.ends_at = wish.starts_at, wish.starts_at + length
    visit.blocked = DateTimeTZRange(
        utc(start - service.setup_minutes * MINUTE),
        visit.ends_at + timedelta(minutes=service.buffer_minutes),
        "[)",
    )
    visit.overbooked, visit.pinned = bool(overlaps), True
    visit.version += 1
    promised = carries_promise(visit)
    visit.save()
    if promised and not booking.promised_from <= visit.starts_at <= booking.promised_to:
        booking.promised_from = visit.starts_at
        booking.promised_to = visit.starts_at + timedelta(minutes=service.arrival_minutes)
    if last is not None:
        promise = last["before"]["promised_from"], last["before"]["promised_to"]
        booking.promised_from, booking.promised_to = (datetime.fromisoformat(each) for each in promise)
    if "ends_at" in before and not booking.visits.exclude(status=Visit.Status.ENDED).exclude(pk=visit.pk).exists():
        booking.minutes = max(1, round(length.total_seconds() / 60))
    booking.save(update_fields=["promised_from", "promised_to", "minutes", "updated_at"])
    tell = wish.tell or (last is not None and bool(last.get("told")))
    confirms = booking.to_confirm_since is not None
    told = confirms or (tell and booking.promised_from.isoformat() != before["promised_from"])
    if confirms:
        confirming.confirmed(roster, booking, by=wish.by, now=now)
    elif told:
        confirmations.queue_in_own_language(booking, roster, now)
    writing.record(
        booking, BookingChange.Kind.MOVED, at=now, by=wish.by, before=before, technician=wish.technician_id,
        overruled=[[each.rule, *each.facts] for each in found], **({"told": True} if told else {}),
    )  # fmt: skip
    writing.announce(touched, wish.by)
    return visit


def _taken_back(booking: Booking, wish: Move) -> dict[str, Any] | None:
    """Return what the last change did, if that was a move from just where the visit is to go back to."""
    last = booking.changes.order_by("-at", "-pk").first()
    detail: dict[str, Any] = last.detail if last is not None and last.kind == BookingChange.Kind.MOVED else {}
    was = detail.get("before", {}).get("starts_at")
    return detail if was is not None and datetime.fromisoformat(was) == wish.starts_at else None


def settle_overbooked(*, now: datetime) -> int:
    """Take the mark off visits that overlap nothing any more, so that the database guards them again; return how many.

    Each in a transaction of its own, with its technician locked.
    """
    marked = Visit.objects.filter(overbooked=True, status__in=[Visit.Status.HELD, Visit.Status.ACTIVE], ends_at__gt=now)
    settled = 0
    for pk, technician_id in list(marked.filter(technician__isnull=False).order_by("pk").values_list("pk", "technician")[:500]):
        with transaction.atomic():
            list(Technician.objects.select_for_update(no_key=True).filter(pk=technician_id))
            visit = marked.filter(pk=pk, technician=technician_id).first()
            if visit is None or _overlaps(visit):
                continue
            visit.overbooked = False
            visit.version += 1
            visit.save(update_fields=["overbooked", "version"])
            writing.announce([technician_id], "clock")
            settled += 1
    return settled


def _overlaps(visit: Visit) -> bool:
    others = Visit.objects.filter(technician=visit.technician_id, status__in=[Visit.Status.HELD, Visit.Status.ACTIVE])
    return others.filter(blocked__overlap=visit.blocked).exclude(pk=visit.pk).exists()


def _locked(roster: Roster, wish: Move, now: datetime) -> Visit:
    """Return the visit with its booking as the person saw them; raise RefusedError where they are not.

    Locked in the order that holds everywhere: booking, technicians (the present one and the new one), visit.
    """
    seen = Visit.objects.filter(pk=wish.visit_id, shop=roster.shop_id).values("booking", "technician").first()
    if seen is None:
        raise RefusedError("not_found")
    if roster.worker(wish.technician_id) is None:
        raise RefusedError("technician_unknown")
    booking = Booking.objects.select_for_update(no_key=True).get(pk=seen["booking"])
    both = {wish.technician_id, seen["technician"]} - {None}
    list(Technician.objects.select_for_update(no_key=True).filter(pk__in=both).order_by("pk"))
    placing.lock([wish.technician_id], now=now, keep=[wish.visit_id])
    visit = Visit.objects.select_for_update(no_key=True).get(pk=wish.visit_id)
    visit.booking = booking
    if visit.version != wish.version:
        newer = max(0, visit.version - wish.version)
        raise RefusedError("changed", changes=list(booking.changes.order_by("-at", "-pk")[:newer]))
    if booking.status not in Booking.OPEN or visit.status == Visit.Status.ENDED:
        raise RefusedError("not_open", status=booking.get_status_display())
    return visit
