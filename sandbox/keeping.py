"""Keeps the memory in one JSON file: written soon after a change, and at the end; replaced as a whole, never half.

Takes a snapshot on the event loop (sections hand out data that is replaced, never altered) and writes it on a thread.
"""

import asyncio
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

log = logging.getLogger(__name__)

SOON = 0.3
VERSION = 1


class Section(Protocol):
    def dump(self) -> dict[str, Any]: ...

    def load(self, kept: dict[str, Any]) -> None: ...


class Keeper:
    def __init__(self, file: Path | None, sections: dict[str, Section]) -> None:
        self._file = file
        self._sections = sections
        self._dirty = False
        self._writer: asyncio.Task[None] | None = None

    def load(self) -> None:
        if self._file is None or not self._file.exists():
            return
        kept = json.loads(self._file.read_text())
        if kept.get("version") != VERSION:
            raise ValueError(f"{self._file} was written by another version of the sandbox; remove it to start empty")
        for name, section in self._sections.items():
            if name in kept:
                section.load(kept[name])

    def changed(self) -> None:
        self._dirty = True
        if self._file is not None and self._writer is None:
            self._writer = asyncio.get_running_loop().create_task(self._write_soon())

    async def close(self) -> None:
        if (writer := self._writer) is not None:
            writer.cancel()
            await asyncio.gather(writer, return_exceptions=True)
        if self._file is not None and self._dirty:
            self._write(self._snapshot())

    async def _write_soon(self) -> None:
        pause = SOON
        try:
            while self._dirty:
                await asyncio.sleep(pause)
                self._dirty = False
                loop = asyncio.get_running_loop()
                began = loop.time()
                try:
                    await asyncio.to_thread(self._write, self._snapshot())
                except asyncio.CancelledError:
                    self._dirty = True  # the end writes it again
                    raise
                except OSError:
                    self._dirty = True
                    log.exception("the sandbox could not write its state")
                pause = max(SOON, 10 * (loop.time() - began))  # a big memory is written less often
        finally:
            self._writer = None

    def _snapshot(self) -> Callable[[], str]:
        state = {"version": VERSION} | {name: section.dump() for name, section in self._sections.items()}
        return lambda: json.dumps(state)

    def _write(self, text: Callable[[], str]) -> None:
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_name(f"{self._file.name}.{os.getpid()}.new")
        beside.write_text(text())
        beside.replace(self._file)
