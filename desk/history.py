"""What happened to a booking, in words: the lines of its history."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bookings import explaining, speech
from bookings.models import Booking, BookingChange, Technician
from desk import actors, words

Kind = BookingChange.Kind
Names = Mapping[int, str]

# A rule that a person overruled, in few words: the certificate or the visit it was about stands in the facts.
OVERRULED = {
    "closed": "the shop is closed", "area_day": "the area is not served that day", "cutoff": "too late for the same day",
    "held_back": "held back for urgent callers", "too_soon": "sooner than the lead time", "pinned": "another was chosen by hand",
    "helper": "goes along as a helper only", "skill": "lacks a skill", "expired": "a certificate expired",
    "not_working": "does not work that day", "hours": "outside of the shift", "most_visits": "as many visits as allowed",
    "most_minutes": "as much planned as allowed", "visit": "two visits at once", "busy": "busy in their calendar",
    "off": "time off", "unknown": "calendar could not be read", "far": "too far away", "crew": "not with a whole crew",
    "apart": "not with the others", "outside_area": "outside of the service area",
    "drive_there": "too far from the visit before", "drive_out": "too far from where the day starts",
    "drive_on": "too far from the next visit", "drive_home": "too far from where the day ends",
}  # fmt: skip
_FIELDS = {"customer": "name or number", "address": "address", "problem": "problem", "notes": "notes"}


def names_of(shop_id: int) -> dict[int, str]:
    """Return the names of a shop's technicians, also of those who left; one statement."""
    return dict(Technician.objects.filter(shop=shop_id).values_list("pk", "name"))


def what(change: BookingChange, names: Names, zone: ZoneInfo) -> str:
    """Return what a change did, beyond its kind: "" when the kind says it all."""
    detail: dict[str, Any] = change.detail
    match change.kind:
        case Kind.HELD | Kind.BOOKED:
            said = [f"{_name(detail, names)} goes" if detail.get("technician") else "", _because(detail)]
            return _sentences("Made of the hold" if detail.get("held") else "", *said, _overruled(detail))
        case Kind.MOVED:
            return _moved(detail, names, zone)
        case Kind.CORRECTED:
            fields = [_FIELDS.get(each, each) for each in detail.get("fields", [])]
            return _sentences(f"Changed: {speech.listed(fields, last='and')}" if fields else "")
        case Kind.CONFIRMED:
            return "The calendar is seen, and free then." if change.by == "calendar" else ""
        case Kind.STATUS:
            return f"{_status(detail.get('before'))} → {_status(detail.get('after'))}"
        case Kind.LAPSED:
            return "Nobody confirmed it: the time is free again."
        case _:
            return str(detail.get("reason", ""))


def lines(changes: Sequence[BookingChange], names: Names, zone: ZoneInfo) -> list[str]:
    """Return each change in one line: when, what, by whom. One statement."""
    people = actors.people(change.by for change in changes)
    return [_line(change, names, people, zone) for change in changes]


def _line(change: BookingChange, names: Names, people: actors.People, zone: ZoneInfo) -> str:
    did = " ".join(filter(None, [change.get_kind_display(), actors.phrase(change.by, people)]))
    return f"{words.when(change.at.astimezone(zone))}: {_sentences(did, what(change, names, zone).removesuffix('.'))}"


def _moved(detail: dict[str, Any], names: Names, zone: ZoneInfo) -> str:
    before: dict[str, Any] = detail.get("before", {})
    was = before.get("starts_at") or before.get("promised_from")
    said = [f"Was {words.when(datetime.fromisoformat(was).astimezone(zone))}"] if was else ["Moved"]
    was_with, now_with = before.get("technician"), detail.get("technician")
    if was_with != now_with and now_with is not None:
        said[0] += f" with {names.get(was_with or 0, 'nobody yet')}" if "technician" in before else ""
        said.append(f"Now with {names.get(now_with, 'somebody who left')}")
    if before.get("ends_at") and was:
        minutes = (datetime.fromisoformat(before["ends_at"]) - datetime.fromisoformat(was)).total_seconds() // 60
        said[0] += f" for {words.length(int(minutes))}"
    if detail.get("why"):
        said.append(str(detail["why"]))
    if detail.get("told"):
        said.append("The customer is texted")
    return _sentences(*said, _overruled(detail), _because(detail))


def _overruled(detail: dict[str, Any]) -> str:
    rules = [OVERRULED.get(rule, str(rule)) for rule, *_ in detail.get("overruled", [])]
    return f"Overruled: {speech.listed(rules, last='and')}" if rules else ""


def _name(detail: dict[str, Any], names: Names) -> str:
    return names.get(detail["technician"], "somebody who left")


def _because(detail: dict[str, Any]) -> str:
    return f"Chosen: {explaining.points(detail['because'])}" if detail.get("because") else ""


def _status(value: Any) -> str:
    return Booking.Status(value).label if value in Booking.Status.values else str(value)


def _sentences(*said: str) -> str:
    return " ".join(f"{each}." for each in said if each)
