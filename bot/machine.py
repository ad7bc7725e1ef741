"""The machine assembled: database, workers, client and stages, opened and closed in order. Who drives it stands in
`bot.app` (the service) and in the commands."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import structlog

from bot.actions.edit_rules import FileOutcome, read_folder, take_files
from bot.actions.manage_sources import Became, Outcome, read_list, sync_file, takes_file
from bot.database import Database
from bot.feeds.backlog import Backlog
from bot.feeds.fetch import Fetcher, FetchLimits
from bot.feeds.hosts import HostHold
from bot.feeds.polling import PollLimits
from bot.feeds.robots import Robots
from bot.metrics import Metrics, Pulse
from bot.pipeline.analyse import Analyst
from bot.pipeline.collect import Collector
from bot.pipeline.keeping import Keeping
from bot.pipeline.pages import Pages
from bot.pipeline.telling import Teller
from bot.settings import Settings
from bot.workers import Workers
from rules.model import Document, RuleText
from storage import items, rulebook, sources
from storage.engine import Engine, open_engine
from storage.migrate import upgrade

log = structlog.get_logger()

READER_MODULES = ("bot.feeds.parse", "bot.feeds.extract")
JUDGE_MODULES = ("bot.judge",)
# The rules compiled and the dictionaries that fuzzy reading asks are loaded by the first task, not by importing.
JUDGE_HEADROOM_MB = 700


def utc_now() -> datetime:
    """Return the present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Machine:
    """The parts of a running mediawatch up to the outbox; what leaves it is the service's matter."""

    settings: Settings
    now: Callable[[], datetime]
    db: Database
    readers: Workers
    judges: Workers
    fetcher: Fetcher
    collector: Collector
    pages: Pages
    analyst: Analyst
    metrics: Metrics
    pulse: Pulse

    async def take_rules(self, texts: list[RuleText]) -> list[FileOutcome]:
        """Offer the rule files to the rulebook and say what is wrong with those that were not taken."""
        outcomes = await take_files(self.db, self.judges, texts, self.now())
        for outcome in outcomes:
            if outcome.problem:
                log.error("rule file refused", reason=outcome.problem, topic=outcome.slug)
            elif outcome.offer is not rulebook.Offer.UNCHANGED and outcome.offer is not None:
                log.info("rule file taken", topic=outcome.slug, outcome=outcome.offer.value)
        return outcomes

    async def explain(self, item_id: int) -> list[str]:
        """Return, for each topic, why an item matched or not, as lines for a person."""
        found = await self.db.read(lambda tx: items.unread(tx, 1, ids=[item_id]))
        if not found:
            return []
        item, rules = found[0], await self.db.read(rulebook.in_force)
        document = Document(item.title, item.text, item.language or item.source_language, item.source_name)
        lines: list[str] = await self.judges.run("bot.judge:explained", rules, document, timeout_s=60, cpu_s=45)
        return lines


def open_database(settings: Settings) -> Engine:
    """Return the engine of the settings' database, its tables brought up to date."""
    engine = open_engine(settings.database_url)
    upgrade(engine)
    return engine


@contextlib.asynccontextmanager
async def database_opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database alone, for commands that only change rows."""
    db = Database(await asyncio.to_thread(open_database, settings))
    try:
        yield db
    finally:
        db.close()


def fetch_limits(settings: Settings) -> FetchLimits:
    """Return what a fetch may cost, by the operator's settings."""
    return FetchLimits(
        timeout_s=settings.fetch_timeout_s,
        max_bytes=settings.fetch_max_mb * 1024 * 1024,
        host_delay_s=settings.host_delay_s,
        host_connections=settings.host_connections,
        connections=settings.fetch_parallel,
        allowed_private_hosts=settings.allow_private_hosts,
    )


def spare_what_stays() -> None:
    """Keep the garbage collector from going through all that was built so far: it lives as long as the process.

    Each full collection would stop the event loop for some 90 ms otherwise.
    """
    gc.collect()
    gc.freeze()


@contextlib.asynccontextmanager
async def opened(settings: Settings, *, now: Callable[[], datetime] = utc_now) -> AsyncIterator[Machine]:
    """Open every part of the machine; on leaving, stop what runs and close it all. Nothing unfinished is lost."""
    metrics = Metrics()
    readers, judges = (
        Workers(size=settings.workers, preload=READER_MODULES),
        Workers(size=1, preload=JUDGE_MODULES, headroom_mb=JUDGE_HEADROOM_MB),
    )
    async with contextlib.AsyncExitStack() as stack:
        db = await stack.enter_async_context(database_opened(settings))
        for pool in (readers, judges):
            stack.push_async_callback(pool.stop)
            await pool.start()
        held = await db.read(lambda tx: sources.held_hosts(tx, now()))
        holds = [HostHold(host, until) for host, until in held.items()]
        backlog = Backlog()
        fetcher = await stack.enter_async_context(Fetcher(fetch_limits(settings), now=now, held=holds, backlog=backlog))
        limits = PollLimits(settings.poll_min_s, settings.poll_max_s)
        keeping = Keeping(limits=limits, fetch_pages=settings.fetch_pages)
        collector = Collector(db, fetcher, readers, keeping, metrics, now, backlog)
        pages = Pages(db, fetcher, Robots(fetcher, now=now), readers, metrics, now)
        stack.push_async_callback(pages.stop)
        stack.push_async_callback(collector.stop)
        collector.start()
        teller = Teller(settings.flood_limit, timedelta(seconds=settings.edit_every_s))
        analyst = Analyst(db, judges, teller, metrics, now)
        yield Machine(
            settings, now, db, readers, judges, fetcher, collector, pages, analyst, metrics, Pulse(now, metrics)
        )


async def load_rules(machine: Machine) -> list[FileOutcome]:
    """Take the rule files of the settings (the shipped topics where none are named)."""
    return await machine.take_rules(read_folder(machine.settings.rules))


async def load_sources(machine: Machine) -> list[Outcome]:
    """Take the source file of the settings, where it is for this database; say what can't be used of it."""
    settings = machine.settings
    named = "sources" in settings.model_fields_set
    if settings.sources.is_dir() or (not named and not settings.sources.exists()):
        return []
    if not await takes_file(machine.db, named=named):
        log.info("source file left alone", reason="this database has its own sources; MEDIAWATCH_SOURCES names one")
        return []
    entries, bad = read_list(settings.sources)
    outcomes = bad + await sync_file(machine.db, entries, machine.now())
    for outcome in outcomes:
        if outcome.became is Became.BAD:
            log.error("source can't be used", file=str(settings.sources), line=outcome.line, reason=outcome.detail)
    return outcomes
