"""Drags cards across a full board in a real Chromium and says how long the tasks of its main thread took, part by part.

Whatever the page does from the press of the button until the board stands still again counts, to the part it began in.
"""

import json
import os
import shutil
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import psycopg
from playwright.sync_api import Page, sync_playwright

from bench.timed import Timed

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-extensions", "--disable-background-networking"]
TRACED = ["__metadata", "disabled-by-default-devtools.timeline", "devtools.timeline", "blink.user_timing"]
MARK = "bench:"
PARTS = ("pick-up", "moving", "release")
BETWEEN = "between"
DRAGS, STEPS, PAUSE_MS = 6, 120, 12
LAST = 8 * 3600  # where on the axis, in seconds, the visit begins that is carried: the hours after it are free in every row
MOST = 50.0  # ms: what a browser calls a long task
# What a task may have been busy with, as Chromium names it.
BUSY = {
    "FunctionCall": "script", "ParseHTML": "parsing", "UpdateLayoutTree": "styles", "Layout": "layout", "PrePaint": "pre-paint",
    "Paint": "paint", "Layerize": "layers", "Commit": "commit", "MajorGC": "garbage", "MinorGC": "garbage", "HitTest": "hit test",
}  # fmt: skip

FRAMES = """() => {
  const seen = (window.benchFrames = { took: window.benchFrames?.took ?? [], next: 0 });
  let before = 0;
  const frame = (at) => {
    if (before) seen.took.push(at - before);
    before = at;
    seen.next = requestAnimationFrame(frame);
  };
  seen.next = requestAnimationFrame(frame);
}"""


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the page's main thread, in milliseconds: by the clock, and on the processor. `busy` says with what."""

    part: str
    took: float
    worked: float
    busy: str = ""


def measure(url: str, address: str, session: str, visit: int) -> bool:
    """Print the distributions; say whether no task was long. While a card is carried somebody else changes that visit.

    Every other card is given up, the rest are dropped at another technician's.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=url)
        context.add_cookies([{"name": "sessionid", "value": session, "url": url}])
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        page.wait_for_selector("li.bd-card[data-moves]")
        page.wait_for_timeout(1500)
        browser.start_tracing(page=page, categories=TRACED)
        mark(page, BETWEEN)
        for number in range(DRAGS):
            drag(page, number, visit, drop=bool(number % 2))
        frames = page.evaluate("() => window.benchFrames.took")
        tasks = read(json.loads(browser.stop_tracing()))
        page.goto("about:blank")
        browser.close()
    print(f"  {DRAGS} cards carried over the whole board, {STEPS} moves of the mouse each, somebody changes a visit meanwhile; "
          f"half of them dropped")  # fmt: skip
    print(f"  {'':<24}{'tasks':>7}{'p50':>8}{'p90':>8}{'p99':>8}{'most':>8} ms{'on the processor':>18}{'over 50 ms':>12}")
    for part in (*PARTS, BETWEEN):
        shown(f"at {part}" if part != BETWEEN else "before and between", [task for task in tasks if task.part == part])
    timed = Timed(frames)
    print(f"  from frame to frame while moving: p50 {timed.percentile(0.5):.1f}, p99 {timed.percentile(0.99):.1f} ms")
    long = [task for task in tasks if task.took > MOST and task.part != BETWEEN]
    fine = not long and not complaints
    print(f"  {len(long)} tasks over {MOST:.0f} ms from the pick-up to the release; {'target' if fine else 'MISSED'} none")
    for task in sorted(long, key=lambda task: -task.took)[:8]:
        print(f"    {task.part:<10}{task.took:>6.0f} ms, {task.worked:.0f} on the processor: {task.busy}")
    for complaint in complaints[:3]:
        print("   ", complaint)
    return fine


def drag(page: Page, number: int, visit: int, *, drop: bool) -> None:
    """Carry a card over rows and hours to the edge where the board scrolls and back, then drop it or give it up."""
    page.evaluate("() => (document.getElementById('bd-sheet').scrollTop = 0)")
    card = page.locator(".bd-row").nth(1 + number).locator(f"li.bd-card[data-at='{LAST}']")
    sheet, track, box = (
        each.bounding_box() for each in (page.locator("#bd-sheet"), page.locator(".bd-track").nth(1 + number), card)
    )
    if sheet is None or track is None or box is None:
        raise RuntimeError("no card on the board")
    hour = track["width"] / (int(page.locator("#board").get_attribute("data-seconds") or 0) / 3600)
    carried = card.get_attribute("data-visit")
    was = whose(page, carried)
    x, y = box["x"] + 12, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.wait_for_timeout(300)
    mark(page, "pick-up")
    page.mouse.down()
    page.mouse.move(x + 8, y)
    page.wait_for_timeout(100)
    mark(page, "moving")
    page.evaluate(FRAMES)
    bottom, right = min(sheet["y"] + sheet["height"], 900) - 20, track["x"] + track["width"] - 60
    for step in range(1, STEPS + 1):
        share = 1 - abs(1 - 2 * step / STEPS)
        end = (x + 1.5 * hour if drop else x) if step > STEPS / 2 else x
        page.mouse.move(end + (right - end) * share, y + (bottom - y) * share)
        page.wait_for_timeout(PAUSE_MS)
        if step == STEPS // 3:
            change(visit)
    page.wait_for_timeout(600)
    if not page.locator(".bd-ghost").count():
        raise RuntimeError("the card was not carried")
    page.evaluate("() => cancelAnimationFrame(window.benchFrames.next)")
    mark(page, "release")
    if not drop:
        page.keyboard.press("Escape")
    page.mouse.up()
    page.wait_for_timeout(1500)
    if page.evaluate("() => document.getElementById('board-ask').open && !document.getElementById('board-ask-go').click()"):
        page.wait_for_timeout(1500)
    mark(page, BETWEEN)
    if (whose(page, carried) != was) != drop:
        raise RuntimeError(f"the card {'was not moved' if drop else 'was moved'}: {page.locator('#board-toasts').inner_text()}")
    page.wait_for_timeout(500)


def mark(page: Page, part: str) -> None:
    page.evaluate("(name) => void performance.mark(name)", f"{MARK}{part}")


def whose(page: Page, visit: str | None) -> str:
    found: str = page.evaluate("(id) => document.getElementById(`visit-${id}`).closest('.bd-row').id", visit)
    return found


def change(visit: int) -> None:
    """Change a visit as a colleague would: the board hears of it while a card is carried."""
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        database.execute("UPDATE bookings_visit SET pinned = NOT pinned WHERE id = %s", [visit])


def read(trace: dict[str, Any]) -> list[Task]:
    """Return the tasks of the page's main thread, each with the part it began in."""
    events = trace["traceEvents"]
    marks = sorted((event["ts"], event["name"].removeprefix(MARK), event["pid"], event["tid"])
                   for event in events if event["name"].startswith(MARK))  # fmt: skip
    page, begins = marks[0][2:], [at for at, *_ in marks]
    mine = [event for event in events if (event["pid"], event.get("tid")) == page and "dur" in event]
    tasks = []
    for event in mine:
        if event["name"] == "RunTask" and (n := bisect_right(begins, event["ts"])):
            took = event["dur"] / 1000
            busy = ", ".join(f"{name} {ms:.0f}" for name, ms in _busy(event, mine)) if took > MOST else ""
            tasks.append(Task(marks[n - 1][1], took, event.get("tdur", 0) / 1000, busy))
    return tasks


def _busy(task: dict[str, Any], events: Iterable[dict[str, Any]]) -> Iterable[tuple[str, float]]:
    """Return what a task was busy with and for how many milliseconds, the longest first; what a script waits for counts twice."""
    ends, spent, until = task["ts"] + task["dur"], Counter[str](), defaultdict[str, int](int)
    for event in sorted(events, key=lambda event: event["ts"]):
        name = BUSY.get(event["name"])
        if name and task["ts"] <= event["ts"] < ends and event["ts"] >= until[name]:
            spent[name] += event["dur"] / 1000
            until[name] = event["ts"] + event["dur"]
    return [(name, ms) for name, ms in spent.most_common() if ms >= 1]


def shown(name: str, tasks: list[Task]) -> None:
    timed = Timed([task.took for task in tasks])
    shares = "".join(f"{timed.percentile(share):>8.1f}" for share in (0.5, 0.9, 0.99))
    most, worked = (max(values, default=0) for values in (timed.milliseconds, [task.worked for task in tasks]))
    long = sum(task.took > MOST for task in tasks)
    print(f"  {name:<24}{len(tasks):>7}{shares}{most:>8.1f}{f'most {worked:.1f} ms':>21}{long:>12}")
