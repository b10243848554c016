"""Does what is pressed in the inbox, through the services that own the rows, and says what came of it.

Everything may be pressed twice, by two at once, or on a page that is out of date: what is no more to be done changes nothing and
says how it stands.
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest
from django.utils import translation

from bookings.errors import RefusedError
from bookings.models import Booking, Concern, Lead
from bookings.services import confirmations, lifecycle, messages, rosters
from calendars.services import invitations
from desk import words
from desk.admin import conflicts, lines
from desk.admin.emergencies import who
from desk.inbox import closing, handling, order
from desk.inbox.press import MAY, Said, Thing, Undo
from telephony import alarms, marks
from telephony.models import Emergency, MarkedNumber

Kind = Concern.Kind


def may_act(request: HttpRequest, kind: str) -> bool:
    return request.user.has_perm(MAY[kind])


def do(thing: Thing, step: str) -> Said:
    """Do what was pressed. Raises Http404 for what cannot be pressed at such a thing."""
    if not may_act(thing.request, thing.kind):
        raise PermissionDenied
    found = _STEPS.get((thing.kind, step)) or _ANY.get(step)
    if found is None:
        raise Http404("no such step")
    if thing.is_stale:
        return Said("The visit was given another time meanwhile. Nothing of yours was done.", well=False)
    return found(thing)


# What can be done about anything.


def _mine(thing: Thing) -> Said:
    return _give(thing, thing.user)


def _give_to(thing: Thing) -> Said:
    asked = thing.given("owner")
    if not asked:
        return _give(thing, None)
    among = handling.colleagues([thing.shop.pk])[thing.shop.pk]
    to = next((each for each in [*among, thing.user] if str(each.pk) == asked), None)
    if to is None:
        raise Http404("nobody of this shop")
    return _give(thing, to)


def _give(thing: Thing, to: User | None) -> Said:
    seen = thing.given("had")
    before = int(seen) if seen.isdecimal() and len(seen) < 10 else None
    if not handling.give(thing.shop.pk, thing.kind, thing.key, to.pk if to else None, seen=before, now=thing.now):
        return Said("Somebody else has it by now. Nothing was changed.", well=False)
    undo = Undo("give", {"owner": seen, "had": str(to.pk) if to else ""})
    if to is None:
        return Said("It is nobody's again.", undo=undo)
    return Said("It is yours." if to == thing.user else f"{handling.name(to)} has it now.", undo=undo)


def _note(thing: Thing) -> Said:
    if handling.note(thing.shop.pk, thing.kind, thing.key, thing.given("note"), seen=thing.given("was"), now=thing.now):
        return Said("The note is kept." if thing.given("note").strip() else "The note is gone.")
    return Said(
        "Somebody else wrote a note meanwhile. Yours is still in the field: keep it again to put it in place of theirs.",
        well=False,
    )


def _snooze(thing: Thing) -> Said:
    if not order.can_wait(thing.sort):
        return Said("An emergency cannot be put aside.", well=False)
    zone = thing.shop.zone
    try:
        until = handling.until(thing.given("for"), at=thing.given("at"), zone=zone, now=thing.now)
    except handling.SnoozeError as wrong:
        return Said(f"It was not put aside. {wrong}.", well=False)
    handling.snooze(thing.shop.pk, thing.kind, thing.key, until, now=thing.now)
    return Said(f"Put aside until {words.when(until.astimezone(zone))}.", undo=Undo("wake", {}))


def _wake(thing: Thing) -> Said:
    handling.snooze(thing.shop.pk, thing.kind, thing.key, None, now=thing.now)
    return Said("Back on the list.")


# Emergencies.


def _emergency(thing: Thing) -> Emergency:
    assert isinstance(thing.source, Emergency)
    return thing.source


def _take(thing: Thing) -> Said:
    emergency = _emergency(thing)
    if alarms.acknowledge(emergency.pk, by=who(thing.request), now=thing.now):
        handling.take(thing.shop.pk, thing.kind, thing.key, thing.user.pk, now=thing.now)
        return Said("It is yours: nobody else is told. Call back.")
    emergency.refresh_from_db()
    return Said(f"{emergency.acknowledged_by} has it already.", well=False)


def _safe(thing: Thing) -> Said:
    """The danger is over and the caller was spoken to: what came of it for the office is done, too."""
    emergency = _emergency(thing)
    with transaction.atomic():
        if not closing.end_emergency(emergency, by=who(thing.request), now=thing.now):
            return Said("It was marked as safe already.", well=False)
        thing.is_done()
    return Said("Safe again: this call may book, and nobody else is told.")


# Callers to call back.


def _lead(thing: Thing) -> Lead:
    assert isinstance(thing.source, Lead)
    return thing.source


def _reached(thing: Thing) -> Said:
    if not closing.close_leads([_lead(thing)]):
        return Said("It was done already.", well=False)
    thing.is_done()
    return Said("Called back.", undo=Undo("reopen", {}))


def _no_answer(thing: Thing) -> Said:
    tries = thing.given("tries")
    seen = int(tries) if tries.isdecimal() and len(tries) < 5 else 0
    if not handling.no_answer(thing.shop.pk, thing.kind, thing.key, seen=seen, now=thing.now):
        return Said("That call was counted already.", well=False)
    again = words.clock((thing.now + handling.NO_ANSWER_WAITS).astimezone(thing.shop.zone))
    return Said(f"Nobody answered: it comes back at {again}.", undo=Undo("wake", {}, "Bring it back now"))


def _marked(kind: MarkedNumber.Kind) -> Callable[[Thing], Said]:
    def mark(thing: Thing) -> Said:
        if not thing.request.user.has_perm("telephony.add_markednumber"):
            raise PermissionDenied
        lead = _lead(thing)
        if not marks.mark([lead.phone], kind, shop_id=thing.shop.pk, now=thing.now):
            return Said("This caller withheld their number: nothing can be marked.", well=False)
        thing.is_done()
        shown = words.phone(lead.phone, thing.shop.country)
        return Said(f"{shown} is marked. It is still answered; its calls are off the list.", undo=Undo("unmark", {}))

    return mark


def _unmark(thing: Thing) -> Said:
    if not thing.request.user.has_perm("telephony.add_markednumber"):
        raise PermissionDenied
    marks.unmark([_lead(thing).phone], shop_id=thing.shop.pk, now=thing.now)
    return Said("No longer marked. Its calls are back on the list.")


def _reopen_lead(thing: Thing) -> Said:
    return Said("Back on the list.") if closing.reopen_leads([_lead(thing)]) else Said("It is on the list already.", well=False)


# Concerns.


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
        well, said = conflicts.decided(thing.request, concern, pressed)
        if well and pressed != "wait":
            thing.is_done()
        return Said(said, well=well)

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


# Visits that are late.


def _step(thing: Thing) -> Said:
    booking = thing.source
    assert isinstance(booking, Booking)
    was, asked = booking.status, thing.given("to")
    if asked not in Booking.Status.values:
        raise Http404("no such step")
    to = Booking.Status(asked)
    try:
        lifecycle.walk(booking.pk, to, by=thing.by, now=thing.now)
    except RefusedError as refusal:
        if refusal.code == "taken":
            return Said(f"{booking.reference} was left as it is: its time has been given to somebody else meanwhile.", well=False)
        status = str(refusal.facts.get("status", "gone")).lower()
        return Said(f"{booking.reference} was left as it is: it is {status} by now.", well=False)
    return Said(f"{booking.reference}: {to.label}.", undo=Undo("step", {"to": was}) if was != to else None)


_ANY: dict[str, Callable[[Thing], Said]] = {
    "mine": _mine, "give": _give_to, "note": _note, "snooze": _snooze, "wake": _wake,
}  # fmt: skip
_STEPS: dict[tuple[str, str], Callable[[Thing], Said]] = {
    ("emergency", "take"): _take,
    ("emergency", "over"): _safe,
    ("lead", "reached"): _reached,
    ("lead", "no_answer"): _no_answer,
    ("lead", "spam"): _marked(MarkedNumber.Kind.SPAM),
    ("lead", "vendor"): _marked(MarkedNumber.Kind.VENDOR),
    ("lead", "unmark"): _unmark,
    ("lead", "reopen"): _reopen_lead,
    ("concern", "done"): _done,
    ("concern", "reopen"): _reopen,
    ("concern", "accept"): _decided("accept"),
    ("concern", "restore"): _decided("restore"),
    ("concern", "wait"): _decided("wait"),
    ("concern", "correct"): _correct,
    ("concern", "again"): _again,
    ("concern", "invite"): _invite,
    ("concern", "test"): _test,
    ("late", "step"): _step,
}
