"""How long a request waited for others, for its answer's Server-Timing header: what is left of its time is ours."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_waited: ContextVar[dict[str, float] | None] = ContextVar("waited", default=None)


@contextmanager
def request() -> Iterator[dict[str, float]]:
    """Collect for one request, in seconds by service, also what threads wait that were started with its context."""
    waited: dict[str, float] = {}
    token = _waited.set(waited)
    try:
        yield waited
    finally:
        _waited.reset(token)


@contextmanager
def waiting_for(service: str) -> Iterator[None]:
    """Count the time of what is done here as waited for a service."""
    waited, began = _waited.get(), time.perf_counter()
    try:
        yield
    finally:
        if waited is not None:
            waited[service] = waited.get(service, 0.0) + time.perf_counter() - began


def header(waited: dict[str, float]) -> str:
    """Return the header's value: `vapi;dur=412.6`, in milliseconds; "" where nobody was waited for."""
    return ", ".join(f"{service};dur={seconds * 1000:.1f}" for service, seconds in dict(waited).items())
