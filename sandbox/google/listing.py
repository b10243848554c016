"""events.list: filters, pages and sync tokens.

Without an order asked for, pages follow the order of last change: what changes meanwhile moves to the end and is seen.
A sync token is a place in that order, so it must not be given with filters that would hide a change.
"""

import base64
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from aiohttp import web

from sandbox import clock
from sandbox.google import events, times
from sandbox.google.book import Calendar, Record
from sandbox.google.call import Call
from sandbox.google.errors import GoogleError, full_sync_required, invalid

Json = dict[str, Any]
NOT_WITH_SYNC_TOKEN = (
    "iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin",
)  # fmt: skip
NO_SYNC_TOKEN_AFTER = tuple(name for name in NOT_WITH_SYNC_TOKEN if name not in ("timeMin", "timeMax"))
SAME_ON_EVERY_PAGE = (*NOT_WITH_SYNC_TOKEN, "syncToken", "singleEvents", "showDeleted", "eventTypes")
SAME_ON_EVERY_SYNC = ("singleEvents", "eventTypes")
MOST = 2500

Place = tuple[int, int]  # a version, and how many items of that record were given


def list_events(call: Call) -> web.Response:
    calendar = call.calendar("freeBusyReader")
    query = call.params
    _check(query)
    since = _read_sync_token(calendar, query)
    page_print = _fingerprint(query, SAME_ON_EVERY_PAGE)
    place = _read_page_token(calendar, query, page_print)
    size = min(query["maxResults"], MOST)

    if "orderBy" in query:
        ordered = sorted((event for _, event in _walk(calendar, query, None, (0, 0))), key=_order(query, calendar))
        found = [((0, index + 1), event) for index, event in enumerate(ordered)][place[1] :]
    else:
        found = list(islice(_walk(calendar, query, since, max(place, (since or 0, 0))), size + 1))
    page, more = found[:size], len(found) > size

    answer: Json = {
        "kind": "calendar#events",
        "etag": f'"p{calendar.version}"',
        "summary": calendar.summary,
        "updated": clock.iso_ms(clock.now()),
        "timeZone": query.get("timeZone", calendar.time_zone),
        "accessRole": call.role,
        "defaultReminders": [],
        "items": [_shown(call, calendar, event) for _, event in page],
    }
    if more:
        answer["nextPageToken"] = _pack({"c": calendar.id, "p": page[-1][0], "f": page_print})
    elif not any(name in query for name in NO_SYNC_TOKEN_AFTER):
        token = {"c": calendar.id, "v": calendar.version, "g": calendar.generation}
        answer["nextSyncToken"] = _pack(token | {"f": _fingerprint(query, SAME_ON_EVERY_SYNC)})
    return web.json_response(answer)


def _check(query: Json) -> None:
    if query.get("orderBy") == "startTime" and not query.get("singleEvents"):
        raise invalid("The requested ordering is not available for the particular query.", location="orderBy")
    if "timeMin" in query and "timeMax" in query and query["timeMin"] >= query["timeMax"]:
        raise GoogleError(400, "timeRangeEmpty", "The specified time range is empty.", domain="calendar")
    if "timeZone" in query:
        times.zone(query["timeZone"])
    for name in ("privateExtendedProperty", "sharedExtendedProperty"):
        if any("=" not in each for each in query.get(name, [])):
            raise invalid("Extended properties are given as name=value.", location=name)
    if "syncToken" in query:
        for name in NOT_WITH_SYNC_TOKEN:
            if name in query:
                raise invalid("Sync token cannot be used with other query restrictions.", location="syncToken")
        if query.get("showDeleted") is False:
            raise invalid("Deletions cannot be left out of an incremental sync.", location="showDeleted")


def _walk(calendar: Calendar, query: Json, since: int | None, place: Place) -> Iterator[tuple[Place, Json]]:
    """What the query finds, each with the place after it."""
    version, given = place
    for record in calendar.records(max(version - 1, 0) if given else version):
        skip = given if record.version == version else 0
        for index, event in enumerate(_of_record(calendar, record, query, since)):
            if index >= skip:
                yield (record.version, index + 1), event


def _of_record(calendar: Calendar, record: Record, query: Json, since: int | None) -> Iterator[Json]:
    event = record.event
    shows_deleted = since is not None or query.get("showDeleted", False) or "updatedMin" in query
    if not _suits(event, query):
        return
    if record.is_series and query.get("singleEvents"):
        if record.live:
            changed = calendar.exceptions_of(event["id"])
            for each in record.instances():
                if each["id"] not in changed and _in_range(each, query, calendar):
                    yield each
        if shows_deleted:
            yield from _gone(calendar, record)
        return
    if not record.live:
        is_exception = "recurringEventId" in event
        if not shows_deleted and not (is_exception and not query.get("singleEvents") and _series_lives(calendar, event)):
            return
        if since is not None or _in_range(event, query, calendar):
            yield event
        return
    if _in_range(event, query, calendar, record):
        yield event


def _gone(calendar: Calendar, record: Record) -> Iterator[Json]:
    """Instances a series has lost, or all of them when it was deleted."""
    changed = calendar.exceptions_of(record.event["id"])
    for event_id, original in record.gone.items():
        if event_id not in changed:
            yield record.event | {
                "id": event_id,
                "status": "cancelled",
                "recurringEventId": record.event["id"],
                "originalStartTime": original,
                "start": original,
                "end": original,
            }


def _series_lives(calendar: Calendar, event: Json) -> bool:
    master = calendar.get(event["recurringEventId"])
    return master is not None and master.live


def _suits(event: Json, query: Json) -> bool:
    if "eventTypes" in query and event["eventType"] not in query["eventTypes"]:
        return False
    if "iCalUID" in query and event["iCalUID"] != query["iCalUID"]:
        return False
    if "updatedMin" in query and datetime.fromisoformat(event["updated"]) < query["updatedMin"]:
        return False
    for name, kind in (("privateExtendedProperty", "private"), ("sharedExtendedProperty", "shared")):
        has = event.get("extendedProperties", {}).get(kind, {})
        for wanted in query.get(name, []):
            key, _, value = wanted.partition("=")
            if has.get(key) != value:
                return False
    return "q" not in query or _mentions(event, query["q"])


def _mentions(event: Json, words: str) -> bool:
    people = [*event.get("attendees", []), event.get("organizer", {})]
    texts = [event.get(key, "") for key in ("summary", "description", "location")]
    texts += [person.get(key, "") for person in people for key in ("email", "displayName")]
    text = " ".join(texts).lower()
    return all(word in text for word in words.lower().split())


def _in_range(event: Json, query: Json, calendar: Calendar, record: Record | None = None) -> bool:
    """timeMin is an exclusive lower bound of the end, timeMax an exclusive upper bound of the start."""
    low, high = query.get("timeMin"), query.get("timeMax")
    if low is None and high is None:
        return True
    if record is not None and record.is_series:
        return any(_in_range(each, query, calendar) for each in record.instances())
    if record is not None:
        starts, ends = record.starts, record.ends
    else:
        starts, ends = times.moment(event["start"], calendar.zone), times.moment(event["end"], calendar.zone)
    return (low is None or ends > low) and (high is None or starts < high)


def _order(query: Json, calendar: Calendar) -> Any:
    if query["orderBy"] == "updated":
        return lambda event: event["updated"]
    zone = calendar.zone
    return lambda event: times.moment(event["start"], zone)


def _shown(call: Call, calendar: Calendar, event: Json) -> Json:
    if event["status"] == "cancelled":
        return events.tombstone(event, calendar)
    return events.shown(event, calendar, zone_name=call.params.get("timeZone"), role=call.role)


def _read_sync_token(calendar: Calendar, query: Json) -> int | None:
    if "syncToken" not in query:
        return None
    token = _unpack(query["syncToken"], "syncToken")
    if token.get("c") != calendar.id or token.get("g") != calendar.generation:
        raise full_sync_required()
    if token.get("f") != _fingerprint(query, SAME_ON_EVERY_SYNC):
        raise invalid("The parameters of an incremental sync must be those of the first.", location="syncToken")
    return int(token["v"])


def _read_page_token(calendar: Calendar, query: Json, fingerprint: str) -> Place:
    if "pageToken" not in query:
        return (0, 0)
    token = _unpack(query["pageToken"], "pageToken")
    if token.get("c") != calendar.id or token.get("f") != fingerprint:
        raise invalid("Invalid page token value.", location="pageToken")
    return (int(token["p"][0]), int(token["p"][1]))


def _fingerprint(query: Json, names: tuple[str, ...]) -> str:
    return json.dumps([str(query.get(name) or "") for name in names])


def _pack(token: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode()


def _unpack(text: str, name: str) -> Json:
    try:
        token = json.loads(base64.urlsafe_b64decode(text))
    except ValueError as error:
        raise invalid(f"Invalid {name} value.", location=name) from error
    if not isinstance(token, dict):
        raise invalid(f"Invalid {name} value.", location=name)
    return token
