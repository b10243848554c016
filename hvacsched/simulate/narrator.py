"""Tells a call as it goes: who says what to whom, when, and how long the answer took."""

import threading
import time
from collections.abc import Callable
from textwrap import wrap

_WIDTH = 96
_WHO = 10


class Narrator:
    """Silent without `write`. `several` calls at once are told apart by their number."""

    def __init__(self, write: Callable[[str], None] | None, *, several: bool) -> None:
        self._write = write
        self._several = several
        self._lock = threading.Lock()

    @property
    def listened_to(self) -> bool:
        return self._write is not None

    def tell(self, number: int, began: float, who: str, text: str, milliseconds: float | None = None) -> None:
        if self._write is None:
            return
        took = f"  [{milliseconds:.0f} ms]" if milliseconds is not None else ""
        which = f"#{number:<4}" if self._several else ""
        head = f"  {which}{time.time() - began:6.2f} s  {who:<{_WHO}}  "
        lines = wrap(text + took, _WIDTH) or [""]
        with self._lock:
            self._write(head + lines[0])
            for line in lines[1:]:
                self._write(" " * len(head) + line)
