"""Launchers run as real processes, each test on a data folder of its own or on one shared by the quick ones."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hvacsched.embedded import processes
from hvacsched.embedded.processes import Mark

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 20.0

# Says who it is, then waits for its standard input to close.
REPORT_AND_WAIT = """
import json, os, sys
print(json.dumps({"pid": os.getpid(), "DATABASE_URL": os.environ["DATABASE_URL"], "REDIS_URL": os.environ["REDIS_URL"]}), flush=True)
sys.stdin.read()
"""  # noqa: E501


class Launched:
    def __init__(self, process: subprocess.Popen[str], data: Path) -> None:
        self.process = process
        self.data = data
        self.stdin = process.stdin
        self.reported: dict[str, str] = {}

    def wait_for_report(self) -> "Launched":
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the launcher ended with {self.process.wait()}"
        self.reported = json.loads(line)
        return self

    def servers(self) -> dict[str, Mark]:
        note = json.loads((self.data / "servers.json").read_text())
        return {name: Mark(**entry["server"]) for name, entry in note.items()}

    def below(self) -> list[Mark]:
        """Every process of this launcher: the keeper, both servers, their helpers, CMD."""
        return [Mark.of(pid) for pid in processes.descendants(self.process.pid)]

    def let_go(self) -> int:
        assert self.stdin is not None
        self.stdin.close()
        return self.process.wait(PATIENCE)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None and not stream.closed:
                stream.close()


Launch = Callable[..., Launched]
Run = Callable[..., subprocess.CompletedProcess[str]]


def environment(data: Path, extra: dict[str, str]) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "HVACSCHED_", "ENV_FILE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return {**kept, "HVACSCHED_DATA": str(data), "HVACSCHED_EMBEDDED_FAST": "1", **extra}


def command_line(command: tuple[str, ...]) -> list[str]:
    return [sys.executable, "-m", "hvacsched.embedded", "--", *command]


def gone(marks: list[Mark], seconds: float = PATIENCE) -> bool:
    return processes.wait_until(lambda: not any(mark.lives() for mark in marks), seconds)


@pytest.fixture(scope="session")
def shared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded") / "data"


@pytest.fixture
def launch(shared_data: Path) -> Iterator[Launch]:
    """Start a launcher and leave it running; whatever is left at the end of the test is ended."""
    started: list[Launched] = []

    def start(*command: str, data: Path = shared_data, **extra: str) -> Launched:
        process = subprocess.Popen(
            command_line(command or (sys.executable, "-c", REPORT_AND_WAIT)),
            cwd=ROOT,
            env=environment(data, extra),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(Launched(process, data))
        return started[-1]

    yield start
    for launched in started:
        launched.end()


@pytest.fixture
def run(shared_data: Path) -> Run:
    """Run a launcher to its end."""

    def run_it(*command: str, data: Path = shared_data, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command_line(command),
            cwd=ROOT,
            env=environment(data, extra),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run_it


def eventually(path: Path, seconds: float = PATIENCE) -> str:
    """The text of a file that another process is about to write."""
    deadline = time.monotonic() + seconds
    while not (path.exists() and path.read_text()):
        assert time.monotonic() < deadline, f"{path} was not written"
        time.sleep(0.02)
    return path.read_text()
