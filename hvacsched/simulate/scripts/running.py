"""Plays scripts against the product that runs, each at a shop of its own, and tells what came of them in a table."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, timedelta

from django.utils import timezone

from hvacsched.simulate import line
from hvacsched.simulate.caller import AT_ONCE
from hvacsched.simulate.errors import WrongError
from hvacsched.simulate.report import percentile
from hvacsched.simulate.scripts import player, rows, shop, words
from hvacsched.simulate.scripts.script import Script, ScriptError
from hvacsched.simulate.scripts.stage import Place, Played, Reply, Sent


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one script; `skipped` says why it was not played."""

    script: Script
    played: Played
    rows: int = 0
    wrong: tuple[str, ...] = ()
    skipped: str = ""

    @property
    def failed(self) -> bool:
        return bool(self.wrong)


@dataclass(slots=True)
class OverHttp:
    """Delivers at once, in order: times are told by the messages, which say that the call began a while ago."""

    phone: line.Line
    pool: ThreadPoolExecutor

    def __call__(self, sent: Sent, *, at: float, copies: int) -> Sequence[Reply]:
        def post(copy: int) -> Reply:
            reply = self.phone.vapi(sent.body, kind=sent.kind, way=sent.number + copy)
            return reply.status, reply.body, reply.milliseconds

        return [post(0)] if copies == 1 else list(self.pool.map(post, range(copies)))


def play_all(scripts: Sequence[Script], phone: line.Line) -> Iterator[Result]:
    """Play one script after the other; what each left in the database is gone before the next one begins."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for script in scripts:
            if script.clock == "pinned":
                yield Result(script, Played(), skipped=script.why)
            else:
                yield _one(script, OverHttp(phone, pool))


def _one(script: Script, over: OverHttp) -> Result:
    played, looked_at = Played(), 0
    wrong: list[str] = []
    try:
        now = timezone.now()
        today = now.astimezone(shop.zone_of(script.shop)).date()
        days = words.days_of(script.days, today)
        with shop.scratch(script.shop, days) as scratch:
            began = now - timedelta(seconds=player.length(script))
            place = Place(
                shop=scratch.name, number=scratch.phone_number, zone=scratch.zone, days=days, began=began.astimezone(UTC)
            )
            played = player.play(script, place, over)
            looked_at, wrong = rows.check(script, scratch, played)
    except (WrongError, ScriptError) as error:
        wrong.append(str(error))
    return Result(script, played, looked_at, (*played.problems, *wrong))


def table(results: Sequence[Result]) -> list[str]:
    """Return the lines of the table: script, calls, answers and rows that were right, and the answers' milliseconds."""
    width = max(len(each.script.name) for each in results)
    lines = [f"     {'script':<{width}}  calls  answers     rows   p50 ms   max ms"]
    for each in results:
        if each.skipped:
            lines.append(f"  -- {each.script.name:<{width}}  skipped: {each.skipped}")
            continue
        mark = "XX" if each.failed else "ok"
        right = each.rows - (len(each.wrong) - len(each.played.problems))
        taken = each.played.milliseconds or [0.0]
        lines.append(
            f"  {mark} {each.script.name:<{width}}  {len(each.script.calls):>5}  {each.played.right:>3}/{each.played.asked:<3}"
            f"  {max(0, right):>3}/{each.rows:<3}  {percentile(taken, 0.5):>7.1f}  {max(taken):>7.1f}"
        )
        lines += [f"     {'':<{width}}  {problem}" for problem in each.wrong]
    return lines


def summary(results: Sequence[Result], *, seconds: float) -> str:
    played = [each for each in results if not each.skipped]
    taken = [milliseconds for each in played for milliseconds in each.played.milliseconds]
    failed = sum(each.failed for each in played)
    tools = f"; tools answered in p50 {percentile(taken, 0.5):.1f} ms, p99 {percentile(taken, 0.99):.1f} ms" if taken else ""
    calls = sum(len(each.script.calls) for each in played)
    return (
        f"  {len(played)} scripts with {calls} calls in {seconds:.1f} s, {failed} failed, "
        f"{len(results) - len(played)} skipped{tools}"
    )
