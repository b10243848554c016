"""Installs django-appointment in an environment of its own, gives it a shop, and asks it for measurements.

Whatever goes wrong with it (no network, no right to make a database) raises Unavailable: the other measurements go on.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

HERE = Path(__file__).parent / "django_appointment"
PINS = HERE / "requirements.txt"
DATABASE = "hvacsched_bench_peer"
LONGEST_SECONDS = 240  # whatever it does, it is ended after this long


class Unavailable(Exception):
    """The package cannot be measured here; the text says why."""


@dataclass(frozen=True, slots=True)
class Pass:
    """One measurement: how long it took for so many days, and how many slots it found."""

    seconds: float
    days: int
    slots: int


class Peer:
    """The running process; each `measure` is one pass over all staff members and days."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process

    def measure(self) -> Pass:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise Unavailable("it ended without an answer; see peer.log")
        return Pass(**json.loads(answer))


def python(folder: Path) -> Path:
    """Return the interpreter of the environment, made if it is not there or its pins have changed."""
    home, stamp = folder / "django-appointment", folder / "django-appointment" / "pins.txt"
    interpreter = home / "bin" / "python"
    if stamp.exists() and stamp.read_text() == PINS.read_text():
        return interpreter
    uv = Path(sys.executable).with_name("uv")
    try:
        for command in (
            ("venv", "--quiet", "--clear", "--python", sys.executable, str(home)),
            ("pip", "install", "--quiet", "--system-certs", "--python", str(interpreter), "-r", str(PINS)),
        ):
            subprocess.run([uv, *command], check=True, timeout=120, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"it could not be installed: {error.stderr.strip().splitlines()[-1]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"it could not be installed: {error}") from error
    stamp.write_text(PINS.read_text())
    return interpreter


def version() -> str:
    return next(line.split("==")[1] for line in PINS.read_text().splitlines() if line.startswith("django-appointment=="))


@contextmanager
def running(folder: Path, shop: dict[str, object]) -> Iterator[Peer]:
    """Start it with a shop in a database of its own. Raises Unavailable."""
    interpreter = python(folder)
    at = urlsplit(os.environ["DATABASE_URL"])
    try:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as database:
            database.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            database.execute(f"CREATE DATABASE {DATABASE}")
    except psycopg.Error as error:
        raise Unavailable(f"no database for it: {error}") from error
    told = folder / "peer.json"
    told.write_text(json.dumps(shop))
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "bench.django_appointment.settings",
        "PEER_DATABASE_URL": urlunsplit(at._replace(path=f"/{DATABASE}")),
    }
    with (folder / "peer.log").open("w") as log:
        process = subprocess.Popen(
            [interpreter, "-m", "bench.django_appointment.slots", str(told)],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
        )  # fmt: skip
        alarm = threading.Timer(LONGEST_SECONDS, process.kill)
        alarm.start()
        try:
            yield Peer(process)
        finally:
            alarm.cancel()
            process.kill()
            process.wait()
