"""Just enough HTTP on a loopback port, so that a test decides about each byte of an answer, and about its absence."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: a Bot API body, or raw bytes (`raw`) as a proxy might send; None as `status`: nothing at all.
    `on_written` is called once its bytes are on their way."""

    status: int | None = 200
    body: Any = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    on_written: Callable[[], None] = lambda: None

    def wire(self) -> bytes:
        """Return the bytes of this answer."""
        content = self.raw if self.raw is not None else json.dumps(self.body).encode()
        headers = {"Content-Length": len(content), "Content-Type": "application/json", **self.headers}
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode() + content


NOTHING = Answer(status=None)
Handler = Callable[[str, dict[str, Any]], Awaitable[Answer]]


class Wire:
    """An HTTP/1.1 server on loopback that gives `handler` each request's path and parameters."""

    def __init__(self, handler: Handler, *, port: int = 0) -> None:
        self._handler = handler
        self.port = port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen; on the same port again after a `close`."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                answer = await self._handler(*await _request(reader))
                if answer.status is None:
                    break
                writer.write(answer.wire())
                await writer.drain()
                answer.on_written()
        self._writers.discard(writer)
        writer.transport.abort()


async def _request(reader: asyncio.StreamReader) -> tuple[str, dict[str, Any]]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    path = head[0].split(" ")[1]
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    path, _, query = path.partition("?")
    return path, {**dict(parse_qsl(query)), **_parameters(headers.get("content-type", ""), body)}


def _parameters(content_type: str, body: bytes) -> dict[str, Any]:
    if "application/json" in content_type:
        return dict(json.loads(body))
    if "multipart/form-data" in content_type:
        parts = BytesParser(policy=HTTP).parsebytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body)
        named = {str(part.get_param("name", header="content-disposition")): part for part in parts.iter_parts()}
        return {name: part.get_content() for name, part in named.items()}
    return dict(parse_qsl(body.decode(), keep_blank_values=True))
