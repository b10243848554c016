"""Does what is pressed at a concern in the inbox, through the services that own the rows."""

from collections.abc import Callable

from django.db import transaction
from django.http import Http404
from django.utils import translation

from bookings.errors import RefusedError, TryAgainError
from bookings.models import Booking, Concern
from bookings.services import appointments, confirmations, messages, rosters
from calendars.services import invitations
from desk.admin import conflicts, lines
from desk.inbox import closing
from desk.inbox.press import Said, Thing, Undo

Kind = Concern.Kind


def _concern(thing: Thing, *kinds: Concern.Kind) -> Concern:
    assert isinstance(thing.source, Concern)
    if kinds and thing.source.kind not in kinds:
        raise Http404("no such step")
    return thing.source


def _done(thing: Thing) -> Said:
    concern = _concern(thing)
    if conflicts.undecided(Concern.objects.filter(pk=concern.pk)):
        return Said("This waits for a decision: accept it, or put the event back.", well=False)
    if not closing.close_concerns([concern], now=thing.now):
        return Said("It was done already.", well=False)
    thing.is_done()
    return Said("Done.", undo=Undo("reopen", {}))


def _reopen(thing: Thing) -> Said:
    return Said("Open again.") if closing.reopen_concerns([_concern(thing)]) else Said("The same is open already.", well=False)


def _decided(pressed: str) -> Callable[[Thing], Said]:
    def decide(thing: Thing) -> Said:
        concern = conflicts.in_full(Concern.objects.filter(pk=_concern(thing, *Concern.CALENDAR).pk)).get()
        came = conflicts.decided(thing.request, concern, pressed)
        if came.well and pressed in ("accept", "restore"):
            thing.is_done()
        return Said(came.said, well=came.well, undo=Undo("take_back", came.back) if came.back else None)

    return decide


def _correct(thing: Thing) -> Said:
    """Write to the customer what stands, where that is not what they were told."""
    concern = _concern(thing, Kind.OTHER_TIME, Kind.NOT_TOLD, Kind.FEE_NOT_TOLD)
    booking = concern.booking
    if booking is None or concern.status != Concern.Status.OPEN:
        return Said("Nothing was sent: this is done already.", well=False)
    roster = rosters.of(thing.shop.pk, thing.shop.config_version)
    with transaction.atomic(), translation.override(booking.language):
        queued = confirmations.queue_correction(booking, roster, thing.now)
    if not queued:
        return Said("Nothing was sent: the booking is over, or its number cannot receive texts. Call them.", well=False)
    closing.close_concerns([concern], now=thing.now)
    thing.is_done()
    return Said("The customer is texted what stands.", undo=Undo("reopen", {}, "Keep it on the list all the same"))


def _again(thing: Thing) -> Said:
    concern = _concern(thing, Kind.MESSAGE_FAILED)
    digits = concern.key.partition(":")[2]
    if not digits.isdecimal():
        raise Http404("no such step")
    with transaction.atomic():
        if not messages.try_again(int(digits), now=thing.now):
            return Said("It was tried again already, or is no longer kept.", well=False)
        closing.close_concerns([concern], now=thing.now)
        thing.is_done()
    return Said("The text is sent once more. Should it fail again, it comes back here.")


def _invite(thing: Thing) -> Said:
    technician = _concern(thing, Kind.CALENDAR_BROKEN, Kind.CALENDAR_STALE).technician
    if technician is None:
        raise Http404("no such step")
    invitations.invite(technician, by=thing.request.user.get_username(), now=thing.now)
    if technician.phone:
        return Said(f"{technician.name} is texted a link to connect the calendar. This goes by itself once it is connected.")
    return Said(f"A link was made: copy it on {technician.name}'s calendar page and send it, for no number is known.")


def _test(thing: Thing) -> Said:
    _concern(thing, Kind.LINE_BROKEN)
    lines.begin(thing.shop)
    return Said("The line is being tested; it takes up to two minutes. If it works, this goes by itself.")


def _address(thing: Thing) -> Said:
    """Put the address that somebody was told into the booking."""
    concern = _concern(thing, Kind.ADDRESS)
    if concern.booking is None:
        raise Http404("no such step")
    if concern.status != Concern.Status.OPEN and concern.booking.status in Booking.OPEN:  # of any other it is said why
        return Said("Nothing was changed: this is done already.", well=False)
    roster = rosters.of(thing.shop.pk, thing.shop.config_version)
    try:
        booking = appointments.correct_address(roster, concern.booking.pk, thing.given("address"), by=thing.by, now=thing.now)
    except TryAgainError:
        return Said("This customer is just being merged with another. Nothing was changed; press again.", well=False)
    except RefusedError as refusal:
        if refusal.code == "empty":
            return Said("Type the address, as it stands on an envelope.", well=False)
        if refusal.code == "not_open":
            return Said(f"Nothing was changed: the booking is {str(refusal.facts['status']).lower()} by now.", well=False)
        raise Http404(refusal.code) from refusal
    again = Concern.objects.filter(shop=thing.shop, kind=Kind.ADDRESS, booking=booking, status=Concern.Status.OPEN)
    if again.exists():
        said = f"The address of {booking.reference} is kept, but its ZIP code is unknown or far away: check it."
        return Said(said, well=False)
    thing.is_done()
    said = f"{booking.reference} goes to {booking.property}. The technicians' calendars follow by themselves."
    if roster.areas and roster.area_of(booking.zip_code[:5]) is None:
        said += " It lies outside of the service area."
    return Said(said)


STEPS: dict[str, Callable[[Thing], Said]] = {
    "done": _done, "reopen": _reopen, "accept": _decided("accept"), "restore": _decided("restore"), "wait": _decided("wait"),
    "take_back": _decided("take_back"), "correct": _correct, "again": _again, "invite": _invite, "test": _test,
    "address": _address,
}  # fmt: skip
