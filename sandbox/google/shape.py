"""What becomes of an event's body: a new event, a replaced one, a patched one. Owns the rules about fields.

Takes bodies whose shape the discovery document has already accepted.
"""

import base64
import re
from typing import Any

from sandbox import clock
from sandbox.google import expand, times
from sandbox.google.book import Calendar
from sandbox.google.errors import GoogleError, forbidden, invalid, required

Json = dict[str, Any]

EVENT_ID = re.compile(r"[a-v0-9]{5,1024}")
# Sent by clients that give back what they have read; Google takes no notice of them.
READ_ONLY = {
    "kind", "etag", "htmlLink", "created", "updated", "creator", "organizer", "hangoutLink", "recurringEventId",
    "originalStartTime", "locked", "attendeesOmitted", "endTimeUnspecified", "privateCopy",
}  # fmt: skip
# Kept from one version of an event to the next, whatever a client sends.
LASTING = ("kind", "id", "iCalUID", "htmlLink", "created", "updated", "creator", "organizer", "recurringEventId",
           "originalStartTime", "eventType")  # fmt: skip
DEFAULTS = {"status": "confirmed", "eventType": "default", "reminders": {"useDefault": True}}
EVENT_TYPES = ("default", "birthday", "focusTime", "outOfOffice", "workingLocation")
KEY_LENGTH, VALUE_LENGTH, PROPERTIES, PROPERTIES_BYTES = 44, 1024, 300, 32_768


def new(calendar: Calendar, event_id: str, body: Json, *, account: str, origin: str) -> Json:
    kind = body.get("eventType", "default")
    if kind not in EVENT_TYPES:
        raise invalid(f"Events of the type {kind} cannot be created.", reason="eventTypeRestriction")
    if kind != "default" and calendar.id != calendar.owner:
        raise invalid("Events of this type can be created on primary calendars only.", reason="eventTypeRestriction")
    now = clock.iso_ms(clock.now())
    eid = base64.urlsafe_b64encode(f"{event_id} {calendar.id}".encode()).decode().rstrip("=")
    lasting = {
        "kind": "calendar#event",
        "id": event_id,
        "iCalUID": body.get("iCalUID") or f"{event_id}@google.com",
        "htmlLink": f"{origin}/google/calendar/event?eid={eid}",
        "created": now,
        "creator": _person(account, calendar),
        "organizer": _person(calendar.id, calendar),
        "eventType": kind,
        "sequence": 0,
    }
    return _finish(calendar, lasting, body)


def replaced(calendar: Calendar, old: Json, body: Json) -> Json:
    if "eventType" in body and body["eventType"] != old["eventType"]:
        raise invalid("The event type cannot be changed.", reason="eventTypeRestriction")
    if "iCalUID" in body and body["iCalUID"] != old["iCalUID"]:
        raise invalid("The iCalUID of an event cannot be changed.")
    if "id" in body and body["id"] != old["id"]:
        raise invalid("The id of an event cannot be changed.")
    sequence = old.get("sequence", 0)
    if body.get("sequence", sequence) < sequence:
        raise invalid(
            "Invalid sequence value. The specified sequence number is below the current sequence number of the "
            "resource. Re-fetch the resource and use its sequence number on the following request."
        )
    lasting = {key: old[key] for key in LASTING if key in old} | {"sequence": sequence}
    event = _finish(calendar, lasting, body)
    if any(event.get(key) != old.get(key) for key in ("start", "end", "recurrence", "status")):
        event["sequence"] = sequence + 1
    return event


def patched(calendar: Calendar, old: Json, body: Json) -> Json:
    writable = {key: value for key, value in old.items() if key not in READ_ONLY}
    return replaced(calendar, old, merge(writable, body))


def merge(into: Json, change: Json) -> Json:
    """Objects are merged, everything else replaced, null removes."""
    merged = dict(into)
    for key, value in change.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = merge(merged[key], value)
        else:
            merged[key] = merge({}, value) if isinstance(value, dict) else value
    return merged


def only_reminders_differ(old: Json, new_event: Json) -> bool:
    ignored = {"etag", "updated", "reminders"}
    return {k: v for k, v in old.items() if k not in ignored} == {k: v for k, v in new_event.items() if k not in ignored}


def check_new_id(event_id: str) -> None:
    if not EVENT_ID.fullmatch(event_id):
        raise invalid("Invalid resource id value.")


def check_attendees(body: Json, *, service_account: bool) -> None:
    if body.get("attendees") and service_account:
        raise forbidden(
            "Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.",
            "forbiddenForServiceAccounts",
        )


def _finish(calendar: Calendar, lasting: Json, body: Json) -> Json:
    event = {key: value for key, value in body.items() if key not in READ_ONLY and value is not None}
    event = DEFAULTS | event | lasting
    if event["status"] not in ("confirmed", "tentative", "cancelled"):
        raise invalid("Invalid status value.")
    if event.get("transparency", "opaque") not in ("opaque", "transparent"):
        raise invalid("Invalid transparency value.")
    if event["eventType"] in ("focusTime", "outOfOffice") and event.get("transparency") == "transparent":
        raise invalid("An event of this type must be opaque.", reason="eventTypeRestriction")
    _settle_times(calendar, event)
    if "recurrence" in event:
        if "recurringEventId" in event or not event["recurrence"]:
            del event["recurrence"]
        else:
            _check_series(event, body)
    if "extendedProperties" in event:
        event["extendedProperties"] = _extended(event["extendedProperties"])
    if "attendees" in event:
        event["attendees"] = [_attendee(each, calendar) for each in event["attendees"]]
    if event.get("description") == "":
        del event["description"]
    return event


def _settle_times(calendar: Calendar, event: Json) -> None:
    for what in ("start", "end"):
        if what not in event:
            raise required(f"Missing {what} time.")
        event[what] = times.canonical(event[what], calendar.time_zone, what)
    start, end = event["start"], event["end"]
    if ("date" in start) != ("date" in end):
        raise invalid("Start and end times must either both be date or both be dateTime.")
    if times.length(start, end).total_seconds() < (86_400 if "date" in start else 0):
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")


def _check_series(event: Json, body: Json) -> None:
    if "date" not in event["start"] and "timeZone" not in body["start"]:
        raise required("Missing time zone definition for start time.")
    expand.check(event["recurrence"], event["start"])


def _extended(given: Json) -> Json:
    """Too long a key is dropped and too long a value cut, both without a word; too much of it is an error."""
    count = size = 0
    kept: Json = {}
    for kind, properties in given.items():
        fitting = {key: value[:VALUE_LENGTH] for key, value in properties.items() if len(key) <= KEY_LENGTH}
        count += len(fitting)
        size += sum(len(key.encode()) + len(value.encode()) for key, value in fitting.items())
        if fitting:
            kept[kind] = fitting
    if count > PROPERTIES or size > PROPERTIES_BYTES:
        raise invalid("Too many or too large extended properties.")
    return kept


def _attendee(given: Json, calendar: Calendar) -> Json:
    if "@" not in given.get("email", ""):
        raise invalid("Invalid attendee email.")
    attendee = {"responseStatus": "needsAction"} | {k: v for k, v in given.items() if k not in ("self", "organizer")}
    return attendee | ({"self": True} if given["email"] == calendar.id else {})


def _person(email: str, calendar: Calendar) -> Json:
    return {"email": email} | ({"self": True} if email == calendar.id else {})
