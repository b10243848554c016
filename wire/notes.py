"""Short notes that end by themselves: in this process's memory, or in Redis where all processes read them.

Redis may be slow, stopped or emptied at any time. Nobody waits for it longer than a tenth of a second, and after it
has failed it is left alone for some seconds.
"""

import threading
import time
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

import redis
import structlog
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 0.1
LEFT_ALONE_SECONDS = 5.0


class AwayError(Exception):
    """The shared notes cannot be read or written now."""


class Notes(Protocol):
    """Values are whole numbers; each note ends after its seconds. Each method is one step that nothing comes between."""

    def read(self, names: Sequence[str]) -> list[int | None]: ...

    def write(self, name: str, value: int, *, seconds: float, only_new: bool = False) -> bool:
        """Write a note; say whether it was written, which with `only_new` it is not where there is one."""

    def add(self, name: str, *, seconds: float) -> int:
        """Count one more, from 0 where there is no such note; return the sum."""

    def remove(self, names: Sequence[str]) -> None: ...


class Memory:
    """The notes of this process."""

    def __init__(self) -> None:
        self._notes: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()  # held for a few lookups, never while anything is waited for

    def read(self, names: Sequence[str]) -> list[int | None]:
        with self._lock:
            return [self._read(name) for name in names]

    def write(self, name: str, value: int, *, seconds: float, only_new: bool = False) -> bool:
        with self._lock:
            if only_new and self._read(name) is not None:
                return False
            self._notes[name] = (value, time.monotonic() + seconds)
            return True

    def add(self, name: str, *, seconds: float) -> int:
        with self._lock:
            total = (self._read(name) or 0) + 1
            self._notes[name] = (total, time.monotonic() + seconds)
            return total

    def remove(self, names: Sequence[str]) -> None:
        with self._lock:
            for name in names:
                self._notes.pop(name, None)

    def _read(self, name: str) -> int | None:
        value, until = self._notes.get(name, (None, 0.0))
        return value if time.monotonic() < until else None


class Shared:
    """The notes of all processes. Every method raises AwayError, at once while Redis was away a moment ago."""

    def __init__(self) -> None:
        self._away_until = 0.0

    def read(self, names: Sequence[str]) -> list[int | None]:
        return [None if value is None else int(value) for value in self._ask("mget", list(names))]

    def write(self, name: str, value: int, *, seconds: float, only_new: bool = False) -> bool:
        return bool(self._ask("set", name, value, px=round(seconds * 1000), nx=only_new))

    def add(self, name: str, *, seconds: float) -> int:
        total = int(self._ask("incr", name))
        self._ask("pexpire", name, round(seconds * 1000))
        return total

    def remove(self, names: Sequence[str]) -> None:
        self._ask("delete", *names)

    def run(self, script: str, names: Sequence[str], values: Sequence[str | float]) -> Any:
        """Run a Lua script as one step that nothing comes between; by its digest, so that its text is sent once."""
        return self._guarded(lambda: _script(settings.REDIS_URL, script)(keys=names, args=values))

    def _ask(self, command: str, *arguments: Any, **options: Any) -> Any:
        return self._guarded(lambda: getattr(_redis(settings.REDIS_URL), command)(*arguments, **options))

    def _guarded(self, ask: Callable[[], Any]) -> Any:
        if time.monotonic() < self._away_until:
            raise AwayError
        try:
            return ask()
        except (redis.RedisError, OSError, ValueError) as error:
            self._away_until = time.monotonic() + LEFT_ALONE_SECONDS
            log.warning("shared_notes_away", kind=type(error).__name__)
            raise AwayError from error


@lru_cache(maxsize=4)
def _redis(url: str) -> "redis.Redis":
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=ANSWER_SECONDS,
        socket_timeout=ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),  # by default it would try for seconds
    )


@lru_cache(maxsize=8)
def _script(url: str, text: str) -> Callable[..., Any]:
    return _redis(url).register_script(text)
