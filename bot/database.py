"""The one door through which the event loop reaches storage: a thread writes, a few read.

Storage never runs on the event loop. A write that another process's lock refused is tried again as a whole, outside
the transaction, until it passes or the patience given runs out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import structlog

from storage.engine import Engine, Session, may_pass, reading, writing

log = structlog.get_logger()
T = TypeVar("T")

RETRY_FIRST_S = 0.2
RETRY_LAST_S = 5.0
READERS = 4


class Database:
    """Reads and writes off the event loop. `patience_s` is how long a write waits out another writer or a full disk."""

    def __init__(self, engine: Engine, *, patience_s: float = 60.0) -> None:
        self.engine = engine
        self.patience_s = patience_s
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="db-writer")
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="db-reader")

    async def write(self, change: Callable[[Session], T], *, patience_s: float | None = None) -> T:
        """Run `change` in one transaction on the writing thread and return what it returned.

        Raises what the database raised once `patience_s` (default: the one given at first) is spent.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self.patience_s if patience_s is None else patience_s)
        wait_s = RETRY_FIRST_S
        while True:
            try:
                return await loop.run_in_executor(self._writer, self._write, change)
            except Exception as error:
                if not may_pass(error) or loop.time() + wait_s > deadline:
                    raise
                log.warning("write waits", reason=type(error).__name__, seconds=wait_s)
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, RETRY_LAST_S)

    async def read(self, query: Callable[[Session], T]) -> T:
        """Run `query` on a reading thread and return what it returned."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, query)

    def close(self) -> None:
        """Let running calls end, then give the connections back."""
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        self.engine.dispose()

    def _write(self, change: Callable[[Session], T]) -> T:
        with writing(self.engine) as tx:
            return change(tx)

    def _read(self, query: Callable[[Session], T]) -> T:
        with reading(self.engine) as tx:
            return query(tx)
