"""Starts the product's own processes on free ports for a measurement, and ends them by the pids it started."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import psycopg

QUEUES = "alarms,sweeps,calendar-writes,calendar-backlog,calendar-reads,messages,celery"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Stack:
    """The running processes by name; `url` is the web's, `sandbox` the stand-ins' address."""

    folder: Path
    url: str
    sandbox: str
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        polite = ["nice", "-n", "10"] if name in ("worker", "beat") else []  # as the demo starts them: callers come first
        self.processes[name] = subprocess.Popen(
            [*polite, sys.executable, "-m", *command], env=self.environment, stdout=log, stderr=log, start_new_session=True
        )

    def start_web(self) -> None:
        self.start("web", "gunicorn", "-c", "python:hvacsched.gunicorn")
        wait_for(f"{self.url}/readyz")

    def start_worker(self) -> None:
        self.start(
            "worker", "celery", "-A", "hvacsched", "worker", "-Q", QUEUES, "-c", "4", "-n", f"bench-{os.getpid()}@%h",
            "--without-gossip", "--without-mingle", "-l", "WARNING",
        )  # fmt: skip

    def start_beat(self) -> None:
        schedule = self.folder / "beat-schedule"
        self.start("beat", "celery", "-A", "hvacsched", "beat", "-s", str(schedule), "--pidfile=", "-l", "WARNING")

    def start_sandbox(self) -> None:
        port = self.sandbox.rsplit(":", 1)[1]
        self.start("sandbox", "sandbox", "--port", port, "--state", str(self.folder / "sandbox.json"))
        wait_for(f"{self.sandbox}/_control/events")

    def fault(self, body: dict[str, object]) -> None:
        """Set or clear a fault of the stand-ins."""
        request = Request(  # noqa: S310 - loopback
            f"{self.sandbox}/_control/faults", json.dumps(body).encode(), {"content-type": "application/json"}
        )
        urlopen(request, timeout=5).close()  # noqa: S310 - loopback

    def kill(self, name: str) -> None:
        """Kill a process and all it started, as an out-of-memory killer would."""
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def peak_megabytes(self, name: str) -> list[float]:
        """Return the largest resident size so far of each process of a group, in MB."""
        leader = self.processes[name].pid
        sizes = []
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            with suppress(OSError, ValueError, IndexError):
                group = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[2])
                if group == leader:
                    status = (entry / "status").read_text()
                    sizes.append(int(status.split("VmHWM:")[1].split()[0]) / 1024)
        return sorted(sizes, reverse=True)


def manage(environment: dict[str, str], *command: str) -> None:
    quiet = {**environment, "LOG_LEVEL": "WARNING"}
    subprocess.run([sys.executable, "manage.py", *command], env=quiet, check=True, stdout=subprocess.DEVNULL)


def wait_for(url: str, seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=2):  # noqa: S310 - an address of ours
                return
        except (URLError, OSError):
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def wait_for_calendars(seconds: float = 60) -> None:
    """A technician whose calendar was never read is not offered: wait for the first reading of them all."""
    until = time.monotonic() + seconds
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
        while database.execute("SELECT 1 FROM bookings_calendarfreshness WHERE read_at IS NULL LIMIT 1").fetchone():
            if time.monotonic() > until:
                raise TimeoutError("the calendars were not read")
            time.sleep(0.2)


@contextmanager
def running(folder: Path, *, settings: str = "bench.settings", twilio_port: int = 0) -> Iterator[Stack]:
    """The product with its demo shop on free ports: sandbox and web are up; worker and beat are started by the user.

    `twilio_port`: where the product finds Twilio's API, if not at the sandbox itself.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in ("sandbox.json", "beat-schedule"):
        (folder / old).unlink(missing_ok=True)
    web, sandbox = free_port(), free_port()
    url, stand_in = f"http://127.0.0.1:{web}", f"http://127.0.0.1:{sandbox}"
    environment = {
        **os.environ,
        "HVACSCHED_ENV": "demo",
        "ENV_FILE": ".env.demo",
        "DJANGO_SETTINGS_MODULE": settings,
        "PORT": str(web),
        "LOG_LEVEL": "INFO",  # as in production; writing the log is part of the work
        "SERVER_URL": url,
        "VAPI_BASE_URL": f"{stand_in}/vapi",
        "TWILIO_API_BASE_URL": f"http://127.0.0.1:{twilio_port or sandbox}/twilio",
        "GOOGLE_API_ENDPOINT": f"{stand_in}/google/calendar/v3/",
        "GOOGLE_AUTH_URI": f"{stand_in}/google/o/oauth2/v2/auth",
        "GOOGLE_TOKEN_URI": f"{stand_in}/google/token",
        "GOOGLE_REVOKE_URI": f"{stand_in}/google/revoke",
    }
    stack = Stack(folder, url, stand_in, environment)
    try:
        manage(environment, "migrate", "--verbosity", "0", "--skip-checks")  # of a shop that is about to go
        manage(environment, "flush", "--no-input", "--verbosity", "0")
        stack.start_sandbox()
        manage(environment, "seed_demo")
        stack.start_web()
        yield stack
    finally:
        for name in list(reversed(stack.processes)):
            stack.stop(name)
