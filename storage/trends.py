"""How much there was of topics: stories and mentions over days, for charts and weekly digests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.tables import ItemRow, MatchRow, StoryRow, SubscriptionRow


@dataclass(frozen=True, slots=True)
class Mention:
    """That an item about a topic came at that time, in a story (0: none) of which merges are followed."""

    topic_id: int
    item_id: int
    story_id: int
    source_id: int
    seen_at: datetime


def mentions(tx: Session, topic_ids: Collection[int], since: datetime, until: datetime) -> list[Mention]:
    """Return every item first seen in [since, until) that stands matched by these topics, oldest first. What a
    source's first poll brought is old and not counted."""
    columns: tuple[Any, ...] = (
        MatchRow.topic_id, ItemRow.id, ItemRow.story_id, StoryRow.merged_into, ItemRow.source_id, ItemRow.first_seen_at,
    )  # fmt: skip
    query = (
        select(*columns)
        .join(ItemRow, col(ItemRow.id) == MatchRow.item_id)
        .join(StoryRow, col(StoryRow.id) == ItemRow.story_id, isouter=True)
        .where(
            col(MatchRow.topic_id).in_(list(topic_ids)),
            col(MatchRow.vanished_at).is_(None),
            col(ItemRow.first_seen_at) >= since,
            col(ItemRow.first_seen_at) < until,
            col(ItemRow.baseline).is_(False),
        )
        .order_by(col(ItemRow.first_seen_at), col(ItemRow.id))
    )
    return [
        Mention(topic, item, merged or story or 0, source, seen_at)
        for topic, item, story, merged, source, seen_at in tx.execute(query)
    ]


def followed_topics(tx: Session, subscriber_id: int) -> list[int]:
    """Return the ids of the topics that a subscriber follows, in order."""
    query = select(SubscriptionRow.topic_id).where(SubscriptionRow.subscriber_id == subscriber_id)
    return sorted(tx.exec(query))
