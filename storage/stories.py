"""Items about one event: what leads to a story, what stands in it, and stories that proved to be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, update
from sqlmodel import Session, SQLModel, col, select

from storage.engine import dialect_of, insert_for
from storage.outbox import replaced
from storage.tables import AlertRow, ItemRow, OutboxRow, OutboxState, SourceRow, StoryKeyRow, StoryRow, VerdictRow

STORY, KEY = (SQLModel.metadata.tables[name] for name in ("story", "story_key"))
_LATER = (
    update(STORY)
    .where(STORY.c.id == bindparam("story"), STORY.c.last_at < bindparam("at"))
    .values(last_at=bindparam("at"))
)


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


def open_story(tx: Session, item_id: int, title: str, at: datetime) -> int:
    """Open a story with its first item; return its id."""
    row = StoryRow(title=title, opened_at=at, last_at=at, first_item_id=item_id)
    tx.add(row)
    tx.flush()
    return row.id or 0


def join(tx: Session, story_id: int, keys: Sequence[str], at: datetime) -> None:
    """Let these keys lead to the story from now on, and mark it alive at `at`."""
    if keys:
        rows = [{"key": key, "story_id": story_id, "seen_at": at} for key in keys]
        tx.connection().execute(_new_keys(dialect_of(tx)), rows)
    tx.execute(_LATER, {"story": story_id, "at": at})


@cache
def _new_keys(dialect: str) -> Any:
    insert = insert_for(dialect, KEY)
    renewed = {"seen_at": insert.excluded.seen_at, "story_id": insert.excluded.story_id}
    return insert.on_conflict_do_update(index_elements=["key"], set_=renewed)


def size(tx: Session, story_id: int) -> int:
    """Return how many items stand in a story."""
    return int(tx.exec(select(func.count()).select_from(ItemRow).where(ItemRow.story_id == story_id)).one())


def set_core(tx: Session, story_id: int, item_id: int) -> None:
    """Let new items be compared with this one, beside the story's first."""
    tx.execute(update(StoryRow).where(col(StoryRow.id) == story_id).values(core_item_id=item_id))


def merge(tx: Session, older: int, newer: int, now: datetime) -> None:
    """Make two stories one: items, keys and verdicts of the newer become the older's, and `merged_into` says so.

    Who was told of the newer alone keeps that message, and it goes on growing; who was told of both keeps both, and
    only the older's grows: an edit of the newer's that waits is not made, and its alert is not sent if it still waits.
    """
    if older == newer:
        return
    tx.execute(update(StoryRow).where(col(StoryRow.id) == newer).values(merged_into=older))
    tx.execute(update(StoryRow).where(col(StoryRow.merged_into) == newer).values(merged_into=older))
    tx.execute(update(StoryKeyRow).where(col(StoryKeyRow.story_id) == newer).values(story_id=older))
    items = list(tx.exec(select(ItemRow.id).where(ItemRow.story_id == newer)))
    tx.execute(
        update(VerdictRow)
        .where(col(VerdictRow.item_id).in_(items), col(VerdictRow.story_id) == newer)
        .values(story_id=older)
    )
    tx.execute(update(ItemRow).where(col(ItemRow.story_id) == newer).values(story_id=older))
    ends = select(func.max(StoryRow.last_at)).where(col(StoryRow.id).in_([older, newer])).scalar_subquery()
    tx.execute(update(StoryRow).where(col(StoryRow.id) == older).values(last_at=ends))
    _merge_alerts(tx, older, newer, now)


def _merge_alerts(tx: Session, older: int, newer: int, now: datetime) -> None:
    told = set(tx.exec(select(AlertRow.subscriber_id).where(AlertRow.story_id == older)))
    for alert in tx.exec(select(AlertRow).where(AlertRow.story_id == newer)):
        if alert.subscriber_id not in told:
            alert.story_id = older
            tx.add(alert)
            continue
        for row in _waiting(tx, alert.id or 0):
            replaced(row, now)
    tx.flush()


def _waiting(tx: Session, alert_id: int) -> list[OutboxRow]:
    """Return what is not yet on its way of an alert: the alert itself, or its edits."""
    waits = OutboxRow.state == OutboxState.WAITING.value
    return list(tx.exec(select(OutboxRow).where(OutboxRow.alert_id == alert_id, waits)))


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
