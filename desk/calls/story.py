"""What came of a call: bookings, the caller's place on the list, texts, findings, dangers, what was looked for in vain.

As many statements for a long call as for a short one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, prefetch_related_objects

from bookings.models import Booking, BookingChange, Concern, Lead, OutgoingMessage, Search
from desk import alarm, whynot, words
from desk.calls import past, talk, terms
from desk.people import known
from telephony.models import Call, Emergency, MarkedNumber

_BY_CALLER = (BookingChange.Kind.MOVED, BookingChange.Kind.CANCELLED)


@dataclass(frozen=True, slots=True)
class Made:
    """A booking that the call made, moved or cancelled, as it stands now."""

    booking: Booking
    here: bool  # whether it was made in this call

    @property
    def when(self) -> str:
        zone = self.booking.shop.zone
        starts, ends = (each.astimezone(zone) for each in (self.booking.promised_from, self.booking.promised_to))
        return f"{words.day(starts)}, {words.span(starts, ends)}"

    @property
    def did(self) -> str:
        if self.booking.status == Booking.Status.CANCELLED:
            return "Cancelled"
        return "Booked" if self.here else "Moved"


@dataclass(frozen=True, slots=True)
class Story(terms.InWords):
    talk: talk.Talk
    made: list[Made]
    lead: Lead | None
    concerns: list[Concern]
    dangers: list[tuple[Emergency, str]]
    texts: list[OutgoingMessage]
    mark: MarkedNumber | None
    why_not: list[whynot.Explained]

    @property
    def ended(self) -> str:
        """Why it ended, in Vapi's words."""
        return self.call.ended_reason.replace("-", " ").capitalize()

    @property
    def cost(self) -> str:
        return f"${self.call.cost:.2f}" if self.call.cost is not None else "Not told yet"

    @property
    def recording(self) -> str:
        """Why there is no recording to hear; "" where there is one and the caller knew of it."""
        call = self.call
        if call.recording_removed_at is not None:
            return f"Deleted on {words.when(call.recording_removed_at.astimezone(call.shop.zone))}"
        if call.recording_consent == Call.Consent.DECLINED:
            return "None is kept: the caller asked not to be recorded"
        if not call.recording_url:
            return "No recording is known"
        if call.recording_consent != Call.Consent.GIVEN:
            return "Not played: nothing shows that the caller was told of it"
        return ""

    @property
    def wanted(self) -> list[tuple[str, str]]:
        """What Vapi's analysis says the caller wanted, key by key."""
        return [(_label(name), _plain(value)) for name, value in self.call.wanted.items()]


def read(call: Call, *, now: datetime) -> Story:
    """Return a call's whole story; `call` has its shop and assistant loaded."""
    prefetch_related_objects([call], "rings")
    made = _made(call)
    about = Q(origin=call.origin) | Q(booking__in=[each.booking.pk for each in made], kind=Concern.Kind.TAKEN_BACK)
    concerns = Concern.objects.filter(about, shop=call.shop_id).exclude(kind=Concern.Kind.EMERGENCY).order_by("pk")
    texts = OutgoingMessage.objects.filter(booking__in=[each.booking.pk for each in made]).order_by("pk")
    marked = MarkedNumber.objects.filter(shop=call.shop_id, phone=call.from_number)
    return Story(
        call=call,
        talk=talk.read(call, now=now),
        people=known.at_numbers([(call.shop_id, call.from_number)]).get((call.shop_id, call.from_number), []),
        made=made,
        lead=Lead.objects.filter(shop=call.shop_id, origin=call.origin).select_related("service_type").first(),
        concerns=list(concerns.select_related("booking")),
        dangers=[(each, alarm.stands(each)[1]) for each in call.emergencies.order_by("pk")],
        texts=list(texts),
        mark=marked.first() if call.from_number else None,
        why_not=_why_not(call, made),
    )


def _made(call: Call) -> list[Made]:
    changed = BookingChange.objects.filter(by=call.origin, kind__in=_BY_CALLER).values("booking")
    rows = Booking.objects.filter(Q(origin=call.origin) | Q(pk__in=changed), past.KEPT, shop=call.shop_id)
    rows = rows.select_related("shop", "customer", "property", "service_type").order_by("pk")
    return [Made(row, here=row.origin == call.origin) for row in rows]


def _why_not(call: Call, made: Sequence[Made]) -> list[whynot.Explained]:
    """Return what the caller asked for in vain, in words, once the call has ended without a booking."""
    if call.ended_at is None or any(each.here for each in made):
        return []
    searches = Search.objects.filter(origin=call.origin, shop=call.shop_id).select_related("shop", "service_type")
    return whynot.explain(searches.order_by("at", "pk"))


def _label(name: str) -> str:
    """Return a key of Vapi's analysis in words: callbackWanted, callback_wanted: Callback wanted."""
    apart = "".join(f" {each.lower()}" if each.isupper() else each for each in name.replace("_", " "))
    return apart.strip().capitalize()


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
