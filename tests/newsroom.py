"""A whole mediawatch in one test: the real stages on a real database, with the web, Telegram and time as arguments."""

from __future__ import annotations

import asyncio
import importlib
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from bot.database import Database
from bot.delivery.limits import Limits
from bot.delivery.model import Outcome, Outgoing, Sent
from bot.delivery.text import plain
from bot.feeds.hosts import HostHold
from bot.feeds.model import Fetched, FetchError, FetchFault, Validators
from bot.feeds.polling import PollLimits
from bot.feeds.robots import Robots
from bot.metrics import Metrics
from bot.pipeline.analyse import Analysed, Analyst
from bot.pipeline.collect import Collector
from bot.pipeline.deliver import Deliverer
from bot.pipeline.keeping import Keeping, Settled
from bot.pipeline.pages import Pages
from bot.pipeline.telling import Teller
from storage import rulebook, sources, subscribers
from storage.engine import open_engine
from storage.migrate import upgrade
from storage.tables import How, SourceRow

NOTHING_KNOWN = Validators()
BEGAN_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
FLOODS = """
topic: floods
title: {en: Floods, ru: Наводнения}
concepts:
  flood: {en: [flood ~0, floods ~0], ru: [наводнение]}
when: |
  flood
examples:
  match: ["Flood in Aktobe"]
  ignore: ["Sun in Aktobe"]
"""


@dataclass
class Story:
    """An article as a test publishes it; `link` and `guid` default to something of its own."""

    title: str
    text: str = "A summary."
    link: str = ""
    guid: str = ""
    at: datetime | None = None

    def __post_init__(self) -> None:
        name = sha256(self.title.encode()).hexdigest()[:8]
        self.link = self.link or f"https://paper.example/{name}.html"
        self.guid = self.guid or self.link


@dataclass
class FakeWeb:
    """Addresses and what they answer; stands in for the fetcher. Understands validators as a server does."""

    documents: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, FetchError] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    unchanged: int = 0
    turns: Any = field(default_factory=lambda: SimpleNamespace(holds=lambda: ()))

    async def get(
        self, url: str, *, validators: Validators = NOTHING_KNOWN, accept: str = "", max_bytes: int | None = None
    ) -> Fetched:
        """Answer as a polite server would."""
        self.asked.append(url)
        await asyncio.sleep(0)
        if url in self.faults:
            raise self.faults[url]
        place = self.moved.get(url, url)
        if place not in self.documents:
            raise FetchError(FetchFault.HTTP, "404 Not Found", url=url, status=404)
        body = self.documents[place]
        etag = f'"{sha256(body).hexdigest()[:12]}"'
        permanent = place if place != url else ""
        if validators.etag == etag:
            self.unchanged += 1
            return Fetched(place, 304, None, validators=validators, permanent_url=permanent)
        page = body.lstrip()[:9].lower() == b"<!doctype"
        kind = "text/html; charset=utf-8" if page else "application/rss+xml"
        return Fetched(place, 200, body, kind, Validators(etag=etag), sha256(body).hexdigest(), permanent_url=permanent)

    def hold(self, host: str, until_at: datetime) -> None:
        """Let a host have asked us to stay away."""
        self.turns = SimpleNamespace(holds=lambda: (HostHold(host, until_at),))


class InlineWorkers:
    """Runs what workers run, here: what processes add is tested in test_workers."""

    def __init__(self) -> None:
        self.faults: dict[str, Callable[..., Exception | None]] = {}

    async def run(self, name: str, *args: Any, timeout_s: float = 0, cpu_s: float = 0) -> Any:
        """Call package.module:function."""
        fault = self.faults.get(name)
        if fault is not None and (error := fault(*args)) is not None:
            raise error
        module, _, function = name.partition(":")
        return getattr(importlib.import_module(module), function)(*args)


class FakeTelegram:
    """Takes every message and remembers how each one reads now."""

    def __init__(self) -> None:
        self.messages: dict[int, Outgoing] = {}
        self.edits = 0
        self.outcomes: list[Outcome] = []

    async def send(self, message: Outgoing) -> Outcome:
        """Take a message, unless the test put another outcome first."""
        if self.outcomes:
            return self.outcomes.pop(0)
        number = len(self.messages) + 1
        self.messages[number] = message
        return Sent(number)

    async def edit(self, message: Outgoing) -> Outcome:
        """Let a message read anew."""
        assert message.message_id in self.messages
        self.edits += 1
        self.messages[message.message_id] = message
        return Sent(message.message_id)

    async def probe(self) -> Outcome:
        """Answer."""
        return Sent(0)

    def texts(self, chat_id: int = 17) -> list[str]:
        """Return how a chat's messages read, without their markup."""
        return [plain(each.text) for each in self.messages.values() if each.chat_id == chat_id]


class Newsroom:
    """A test's mediawatch. `run()` lets everything happen that is due now; `later()` moves the clock first."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.at = BEGAN_AT
        self.web = FakeWeb()
        self.telegram = FakeTelegram()
        self.workers = InlineWorkers()
        self.metrics = Metrics()
        self.feeds: dict[str, list[Story]] = {}
        workers: Any = self.workers
        web: Any = self.web
        keeping = Keeping(PollLimits(60, 60), fetch_pages=True, rng=random.Random(7))
        self.collector = Collector(db, web, workers, keeping, self.metrics, self.now)
        self.pages = Pages(db, web, Robots(web, now=self.now), workers, self.metrics, self.now)
        self.analyst = Analyst(db, workers, Teller(flood_limit=20), self.metrics, self.now)
        self.deliverer = Deliverer(db, self.telegram, Limits.none(), now=self.now)

    def now(self) -> datetime:
        """Return the test's time."""
        return self.at

    async def add_source(self, url: str = "https://paper.example/feed", **values: Any) -> int:
        """Add a source and return its number; its feed starts empty."""
        row = SourceRow(
            **{"name": "Paper", "language": "en", "fetch_pages": False}
            | values
            | {"url": url, "imported_url": url, "added_at": self.at, "next_poll_at": self.at}
        )
        await self.db.write(lambda tx: sources.add(tx, row))
        self.feeds.setdefault(url, [])
        self.render(url)
        return row.id or 0

    async def add_topic(self, text: str = FLOODS, slug: str = "floods", title: str = "Floods") -> None:
        """Publish a topic's rule as a file would."""
        await self.db.write(lambda tx: rulebook.offer_file(tx, slug, {"en": title}, text, self.at))

    async def subscribe(self, chat_id: int = 17, slug: str = "floods", how: How = How.AT_ONCE) -> int:
        """Let a chat follow a topic; return the subscriber's local number."""

        def change(tx: Any) -> int:
            row = subscribers.find_or_add(tx, chat_id, kind="private", language="en", zone="Europe/Minsk", now=self.at)
            topic = rulebook.topic(tx, slug)
            assert topic is not None
            subscribers.subscribe(tx, row.id, topic.topic_id, how, self.at)
            return int(row.id)

        return await self.db.write(change)

    def publish(self, *stories: Story, url: str = "https://paper.example/feed") -> None:
        """Put stories on top of a feed."""
        self.feeds.setdefault(url, [])[:0] = stories
        self.render(url)

    def render(self, url: str) -> None:
        """Write the feed's document anew from its stories."""
        entries = "".join(
            f"<item><title>{escape(s.title)}</title><link>{escape(s.link)}</link><guid>{escape(s.guid)}</guid>"
            f"<description>{escape(s.text)}</description>"
            f"<pubDate>{format_datetime(s.at or self.at)}</pubDate></item>"
            for s in self.feeds[url]
        )
        self.web.documents[url] = (
            f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Paper</title>'
            f"<link>https://paper.example/</link><description>d</description>{entries}</channel></rss>"
        ).encode()

    async def poll(self) -> Settled:
        """Poll what is due."""
        rows = await self.db.read(lambda tx: sources.due(tx, self.at, 1000))
        return await self.collector.poll_each(rows)

    async def run(self) -> Analysed:
        """Poll what is due, read it, and send what follows."""
        await self.poll()
        analysed = await self.analyst.tick()
        await self.send()
        return analysed

    async def send(self) -> None:
        """Send all that is due."""
        while await self.deliverer.tick():
            await self.deliverer.settled()

    async def later(self, **length: float) -> Analysed:
        """Let time pass (an hour, if not said otherwise), then run."""
        self.at += timedelta(**length) if length else timedelta(hours=1)
        return await self.run()

    async def source(self, number: int = 1) -> SourceRow:
        """Return a source as it is stored."""
        return await self.db.read(lambda tx: tx.get_one(SourceRow, number))


@asynccontextmanager
async def open_newsroom(folder: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom on a database of its own, with one source, one topic and one subscriber."""
    engine = open_engine(f"sqlite:///{folder / 'news.sqlite3'}")
    upgrade(engine)
    db = Database(engine, patience_s=5)
    room = Newsroom(db)
    room.collector.start()
    try:
        await room.add_source()
        await room.add_topic()
        await room.subscribe()
        yield room
    finally:
        await room.collector.stop()
        await room.deliverer.stop(1)
        db.close()
