"""Technicians in Google's own app: their dentists and holidays, and what they do to our events."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from bench.both_ways import log
from bench.both_ways.floor import Floor, Person
from bench.both_ways.google import Google, Json
from bench.both_ways.log import Act, Log, Place

VISIT = "hvacsched_visit"
LINE = "-- Notes of your own below this line stay --"
_KEPT = ("id", "summary", "description", "location", "start", "end", "extendedProperties")


@dataclass(slots=True)
class Technicians:
    """Whoever has the telephone in their hand at the moment. `google` is this one's own."""

    floor: Floor
    google: Google
    log: Log
    dice: Random

    def act(self) -> None:
        """One thing in somebody's calendar."""
        person = self.dice.choice(self.floor.people)
        events = self.google.events(person.account)
        ours = [each for each in events if _visit(each) and "recurringEventId" not in each]
        if ours and self.dice.random() < 0.55:
            step = self._pick(self._TO_OURS)
            step(self, person, self.dice.choice(ours))
            return
        calendar = self.dice.choice(person.calendars)
        own = [each for each in self.google.events(calendar) if not _visit(each)]
        if own and self.dice.random() < 0.6:
            self._pick(self._TO_OWN)(self, person, calendar, self.dice.choice(own))
        else:
            self._pick(self._NEW)(self, person, calendar)

    def _pick(self, among: dict[Any, int]) -> Callable[..., None]:
        found: Callable[..., None] = self.dice.choices(list(among), list(among.values()))[0]
        return found

    # -- their own events

    def _busy(self, person: Person, calendar: str, **more: Any) -> None:
        starts = self.floor.at(self.dice.choice(self.floor.days), self.dice.randrange(7, 18), self.dice.choice((0, 15, 30, 45)))
        ends = starts + timedelta(minutes=self.dice.choice((30, 60, 60, 90, 180)))
        self._write("makes an event", person, calendar, {"summary": "Dentist", **_times(starts, ends), **more})

    def _odd(self, person: Person, calendar: str) -> None:
        """Something that takes no time, or perhaps some."""
        kinds: tuple[Json, ...] = (
            {"transparency": "transparent"},
            {"status": "tentative"},
            {"attendees": [{"email": calendar, "responseStatus": "declined"}]},
            {"attendees": [{"email": calendar, "responseStatus": "tentative"}]},
            {"attendees": [{"email": calendar, "responseStatus": "accepted"}, {"email": "friend@example.com"}]},
        )
        self._busy(person, calendar, **self.dice.choice(kinds))

    def _whole_day(self, person: Person, calendar: str) -> None:
        on = self.dice.choice(self.floor.days)
        until = on + timedelta(days=self.dice.choice((1, 1, 2)))
        event: Json = {"summary": "Off", "start": {"date": on.isoformat()}, "end": {"date": until.isoformat()}}
        self._write("takes a day", person, calendar, event)

    def _series(self, person: Person, calendar: str) -> None:
        starts = self.floor.at(self.floor.days[0], self.dice.randrange(7, 18), self.dice.choice((0, 30)))
        zone = {"timeZone": self.floor.zone.key}
        rule = self.dice.choice(("RRULE:FREQ=DAILY;COUNT=5", "RRULE:FREQ=WEEKLY;COUNT=3", "RRULE:FREQ=DAILY;INTERVAL=2"))
        times = _times(starts, starts + timedelta(minutes=45))
        event = {"summary": "School", "start": times["start"] | zone, "end": times["end"] | zone, "recurrence": [rule]}
        self._write("makes a series", person, calendar, event)

    def _move_own(self, person: Person, calendar: str, event: Json) -> None:
        if "recurrence" in event or "date" in event["start"]:
            return self._exception(person, calendar, event)
        starts, ends = _stretch(event, self.floor.zone)
        by = timedelta(minutes=15 * self.dice.randrange(-12, 13), days=self.dice.choice((0, 0, 1, -1)))
        return self._write("moves an event", person, calendar, {"id": event["id"], **_times(starts + by, ends + by)}, seen=event)

    def _back(self, person: Person, calendar: str, event: Json) -> None:
        """Moved away and back again, as somebody does who has pressed the wrong thing."""
        if "date" in event["start"] or "recurrence" in event or "recurringEventId" in event:
            return self._flip(person, calendar, event)
        starts, ends = _stretch(event, self.floor.zone)
        away = timedelta(hours=self.dice.choice((3, 24, 168)))
        self._write("moves an event", person, calendar, {"id": event["id"], **_times(starts + away, ends + away)}, seen=event)
        return self._write("moves it back", person, calendar, {"id": event["id"], **_times(starts, ends)})

    def _exception(self, person: Person, calendar: str, event: Json) -> None:
        """One of a series is moved or left out; of anything else, all of it."""
        if "recurrence" not in event:
            return self._flip(person, calendar, event)
        zone = ZoneInfo(event["start"]["timeZone"])
        every = timedelta(days=7 if "WEEKLY" in event["recurrence"][0] else 2 if "INTERVAL" in event["recurrence"][0] else 1)
        first = _stretch(event, zone)[0].astimezone(zone)
        starts = (first.replace(tzinfo=None) + every * self.dice.randrange(3)).replace(tzinfo=zone)
        name = f"{event['id']}_{starts.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        if self.dice.random() < 0.5:
            return self._gone("leaves one out", person, calendar, name)
        to = starts + timedelta(minutes=30 * self.dice.randrange(-6, 7))
        return self._write("moves one of a series", person, calendar, {"id": name, **_times(to, to + timedelta(minutes=45))})

    def _flip(self, person: Person, calendar: str, event: Json) -> None:
        clear = event.get("transparency") == "transparent"
        change = {"id": event["id"], "transparency": "opaque" if clear else "transparent"}
        self._write("frees or takes time", person, calendar, change, seen=event)

    def _delete_own(self, person: Person, calendar: str, event: Json) -> None:
        self._gone("deletes an event", person, calendar, event["id"])

    def _undelete_own(self, person: Person, calendar: str, event: Json) -> None:
        if self.google.delete(calendar, event["id"]):
            self._write("deletes an event and brings it back", person, calendar, {"id": event["id"]})

    # -- ours

    def _drag(self, person: Person, event: Json) -> None:
        starts, ends = _stretch(event, self.floor.zone)
        by = timedelta(minutes=15 * self.dice.choice((1, 2, 3, 4, 6, -2, 10, -8, 16)))
        if self.dice.random() < 0.3:
            by += timedelta(days=self.dice.choice((1, -1, 7)))
        self._place("drag", person, event, Place(starts + by, ends + by))

    def _drag_back(self, person: Person, event: Json) -> None:
        """Dragged away and back where it was."""
        starts, ends = _stretch(event, self.floor.zone)
        if self._place("drag", person, event, Place(starts + timedelta(hours=4), ends + timedelta(hours=4))):
            self._place("drag back", person, event | {"etag": None}, Place(starts, ends))

    def _resize(self, person: Person, event: Json) -> None:
        starts, ends = _stretch(event, self.floor.zone)
        self._place("resize", person, event, Place(starts, ends + timedelta(minutes=self.dice.choice((15, 30, 60)))))

    def _place(self, what: str, person: Person, event: Json, to: Place) -> bool:
        change = {"id": event["id"], **_times(to.starts_at, to.ends_at)}
        return self._ours(what, person, event, change, place=to)

    def _delete(self, person: Person, event: Json) -> None:
        began = log.now()
        if self.google.delete(person.account, event["id"]):
            self._note("delete", began, person, event)
        else:
            self.log.miss("technician: gone")

    def _undelete(self, person: Person, event: Json) -> None:
        """Bring back one of ours that they deleted, out of Google's bin; what was moved elsewhere is not in there."""
        acts = {each.event: each for each in self.log.acts if each.calendar == person.account and each.visit}
        gone = [each for each in acts.values() if each.what == "delete"]
        there = {each["id"] for each in self.google.events(person.account)}
        gone = [each for each in gone if each.event not in there]
        if not gone:
            return self._delete(person, event)
        last, began = self.dice.choice(gone), log.now()
        brought = self.google.write(person.account, {"id": last.event})
        assert brought is not None
        starts, ends = _stretch(brought, self.floor.zone)
        return self._note("undelete", began, person, brought, place=Place(starts, ends))

    def _write_notes(self, person: Person, event: Json) -> None:
        marker = f"note {self.dice.randrange(10**9)}"
        text = event.get("description", "") + f"\n{marker}"
        self._ours("note", person, event, {"id": event["id"], "description": text}, marker=marker)

    def _scribble(self, person: Person, event: Json) -> None:
        """Type over what is ours."""
        change = self.dice.choice(({"summary": "Big job"}, {"location": "somewhere"}, {"description": "call first"}))
        self._ours("scribble", person, event, {"id": event["id"], **change})

    def _colour(self, person: Person, event: Json) -> None:
        self._ours("colour", person, event, {"id": event["id"], "colorId": str(self.dice.randrange(1, 12))})

    def _hand_over(self, person: Person, event: Json) -> None:
        """Move the event to a colleague's calendar: the same id, gone here and there in one step of theirs."""
        other = self.dice.choice([each for each in self.floor.people if each is not person])
        self._carry("hand over", person, event, other.account, to=other.id)

    def _to_private(self, person: Person, event: Json) -> None:
        if not person.private:
            return self._resize(person, event)
        return self._carry("move to private", person, event, person.private)

    def _carry(self, what: str, person: Person, event: Json, calendar: str, **facts: Any) -> None:
        began = log.now()
        if not self.google.delete(person.account, event["id"]):
            return self.log.miss("technician: gone")
        self.google.write(calendar, {key: event[key] for key in _KEPT if key in event})
        return self._note(what, began, person, event, into=calendar, **facts)

    def _invite(self, person: Person, event: Json) -> None:
        """Decline it, and invite a colleague."""
        other = self.dice.choice([each for each in self.floor.people if each is not person])
        people = [{"email": person.account, "responseStatus": "declined"}, {"email": other.account}]
        starts, ends = _stretch(event, self.floor.zone)
        self._ours("invite", person, event, {"id": event["id"], "attendees": people}, place=Place(starts, ends), to=other.id)

    def _company(self, person: Person, event: Json) -> None:
        """Invite somebody and come too, which is nobody's business."""
        people = [{"email": person.account, "responseStatus": "accepted"}, {"email": "helper@example.com"}]
        self._ours("company", person, event, {"id": event["id"], "attendees": people})

    def _ours(self, what: str, person: Person, event: Json, change: Json, *, place: Place | None = None, **facts: Any) -> bool:
        """Change an event of ours; say whether it was done."""
        began = log.now()
        written = self.google.write(person.account, change, seen=event if event.get("etag") else None)
        if written is None:
            self.log.miss("technician: somebody was faster")
            return False
        self._note(what, began, person, written, place=place, **facts)
        return True

    def _note(self, what: str, began: datetime, person: Person, event: Json, *, place: Place | None = None, **facts: Any) -> None:
        self.log.add(
            Act("technician", what, began, log.now(), person.account, event["id"], _visit(event), person.id, place, facts)
        )

    def _write(self, what: str, person: Person, calendar: str, event: Json, *, seen: Json | None = None) -> None:
        began = log.now()
        written = self.google.write(calendar, event, seen=seen)
        if written is None:
            return self.log.miss("technician: somebody was faster")
        starts, ends = _stretch(written, self.floor.zone)
        return self.log.add(
            Act("technician", what, began, log.now(), calendar, written["id"], "", person.id, Place(starts, ends))
        )

    def _gone(self, what: str, person: Person, calendar: str, event_id: str) -> None:
        began = log.now()
        if not self.google.delete(calendar, event_id):
            return self.log.miss("technician: gone")
        return self.log.add(Act("technician", what, began, log.now(), calendar, event_id, "", person.id))

    _NEW = {_busy: 60, _odd: 20, _whole_day: 8, _series: 12}
    _TO_OWN = {_move_own: 35, _back: 12, _exception: 20, _flip: 10, _delete_own: 35, _undelete_own: 5}
    _TO_OURS = {
        _drag: 34, _drag_back: 6, _resize: 8, _delete: 10, _undelete: 6, _write_notes: 10, _scribble: 6, _colour: 3,
        _hand_over: 7, _to_private: 3, _invite: 5, _company: 2,
    }  # fmt: skip


def _visit(event: Json) -> str:
    found: str = event.get("extendedProperties", {}).get("private", {}).get(VISIT, "")
    return found


def _times(starts: datetime, ends: datetime) -> Json:
    return {"start": {"dateTime": starts.isoformat(), "date": None}, "end": {"dateTime": ends.isoformat(), "date": None}}


def _stretch(event: Json, zone: ZoneInfo) -> tuple[datetime, datetime]:
    def moment(node: Json) -> datetime:
        text = node.get("dateTime") or f"{node['date']}T00:00:00"
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=zone)

    return moment(event["start"]), moment(event["end"])
