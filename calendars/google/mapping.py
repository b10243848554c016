"""A visit as a Google event, and what a Google event says about a technician's time. Pure: no rows written, no network."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from bookings.models import Visit
from calendars.google import wording

Json = dict[str, Any]
VISIT, BOOKING, COLOUR = "hvacsched_visit", "hvacsched_booking", "hvacsched_colour"
_PLAIN = "none"  # the calendar's own colour
_OURS = ("summary", "description", "location", "start", "end")


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
    if booking.customer is None:
        raise ValueError("what is only held has no event")
    booking.shop = visit.shop
    return {
        "summary": wording.summary(booking),
        "description": wording.description(booking),
        "location": booking.property.address if booking.property else "",
        "start": {"dateTime": visit.starts_at.astimezone(zone).isoformat(), "timeZone": zone.key},
        "end": {"dateTime": visit.ends_at.astimezone(zone).isoformat(), "timeZone": zone.key},
        "extendedProperties": {
            "private": {VISIT: str(visit.public_id), BOOKING: str(booking.public_id), COLOUR: wording.colour(visit) or _PLAIN}
        },
    }


def fresh(visit: Visit, name: str) -> Json:
    """The event as it is made: with reminders and a colour, which are the technician's to change from then on."""
    body = event(visit) | {"id": name}
    body["reminders"] = {
        "useDefault": False,
        "overrides": [{"method": "popup", "minutes": each} for each in wording.reminders(visit)],
    }
    if colour := wording.colour(visit):
        body["colorId"] = colour
    return body


def is_of(found: Json, visit: Visit) -> bool:
    """Say whether a live event is this visit's."""
    return found.get("status") != "cancelled" and _private(found).get(VISIT) == str(visit.public_id)


def says_the_same(found: Json, body: Json) -> bool:
    """Say whether a write would change nothing of ours: neither the place nor the words nor the colour."""
    return words_stand(found, body) and span(found, ZoneInfo("UTC")) == span(body, ZoneInfo("UTC"))


def words_stand(found: Json, body: Json) -> bool:
    """Say whether each field of ours but the times says what it should."""
    return (
        all((found.get(key) or "").strip() == body[key].strip() for key in ("summary", "location"))
        and wording.is_ours(found.get("description") or "", body["description"])
        and _private(body).items() <= _private(found).items()
    )


def merged(found: Json, body: Json) -> Json:
    """Put our fields into what Google has: an update replaces all, and notes, reminders and guests are the technician's.

    So is the colour, once they chose another than the last of ours.
    """
    extended = dict(found.get("extendedProperties") or {})
    extended["private"] = _private(found) | _private(body)
    ours = {key: body[key] for key in _OURS} | {"extendedProperties": extended}
    ours["description"] = wording.with_notes(found.get("description") or "", body["description"])
    whole = found | ours
    before, now = _private(found).get(COLOUR, _PLAIN), _private(body)[COLOUR]
    if before != now and (found.get("colorId") or _PLAIN) == before:
        whole["colorId"] = now
        if now == _PLAIN:
            del whole["colorId"]
    return whole


def visit_named(found: Json) -> str:
    """Return which visit an event says that it is, by the visit's public id; "" for none, and for what is no such id."""
    try:
        return str(UUID(_private(found).get(VISIT, "")))
    except (ValueError, AttributeError, TypeError):
        return ""


def etag(found: Json) -> str:
    """Return what Google calls this state of an event, as mirrors keep it."""
    return str(found.get("etag", ""))[:64]


def guests(found: Json) -> set[str]:
    """Return the addresses of those invited to an event that its owner has declined; empty while they go themselves."""
    people = found.get("attendees") or []
    if not any(each.get("self") and each.get("responseStatus") == "declined" for each in people):
        return set()
    return {str(each.get("email", "")).casefold() for each in people if not each.get("self")}


def span(found: Json, zone: ZoneInfo) -> Stretch:
    """Where an event lies; a whole day from midnight to midnight in the calendar's zone. ValueError if unreadable."""
    try:
        stretch = Stretch(_moment(found["start"], zone), _moment(found["end"], zone))
    except (KeyError, TypeError) as error:
        raise ValueError("an event without a start or an end") from error
    if stretch.ends_at < stretch.starts_at:
        raise ValueError("an event that ends before it starts")
    return stretch


def is_busy(found: Json, *, tentative: bool) -> bool:
    """Say whether an event takes its owner's time; `tentative`: also one that may come to nothing."""
    own = {each.get("responseStatus") for each in found.get("attendees") or () if each.get("self")}
    maybe = found.get("status") == "tentative" or "tentative" in own
    return (
        found.get("status") != "cancelled"
        and found.get("transparency") != "transparent"
        and found.get("eventType") not in ("workingLocation", "birthday")
        and "declined" not in own
        and (tentative or not maybe)
    )


def _moment(node: Json, zone: ZoneInfo) -> datetime:
    if "dateTime" not in node:
        return datetime.combine(date.fromisoformat(node["date"]), time.min, tzinfo=zone)
    moment = datetime.fromisoformat(node["dateTime"])
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=ZoneInfo(node.get("timeZone") or zone.key))


def _private(found: Json) -> dict[str, str]:
    return (found.get("extendedProperties") or {}).get("private") or {}
