"""
One run: the servers, the environment for CMD, CMD itself, its signals and its status, and nothing left behind.

This is the keeper's side. It serves a front process (see `__main__`), whose death it treats as a request to end.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import FrameType

from hvacsched.embedded import processes
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.folder import PROJECT_ROOT, DataFolder
from hvacsched.embedded.postgres import Postgres
from hvacsched.embedded.server import Server
from hvacsched.embedded.terminal import Terminal
from hvacsched.embedded.valkey import Valkey

EXIT_NO_SERVERS = 125
GRACE_SECONDS = 10.0
LEFTOVER_SECONDS = 3.0
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Asked(BaseException):
    """A signal arrived while the servers were being started."""

    def __init__(self, number: int) -> None:
        self.number = number


class Keeper:
    def __init__(self, command: Sequence[str], *, front: int, front_group: int, heard: frozenset[int]) -> None:
        self._command = command
        self._front = front
        self._heard = frozenset(signal.Signals(number) for number in heard)
        self._front_group = front_group
        self._servers: list[Server] = []

    def run(self) -> int:
        """Call with the heard signals blocked; they stay so except while the servers are being started."""
        for number in self._heard:
            signal.signal(number, self._interrupt)
        folder: DataFolder | None = None
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._heard)
            environment = dict(os.environ)
            if not (_has(environment, "DATABASE_URL") and _has(environment, "REDIS_URL")):
                processes.require_linux()
                folder = DataFolder.open()
                self._start_servers(folder, environment)
            _name_settings(environment)
            # From here on signals wait until we ask for them: nothing can interrupt the clean-up.
            signal.pthread_sigmask(signal.SIG_BLOCK, self._heard)
        except EmbeddedError as error:
            print(f"hvacsched.embedded: {error}", file=sys.stderr)
            return self._stop_servers(folder, EXIT_NO_SERVERS)
        except Asked as asked:
            return self._stop_servers(folder, 128 + asked.number)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD, signal.SIGCONT})
        status = self._run_command(environment)
        return self._stop_servers(folder, status)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        raise Asked(number)

    def _start_servers(self, folder: DataFolder, environment: dict[str, str]) -> None:
        environment["HVACSCHED_DATA"] = str(folder.path)
        with folder.locked():
            for variable, kind in (("DATABASE_URL", Postgres), ("REDIS_URL", Valkey)):
                if not _has(environment, variable):
                    server: Server = kind(folder)
                    self._servers.append(server)
                    server.ensure()
                    environment[variable] = server.url

    def _stop_servers(self, folder: DataFolder | None, status: int) -> int:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._heard)
        mine = [server for server in reversed(self._servers) if server.is_ours]
        if folder is not None and mine:
            with folder.locked():
                for server in mine:
                    server.stop()
        return status

    def _run_command(self, environment: dict[str, str]) -> int:
        terminal = Terminal(self._front_group)
        command = processes.spawn(self._command, env=environment, foreground=terminal.is_lent)
        ours = [command, *(server.process for server in self._servers if server.process is not None)]
        self._watch(command, ours, terminal)
        terminal.take_back()
        processes.end_descendants(ours[1:], grace=LEFTOVER_SECONDS)
        status = command.returncode
        return 128 - status if status < 0 else status

    def _watch(self, command: subprocess.Popen[bytes], ours: list[subprocess.Popen[bytes]], terminal: Terminal) -> None:
        awaited = self._heard | {signal.SIGCHLD, signal.SIGCONT}
        kill_at: float | None = None
        lost: set[str] = set()
        while command.poll() is None:
            arrived = signal.sigtimedwait(awaited, 0.5)
            number = arrived.si_signo if arrived else 0
            if number in self._heard:
                if number == signal.SIGINT:
                    processes.send_group(command.pid, signal.SIGINT)  # as a terminal would
                else:
                    processes.send(command.pid, signal.Signals(number))
            elif number == signal.SIGCONT:
                terminal.resume(command.pid)
            elif terminal.is_lent and processes.was_stopped(command.pid):
                terminal.suspend()
            if kill_at is None and os.getppid() != self._front:
                processes.send(command.pid, signal.SIGTERM)
                processes.send(command.pid, signal.SIGCONT)
                kill_at = time.monotonic() + GRACE_SECONDS
            elif kill_at is not None and time.monotonic() > kill_at:
                processes.send_group(command.pid, signal.SIGKILL)
            processes.reap(ours)
            self._tell_of_lost_servers(lost)

    def _tell_of_lost_servers(self, lost: set[str]) -> None:
        for server in self._servers:
            if server.process is not None and server.process.poll() is not None and server.name not in lost:
                lost.add(server.name)
                print(f"hvacsched.embedded: {server.name} ended; its log, {server.log}:{server.tail_of_log()}")


def _has(environment: dict[str, str], name: str) -> bool:
    return bool(environment.get(name) or environment.get(f"{name}_FILE"))


def _name_settings(environment: dict[str, str]) -> None:
    """Any manage.py command works under the launcher: without settings of one's own, the demo's apply."""
    if environment.get("HVACSCHED_ENV") or environment.get("ENV_FILE") or (PROJECT_ROOT / ".env").exists():
        return
    environment["ENV_FILE"] = str(PROJECT_ROOT / ".env.demo")
