"""Connections that keep their promises: only to allowed addresses, and no more bytes than an answer is worth."""

from __future__ import annotations

import asyncio
import functools
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler

from bot.feeds.addresses import refusal

_LOOKUPS_AT_ONCE: Final = 24
_HEAD_PIECE: Final = 16 * 1024
_HEAD_END: Final = b"\r\n\r\n"
_FRAMING_FREE: Final = 1024 * 1024

AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]
"""What getaddrinfo says of one address: family, kind, protocol, name, and the socket's address."""


class AnswerError(aiohttp.ClientError):
    """An answer is more trouble than any news is worth: endless headers, or more framing than body."""


@dataclass(slots=True)
class Permit:
    """What one request may connect to. `refused` afterwards says which address was not allowed, and why."""

    private: bool
    refused: str = ""


PERMIT: Final[ContextVar[Permit]] = ContextVar("permit")
"""The permit of the request that is running; the connector asks it when it opens a socket. Without one: public only."""


def guarded_socket(info: AddressInfo) -> socket.socket:
    """Return a socket for an address that the running request may connect to; raises PermissionError for others.

    This is the last word before the connection, so it holds for names, for addresses written as numbers (which no
    resolver sees) and for answers of the name server that change from one question to the next.
    """
    family, kind, protocol, _, address = info
    permit = PERMIT.get(None) or Permit(private=False)
    reason = "" if permit.private else refusal(str(address[0]))
    if reason:
        permit.refused = f"{address[0]}: {reason}"
        raise PermissionError(permit.refused)
    return socket.socket(family, kind, protocol)


class NameResolver(AbstractResolver):
    """Looks names up in threads of its own.

    The shared pool of the event loop serves the database: a name server that never answers must not fill it. The
    threads are daemons, because nothing can interrupt a look-up and a stop must not wait for one.
    """

    def __init__(self, lookup: Callable[..., Any] = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._slots = asyncio.Semaphore(_LOOKUPS_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a name, or raise socket.gaierror."""
        await self._slots.acquire()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[list[AddressInfo]] = loop.create_future()
        # The thread gives the slot back, not the caller: a caller that gave up still has its thread running.
        run = functools.partial(self._run, loop, answer, host, port, family)
        threading.Thread(target=run, name="name look-up", daemon=True).start()
        infos = await answer
        return [
            ResolveResult(
                hostname=host,
                host=str(info[4][0]),
                port=port,
                family=info[0],
                proto=info[2],
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for info in infos
            if info[0] in (socket.AF_INET, socket.AF_INET6)
        ]

    def _run(
        self,
        loop: asyncio.AbstractEventLoop,
        answer: asyncio.Future[list[AddressInfo]],
        host: str,
        port: int,
        family: socket.AddressFamily,
    ) -> None:
        infos: list[AddressInfo] = []
        failure: OSError | None = None
        try:
            infos = self._lookup(host, port, family, socket.SOCK_STREAM)
        except OSError as error:
            failure = error
        except (UnicodeError, ValueError) as error:
            failure = socket.gaierror(socket.EAI_NONAME, str(error))
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(self._tell, answer, infos, failure)

    def _tell(
        self, answer: asyncio.Future[list[AddressInfo]], infos: list[AddressInfo], failure: OSError | None
    ) -> None:
        self._slots.release()
        if answer.done():
            return
        if failure is not None:
            answer.set_exception(failure)
        elif not infos:
            answer.set_exception(socket.gaierror(socket.EAI_NONAME, "no address"))
        else:
            answer.set_result(infos)

    async def close(self) -> None:
        """Nothing to close: the threads end by themselves."""


class BoundedHandler(ResponseHandler):
    """Reads answers as aiohttp does, but gives up on those that never come to the point.

    aiohttp bounds each header, not the run of "100 Continue" before them; nor the framing of a body in one-byte
    chunks; nor what a server says unasked on a connection kept for later.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, max_header_bytes: int) -> None:
        super().__init__(loop)
        self._max_header_bytes = max_header_bytes
        self._wire = 0
        self._head_seen = False

    def set_response_params(self, **params: Any) -> None:
        """Begin an answer: the counts start afresh."""
        self._wire = 0
        self._head_seen = False
        super().set_response_params(**params)

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take a parsed head; note when it is the final one (100 to 199 only announce it)."""
        if data[0].code >= 200:
            self._head_seen = True
            self._wire = 0
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Take what the server sent: its head in small pieces that end where the head ends, then the body."""
        position = 0
        while not self._head_seen and position < len(data):
            if self.transport is None or self._exception is not None:
                return
            if self._wire > self._max_header_bytes:
                self._give_up(AnswerError("headers without end"))
                return
            end = data.find(_HEAD_END, position, position + _HEAD_PIECE)
            piece = data[position : position + _HEAD_PIECE if end < 0 else end + len(_HEAD_END)]
            position += len(piece)
            self._wire += len(piece)
            super().data_received(piece)
        if position < len(data) or not data:
            self._body_received(data[position:] if position else data)

    def _body_received(self, data: bytes) -> None:
        payload = self._payload
        if data and (payload is None or payload.is_eof()):
            self._cut_off()
            return
        self._wire += len(data)
        super().data_received(data)
        if payload is None:
            return
        if self._exception is not None:
            # aiohttp tells the queue of answers only, and who reads the body would wait for ever.
            longer = aiohttp.ClientPayloadError("the body is longer than announced")
            payload.set_exception(longer if payload.is_eof() else AnswerError("the body is not valid HTTP"))
        elif self._wire > _FRAMING_FREE + payload.total_bytes * 5 // 4:
            self._give_up(AnswerError("more framing than body"))

    def _cut_off(self) -> None:
        """End the connection: the answer is complete (a 304 with a body, say), what follows is nobody's."""
        self.force_close()
        if self.transport is not None:
            self.transport.abort()

    def _give_up(self, error: AnswerError) -> None:
        payload = self._payload
        if payload is not None and not payload.is_eof():
            payload.set_exception(error)
        self.set_exception(error)
        self._cut_off()


def guarded_connector(
    *, connections: int, max_header_bytes: int, lookup: Callable[..., Any] = socket.getaddrinfo
) -> aiohttp.TCPConnector:
    """Return aiohttp's connector, verifying TLS, with the guards of this module. Needs a running event loop."""
    connector = aiohttp.TCPConnector(
        limit=connections,
        resolver=NameResolver(lookup),
        ttl_dns_cache=60,
        socket_factory=guarded_socket,
        keepalive_timeout=30,
    )
    # No public way to choose the reader of answers; tests/bot/test_fetch.py notices if this stops working.
    reader: Any = functools.partial(BoundedHandler, asyncio.get_running_loop(), max_header_bytes)
    connector._factory = reader
    return connector
