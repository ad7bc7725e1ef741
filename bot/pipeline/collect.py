"""Due sources → fetch → read → keep. Each source is polled by itself; what they bring is written in shared commits."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from bot.database import Database
from bot.feeds.backlog import Backlog
from bot.feeds.fetch import Fetcher
from bot.feeds.model import FeedLink, Fetched, FetchError, FetchFault, ParsedFeed, Validators
from bot.feeds.polling import CONNECTION_FAULTS, Outcome, own_fault, unconditional_due
from bot.metrics import Metrics
from bot.pipeline.keeping import Keeping, Polled, Settled, settle
from bot.pipeline.marks import Marks
from bot.workers import Fault, WorkerFault, Workers
from storage import sources
from storage.engine import may_pass
from storage.sources import Source

log = structlog.get_logger()

MOST_IN_FLIGHT = 2_000
COMMIT_AT_MOST = 100
MOST_ENTRIES = 1_000
OUTCOMES_WEIGHED = 60
UNFORESEEN_WAIT = timedelta(hours=1)


class Collector:
    """Polls sources. `tick` starts what is due and never waits; one slow host delays nobody."""

    def __init__(
        self,
        db: Database,
        fetcher: Fetcher,
        workers: Workers,
        keeping: Keeping,
        metrics: Metrics,
        now: Callable[[], datetime],
        backlog: Backlog | None = None,
    ) -> None:
        self._db = db
        self._fetcher = fetcher
        self._workers = workers
        self._keeping = keeping
        self._metrics = metrics
        self._now = now
        self._backlog = backlog or Backlog()
        self._running: dict[int, asyncio.Task[None]] = {}
        self._held: dict[int, int] = {}  # bytes of the document that each source's poll brought
        self._done: asyncio.Queue[Polled] = asyncio.Queue()
        self._recent: deque[tuple[str, FetchFault | None]] = deque(maxlen=OUTCOMES_WEIGHED)
        self._writer: asyncio.Task[None] | None = None
        self._watch: Callable[[Polled], None] | None = None
        self._led_elsewhere: set[int] = set()
        self._known_holds: dict[str, datetime] = {}
        self._marks = Marks()
        self.total = Settled()

    def start(self) -> None:
        """Begin to write down what polls bring."""
        self._writer = asyncio.create_task(self._write_on(), name="collect writer")

    async def tick(self) -> int:
        """Start polling the sources that are due; return how many that were."""
        free = MOST_IN_FLIGHT - len(self._running)
        if free <= 0:
            return 0
        now, busy = self._now(), list(self._running)
        due = await self._db.read(lambda tx: sources.due(tx, now, free, busy=busy))
        for source in due:
            self._start(source)
        return len(due)

    async def poll_each(self, rows: Sequence[Source], watch: Callable[[Polled], None] | None = None) -> Settled:
        """Poll these sources once now; return the sum. `watch` hears of each as it is written down."""
        before = replace(self.total)
        self._watch = watch
        for source in rows:
            while len(self._running) >= MOST_IN_FLIGHT:
                await asyncio.wait(list(self._running.values()), return_when=asyncio.FIRST_COMPLETED)
            self._start(source)
        await self.drain()
        if self._led_elsewhere:
            now, found = self._now(), frozenset(self._led_elsewhere)
            self._led_elsewhere.clear()
            for source in await self._db.read(lambda tx: sources.due(tx, now, MOST_IN_FLIGHT)):
                if source.id in found:
                    self._start(source)
            await self.drain()
        self._watch = None
        return _difference(self.total, before)

    async def drain(self) -> None:
        """Wait until all polls under way are written down."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await self._done.join()

    async def stop(self) -> None:
        """Leave off at once: a poll that was not written down is due again."""
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    def _start(self, source: Source) -> None:
        source_id = source.id
        if source_id not in self._running:
            self._running[source_id] = asyncio.create_task(self._poll(source))

    async def _poll(self, source: Source) -> None:
        full = unconditional_due(source.last_full_at, self._now()).due
        validators = Validators() if full else Validators(source.etag, source.last_modified)
        try:
            fetched = await self._fetcher.get(source.url, validators=validators)
            self._recent.append((source.url, None))
            if fetched.body:
                self._held[source.id] = len(fetched.body)
                self._backlog.add(len(fetched.body))
            polled = await self._read(source, fetched, full=full)
        except FetchError as error:
            self._recent.append((source.url, error.fault))
            ours = error.fault in CONNECTION_FAULTS and self._own_fault()
            polled = Polled(source, error=error, ours=ours, full=full)
        except Exception as error:
            # An error that nobody foresaw must not ask the same host again at every tick.
            log.exception("poll broke", source=source.id)
            polled = Polled(source, error=_unforeseen(error, source), full=full)
        except BaseException:
            self._finish(source)
            raise
        self._done.put_nowait(polled)

    def _own_fault(self) -> bool:
        """Say whether most hosts that were asked lately failed, so that the fault is ours."""
        return own_fault([Outcome(urlsplit(url).netloc, fault) for url, fault in self._recent]).ours

    def _finish(self, source: Source) -> None:
        """Let a source be polled again, and make room for others' documents."""
        self._running.pop(source.id, None)
        self._backlog.remove(self._held.pop(source.id, 0))

    async def _read(self, source: Source, fetched: Fetched, *, full: bool) -> Polled:
        if fetched.body is None:
            return Polled(source, fetched, full=full)
        if fetched.body_hash and fetched.body_hash == source.body_hash:
            return Polled(source, replace(fetched, body=b""), full=full)
        try:
            marks = self._marks.of(source.id)
            document: ParsedFeed = await self._in_worker("bot.feeds.parse:parse_feed", fetched, MOST_ENTRIES, marks)
        except FetchError as error:
            found = await self._found_feed(source, fetched, error)
            if not found:
                raise
            return Polled(source, found_feed=found, full=full)
        return Polled(source, replace(fetched, body=b""), document, full=full)

    async def _in_worker(self, name: str, fetched: Fetched, *besides: object) -> Any:
        """Return what a reader makes of a document; a reader that breaks is the document's fault."""
        try:
            return await self._workers.run(name, fetched.body, fetched.content_type, fetched.url, *besides)
        except WorkerFault as fault:
            if fault.fault is Fault.STOPPED:
                raise asyncio.CancelledError from fault
            raise FetchError(FetchFault.TOO_COSTLY, str(fault.fault), url=fetched.url) from fault

    async def _found_feed(self, source: Source, fetched: Fetched, error: FetchError) -> str:
        """Return the feed that a home page names, "" where this is no home page that was given as a source."""
        if error.fault is not FetchFault.HTML or source.baseline_done or source.url != source.imported_url:
            return ""
        try:
            links: Sequence[FeedLink] = await self._in_worker("bot.feeds.discover:feed_links", fetched)
        except FetchError:
            return ""
        named = [link.url for link in links if link.url != source.url]
        log.info("home page followed", source=source.id, feeds=len(named))
        return named[0] if named else ""

    async def _write_on(self) -> None:
        while True:
            polls = [await self._done.get()]
            while len(polls) < COMMIT_AT_MOST and not self._done.empty():
                polls.append(self._done.get_nowait())
            try:
                await self._write_down(polls)
            finally:
                for polled in polls:
                    self._finish(polled.source)
                    self._done.task_done()

    async def _write_down(self, polls: list[Polled]) -> None:
        """Write polls down whatever comes: the writer must outlive any error. What is not written is due again."""
        try:
            await self._write(polls)
        except Exception:
            self._metrics.job_failures.labels("collect").inc()
            log.exception("polls not written down", polls=len(polls))

    async def _write(self, polls: list[Polled]) -> None:
        now = self._now()
        try:
            done = await self._db.write(lambda tx: settle(tx, polls, self._keeping, now))
        except Exception as error:
            if may_pass(error):
                raise
            log.error("polls refused", polls=len(polls), reason=_in_a_line(error))
            await self._write_each(polls, error, now)
            return
        self._marks.keep((polled.source.id, polled.document) for polled in polls if polled.document is not None)
        if done.unread:
            self._marks.forget()
        await self._keep_holds()
        self.total.add(done)
        self._metrics.items.inc(done.new)
        for outcome, count in Counter(self._tell(polled) for polled in polls).items():
            self._metrics.polls.labels(outcome).inc(count)
        if done.new or done.failed:
            log.info("sources collected", polled=done.polled, new=done.new, failed=done.failed, gaps=done.gaps)

    async def _write_each(self, polls: list[Polled], error: Exception, now: datetime) -> None:
        """A document that can't be kept costs that document only: its poll is written down as failed."""
        if len(polls) > 1:
            for polled in polls:
                await self._write_down([polled])
            return
        (polled,) = polls
        if polled.error is None:
            await self._write([Polled(polled.source, error=_unforeseen(error, polled.source))])
            return
        put_off = {"next_poll_at": now + UNFORESEEN_WAIT, "failures": polled.source.failures + 1}
        await self._db.write(lambda tx: sources.record(tx, polled.source.id, put_off))

    async def _keep_holds(self) -> None:
        """A host that asked to be left alone is left alone after a restart too."""
        holds = self._fetcher.turns.holds()
        known = {hold.host: hold.held_until_at for hold in holds}
        if known != self._known_holds:
            self._known_holds = known
            await self._db.write(lambda tx: sources.hold_hosts(tx, known))

    def _tell(self, polled: Polled) -> str:
        """Log a poll that failed and let the watcher know; return the outcome as it is counted."""
        if polled.found_feed:
            self._led_elsewhere.add(polled.source.id)
        error = polled.error
        if error is not None and not polled.ours:
            log.warning("source failed", source=polled.source.id, fault=error.fault.value, detail=error.detail[:120])
        if polled.ours:
            log.warning("our own network fails", source=polled.source.id)
        if self._watch is not None:
            self._watch(polled)
        return "failed" if error else "unchanged" if polled.document is None else "read"


def _unforeseen(error: Exception, source: Source) -> FetchError:
    return FetchError(FetchFault.UNFORESEEN, _in_a_line(error), url=source.url)


def _in_a_line(error: Exception) -> str:
    """Return an error's kind and first line."""
    return f"{type(error).__name__}: {error}".partition("\n")[0][:200]


def _difference(after: Settled, before: Settled) -> Settled:
    return Settled(**{name: getattr(after, name) - getattr(before, name) for name in Settled.__slots__})
