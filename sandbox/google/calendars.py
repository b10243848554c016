"""The methods on calendars as such: the account's list, one calendar, its channels, and free/busy."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web

from sandbox.google import events, times
from sandbox.google.book import ROLES, Calendar
from sandbox.google.call import Call
from sandbox.google.errors import GoogleError, invalid, required

Json = dict[str, Any]
LONGEST_FREE_BUSY = timedelta(days=92)  # others met "too long" beyond about three months
MOST_CALENDARS = 50


def list_entries(call: Call) -> web.Response:
    least = call.params.get("minAccessRole", "none")
    found = []
    for calendar in call.world.google.book.calendars.values():
        role = calendar.role(call.account)
        if role != "none" and ROLES.index(role) >= ROLES.index(least):
            found.append(_entry(calendar, call.account))
    found.sort(key=lambda entry: (not entry.get("primary"), entry["summary"]))
    page = call.params.get("pageToken", "0")
    if not page.isdecimal():
        raise invalid("Invalid page token value.", location="pageToken")
    end = int(page) + min(call.params.get("maxResults", 100), 250)
    more = {"nextPageToken": str(end)} if end < len(found) else {"nextSyncToken": f"list-{len(found)}"}
    return web.json_response({"kind": "calendar#calendarList", "etag": '"0"', "items": found[int(page) : end]} | more)


def get_entry(call: Call) -> web.Response:
    return web.json_response(_entry(call.calendar("freeBusyReader"), call.account))


def get(call: Call) -> web.Response:
    calendar = call.calendar("freeBusyReader")
    return web.json_response(
        {"kind": "calendar#calendar", "etag": f'"{calendar.etag_counter}"', "id": calendar.id}
        | {"summary": calendar.summary, "timeZone": calendar.time_zone}
    )


def _entry(calendar: Calendar, account: str) -> Json:
    entry = {
        "kind": "calendar#calendarListEntry",
        "etag": f'"{calendar.etag_counter}"',
        "id": calendar.id,
        "summary": calendar.summary,
        "timeZone": calendar.time_zone,
        "accessRole": calendar.role(account),
        "selected": True,
        "defaultReminders": [],
    }
    return entry | ({"primary": True} if calendar.id == account else {})


def watch(call: Call) -> web.Response:
    calendar = call.calendar("freeBusyReader")
    channel = call.world.google.channels.open(
        call.body,
        calendar_id=calendar.id,
        account=call.account,
        client_id=call.access.client_id,
        uri=str(call.request.url.with_path(call.request.path.removesuffix("/watch")).with_query(alt="json")),
    )
    return web.json_response(channel.describe())


def stop(call: Call) -> web.Response:
    if "id" not in call.body or "resourceId" not in call.body:
        raise required("A channel is stopped by its id and resourceId.")
    call.world.google.channels.stop(call.body["id"], call.body["resourceId"], call.account, call.access.client_id)
    return web.Response(status=204)


def free_busy(call: Call) -> web.Response:
    body = call.body
    for name in ("timeMin", "timeMax"):
        if name not in body:
            raise required(f"Missing {name} parameter.")
    low, high = (datetime.fromisoformat(body[name].upper()) for name in ("timeMin", "timeMax"))
    if low.tzinfo is None or high.tzinfo is None:
        raise invalid("A time range needs offsets.")
    if low >= high:
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
    if high - low > LONGEST_FREE_BUSY:
        raise GoogleError(400, "timeRangeTooLong", "The requested time range is too long.", domain="calendar")
    zone = times.zone(body.get("timeZone", "UTC"))
    most = min(body.get("calendarExpansionMax", MOST_CALENDARS), MOST_CALENDARS)
    answers: Json = {}
    for index, item in enumerate(body.get("items", [])):
        answers[item.get("id", "")] = _one(call, item.get("id", ""), index >= most, low, high, zone)
    return web.json_response(
        {"kind": "calendar#freeBusy", "timeMin": times.zulu(low), "timeMax": times.zulu(high), "calendars": answers}
    )


def _one(call: Call, calendar_id: str, too_many: bool, low: datetime, high: datetime, zone: ZoneInfo) -> Json:
    """A calendar that cannot be read is an error of its own inside a 200."""
    calendar, _ = call.find(calendar_id)
    if too_many:
        return {"errors": [{"domain": "calendar", "reason": "tooManyCalendarsRequested"}], "busy": []}
    if calendar is None:
        return {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    busy: list[tuple[datetime, datetime]] = []
    for start, end in sorted(_blocks(calendar, low, high)):
        if busy and start <= busy[-1][1]:
            busy[-1] = (busy[-1][0], max(busy[-1][1], end))
        else:
            busy.append((start, end))
    shown = [{"start": _text(max(start, low), zone), "end": _text(min(end, high), zone)} for start, end in busy]
    return {"busy": shown}


def _blocks(calendar: Calendar, low: datetime, high: datetime) -> list[tuple[datetime, datetime]]:
    blocks = []
    for record in calendar.records():
        if record.is_series:
            for event in events.series(calendar, record):
                # An exception comes by itself, as an event of its own.
                if calendar.get(event["id"]) is None and _is_busy(event):
                    zone = calendar.zone
                    blocks.append((times.moment(event["start"], zone), times.moment(event["end"], zone)))
        elif record.ends > low and record.starts < high and _is_busy(record.event):
            blocks.append((record.starts, record.ends))
    return [(start, end) for start, end in blocks if end > low and start < high and end > start]


def _is_busy(event: Json) -> bool:
    if event["status"] == "cancelled" or event.get("transparency") == "transparent":
        return False
    if event["eventType"] in ("workingLocation", "birthday"):
        return False
    return not any(each.get("self") and each.get("responseStatus") == "declined" for each in event.get("attendees", []))


def _text(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat().replace("+00:00", "Z")
