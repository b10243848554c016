"""The line to the product: pooled HTTP from many threads, signed, timed by kind of webhook. Redirects are errors."""

import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from hvacsched.simulate import signing
from hvacsched.simulate.errors import WrongError, must

# How long each of them waits: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides, and what we set at Vapi.
TWILIO_SECONDS = 15.0
VAPI_SECONDS = 20.0


class Timings:
    """Milliseconds of every answer, by kind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: defaultdict[str, list[float]] = defaultdict(list)

    def add(self, kind: str, milliseconds: float) -> None:
        with self._lock:
            self._taken[kind].append(milliseconds)

    def all(self) -> dict[str, list[float]]:
        with self._lock:
            return {kind: list(taken) for kind, taken in self._taken.items()}


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    kind: str
    body: str
    content_type: str
    milliseconds: float


@dataclass(slots=True)
class Line:
    """Use as a context manager; safe between threads."""

    server: str
    twilio_token: str
    vapi_secret: str
    connections: int
    timings: Timings = field(default_factory=Timings)
    _client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self._client = client(self.server, connections=self.connections)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def twilio(self, url: str, form: Mapping[str, str], *, kind: str) -> Reply:
        """Post a form to an address of the product, a whole one or a path."""
        address = url if "://" in url else f"{self.server}{url}"
        must(address.startswith(f"{self.server}/"), f"{kind}: sent to {address}, which is not the product")
        headers = signing.twilio(self.twilio_token, address, form)
        return self._post(address, kind, TWILIO_SECONDS, headers=headers, data=dict(form))

    def vapi(self, message: Mapping[str, Any], *, kind: str, way: int) -> Reply:
        """Post a server message, vouched for in one of the four ways."""
        body, headers = signing.vapi(way, self.vapi_secret, message, round(time.time() * 1000))
        return self._post(f"{self.server}/webhook/vapi", kind, VAPI_SECONDS, headers=headers, content=body)

    def _post(self, url: str, kind: str, seconds: float, **request: Any) -> Reply:
        begun = time.perf_counter()
        try:
            answer = self._client.post(url, timeout=seconds, **request)
        except httpx.HTTPError as error:
            raise WrongError(f"{kind}: no answer ({type(error).__name__})") from error
        taken = (time.perf_counter() - begun) * 1000
        self.timings.add(kind, taken)
        return Reply(answer.status_code, kind, answer.text, answer.headers.get("content-type", ""), taken)


def client(url: str, *, connections: int = 4) -> httpx.Client:
    """A pool of that size; whatever proxy the environment names is not asked for the way to this machine."""
    return httpx.Client(
        limits=httpx.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=10),
        timeout=httpx.Timeout(VAPI_SECONDS, pool=60),
        trust_env=urlsplit(url).hostname not in ("127.0.0.1", "localhost", "::1"),
        headers={"User-Agent": "hvacsched-simulate/1.0"},
    )
