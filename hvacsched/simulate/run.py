"""Plays many calls at once and keeps what came of each. One call's failure never stops the others."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from datetime import time as clock
from random import Random
from zoneinfo import ZoneInfo

from hvacsched.simulate import forms, people
from hvacsched.simulate.caller import AT_ONCE, Caller, Setting
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.line import Line
from hvacsched.simulate.narrator import Narrator
from hvacsched.simulate.record import Record
from hvacsched.simulate.scenarios import SCENARIOS
from hvacsched.simulate.vendors import Vendors

# People do not dial in the same instant: the first calls come this far apart, until as many as wanted are under way.
ARRIVAL_SECONDS = 0.04

Watch = Callable[[Sequence[Record]], None]


def plan(calls: int, named: Sequence[str], dice: Random) -> list[str]:
    """Return a scenario for each call: those named in turn, else a mixture. A single call books."""
    if named:
        return [named[n % len(named)] for n in range(calls)]
    if calls == 1:
        return ["books"]
    mixture = {name: scenario.weight for name, scenario in SCENARIOS.items() if scenario.weight}
    return dice.choices(list(mixture), list(mixture.values()), k=calls)


def connections(concurrency: int) -> int:
    """How many connections that many calls may need at once."""
    return concurrency * AT_ONCE


def contested_time(dice: Random, today: date, zone: ZoneInfo) -> datetime:
    """A morning far enough ahead that it is hardly taken, the one time that many callers want."""
    day = people.workday(dice, today, first=20, last=50)
    return datetime.combine(day, clock(dice.choice((9, 10, 11))), tzinfo=zone)


def play(
    names: Sequence[str], *, concurrency: int, seed: str, line: Line, vendors: Vendors, setting: Setting, narrator: Narrator,
    watch: Watch,
) -> list[Record]:  # fmt: skip
    """Play the calls, those for which Vapi is down before the others, and return their records in order."""
    records: list[Record] = []
    numbered = list(enumerate(names, start=1))
    without_vapi = [each for each in numbered if SCENARIOS[each[1]].without_vapi]
    # Dice for play, not for secrets; each call has its own, so that it goes alike whatever the others do.
    dice = {n: Random(f"{seed}/{n}") for n, _ in numbered}  # noqa: S311
    for group in (without_vapi, [each for each in numbered if not SCENARIOS[each[1]].without_vapi]):
        if not group:
            continue
        down = vendors.vapi_down(len(group)) if group is without_vapi else nullcontext()
        with down, ThreadPoolExecutor(concurrency, thread_name_prefix="caller") as pool:
            running = {pool.submit(_one, n, name, dice[n], concurrency, line, vendors, setting, narrator) for n, name in group}
            for done in as_completed(running):
                records.append(done.result())
                watch(records)
    return sorted(records, key=lambda record: record.number)


def _one(
    number: int, scenario: str, dice: Random, concurrency: int, line: Line, vendors: Vendors, setting: Setting, narrator: Narrator
) -> Record:
    if number <= concurrency:
        time.sleep((number - 1) * ARRIVAL_SECONDS)
    person = people.somebody(dice)
    record = Record(number, scenario, sid=forms.new_sid("CA"), phone=person.number)
    caller_id = dice.choice(people.WITHHELD) if scenario == "withheld" else person.number
    call = Caller(record, dice, person, caller_id=caller_id, line=line, vendors=vendors, setting=setting, narrator=narrator)
    try:
        SCENARIOS[scenario].play(call)
    except WrongError as error:
        record.failure = str(error)
    except Exception as error:
        # A bug of ours, or an answer of a shape nobody thought of: this call failed, and the others go on.
        record.failure = f"{type(error).__name__}: {error}"
    if record.failure:
        call.tell("FAILED", record.failure)
    return record


class Stopwatch:
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def __str__(self) -> str:
        return str(timedelta(seconds=round(self.seconds)))[2:]
