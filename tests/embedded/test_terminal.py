"""On a terminal the command is in the foreground: it can read, Ctrl-C reaches it once, Ctrl-Z stops the whole job."""

import os
import select
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.embedded.conftest import PATIENCE, ROOT, command_line, environment

pytestmark = pytest.mark.processes

TAKE_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""

COUNT_INTERRUPTS = """
import signal, sys, time
heard = []
signal.signal(signal.SIGINT, lambda *_: heard.append(1))
signal.signal(signal.SIGCONT, lambda *_: print("continued", flush=True))
print("listening", flush=True)
print("got", input(), flush=True)
while not heard:
    time.sleep(0.02)
time.sleep(0.3)
print("interrupts", len(heard), flush=True)
sys.exit(5)
"""


class OnTerminal:
    """A program whose controlling terminal we hold the other end of."""

    def __init__(self, data: Path, command: list[str]) -> None:
        self.end, theirs = os.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", TAKE_TERMINAL, *command],
            cwd=ROOT,
            env=environment(data, {"PS1": "prompt: ", "HISTFILE": ""}),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)

    def type(self, text: bytes) -> None:
        os.write(self.end, text)

    def read_until(self, text: str) -> None:
        seen, deadline = "", time.monotonic() + PATIENCE
        while text not in seen:
            assert time.monotonic() < deadline, f"{text!r} did not come, only {seen!r}"
            if select.select([self.end], [], [], 0.1)[0]:
                seen += os.read(self.end, 4096).decode()


@pytest.fixture
def on_terminal(shared_data: Path) -> Iterator[Callable[..., OnTerminal]]:
    started: list[OnTerminal] = []

    def start(command: list[str]) -> OnTerminal:
        started.append(OnTerminal(shared_data, command))
        return started[-1]

    yield start
    for terminal in started:
        if terminal.process.poll() is None:
            terminal.process.kill()
            terminal.process.wait()
        os.close(terminal.end)


def test_command_reads_and_is_interrupted_once(on_terminal: Callable[..., OnTerminal]) -> None:
    terminal = on_terminal(command_line((sys.executable, "-c", COUNT_INTERRUPTS)))
    terminal.read_until("listening")  # else the shell might read on into what is meant for the command
    terminal.type(b"hello\n")
    terminal.read_until("got hello")
    terminal.type(b"\x03")
    terminal.read_until("interrupts 1")

    assert terminal.process.wait(PATIENCE) == 5


def test_suspended_command_gives_the_shell_its_terminal_and_comes_back(
    on_terminal: Callable[..., OnTerminal], tmp_path: Path
) -> None:
    script = tmp_path / "count.py"
    script.write_text(COUNT_INTERRUPTS)
    terminal = on_terminal(["bash", "--norc", "--noprofile", "-i"])
    terminal.read_until("prompt: ")
    terminal.type(f"{shlex.join(command_line((sys.executable, str(script))))}\n".encode())
    terminal.read_until("listening")  # else the shell might read on into what is meant for the command
    terminal.type(b"hello\n")
    terminal.read_until("got hello")

    terminal.type(b"\x1a")
    terminal.read_until("Stopped")
    terminal.type(b"echo the shell $((40 + 2))\n")
    terminal.read_until("the shell 42")
    terminal.type(b"fg\n")
    terminal.read_until("continued")
    terminal.type(b"\x03")
    terminal.read_until("interrupts 1")
    terminal.type(b"exit\n")
    assert terminal.process.wait(PATIENCE) == 5
