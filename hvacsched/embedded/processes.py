"""
Child processes that cannot outlive us: starting them through the shim, telling whether a recorded one still lives,
and ending whatever a command left behind. Knows nothing of databases. Linux only (process table in /proc).
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from hvacsched.embedded import shim
from hvacsched.embedded.errors import EmbeddedError

PR_SET_CHILD_SUBREAPER = 36
POLL_SECONDS = 0.02
SHIM = Path(shim.__file__).resolve()


@dataclass(frozen=True)
class Identity:
    """Who a child runs as: `self`, `namespace:uid:gid` or `user:uid:gid`."""

    text: str = "self"

    @property
    def is_other_user(self) -> bool:
        return self.text.startswith("user:")

    @property
    def uid(self) -> int:
        return int(self.text.split(":")[1])

    @property
    def gid(self) -> int:
        return int(self.text.split(":")[2])


@dataclass(frozen=True)
class Mark:
    """A process as written into a file: the start time tells it from a later one with the same number."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> "Mark":
        return cls(pid=pid, started=_started(pid))

    def lives(self) -> bool:
        return self.started != 0 and _started(self.pid) == self.started


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat after the name (which may hold spaces and brackets); empty when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _started(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[19]) if fields and fields[0] not in "ZX" else 0


def require_linux() -> None:
    if sys.platform != "linux":
        raise EmbeddedError(
            "Embedded servers need Linux. Start PostgreSQL and Redis yourself and set DATABASE_URL and REDIS_URL."
        )


def adopt_orphans() -> None:
    """Descendants whose parent dies become our children, so that none can slip away."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with(parent: int, death_signal: signal.Signals) -> None:
    ctypes.CDLL(None).prctl(shim.PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def through_shim(
    command: Sequence[str | Path],
    *,
    identity: Identity = Identity(),
    death_signal: signal.Signals = signal.SIGTERM,
    foreground: bool = False,
) -> list[str]:
    terminal = "foreground" if foreground else "background"
    head = [sys.executable, "-I", "-S", str(SHIM), str(os.getpid()), str(int(death_signal)), identity.text, terminal]
    return [*head, "--", *map(str, command)]


def spawn(
    command: Sequence[str | Path],
    *,
    identity: Identity = Identity(),
    death_signal: signal.Signals = signal.SIGTERM,
    foreground: bool = False,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    stdin: int | None = None,
    output: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """
    Start a child in a process group of its own. Call from the main thread: the kernel ties a child's death signal
    to the thread that started it.
    """
    return subprocess.Popen(
        through_shim(command, identity=identity, death_signal=death_signal, foreground=foreground),
        env=env,
        cwd=cwd,
        stdin=stdin,
        stdout=output,
        stderr=output,
        process_group=0,
    )


def run(
    command: Sequence[str | Path], *, identity: Identity = Identity(), text: str = "", seconds: float = 60
) -> subprocess.CompletedProcess[str]:
    """Run a short command to its end and keep what it said."""
    return subprocess.run(
        through_shim(command, identity=identity),
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=seconds,
        cwd="/",
        check=False,
    )


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def reap(known: Collection[subprocess.Popen[bytes]]) -> None:
    """Collect every dead child, ours (whose status Popen keeps) and adopted ones."""
    mine = {child.pid: child for child in known}
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None:
            return
        child = mine.get(dead.si_pid)
        if child is None:
            os.waitpid(dead.si_pid, 0)
        else:
            child.poll()


def was_stopped(pid: int) -> bool:
    """Whether our child was stopped (Ctrl-Z) since we last asked."""
    try:
        return os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOHANG) is not None
    except ChildProcessError:
        return False  # it ended meanwhile


def descendants(root: int, *, spared: Collection[int] = ()) -> list[int]:
    """Living processes below `root`, without the spared ones and what hangs under them."""
    children: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit() and (fields := _stat(int(entry))) and fields[0] not in "ZX":
            children.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    queue = [root]
    while queue:
        for pid in children.get(queue.pop(), []):
            if pid not in spared:
                found.append(pid)
                queue.append(pid)
    return found


def send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def send_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def end_descendants(known: Collection[subprocess.Popen[bytes]] = (), *, grace: float) -> None:
    """Ask everything below us but the `known` children to end, then make it; new arrivals included."""
    spared = {child.pid for child in known}

    def nothing_left() -> bool:
        reap(known)
        return not descendants(os.getpid(), spared=spared)

    if nothing_left():
        return
    for pid in descendants(os.getpid(), spared=spared):
        send(pid, signal.SIGTERM)
        send(pid, signal.SIGCONT)  # a stopped process hears nothing else
    if wait_until(nothing_left, grace):
        return

    def kill_rest() -> bool:
        for pid in descendants(os.getpid(), spared=spared):
            send(pid, signal.SIGKILL)
        return nothing_left()

    wait_until(kill_rest, 5)
