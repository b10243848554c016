"""Faults on demand: slow, failing or broken answers of a vendor, in that vendor's own error shape.

A fault is known by its service, path and method: setting it again replaces it. Of those that match a request, the
longest delay counts, and the most specific path with a status or a drop answers.
"""

import asyncio
import http.client
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields
from typing import Any

from aiohttp import web

from sandbox.google import errors as google_errors

SERVICES = ("google", "twilio", "vapi")


@dataclass
class Fault:
    service: str
    path: str = ""  # prefix below the service
    method: str | None = None
    status: int | None = None
    latency_ms: int = 0
    count: int | None = None  # requests still to affect; None: until cleared
    drop: bool = False  # close the connection without an answer
    after: bool = False  # do the work first, then fail: the caller cannot know
    reason: str = ""  # Google's, instead of the usual one of that status
    retry_after: int | None = None  # seconds, as a header

    def matches(self, service: str, path: str, method: str) -> bool:
        return service == self.service and path.startswith(self.path) and self.method in (None, method)

    @property
    def answers(self) -> bool:
        return self.drop or self.status is not None


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self.resets = 0

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Raises ValueError in words for whoever typed it."""
        fault = _read(wanted)
        key = (fault.service, fault.path, fault.method)
        self._faults = [each for each in self._faults if (each.service, each.path, each.method) != key]
        self._faults.append(fault)
        self._faults.sort(key=lambda each: len(each.path), reverse=True)
        return fault

    def clear(self) -> None:
        self._faults = []

    def reset(self) -> None:
        """Clear them, and have the requests that wait come to nothing: they belong to a world that is gone."""
        self.clear()
        self.resets += 1

    def describe(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self._faults]

    def take(self, service: str, path: str, method: str) -> list[Fault]:
        matching = [fault for fault in self._faults if fault.matches(service, path, method)]
        for fault in matching:
            if fault.count is not None:
                fault.count -= 1
        self._faults = [fault for fault in self._faults if fault.count is None or fault.count > 0]
        return matching


def _read(wanted: dict[str, Any]) -> Fault:
    unknown = set(wanted) - {each.name for each in fields(Fault)}
    if unknown:
        raise ValueError(f"a fault has no {', '.join(sorted(unknown))}")
    service = wanted.get("service")
    if service not in SERVICES:
        raise ValueError(f"service is one of {', '.join(SERVICES)}")
    status, latency, count = wanted.get("status"), wanted.get("latency_ms") or 0, wanted.get("count")
    if status is not None and not (isinstance(status, int) and 400 <= status <= 599):
        raise ValueError("status is an HTTP status from 400 to 599")
    if not (isinstance(latency, int | float) and 0 <= latency <= 600_000):
        raise ValueError("latency_ms is a number of milliseconds, at most ten minutes")
    if count is not None and not (isinstance(count, int) and count > 0):
        raise ValueError("count is how many requests are affected, from 1")
    drop = wanted.get("drop") is True
    if status is None and not latency and not drop:
        raise ValueError("a fault needs a status, a latency_ms or drop")
    wait = wanted.get("retry_after")
    if wait is not None and not (isinstance(wait, int) and wait >= 0):
        raise ValueError("retry_after is a number of seconds")
    path = str(wanted.get("path") or "").removeprefix(f"/{service}/")
    return Fault(
        service=service,
        path="/" + path.strip("/") if path.strip("/") else "",
        method=str(wanted["method"]).upper() if wanted.get("method") else None,
        status=status,
        latency_ms=int(latency),
        count=count,
        drop=drop,
        after=wanted.get("after") is True,
        reason=str(wanted.get("reason") or ""),
        retry_after=wait,
    )


FAULTS = web.AppKey("faults", Faults)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    service, _, rest = request.path.lstrip("/").partition("/")
    if service not in SERVICES:
        return await handler(request)
    known = request.app[FAULTS]
    faults, resets = known.take(service, f"/{rest}", request.method), known.resets
    if not faults:
        return await handler(request)
    failing = next((fault for fault in faults if fault.answers), None)
    done = await handler(request) if any(fault.after for fault in faults) else None
    await asyncio.sleep(max(fault.latency_ms for fault in faults) / 1000)
    if known.resets != resets:
        return _answer(service, f"/{rest}", 503)
    if failing is None:
        return done if done is not None else await handler(request)
    if failing.drop:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()  # nobody is there to read it
    answer = _answer(service, f"/{rest}", failing.status or 503, failing.reason)
    if failing.retry_after is not None:
        answer.headers["Retry-After"] = str(failing.retry_after)
    return answer


def _answer(service: str, path: str, status: int, reason: str = "") -> web.Response:
    phrase = http.client.responses.get(status, "Error")
    if service == "google":
        if path.startswith("/calendar/"):
            usual = google_errors.for_status(status)
            usual.reason = reason or usual.reason
            return usual.response()
        body: dict[str, Any] = {"error": "internal_failure" if status >= 500 else "invalid_request"}
        return web.json_response(body | {"error_description": phrase}, status=status)
    if service == "twilio":
        code = {401: 20003, 403: 20003, 404: 20404, 429: 20429, 500: 20500, 503: 20503}.get(status, 20001)
        more = f"https://www.twilio.com/docs/errors/{code}"
        return web.json_response({"code": code, "message": phrase, "more_info": more, "status": status}, status=status)
    return web.json_response({"message": phrase, "error": phrase, "statusCode": status}, status=status)
