"""Does what is pressed in the inbox, through the services that own the rows, and says what came of it.

Everything may be pressed twice, by two at once, or on a page that is out of date: what is no more to be done changes nothing and
says how it stands.
"""

from collections.abc import Callable

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest

from bookings.errors import RefusedError
from bookings.models import Booking, Concern, Lead
from bookings.services import lifecycle
from desk import actors, words
from desk.admin.emergencies import who
from desk.inbox import closing, concerns, handling, order
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
    return Said("It is yours." if to == thing.user else f"{actors.called(to)} has it now.", undo=undo)


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
    ("late", "step"): _step,
    **{("concern", step): carry_out for step, carry_out in concerns.STEPS.items()},
}
