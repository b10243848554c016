"""PostgreSQL and Redis of the run's own, which may be stopped and started again without ending the run.

Not in the quick way of the tests: what is committed has to survive a kill.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import redis

from hvacsched.embedded import processes
from hvacsched.embedded.folder import DataFolder
from hvacsched.embedded.postgres import Postgres
from hvacsched.embedded.valkey import Valkey


@dataclass
class Servers:
    """Call from the main thread: the kernel ends a server with the thread that started it."""

    postgres: Postgres
    valkey: Valkey

    def restart_postgres(self, number: signal.Signals) -> None:
        """SIGINT is a fast shutdown, SIGKILL what an out-of-memory killer does to the postmaster."""
        self.postgres.end(number)
        self.postgres.come_back()

    def stop_redis(self) -> None:
        self.valkey.end(signal.SIGTERM)

    def start_redis(self) -> None:
        self.valkey.come_back()

    def flush_redis(self) -> None:
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()


@contextmanager
def running(folder: Path) -> Iterator[Servers]:
    """Both servers in a folder, with their addresses in this process's environment."""
    processes.require_linux()
    os.environ["HVACSCHED_DATA"] = str(folder)
    os.environ.pop("HVACSCHED_EMBEDDED_FAST", None)
    place = DataFolder.open()
    servers = Servers(Postgres(place), Valkey(place))
    try:
        with place.locked():
            servers.postgres.ensure()
            servers.valkey.ensure()
        os.environ |= {"DATABASE_URL": servers.postgres.url, "REDIS_URL": servers.valkey.url}
        yield servers
    finally:
        with place.locked():
            servers.valkey.stop()
            servers.postgres.stop()
