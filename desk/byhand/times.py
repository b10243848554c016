"""The times a form offers, and what speaks against a time of one's own, in words. By the rules a caller meets."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count

from bookings import explaining
from bookings.engine.roster import Roster, Service, Urgency
from bookings.errors import RefusedError
from bookings.models import Booking, Shop
from bookings.services import availability, choosing, dispatching, fees, places
from bookings.services import offers as kept
from bookings.services.asking import Request, Slot, Wish
from bookings.speech import english
from desk import words
from desk.byhand.draft import Draft

_LOOKED_AT = timedelta(days=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Time:
    """A time as a button: `value` is what it sends."""

    value: str
    day: str
    span: str
    fee: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    """`said` is what has to be said of them, as that they are not as asked for; `after` is where the next ones begin."""

    times: list[Time] = field(default_factory=list)
    said: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of a time of one's own. `against` in sentences; `despite` and `overbook`: the boxes to be shown."""

    when: str
    who: str
    against: list[str] = field(default_factory=list)
    despite: bool = False
    overbook: bool = False
    problem: str = ""
    crew: bool = False


def usual(shop: Shop, roster: Roster, *, now: datetime) -> list[Service]:
    """Return what can be booked, the most booked of late first. One statement."""
    of_late = Booking.objects.filter(shop=shop, promised_from__gt=now - _LOOKED_AT, promised_from__lt=now + _LOOKED_AT)
    counts: dict[int, int] = dict(of_late.values_list("service_type").annotate(Count("pk")))
    return sorted(roster.services, key=lambda each: -counts.get(each.id, 0))


def offers(
    roster: Roster, draft: Draft, *, zip_code: str, member: bool, origin: str, now: datetime, keep: bool = False
) -> Offers:
    """Return at most three times. Five statements at most; `keep`s what there is nothing for, in two more and a savepoint."""
    today = now.astimezone(roster.zone).date()
    if draft.day is not None and draft.day < today:
        return Offers(said="That day is over. Choose one from today on.")
    try:
        for wish in _wishes(roster, draft, today, zip_code=zip_code, member=member):
            found = availability.search(roster, wish, now=now, origin=origin)
            if found.as_asked or (draft.after is None):
                break
    except RefusedError as refusal:
        return Offers(said=refused(refusal, roster))
    if keep and draft.after is None and not found.as_asked:
        kept.looked_in_vain(roster, wish, found.slots, origin=origin, now=now, why_not=found.why_not)
    return _shown(roster, draft, found, zip_code=zip_code, member=member)


def _wishes(roster: Roster, draft: Draft, today: date, *, zip_code: str, member: bool) -> list[Wish]:
    """Return what is looked for, one after the other: the rest of the day the last times were on, then the days after it."""
    fixed: dict[str, Any] = {
        "service": draft.service, "part": draft.part or None, "equipment": draft.equipment, "years": draft.years,
        "zip_code": zip_code, "urgency": draft.urgency, "priority": draft.urgency is not Urgency.ROUTINE or member,
    }  # fmt: skip
    if draft.after is None:
        if draft.day is not None:
            return [Wish(on=draft.day, **fixed)]
        return [Wish(on=today, until=today + _LOOKED_AT, **fixed)]
    last = max(draft.after.date(), today)
    later = Wish(on=last, not_before=(draft.after + timedelta(minutes=1)).time(), **fixed)
    return [later, Wish(on=last + _DAY, until=last + _LOOKED_AT, **fixed)]


def _shown(roster: Roster, draft: Draft, found: availability.Found, *, zip_code: str, member: bool) -> Offers:
    said = ""
    if not found.slots:
        return Offers(said="Nothing is free in the two weeks around it. Name a day, a time and a technician below.")
    if not found.as_asked:
        on = words.day(datetime.combine(found.on, time.min, roster.zone))
        part = f" in the {found.part}" if found.part else ""
        said = f"Nothing is free on {on}{part}. The nearest times:"
        if found.closed is not None:
            said = f"The shop is closed on {on}{f' for {found.closed}' if found.closed else ''}. The nearest times:"
    if any(slot.to_confirm for slot in found.slots):
        said = f"{said} A technician's calendar cannot be seen: the customer's text says that it is to be confirmed.".strip()
    times = [shown(roster, draft.service, slot, zip_code=zip_code, member=member) for slot in found.slots]
    return Offers(times, said, found.slots[-1].starts_at.isoformat())


def shown(roster: Roster, service: Service, slot: Slot, *, zip_code: str, member: bool) -> Time:
    """Return a slot as a button, with what the caller has to be told it costs."""
    area = roster.area_of(zip_code[:5]) if zip_code else None
    fee = fees.of(roster, service, starts_at=slot.starts_at, area=area, member=member).in_all
    starts = slot.starts_at
    span = words.span(starts, slot.window_ends_at)
    return Time(starts.isoformat(), words.day(starts), span, english.dollars(fee) if fee else "")


def at(starts: datetime, roster: Roster, service: Service) -> Time:
    """Return the window of a service that begins at a moment as a button."""
    return Time(starts.isoformat(), words.day(starts), words.span(starts, starts + timedelta(minutes=service.arrival_minutes)))


def zip_of(request: Request) -> str:
    """Return the ZIP code in the request's address, else the one that is known of it."""
    return places.zip_in(request.address) or request.zip_code


def verdict(roster: Roster, draft: Draft, request: Request, *, now: datetime, overlaps: bool = False) -> Verdict:
    """Return what speaks against the time of one's own that the form names completely. One statement."""
    assert draft.on is not None
    assert draft.at is not None
    starts = datetime.combine(draft.on, draft.at, roster.zone)
    worker = roster.worker(draft.technician or 0)
    when, who = words.when(starts), worker.name if worker is not None else ""
    try:
        found = choosing.objections(roster, request, now=now)
    except RefusedError as refusal:
        return Verdict(when, who, problem=refused(refusal, roster))
    said = [explaining.refusal(each, roster) for each in found]
    overlap = any(each.rule == dispatching.OVERLAPS for each in found)
    if overlaps and not overlap:
        said.append("another visit at the same time")
    crew = choosing.together(request)
    return Verdict(
        when, who, [each[:1].upper() + each[1:] for each in said],
        despite=any(each.rule != dispatching.OVERLAPS for each in found) and not crew,
        overbook=(overlap or overlaps) and not crew,
        crew=crew,
    )  # fmt: skip


def refused(refusal: RefusedError, roster: Roster) -> str:
    """Return in words what the core refused, and what to do next. Raises it again where the form cannot lead there."""
    match refusal.code:
        case "past":
            return "That time is over. Choose one from now on."
        case "beyond_horizon":
            until = datetime.combine(refusal.facts["until"], time.min, roster.zone)
            return f"Times are offered until {words.day(until)} only. Name a day, a time and a technician below for a later one."
        case "outside_area":
            return (
                f"ZIP code {refusal.facts['zip']} is outside of the service area, so nothing is offered there. "
                "Correct the address, or name a day, a time and a technician below."
            )
        case "technician_unknown":
            return "This technician is not active any more. Choose somebody else."
        case "do_not_service":
            why = refusal.facts["reason"]
            return (
                f"Nothing was booked: this number is marked do not service ({why}). "
                "Tick “Book all the same” if you decide otherwise."
            )
        case "name_missing":
            return "Who is it for? Choose the customer, or type their name."
        case "phone_missing":
            return "Type the whole telephone number, so that the office can call back."
        case _:
            raise refusal
