"""
The data folder: where it is, its password, the lock that lets one launcher at a time decide, and the note of what runs.

Must not start or stop anything.
"""

import fcntl
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.processes import Mark

PROJECT_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Running:
    """A server that a launcher started: the server, its port, and the launcher that will stop it."""

    server: Mark
    owner: Mark
    port: int


class DataFolder:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.postgres = path / "postgres"
        self.postgres_log = path / "postgres.log"
        self.valkey = path / "valkey"
        self.valkey_log = path / "valkey.log"
        self._password = path / "password"
        self._lock = path / "lock"
        self._note = path / "servers.json"

    @classmethod
    def open(cls) -> "DataFolder":
        path = PROJECT_ROOT / (os.environ.get("HVACSCHED_DATA") or ".data")
        try:
            _make_private(path)
        except OSError as error:
            raise EmbeddedError(
                f"Cannot make the data folder {path} ({error.strerror}). Set HVACSCHED_DATA to a folder of yours."
            ) from error
        if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise EmbeddedError(
                f"The data folder {path} belongs to another user. Set HVACSCHED_DATA to a folder of yours, "
                "or run as the user who made it."
            )
        return cls(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One launcher at a time starts, joins or stops. The kernel frees the lock of one that dies."""
        with self._lock.open("a") as file:
            self._give_to_owner(self._lock)
            said_at: float | None = time.monotonic() + 1
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if said_at is not None and time.monotonic() > said_at:
                        print(f"waiting for another launcher on {self.path}", file=sys.stderr)
                        said_at = None
                    time.sleep(0.02)
            yield

    def has_password(self) -> bool:
        return self._password.exists()

    def password(self) -> str:
        if not self.has_password():
            # Both servers listen on loopback, where every other user of the machine can connect too.
            with os.fdopen(os.open(self._password, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(24))
            self._give_to_owner(self._password)
        return self._password.read_text(encoding="ascii").strip()

    def running(self, name: str) -> Running | None:
        entry = self._read_note().get(name)
        if entry is None:
            return None
        return Running(server=Mark(**entry["server"]), owner=Mark(**entry["owner"]), port=entry["port"])

    def write_running(self, name: str, running: Running | None) -> None:
        note = self._read_note()
        note.pop(name, None)
        if running is not None:
            note[name] = asdict(running)
        draft = self._note.with_suffix(".new")
        draft.write_text(json.dumps(note, indent=1), encoding="utf-8")
        self._give_to_owner(draft)
        draft.replace(self._note)

    def new_log(self, path: Path) -> IO[bytes]:
        """A fresh log for a server; what the last run said is kept in no second file."""
        path.unlink(missing_ok=True)
        file = path.open("wb")
        self._give_to_owner(path)
        return file

    def make_folder(self, path: Path, uid: int | None = None, gid: int | None = None) -> None:
        path.mkdir(mode=0o700)
        if uid is not None and gid is not None:
            os.chown(path, uid, gid)
        else:
            self._give_to_owner(path)

    def _give_to_owner(self, path: Path) -> None:
        """Root working in somebody's folder leaves nothing that they could not open afterwards."""
        owner = self.path.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            os.chown(path, owner.st_uid, owner.st_gid)

    def _read_note(self) -> dict[str, Any]:
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return note if isinstance(note, dict) else {}


def _make_private(path: Path) -> None:
    """Each missing level is ours alone (`mkdir -p -m` would close only the last)."""
    for level in (*reversed(path.parents), path):
        if not level.exists():
            level.mkdir(mode=0o700, exist_ok=True)
