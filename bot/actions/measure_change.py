"""Trying a rule's new text on the archive before anybody relies on it: what comes, what goes, how much a day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from bot.database import Database
from bot.workers import Fault, WorkerFault, Workers
from rules.model import Document, RuleText
from storage import archive, rulebook, votes
from storage.archive import Archived
from storage.votes import Votes

if TYPE_CHECKING:
    from bot.back_test import Compared

CHUNK = 250
AHEAD = 4
COMPARE_TIMEOUT_S = 300.0
DAY = timedelta(days=1)
NO_VOTES = Votes()


@dataclass(frozen=True, slots=True)
class Change:
    """An item that the new text judges otherwise: `added` or dropped, with one line why.

    `title_only`: its text is past its retention, and only the title was judged.
    """

    item: Archived
    added: bool
    why: str
    votes: Votes = NO_VOTES

    @property
    def title_only(self) -> bool:
        """Whether the title alone was left to judge."""
        return not self.item.has_text


@dataclass(slots=True)
class Side:
    """How many items were added, or dropped, and of how many of these more people said relevant, or not relevant."""

    items: int = 0
    relevant: int = 0
    not_relevant: int = 0


@dataclass(slots=True)
class Effect:
    """What a new text would have done to the archive since `since_at` (None: ever).

    `items` were judged, `title_only` of them by their titles, `unreadable` not at all. `before` and `after` are how
    many match; the rates are matches a day, of items that were news to us. `changes` are the newest, at most as many of
    a kind as were asked for.
    """

    topic: str
    since_at: datetime | None
    items: int = 0
    title_only: int = 0
    unreadable: int = 0
    before: int = 0
    after: int = 0
    days: float = 0.0
    news_before: int = 0
    news_after: int = 0
    added: Side = field(default_factory=Side)
    dropped: Side = field(default_factory=Side)
    languages: dict[str, tuple[int, int]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def daily_before(self) -> float:
        """Matches a day under the text in force."""
        return round(self.news_before / self.days, 2) if self.days else 0.0

    @property
    def daily_after(self) -> float:
        """Matches a day to expect of the new text."""
        return round(self.news_after / self.days, 2) if self.days else 0.0

    def figures(self) -> dict[str, Any]:
        """Return the numbers alone as plain values: what is kept with a published version."""
        return {
            "items": self.items,
            "since": self.since_at.isoformat() if self.since_at else None,
            "title_only": self.title_only,
            "unreadable": self.unreadable,
            "before": self.before,
            "after": self.after,
            "added": self.added.items,
            "added_relevant": self.added.relevant,
            "added_not_relevant": self.added.not_relevant,
            "dropped": self.dropped.items,
            "dropped_relevant": self.dropped.relevant,
            "dropped_not_relevant": self.dropped.not_relevant,
            "per_day_before": self.daily_before,
            "per_day": self.daily_after,
            "languages": {code: {"added": up, "dropped": down} for code, (up, down) in sorted(self.languages.items())},
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """What to try: a text for a topic; items from `since_at` on (None: all); at most `limit` changes of a kind told
    (0: all)."""

    topic: str
    text: RuleText
    since_at: datetime | None
    limit: int = 20


async def measured(
    db: Database, judges: Workers, asked: Asked, now: datetime, tell: Callable[[int, int], None]
) -> Effect:
    """Return what the text would have done to the archive; `tell` hears how many of how many items are done.

    The archive is read in chunks and judged by all workers at once. Raises RuleError where the text can't be used.
    """
    rules = await db.read(rulebook.in_force)
    topic = await db.read(lambda tx: rulebook.find_topic(tx, asked.topic))
    extent = await db.read(lambda tx: archive.extent(tx, asked.since_at))
    effect = Effect(asked.topic, asked.since_at)
    if extent.first_news_at is not None:
        effect.days = max((now - extent.first_news_at) / DAY, 1.0)
    await judges.run("bot.back_test:compare", rules, asked.topic, asked.text, (), timeout_s=60, cpu_s=60)
    running: list[asyncio.Task[list[tuple[Archived, Compared | None]]]] = []
    upto, more = extent.newest_id, True
    try:
        while running or more:
            chunk = (
                await db.read(partial(archive.chunk, upto_id=upto, limit=CHUNK, since_at=asked.since_at))
                if more
                else []
            )
            more = len(chunk) == CHUNK
            if chunk:
                upto = chunk[-1].item_id - 1
                running.append(asyncio.create_task(_compared(judges, rules, asked, chunk)))
            if len(running) >= AHEAD or not more:
                done = await running.pop(0) if running else []
                await _count(db, effect, done, topic.id if topic else None, asked.limit)
                tell(effect.items + effect.unreadable, extent.items)
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
    return effect


async def _compared(
    judges: Workers, rules: tuple[RuleText, ...], asked: Asked, chunk: Sequence[Archived]
) -> list[tuple[Archived, Compared | None]]:
    """Return each item with its two judgements; None for one that breaks the reader."""
    documents = [Document(item.title, item.text, item.language, item.source) for item in chunk]
    try:
        judged: list[Compared] = await judges.run(
            "bot.back_test:compare",
            rules,
            asked.topic,
            asked.text,
            documents,
            timeout_s=COMPARE_TIMEOUT_S,
            cpu_s=COMPARE_TIMEOUT_S,
        )
    except WorkerFault as fault:
        if fault.fault is Fault.STOPPED:
            raise
        if len(chunk) == 1:
            return [(chunk[0], None)]
        half = len(chunk) // 2
        parts = [await _compared(judges, rules, asked, part) for part in (chunk[:half], chunk[half:])]
        return [*parts[0], *parts[1]]
    return list(zip(chunk, judged, strict=True))


async def _count(
    db: Database, effect: Effect, done: list[tuple[Archived, Compared | None]], topic_id: int | None, limit: int
) -> None:
    changed = [item.item_id for item, judged in done if judged is not None and judged.before is not judged.after]
    found = await db.read(lambda tx: votes.of_items(tx, topic_id, changed)) if changed and topic_id else {}
    for item, judged in done:
        if judged is None:
            effect.unreadable += 1
            continue
        effect.items += 1
        effect.title_only += not item.has_text
        effect.before += judged.before
        effect.after += judged.after
        effect.news_before += judged.before and not item.baseline
        effect.news_after += judged.after and not item.baseline
        if judged.before is not judged.after:
            _tell_change(effect, Change(item, judged.after, judged.why, found.get(item.item_id, NO_VOTES)), limit)


def _tell_change(effect: Effect, change: Change, limit: int) -> None:
    side = effect.added if change.added else effect.dropped
    side.items += 1
    side.relevant += change.votes.relevant > change.votes.not_relevant
    side.not_relevant += change.votes.not_relevant > change.votes.relevant
    added, dropped = effect.languages.get(change.item.language, (0, 0))
    effect.languages[change.item.language] = (added + change.added, dropped + (not change.added))
    if not limit or side.items <= limit:
        effect.changes.append(change)
