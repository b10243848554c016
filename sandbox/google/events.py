"""The methods on single events: insert, get, update, patch, delete, instances. Times are shown in the zone asked for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiohttp import web

from sandbox.google import shape, times
from sandbox.google.book import Calendar, Record
from sandbox.google.call import Call
from sandbox.google.errors import GoogleError, forbidden, invalid, not_found

Json = dict[str, Any]
FREE_BUSY_ONLY = ("kind", "id", "etag", "status", "start", "end", "recurringEventId", "originalStartTime", "eventType",
                  "transparency")  # fmt: skip


def shown(event: Json, calendar: Calendar, *, zone_name: str | None = None, role: str = "owner") -> Json:
    if role == "freeBusyReader" or (event.get("visibility") == "private" and role == "reader"):
        event = {key: event[key] for key in FREE_BUSY_ONLY if key in event} | {"visibility": "private"}
    zone = times.zone(zone_name or calendar.time_zone)
    seen = {key: times.shown(event[key], zone) for key in ("start", "end", "originalStartTime") if key in event}
    return event | seen


def tombstone(event: Json, calendar: Calendar) -> Json:
    """What Google guarantees of a deleted event, and no more."""
    kept = ("kind", "id", "etag", "status", "recurringEventId", "originalStartTime")
    bare = {key: event[key] for key in kept if key in event}
    if "originalStartTime" in bare:
        bare["originalStartTime"] = times.shown(bare["originalStartTime"], calendar.zone)
    return bare


def insert(call: Call) -> web.Response:
    calendar = call.calendar("writer")
    if "id" in call.body and "iCalUID" in call.body:
        raise invalid("Only one of id and iCalUID may be given when an event is created.")
    event_id = call.body.get("id") or uuid4().hex
    shape.check_new_id(event_id)
    if calendar.get(event_id) is not None:  # a deleted one, too: ids stay taken
        raise GoogleError(409, "duplicate", "The requested identifier already exists.")
    shape.check_attendees(call.body, service_account=call.access.is_undelegated_service_account)
    event = shape.new(calendar, event_id, call.body, account=call.account, origin=call.origin)
    return _answer(call, calendar, call.world.google.book.put(calendar, event).event)


def get(call: Call) -> web.Response:
    calendar = call.calendar("freeBusyReader")
    event = _known(calendar, call.event_id)
    if call.request.headers.get("If-None-Match") in (event["etag"], "*"):
        return web.Response(status=304, headers={"ETag": event["etag"]})
    return _answer(call, calendar, event)


def update(call: Call) -> web.Response:
    return _change(call, shape.replaced)


def patch(call: Call) -> web.Response:
    return _change(call, shape.patched)


def delete(call: Call) -> web.Response:
    calendar = call.calendar("writer")
    event = _known(calendar, call.event_id)
    if event["status"] == "cancelled":
        raise GoogleError(410, "deleted", "Resource has been deleted")
    _check_if_match(call, event)
    call.world.google.book.put(calendar, event | {"status": "cancelled"})
    return web.Response(status=204)


def instances(call: Call) -> web.Response:
    calendar = call.calendar("freeBusyReader")
    record = calendar.get(call.event_id)
    if record is None:
        raise not_found()
    query, zone = call.params, calendar.zone
    found = []
    for event in series(calendar, record):
        live = event["status"] != "cancelled"
        if not live and not query.get("showDeleted"):
            continue
        if "timeMin" in query and times.moment(event["end"], zone) <= query["timeMin"]:
            continue
        if "timeMax" in query and times.moment(event["start"], zone) >= query["timeMax"]:
            continue
        if query.get("originalStart") not in (None, *event["originalStartTime"].values()):
            continue
        found.append(event)
    page = query.get("pageToken", "0")
    if not page.isdecimal():
        raise invalid("Invalid page token value.", location="pageToken")
    begin = int(page)
    end = begin + min(query.get("maxResults", 250), 2500)
    items = [shown(each, calendar, zone_name=query.get("timeZone"), role=call.role) for each in found[begin:end]]
    more = {"nextPageToken": str(end)} if end < len(found) else {}
    return web.json_response(
        {"kind": "calendar#events", "summary": calendar.summary, "timeZone": calendar.time_zone}
        | {"accessRole": call.role, "defaultReminders": [], "items": items}
        | more
    )


def series(calendar: Calendar, record: Record) -> list[Json]:
    """A series' instances with its exceptions in their places (exceptions are events of their own, too)."""
    if not record.is_series or not record.live:
        return []
    changed = calendar.exceptions_of(record.event["id"])
    found = []
    for event in record.instances():
        exception = calendar.get(event["id"]) if event["id"] in changed else None
        found.append(event if exception is None else exception.event)
    return found


def write_as_owner(calendar: Calendar, body: Json, *, origin: str) -> Json:
    """Create or change an event in Google's own app: by its id, fields merged, deleted ones brought back.

    A start without an end keeps the event's length, as dragging does; a new event then lasts an hour.
    """
    event_id = body.get("id") or uuid4().hex
    existing = calendar.get(event_id)
    old = existing.event if existing is not None else calendar.instance(event_id)
    if "start" in body and "end" not in body:
        start = times.canonical(shape.merge(old["start"] if old else {}, body["start"]), calendar.time_zone, "start")
        lasts = timedelta(days=1) if "date" in start else timedelta(hours=1)
        if old is not None and ("date" in old["start"]) == ("date" in start):
            lasts = times.length(old["start"], old["end"])
        end = times.later(start, lasts)
        body = body | {"end": {key: end.get(key) for key in ("date", "dateTime", "timeZone")}}
    if old is None:
        shape.check_new_id(event_id)
        return shape.new(calendar, event_id, shape.merge({}, body), account=calendar.owner, origin=origin)
    revived = {"status": "confirmed"} if old["status"] == "cancelled" else {}
    return shape.patched(calendar, old, revived | body)


def _change(call: Call, make: Callable[[Calendar, Json, Json], Json]) -> web.Response:
    calendar = call.calendar("writer")
    old = _known(calendar, call.event_id)
    if old["status"] == "cancelled":
        raise forbidden()
    if old.get("locked"):
        raise forbidden("A locked event cannot be changed.")
    _check_if_match(call, old)
    shape.check_attendees(call.body, service_account=call.access.is_undelegated_service_account)
    event = make(calendar, old, call.body)
    touch = not shape.only_reminders_differ(old, event)
    return _answer(call, calendar, call.world.google.book.put(calendar, old_unless_changed(old, event), touch=touch).event)


def old_unless_changed(old: Json, event: Json) -> Json:
    """`updated` travels along; the book replaces it when the change is one that counts."""
    return event | ({"updated": old["updated"]} if "updated" in old else {})


def _known(calendar: Calendar, event_id: str) -> Json:
    record = calendar.get(event_id)
    event = record.event if record is not None else calendar.instance(event_id)
    if event is None:
        raise not_found()
    return event


def _check_if_match(call: Call, event: Json) -> None:
    wanted = call.request.headers.get("If-Match")
    if wanted is not None and wanted not in (event["etag"], "*"):
        raise GoogleError(412, "conditionNotMet", "Precondition Failed", location="If-Match")


def _answer(call: Call, calendar: Calendar, event: Json) -> web.Response:
    body = shown(event, calendar, zone_name=call.params.get("timeZone"), role=call.role)
    return web.json_response(body, headers={"ETag": event["etag"]})
