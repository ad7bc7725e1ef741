"""What waits for a subscriber's digest, and what a digest says of the stories it names.

Facts of stories are the same for every reader: they are read for many stories at once and may be kept for as long as
one round of digests takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_
from sqlmodel import Session, col, select

from storage.tables import ItemRow, MatchRow, SourceRow, StoryRow, TextRow, VerdictRow

IDS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class Waiting:
    """One decision that put an item down for a subscriber's digest."""

    verdict_id: int
    story_id: int
    topic_id: int
    item_id: int
    verdict: str
    subscriber_id: int = 0


@dataclass(frozen=True, slots=True)
class Told:
    """An item as a digest names it. `first_seen_at` orders, `published_at` is shown."""

    item_id: int
    source_id: int
    source_name: str
    title: str
    link: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """A story and all its items, the first first."""

    story_id: int
    items: tuple[Told, ...]

    @property
    def sources(self) -> int:
        """Return how many sources have it, at least one."""
        return len({item.source_id for item in self.items}) or 1

    @property
    def languages(self) -> int:
        """Return in how many languages it was told, at least one."""
        return len({item.language for item in self.items if item.language}) or 1


@dataclass(frozen=True, slots=True)
class MatchFacts:
    """Why a topic found an item, and the text that it stood in ("" where that is gone)."""

    points: int
    because: str
    evidence: list[dict[str, Any]]
    text: str


def of_many(tx: Session, subscriber_ids: Collection[int]) -> list[Waiting]:
    """Return what was put down for any of these subscribers' next digests."""
    return [
        Waiting(*row)
        for chunk in chunks(subscriber_ids)
        for row in tx.execute(_waiting().where(col(VerdictRow.subscriber_id).in_(chunk)))
    ]


def _waiting() -> Any:
    columns: tuple[Any, ...] = (
        VerdictRow.id, VerdictRow.story_id, VerdictRow.topic_id, VerdictRow.item_id, VerdictRow.verdict,
        VerdictRow.subscriber_id,
    )  # fmt: skip
    return select(*columns).where(VerdictRow.waits).order_by(col(VerdictRow.id))


def leads(tx: Session, story_ids: Collection[int]) -> dict[int, int]:
    """Return for each story the one it proved to be part of (itself where it stands alone), merges followed."""
    found = {story_id: story_id for story_id in story_ids}
    for _ in range(5):
        merged: dict[int, int] = {}
        for chunk in chunks(set(found.values())):
            query = select(StoryRow.id, StoryRow.merged_into).where(
                col(StoryRow.id).in_(chunk), col(StoryRow.merged_into).is_not(None)
            )
            merged.update({row.id: row.merged_into for row in tx.execute(query)})
        if not merged:
            break
        found = {story_id: merged.get(lead, lead) for story_id, lead in found.items()}
    return found


def facts(tx: Session, story_ids: Collection[int]) -> dict[int, StoryFacts]:
    """Return these stories with their items; a story without items has none."""
    found: dict[int, list[Told]] = {story_id: [] for story_id in story_ids}
    for chunk in chunks(story_ids):
        query = _items().where(col(ItemRow.story_id).in_(chunk))
        for story_id, *values in tx.execute(query.order_by(col(ItemRow.first_seen_at), col(ItemRow.id))):
            found[story_id].append(Told(*values))
    return {story_id: StoryFacts(story_id, tuple(items)) for story_id, items in found.items()}


def told_items(tx: Session, item_ids: Collection[int]) -> dict[int, Told]:
    """Return these items as a digest names them, also such as stand in no story any more."""
    found: dict[int, Told] = {}
    for chunk in chunks(item_ids):
        for _, *values in tx.execute(_items().where(col(ItemRow.id).in_(chunk))):
            told = Told(*values)
            found[told.item_id] = told
    return found


def _items() -> Any:
    columns: tuple[Any, ...] = (
        ItemRow.story_id, ItemRow.id, ItemRow.source_id, SourceRow.name, ItemRow.title, ItemRow.link,
        ItemRow.language, ItemRow.published_at, ItemRow.first_seen_at,
    )  # fmt: skip
    return select(*columns).join(SourceRow, col(SourceRow.id) == ItemRow.source_id)


def match_facts(tx: Session, item_ids: Collection[int]) -> dict[tuple[int, int], MatchFacts]:
    """Return why topics found these items, by item and topic, each with the item's present text."""
    texts: dict[int, str] = {}
    found: dict[tuple[int, int], MatchFacts] = {}
    for chunk in chunks(item_ids):
        present = select(TextRow.item_id, TextRow.text).join(
            ItemRow, and_(col(ItemRow.id) == TextRow.item_id, col(ItemRow.text_hash) == TextRow.hash)
        )
        texts.update({row.item_id: row.text for row in tx.execute(present.where(col(TextRow.item_id).in_(chunk)))})
        columns: tuple[Any, ...] = (
            MatchRow.item_id, MatchRow.topic_id, MatchRow.points, MatchRow.because, MatchRow.evidence,
        )  # fmt: skip
        query = select(*columns)
        for item_id, topic_id, points, because, evidence in tx.execute(query.where(col(MatchRow.item_id).in_(chunk))):
            found[item_id, topic_id] = MatchFacts(points, because, evidence, texts.get(item_id, ""))
    return found


def chunks(ids: Iterable[int]) -> list[list[int]]:
    """Return ids in order, in lists as long as one statement may hold."""
    ordered = sorted(ids)
    return [ordered[start : start + IDS_A_STATEMENT] for start in range(0, len(ordered), IDS_A_STATEMENT)]
