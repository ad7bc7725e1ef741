"""Items about one event. Exact keys lead an item to its story; close titles are compared among the recent ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.engine import insert_into
from storage.tables import ItemRow, SourceRow, StoryKeyRow, StoryRow


@dataclass(frozen=True, slots=True)
class Member:
    """An item of a story as a message names it."""

    item_id: int
    source_id: int
    source_name: str
    title: str
    link: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime


def by_keys(tx: Session, keys: Sequence[str], since: datetime) -> list[int]:
    """Return the stories that any of these keys leads to, seen since then, oldest first, merges followed."""
    if not keys:
        return []
    query = (
        select(StoryRow)
        .join(StoryKeyRow, col(StoryKeyRow.story_id) == StoryRow.id)
        .where(col(StoryKeyRow.key).in_(keys), StoryRow.last_at >= since)
    )
    return sorted({row.merged_into or row.id or 0 for row in tx.exec(query)})


def recent_titles(tx: Session, since: datetime, limit: int = 500) -> list[tuple[int, str]]:
    """Return the titles of the items of stories alive since then, newest first, with their story."""
    query = (
        select(ItemRow.story_id, ItemRow.title)
        .join(StoryRow, col(StoryRow.id) == ItemRow.story_id)
        .where(StoryRow.last_at >= since)
        .order_by(col(ItemRow.id).desc())
        .limit(limit)
    )
    return [(story_id, title) for story_id, title in tx.execute(query) if story_id is not None]


def open_story(tx: Session, item_id: int, title: str, at: datetime) -> int:
    """Open a story with its first item; return its id."""
    row = StoryRow(title=title, opened_at=at, last_at=at, first_item_id=item_id)
    tx.add(row)
    tx.flush()
    return row.id or 0


def join(tx: Session, story_id: int, keys: Sequence[str], at: datetime) -> None:
    """Let these keys lead to the story from now on, and mark it alive at `at`."""
    if keys:
        insert = insert_into(tx, StoryKeyRow).values([{"key": k, "story_id": story_id, "seen_at": at} for k in keys])
        tx.execute(insert.on_conflict_do_update(index_elements=["key"], set_={"seen_at": at, "story_id": story_id}))
    tx.execute(update(StoryRow).where(col(StoryRow.id) == story_id, col(StoryRow.last_at) < at).values(last_at=at))


def members(tx: Session, story_id: int) -> list[Member]:
    """Return the items of a story in the order in which we saw them."""
    query = (
        select(ItemRow, SourceRow.name)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .where(ItemRow.story_id == story_id)
        .order_by(col(ItemRow.first_seen_at), col(ItemRow.id))
    )
    return [
        Member(
            item.id or 0,
            item.source_id,
            name,
            item.title,
            item.link,
            item.language,
            item.published_at,
            item.first_seen_at,
        )
        for item, name in tx.execute(query)
    ]
