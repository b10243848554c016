"""Shows how far long work is: one line kept up to date on a terminal, else a line every few seconds."""

import time
from typing import Any

EVERY_SECONDS = 5.0
_REDRAW_SECONDS = 0.1


class Progress:
    """Writes to a stream such as a command's stdout; `quiet` shows nothing."""

    def __init__(self, stream: Any, *, quiet: bool = False) -> None:
        self._stream = stream
        self._quiet = quiet
        self._terminal = bool(stream.isatty())
        self._shown_at = time.monotonic() if not self._terminal else 0.0
        self._width = 0

    def show(self, text: str) -> None:
        now = time.monotonic()
        if self._quiet or now - self._shown_at < (_REDRAW_SECONDS if self._terminal else EVERY_SECONDS):
            return
        self._shown_at = now
        if self._terminal:
            self._stream.write(f"\r  {text:<{self._width}}", ending="")
            self._width = len(text)
        else:
            self._stream.write(f"  {text}")
        self._stream.flush()

    def done(self) -> None:
        """Make room for what comes next."""
        if self._terminal and self._width:
            self._stream.write("\r" + " " * (self._width + 2) + "\r", ending="")
            self._stream.flush()
            self._width = 0
