"""The body of an answer: read, unpacked and hashed in small steps, within its limits."""

from __future__ import annotations

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Final

import aiohttp

from bot.feeds.connections import AnswerError
from bot.feeds.decompress import EncodingError, Unpacking, codings_of
from bot.feeds.model import FetchError, FetchFault

_LARGE: Final = 1024 * 1024
_WIRE_PIECE: Final = 32 * 1024
_STEP_S: Final = 0.02
_STEP_BYTES: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """What a body may cost: bytes of the document, bytes of the wire where compressed, seconds of processor time."""

    max_bytes: int
    max_compressed_bytes: int
    cpu_s: float


class _Steps:
    """Keeps the steps short: others get their turn every 20 ms or 1 MB, and the work as a whole is bounded."""

    def __init__(self, cpu_s: float) -> None:
        self._cpu_s = cpu_s
        self._spent_s = 0.0
        self._bytes = 0
        self._since = time.thread_time()

    def resume(self) -> None:
        """Begin to count, after waiting for the network."""
        self._since = time.thread_time()

    def pause(self) -> None:
        """Stop counting, before waiting; raises FetchError where the work took too much in all."""
        self._spent_s += time.thread_time() - self._since
        if self._spent_s > self._cpu_s:
            raise FetchError(FetchFault.TOO_COSTLY, f"unpacking took over {self._cpu_s:g} s")

    async def breathe(self, size: int) -> None:
        """Let others work if this step was long enough; `size` bytes came out since the last call."""
        self._bytes += size
        if self._bytes >= _STEP_BYTES or time.thread_time() - self._since >= _STEP_S:
            self._bytes = 0
            self.pause()
            await asyncio.sleep(0)
            self.resume()


class _Reading:
    """A document taking shape."""

    def __init__(self, limits: BodyLimits, large: asyncio.Semaphore) -> None:
        self._limits = limits
        self._large = large
        self._holds_large = False
        # Pieces, not one growing buffer: that one is copied as it grows, and takes twice the room.
        self._pieces: list[bytes] = []
        self._hash = hashlib.sha256()
        self._size = 0
        self._steps = _Steps(limits.cpu_s)

    async def take(self, unpacking: Unpacking, piece: bytes) -> None:
        """Unpack a piece of the wire into the document; an empty piece ends the body."""
        self._steps.resume()
        for start in range(0, len(piece) or 1, _WIRE_PIECE):
            part = piece[start : start + _WIRE_PIECE]
            for out in unpacking.feed(part) if part else unpacking.finish():
                if out:
                    self._add(out)
                if self._size > _LARGE and not self._holds_large:
                    await self._wait_for_room()
                await self._steps.breathe(len(out))
        self._steps.pause()

    def _add(self, out: bytes) -> None:
        self._size += len(out)
        if self._size > self._limits.max_bytes:
            raise FetchError(FetchFault.TOO_LARGE, f"over {self._limits.max_bytes} bytes")
        self._hash.update(out)
        self._pieces.append(out)

    async def _wait_for_room(self) -> None:
        """Wait until few enough large documents are being read, within the deadline of the request."""
        self._steps.pause()
        await self._large.acquire()
        self._holds_large = True
        self._steps.resume()

    def done(self) -> tuple[bytes, str]:
        """Return the document and its SHA-256 in hex."""
        return b"".join(self._pieces), self._hash.hexdigest()

    def close(self) -> None:
        """Give the room for a large document back."""
        if self._holds_large:
            self._large.release()
            self._holds_large = False


async def read_body(
    response: aiohttp.ClientResponse, limits: BodyLimits, large: asyncio.Semaphore
) -> tuple[bytes, str]:
    """Return the document of an answer, complete and unpacked, and its SHA-256 in hex.

    Raises FetchError: TOO_LARGE, TRUNCATED, ENCODING, TOO_COSTLY, PROTOCOL. `large` admits so many large documents
    at once, which bounds the memory of many.
    """
    try:
        unpacking = Unpacking(codings_of(response.headers.getall("Content-Encoding", ())))
    except EncodingError as error:
        raise FetchError(FetchFault.ENCODING, str(error), status=response.status) from error
    compressed = unpacking.compressed
    bound = limits.max_compressed_bytes if compressed else limits.max_bytes
    if (response.content_length or 0) > bound:
        raise FetchError(FetchFault.TOO_LARGE, f"{response.content_length} bytes announced, {bound} allowed")
    reading = _Reading(limits, large)
    try:
        wire = 0
        while piece := await response.content.readany():
            wire += len(piece)
            if wire > bound:
                raise FetchError(FetchFault.TOO_LARGE, f"over {bound} bytes on the wire")
            await reading.take(unpacking, piece)
        await reading.take(unpacking, b"")
        if not unpacking.complete():
            raise FetchError(FetchFault.TRUNCATED, "the compressed body has no end")
        return reading.done()
    except EncodingError as error:
        raise FetchError(FetchFault.ENCODING, str(error)[:200]) from error
    except AnswerError:
        raise
    except (aiohttp.ClientError, ConnectionError) as error:
        raise FetchError(FetchFault.TRUNCATED, str(error)[:200]) from error
    finally:
        reading.close()
