"""What is made to fail, one thing at a time and then together: each trouble begins, lasts, ends, and says what it is."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

from bench.faults.relay import Relay
from bench.faults.servers import Servers
from bench.stack import Stack

REDIS_AWAY_SECONDS = 20.0
# As an orchestrator brings back what died: `restart: unless-stopped` and the demo's keeper take about as long.
COMES_BACK_SECONDS = 0.5


@dataclass(slots=True)
class House:
    """All that may be broken: the product's processes, its servers, and the ways to its vendors."""

    stack: Stack
    servers: Servers
    twilio: Relay

    def fault(self, service: str, path: str, **what: object) -> None:
        self.stack.fault({"service": service, "path": path, **what})

    def no_faults(self) -> None:
        self.stack.fault({"clear": True})

    def restart(self, name: str) -> None:
        """Kill a process with all it started, and start it again as a supervisor does, without waiting until it serves."""
        self.stack.kill(name)
        time.sleep(COMES_BACK_SECONDS)
        if name == "web":
            self.stack.start("web", "gunicorn", "-c", "python:hvacsched.gunicorn")
        else:
            self.stack.start_worker()


@dataclass(frozen=True, slots=True)
class Trouble:
    """`begin` and `end` may take their time; a trouble with `seconds` lasts that long, whatever the run's usual length."""

    name: str
    about: str
    begin: Callable[[House], None]
    end: Callable[[House], None] = House.no_faults
    seconds: float | None = None


def _vapi(**what: object) -> Callable[[House], None]:
    return lambda house: house.fault("vapi", "/call", **what)


def _twilio_fails(house: House) -> None:
    """Half of what fails was done before: whoever sends it again sends it twice."""
    house.fault("twilio", "/2010-04-01", status=500)
    time.sleep(4)
    house.fault("twilio", "/2010-04-01", status=500, after=True)


def _all_begin(house: House) -> None:
    house.fault("vapi", "/call", latency_ms=600_000)
    house.fault("twilio", "/2010-04-01", status=500, after=True)
    house.servers.stop_redis()
    time.sleep(3)
    house.restart("worker")
    time.sleep(2)
    house.servers.restart_postgres(signal.SIGKILL)
    time.sleep(4)
    house.restart("web")
    house.twilio.close()
    time.sleep(6)
    house.servers.restart_postgres(signal.SIGINT)


def _all_end(house: House) -> None:
    house.no_faults()
    house.twilio.open()
    house.servers.start_redis()


def _flush(house: House) -> None:
    for _ in range(3):
        house.servers.flush_redis()
        time.sleep(2)


def _twilio_away(house: House) -> None:
    house.twilio.close()


def _twilio_back(house: House) -> None:
    house.twilio.open()


def _nothing(house: House) -> None:
    """The trouble was over when it had begun."""


TROUBLES = (
    Trouble("Vapi answers after 10 s", "POST /call is answered, but later than anybody waits", _vapi(latency_ms=10_000)),
    Trouble("Vapi answers 500", "POST /call fails at once", _vapi(status=500)),
    Trouble("Vapi never answers", "POST /call hangs", _vapi(latency_ms=600_000)),
    Trouble("Twilio answers 500", "every request to Twilio fails, some before, some after it was carried out", _twilio_fails),
    Trouble("Twilio refuses", "nothing listens where Twilio was", _twilio_away, _twilio_back),
    Trouble("Redis flushed", "every queue emptied, three times in six seconds", _flush, _nothing, 0.0),
    Trouble(
        "Redis away", f"stopped for {REDIS_AWAY_SECONDS:.0f} seconds and started again",
        lambda house: house.servers.stop_redis(), lambda house: house.servers.start_redis(), REDIS_AWAY_SECONDS,
    ),
    Trouble(
        "PostgreSQL restarted", "fast shutdown under load, and started again",
        lambda house: house.servers.restart_postgres(signal.SIGINT), _nothing, 0.0,
    ),
    Trouble(
        "PostgreSQL killed", "kill -9 of the postmaster, and started again",
        lambda house: house.servers.restart_postgres(signal.SIGKILL), _nothing, 0.0,
    ),
    Trouble(
        "web killed", "kill -9 of the web server with its workers, and started again",
        lambda house: house.restart("web"), _nothing, 0.0,
    ),
    Trouble(
        "worker killed", "kill -9 of the Celery worker with its processes, and started again",
        lambda house: house.restart("worker"), _nothing, 0.0,
    ),
    Trouble(
        "all together", "Vapi hangs, Twilio fails and then refuses, Redis is away, worker, web and PostgreSQL are killed, "
        "PostgreSQL is restarted once more", _all_begin, _all_end, 5.0,
    ),
)  # fmt: skip
