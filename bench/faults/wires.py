"""How Twilio and Vapi deliver to the product: how long each waits, what each sends again, where each goes when we fail.

Twilio: 15 s a webhook; once more where no connection came about, never after an answer. Vapi: what its assistant's servers say
(telephony.assistant.tools): a tool 10 s and once more a second later, what is only told 20 s and four times more, not after 400
and 401. Nothing here raises: an answer that never came is None.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from hvacsched.simulate import signing

TWILIO_SECONDS, CONNECT_SECONDS = 15.0, 5.0
TOOL_SECONDS, TOOL_AGAIN = 10.0, (1.0,)
TOLD_SECONDS, TOLD_AGAIN = 20.0, (1.0, 2.0, 4.0, 8.0)
_NOT_AGAIN = (400, 401)
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout)


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer and how many seconds it took; `timing` is its Server-Timing header."""

    status: int
    body: str
    content_type: str
    seconds: float
    timing: str = ""


@dataclass(slots=True)
class Wires:
    """Use as a context manager; safe between threads."""

    server: str
    twilio_token: str
    vapi_secret: str
    _http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=100, keepalive_expiry=10)
        self._http = httpx.Client(limits=limits, trust_env=False, headers={"User-Agent": "hvacsched-bench/1.0"})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def twilio(self, url: str, form: Mapping[str, str]) -> Reply | None:
        """Post a form to an address of the product, a whole one or a path, signed."""
        address = url if "://" in url else f"{self.server}{url}"
        headers = signing.twilio(self.twilio_token, address, form)
        for _ in range(2):
            try:
                return self._post(address, TWILIO_SECONDS, headers=headers, data=dict(form))
            except _NO_CONNECTION:
                continue
            except httpx.HTTPError:
                return None
        return None

    def tool(self, message: Mapping[str, Any], way: int) -> tuple[Reply | None, int]:
        """Post what a caller waits for; return the answer with status 200, and how many times it was asked."""
        return self._vapi(message, way, TOOL_SECONDS, TOOL_AGAIN)

    def told(self, message: Mapping[str, Any], way: int) -> bool:
        """Post what is only told; say whether it arrived in the end."""
        return self._vapi(message, way, TOLD_SECONDS, TOLD_AGAIN)[0] is not None

    def _vapi(self, message: Mapping[str, Any], way: int, seconds: float, again: tuple[float, ...]) -> tuple[Reply | None, int]:
        for tries, wait in enumerate((*again, None), start=1):
            body, headers = signing.vapi(way, self.vapi_secret, message, round(time.time() * 1000))
            try:
                reply = self._post(f"{self.server}/webhook/vapi", seconds, headers=headers, content=body)
            except httpx.HTTPError:
                reply = None
            if reply is not None and reply.status == 200:
                return reply, tries
            if wait is None or (reply is not None and reply.status in _NOT_AGAIN):
                return None, tries
            time.sleep(wait)
        raise AssertionError("unreachable")

    def _post(self, url: str, seconds: float, **request: Any) -> Reply:
        begun = time.perf_counter()
        answer = self._http.post(url, timeout=httpx.Timeout(seconds, connect=CONNECT_SECONDS), **request)
        kind, timing = answer.headers.get("content-type", ""), answer.headers.get("server-timing", "")
        return Reply(answer.status_code, answer.text, kind, time.perf_counter() - begun, timing)
