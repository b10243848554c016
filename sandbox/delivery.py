"""Requests the vendors send: Google's notifications, Twilio's callbacks, Vapi's messages. To http on this machine only."""

import asyncio
import ipaddress
from collections import deque
from collections.abc import Coroutine, Mapping
from typing import Any
from urllib.parse import urldefrag, urlsplit

import aiohttp
from yarl import URL

from sandbox import clock

TIMEOUT = aiohttp.ClientTimeout(total=15, connect=5)


def is_loopback_http(url: str) -> bool:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        return False
    if parts.hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(parts.hostname).is_loopback
    except ValueError:
        return False


class Delivery:
    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.log: deque[dict[str, Any]] = deque(maxlen=500)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def send(
        self, service: str, method: str, url: str, *, headers: Mapping[str, str], form: Mapping[str, str] | None = None,
        text: str | None = None,
    ) -> tuple[int | None, str]:  # fmt: skip
        """Send a form or a text; return the answer's status and text.

        No status when there was no answer or the address is not on this machine.
        """
        url = urldefrag(url).url
        status, answered, problem = None, "", None
        if is_loopback_http(url):
            try:
                async with self._open().request(
                    # as it was given, letter for letter: a signature covers it
                    method,
                    URL(url, encoded=True),
                    headers=headers,
                    data=text if form is None else form,
                    allow_redirects=False,
                    timeout=TIMEOUT,
                ) as answer:
                    status, answered = answer.status, await answer.text(errors="replace")
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                problem = type(error).__name__
        else:
            problem = "not sent: only http on this machine is reached"
        at = clock.iso_ms(clock.now())
        self.log.append({"at": at, "service": service, "method": method, "url": url, "status": status, "problem": problem})
        return status, answered

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(trust_env=False)
        return self._session
