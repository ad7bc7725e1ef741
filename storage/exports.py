"""Items as other programs get them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import ItemRow, MatchRow, SourceRow, TopicRow


@dataclass(frozen=True, slots=True)
class Exported:
    """An item as other programs get it: its source's address as imported, its topics (slugs) and story."""

    item_id: int
    source_url: str
    guid: str
    link: str
    title: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    topics: tuple[str, ...]
    story_id: int | None


def exported(tx: Session, after: int, limit: int) -> list[Exported]:
    """Return the items with a higher id than `after`, oldest first, at most `limit`; private topics left out."""
    query = (
        select(ItemRow, SourceRow.imported_url)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .where(col(ItemRow.id) > after)
        .order_by(col(ItemRow.id))
        .limit(limit)
    )
    rows = list(tx.execute(query))
    topics: dict[int, list[str]] = {}
    named = (
        select(MatchRow.item_id, TopicRow.slug)
        .join(TopicRow, col(TopicRow.id) == MatchRow.topic_id)
        .where(col(MatchRow.item_id).in_([item.id for item, _ in rows]), TopicRow.owner_id == 0)
        .where(col(MatchRow.vanished_at).is_(None))
        .order_by(TopicRow.slug)
    )
    for item_id, slug in tx.execute(named):
        topics.setdefault(item_id, []).append(slug)
    return [
        Exported(
            item.id or 0,
            url,
            item.guid,
            item.link,
            item.title,
            item.language,
            item.published_at,
            item.first_seen_at,
            tuple(topics.get(item.id or 0, ())),
            item.story_id,
        )
        for item, url in rows
    ]
