"""Articles behind summaries: fetched later by the same guarded client, read in a worker. No alert waits for them."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import structlog

from bot.database import Database
from bot.feeds.fetch import Fetcher
from bot.feeds.model import Article, FetchError, FetchFault
from bot.feeds.robots import Robots
from bot.metrics import Metrics
from bot.workers import Fault, WorkerFault, Workers
from storage import items, sources
from storage.engine import Session
from storage.tables import ItemRow

log = structlog.get_logger()

PAGE_ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
PAGE_MAX_BYTES = 5 * 1024 * 1024
AT_ONCE = 16
AT_ONCE_A_HOST = 2
RETRY_AFTER = (timedelta(minutes=30), timedelta(hours=6))
TRIES = len(RETRY_AFTER) + 1
HOST_FAILURES = 5
HOST_HOLD = timedelta(days=1)
# Answers that another try won't change.
FINAL = frozenset(
    {FetchFault.GONE, FetchFault.FORBIDDEN_ADDRESS, FetchFault.ROBOTS, FetchFault.NOT_A_FEED, FetchFault.TOO_LARGE}
)


class Pages:
    """Fetches the pages that are due, a few at a time and fairly over hosts."""

    def __init__(
        self,
        db: Database,
        fetcher: Fetcher,
        robots: Robots,
        workers: Workers,
        metrics: Metrics,
        now: Callable[[], datetime],
    ) -> None:
        self._db = db
        self._fetcher = fetcher
        self._robots = robots
        self._workers = workers
        self._metrics = metrics
        self._now = now
        self._running: dict[int, asyncio.Task[None]] = {}
        self._hosts: Counter[str] = Counter()

    async def tick(self) -> int:
        """Start fetching what is due and fits; return how many pages that were. Never waits for one."""
        if len(self._running) >= AT_ONCE:
            return 0
        now = self._now()
        due = await self._db.read(lambda tx: items.pages_due(tx, now, 10 * AT_ONCE))
        held = await self._db.read(lambda tx: sources.page_held_hosts(tx, now)) if due else frozenset()
        started = 0
        for item, summary in due:
            host = urlsplit(item.link).netloc.lower()
            if len(self._running) >= AT_ONCE:
                break
            if item.id is None or item.id in self._running or self._hosts[host] >= AT_ONCE_A_HOST:
                continue
            self._hosts[host] += 1
            work = self._put_off(item) if host in held else self._read(item, summary, host)
            self._running[item.id] = asyncio.create_task(self._freed(work, item.id, host), name=f"page {item.id}")
            started += 1
        return started

    async def stop(self) -> None:
        """Leave off at once: a page that was not read stays due."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def drain(self) -> None:
        """Wait until the pages being fetched are done."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _freed(self, work: object, item_id: int, host: str) -> None:
        try:
            await work  # type: ignore[misc]
        finally:
            self._running.pop(item_id, None)
            self._hosts[host] -= 1
            if not self._hosts[host]:
                del self._hosts[host]

    async def _put_off(self, item: ItemRow) -> None:
        due_at = self._now() + HOST_HOLD if item.page_tries < TRIES else None
        await self._db.write(
            lambda tx: items.page_later(tx, item.id or 0, due_at, "its host is left alone for a day", tried=True)
        )

    async def _read(self, item: ItemRow, summary: str, host: str) -> None:
        try:
            article = await self._article(item)
        except FetchError as error:
            await self._failed(item, host, error)
            return
        better = len(article.text) > len(summary)
        note = "read" if better else "the page says no more than the feed"
        await self._db.write(lambda tx: self._keep(tx, item, article, host, note, better=better))
        self._metrics.pages.labels("read" if better else "no more").inc()
        log.info("page read", item=item.id, characters=len(article.text), kept=better)

    async def _article(self, item: ItemRow) -> Article:
        if not await self._robots.allowed(item.link):
            if self._robots.silent(item.link):
                raise FetchError(FetchFault.UNREACHABLE, "its robots.txt could not be had", url=item.link)
            raise FetchError(FetchFault.ROBOTS, url=item.link)
        fetched = await self._fetcher.get(item.link, accept=PAGE_ACCEPT, max_bytes=PAGE_MAX_BYTES)
        try:
            article: Article = await self._workers.run(
                "bot.feeds.extract:extract_article", fetched.body, fetched.content_type, fetched.url, item.title
            )
        except WorkerFault as fault:
            if fault.fault is Fault.STOPPED:
                raise asyncio.CancelledError from fault
            raise FetchError(FetchFault.TOO_COSTLY, str(fault.fault), url=fetched.url) from fault
        return article

    def _keep(self, tx: Session, item: ItemRow, article: Article, host: str, note: str, *, better: bool) -> None:
        sources.page_read(tx, host)
        items.page_later(tx, item.id or 0, None, note, tried=True)
        tx.flush()
        if better:
            content_hash = "p" + hashlib.sha256(f"{item.title}\n{article.text}".encode("utf-8", "replace")).hexdigest()
            items.change_text(
                tx,
                item.id or 0,
                title=item.title,
                text=article.text,
                content_hash=content_hash[:33],
                origin="page",
                now=self._now(),
            )

    async def _failed(self, item: ItemRow, host: str, error: FetchError) -> None:
        now = self._now()
        tries = item.page_tries + 1
        again = tries < TRIES and error.fault not in FINAL and error.status != 404
        wait = max(RETRY_AFTER[min(tries, len(RETRY_AFTER)) - 1], error.retry_after or timedelta())

        def change(tx: Session) -> None:
            items.page_later(tx, item.id or 0, now + wait if again else None, str(error), tried=True)
            if error.fault not in FINAL and error.status != 404:
                sources.page_failed(tx, host, now, limit=HOST_FAILURES, hold=HOST_HOLD)

        await self._db.write(change)
        self._metrics.pages.labels("failed").inc()
        log.info("page failed", item=item.id, reason=error.fault.value, again=again)
