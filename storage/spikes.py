"""How many new stories a topic has, hour by hour and day by day, and the spikes that were told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col
from sqlmodel import select as rows_of

from storage.tables import ItemRow, MatchRow, RuleRow, SourceRow, SpikeRow, TopicRow

# When an item was news: as published, so that a backlog read after a standstill is no spike.
_NEWS_AT: Any = func.coalesce(ItemRow.published_at, ItemRow.first_seen_at)


def busy_topics(tx: Session, since: datetime, least: int) -> list[int]:
    """Return the topics with at least so many stories that were new since then: all that a look is worth."""
    query = (
        select(col(MatchRow.topic_id))
        .join(ItemRow, col(ItemRow.id) == MatchRow.item_id)
        .join(TopicRow, col(TopicRow.id) == MatchRow.topic_id)
        .where(col(MatchRow.matched_at) >= since, *_counted(), since <= _NEWS_AT, col(TopicRow.removed_at).is_(None))
        .group_by(col(MatchRow.topic_id))
        .having(func.count(func.distinct(col(ItemRow.story_id))) >= least)
    )
    return sorted(row[0] for row in tx.execute(query))


def story_times(tx: Session, topic_id: int, since: datetime) -> list[datetime]:
    """Return when each of a topic's stories was first news, those new since then, oldest first."""
    first_at = func.min(_NEWS_AT).label("first_at")
    query = (
        select(first_at)
        .join(MatchRow, col(MatchRow.item_id) == ItemRow.id)
        .where(col(MatchRow.topic_id) == topic_id, col(MatchRow.matched_at) >= since, *_counted())
        .group_by(col(ItemRow.story_id))
    )
    times = (row[0] for row in tx.execute(query))
    return sorted(at for at in times if at is not None and at >= since)


def watched_since(tx: Session, topic_id: int) -> datetime | None:
    """Return since when a topic's stories were counted at their present pace: its first rule, or our first source
    where that came later. None for a topic without a rule or a house without sources."""
    rule = tx.execute(select(func.min(col(RuleRow.published_at))).where(col(RuleRow.topic_id) == topic_id)).scalar()
    source = tx.execute(select(func.min(col(SourceRow.added_at)))).scalar()
    return max(rule, source) if rule is not None and source is not None else None


def open_spikes(tx: Session) -> dict[int, SpikeRow]:
    """Return the spikes that are not over, by topic."""
    return {row.topic_id: row for row in tx.exec(rows_of(SpikeRow).where(col(SpikeRow.ended_at).is_(None)))}


def ended_since(tx: Session, topic_id: int, since: datetime) -> bool:
    """Say whether a spike of this topic ended since then."""
    query = rows_of(SpikeRow.id).where(SpikeRow.topic_id == topic_id, col(SpikeRow.ended_at) >= since)
    return tx.exec(query).first() is not None


def open_spike(
    tx: Session, topic_id: int, stories: int, expected: float, began_at: datetime, now: datetime
) -> SpikeRow:
    """Record a spike that is told now."""
    row = SpikeRow(topic_id=topic_id, began_at=began_at, last_at=now, stories=stories, expected=expected)
    tx.add(row)
    tx.flush()
    return row


def latest_items(tx: Session, topic_id: int, since: datetime, limit: int) -> list[tuple[str, str, str]]:
    """Return title, link and source of the newest stories of a topic, each by one item."""
    newest = (
        select(func.max(col(ItemRow.id)))
        .join(MatchRow, col(MatchRow.item_id) == ItemRow.id)
        .where(col(MatchRow.topic_id) == topic_id, col(MatchRow.matched_at) >= since, *_counted())
        .group_by(col(ItemRow.story_id))
    )
    query = (
        select(col(ItemRow.title), col(ItemRow.link), col(SourceRow.name))
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .where(col(ItemRow.id).in_(newest))
        .order_by(col(ItemRow.id).desc())
        .limit(limit)
    )
    return [(title, link, name) for title, link, name in tx.execute(query)]


def _counted() -> Iterable[Any]:
    """Return the conditions for an item that counts: in a story, still matching, and not from before we watched."""
    return (
        col(ItemRow.story_id).is_not(None),
        col(ItemRow.baseline).is_(False),
        col(MatchRow.vanished_at).is_(None),
    )
