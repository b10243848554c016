"""One run of one seed: a day's worth of changes on both sides, then quiet, then the judgement."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from bench.both_ways import judge, picture, quiet
from bench.both_ways.floor import Floor
from bench.both_ways.google import Google
from bench.both_ways.log import Log, Place
from bench.both_ways.picture import Picture, Row


@dataclass(slots=True)
class Came:
    """What came of a run. `wrong`: sentences, [] when both sides agree."""

    seed: str
    log: Log
    quiet_seconds: float
    wrong: list[str]
    counts: Counter[str]
    seen: Picture


def end(seed: str, floor: Floor, google: Google, log: Log, sweep: Callable[[datetime], None], *, seconds: float) -> Came:
    """Wait until it is quiet and judge."""
    try:
        took = quiet.settle(floor, google, sweep, seconds=seconds)
        wrong: list[str] = []
    except quiet.NeverQuietError as error:
        took, wrong = seconds, [str(error)]
    seen = picture.see(floor, google, now=timezone.now())
    wrong += judge.judge(floor, seen, log)
    return Came(seed, log, took, wrong, _counts(seen, log), seen)


def story(came: Came, most: int = 60) -> str:
    """What is wrong, and for each visit or event that is named what was done to it, what became of it and what was asked."""
    text = " ".join(came.wrong)
    named = {act.visit for act in came.log.acts if act.event and act.event[:8] in text}
    visits = [row for row in came.seen.visits if row["name"] in named or row["reference"] in text]
    lines = [f"seed {came.seed}: {len(came.wrong)} wrong", *(f"  {each}" for each in came.wrong[:most])]
    for row in visits[:most]:
        lines += [f"  visit {row['id']} ({row['reference']}) is {row['status']}:", *(f"    {each}" for each in _of(row, came))]
    return "\n".join(lines)


def _of(row: Row, came: Came) -> Iterator[str]:
    """All that happened to one visit, in order; then its events and what takes its technician's time meanwhile."""
    seen = came.seen
    told = [(act.began, str(act)) for act in came.log.acts if act.visit == row["name"]]
    for change in seen.changes[row["booking_id"]]:
        told.append((change["at"], f"{change['at']:%H:%M:%S.%f} {change['by']}: {change['kind']} {change['detail']}"))
    for asked in seen.concerns:
        if asked["visit_id"] == row["id"]:
            until = f", {asked['status']} {asked['closed_at']:%H:%M:%S.%f}" if asked["closed_at"] else ""
            told.append(
                (asked["created_at"], f"{asked['created_at']:%H:%M:%S.%f} asked{until}: {asked['kind']}, {asked['text']}")
            )
    yield from (text for _, text in sorted(told))
    yield from (f"event {event.calendar}/{event.id[:8]} at {event.place}" for event in seen.ours if event.visit == row["name"])
    for block in seen.busy:
        over = block["starts_at"] < row["ends_at"] and block["ends_at"] > row["starts_at"]
        if over and block["technician_id"] == row["technician_id"]:
            yield f"busy {block['calendar_id']}/{block['event_id'][:8]} at {Place(block['starts_at'], block['ends_at'])}"


def _counts(seen: Picture, log: Log) -> Counter[str]:
    kinds = Counter(f"{row['kind']} {row['status']}" for row in seen.concerns)
    followed = sum(each["by"].startswith("calendar:") for changes in seen.changes.values() for each in changes)
    standing = sum(row["status"] == "active" for row in seen.visits)
    return kinds + Counter({"visits": len(seen.visits), "standing": standing, "followed": followed, "busy": len(seen.busy)})
