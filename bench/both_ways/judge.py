"""Whether both sides agree to the event, nothing is lost or doubled, and whatever is contested is in the inbox.

Each rule is a function from the picture and the log to sentences about what is wrong; none of the product's services is asked.
"""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from bench.both_ways.floor import Floor
from bench.both_ways.log import PLACES, Act, Log, Place
from bench.both_ways.picture import Event, Picture, Row

ASKED = ("event_moved", "event_changed", "event_deleted")
OVER = "busy_over_visit"
TAKEN_BACK = {("drag", "drag back"), ("invite", "company")}
OPEN = ("booked", "en_route", "on_site")
# A change is written with the time at which its request began.
_BEFORE = timedelta(seconds=5)


def judge(floor: Floor, seen: Picture, log: Log) -> list[str]:
    """Return what is wrong, in words; [] when nothing is."""
    names = {person.id: person.name for person in floor.people}
    found: list[str] = []
    for rule in (_connections, _events, _strays, _words, _busy, _over, _contested, _overlaps, _told, _promises):
        found += [f"{rule.__name__.strip('_')}: {text}" for text in rule(floor, seen, log)]
    for number, name in names.items():
        found = [text.replace(f"#{number}#", name) for text in found]
    return [*found, *log.problems]


def _connections(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """Nothing that went wrong was for good: every calendar is connected, and no event is refused."""
    for row in seen.connections.values():
        if row["state"] != "connected":
            yield f"the calendar of #{row['technician_id']}# is {row['state']}: {row['state_text']}"
    for row in seen.concerns:
        if row["status"] == "open" and row["kind"] in ("calendar_refused", "calendar_broken"):
            yield f"{row['kind']} is asked: {row['text']}"


def _events(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(a) Each active visit has one event, in its technician's calendar and at its place, or a question about just that."""
    of_visit: dict[str, list[Event]] = defaultdict(list)
    for event in seen.ours:
        of_visit[event.visit].append(event)
    asked = _asked(seen)
    for row in seen.visits:
        if row["status"] != "active":
            if asked[row["id"]]:
                yield f"{_visit(row)} is {row['status']}, and yet it is asked: {_kinds(asked[row['id']])}"
            continue
        there, questions = of_visit[row["name"]], asked[row["id"]]
        if len(there) > 1:
            yield f"{_visit(row)} has {len(there)} events: {[f'{each.calendar}/{each.id[:8]} {each.place}' for each in there]}"
        elif not there:
            if not any(each["kind"] == "event_deleted" for each in questions):
                yield f"{_visit(row)} has no event, and nobody is asked; {_kinds(questions)}"
        elif not _stands(seen, row, there[0]) and not any(_is_about(floor, each, row, there[0]) for each in questions):
            yield (
                f"{_visit(row)} with #{row['technician_id']}#, but its event lies at {there[0].place} in {there[0].calendar}, "
                f"and nobody is asked about that; {_kinds(questions)}"
            )
        elif _stands(seen, row, there[0]):
            idle = [each for each in questions if not (_is_about(floor, each, row, there[0]) or _was_overtaken(seen, each, row))]
            if idle:
                yield f"{_visit(row)} and its event agree, yet it is asked: {_kinds(idle)}"


def _stands(seen: Picture, row: Row, event: Event) -> bool:
    """Whether an event shows its visit as it is."""
    receives = seen.connections[row["technician_id"]]["calendar_id"]
    return bool(event.calendar == receives and event.place == Place(row["starts_at"], row["ends_at"]))


def _is_about(floor: Floor, question: Row, row: Row, event: Event) -> bool:
    """Whether an open question proposes what Google shows: another place, another's calendar, or a colleague who was invited."""
    if question["kind"] == "event_deleted" or question["proposed_starts_at"] is None:
        return False
    if Place(question["proposed_starts_at"], question["proposed_ends_at"]) != event.place:
        return False
    to = question["proposed_technician_id"] or row["technician_id"]
    accounts = {person.id: person.account for person in floor.people}
    invited = {each["email"] for each in event.body.get("attendees", [])}
    return event.calendar == accounts[to] or (event.calendar == accounts[row["technician_id"]] and accounts[to] in invited)


def _was_overtaken(seen: Picture, question: Row, row: Row) -> bool:
    """A question that a later change of the visit's overtook stays until somebody has looked at it."""
    later = [each for each in seen.changes[row["booking_id"]] if each["at"] >= question["created_at"] - _BEFORE]
    return "meanwhile" in question["text"] or any(each["kind"] == "moved" for each in later)


def _strays(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(b) No event of ours is without a visit that is alive."""
    visits = {row["name"]: row for row in seen.visits}
    for event in seen.ours:
        row = visits.get(event.visit)
        if row is None or row["status"] not in ("active", "done"):
            status = row["status"] if row else "unknown"
            yield f"an event of a visit that is {status}: {event.calendar}/{event.id[:8]} {event.place}"
    done: dict[str, int] = defaultdict(int)
    for event in seen.ours:
        row = visits.get(event.visit)
        if row is not None and row["status"] == "done":
            done[event.visit] += 1
    for name, count in done.items():
        if count > 1:
            yield f"{_visit(visits[name])} is done and has {count} events"


def _words(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """Our lines are ours again whoever typed over them, and what the technician wrote beneath is there."""
    asked = _asked(seen)
    rows = {row["name"]: row for row in seen.visits if row["status"] == "active"}
    for event in seen.ours:
        row = rows.get(event.visit)
        if row is None or asked[row["id"]] or not _stands(seen, row, event):
            continue
        text = event.body.get("description", "")
        if not event.body.get("summary", "").startswith("HVAC ") or not text.startswith(f"Booking {row['reference']}\n"):
            yield f"the event of {_visit(row)} says {event.body.get('summary')!r} and {text[:40]!r}"
    texts = {(event.calendar, event.id): event.body.get("description", "") for event in seen.ours}
    over: dict[tuple[str, str], datetime] = {}
    for act in log.acts:
        if act.what == "scribble":
            over[act.calendar, act.event] = act.done
    for act in log.acts:
        key = (act.calendar, act.event)
        stands = act.what == "note" and key in texts and over.get(key, act.began) <= act.began
        if stands and act.facts["marker"] not in texts[key]:
            yield f"a technician's own words were lost: {act}"


def _busy(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(c) What takes a technician's time in Google is a busy block at that place, and every block has its event."""
    wanted: dict[int, set[tuple[str, str, Place]]] = defaultdict(set)
    for technician, events in seen.taken.items():
        wanted[technician] |= {(each.calendar, each.id, each.place) for each in events}
    for technician, event in _displaced(floor, seen):
        wanted[technician].add((event.calendar, event.id, event.place))
    stored: dict[int, set[tuple[str, str, Place]]] = defaultdict(set)
    for row in seen.busy:
        place = Place(row["starts_at"], row["ends_at"])
        stored[row["technician_id"]].add((row["calendar_id"], row["event_id"], place))
    for person in floor.people:
        for calendar, name, place in sorted(wanted[person.id] - stored[person.id], key=str):
            yield f"{person.name} is busy at {place} ({calendar}/{name}), and callers are not told"
        for calendar, name, place in sorted(stored[person.id] - wanted[person.id], key=str):
            if place.starts_at < seen.until:
                yield f"{person.name} is said to be busy at {place} ({calendar}/{name}), and is not"


def _displaced(floor: Floor, seen: Picture) -> Iterator[tuple[int, Event]]:
    """Events of ours that take time beside their visit's: dragged elsewhere or given away, and not decided."""
    rows = {row["name"]: row for row in seen.visits if row["status"] in ("active", "done")}
    owners = {person.account: person.id for person in floor.people}
    for event in seen.ours:
        row = rows.get(event.visit)
        if row is None:
            continue
        mine = owners[event.calendar] == row["technician_id"]
        clear = event.body.get("transparency") == "transparent" or any(
            each.get("self") and each.get("responseStatus") == "declined" for each in event.body.get("attendees", [])
        )
        if mine and (row["status"] == "done" or event.place == Place(row["starts_at"], row["ends_at"])):
            continue  # what is over is the technician's to tidy up
        if not clear:
            yield owners[event.calendar], event


def _over(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(d) A visit that something else lies over is in the inbox, and no other is."""
    taken: dict[int, list[Event]] = defaultdict(list)
    for technician, events in seen.taken.items():
        taken[technician] += events
    for technician, event in _displaced(floor, seen):
        taken[technician].append(event)
    said = {row["visit_id"] for row in seen.concerns if row["kind"] == OVER and row["status"] == "open"}
    for row in seen.visits:
        over = [
            each
            for each in taken[row["technician_id"]]
            if row["status"] == "active" and each.visit != row["name"]
            and each.place.starts_at < row["ends_at"] and each.place.ends_at > row["starts_at"]
        ]  # fmt: skip
        if over and row["id"] not in said:
            yield f"{_visit(row)}: {over[0].calendar}/{over[0].id} lies over it at {over[0].place}, and nobody is told"
        if not over and row["id"] in said:
            yield f"{_visit(row)}: nothing lies over it any more, and it is still asked"


def _contested(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(d) The last thing done to each event was followed, withdrawn, decided or overtaken, or is in the inbox."""
    rows = {row["name"]: row for row in seen.visits}
    for act in _last(log):
        row = rows[act.visit]
        if row["status"] != "active" or act.what not in PLACES:
            continue
        if row["technician_id"] != act.technician:
            continue  # somebody else's by now, which the desk or the technician themself decided
        if act.what in ("drag", "resize") and act.place == Place(row["starts_at"], row["ends_at"]):
            continue
        if not _is_witnessed(seen, row, act):
            yield f"nobody was asked about {act}; {_visit(row)}"


def _last(log: Log) -> Iterator[Act]:
    """What was done last to the place or the people of each event, and was not taken back by whoever did it."""
    done: dict[tuple[str, str], list[Act]] = defaultdict(list)
    for act in log.acts:
        before = done[act.calendar, act.event]
        if act.what in (*PLACES, "undelete"):
            before.append(act)
        elif before and (before[-1].what, act.what) in TAKEN_BACK:
            before.pop()
    return (acts[-1] for acts in done.values() if acts)


def _is_witnessed(seen: Picture, row: Row, act: Act) -> bool:
    """Whether a concern about the visit stood after the act, or the visit was moved by the act itself."""
    asked = [each for each in seen.concerns if each["visit_id"] == row["id"] and each["kind"] in ASKED]
    if any(each["closed_at"] is None or each["closed_at"] >= act.began for each in asked):
        return True
    later = [each for each in seen.changes[row["booking_id"]] if each["kind"] == "moved" and each["at"] >= act.began - _BEFORE]
    # Or it was somebody else's meanwhile: then what its technician of before did to the event is nobody's question.
    whose = {person for each in later for person in (each["detail"].get("technician"), each["detail"]["before"]["technician"])}
    return any(each["by"].startswith("calendar:") for each in later) or bool(whose - {act.technician})


def _overlaps(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(e) Nobody is in two places, unless a person said so."""
    mine: dict[int, list[Row]] = defaultdict(list)
    for row in seen.visits:
        if row["status"] == "active" and not row["overbooked"]:
            mine[row["technician_id"]].append(row)
    for technician, visits in mine.items():
        for first, second in pairwise(sorted(visits, key=lambda each: each["blocked_from"])):
            if first["blocked_to"] > second["blocked_from"]:
                yield f"#{technician}# has {_visit(first)} and {_visit(second)} at once"


def _told(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(e) What callers were told last stands, unless it was changed since; and nothing stands that nobody was told."""
    bookings = {row["reference"]: row for row in seen.bookings}
    for reference, told in log.told.items():
        row = bookings.get(reference)
        if row is None:
            yield f"a caller was told of {reference}, which is not there"
            continue
        later = [each for each in seen.changes[row["id"]] if each["at"] > told.at - _BEFORE]
        if any(each["kind"] in ("moved", "cancelled", "status") and not each["by"].startswith("call:") for each in later):
            continue
        if told.promised_from is None:
            if row["status"] != "cancelled":
                yield f"a caller was told that {reference} is cancelled, and it is {row['status']}"
        elif row["promised_from"] != told.promised_from and not _changed_by_callers(seen, row, told.at):
            yield f"a caller was told {told.promised_from} of {reference}, and it is {row['promised_from']}"
        elif row["status"] == "cancelled" and not _changed_by_callers(seen, row, told.at):
            yield f"a caller was told of {reference}, and it is cancelled"
    for row in seen.bookings:
        if row["customer_id"] is not None and row["reference"] not in log.told:
            yield f"{row['reference']} was booked, and nobody was told"


def _changed_by_callers(seen: Picture, row: Row, at: datetime) -> bool:
    """Two calls about one booking at once: which of the two was answered last is not known."""
    return any(each["at"] > at - _BEFORE and each["by"].startswith("call:") for each in seen.changes[row["id"]])


def _promises(floor: Floor, seen: Picture, log: Log) -> Iterator[str]:
    """(e) Each visit begins within what its customer was promised, and an open booking has one."""
    active = {row["booking_id"]: row for row in seen.visits if row["status"] == "active"}
    for booking in seen.bookings:
        row = active.get(booking["id"])
        if booking["status"] in OPEN and row is None:
            yield f"{booking['reference']} is {booking['status']} and has no visit"
        if row is not None and booking["status"] not in OPEN:
            yield f"{booking['reference']} is {booking['status']} and has a visit"
        if row is not None and not booking["promised_from"] <= row["starts_at"] <= booking["promised_to"]:
            yield f"{_visit(row)} is promised from {booking['promised_from']} to {booking['promised_to']}"


def _asked(seen: Picture) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in seen.concerns:
        if row["status"] == "open" and row["kind"] in ASKED:
            found[row["visit_id"]].append(row)
    return found


def _visit(row: Row) -> str:
    return f"visit {row['id']} ({row['reference']}, {Place(row['starts_at'], row['ends_at'])}, version {row['version']})"


def _kinds(questions: list[Row]) -> str:
    return f"open: {[each['text'] for each in questions]}" if questions else "no question is open"
