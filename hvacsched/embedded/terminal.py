"""
Job control: lending the terminal to CMD, as a shell does, so that Ctrl-C and Ctrl-Z reach it and it can read.
"""

import os
import signal
import sys

from hvacsched.embedded import processes


class Terminal:
    def __init__(self, front_group: int) -> None:
        self._front_group = front_group
        self.is_lent = self._in_front()
        if self.is_lent:
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # taking it back must not stop us

    def take_back(self) -> None:
        if self.is_lent:
            self._set(self._front_group)

    def suspend(self) -> None:
        """CMD was stopped by Ctrl-Z: let the shell that started us see a stopped job."""
        self.take_back()
        processes.send_group(self._front_group, signal.SIGTSTP)

    def resume(self, group: int) -> None:
        if self.is_lent and self._in_front():  # `fg`; after `bg` the shell keeps the terminal
            self._set(group)
        processes.send_group(group, signal.SIGCONT)

    def _in_front(self) -> bool:
        try:
            return sys.stdin is not None and os.isatty(0) and os.tcgetpgrp(0) == self._front_group
        except OSError:
            return False

    def _set(self, group: int) -> None:
        try:
            os.tcsetpgrp(0, group)
        except OSError:
            self.is_lent = False  # the terminal is gone
