"""Checks the answer of a tool for everything that can be seen from outside: shape, state, and what a state comes with."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hvacsched.simulate.errors import WrongError, must

Json = dict[str, Any]
STATES = frozenset(
    {
        "offered",
        "booked",
        "moved",
        "held",
        "cancelled",
        "found",
        "not_found",
        "office_will_call",
        "not_booked",
        "emergency",
        "transferring",
    }
)
STANDING = frozenset({"booked", "moved"})
# What an answer of each state comes with; the others have their sentence only.
_OF_A_BOOKING = ("bookingId", "reference", "scheduledDate")
CARRIES = {
    "booked": _OF_A_BOOKING,
    "moved": _OF_A_BOOKING,
    "held": ("slotId", "startsAt", "endsAt", "expiresAt"),
    "cancelled": ("bookingId", "cancelledReference"),
}
SEED_TOOLS = frozenset({"scheduleHVACAppointment", "scheduleAppointment"})
LONGEST_SPOKEN = 1000
LONGEST_HOLD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Claim:
    """A booking as the caller was told it stands."""

    state: str
    booking: str
    reference: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A time that is kept for the caller for a while; nothing is booked."""

    slot_id: str
    starts_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    tool: str
    state: str
    say: str
    slots: tuple[Json, ...]
    body: Json
    line: str

    @property
    def stands(self) -> bool:
        return self.state in STANDING

    @property
    def claim(self) -> Claim:
        return Claim(
            self.state,
            str(self.body["bookingId"]),
            str(self.body["reference"]),
            datetime.fromisoformat(self.body["scheduledDate"]),
        )

    @property
    def hold(self) -> Hold:
        return Hold(str(self.body["slotId"]), datetime.fromisoformat(self.body["startsAt"]))

    @property
    def cancelled_reference(self) -> str:
        return str(self.body["cancelledReference"])


def results(body: str, wanted: list[tuple[str, str]]) -> list[str]:
    """Return the lines of a tool-calls answer, one for each (id, name) that was asked, in that order."""
    found = _json(body, "the answer").get("results")
    must(isinstance(found, list), 'an answer without "results"')
    assert isinstance(found, list)
    named = [(each.get("toolCallId"), each.get("name")) for each in found]
    must(named == wanted, f"{len(found)} results for {len(wanted)} tool calls, or of other calls")
    must(all("error" not in each for each in found), "a result with an error, which the caller would hear")
    return [_line(each.get("result")) for each in found]


def legacy_result(body: str) -> str:
    return _line(_json(body, "the answer").get("result"))


def read(tool: str, line: str, *, zone: ZoneInfo, now: datetime) -> Answer:
    """Return the answer in a line; raise WrongError for whatever cannot be true of any call."""
    body = _json(line, "a result")
    state, say, slots = body.get("state"), body.get("say"), body.get("slots")
    must(isinstance(state, str) and state in STATES, f"state {state!r} is not known")
    must(isinstance(say, str) and 0 < len(say) <= LONGEST_SPOKEN, f"{state}: nothing that could be said")
    must((state == "offered") == bool(slots), f"{state} with {len(slots or [])} slots")
    for slot in slots or []:
        _check_slot(slot, zone=zone, now=now)
    must(len({slot["slotId"] for slot in slots or []}) == len(slots or []), "two slots of one id")
    for key in CARRIES.get(str(state), ()):
        must(isinstance(body.get(key), str) and bool(body[key]), f"{state} without {key}")
    must(state == "cancelled" or not body.get("cancelledReference"), f"{state} with a cancelled reference")
    if state in STANDING:
        _moment(body["scheduledDate"], zone=zone, now=now)
    else:
        must(state == "cancelled" or not body.get("bookingId"), f"{state} with a booking's id")
        must(not body.get("scheduledDate"), f"{state} with a booking's date")
        must(not body.get("reference"), f"{state} with a reference")
        must("you're booked" not in str(say).casefold(), f"{state}, but says booked")
    must((state == "found") == bool(body.get("appointments")) or state == "not_booked", f"{state}, and its appointments")
    for appointment in body.get("appointments") or []:
        _check_appointment(appointment, state=str(state), zone=zone)
    if state == "held":
        _check_hold(body, zone=zone, now=now)
    if tool in SEED_TOOLS and state != "emergency" and "success" in body:
        must(body["success"] is (state in STANDING), f"success {body['success']} with {state}")
        must(not body["success"] or body.get("confirmationId") == body["reference"], "confirmationId is not the reference")
    return Answer(tool, str(state), str(say), tuple(slots or ()), body, line)


def _check_hold(body: Json, *, zone: ZoneInfo, now: datetime) -> None:
    starts, ends, expires = (_moment(body[key], zone=zone, now=now) for key in ("startsAt", "endsAt", "expiresAt"))
    must(starts < ends, "a held window that ends before it starts")
    must(expires <= now + LONGEST_HOLD, "a hold that lasts longer than an hour")


def _check_appointment(appointment: Json, *, state: str, zone: ZoneInfo) -> None:
    keys = ("reference", "startsAt", "endsAt", "service", "status") if state == "found" else ("reference", "startsAt")
    must(all(isinstance(appointment.get(key), str) and appointment[key] for key in keys), "an appointment that says too little")
    starts = datetime.fromisoformat(appointment["startsAt"])
    must(starts.utcoffset() == starts.astimezone(zone).utcoffset(), f"{appointment['startsAt']} is not the shop's time")


def _check_slot(slot: Json, *, zone: ZoneInfo, now: datetime) -> None:
    must(set(slot) >= {"slotId", "startsAt", "endsAt", "window"}, f"a slot with only {', '.join(sorted(slot))}")
    starts, ends = (_moment(slot[key], zone=zone, now=now) for key in ("startsAt", "endsAt"))
    must(starts < ends, "a slot that ends before it starts")


def _moment(text: str, *, zone: ZoneInfo, now: datetime) -> datetime:
    """Read a time of the shop's that lies ahead."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise WrongError(f"{text!r} is no time") from error
    must(moment.utcoffset() is not None, f"{text} has no offset")
    must(moment.utcoffset() == moment.astimezone(zone).utcoffset(), f"{text} is not the shop's time")
    must(moment.astimezone(UTC) > now, f"{text} has already passed")
    return moment


def _line(result: Any) -> str:
    must(isinstance(result, str), "a result that is no text")
    must("\n" not in result and "\r" not in result, "a result with a line break, which Vapi drops")
    return str(result)


def _json(text: str, what: str) -> Json:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise WrongError(f"{what} is no JSON: {text[:60]!r}") from error
    must(isinstance(found, dict), f"{what} is no object")
    assert isinstance(found, dict)
    return found
