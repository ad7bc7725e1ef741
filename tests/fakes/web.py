"""A web server on loopback that says exactly the bytes it is told to say, however hostile."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Asked:
    """One request as it came: the header names in lower case, the values as bytes."""

    method: str
    target: str
    headers: Mapping[str, bytes]
    connection: int


@dataclass
class Talk:
    """What a script holds in its hands: the request, and the line to whoever asked."""

    asked: Asked
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    sent: int = 0
    keep: bool = True

    async def send(self, piece: bytes) -> None:
        """Send bytes as they are; raises ConnectionError once the other side has gone."""
        if self.writer.transport.is_closing():
            raise ConnectionResetError
        self.writer.write(piece)
        await self.writer.drain()
        self.sent += len(piece)

    async def until_gone(self) -> None:
        """Say nothing more until the other side closes."""
        while await self.reader.read(65536):
            pass

    def hang_up(self) -> None:
        """Close after what was sent."""
        self.keep = False

    def reset(self) -> None:
        """Cut the line."""
        self.keep = False
        self.writer.transport.abort()


Script = bytes | Callable[[Talk], Awaitable[None]]


def answer(body: bytes = b"", status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return a whole answer with its Content-Length (`length` to lie about it)."""
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {size}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def head(status: str = "200 OK", *headers: str) -> bytes:
    """Return the head of an answer without saying how long the body is."""
    return "\r\n".join([f"HTTP/1.1 {status}", *headers]).encode() + b"\r\n\r\n"


def redirect(target: str, status: int = 302) -> bytes:
    """Return an answer that sends the client elsewhere."""
    return answer(b"moved", f"{status} Moved", f"Location: {target}")


def cut(piece: bytes) -> Script:
    """Return a script that sends `piece` and closes."""

    async def run(talk: Talk) -> None:
        await talk.send(piece)
        talk.hang_up()

    return run


def stall(piece: bytes = b"") -> Script:
    """Return a script that sends `piece` and then nothing, without closing."""

    async def run(talk: Talk) -> None:
        await talk.send(piece)
        await talk.until_gone()

    return run


def endless(start: bytes, piece: bytes, at_most: int = 400_000_000) -> Script:
    """Return a script that repeats `piece` until the client has had enough (`at_most` bytes, so that tests end)."""

    async def run(talk: Talk) -> None:
        await talk.send(start)
        while talk.sent < at_most:
            await talk.send(piece)
        talk.hang_up()

    return run


def drip(start: bytes, body: bytes, every_s: float) -> Script:
    """Return a script that sends a body one byte at a time."""

    async def run(talk: Talk) -> None:
        await talk.send(start)
        for at in range(len(body)):
            await talk.send(body[at : at + 1])
            await asyncio.sleep(every_s)

    return run


def names(known: Mapping[str, Iterable[str]]) -> Callable[..., Any]:
    """Return a stand-in for socket.getaddrinfo that knows only these names."""

    def lookup(host: str, port: int, *_: Any) -> list[tuple[int, int, int, str, tuple[Any, ...]]]:
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found: list[tuple[int, int, int, str, tuple[Any, ...]]] = []
        for address in known[host]:
            six = ":" in address
            family = socket.AF_INET6 if six else socket.AF_INET
            found.append((family, socket.SOCK_STREAM, 6, "", (address, port, 0, 0) if six else (address, port)))
        return found

    return lookup


@dataclass
class FakeWeb:
    """A server on 127.0.0.1 with one script per path; several scripts are used in turn, the last one again and again.

    `asked` lists the requests in order; `sent` counts the bytes each path was sent.
    """

    asked: list[Asked] = field(default_factory=list)
    sent: dict[str, int] = field(default_factory=dict)
    port: int = 0
    connections: int = 0
    most_at_once: int = 0
    tls: Any = None
    _scripts: dict[str, list[Script]] = field(default_factory=dict)
    _server: asyncio.Server | None = None
    _running: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    @property
    def host(self) -> str:
        """Where it listens, as the setting for allowed private hosts spells it."""
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/feed", host: str = "127.0.0.1") -> str:
        """Return the address of a path here, under any name that leads to this machine."""
        return f"http{'s' if self.tls else ''}://{host}:{self.port}{path}"

    def on(self, path: str, *scripts: Script) -> str:
        """Answer a path with these scripts, and return its address."""
        self._scripts[path] = list(scripts)
        return self.url(path)

    def paths(self) -> list[str]:
        """Return the paths asked for, in order."""
        return [asked.target for asked in self.asked]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        self.connections += 1
        try:
            await self._converse(reader, writer, self.connections)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
            pass
        finally:
            self._running.discard(task)
            writer.transport.abort() if writer.transport.is_closing() else writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int) -> None:
        keep = True
        while keep:
            asked = _parse(await reader.readuntil(b"\r\n\r\n"), number)
            self.asked.append(asked)
            talk = Talk(asked, reader, writer)
            self._busy += 1
            self.most_at_once = max(self.most_at_once, self._busy)
            try:
                await self._run(talk)
            finally:
                self._busy -= 1
                self.sent[asked.target] = self.sent.get(asked.target, 0) + talk.sent
            keep = talk.keep
        with suppress(ConnectionError):
            await writer.drain()

    async def _run(self, talk: Talk) -> None:
        scripts = self._scripts.get(talk.asked.target.partition("?")[0])
        if not scripts:
            await talk.send(answer(b"nothing here", "404 Not Found"))
            return
        script = scripts.pop(0) if len(scripts) > 1 else scripts[0]
        if isinstance(script, bytes):
            await talk.send(script)
        else:
            await script(talk)


def _parse(raw: bytes, connection: int) -> Asked:
    first, *lines = raw.rstrip(b"\r\n").split(b"\r\n")
    method, target, _ = first.decode("latin-1").split(" ", 2)
    headers = {}
    for line in lines:
        name, _, value = line.partition(b":")
        headers[name.decode("latin-1").lower()] = value.removeprefix(b" ")
    return Asked(method, target, headers, connection)
