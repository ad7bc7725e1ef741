"""Fetching from a web that is friendly, careless or hostile."""

from __future__ import annotations

import asyncio
import errno
import gzip
import hashlib
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import brotli  # type: ignore[import-untyped]
import pytest

from bot.feeds.fetch import Fetcher, FetchLimits
from bot.feeds.model import Fetched, FetchError, FetchFault, Validators
from tests.fakes.web import (
    FakeWeb,
    Script,
    Talk,
    answer,
    cut,
    drip,
    endless,
    head,
    names,
    redirect,
    stall,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
FEED = b"<?xml version='1.0'?><rss>" + b"<item/>" * 300 + b"</rss>"
CHUNKED = "Transfer-Encoding: chunked"


@pytest.fixture
async def web() -> AsyncIterator[FakeWeb]:
    async with FakeWeb() as running:
        yield running


def limits_for(web: FakeWeb, **changes: Any) -> FetchLimits:
    return replace(
        FetchLimits(host_delay_s=0, host_connections=20, allowed_private_hosts=frozenset({web.host})), **changes
    )


async def get(web: FakeWeb, url: str, validators: Validators = Validators(), **changes: Any) -> Fetched:  # noqa: B008
    async with Fetcher(limits_for(web, **changes), now=lambda: NOW) as fetcher:
        return await fetcher.get(url, validators=validators)


async def fault(web: FakeWeb, url: str, **changes: Any) -> FetchError:
    with pytest.raises(FetchError) as failed:
        await get(web, url, **changes)
    return failed.value


async def test_a_document_comes_whole_with_what_is_needed_next_time(web: FakeWeb) -> None:
    url = web.on(
        "/feed",
        answer(
            FEED,
            "200 OK",
            "Content-Type: application/rss+xml; charset=utf-8",
            'ETag: W/"x-1"',
            "Last-Modified: Mon, 23 Nov 2026 10:00:00 GMT",
            "Cache-Control: public, max-age=600",
            "Age: 100",
        ),
    )
    fetched = await get(web, url)
    assert fetched == Fetched(
        url=url,
        status=200,
        body=FEED,
        content_type="application/rss+xml; charset=utf-8",
        validators=Validators('W/"x-1"', "Mon, 23 Nov 2026 10:00:00 GMT"),
        body_hash=hashlib.sha256(FEED).hexdigest(),
        max_age=timedelta(seconds=500),
    )
    asked = web.asked[0].headers
    assert asked["accept-encoding"] == b"gzip, deflate, br, zstd"
    assert asked["host"] == web.host.encode()
    assert b"application/rss+xml" in asked["accept"]
    assert b"mediawatch" in asked["user-agent"]
    assert not {"if-none-match", "if-modified-since", "cookie", "authorization"} & set(asked)


@pytest.mark.parametrize(
    "etag", ['"a"', 'W/"a--gzip"', "unquoted", '"with \\"quotes\\" and, commas"', '"ключ"', "'single'", '""']
)
async def test_validators_go_back_byte_for_byte(web: FakeWeb, etag: str) -> None:
    modified = "Mon,  23 nov 2026 10:00:00 +0000 (about)"
    url = web.on(
        "/feed", answer(FEED, "200 OK", f"ETag: {etag}", f"Last-Modified: {modified}"), answer(b"", "304 Not Modified")
    )
    async with Fetcher(limits_for(web)) as fetcher:
        first = await fetcher.get(url)
        second = await fetcher.get(url, validators=first.validators)
    assert web.asked[1].headers["if-none-match"] == etag.encode()
    assert web.asked[1].headers["if-modified-since"] == modified.encode()
    assert (second.status, second.body, second.body_hash) == (304, None, "")
    assert second.validators == first.validators


async def test_a_validator_that_cannot_be_sent_back_is_not_kept(web: FakeWeb) -> None:
    raw = b'HTTP/1.1 200 OK\r\nETag: "\xff\xfe"\r\nLast-Modified: ' + b"x" * 3000 + b"\r\nContent-Length: 0\r\n\r\n"
    assert (await get(web, web.on("/feed", raw))).validators == Validators()


async def test_a_new_validator_on_a_304_replaces_the_old(web: FakeWeb) -> None:
    url = web.on("/feed", answer(b"", "304 Not Modified", 'ETag: "b"'))
    fetched = await get(web, url, Validators('"a"', "Mon"))
    assert fetched.validators == Validators('"b"', "Mon")


async def test_polls_share_a_connection(web: FakeWeb) -> None:
    url = web.on("/feed", answer(b"", "304 Not Modified"))
    async with Fetcher(limits_for(web)) as fetcher:
        for _ in range(5):
            await fetcher.get(url, validators=Validators('"a"', ""))
    assert len(web.asked) == 5
    assert web.connections == 1


async def test_a_connection_that_the_server_closed_meanwhile_is_no_failure(web: FakeWeb) -> None:
    url = web.on("/feed", cut(answer(FEED)))
    async with Fetcher(limits_for(web)) as fetcher:
        for _ in range(3):
            assert (await fetcher.get(url)).body == FEED


async def test_cookies_are_not_kept(web: FakeWeb) -> None:
    url = web.on("/feed", answer(FEED, "200 OK", "Set-Cookie: who=you; Path=/"))
    async with Fetcher(limits_for(web)) as fetcher:
        await fetcher.get(url)
        await fetcher.get(url)
    assert "cookie" not in web.asked[1].headers


@pytest.mark.parametrize(
    "piece",
    [
        answer(b"", "304 Not Modified") + b"a body that has no place here",
        answer(b"", "304 Not Modified", length=1000),
        head("304 Not Modified", CHUNKED) + b"0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer(b"", "304 Not Modified"),
    ],
    ids=["body", "length", "chunks", "hints first"],
)
async def test_careless_304_answers_are_understood(web: FakeWeb, piece: bytes) -> None:
    url = web.on("/feed", piece)
    async with Fetcher(limits_for(web)) as fetcher:
        for _ in range(3):
            assert (await fetcher.get(url, validators=Validators('"a"', ""))).status == 304


CODINGS: list[tuple[str, Callable[[bytes], bytes]]] = [
    ("gzip", gzip.compress),
    ("deflate", zlib.compress),
    ("br", brotli.compress),
]


@pytest.mark.parametrize(("coding", "pack"), CODINGS)
async def test_compressed_documents_are_unpacked(web: FakeWeb, coding: str, pack: Callable[[bytes], bytes]) -> None:
    url = web.on("/feed", answer(pack(FEED), "200 OK", f"Content-Encoding: {coding}"))
    fetched = await get(web, url)
    assert fetched.body == FEED
    assert fetched.body_hash == hashlib.sha256(FEED).hexdigest()


@pytest.mark.parametrize(("coding", "pack"), CODINGS)
async def test_a_compressed_body_without_its_end_is_cut_off(
    web: FakeWeb, coding: str, pack: Callable[[bytes], bytes]
) -> None:
    url = web.on("/feed", answer(pack(FEED)[:-3], "200 OK", f"Content-Encoding: {coding}"))
    assert (await fault(web, url)).fault is FetchFault.TRUNCATED


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (cut(answer(FEED, length=len(FEED) + 1)), FetchFault.TRUNCATED),
        (cut(answer(FEED, length=len(FEED) - 1)), FetchFault.TRUNCATED),
        (cut(head("200 OK", CHUNKED) + b"5\r\n<rss>\r\n"), FetchFault.TRUNCATED),
        (cut(head("200 OK", CHUNKED) + b"ff\r\n<rss>"), FetchFault.TRUNCATED),
        (cut(head("200 OK", CHUNKED) + b"5\r\n<rss>\r\nzz\r\n"), FetchFault.PROTOCOL),
        (cut(head("206 Partial Content", "Content-Length: 5") + b"<rss>"), FetchFault.TRUNCATED),
        (answer(b"not gzip", "200 OK", "Content-Encoding: gzip"), FetchFault.ENCODING),
        (answer(FEED, "200 OK", "Content-Encoding: compress"), FetchFault.ENCODING),
        (answer(FEED, "200 OK", "Content-Encoding: br, gzip, zstd"), FetchFault.ENCODING),
        (answer(b"", "304 Not Modified"), FetchFault.PROTOCOL),
        (answer(b"", "302 Found"), FetchFault.PROTOCOL),
        (cut(b""), FetchFault.PROTOCOL),
        (cut(b"SSH-2.0-OpenSSH_9.9\r\n"), FetchFault.PROTOCOL),
        (cut(b"<rss></rss>"), FetchFault.PROTOCOL),
        (cut(b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<rss>"), FetchFault.PROTOCOL),
        (cut(answer(FEED, "200 OK", CHUNKED)), FetchFault.PROTOCOL),
        (answer(b"", "101 Switching Protocols", "Upgrade: x", "Connection: upgrade"), FetchFault.HTTP),
        (answer(b"", "404 Not Found"), FetchFault.HTTP),
        (answer(b"", "500 Oops"), FetchFault.HTTP),
        (answer(b"", "999 Blocked"), FetchFault.HTTP),
        (answer(b"", "300 Multiple Choices"), FetchFault.HTTP),
        (answer(b"", "410 Gone"), FetchFault.GONE),
        (answer(b"", "429 Too Many Requests"), FetchFault.RATE_LIMITED),
    ],
)
async def test_an_answer_that_is_no_document_names_its_fault(
    web: FakeWeb, script: Script, expected: FetchFault
) -> None:
    error = await fault(web, web.on("/feed", script))
    assert error.fault is expected
    assert error.url == web.url("/feed")
    assert "\n" not in str(error)
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    "script",
    [
        endless(b"HTTP/1.1 200 OK\r\n", b"X-Again: and again\r\n" * 500),
        endless(b"HTTP/1.1 200 OK\r\nX-Long: ", b"a" * 10_000),
        endless(b"HTTP/1.1 200 ", b"a" * 10_000),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000),
        endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 1000),
        endless(head("200 OK", CHUNKED), b"1\r\na\r\n" * 5000),
        endless(head("200 OK", CHUNKED), b"1;" + b"a" * 10_000),
        endless(head("200 OK", CHUNKED) + b"0\r\n", b"X-Trailer: a\r\n" * 1000),
        answer(FEED, "200 OK", *(f"X-{number}: {'a' * 4000}" for number in range(100))),
    ],
    ids=["headers", "header", "status line", "100s", "103s", "tiny chunks", "chunk extension", "trailers", "400 kB"],
)
async def test_framing_without_end_is_given_up_early(web: FakeWeb, script: Script) -> None:
    error = await fault(web, web.on("/feed", script))
    assert error.fault in (FetchFault.PROTOCOL, FetchFault.TRUNCATED)
    assert web.sent.get("/feed", 0) < 30_000_000


@pytest.mark.parametrize(
    "script",
    [
        endless(head(), FEED * 10),
        endless(head("200 OK", CHUNKED), b"8000\r\n" + b"a" * 0x8000 + b"\r\n"),
        answer(b"a" * 1_000_001),
        stall(head("200 OK", "Content-Length: 99999999999999999")),
        answer(gzip.compress(bytes(100_000_000)), "200 OK", "Content-Encoding: gzip"),
        answer(zlib.compress(bytes(100_000_000)), "200 OK", "Content-Encoding: deflate"),
        answer(brotli.compress(bytes(100_000_000), quality=5), "200 OK", "Content-Encoding: br"),
        answer(gzip.compress(gzip.compress(bytes(100_000_000))), "200 OK", "Content-Encoding: gzip, gzip"),
    ],
    ids=["endless", "endless chunks", "one byte more", "announced", "gzip", "deflate", "br", "gzip twice"],
)
async def test_a_body_over_the_limit_is_never_held(web: FakeWeb, script: Script) -> None:
    url = web.on("/feed", script)
    async with Fetcher(limits_for(web, max_bytes=1_000_000)) as fetcher:
        tracemalloc.start()
        try:
            with pytest.raises(FetchError) as failed:
                await fetcher.get(url)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert failed.value.fault is FetchFault.TOO_LARGE
    assert peak < 6_000_000


async def test_a_compressed_body_is_bounded_on_the_wire_too(web: FakeWeb) -> None:
    flood = endless(head("200 OK", "Content-Encoding: gzip"), gzip.compress(FEED)[:10] + b"\x00" * 65_000)
    error = await fault(web, web.on("/feed", flood), max_compressed_bytes=100_000)
    assert error.fault in (FetchFault.TOO_LARGE, FetchFault.ENCODING)
    announced = stall(head("200 OK", "Content-Encoding: gzip", "Content-Length: 100001"))
    error = await fault(web, web.on("/feed", announced), max_compressed_bytes=100_000)
    assert error.fault is FetchFault.TOO_LARGE


async def test_a_document_may_be_exactly_as_large_as_allowed(web: FakeWeb) -> None:
    body = b"<" + b"a" * 999_999
    assert (await get(web, web.on("/a", answer(body)), max_bytes=1_000_000)).body == body
    packed = answer(gzip.compress(body), "200 OK", "Content-Encoding: gzip")
    assert (await get(web, web.on("/b", packed), max_bytes=1_000_000)).body == body


async def test_a_request_can_ask_for_less_but_not_for_more(web: FakeWeb) -> None:
    url = web.on("/feed", answer(FEED))
    async with Fetcher(limits_for(web, max_bytes=1000)) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(url, max_bytes=10_000_000)
    async with Fetcher(limits_for(web)) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(url, max_bytes=1000)


async def test_unpacking_that_costs_too_much_ends(web: FakeWeb) -> None:
    url = web.on("/feed", answer(gzip.compress(bytes(10_000_000)), "200 OK", "Content-Encoding: gzip"))
    assert (await fault(web, url, unpack_cpu_s=0.0001)).fault is FetchFault.TOO_COSTLY


async def test_others_get_their_turn_while_a_large_body_is_unpacked(web: FakeWeb) -> None:
    url = web.on("/feed", answer(gzip.compress(bytes(16_000_000)), "200 OK", "Content-Encoding: gzip"))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with Fetcher(limits_for(web)) as fetcher:
        await fetcher.get(web.on("/warm", answer(FEED)))
        ticking = asyncio.create_task(others())
        fetched = await fetcher.get(url)
        ticking.cancel()
    assert fetched.body is not None
    assert turns >= 15


async def test_large_bodies_take_their_turns_and_all_arrive(web: FakeWeb) -> None:
    body = b"<rss>" + b"a" * 3_000_000
    urls = [web.on(f"/{number}", answer(body)) for number in range(6)]
    slow = web.on("/slow", stall(answer(body, length=4_000_000)))
    small = web.on("/small", answer(FEED))
    async with Fetcher(limits_for(web, large_bodies=1)) as fetcher:
        holding = asyncio.create_task(fetcher.get(slow))
        while not fetcher._large.locked():  # noqa: ASYNC110 - nobody is told when room is taken
            await asyncio.sleep(0)
        waiting = [asyncio.create_task(fetcher.get(url)) for url in urls]
        assert (await fetcher.get(small)).body == FEED
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
        holding.cancel()
        fetched = await asyncio.gather(*waiting)
    assert all(one.body == body for one in fetched)


@pytest.mark.parametrize(
    "script",
    [stall(), stall(b"HTTP/1.1 200 OK\r\n"), stall(answer(FEED, length=99_999)), drip(head(), FEED, 0.01)],
    ids=["silence", "half a head", "half a body", "drip"],
)
async def test_a_server_that_takes_for_ever_is_left(web: FakeWeb, script: Script) -> None:
    assert (await fault(web, web.on("/feed", script), timeout_s=0.3)).fault is FetchFault.TIMEOUT


async def test_the_time_of_all_redirects_together_is_bounded(web: FakeWeb) -> None:
    async def slow(talk: Talk) -> None:
        await asyncio.sleep(0.15)
        number = int(talk.asked.target.rpartition("/")[2])
        await talk.send(redirect(f"/hop/{number + 1}"))

    for number in range(6):
        web.on(f"/hop/{number}", slow)
    assert (await fault(web, web.url("/hop/0"), timeout_s=0.4)).fault is FetchFault.TIMEOUT


async def test_redirects_are_followed_and_only_permanent_ones_adopted(web: FakeWeb) -> None:
    end = web.on("/end", answer(FEED))
    cases = {
        "/a": ([redirect("/end", 301)], end),
        "/b": ([redirect(end + "#part", 308)], end),
        "/c": ([redirect("end", 302)], ""),
        "/d": ([redirect("//" + web.host + "/end", 307)], ""),
        "/e": ([redirect("/a", 301)], end),
        "/f": ([redirect("/a", 303)], ""),
        "/g": ([redirect("/c", 308)], web.url("/c")),
    }
    for path, (scripts, _) in cases.items():
        web.on(path, *scripts)
    for path, (_, permanent) in cases.items():
        fetched = await get(web, web.url(path))
        assert (fetched.url, fetched.body, fetched.permanent_url) == (end, FEED, permanent), path


async def test_a_redirect_in_the_bytes_of_another_age_is_followed(web: FakeWeb) -> None:
    web.on("/%CF%F0%E8", answer(FEED))
    url = web.on("/feed", b"HTTP/1.1 302 Found\r\nLocation: /\xcf\xf0\xe8\r\nContent-Length: 0\r\n\r\n")
    assert (await get(web, url)).body == FEED


async def test_redirects_end(web: FakeWeb) -> None:
    loop = [web.on("/self", redirect("/self", 301)), web.on("/ping", redirect("/pong"))]
    web.on("/pong", redirect("/ping"))
    for number in range(20):
        web.on(f"/hop/{number}", redirect(f"/hop/{number + 1}"))
    for url in (*loop, web.url("/hop/0")):
        assert (await fault(web, url)).fault is FetchFault.REDIRECTS
    assert len(web.asked) == 1 + 2 + 6


async def test_five_redirects_are_not_too_many(web: FakeWeb) -> None:
    for number in range(5):
        web.on(f"/hop/{number}", redirect(f"/hop/{number + 1}"))
    web.on("/hop/5", answer(FEED))
    assert (await get(web, web.url("/hop/0"))).body == FEED


FORBIDDEN = [
    "http://127.0.0.1:9/",
    "http://localhost:9/",
    "http://[::1]:9/",
    "http://[::ffff:127.0.0.1]:9/",
    "http://[::]:9/",
    "http://0.0.0.0:9/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/",
    "http://10.0.0.1/",
    "http://192.168.0.1/",
    "http://100.100.100.200/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://１２７.０.０.１:9/",
    "http://inside.test/",
    "http://mixed.test/",
    "http://user:secret@8.8.8.8/",
    "ftp://8.8.8.8/",
    "file:///etc/passwd",
    "gopher://8.8.8.8/",
]
NAMES = names(
    {
        "localhost": ["::1", "127.0.0.1"],
        "inside.test": ["10.1.2.3"],
        "mixed.test": ["192.168.7.7", "::ffff:127.0.0.1"],
        "news.test": ["127.0.0.1"],
    }
)


@pytest.mark.parametrize("target", FORBIDDEN)
async def test_addresses_inside_are_never_connected_to(
    web: FakeWeb, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected: list[Any] = []
    loop = asyncio.get_running_loop()
    connect = loop.sock_connect

    async def watched(sock: socket.socket, address: Any) -> None:
        connected.append(address)
        await connect(sock, address)

    monkeypatch.setattr(loop, "sock_connect", watched)
    url = web.on("/feed", redirect(target))
    async with Fetcher(limits_for(web), lookup=NAMES) as fetcher:
        for asked in (target, url):
            with pytest.raises(FetchError) as failed:
                await fetcher.get(asked)
            assert failed.value.fault is FetchFault.FORBIDDEN_ADDRESS, asked
    assert [address[1] for address in connected] == [web.port]


async def test_nothing_inside_is_allowed_by_default(web: FakeWeb) -> None:
    async with Fetcher() as fetcher:
        with pytest.raises(FetchError) as failed:
            await fetcher.get(web.on("/feed", answer(FEED)))
    assert failed.value.fault is FetchFault.FORBIDDEN_ADDRESS
    assert web.connections == 0


@pytest.mark.parametrize("allowed", ["*", "news.test", "news.test:{port}", "NEWS.test."])
async def test_a_private_host_can_be_allowed_by_name(web: FakeWeb, allowed: str) -> None:
    web.on("/feed", answer(FEED))
    private = frozenset({allowed.format(port=web.port)})
    async with Fetcher(FetchLimits(allowed_private_hosts=private, host_delay_s=0), lookup=NAMES) as fetcher:
        assert (await fetcher.get(web.url("/feed", "news.test"))).body == FEED


async def test_allowing_one_private_host_does_not_allow_its_neighbours(web: FakeWeb) -> None:
    url = web.on("/feed", redirect("http://inside.test/"))
    async with Fetcher(limits_for(web, allowed_private_hosts=frozenset({"127.0.0.1"})), lookup=NAMES) as fetcher:
        for asked in (url, web.url("/feed", "news.test")):
            with pytest.raises(FetchError) as failed:
                await fetcher.get(asked)
            assert failed.value.fault is FetchFault.FORBIDDEN_ADDRESS


async def test_a_name_that_leads_inside_the_second_time_is_refused_then(web: FakeWeb) -> None:
    answers = iter([["127.0.0.1"], ["10.9.9.9"]])

    def rebinding(host: str, port: int, *_: Any) -> Any:
        return names({"news.test": next(answers)})(host, port)

    web.on("/feed", cut(answer(FEED, "200 OK", "Connection: close")))
    allowed = frozenset({f"news.test:{web.port}"})
    async with Fetcher(FetchLimits(allowed_private_hosts=allowed, host_delay_s=0), lookup=rebinding) as fetcher:
        assert (await fetcher.get(web.url("/feed", "news.test"))).body == FEED
        with pytest.raises(FetchError) as failed:
            await fetcher.get("http://news.test:1/feed")
    assert failed.value.fault is FetchFault.FORBIDDEN_ADDRESS


def failing(number: int) -> Callable[..., Any]:
    def lookup(*_: Any) -> Any:
        raise socket.gaierror(number, "no")

    return lookup


@pytest.mark.parametrize(
    ("lookup", "expected"),
    [
        (failing(socket.EAI_NONAME), FetchFault.NAME),
        (failing(socket.EAI_AGAIN), FetchFault.UNREACHABLE),
        (names({"news.test": []}), FetchFault.NAME),
    ],
    ids=["unknown", "no name server", "no address"],
)
async def test_an_unknown_name_is_told_from_a_silent_name_server(
    lookup: Callable[..., Any], expected: FetchFault
) -> None:
    async with Fetcher(lookup=lookup) as fetcher:
        with pytest.raises(FetchError) as failed:
            await fetcher.get("http://news.test/feed")
    assert failed.value.fault is expected


async def test_a_name_server_that_never_answers_holds_nobody_up(web: FakeWeb) -> None:
    never = threading.Event()
    known = names({"news.test": ["127.0.0.1"]})

    def lookup(host: str, port: int, *rest: Any) -> Any:
        if host == "silent.test":
            never.wait(60)
        return known(host, port, *rest)

    web.on("/feed", answer(FEED))
    limits = limits_for(web, connect_timeout_s=0.1, allowed_private_hosts=frozenset({"news.test"}))
    async with Fetcher(limits, lookup=lookup) as fetcher:
        silent = [asyncio.create_task(fetcher.get(f"http://silent.test/{number}")) for number in range(5)]
        assert (await fetcher.get(web.url("/feed", "news.test"))).body == FEED
        faults = await asyncio.gather(*silent, return_exceptions=True)
    never.set()
    assert [fault.fault for fault in faults if isinstance(fault, FetchError)] == [FetchFault.TIMEOUT] * 5


async def test_being_out_of_files_is_our_own_fault(web: FakeWeb, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr("bot.feeds.connections.socket.socket", full)
    assert (await fault(web, web.url("/feed"))).fault is FetchFault.OUR_NETWORK


def damaged(whole: bytes, dice: Random) -> bytes:
    """Return an answer with a few bytes changed, cut out, doubled or cut off."""
    piece = bytearray(whole)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(piece))
        match dice.randrange(4):
            case 0:
                piece[at] = dice.randrange(256)
            case 1:
                del piece[at : at + dice.randint(1, 20)]
            case 2:
                piece[at:at] = piece[at : at + dice.randint(1, 20)]
            case _:
                piece = piece[: at + 1]
    return bytes(piece)


@pytest.mark.parametrize("seed", range(8))
async def test_a_damaged_answer_is_a_document_or_a_named_fault(web: FakeWeb, seed: int) -> None:
    dice = Random(seed)
    packed = gzip.compress(FEED)
    wholes = [
        answer(FEED, "200 OK", "Content-Type: text/xml", 'ETag: "a"', "Cache-Control: max-age=5"),
        answer(packed, "200 OK", "Content-Encoding: gzip"),
        head("200 OK", CHUNKED, "Content-Encoding: gzip") + b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed),
        redirect("/end", 301),
        answer(b"", "503 Busy", "Retry-After: Mon, 23 Nov 2026 12:30:00 GMT"),
    ]
    web.on("/end", answer(FEED))
    async with Fetcher(limits_for(web), now=lambda: NOW) as fetcher:
        for number in range(60):
            url = web.on(f"/{number}", cut(damaged(dice.choice(wholes), dice)))
            with suppress(FetchError):
                assert (await fetcher.get(url)).status < 300


async def test_a_closed_port_is_unreachable(web: FakeWeb) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        error = await fault(web, f"http://127.0.0.1:{port}/", allowed_private_hosts=frozenset({"127.0.0.1"}))
    assert error.fault is FetchFault.UNREACHABLE


async def test_a_server_without_tls_is_a_tls_fault(web: FakeWeb) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        error = await fault(web, f"https://127.0.0.1:{port}/", allowed_private_hosts=frozenset({"*"}))
    assert error.fault is FetchFault.TLS


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate for this test")
async def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    command = ["openssl", *make.split(), "-keyout", str(key), "-out", str(certificate)]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with FakeWeb(tls=context) as web:
        error = await fault(web, web.on("/feed", answer(FEED)))
        assert error.fault is FetchFault.TLS
        assert web.asked == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("120", timedelta(seconds=120)),
        (" 7 ", timedelta(seconds=7)),
        ("Mon, 23 Nov 2026 12:30:00 GMT", timedelta(minutes=30)),
        ("Monday, 23-Nov-26 12:30:00 GMT", timedelta(minutes=30)),
        ("99999999", timedelta(days=1)),
        ("9" * 300, timedelta(days=1)),
        ("Mon, 23 Nov 2099 12:30:00 GMT", timedelta(days=1)),
        ("0", None),
        ("-120", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("Mon, 23 Nov 2020 12:30:00 GMT", None),
        ("Mon, 99 Nov 20260 99:99:99 GMT", None),
    ],
)
@pytest.mark.parametrize("status", ["503 Busy", "429 Slow Down", "403 No"])
async def test_what_the_server_asks_us_to_wait(
    web: FakeWeb, status: str, value: str, expected: timedelta | None
) -> None:
    error = await fault(web, web.on("/feed", answer(b"", status, f"Retry-After: {value}")))
    assert error.retry_after == expected
    assert error.status == int(status[:3])


async def test_a_429_holds_the_host_and_other_statuses_only_the_feed(web: FakeWeb) -> None:
    url = web.on("/feed", answer(FEED))
    busy = web.on("/busy", answer(b"", "503 Busy", "Retry-After: 600"))
    limited = web.on("/limited", answer(b"", "429 Slow Down", "Retry-After: 600"))
    async with Fetcher(limits_for(web), now=lambda: NOW) as fetcher:
        with pytest.raises(FetchError):
            await fetcher.get(busy)
        assert (await fetcher.get(url)).body == FEED
        with pytest.raises(FetchError):
            await fetcher.get(limited)
        with pytest.raises(FetchError) as held:
            await fetcher.get(url)
        kept = fetcher.turns.holds()
    assert (held.value.fault, held.value.status) == (FetchFault.RATE_LIMITED, None)
    assert held.value.retry_after == timedelta(seconds=600)
    assert [hold.held_until_at for hold in kept] == [NOW + timedelta(seconds=600)]
    assert web.paths() == ["/busy", "/feed", "/limited"]
    async with Fetcher(limits_for(web), now=lambda: NOW, held=kept) as again:
        with pytest.raises(FetchError):
            await again.get(url)


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("max-age=60", timedelta(seconds=60)),
        ('private, MAX-AGE="60"', timedelta(seconds=60)),
        ("max-age=99999999999999999999", timedelta(days=1)),
        ("max-age=60, no-cache", None),
        ("no-store, max-age=60", None),
        ("s-maxage=60", None),
        ("max-age=-1", None),
        ("max-age=soon", None),
    ],
)
async def test_how_long_an_answer_stays_fresh(web: FakeWeb, control: str, expected: timedelta | None) -> None:
    url = web.on("/feed", answer(FEED, "200 OK", f"Cache-Control: {control}"))
    assert (await get(web, url)).max_age == expected


async def test_the_wait_for_a_turn_does_not_count_and_is_told(web: FakeWeb) -> None:
    clock = [0.0]

    async def sleep(seconds: float) -> None:
        clock[0] += seconds

    url = web.on("/feed", answer(FEED))
    limits = limits_for(web, host_delay_s=3600, timeout_s=60)
    async with Fetcher(limits, monotonic=lambda: clock[0], sleep=sleep) as fetcher:
        waits = [(await fetcher.get(url)).waited_s for _ in range(3)]
    assert waits == [0.0, 3600.0, 3600.0]


async def test_a_host_is_asked_only_so_much_at_once(web: FakeWeb) -> None:
    async def slow(talk: Talk) -> None:
        for _ in range(50):
            await asyncio.sleep(0)
        await talk.send(answer(FEED))

    urls = [web.on(f"/{number}", slow) for number in range(12)]
    async with Fetcher(limits_for(web, host_connections=3)) as fetcher:
        await asyncio.gather(*(fetcher.get(url) for url in urls))
    assert web.most_at_once <= 3


async def test_what_a_server_says_unasked_is_not_taken_for_the_next_answer(web: FakeWeb) -> None:
    said = asyncio.Event()

    async def talkative(talk: Talk) -> None:
        await talk.send(answer(FEED))
        await talk.send(answer(b"poison") * 1000)
        said.set()

    first, second = web.on("/a", talkative), web.on("/b", answer(FEED))
    async with Fetcher(limits_for(web)) as fetcher:
        with suppress(FetchError):
            assert (await fetcher.get(first)).body == FEED
        await said.wait()
        for _ in range(10):
            await asyncio.sleep(0)
        assert (await fetcher.get(second)).body == FEED
