"""Compressed bodies, unpacked piece by piece: what comes out is bounded, and a missing end is noticed."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Iterator, Sequence
from typing import Final, Protocol

import brotli  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE: Final = 64 * 1024
"""Bytes that one step hands out at most (brotli may exceed it by its own block)."""

MOST_STAGES: Final = 2
_MOST_MEMBERS: Final = 4096
_WINDOW_LOG: Final = 23
"""A zstd window of 8 MB: the most that RFC 9659 lets a server use over HTTP. A frame may ask for gigabytes."""

_GZIP_MAGIC: Final = b"\x1f\x8b"
_MOST_BETWEEN: Final = 64 * 1024 * 1024
"""Bytes that an outer coding may hand to an inner one: a bomb in a bomb shows no output of its own."""

_HEAD: Final = 16
_PLAIN: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<(?:\?xml|rss|feed|rdf|!doctype|!--|html|head|body)|\{\s*\"[ -~]{3}|\[\s*\{)"
    rb"|\xff\xfe\s*<\x00[?!a-z]|\xfe\xff\x00<\x00[?!a-z]",
    re.IGNORECASE,
)
"""How documents begin and nothing compressed does (brotli and raw deflate have no mark of their own)."""

_NO_CODINGS: Final = frozenset({"", "identity", "none", "binary", "8bit", "7bit", "text", "xml", "utf-8", "utf8"})
_CODINGS: Final = frozenset({"gzip", "x-gzip", "deflate", "br", "zstd"})


class EncodingError(Exception):
    """A body isn't what its Content-Encoding says, or says something we can't read."""


class Unpacker(Protocol):
    """One coding being undone."""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what `piece` unpacks to, in bounded pieces. Raises EncodingError."""
        ...

    def complete(self) -> bool:
        """Say whether the end mark was seen, so that nothing is missing."""
        ...


class _Gzip:
    """Gzip, also of several members; what follows the last one and isn't gzip is ignored, as browsers do."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(31)
        self._members = 0
        self._in_member = False
        self._over = False
        self._head = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        rest = self._head + piece
        self._head = b""
        while rest and not self._over:
            if not self._in_member and not self._begin(rest):
                return
            try:
                out = self._member.decompress(rest, PIECE)
            except zlib.error as error:
                raise EncodingError(f"gzip: {error}") from error
            rest = self._member.unconsumed_tail
            if out:
                yield out
            if self._member.eof:
                rest = self._member.unused_data
                self._in_member = False
                self._members += 1

    def _begin(self, rest: bytes) -> bool:
        """Start a member; False where nothing begins: too little to tell yet, or what follows the body."""
        if self._members and len(rest) == 1 and rest == _GZIP_MAGIC[:1]:
            self._head = rest
            return False
        if self._members and not rest.startswith(_GZIP_MAGIC):
            self._over = True
            return False
        if self._members >= _MOST_MEMBERS:
            raise EncodingError(f"gzip: more than {_MOST_MEMBERS} members")
        if self._members:
            self._member = zlib.decompressobj(31)
        self._in_member = True
        return True

    def complete(self) -> bool:
        return self._members > 0 and not self._in_member


class _Deflate:
    """Deflate, with the zlib wrapper that the standard asks for or, as many servers send it, without."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(15)
        self._sure = False
        self._seen = b""

    def feed(self, piece: bytes) -> Iterator[bytes]:
        rest = piece
        if not self._sure:
            rest = self._seen = self._seen + piece
            if len(rest) < 2:
                return
            if rest[0] & 0x0F != 8 or (rest[0] << 8 | rest[1]) % 31:
                self._stream = zlib.decompressobj(-15)
            self._sure = True
            self._seen = b""
        while rest and not self._stream.eof:
            try:
                out = self._stream.decompress(rest, PIECE)
            except zlib.error as error:
                raise EncodingError(f"deflate: {error}") from error
            rest = self._stream.unconsumed_tail
            if out:
                yield out

    def complete(self) -> bool:
        return self._stream.eof


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    def feed(self, piece: bytes) -> Iterator[bytes]:
        if self._stream.is_finished():
            return
        try:
            out = self._stream.process(piece, output_buffer_limit=PIECE)
            while out or not self._stream.can_accept_more_data():
                if out:
                    yield out
                if self._stream.is_finished():
                    return
                out = self._stream.process(b"", output_buffer_limit=PIECE)
        except brotli.error as error:
            raise EncodingError(f"brotli: {error}") from error

    def complete(self) -> bool:
        return bool(self._stream.is_finished())


class _Zstd:
    """Zstandard, also of several frames, with the window that HTTP allows; garbage behind the last is ignored."""

    def __init__(self) -> None:
        self._frame = self._new()
        self._frames = 0
        self._in_frame = False
        self._over = False

    @staticmethod
    def _new() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _WINDOW_LOG})

    def feed(self, piece: bytes) -> Iterator[bytes]:
        rest = piece
        while not self._over and (rest or (self._in_frame and not self._frame.needs_input)):
            begins = not self._in_frame
            if begins:
                self._begin()
            try:
                out = self._frame.decompress(rest, PIECE)
            except zstd.ZstdError as error:
                if not begins or self._frames == 1:
                    raise EncodingError(f"zstd: {error}") from error
                self._over, self._in_frame = True, False
                return
            rest = b""
            if out:
                yield out
            if self._frame.eof:
                rest = self._frame.unused_data
                self._in_frame = False

    def _begin(self) -> None:
        if self._frames >= _MOST_MEMBERS:
            raise EncodingError(f"zstd: more than {_MOST_MEMBERS} frames")
        if self._frames:
            self._frame = self._new()
        self._frames += 1
        self._in_frame = True

    def complete(self) -> bool:
        return self._frames > 0 and not self._in_frame


def codings_of(headers: Sequence[str]) -> tuple[str, ...]:
    """Return the codings that Content-Encoding headers name, in the order they are to be undone.

    Words that are no coding but that servers send (charsets, "none") are left out. Raises EncodingError for unknown
    codings and for more than two on top of each other.
    """
    named = [word.strip().strip('"').lower() for header in headers for word in header[:500].split(",")]
    codings = [word for word in named if word not in _NO_CODINGS and not word.startswith(("iso-8859", "windows-"))]
    unknown = next((word for word in codings if word not in _CODINGS), None)
    if unknown is not None:
        raise EncodingError(f"unknown Content-Encoding {unknown[:40]!r}")
    if len(codings) > MOST_STAGES:
        raise EncodingError(f"{len(codings)} codings on top of each other")
    return tuple(reversed(codings))


def _unpacker(coding: str) -> Unpacker:
    match coding:
        case "deflate":
            return _Deflate()
        case "br":
            return _Brotli()
        case "zstd":
            return _Zstd()
        case _:
            return _Gzip()


class Unpacking:
    """A body being unpacked: feed it the pieces of the wire, take the pieces of the document.

    `codings` are as `codings_of` returns them. A body that plainly isn't compressed although the header says so is
    passed through (servers do that), and one that is gzip although no header says so is unpacked. Pieces may be empty:
    they give the caller its chance to let others work.
    """

    def __init__(self, codings: Sequence[str]) -> None:
        self._codings = tuple(codings)
        self._stages: list[Unpacker] | None = None
        self._head = b""
        self._between = 0

    @property
    def compressed(self) -> bool:
        """Say whether the headers announce a compressed body."""
        return bool(self._codings)

    def feed(self, piece: bytes) -> Iterator[bytes]:
        """Yield what `piece` unpacks to, in bounded pieces. Raises EncodingError."""
        if self._stages is None:
            self._head += piece
            if len(self._head) < _HEAD:
                return
            piece = self._begin()
        yield from self._through(piece, 0)

    def finish(self) -> Iterator[bytes]:
        """Yield what was held back, after the last piece. Raises EncodingError."""
        if self._stages is None:
            yield from self._through(self._begin(), 0)

    def complete(self) -> bool:
        """Say whether every coding saw its end mark; asked after `finish`. An empty body has nothing to miss."""
        return all(stage.complete() for stage in self._stages or ())

    def _begin(self) -> bytes:
        """Choose the stages by the header and by what the body begins with; return the part held back so far."""
        head, self._head = self._head, b""
        codings = self._codings
        if not head or _PLAIN.match(head):
            codings = ()
        elif not codings and head.startswith(_GZIP_MAGIC + b"\x08"):
            codings = ("gzip",)
        self._stages = [_unpacker(coding) for coding in codings]
        return head

    def _through(self, piece: bytes, stage: int) -> Iterator[bytes]:
        stages = self._stages or []
        if stage >= len(stages):
            yield piece
            return
        if stage:
            self._between += len(piece)
            if self._between > _MOST_BETWEEN:
                raise EncodingError("too much between two codings")
        for out in stages[stage].feed(piece):
            yield from self._through(out, stage + 1)
        yield b""
