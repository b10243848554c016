"""What becomes of something that was done to an event in Google: the visit follows it, or the event is put back.

Each decision holds the visit's mirrors and its concern, so that of two who press at once one hears that it is decided; and it
names what its maker saw, so that nothing is decided that was changed again meanwhile. Locks go mirror, concern, then the core's.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from django.db import transaction
from django.db.models import QuerySet

from bookings import explaining
from bookings.errors import RefusedError, TryAgainError
from bookings.models import BusyBlock, Concern, Shop, Visit
from bookings.services import appointments, confirmations, dispatching, jobs, rosters, transactions
from calendars import enqueue
from calendars.models import EventMirror

T = TypeVar("T")
Kind = Concern.Kind
Wanted = EventMirror.Wanted

FOLLOW_FOR = timedelta(minutes=10)  # so long is tried again what should have been followed at once
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Decided:
    """What was done: the visit as it lies now, and whether the customer's window changed."""

    visit: Visit
    window_changed: bool = False
    cancelled: bool = False


def seen(concern: Concern) -> str:
    """Name what a person decides about: what was done in Google, and the visit it was done to, which is loaded."""
    version = concern.visit.version if concern.visit else 0
    return f"{concern.proposed_starts_at} {concern.proposed_ends_at} {concern.proposed_technician_id} {version}"


def follow(concern_id: int, *, now: datetime) -> None:
    """Let the visit follow what its technician did, where the promise allows for it or the shop does; else a person decides.

    Why it could not is added to the concern. Owns its transaction; does nothing where somebody is at it.
    """
    concern = _read().filter(pk=concern_id, status=Concern.Status.OPEN, waiting_since=None).first()
    if concern is None or concern.visit is None or concern.proposed_starts_at is None:
        return
    within = _is_within(concern, concern.visit)
    if not within and concern.shop.technician_moves != Shop.TechnicianMoves.FOLLOW:
        return
    who = concern.technician.name if concern.technician else "technician"
    try:
        accept(concern_id, as_seen=seen(concern), by=f"calendar:{who}"[:80], now=now, by_itself=True)
    except TryAgainError:
        return  # the sweep comes by
    except RefusedError as refusal:
        if refusal.code not in ("decided", "changed"):
            why = f" It cannot follow by itself: {reason(refusal, concern.shop)}."
            Concern.objects.filter(pk=concern_id, text=concern.text).exclude(text__endswith=why).update(text=concern.text + why)
        return
    if within:
        # Nothing that anybody has to know of: the booking's history has it.
        Concern.objects.filter(pk=concern_id).delete()


def accept(concern_id: int, *, as_seen: str, by: str, now: datetime, by_itself: bool = False) -> Decided:
    """Let the visit follow its event: moved, given to the colleague, or the booking cancelled; a changed window is texted.

    `by_itself`: no person looked, so the shop's horizon holds too. Raises RefusedError `decided`, `changed` (also when the event
    was changed again since `as_seen`), `not_found`, and whatever the core refuses: `refused` and `overlaps` (facts: refusals),
    `past`, `beyond_horizon`, `technician_unknown`, `not_open`; TryAgainError where somebody else is at it for too long.
    """
    return _tried(partial(_accept, concern_id, as_seen=as_seen, by=by, now=now, by_itself=by_itself))


def _accept(concern_id: int, *, as_seen: str, by: str, now: datetime, by_itself: bool) -> Decided:
    concern, visit, mirrors = _locked(concern_id, as_seen)
    if concern.kind == Kind.EVENT_DELETED:
        reason_given = "The technician deleted the event in Google"
        booking = appointments.cancel(visit.booking_id, by=by, reason=reason_given, now=now)
        confirmations.queue_in_own_language(booking, rosters.of(visit.shop_id, concern.shop.config_version), now)
        _free(mirrors)
        return Decided(_fresh(visit), cancelled=True)
    if concern.proposed_starts_at is None or concern.proposed_ends_at is None:
        raise RefusedError("not_found")
    roster = rosters.of(visit.shop_id, concern.shop.config_version)
    if by_itself:
        jobs.check_day(roster, concern.proposed_starts_at.astimezone(roster.zone).date(), now)
    before = visit.booking.promised_from
    to = concern.proposed_technician_id or visit.technician_id
    # The event takes the technician's time where it lies: the visit is to take that time itself.
    _forget_busy(mirrors)
    moved = dispatching.move(
        roster,
        dispatching.Move(
            visit_id=visit.pk, version=visit.version, technician_id=to or 0, by=by, tell=True,
            starts_at=concern.proposed_starts_at, ends_at=concern.proposed_ends_at,
        ),
        now=now,
    )  # fmt: skip
    for mirror in mirrors:
        if mirror.connection.technician_id == to and mirror.confirmed == EventMirror.Confirmed.PRESENT:
            mirror.wanted, mirror.pushed_starts_at, mirror.pushed_ends_at = Wanted.PRESENT, moved.starts_at, moved.ends_at
    _free(mirrors)
    _close(concern, now)
    return Decided(moved, window_changed=moved.booking.promised_from != before)


def restore(concern_id: int, *, as_seen: str, now: datetime) -> Decided:
    """Put the event back to where the visit stands; an event that was deleted is made anew.

    Raises RefusedError `decided`, `changed` and `not_found`.
    """
    return _tried(partial(_restore, concern_id, as_seen=as_seen, now=now))


def _restore(concern_id: int, *, as_seen: str, now: datetime) -> Decided:
    concern, visit, mirrors = _locked(concern_id, as_seen)
    _forget_busy(mirrors)
    for mirror in mirrors:
        mirror.pushed_version = 0
    _free(mirrors)
    _close(concern, now)
    return Decided(visit)


def wait(concern_id: int, *, note: str, now: datetime) -> bool:
    """Note that somebody is on it and what they wait for; False where it is decided already."""
    return bool(
        Concern.objects.filter(pk=concern_id, status=Concern.Status.OPEN).update(waiting_since=now, note=note.strip()[:300])
    )


def reason(refusal: RefusedError, shop: Shop) -> str:
    """Say why the core refused, in words for the desk, without a full stop."""
    if refusal.code in ("refused", "overlaps"):
        roster = rosters.of(shop.pk, shop.config_version)
        return "; ".join(explaining.refusal(each, roster) for each in refusal.facts["refusals"])
    return {
        "past": "that time is over",
        "beyond_horizon": "that is further ahead than the shop books",
        "technician_unknown": "the technician is not active any more",
        "not_open": f"the booking is {str(refusal.facts.get('status', 'over')).lower()}",
        "not_found": "there is no such visit",
    }.get(refusal.code, refusal.code)


def _read() -> QuerySet[Concern]:
    return Concern.objects.select_related("shop", "visit__booking", "technician", "proposed_technician")


def _is_within(concern: Concern, visit: Visit) -> bool:
    """Say whether the visit still begins within what the customer was promised, by the same person and for as long."""
    starts, ends, booking = concern.proposed_starts_at, concern.proposed_ends_at, visit.booking
    return (
        starts is not None
        and ends is not None
        and concern.proposed_technician_id in (None, visit.technician_id)
        and ends - starts == visit.ends_at - visit.starts_at
        and booking.promised_from <= starts <= booking.promised_to
        and dispatching.carries_promise(visit)
    )


def _locked(concern_id: int, as_seen: str) -> tuple[Concern, Visit, list[EventMirror]]:
    """Return concern, visit and its mirrors in force, held; raise RefusedError unless they are as they were seen."""
    about = Concern.objects.filter(pk=concern_id).values_list("visit", flat=True).first()
    if about is None:
        raise RefusedError("not_found")
    mirrors = list(
        EventMirror.objects.select_related("connection")
        .defer("connection__refresh_token", "connection__access_token")
        .select_for_update(of=("self",), no_key=True)
        .filter(visit=about, retired=False)
        .order_by("pk")
    )
    concern = _read().select_for_update(of=("self",), no_key=True).filter(pk=concern_id).first()
    if concern is None or concern.status != Concern.Status.OPEN:  # what was followed by itself meanwhile is gone
        raise RefusedError("decided")
    if concern.visit is None or seen(concern) != as_seen:
        raise RefusedError("changed", changes=[])
    return concern, concern.visit, mirrors


def _forget_busy(mirrors: list[EventMirror]) -> None:
    for mirror in mirrors:
        BusyBlock.objects.filter(
            technician=mirror.connection.technician_id, calendar_id=mirror.calendar_id, event_id=mirror.event_id
        ).delete()


def _free(mirrors: list[EventMirror]) -> None:
    """Let the events be written again, and ask for that after the commit."""
    for mirror in mirrors:
        mirror.moved_to, mirror.next_attempt_at = "", None
        mirror.save(
            update_fields=["moved_to", "next_attempt_at", "wanted", "pushed_version", "pushed_starts_at", "pushed_ends_at"]
        )
        transaction.on_commit(partial(enqueue.push, mirror.connection_id), robust=True)


def _close(concern: Concern, now: datetime) -> None:
    Concern.objects.filter(pk=concern.pk, status=Concern.Status.OPEN).update(status=Concern.Status.DONE, closed_at=now)


def _fresh(visit: Visit) -> Visit:
    return Visit.objects.select_related("booking").get(pk=visit.pk)


def _tried(work: Callable[[], T]) -> T:
    """Run in a transaction, anew where somebody was faster."""
    for left in range(_TRIES - 1, -1, -1):
        try:
            with transactions.retryable():
                return work()
        except TryAgainError:
            if left == 0:
                raise
    raise AssertionError("unreachable: at least one try")
