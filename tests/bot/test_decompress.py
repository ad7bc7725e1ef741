"""Compressed bodies, whole, broken and hostile."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.feeds.decompress import PIECE, EncodingError, Unpacking, codings_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DOCUMENT = b"<?xml version='1.0'?><rss>" + b"<item><title>news</title></item>" * 5000 + b"</rss>"
NOISE = b"<rss>" + random.Random(1).randbytes(300_000)


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


def many_members(body: bytes) -> bytes:
    return b"".join(gzip.compress(body[at : at + 40_000]) for at in range(0, len(body), 40_000))


def many_frames(body: bytes) -> bytes:
    skippable = b"\x50\x2a\x4d\x18\x04\x00\x00\x00note"
    return skippable + b"".join(zstd.compress(body[at : at + 40_000]) for at in range(0, len(body), 40_000))


WAYS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("x-gzip", gzip.compress),
    ("GZIP", many_members),
    ("deflate", zlib.compress),
    ("deflate", raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
    ("zstd", many_frames),
]


def unpack(codings: tuple[str, ...], body: bytes, step: int = 1000) -> tuple[bytes, bool]:
    unpacking = Unpacking(codings)
    out = bytearray()
    for at in range(0, len(body), step):
        for piece in unpacking.feed(body[at : at + step]):
            out += piece
    for piece in unpacking.finish():
        out += piece
    return bytes(out), unpacking.complete()


@pytest.mark.parametrize(("coding", "pack"), WAYS)
@pytest.mark.parametrize("document", [DOCUMENT, NOISE, b"<", b""], ids=["feed", "noise", "one byte", "empty"])
@pytest.mark.parametrize("step", [1, 7, PIECE])
def test_every_coding_gives_the_document_back(
    coding: str, pack: Callable[[bytes], bytes], document: bytes, step: int
) -> None:
    if step == 1:
        document = document[:5000]
    assert unpack(codings_of([coding]), pack(document), step) == (document, True)


@pytest.mark.parametrize(("coding", "pack"), WAYS)
def test_a_body_without_its_end_is_incomplete(coding: str, pack: Callable[[bytes], bytes]) -> None:
    packed = pack(DOCUMENT)
    for missing in (1, 2, 5, len(packed) // 2):
        out, complete = unpack(codings_of([coding]), packed[:-missing])
        assert not complete
        assert DOCUMENT.startswith(out)


def brotli_quick(body: bytes) -> bytes:
    return bytes(brotli.compress(body, quality=5))


@pytest.mark.parametrize(
    ("coding", "packers"),
    [
        ("gzip", [gzip.compress]),
        ("deflate", [raw_deflate]),
        ("br", [brotli_quick]),
        ("zstd", [zstd.compress]),
        ("gzip, gzip", [gzip.compress, gzip.compress]),
        ("br, gzip", [brotli_quick, gzip.compress]),
    ],
)
def test_a_bomb_comes_out_in_small_pieces(coding: str, packers: list[Callable[[bytes], bytes]]) -> None:
    bomb = bytes(50_000_000)
    for pack in packers:
        bomb = pack(bomb)
    assert len(bomb) < 60_000
    largest = total = 0
    for piece in Unpacking(codings_of([coding])).feed(bomb):
        largest = max(largest, len(piece))
        total += len(piece)
        if total > 20_000_000:
            break
    assert total > 20_000_000
    assert largest <= 4 * PIECE


def test_a_zstd_frame_may_not_ask_for_a_huge_window() -> None:
    packer = zstd.ZstdCompressor(options={zstd.CompressionParameter.window_log: 27})
    body = b"".join(packer.compress(NOISE) for _ in range(30)) + packer.flush()
    with pytest.raises(EncodingError):
        unpack(("zstd",), body)
    header_of_two_gigabytes = b"\x28\xb5\x2f\xfd\x00\xa8" + b"\x00" * 20
    with pytest.raises(EncodingError):
        unpack(("zstd",), header_of_two_gigabytes)


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_garbage_behind_the_end_is_ignored(coding: str, pack: Callable[[bytes], bytes]) -> None:
    for garbage in (b"\x00" * 40, b"\r\n", b"<!-- cached -->" * 30):
        assert unpack((coding,), pack(DOCUMENT) + garbage) == (DOCUMENT, True)
        assert unpack((coding,), pack(DOCUMENT) + garbage, PIECE) == (DOCUMENT, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
@pytest.mark.parametrize(
    "document",
    [DOCUMENT, b"\xef\xbb\xbf\n<rss/>", b'{"version": "1.1"}', "\ufeff<?xml?>".encode("utf-16-le"), b"<rss>"],
    ids=["feed", "mark before it", "JSON", "UTF-16", "short"],
)
def test_a_document_that_is_plainly_not_compressed_passes_whatever_the_header_says(
    coding: str, document: bytes
) -> None:
    assert unpack((coding,), document) == (document, True)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd"])
def test_noise_is_an_error_or_incomplete_but_never_a_document(coding: str) -> None:
    noise = random.Random(7).randbytes(5000)
    try:
        _, complete = unpack((coding,), noise)
    except EncodingError:
        return
    assert not complete


def test_gzip_that_no_header_announces_is_unpacked() -> None:
    assert unpack((), gzip.compress(DOCUMENT)) == (DOCUMENT, True)


def test_a_damaged_gzip_body_is_an_error() -> None:
    packed = bytearray(gzip.compress(DOCUMENT))
    packed[-6] ^= 0xFF
    with pytest.raises(EncodingError):
        unpack(("gzip",), bytes(packed))


@pytest.mark.parametrize(("coding", "pack"), [("gzip", gzip.compress), ("zstd", zstd.compress)])
def test_a_flood_of_empty_members_is_refused(coding: str, pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(EncodingError):
        unpack((coding,), pack(b"") * 5000, PIECE)


def test_two_codings_are_undone_in_the_right_order() -> None:
    packed = brotli.compress(gzip.compress(DOCUMENT))
    assert unpack(codings_of(["gzip", "br"]), packed) == (DOCUMENT, True)
    assert unpack(codings_of(["gzip, br"]), packed) == (DOCUMENT, True)


def test_a_cut_inside_the_inner_coding_is_noticed() -> None:
    packed = brotli.compress(gzip.compress(DOCUMENT)[:-3])
    assert unpack(codings_of(["gzip, br"]), packed)[1] is False


def test_what_passes_between_two_codings_is_bounded() -> None:
    packer = zlib.compressobj(1, wbits=31)
    empty_blocks = b"\x00\x00\x00\xff\xff" * 200_000
    bomb = packer.compress(b"\x78\x01") + b"".join(packer.compress(empty_blocks) for _ in range(100)) + packer.flush()
    with pytest.raises(EncodingError):
        assert set(Unpacking(("gzip", "deflate")).feed(bomb)) == {b""}


@pytest.mark.parametrize("headers", [["compress"], ["gzip, gzip, gzip"], ["br", "gzip", "zstd"], ["x" * 9000]])
def test_codings_that_we_do_not_read_are_an_error(headers: list[str]) -> None:
    with pytest.raises(EncodingError):
        codings_of(headers)


@pytest.mark.parametrize("headers", [[], [""], ["identity"], ["UTF-8"], ["none"], ["windows-1251"], [", ,"]])
def test_words_that_are_no_coding_are_passed_over(headers: list[str]) -> None:
    assert codings_of(headers) == ()


@given(st.sampled_from(["gzip", "deflate", "br", "zstd"]), st.binary(max_size=300))
def test_any_bytes_end_in_a_document_or_an_error(coding: str, body: bytes) -> None:
    try:
        out, _ = unpack((coding,), body, 50)
    except EncodingError:
        return
    assert len(out) < 20_000_000
