"""A web server on loopback that publishes the sample newswire in waves, as real outlets do over a morning."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Self

from bot.demo.documents import CONTENT_TYPES, Published, feed_path, render_feed, render_home, render_page
from bot.demo.wire import Wire, WireFeed, WireItem, read_wire

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server gives for one path. `changed_at` is aware UTC, whole seconds."""

    body: bytes
    content_type: str
    changed_at: datetime

    @property
    def etag(self) -> str:
        """Return the strong validator of the body."""
        return f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'


def is_unchanged(answer: Answer, headers: Mapping[str, str]) -> bool:
    """Say whether the asker already holds this answer. An ETag, where it sends one, outweighs the date."""
    tags = headers.get("If-None-Match")
    if tags is not None:
        return any(tag.strip().removeprefix("W/") in (answer.etag, "*") for tag in tags.split(","))
    since = headers.get("If-Modified-Since")
    if since is None:
        return False
    try:
        asked_at = parsedate_to_datetime(since)
    except ValueError:
        return False
    return (asked_at if asked_at.tzinfo else asked_at.replace(tzinfo=UTC)) >= answer.changed_at


class _Server(ThreadingHTTPServer):
    """Serves `answers`; a whole new mapping is put there at each wave, so a request sees one moment only."""

    daemon_threads = True
    block_on_close = False
    answers: Mapping[str, Answer] = MappingProxyType({})

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(address, _Handler)
        self.statuses: Counter[int] = Counter()
        self.counting = threading.Lock()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when an asker hangs up in the middle: the terminal belongs to the demo."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "newswire"
    sys_version = ""
    timeout = 30
    server: _Server
    # One packet per answer: otherwise the header waits for the asker's delayed acknowledgement (40 ms each).
    wbufsize = -1
    disable_nagle_algorithm: ClassVar[bool] = True

    def do_GET(self) -> None:
        """Answer with the document at the path, with 304 where the asker holds it, else with 404."""
        answer = self.server.answers.get(self.path.partition("?")[0])
        if answer is None:
            self._send(HTTPStatus.NOT_FOUND, b"not here\n", {"Content-Type": "text/plain"})
            return
        validators = {"ETag": answer.etag, "Last-Modified": format_datetime(answer.changed_at, usegmt=True)}
        if is_unchanged(answer, MappingProxyType(dict(self.headers.items()))):
            self._send(HTTPStatus.NOT_MODIFIED, None, validators)
        else:
            self._send(HTTPStatus.OK, answer.body, {"Content-Type": answer.content_type, **validators})

    do_HEAD = do_GET

    def _send(self, status: HTTPStatus, body: bytes | None, headers: Mapping[str, str]) -> None:
        with self.server.counting:
            self.server.statuses[status.value] += 1
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if body is not None and self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class names it so
        """Keep the terminal for the demo's own words."""


class Newswire:
    """The wire's web server: `async with Newswire(started_at=now) as wire`, then `wire.publish(wave, at=now)`.

    Entering serves wave 0, each outlet's last hours. Later waves are added on top, newest first.
    """

    def __init__(self, *, started_at: datetime, wire: Wire | None = None, port: int = 0) -> None:
        self.wire = wire or read_wire()
        self._started_at = started_at.replace(microsecond=0)
        self._port = port
        self._published: tuple[Published, ...] = ()
        self._changed_at: Mapping[str, datetime] = MappingProxyType({})
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None

    async def __aenter__(self) -> Self:
        server = _Server(("127.0.0.1", self._port))
        self._server = server
        self.publish(0, at=self._started_at)
        self._thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True, name="newswire")
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        server, thread = self._running(), self._thread
        await asyncio.to_thread(server.shutdown)
        server.server_close()
        if thread is not None:
            await asyncio.to_thread(thread.join, 5)
        self._server = None

    def _running(self) -> _Server:
        if self._server is None:
            raise RuntimeError("the newswire is not being served: enter it first")
        return self._server

    @property
    def base_url(self) -> str:
        """Return the address everything is served under, without a slash at the end."""
        return f"http://127.0.0.1:{self._running().server_address[1]}"

    @property
    def statuses(self) -> Mapping[int, int]:
        """Return how often each HTTP status was answered so far."""
        server = self._running()
        with server.counting:
            return MappingProxyType(dict(server.statuses))

    @property
    def published(self) -> tuple[WireItem, ...]:
        """Return what is on the wire now."""
        return tuple(article.item for article in self._published)

    def feed_url(self, feed: WireFeed) -> str:
        """Return the address of an outlet's feed."""
        return f"{self.base_url}{feed_path(feed)}"

    def link(self, item: WireItem) -> str:
        """Return the address an outlet gives for an article; a copy leads to its original, marked for counting."""
        if item.copy_of:
            return f"{self.base_url}/{item.copy_of}.html?utm_source={item.feed}&utm_medium=rss"
        return f"{self.base_url}/{item.feed}/{item.slug}.html"

    def sources(self) -> tuple[Mapping[str, str], ...]:
        """Return the outlets as rows of a source list: name, url, language, home."""
        return tuple(
            MappingProxyType(
                {
                    "name": feed.title,
                    "url": self.feed_url(feed),
                    "language": feed.language,
                    "home": f"{self.base_url}/{feed.slug}/",
                }
            )
            for feed in self.wire.feeds
        )

    def sources_yaml(self) -> str:
        """Return the outlets as the text of a `sources.yaml`."""
        # YAML reads JSON's strings as its own, whatever stands in a name.
        rows = [
            ", ".join(f"{key}: {json.dumps(row[key], ensure_ascii=False)}" for key in row) for row in self.sources()
        ]
        return "sources:\n" + "".join(f"  - {{{row}}}\n" for row in rows)

    def publish(self, wave: int, *, at: datetime) -> int:
        """Put the articles of `wave` on the wire, published just before `at`; return how many there are.

        Wave 0 is spread over the hours before `at`. A wave published twice adds nothing the second time.
        """
        step = timedelta(minutes=11) if wave == 0 else timedelta(seconds=1)
        known = {article.guid for article in self._published}
        new = [
            Published(item, self.link(item), at.replace(microsecond=0) - step * (place + 1))
            for place, item in enumerate(item for item in self.wire.items if item.wave == wave)
        ]
        new = [article for article in new if article.guid not in known]
        self._published = (*new, *self._published)
        touched = {article.item.feed: at.replace(microsecond=0) for article in new}
        self._changed_at = MappingProxyType({**self._changed_at, **touched})
        self._running().answers = MappingProxyType(self._answers())
        return len(new)

    def _answers(self) -> dict[str, Answer]:
        base = self.base_url
        answers = {"/robots.txt": Answer(b"User-agent: *\nAllow: /\n", "text/plain; charset=utf-8", self._started_at)}
        for feed in self.wire.feeds:
            articles = [article for article in self._published if article.item.feed == feed.slug]
            changed_at = self._changed_at.get(feed.slug, self._started_at)
            answers[feed_path(feed)] = Answer(render_feed(feed, articles, base), CONTENT_TYPES[feed.kind], changed_at)
            answers[f"/{feed.slug}/"] = Answer(render_home(feed, base), HTML, self._started_at)
            answers |= self._pages(feed, articles)
        return answers

    def _pages(self, feed: WireFeed, articles: Sequence[Published]) -> dict[str, Answer]:
        return {
            f"/{feed.slug}/{article.item.slug}.html": Answer(
                render_page(feed, article.item, self.base_url), HTML, article.published_at
            )
            for article in articles
            if not article.item.copy_of
        }
