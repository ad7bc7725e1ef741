"""Documents that were fetched and are not yet written down: while they are too many, no request starts.

Fetching outruns reading and writing on a first poll of many sources, and what waits would fill the memory.
"""

from __future__ import annotations

import asyncio
from typing import Final

_COUNTED_AT_MOST: Final = 256 * 1024
"""What one document counts at most: a few huge ones, which take seconds to read, must not hold everybody up."""


class Backlog:
    """Counts the bytes that wait. `most_bytes` is where fetching pauses until enough of them were worked off."""

    def __init__(self, most_bytes: int = 2 * 1024 * 1024) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._free = asyncio.Event()
        self._free.set()

    def add(self, size: int) -> None:
        """Count a document of `size` bytes until `remove` is told the same."""
        self._change(min(size, _COUNTED_AT_MOST))

    def remove(self, size: int) -> None:
        """Say that a document of `size` bytes is done with."""
        self._change(-min(size, _COUNTED_AT_MOST))

    async def room(self) -> float:
        """Wait until there is room for more; return the seconds that took."""
        if self._free.is_set():
            return 0.0
        loop = asyncio.get_running_loop()
        asked = loop.time()
        await self._free.wait()
        return loop.time() - asked

    def _change(self, counted: int) -> None:
        self._bytes += counted
        if self._bytes < self._most_bytes:
            self._free.set()
        else:
            self._free.clear()
