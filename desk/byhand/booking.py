"""Books what a form says, once however often it is sent, and takes it back while its text still waits."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import transaction
from django.utils import translation

from bookings.engine.roster import Roster, Urgency
from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Shop
from bookings.services import appointments, choosing, confirmations, leads, transactions
from bookings.services.asking import Outcome, Request, Slot, State, When
from desk.byhand import draft as drafts
from desk.byhand import times
from desk.byhand.draft import NEW, OWN, Draft
from desk.byhand.people import Found

User = AbstractBaseUser | AnonymousUser
UNDO_FOR = timedelta(seconds=60)
# The text goes out only once the booking cannot be taken back any more.
TEXT_AFTER = UNDO_FOR + timedelta(seconds=15)
_BUSY = "Somebody else is planning just now. Nothing was booked yet; press the time again."


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a form: a booking, `again` if it was there already, or a problem with the next times there are.

    `held` is the time that is held for the form meanwhile, until `held_until`. `overlaps`: another visit was found there.
    """

    booking: Booking | None = None
    again: bool = False
    closed_lead: bool = False
    problem: str = ""
    slots: list[Slot] = field(default_factory=list)
    held: datetime | None = None
    held_until: datetime | None = None
    overlaps: bool = False


def by(user: User) -> str:
    return f"desk:{user.get_username()}"


def origin(user: User, form: str) -> str:
    """Name the form as what makes the booking; one user's never is another's."""
    return f"desk:{user.get_username()[:40]}:{form}"


def request_of(draft: Draft, found: Found, roster: Roster, *, user: User, now: datetime) -> Request:
    """Return what the form asks for; the time that was pressed, or the one of one's own."""
    match = found.match
    taken = drafts.taken(draft, roster)
    own = draft.take == OWN or taken is None
    on, at = (draft.on, draft.at) if own else (taken.date(), taken.time()) if taken else (None, None)
    place = match.place if match is not None else None
    member = match is not None and match.customer.member
    return Request(
        service=draft.service,
        when=When(on or now.astimezone(roster.zone).date(), at),
        technician=draft.technician if own else None,
        customer_name=match.customer.name if match is not None else draft.called if found.chosen == NEW else "",
        customer_phone=match.customer.phone if match is not None else draft.number,
        address=place.address if place is not None else draft.address,
        zip_code=place.zip_code if place is not None else "",
        problem=draft.problem,
        notes=draft.notes,
        urgency=draft.urgency,
        priority=draft.urgency is not Urgency.ROUTINE or member,
        equipment=draft.equipment,
        years=draft.years,
        member=member,
        despite_do_not_service=draft.serve,
        origin=origin(user, draft.form),
        request=draft.form,
        requested_at=now,
        by=by(user),
    )


def carry_out(shop: Shop, roster: Roster, draft: Draft, found: Found, *, user: User, now: datetime) -> Came:
    """Book what the form says, or say why not and what could be had; a repeated form hears of the booking it made."""
    request, match = request_of(draft, found, roster, user=user, now=now), found.match
    made = _made(shop, request.origin)
    if made is not None:
        return Came(made, again=True)
    if draft.take == OWN and not draft.own:
        return Came(problem="Name the day, the time and the technician.")
    if draft.take != OWN and drafts.taken(draft, roster) is None:
        return Came(problem="Choose one of the times.")
    missing = "name_missing" if not request.customer_name else "phone_missing" if not request.customer_phone else ""
    language = match.language if match is not None and match.language in roster.languages else roster.languages[0]
    try:
        with translation.override(language):
            return transactions.run(request.origin, lambda: _work(shop, roster, draft, request, missing, now))
    except TryAgainError:
        return Came(problem=_BUSY)
    except RefusedError as refusal:
        if refusal.code in ("refused", "overlaps"):
            problem = "Nothing was booked yet: the rules speak against this time."
            return Came(problem=problem, overlaps=refusal.code == "overlaps")
        return Came(problem=times.refused(refusal, roster))


def _work(shop: Shop, roster: Roster, draft: Draft, request: Request, missing: str, now: datetime) -> Came:
    made = _made(shop, request.origin)  # looked for again with the form's lock: the same form may have been sent twice
    if made is not None:
        return Came(made, again=True)
    if missing:
        return _hold(roster, draft, request, missing, now)
    if draft.take == OWN:
        told = draft.told == draft.wish
        choice = choosing.Choice(request=request, despite=told and draft.despite, overbook=told and draft.overbook)
        outcome = choosing.book(roster, choice, now=now)
    else:
        outcome = appointments.book(roster, request, now=now)
    if outcome.state is State.TAKEN:
        return _lost(outcome)
    assert outcome.booking is not None
    confirmations.queue_confirmation(outcome.booking, roster, now, wait=TEXT_AFTER)
    closed = draft.lead is not None and leads.served(draft.lead, shop_id=shop.pk)
    return Came(outcome.booking, closed_lead=closed)


def _hold(roster: Roster, draft: Draft, request: Request, missing: str, now: datetime) -> Came:
    """Hold the offered time while the rest of the form is filled; a time of one's own is not held."""
    problem = times.refused(RefusedError(missing), roster)
    if draft.take == OWN:
        return Came(problem=problem)
    outcome = appointments.hold(roster, request, now=now)
    if outcome.state is State.TAKEN:
        return _lost(outcome)
    held = outcome.booking
    assert held is not None
    return Came(problem=problem, held=held.promised_from.astimezone(roster.zone), held_until=held.hold_expires_at)


def _lost(outcome: Outcome) -> Came:
    then = "These are free:" if outcome.slots else "Choose another day, or name a day, a time and a technician."
    return Came(problem=f"That time was taken a moment ago, and nothing was booked. {then}", slots=outcome.slots)


def _made(shop: Shop, origin: str) -> Booking | None:
    """Return what the form has booked; also what was cancelled since."""
    rows = Booking.objects.select_related("customer", "service_type").filter(shop=shop, origin=origin, customer__isnull=False)
    return rows.order_by("pk").first()


def may_take_back(booking: Booking, *, user: User, now: datetime) -> bool:
    """Say whether a booking is this user's own of the last minute."""
    own = booking.origin.startswith(origin(user, ""))
    return own and booking.status == Booking.Status.BOOKED and now - booking.created_at <= UNDO_FOR


def take_back(booking: Booking, *, user: User, lead: int | None, now: datetime) -> bool:
    """Cancel what was booked a moment ago and put its caller back on the list; nobody is written to. Say whether it was done."""
    if not may_take_back(booking, user=user, now=now):
        return False
    try:
        with transaction.atomic():
            appointments.cancel(booking.pk, by=by(user), reason="Taken back at once", now=now, planned_only=True)
            if lead is not None:
                leads.unserved(lead, shop_id=booking.shop_id)
    except RefusedError:
        return False
    return True
