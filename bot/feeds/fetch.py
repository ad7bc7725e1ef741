"""News in over the network: one guarded client for feeds, pages and robots.txt."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
from yarl import URL

from bot.feeds.addresses import AddressError, AllowedHosts, host_key, parse_address
from bot.feeds.backlog import Backlog
from bot.feeds.body import BodyLimits, read_body
from bot.feeds.connections import PERMIT, Permit, guarded_connector
from bot.feeds.faults import LONGEST_DETAIL, fetch_error, refuse_status
from bot.feeds.hints import content_type_of, max_age, retry_after, sendable, validators_of
from bot.feeds.hosts import HostHeld, HostHold, HostTurns
from bot.feeds.model import Fetched, FetchError, FetchFault, Validators

FEED_ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, text/html;q=0.4, */*;q=0.1"
)
PAGE_ACCEPT: Final = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
USER_AGENT: Final = "mediawatch/0.1 (news monitoring; conditional requests)"

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NOT_UTF8: Final = re.compile(r"[\ud800-\udfff]")
_PERMANENT: Final = frozenset({301, 308})


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """What a fetch may cost. Times in seconds, sizes in bytes.

    `timeout_s` is for the whole of a request with its redirects, without the wait for a host's turn. `max_bytes`
    bounds the document, `max_compressed_bytes` what comes over the wire where it is compressed, `max_header_bytes`
    all headers of an answer, `unpack_cpu_s` the processor time that unpacking may take. `large_bodies` is how many
    documents over 1 MB may be read at once, which bounds the memory of many. `allowed_private_hosts` are
    `host`, `host:port` or `*`.
    """

    timeout_s: float = 25.0
    connect_timeout_s: float = 10.0
    max_bytes: int = 20 * 1024 * 1024
    max_compressed_bytes: int = 10 * 1024 * 1024
    max_redirects: int = 5
    max_header_bytes: int = 64 * 1024
    unpack_cpu_s: float = 3.0
    large_bodies: int = 3
    host_delay_s: float = 1.0
    host_connections: int = 2
    connections: int = 100
    allowed_private_hosts: frozenset[str] = frozenset()
    user_agent: str = USER_AGENT


def utc_now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Redirect:
    """An answer that sends us elsewhere."""

    target: URL
    permanent: bool
    waited_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Question:
    """What one request asks for, the same at every hop."""

    headers: dict[str, str]
    validators: Validators
    max_bytes: int


class Fetcher:
    """Fetches documents over HTTP, politely and within limits; one for the whole process.

    Use as `async with Fetcher(limits) as fetcher`. `turns` shows how many requests wait and which hosts asked us to
    stay away (`turns.holds()`), to be handed back after a restart as `held`; while `backlog` is
    full requests wait. No cookies, no proxy from the environment, TLS always verified. `lookup` stands in for
    socket.getaddrinfo.
    """

    def __init__(
        self,
        limits: FetchLimits | None = None,
        *,
        now: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        held: Iterable[HostHold] = (),
        backlog: Backlog | None = None,
        lookup: Callable[..., Any] = socket.getaddrinfo,
    ) -> None:
        self.limits = limits or FetchLimits()
        self.turns = HostTurns(
            delay_s=self.limits.host_delay_s,
            per_host=self.limits.host_connections,
            in_all=self.limits.connections,
            now=now,
            monotonic=monotonic,
            sleep=sleep,
            held=held,
        )
        self._backlog = backlog or Backlog()
        self._now = now
        self._lookup = lookup
        self._allowed = AllowedHosts.of(self.limits.allowed_private_hosts)
        self._large = asyncio.Semaphore(max(1, self.limits.large_bodies))
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        limits = self.limits
        connector = guarded_connector(
            connections=limits.connections, max_header_bytes=limits.max_header_bytes, lookup=self._lookup
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=64 * 1024,
            raise_for_status=False,
            # The deadline is ours, one timer for all; aiohttp only bounds the way to the connection.
            timeout=aiohttp.ClientTimeout(connect=limits.connect_timeout_s, ceil_threshold=3600),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()

    async def get(
        self,
        url: str,
        *,
        validators: Validators = Validators(),  # noqa: B008 - frozen
        accept: str = FEED_ACCEPT,
        max_bytes: int | None = None,
    ) -> Fetched:
        """Return the document at `url`, complete and unpacked, or the word that it is unchanged (status 304).

        `max_bytes` bounds the document more tightly than the limits do. Redirects are followed by hand, each address
        checked. Raises FetchError, also while the host asked us to stay away (RATE_LIMITED, without a status).
        """
        question = self._question(validators, accept, max_bytes)
        address = _address(url, None)
        visited = {str(address)}
        left_s = self.limits.timeout_s
        waited_s = 0.0
        permanent, unbroken = "", True
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            answer = await self._hop(address, question, left_s)
            left_s -= loop.time() - started - answer.waited_s
            waited_s += answer.waited_s
            if isinstance(answer, Fetched):
                elsewhere = len(visited) > 1
                return replace(answer, permanent_url=permanent, waited_s=waited_s) if elsewhere else answer
            address = answer.target
            unbroken = unbroken and answer.permanent
            permanent = str(address) if unbroken else permanent
            if str(address) in visited or len(visited) > self.limits.max_redirects:
                what = "leads back to itself" if str(address) in visited else f"more than {self.limits.max_redirects}"
                raise FetchError(FetchFault.REDIRECTS, what, url=str(address))
            visited.add(str(address))

    def _question(self, validators: Validators, accept: str, max_bytes: int | None) -> _Question:
        known = sendable(validators)
        headers = {
            "User-Agent": self.limits.user_agent,
            "Accept": accept,
            "Accept-Encoding": "gzip, deflate, br, zstd",
        }
        if known.etag:
            headers["If-None-Match"] = known.etag
        if known.last_modified:
            headers["If-Modified-Since"] = known.last_modified
        bound = self.limits.max_bytes
        return _Question(headers, known, bound if max_bytes is None else min(bound, max_bytes))

    async def _hop(self, address: URL, question: _Question, left_s: float) -> Fetched | _Redirect:
        """Ask one host, in its turn and within the time that is left."""
        host, port = address.raw_host or "", address.port or 0
        key = host_key(host, port)
        permit = Permit(private=self._allowed.allow(host, port))
        try:
            async with self.turns.turn(key) as turn:
                turn.waited_s += await self._backlog.room()
                async with asyncio.timeout(left_s):
                    return await self._exchange(address, question, permit, turn.waited_s)
        except HostHeld as held:
            raise FetchError(FetchFault.RATE_LIMITED, str(held), url=str(address), retry_after=held.remaining) from held
        except FetchError as error:
            if error.fault is FetchFault.RATE_LIMITED and error.retry_after is not None:
                self.turns.hold(key, error.retry_after)
            error.url = error.url or str(address)
            raise
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise fetch_error(error, permit, str(address)) from error

    async def _exchange(
        self, address: URL, question: _Question, permit: Permit, waited_s: float
    ) -> Fetched | _Redirect:
        """Ask and read the answer, to which a wait of `waited_s` led."""
        if self._session is None:
            raise RuntimeError("the fetcher is closed")
        before = PERMIT.set(permit)
        try:
            response = await self._session.get(address, headers=question.headers, allow_redirects=False)
        finally:
            PERMIT.reset(before)
        try:
            if response.status in _REDIRECTS:
                return self._redirect(response, address, waited_s)
            if response.status == 304:
                return self._unchanged(response, address, question, waited_s)
            refuse_status(response, self._now())
            limits = BodyLimits(question.max_bytes, self.limits.max_compressed_bytes, self.limits.unpack_cpu_s)
            body, body_hash = await read_body(response, limits, self._large)
        except BaseException:
            response.close()
            raise
        finally:
            response.release()
        headers = response.headers
        return Fetched(
            url=str(address),
            status=response.status,
            body=body,
            content_type=content_type_of(headers),
            validators=validators_of(headers),
            body_hash=body_hash,
            retry_after=retry_after(headers.get("Retry-After", ""), self._now()),
            max_age=max_age(headers),
            waited_s=waited_s,
        )

    def _redirect(self, response: aiohttp.ClientResponse, address: URL, waited_s: float) -> _Redirect:
        location = response.headers.get("Location", "")
        if not location:
            raise FetchError(FetchFault.PROTOCOL, "a redirect without an address", status=response.status)
        if _NOT_UTF8.search(location):
            raw = location.encode("utf-8", "surrogateescape")
            location = "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)
        return _Redirect(_address(location, address), response.status in _PERMANENT, waited_s)

    def _unchanged(
        self, response: aiohttp.ClientResponse, address: URL, question: _Question, waited_s: float
    ) -> Fetched:
        asked = question.validators
        if asked == Validators():
            raise FetchError(FetchFault.PROTOCOL, "'not modified' to a question without 'since'", status=304)
        headers = response.headers
        given = validators_of(headers)
        return Fetched(
            url=str(address),
            status=304,
            body=None,
            validators=Validators(given.etag or asked.etag, given.last_modified or asked.last_modified),
            retry_after=retry_after(headers.get("Retry-After", ""), self._now()),
            max_age=max_age(headers),
            waited_s=waited_s,
        )


def _address(text: str, base: URL | None) -> URL:
    """Return an address to ask, or raise FetchError where it may not or cannot be asked."""
    try:
        return parse_address(text, base)
    except AddressError as error:
        fault = FetchFault.NAME if error.unknown_name else FetchFault.FORBIDDEN_ADDRESS
        raise FetchError(fault, str(error), url=text[:LONGEST_DETAIL]) from error
