"""One run of one seed: a day's worth of changes on both sides, then quiet, then the judgement."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from bench.both_ways import judge, picture, quiet
from bench.both_ways.floor import Floor
from bench.both_ways.google import Google
from bench.both_ways.log import Log
from bench.both_ways.picture import Picture


@dataclass(slots=True)
class Came:
    """What came of a run. `wrong`: sentences, [] when both sides agree."""

    seed: str
    log: Log
    quiet_seconds: float
    wrong: list[str]
    counts: Counter[str]


def end(seed: str, floor: Floor, google: Google, log: Log, sweep: Callable[[datetime], None], *, seconds: float) -> Came:
    """Wait until it is quiet and judge."""
    try:
        took = quiet.settle(floor, google, sweep, seconds=seconds)
        wrong: list[str] = []
    except quiet.NeverQuietError as error:
        took, wrong = seconds, [str(error)]
    seen = picture.see(floor, google, now=timezone.now())
    wrong += judge.judge(floor, seen, log)
    return Came(seed, log, took, wrong, _counts(seen, log))


def story(came: Came, most: int = 60) -> str:
    """What is wrong, and for each visit or event that is named the acts that concern it."""
    lines = [f"seed {came.seed}: {len(came.wrong)} wrong", *(f"  {each}" for each in came.wrong[:most])]
    text = " ".join(came.wrong)
    acts = [act for act in came.log.acts if act.event and (act.event[:8] in text or act.event in text)]
    return "\n".join([*lines, "  what was done to it:", *(f"    {act}" for act in acts[:most])] if acts else lines)


def _counts(seen: Picture, log: Log) -> Counter[str]:
    kinds = Counter(f"{row['kind']} {row['status']}" for row in seen.concerns)
    followed = sum(each["by"].startswith("calendar:") for changes in seen.changes.values() for each in changes)
    standing = sum(row["status"] == "active" for row in seen.visits)
    return kinds + Counter({"visits": len(seen.visits), "standing": standing, "followed": followed, "busy": len(seen.busy)})
