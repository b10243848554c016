"""Says in words why somebody could not come, from what the rules said: for the back office and the command line."""

from collections import Counter
from datetime import date, datetime, time
from typing import Any

from bookings import speech
from bookings.engine.clock import local
from bookings.engine.roster import Roster
from bookings.engine.rules import Refusal


def refusal(found: Refusal, roster: Roster) -> str:
    """Return one refusal as a clause: "certificate EPA 608 expired on 3 March", "55 minutes away at 9:00 am"."""
    facts = found.facts
    match found.rule:
        case "closed":
            return f"closed for {facts[0]}" if facts and facts[0] else "the shop is closed"
        case "area_day":
            return f"that area is served on {speech.listed(speech.weekdays(map(int, facts)), last='and')} only"
        case "outside_area":
            return f"ZIP code {facts[0]} is outside of the service area"
        case "cutoff":
            return f"no more routine work for the same day after {_clock(facts[0], roster)}"
        case "held_back":
            return f"{facts[0]} % of the day is held back for urgent callers until {_clock(facts[1], roster)}"
        case "too_soon":
            return f"earlier than the shop's lead time allows ({_clock(facts[0], roster)})"
        case "pinned":
            return "a person chose another technician for this booking"
        case "helper":
            return "goes along as a helper only"
        case "skill":
            return f"lacks {_skill(facts[0], roster)}"
        case "expired":
            return f"{_skill(facts[0], roster)} expired on {_day(date.fromisoformat(str(facts[1])))}"
        case "not_working":
            return "does not work that day"
        case "hours":
            return f"the work does not fit into the shift, {_clock(facts[0], roster)} to {_clock(facts[1], roster)}"
        case "most_visits":
            return f"has {facts[0]} visits that day already, the most allowed"
        case "most_minutes":
            return f"has no room in the {_length(int(facts[0]))} planned for that day at most"
        case "visit":
            return f"another visit from {_clock(facts[0], roster)} to {_clock(facts[1], roster)}"
        case "busy":
            return f"busy in their calendar from {_clock(facts[0], roster)} to {_clock(facts[1], roster)}"
        case "off":
            return f"time off from {_clock(facts[0], roster)} to {_clock(facts[1], roster)}"
        case "unknown":
            return "their calendar could not be read, so the time counts as taken"
        case "far":
            return f"{_minutes(facts[0])} away, farther than anybody is sent"
        case "drive_there":
            return f"{_minutes(facts[0])} away at {_clock(facts[1], roster)}"
        case "drive_out":
            return f"{_minutes(facts[0])} from where their day starts at {_clock(facts[1], roster)}"
        case "drive_on":
            return f"{_minutes(facts[0])} from the next visit at {_clock(facts[1], roster)}"
        case "drive_home":
            return f"{_minutes(facts[0])} from where their day ends at {_clock(facts[1], roster)}"
        case "apart":
            return f"the others who go along come at {_clock(facts[0], roster)}"
        case "crew":
            return _crew(int(facts[0]), int(facts[1]))
        case _:
            return str(found.rule)


def search(refused: dict[str, Any], roster: Roster) -> list[str]:
    """Return a kept search (bookings.services.whynot) in lines: one a technician and stretch of windows.

    A technician who has left the shop meanwhile is called by their number.
    """
    if "day" in refused:
        rule, *facts = refused["day"]
        return [f"Nobody could come: {refusal(Refusal(rule, tuple(facts)), roster)}."]
    lines = []
    for worker_id, stretches in refused.get("by", {}).items():
        worker = roster.worker(int(worker_id))
        name = worker.name if worker is not None else f"Technician {worker_id}"
        if not stretches:
            lines.append(f"{name}: could have come at any of these times.")
        for first, last, rule, *facts in stretches:
            whole = first == refused["from"] and last == refused["to"]
            lines.append(
                f"{name}{'' if whole else _stretch(first, last, roster)}: {refusal(Refusal(rule, tuple(facts)), roster)}."
            )
    others: Counter[str] = Counter(refused.get("others", {}))
    lines += [f"{number} more technicians: {_OTHERS.get(rule, 'could have come')}." for rule, number in others.most_common()]
    return lines


# Rules without their facts, for technicians who are only counted.
_OTHERS = {
    "skill": "lack a skill", "expired": "a certificate expired", "not_working": "do not work that day", "helper": "helpers",
    "hours": "the work does not fit into the shift", "visit": "have another visit", "busy": "busy in their calendar",
    "off": "time off", "unknown": "calendar could not be read", "far": "too far away",
    "drive_there": "too far from the visit before", "drive_out": "too far from where their day starts",
    "drive_on": "too far from the next visit", "drive_home": "too far from where their day ends",
    "most_visits": "have as many visits as allowed",
    "most_minutes": "have as much planned as allowed", "crew": "no crew to go along",
    "too_soon": "too soon", "pinned": "not chosen",
}  # fmt: skip


def asked(wish: dict[str, Any]) -> str:
    """Return what was asked for, as it is kept with a search: "Wednesday, November 25, in the morning, ZIP code 10001"."""
    parts = [speech.day(date.fromisoformat(wish["on"]))]
    if wish.get("until"):
        parts[0] += f" to {speech.day(date.fromisoformat(wish['until']))}"
    parts += [f"in the {wish['part']}"] if wish.get("part") else []
    for name, words in (("at", "at"), ("not_before", "not before"), ("not_after", "not after")):
        parts += [f"{words} {_said(time.fromisoformat(wish[name]))}"] if wish.get(name) else []
    parts += [f"{wish['minutes']} minutes"] if wish.get("minutes") else []
    parts += [f"ZIP code {wish['zip']}"] if wish.get("zip") else []
    parts += [str(wish["equipment"]).replace("_", " ")] if wish.get("equipment") else []
    parts += [str(wish["urgency"])] if wish.get("urgency", "routine") != "routine" else []
    return ", ".join(parts)


def offered(starts: list[str], roster: Roster) -> list[str]:
    """Return what was offered, in one line; nothing for nothing."""
    said = [datetime.fromisoformat(each).astimezone(roster.zone) for each in starts]
    words = [f"{speech.day(each.date())} at {_said(each.time())}" for each in said]
    return [f"Offered: {speech.listed(words, last='and')}."] if words else ["Nothing could be offered."]


_PARTS = {
    "drive": "driving", "load": "work planned already", "skill": "skills left over", "usual": "usual technician",
    "continuity": "was there before",
}  # fmt: skip


def points(because: dict[str, Any]) -> str:
    """Return why a technician was chosen: "the best of 3, with 5.5 points: usual technician +8, work planned already -2.5"."""
    said = [f"{_PARTS.get(name, name)} {value:+g}" for name, value in because.get("parts", {}).items() if value]
    if because.get("among", 1) < 2:
        return "the only one who could"
    best = f"the best of {because['among']}"
    return f"{best}, with {because.get('points', 0):g} points: {', '.join(said)}" if said else best


def _stretch(first: int, last: int, roster: Roster) -> str:
    if first == last:
        return f" at {_clock(first, roster)}"
    return f", {_clock(first, roster)} to {_clock(last, roster)}"


def _clock(moment: int | str, roster: Roster) -> str:
    return _said(local(int(moment), roster.zone).time())


def _said(at: time) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'am' if at.hour < 12 else 'pm'}"


def _day(on: date) -> str:
    return f"{on.day} {on:%B}"


def _minutes(seconds: int | str) -> str:
    return f"{round(int(seconds) / 60)} minutes"


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours} hours" if not rest else f"{hours} hours {rest} minutes" if hours else f"{rest} minutes"


def _skill(skill: int | str, roster: Roster) -> str:
    named = roster.skills.get(int(skill))
    if named is None:
        return "a skill that the shop no longer names"
    return f"certificate {named.name}" if named.is_certificate else f"the skill {named.name}"


def _crew(people: int, days: int) -> str:
    found = [f"{people} people at once" if people > 1 else "", f"{days} working days in a row" if days > 1 else ""]
    return f"not together with others: it takes {' and '.join(each for each in found if each)}"
