"""Wakes a worker after a commit without making a caller wait for the broker.

What is handed over here may be lost with the process: it is only ever a hint about work that stands in the database
and that a sweep finds by itself.
"""

import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextvars import Context, copy_context

import structlog

log = structlog.get_logger(__name__)

Hint = Callable[[], object]

# The answer goes out first, and hints of one burst become one.
LINGER_SECONDS = 0.2


class Later:
    """One daemon thread a process, started with its first hint; hints of the same key that still wait are one."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._pid = os.getpid()
        self._waiting: OrderedDict[Hashable, tuple[Context, Hint]] = OrderedDict()
        self._changed = threading.Condition()
        self._busy = False
        self._thread: threading.Thread | None = None

    def soon(self, key: Hashable, hint: Hint) -> None:
        """Run `hint` in the background, under the log context of now; at once if its kind is not waiting already."""
        if self._pid != os.getpid():  # a forked worker has the parent's queue and none of its threads
            self._reset()
        with self._changed:
            self._waiting.setdefault(key, (copy_context(), hint))
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="later", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def wait(self, seconds: float) -> bool:
        """Wait until nothing is left to do; say whether that came to be."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._waiting and not self._busy, timeout=seconds)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: bool(self._waiting))
            time.sleep(LINGER_SECONDS)
            with self._changed:
                hints = list(self._waiting.values())
                self._waiting.clear()
                self._busy = True
            for context, hint in hints:
                try:
                    context.run(hint)
                except Exception as error:  # the boundary: a hint that fails is only late work
                    log.warning("hint_failed", kind=type(error).__name__)


later = Later()
