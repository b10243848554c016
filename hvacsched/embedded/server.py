"""
What both servers share: join the one that runs on this folder or start our own, wait until it answers, stop it.

A server is recorded with the launcher that started it, which alone stops it. Call with the folder's lock held.
"""

import os
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path

from hvacsched.embedded import processes
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.folder import DataFolder, Running
from hvacsched.embedded.processes import Mark

START_SECONDS = 60.0
STOP_SECONDS = 20.0
PORT_ATTEMPTS = 3
HOST = "127.0.0.1"


class Server(ABC):
    name: str
    stop_signal: signal.Signals

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.password = folder.password()
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None

    @property
    @abstractmethod
    def url(self) -> str: ...

    @property
    @abstractmethod
    def log(self) -> Path: ...

    @abstractmethod
    def prepare(self) -> None:
        """Choose binaries and make the data ready for `launch`."""

    @abstractmethod
    def launch(self, port: int) -> subprocess.Popen[bytes]: ...

    @abstractmethod
    def answers(self, connection: socket.socket) -> bool:
        """Speak the protocol's first words; true when the server is ready for work."""

    @property
    def is_ours(self) -> bool:
        return self.process is not None

    def ensure(self) -> None:
        running = self.folder.running(self.name)
        if running is not None and running.server.lives():
            if running.owner.lives():
                self._join(running)
                return
            # Its launcher was killed: the server is on its way out and must be gone before its data is used again.
            self._see_off(running.server)
        self._start()

    def stop(self) -> None:
        if self.process is None:
            return
        self.folder.write_running(self.name, None)
        process, self.process = self.process, None
        for number, seconds in ((self.stop_signal, STOP_SECONDS), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            if process.poll() is None:
                process.send_signal(number)
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
            return

    def end(self, number: signal.Signals) -> None:
        """End our server by a signal and keep its place: `come_back` starts it again. For whoever measures what that costs."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(STOP_SECONDS)

    def come_back(self) -> None:
        """Start a server that was ended on the port it had. After a kill its data may still be in use for a moment."""
        deadline = time.monotonic() + START_SECONDS
        while True:
            self.prepare()
            self.process = self.launch(self.port)
            if self._came_up(self.process):
                self.folder.write_running(self.name, Running(Mark.of(self.process.pid), Mark.of(os.getpid()), self.port))
                return
            if time.monotonic() > deadline:
                raise EmbeddedError(f"{self.name} did not come back. Its log, {self.log}:{self.tail_of_log()}")
            time.sleep(0.2)

    def tail_of_log(self, lines: int = 8) -> str:
        try:
            said = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            said = []
        return "".join(f"\n  | {line}" for line in said[-lines:])

    def _join(self, running: Running) -> None:
        self.port = running.port
        if not processes.wait_until(self._is_ready, START_SECONDS):
            raise EmbeddedError(
                f"{self.name} runs (process {running.server.pid}, port {running.port}) but does not answer. "
                f"Stop the launcher that started it (process {running.owner.pid}). Its log: {self.log}"
            )

    def _see_off(self, server: Mark) -> None:
        processes.send(server.pid, self.stop_signal)
        if not processes.wait_until(lambda: not server.lives(), STOP_SECONDS):
            processes.send(server.pid, signal.SIGKILL)
            processes.wait_until(lambda: not server.lives(), 5)

    def _start(self) -> None:
        self.prepare()
        for _attempt in range(PORT_ATTEMPTS):
            self.port = free_port()
            self.process = self.launch(self.port)
            if self._came_up(self.process):
                self.folder.write_running(self.name, Running(Mark.of(self.process.pid), Mark.of(os.getpid()), self.port))
                return
            status, self.process = self.process.poll(), None
            if "in use" not in self.tail_of_log():  # else somebody took the port between our look and the start
                break
        raise EmbeddedError(f"{self.name} did not start (status {status}). Its log, {self.log}:{self.tail_of_log()}")

    def _came_up(self, process: subprocess.Popen[bytes]) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None:
            if self._is_ready():
                return True
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
            time.sleep(processes.POLL_SECONDS)
        return False

    def _is_ready(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as connection:
                return self.answers(connection)
        except OSError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_fast() -> bool:
    """For tests: throw-away data need not survive a power cut."""
    return os.environ.get("HVACSCHED_EMBEDDED_FAST", "") == "1"
