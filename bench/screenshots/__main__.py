"""Makes docs/screenshots: every page of the desk, on a desktop and a telephone, in light and dark; servers and ports of its own.

`python -m bench.screenshots` makes them all and removes pictures of pages that are gone; with names, those pages only. Exit
status 1 when a page does not answer 200, writes into the browser's console, is not ready in time, or on a telephone scrolls
sideways.
Loopback only; ends by itself in about five minutes. Needs Debian's Chromium.
"""

import importlib
import io
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

import django

from bench.stack import manage, running

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs/screenshots"
NEEDS_SETTINGS = ("camera", "pages", "scene", "telephone")


def main(named: list[str]) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # shown as it goes, also into a file
    signal.signal(signal.SIGTERM, _ends)
    begun = time.monotonic()
    data = Path(os.environ.get("HVACSCHED_DATA") or ".data/bench").absolute() / "screenshots"
    with running(data, settings="hvacsched.settings") as stack:
        # The browser's driver keeps an event loop in this thread; to Django every query then looks like one made from async code.
        os.environ |= stack.environment | {"LOG_LEVEL": "WARNING", "DJANGO_ALLOW_ASYNC_UNSAFE": "true"}
        django.setup()
        manage(stack.environment, "push_assistant", "--verbosity", "0", "--skip-checks")
        stack.start_worker()
        stack.start_beat()
        # They import models, which cannot be imported before the settings are known.
        camera, pages, scene, telephone = map(importlib.import_module, (f"{__package__}.{name}" for name in NEEDS_SETTINGS))
        with telephone.connected(stack) as phone:
            shown = pages.of(scene.play(stack, phone))
            with camera.opened(stack.url, FOLDER, named) as lens:
                lens.take(shown)
                phone.plays("gas")
                lens.take(pages.IN_AN_EMERGENCY)
    lens.settle()
    size = sum(picture.stat().st_size for picture in FOLDER.glob("*.png"))
    print(f"{lens.made} pictures in {time.monotonic() - begun:.0f} s; {size / 1e6:.1f} MB in {FOLDER.relative_to(ROOT)}")
    for problem in lens.problems:
        print(f"  WRONG {problem}")
    return 1 if lens.problems else 0


def _ends(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)  # through every `finally`: what was started is ended


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
