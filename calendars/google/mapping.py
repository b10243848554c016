"""A visit as a Google event, and what a Google event says about a technician's time. Pure: no rows written, no network."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bookings.models import Booking, Visit
from bookings.speech import english

Json = dict[str, Any]
VISIT, BOOKING = "hvacsched_visit", "hvacsched_booking"
_OURS = ("summary", "description", "location", "start", "end", "extendedProperties")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time from and until, aware."""

    starts_at: datetime
    ends_at: datetime

    def __str__(self) -> str:
        return f"{self.starts_at.isoformat()}/{self.ends_at.isoformat()}"


def event_id(visit: UUID, calendar_id: str, generation: int) -> str:
    """The same id whoever asks and however often, so that a second insert is refused; hex is legal at Google."""
    return hashlib.sha256(f"{visit}:{calendar_id}:{generation}".encode()).hexdigest()


def event(visit: Visit) -> Json:
    """The event of a visit whose booking, customer, property, service and shop are loaded."""
    booking, zone = visit.booking, visit.shop.zone
    who = booking.customer
    if who is None:
        raise ValueError("what is only held has no event")
    window = f"{_spoken(booking.promised_from, zone)} to {booking.promised_to.astimezone(zone):%-I:%M %p}"
    lines = [
        f"Booking {booking.reference}",
        f"Customer: {who.name}, {who.phone}",
        f"Address: {booking.property.address}" if booking.property else "Address: not known yet, ask the office",
        f"Promised arrival: {window}",
        _fees(booking),
        f"Problem: {booking.problem}" if booking.problem else "",
        f"Notes: {booking.notes}" if booking.notes else "",
    ]
    body: Json = {
        "summary": f"HVAC {booking.service_type.name} - {who.name}",
        "description": "\n".join(line for line in lines if line),
        "start": {"dateTime": visit.starts_at.astimezone(zone).isoformat(), "timeZone": zone.key},
        "end": {"dateTime": visit.ends_at.astimezone(zone).isoformat(), "timeZone": zone.key},
        "extendedProperties": {"private": {VISIT: str(visit.public_id), BOOKING: str(booking.public_id)}},
    }
    body["location"] = booking.property.address if booking.property else ""
    return body


def _fees(booking: Booking) -> str:
    """What the technician may collect for coming, and whether the customer knows of it."""
    visit, trip = (round(each * 100) for each in (booking.visit_fee, booking.trip_fee))
    if not visit and not trip:
        return ""
    told = "Fee told" if booking.fee_told_at is not None else "Fee not told yet"
    parts = f" ({english.dollars(visit)} visit, {english.dollars(trip)} trip)" if visit and trip else ""
    return f"{told}: {english.dollars(visit + trip)}{parts}"


def is_of(found: Json, visit: Visit) -> bool:
    """Say whether a live event is this visit's."""
    return found.get("status") != "cancelled" and _private(found).get(VISIT) == str(visit.public_id)


def says_the_same(found: Json, body: Json) -> bool:
    """Say whether a write would change nothing of ours."""
    return (
        all((found.get(key) or "").strip() == body[key].strip() for key in ("summary", "description", "location"))
        and span(found, ZoneInfo("UTC")) == span(body, ZoneInfo("UTC"))
        and _private(body).items() <= _private(found).items()
    )


def merged(found: Json, body: Json) -> Json:
    """Put our fields into what Google has: an update replaces all, and colours or reminders are the technician's."""
    extended = dict(found.get("extendedProperties") or {})
    extended["private"] = _private(found) | _private(body)
    return found | {key: body[key] for key in _OURS} | {"extendedProperties": extended}


def span(found: Json, zone: ZoneInfo) -> Stretch:
    """Where an event lies; a whole day from midnight to midnight in the calendar's zone. ValueError if unreadable."""
    try:
        stretch = Stretch(_moment(found["start"], zone), _moment(found["end"], zone))
    except (KeyError, TypeError) as error:
        raise ValueError("an event without a start or an end") from error
    if stretch.ends_at < stretch.starts_at:
        raise ValueError("an event that ends before it starts")
    return stretch


def is_busy(found: Json) -> bool:
    """Say whether an event takes its owner's time."""
    return (
        found.get("status") != "cancelled"
        and found.get("transparency") != "transparent"
        and found.get("eventType") not in ("workingLocation", "birthday")
        and not any(each.get("self") and each.get("responseStatus") == "declined" for each in found.get("attendees") or ())
    )


def _moment(node: Json, zone: ZoneInfo) -> datetime:
    if "dateTime" not in node:
        return datetime.combine(date.fromisoformat(node["date"]), time.min, tzinfo=zone)
    moment = datetime.fromisoformat(node["dateTime"])
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(node.get("timeZone") or zone.key))


def _private(found: Json) -> dict[str, str]:
    return (found.get("extendedProperties") or {}).get("private") or {}


def _spoken(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %b %-d, %-I:%M %p}"
