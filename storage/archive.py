"""The items kept, as a back-test reads them: chunk by chunk, the newest first, never all at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, SQLModel, select

from storage.tables import ItemRow, SourceRow, TextRow

ITEM, TEXT, SOURCE = (SQLModel.metadata.tables[str(row.__tablename__)] for row in (ItemRow, TextRow, SourceRow))


@dataclass(frozen=True, slots=True)
class Archived:
    """An item with its present text. `has_text` is False where retention took it: then only the title is left.

    `language` is what the rules took it for, else its source's own; `baseline` items were there before we began to read
    their source.
    """

    item_id: int
    title: str
    text: str
    has_text: bool
    language: str
    source: str
    link: str
    first_seen_at: datetime
    baseline: bool


@dataclass(frozen=True, slots=True)
class Extent:
    """How many items there are, the newest one's id, and when the first that was news to us came (None: none was)."""

    items: int
    newest_id: int
    first_news_at: datetime | None


def extent(tx: Session, since_at: datetime | None = None) -> Extent:
    """Return how much archive there is, from a time on (None: all of it)."""
    counted = select(func.count(ITEM.c.id), func.max(ITEM.c.id))
    news = select(func.min(ITEM.c.first_seen_at)).where(ITEM.c.baseline.is_(False))
    if since_at is not None:
        counted = counted.where(ITEM.c.first_seen_at >= since_at)
        news = news.where(ITEM.c.first_seen_at >= since_at)
    items, newest = tx.execute(counted).one()
    return Extent(int(items), int(newest or 0), tx.execute(news).scalar_one_or_none())


def chunk(tx: Session, upto_id: int, limit: int, since_at: datetime | None = None) -> list[Archived]:
    """Return the items with an id of at most `upto_id`, the newest first, at most `limit`."""
    return [Archived(*row) for row in tx.execute(_query(upto_id, limit, since_at))]


def one(tx: Session, item_id: int) -> Archived | None:
    """Return one item with its text, or None."""
    row = next(iter(chunk(tx, item_id, 1)), None)
    return row if row is not None and row.item_id == item_id else None


def _query(upto_id: int, limit: int, since_at: datetime | None) -> Any:
    language = func.coalesce(func.nullif(ITEM.c.language, ""), SOURCE.c.language)
    columns: tuple[Any, ...] = (
        ITEM.c.id,
        ITEM.c.title,
        func.coalesce(TEXT.c.text, ""),
        TEXT.c.text.is_not(None),
        language,
        SOURCE.c.name,
        ITEM.c.link,
        ITEM.c.first_seen_at,
        ITEM.c.baseline,
    )
    query = (
        select(*columns)
        .join(SOURCE, SOURCE.c.id == ITEM.c.source_id)
        .outerjoin(TEXT, (TEXT.c.item_id == ITEM.c.id) & (TEXT.c.hash == ITEM.c.text_hash))
        .where(ITEM.c.id <= upto_id)
        .order_by(ITEM.c.id.desc())
        .limit(limit)
    )
    return query if since_at is None else query.where(ITEM.c.first_seen_at >= since_at)
