"""What there is to see: the demo's shop after some calls, with two on the line, changes in Google, and a customer known well.

All of it comes about as in the product's life: callers over HTTP, technicians in Google, the office through the services.
Needs Django's settings.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from bench.screenshots.telephone import Telephone
from bench.stack import Stack, wait_for_calendars
from bench.timed import Desk
from bookings.models import Concern, Customer, Equipment, OutgoingMessage, Property, Search, Shop, Unit, Visit
from bookings.services import customers, upkeep
from calendars.models import EventMirror
from calendars.services import pull
from hvacsched import demo_shop
from hvacsched.simulate import changes, mirror, talk
from hvacsched.simulate.people import Person, Wish
from telephony.models import Call, Danger, SafetyScript
from telephony.safety import scripts

PATIENCE = 90.0
BY = "desk:dispatcher"
BEFORE = ("message", "vapi_down", "asks_only", "holds")
_SEEDED = {each.name: Person(each.name, each.number, each.address) for each in demo_shop.CUSTOMERS}
HELEN, GRACE, PETER = _SEEDED["Helen Brandt"], _SEEDED["Grace Kim"], _SEEDED["Peter Novak"]
AISHA, SOFIA = _SEEDED["Aisha Karim"], _SEEDED["Sofia Lind"]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the pages are about; `number` is that of who is booked by hand, `reset` the address in a mail about a password."""

    day: date
    visit: int
    call: int
    customer: int
    number: str
    pair: tuple[int, int]
    conflict: int
    search: int
    script: int
    reset: str


def play(stack: Stack, phone: Telephone) -> Scene:
    """Let the day happen."""
    shop = Shop.objects.get()
    wait_for_calendars()
    customer, pair = _known_well(shop), _twice(shop)
    scripts.complete([shop.pk])
    for scenario in BEFORE:
        phone.plays(scenario)
    cold = Wish("repair", "The furnace runs, but it blows cold air.", "afternoon")
    booked = phone.plays("books", phone.caller(HELEN, cold))
    changed = phone.plays("changes_mind", phone.caller(paced=True))
    _until("calendars and texts are up to date", lambda: _quiet(shop))
    visit = Visit.objects.get(booking__reference=next(iter(booked.record.at_last)))
    conflict = _changed_in_google(stack, shop)
    _on_the_line(phone)
    return Scene(
        day=visit.starts_at.astimezone(shop.zone).date(), visit=visit.pk,
        call=Call.objects.get(twilio_sid=changed.record.sid).pk, customer=customer.pk,
        number=PETER.number, pair=pair, conflict=conflict, search=Search.objects.earliest("at", "pk").pk,
        script=SafetyScript.objects.get(shop=shop, danger=Danger.GAS).pk, reset=_reset(),
    )  # fmt: skip


def _known_well(shop: Shop) -> Customer:
    """Write down what an office comes to know of a customer."""
    now = timezone.now()
    who = Customer.objects.get(shop=shop, phone=HELEN.number)
    place = Property.objects.get(customer=who)
    upkeep.set_tags(who.pk, shop_id=shop.pk, tags=["gate code", "has a dog"], by=BY, now=now)
    warranty = now.date() + timedelta(days=4 * 365)
    for kind, brand, model, year, fuel, until in (
        (Equipment.FURNACE, "Carrier", "59SC5", now.year - 14, Unit.Fuel.GAS, None),
        (Equipment.AIR_CONDITIONER, "Trane", "XR14", now.year - 6, Unit.Fuel.ELECTRIC, warranty),
    ):
        unit = {
            "property": place, "kind": kind, "brand": brand, "model": model, "installed_year": year, "fuel": fuel,
            "warranty_until": until, "note": "",
        }  # fmt: skip
        upkeep.save_unit(who.pk, None, shop_id=shop.pk, fields=unit, by=BY, now=now)
    said = "The front door sticks: ring at the side entrance. Prefers mornings."
    upkeep.add_note(who.pk, shop_id=shop.pk, text=said, by=BY, now=now)
    return who


def _twice(shop: Shop) -> tuple[int, int]:
    """Have a customer known a second time, by another number; return both."""
    again = customers.customer(shop_id=shop.pk, name="P. Novak", phone="+12125550231")
    customers.place(whose=again, address=PETER.address)
    return Customer.objects.get(shop=shop, phone=PETER.number).pk, again.pk


def _changed_in_google(stack: Stack, shop: Shop) -> int:
    """Have a visit dragged out of its promise and another one deleted; return the concern about the first."""
    google = Desk(stack)
    written = EventMirror.objects.filter(shop=shop, confirmed=EventMirror.Confirmed.PRESENT).select_related("visit")
    seeded = written.filter(visit__booking__origin__startswith="seed:")
    dragged, deleted = (seeded.get(visit__booking__customer__phone=each.number) for each in (AISHA, SOFIA))
    starts, ends = (at + timedelta(hours=5) for at in (dragged.visit.starts_at, dragged.visit.ends_at))
    times = {"start": {"dateTime": starts.isoformat()}, "end": {"dateTime": ends.isoformat()}}
    google.write(dragged.calendar_id, {"id": dragged.event_id, **times})
    google.delete(deleted.calendar_id, deleted.event_id)
    for connection in {dragged.connection_id, deleted.connection_id}:
        pull.read_connection(connection, clock=timezone.now)
    seen = Concern.objects.filter(kind__in=Concern.CALENDAR, visit__in=[dragged.visit_id, deleted.visit_id])
    _until("what was done in Google is known", lambda: seen.count() == 2)
    return seen.get(visit=dragged.visit_id).pk


def _on_the_line(phone: Telephone) -> None:
    """Leave two calls on the line: a customer for whom a time is held, and somebody who thinks about the times they heard."""
    call = phone.caller(GRACE, Wish("maintenance", "It's time for the yearly checkup.", "morning"))
    call.reach_assistant()
    if offer := talk.ask(call, call.day, zip=call.person.zip_code):
        changes.hold(call, offer)
    call = phone.caller()
    call.reach_assistant()
    talk.ask(call, call.day)
    call.says("Hmm, let me look at my calendar.")


def _reset() -> str:
    """Return the address of the page to choose a new password, as the mail has it."""
    user = User.objects.get(username="dispatcher")
    uid, token = urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)
    return reverse("account-choose", args=[uid, token])


def _quiet(shop: Shop) -> bool:
    texts = OutgoingMessage.objects.filter(shop=shop, status__in=["queued", "sending"])
    return not mirror.waiting(shop, now=timezone.now()).all and not texts.exists()


def _until(what: str, holds: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > give_up:
            raise TimeoutError(f"not so after {PATIENCE:.0f} s: {what}")
        time.sleep(0.1)
