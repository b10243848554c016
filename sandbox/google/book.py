"""The calendars and what is in them. Owns etags, versions, tombstones and who may see what.

Events are kept canonical (times in UTC) and replaced, never altered, so that a snapshot may be written meanwhile.
Every change moves an event to the end of its calendar's order: paging and sync tokens are positions in that order.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox import clock
from sandbox.google import expand, times

Json = dict[str, Any]
ROLES = ("none", "freeBusyReader", "reader", "writer", "owner")


@dataclass(slots=True)
class Record:
    event: Json
    version: int
    starts: datetime
    ends: datetime
    gone: dict[str, Json] = field(default_factory=dict)  # instances a series once had: id -> original start
    expanded: tuple[object, list[Json]] | None = None

    @property
    def live(self) -> bool:
        return bool(self.event["status"] != "cancelled")

    @property
    def is_series(self) -> bool:
        return "recurrence" in self.event

    def instances(self) -> list[Json]:
        today = datetime.now(UTC).date()
        if self.expanded is None or self.expanded[0] != today:
            self.expanded = (today, expand.instances(self.event, today))
        return self.expanded[1]


class Calendar:
    def __init__(self, calendar_id: str, owner: str, time_zone: str, summary: str | None = None) -> None:
        self.id, self.owner, self.time_zone, self.summary = calendar_id, owner, time_zone, summary or calendar_id
        self.shared_with: dict[str, str] = {}
        self.version = 0
        self.generation = 0  # a sync token of an earlier one has expired
        self._records: dict[str, Record] = {}  # in the order of their last change
        self._exceptions: dict[str, set[str]] = {}
        self.etag_counter = 0

    @property
    def zone(self) -> ZoneInfo:
        return times.zone(self.time_zone)

    def role(self, account: str) -> str:
        return "owner" if account == self.owner else self.shared_with.get(account, "none")

    def get(self, event_id: str) -> Record | None:
        return self._records.get(event_id)

    def __len__(self) -> int:
        return len(self._records)

    def records(self, after: int = 0) -> Iterator[Record]:
        """Those last changed after a version, oldest change first."""
        if after == 0:
            return iter(list(self._records.values()))
        recent = []
        for record in reversed(self._records.values()):
            if record.version <= after:
                break
            recent.append(record)
        return reversed(recent)

    def live(self) -> list[Json]:
        return [record.event for record in self._records.values() if record.live]

    def exceptions_of(self, master_id: str) -> set[str]:
        return self._exceptions.get(master_id, set())

    def instance(self, event_id: str) -> Json | None:
        """An instance nobody has changed yet, by its id."""
        master = self._records.get(event_id.rpartition("_")[0])
        if master is None or not master.is_series:
            return None
        return next((each for each in master.instances() if each["id"] == event_id), None)

    def put(self, event: Json, *, touch: bool = True) -> Record:
        """`touch` false: `updated` stays (only reminders changed)."""
        now = clock.now()
        before = self._records.get(event["id"])
        self.version += 1
        self.etag_counter = max(self.etag_counter + 2, int(now * 2000))
        event = event | {"etag": f'"{self.etag_counter}"'}
        if touch or before is None:
            event["updated"] = clock.iso_ms(now)
        record = self._record(event, self.version)
        if before is not None:
            self._note_gone(before, record)
        self._store(record)
        if record.is_series and before is not None:
            self._drop_orphans(record)
        return record

    def reckon_again(self) -> None:
        """Another zone: all-day events are at other instants."""
        for record in self._records.values():
            record.starts = times.moment(record.event["start"], self.zone)
            record.ends = times.moment(record.event["end"], self.zone)

    def empty(self) -> None:
        self._records, self._exceptions = {}, {}
        self.generation += 1

    def dump(self) -> Json:
        return {
            "id": self.id,
            "owner": self.owner,
            "time_zone": self.time_zone,
            "summary": self.summary,
            "shared_with": dict(self.shared_with),
            "version": self.version,
            "generation": self.generation,
            "etag_counter": self.etag_counter,
            "events": [[each.version, each.event, dict(each.gone)] for each in self._records.values()],
        }

    @classmethod
    def load(cls, kept: Json) -> "Calendar":
        calendar = cls(kept["id"], kept["owner"], kept["time_zone"], kept["summary"])
        calendar.shared_with = dict(kept["shared_with"])
        calendar.version, calendar.generation = kept["version"], kept["generation"]
        calendar.etag_counter = kept["etag_counter"]
        for version, event, gone in kept["events"]:
            record = calendar._record(event, version)
            record.gone = gone
            calendar._store(record)
        return calendar

    def _record(self, event: Json, version: int) -> Record:
        zone = self.zone
        return Record(event, version, times.moment(event["start"], zone), times.moment(event["end"], zone))

    def _store(self, record: Record) -> None:
        self._records.pop(record.event["id"], None)
        self._records[record.event["id"]] = record
        if master := record.event.get("recurringEventId"):
            self._exceptions.setdefault(master, set()).add(record.event["id"])

    def _note_gone(self, before: Record, after: Record) -> None:
        gone = dict(before.gone)
        if before.is_series:
            gone |= {each["id"]: each["originalStartTime"] for each in before.instances()}
        if after.is_series and after.live:
            for each in after.instances():
                gone.pop(each["id"], None)
        after.gone = gone

    def _drop_orphans(self, master: Record) -> None:
        """Exceptions of instances that no longer exist end with them."""
        kept = {each["id"] for each in master.instances()} if master.live else set()
        for event_id in sorted(self.exceptions_of(master.event["id"])):
            record = self._records[event_id]
            if event_id not in kept and record.live:
                self.put(record.event | {"status": "cancelled"})


class Book:
    """All calendars, and a word to whoever listens when one changes."""

    def __init__(self) -> None:
        self.calendars: dict[str, Calendar] = {}
        self.on_change: Callable[[Calendar], None] = lambda calendar: None

    def of_account(self, account: str, time_zone: str) -> Calendar:
        """An account's own calendar; its id is the account's address."""
        if account not in self.calendars:
            self.calendars[account] = Calendar(account, account, time_zone)
        return self.calendars[account]

    def put(self, calendar: Calendar, event: Json, *, touch: bool = True) -> Record:
        record = calendar.put(event, touch=touch)
        self.on_change(calendar)
        return record

    def empty(self) -> None:
        for calendar in self.calendars.values():
            calendar.empty()

    def dump(self) -> Json:
        return {"calendars": [calendar.dump() for calendar in self.calendars.values()]}

    def load(self, kept: Json) -> None:
        self.calendars = {each["id"]: Calendar.load(each) for each in kept["calendars"]}
