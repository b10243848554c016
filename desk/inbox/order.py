"""In what order things wait: by group, within a group by place, then whoever waits longest first. The one place that says so."""

from dataclasses import dataclass

from bookings.models import Concern

Kind = Concern.Kind


@dataclass(frozen=True, slots=True)
class Group:
    """A band of the list. `sorts` are its places from the most urgent down; `tone` is its colour: bad, wait or calm."""

    key: str
    title: str
    tone: str
    sorts: tuple[str, ...]


def _concerns(*kinds: Concern.Kind) -> tuple[str, ...]:
    return tuple(f"concern:{kind.value}" for kind in kinds)


GROUPS = (
    Group(
        "emergencies", "Emergencies", "bad",
        ("emergency:nobody", *_concerns(Kind.UNACKNOWLEDGED, Kind.EMERGENCY), "emergency:taken"),
    ),
    Group("leads", "Call back", "bad", ("lead:urgent", "lead")),
    Group(
        "conflicts", "Conflicts", "wait",
        _concerns(Kind.EVENT_DELETED, Kind.EVENT_MOVED, Kind.EVENT_CHANGED, Kind.BUSY_OVER_VISIT, Kind.TO_CONFIRM),
    ),
    Group(
        "promises", "Promises not kept", "wait",
        _concerns(Kind.NOT_BOOKED, Kind.OTHER_TIME, Kind.NOT_TOLD, Kind.TAKEN_BACK, Kind.FEE_NOT_TOLD),
    ),
    Group("calendars", "Calendars", "wait", _concerns(Kind.CALENDAR_BROKEN, Kind.CALENDAR_STALE, Kind.CALENDAR_REFUSED)),
    Group("late", "Visits late", "wait", ("late:over", "late:soon", *_concerns(Kind.DRIVE))),
    Group("messages", "Texts that failed", "calm", _concerns(Kind.MESSAGE_FAILED)),
    Group("line", "The line", "calm", _concerns(Kind.LINE_BROKEN)),
    Group("addresses", "Addresses missing", "calm", _concerns(Kind.ADDRESS)),
)  # fmt: skip
OTHER = Group("other", "Everything else", "calm", ())

_PLACES = {sort: (band, place) for band, group in enumerate(GROUPS) for place, sort in enumerate(group.sorts)}
BY_KEY = {group.key: group for group in (*GROUPS, OTHER)}


def place(sort: str) -> tuple[int, int]:
    """Return where something stands: its group's number, and its place in it; what nobody has placed comes last."""
    return _PLACES.get(sort, (len(GROUPS), 0))


def group(sort: str) -> Group:
    band, _ = place(sort)
    return GROUPS[band] if band < len(GROUPS) else OTHER


def can_wait(sort: str) -> bool:
    """Say whether something may be put aside: no emergency may."""
    return group(sort) is not GROUPS[0]
