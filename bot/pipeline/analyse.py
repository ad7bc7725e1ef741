"""Unread items → the rules → story, verdicts and messages, in one commit for each batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from bot.database import Database
from bot.metrics import Metrics
from bot.pipeline import placing
from bot.pipeline.telling import News, Teller
from bot.workers import Fault, WorkerFault, Workers
from rules.model import Document, Match, RuleText
from storage import items, matches, rulebook
from storage.engine import Session
from storage.items import Unread
from storage.tables import MatchRow

if TYPE_CHECKING:
    from bot.judge import Judged, Reading

log = structlog.get_logger()

BATCH = 100
JUDGE_TIMEOUT_S = 60.0
JUDGE_CPU_S = 45.0
TRIES = 3


@dataclass(slots=True)
class Analysed:
    """What a batch came to."""

    read: int = 0
    matched: int = 0
    stories: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    topics: dict[str, int] = field(default_factory=dict)

    def add(self, other: Analysed) -> None:
        """Add another batch's counts to this one's."""
        self.read += other.read
        self.matched += other.matched
        self.stories += other.stories
        for mine, theirs in ((self.verdicts, other.verdicts), (self.topics, other.topics)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number


class Analyst:
    """Reads unread items, batch after batch. `workers` is the pool that keeps the compiled rules."""

    def __init__(
        self, db: Database, workers: Workers, teller: Teller, metrics: Metrics, now: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._workers = workers
        self._teller = teller
        self._metrics = metrics
        self._now = now
        self._told_broken: tuple[str, ...] = ()

    async def tick(self) -> Analysed:
        """Read everything that is unread now; return what it came to."""
        total = Analysed()
        while True:
            batch, rules, topics = await self._db.read(_next_batch)
            if not batch or not rules:
                return total
            total.add(await self._analyse(batch, rules, topics))

    async def _analyse(
        self, batch: Sequence[Unread], rules: tuple[RuleText, ...], topics: dict[str, rulebook.Topic]
    ) -> Analysed:
        try:
            reading = await self._judge(batch, rules)
        except WorkerFault as fault:
            return await self._one_by_one(batch, rules, topics, fault)
        self._tell_broken(reading.broken)
        now = self._now()
        done = await self._db.write(lambda tx: self._settle(tx, batch, reading.judged, topics, now))
        self._count(done)
        log.info("items analysed", read=done.read, matched=done.matched, stories=done.stories)
        return done

    async def _judge(self, batch: Sequence[Unread], rules: tuple[RuleText, ...]) -> Reading:
        documents = [Document(i.title, i.text, i.language or i.source_language, i.source_name) for i in batch]
        reading: Reading = await self._workers.run(
            "bot.judge:judge", rules, documents, timeout_s=JUDGE_TIMEOUT_S, cpu_s=JUDGE_CPU_S
        )
        return reading

    async def _one_by_one(
        self,
        batch: Sequence[Unread],
        rules: tuple[RuleText, ...],
        topics: dict[str, rulebook.Topic],
        fault: WorkerFault,
    ) -> Analysed:
        """What breaks the reader costs one item only: after TRIES it leaves the queue and stands in the log."""
        if fault.fault is Fault.STOPPED:
            raise asyncio.CancelledError from fault
        if len(batch) > 1:
            total = Analysed()
            half = len(batch) // 2
            for part in (batch[:half], batch[half:]):
                total.add(await self._analyse(part, rules, topics))
            return total
        item = batch[0]
        give_up = item.failures + 1 >= TRIES
        log.error("item unreadable", item=item.item_id, source=item.source_id, reason=str(fault), given_up=give_up)
        await self._db.write(lambda tx: items.unreadable(tx, item.item_id, give_up=give_up))
        return Analysed()

    def _settle(
        self,
        tx: Session,
        batch: Sequence[Unread],
        judged: Sequence[Judged],
        topics: dict[str, rulebook.Topic],
        now: datetime,
    ) -> Analysed:
        done = Analysed(read=len(batch))
        known = matches.of_items(tx, [item.item_id for item in batch])
        rows = []
        for item, verdict in zip(batch, judged, strict=True):
            found = {topics[m.topic].topic_id: (topics[m.topic], m) for m in verdict.matches if m.topic in topics}
            before = known.get(item.item_id, {})
            for topic_id, row in before.items():
                if topic_id not in found and row.vanished_at is None:
                    row.vanished_at = now
            new = _record(tx, item, found, before, now)
            story_id = item.story_id
            if found:
                known_item = replace(item, language=verdict.language)
                # What a person watches in private leaves no trace in what is kept of an item for all.
                public = [match for topic, match in found.values() if not topic.owner_id]
                placed = placing.settle(tx, known_item, public, now)
                story_id = placed.story_id
                done.matched += 1
                done.stories += placed.opened
            # The item must stand in its story before messages about the story are written.
            rows.append(
                {"id": item.item_id, "language": verdict.language, "matched": bool(found) or bool(before),
                 "story_id": story_id, "text_hash": item.content_hash}
            )  # fmt: skip
            items.mark_read(tx, rows[-1:])
            tx.flush()
            if story_id is not None and item.story_id is None:
                placing.renew_core(tx, story_id)
            if new and story_id is not None:
                news = News(replace(item, language=verdict.language), story_id, tuple(new))
                for name, number in self._teller.tell(tx, news, now).items():
                    done.verdicts[name] = done.verdicts.get(name, 0) + number
                for topic, _ in new:
                    name = "private" if topic.owner_id else topic.slug
                    done.topics[name] = done.topics.get(name, 0) + 1
        return done

    def _count(self, done: Analysed) -> None:
        self._metrics.analysed.inc(done.read)
        self._metrics.stories.inc(done.stories)
        for name, number in done.verdicts.items():
            self._metrics.verdicts.labels(name).inc(number)
        for slug, number in done.topics.items():
            self._metrics.matches.labels(slug).inc(number)

    def _tell_broken(self, broken: tuple[str, ...]) -> None:
        if broken != self._told_broken:
            self._told_broken = broken
            for line in broken:
                log.error("rule left out", reason=line)


def _next_batch(tx: Session) -> tuple[list[Unread], tuple[RuleText, ...], dict[str, rulebook.Topic]]:
    return items.unread(tx, BATCH), rulebook.all_in_force(tx), rulebook.all_by_key(tx)


def _record(
    tx: Session,
    item: Unread,
    found: dict[int, tuple[rulebook.Topic, Match]],
    before: dict[int, MatchRow],
    now: datetime,
) -> list[tuple[rulebook.Topic, Match]]:
    """Write the matches of an item; return those that no earlier text of it had: only these may be told."""
    new = []
    for topic_id, (topic, match) in found.items():
        row = before.get(topic_id)
        if row is None:
            matches.add(tx, item.item_id, topic_id, topic.rule_id, match, item.content_hash, now)
            new.append((topic, match))
        else:
            matches.renew(row, topic.rule_id, match, item.content_hash)
    return new
