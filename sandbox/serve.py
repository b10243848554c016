"""The sandbox as a server: the application, and a running one on a thread of its own for tests.

    sandbox = serve.start(port=0)       # any free port of 127.0.0.1
    httpx.get(sandbox.url + "/_control/events")
    sandbox.stop()

`start` may be used as a context manager, too.
"""

import asyncio
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from sandbox import control, faults, line, pages
from sandbox.google import routes as google
from sandbox.twilio import routes as twilio
from sandbox.vapi import routes as vapi
from sandbox.world import WORLD, Credentials, World

BODY_LIMIT = 8 * 2**20
START_SECONDS = 15


def application(world: World) -> web.Application:
    app = web.Application(middlewares=[faults.middleware], client_max_size=BODY_LIMIT)
    app[WORLD] = world
    app[faults.FAULTS] = world.faults
    app.router.add_get("/", pages.index)
    app.router.add_get("/_control", pages.index)
    app.router.add_get("/_control/", pages.index)
    app.router.add_get("/google/calendar/event", pages.event)
    for part in (google, twilio, vapi, control):
        part.add_to(app.router)

    line.connect(world)

    async def begin(app: web.Application) -> None:
        world.start()

    async def end(app: web.Application) -> None:
        await world.close()

    app.on_startup.append(begin)
    app.on_cleanup.append(end)
    return app


async def listen(world: World, host: str, port: int) -> tuple[web.AppRunner, int]:
    """The running application and the port it got."""
    runner = web.AppRunner(application(world), access_log=None, handle_signals=False, shutdown_timeout=1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port, backlog=1024)
        await site.start()
    except BaseException:
        await runner.cleanup()
        raise
    return runner, int(runner.addresses[0][1])


class Running:
    """A sandbox on a background thread: `url` without a slash at the end, and `stop()`."""

    def __init__(self, host: str, port: int, state_file: Path | None, credentials: Credentials | None) -> None:
        self.url = ""
        self._world = World(state_file=state_file, credentials=credentials)
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, args=(host, port), name="sandbox", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_SECONDS):
            raise TimeoutError("the sandbox did not start")
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def stop(self) -> None:
        """Writes the state and closes; may be called twice."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _run(self, host: str, port: int) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve(host, port))
        except BaseException as failure:
            self._failure = failure
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self, host: str, port: int) -> None:
        runner, bound = await listen(self._world, host, port)
        self.url = f"http://{host}:{bound}"
        self._ready.set()
        try:
            await self._stopping.wait()
        finally:
            await runner.cleanup()
            # Answers that are held back by a fault go with the sandbox.
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)


def start(
    port: int = 0,
    host: str = "127.0.0.1",
    state_file: Path | str | None = None,
    credentials: Credentials | None = None,
) -> Running:
    """Answers as soon as it returns. `port` 0 takes any free one."""
    return Running(host, port, Path(state_file) if state_file else None, credentials)
