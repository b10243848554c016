"""Both sides as they are: rows by statements of its own, and what Google holds. Reads only; uses no service of the product."""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bench.both_ways.floor import Floor
from bench.both_ways.google import Google, Json
from bench.both_ways.log import Place

VISIT = "hvacsched_visit"
Row = dict[str, Any]

_VISITS = """
SELECT v.id, v.public_id::text AS name, v.booking_id, b.reference, v.technician_id, v.starts_at, v.ends_at, v.status, v.version,
       b.status AS booking_status, b.promised_from, b.promised_to, v.overbooked, lower(v.blocked) AS blocked_from,
       upper(v.blocked) AS blocked_to, b.customer_id
  FROM bookings_visit v JOIN bookings_booking b ON b.id = v.booking_id WHERE v.shop_id = %(shop)s ORDER BY v.id
"""
_CONNECTIONS = """
SELECT technician_id, calendar_id, state, state_text FROM calendars_calendarconnection WHERE shop_id = %(shop)s ORDER BY id
"""
_BUSY = """
SELECT technician_id, calendar_id, event_id, starts_at, ends_at FROM bookings_busyblock WHERE shop_id = %(shop)s ORDER BY id
"""
_CONCERNS = """
SELECT id, kind, key, status, visit_id, technician_id, created_at, closed_at, proposed_starts_at, proposed_ends_at,
       proposed_technician_id, text
  FROM bookings_concern WHERE shop_id = %(shop)s ORDER BY id
"""
_CHANGES = """
SELECT c.booking_id, c.at, c.kind, c.by, c.detail FROM bookings_bookingchange c WHERE c.shop_id = %(shop)s ORDER BY c.id
"""
_BOOKINGS = """
SELECT id, reference, status, promised_from, promised_to, customer_id FROM bookings_booking WHERE shop_id = %(shop)s ORDER BY id
"""
# Whatever the product may still change by itself; read in order, so that equal sums mean that nothing moved.
_MOVING = """
SELECT m.id, m.wanted, m.confirmed, m.pushed_version, m.etag, m.moved_to, m.retired, m.blocked_reason
  FROM calendars_eventmirror m WHERE m.shop_id = %(shop)s ORDER BY m.id
"""


@dataclass(frozen=True, slots=True)
class Event:
    """A single event in one calendar; `visit` is which visit it says it is, by public id."""

    calendar: str
    id: str
    place: Place
    visit: str
    body: Json


@dataclass(slots=True)
class Picture:
    """`ours`: events that say they are a visit's; `taken`: others that take time, by the rules, before `until`."""

    visits: list[Row]
    bookings: list[Row]
    connections: dict[int, Row]
    busy: list[Row]
    concerns: list[Row]
    changes: dict[int, list[Row]]
    until: datetime
    ours: list[Event] = field(default_factory=list)
    taken: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))


def see(floor: Floor, google: Google, *, now: datetime) -> Picture:
    """Read both sides."""
    changes: dict[int, list[Row]] = defaultdict(list)
    for row in rows(_CHANGES, floor):
        row["detail"] = json.loads(row["detail"])
        changes[row["booking_id"]].append(row)
    today = now.astimezone(floor.zone).date()
    # What is known for sure: a little less than the product reads, so that its edge is nobody's quarrel.
    since, until = _midnight(today, floor), _midnight(today + timedelta(days=floor.shop.horizon_days), floor)
    found = Picture(
        rows(_VISITS, floor), rows(_BOOKINGS, floor), {row["technician_id"]: row for row in rows(_CONNECTIONS, floor)},
        rows(_BUSY, floor), rows(_CONCERNS, floor), changes, until,
    )  # fmt: skip
    tentative = bool(floor.shop.tentative_is_busy)
    for person in floor.people:
        for calendar in person.calendars:
            for event in _events(google, person.account, calendar, since, until):
                if event.visit and calendar == person.account and "recurringEventId" not in event.body:
                    found.ours.append(event)
                elif _takes_time(event.body, tentative=tentative) and event.place.starts_at < event.place.ends_at:
                    found.taken[person.id].append(event)
    return found


def fingerprint(floor: Floor, google: Google) -> str:
    """Name the state of both sides; equal while nothing changes anything."""
    read = hashlib.sha256()
    for statement in (_VISITS, _CONCERNS, _BUSY, _CONNECTIONS, _MOVING):
        for row in rows(statement, floor):
            read.update(repr(sorted((key, str(value)) for key, value in row.items())).encode())
    for person in floor.people:
        for calendar in person.calendars:
            for event in sorted(google.events(calendar), key=lambda each: str(each["id"])):
                read.update(f"{calendar}{event['id']}{event['etag']}".encode())
    return read.hexdigest()


def rows(statement: str, floor: Floor) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"shop": floor.shop.pk})
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _events(google: Google, account: str, calendar: str, since: datetime, until: datetime) -> Iterator[Event]:
    # Ours may have been dragged anywhere.
    name, listed = google.listed(account, calendar, since=since - timedelta(days=30), until=until + timedelta(days=60))
    zone = ZoneInfo(name)
    for body in listed:
        place = Place(_moment(body["start"], zone), _moment(body["end"], zone))
        visit = body.get("extendedProperties", {}).get("private", {}).get(VISIT, "")
        if visit or (place.ends_at > since and place.starts_at < until):
            yield Event(calendar, body["id"], place, visit, body)


def _moment(node: Json, zone: ZoneInfo) -> datetime:
    if "date" in node:
        return datetime.combine(date.fromisoformat(node["date"]), time(), zone).astimezone(UTC)
    return datetime.fromisoformat(node["dateTime"]).astimezone(UTC)


def _midnight(on: date, floor: Floor) -> datetime:
    return datetime.combine(on, time(), floor.zone)


def _takes_time(body: Json, *, tentative: bool) -> bool:
    """By the rules of what is busy: neither free, nor declined, nor perhaps, unless the shop counts that."""
    said = [each.get("responseStatus") for each in body.get("attendees", []) if each.get("self")]
    if body.get("transparency") == "transparent" or body.get("eventType") in ("workingLocation", "birthday"):
        return False
    if "declined" in said:
        return False
    return tentative or (body["status"] != "tentative" and "tentative" not in said)
