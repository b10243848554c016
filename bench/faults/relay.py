"""A way to the stand-ins that can be closed: connections are refused then, as by a machine that is not there."""

import asyncio
import threading
from contextlib import suppress


class Relay:
    """Passes bytes on to a port of this machine; `closed` decides whether it listens. Its own port stays the same."""

    def __init__(self, port: int, target: int) -> None:
        self.port, self._target = port, target
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="relay", daemon=True)
        self._thread.start()
        self.open()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def open(self) -> None:
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)

    def close(self) -> None:
        """Refuse connections from now on, and break those that are open."""
        asyncio.run_coroutine_threadsafe(self._refuse(), self._loop).result(10)

    def end(self) -> None:
        self.close()
        asyncio.run_coroutine_threadsafe(self._all_done(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)

    async def _refuse(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._open):
            writer.transport.abort()

    async def _all_done(self) -> None:
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait_for(asyncio.gather(*rest, return_exceptions=True), 5)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._open |= {writer, to_writer}
            try:
                await asyncio.gather(self._copy(reader, to_writer), self._copy(to_reader, writer))
            finally:
                self._open -= {writer, to_writer}
        writer.close()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while block := await reader.read(65536):
                writer.write(block)
                await writer.drain()
            writer.close()
