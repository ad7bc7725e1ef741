"""The day so far, as the console's first page shows it: stories by topic, mentions by hour, verdicts, deliveries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.engine import dialect_of
from storage.tables import ItemRow, MatchRow, OutboxRow, SourceRow, StoryRow, VerdictRow


@dataclass(frozen=True, slots=True)
class Telling:
    """One item that a topic found today. `story_id` follows a merge; 0 for an item without a story."""

    topic_id: int
    story_id: int
    item_id: int
    title: str
    link: str
    source_name: str
    language: str
    first_seen_at: datetime


def tellings(tx: Session, topic_ids: Collection[int], since: datetime, limit: int = 2_000) -> list[Telling]:
    """Return what these topics found since then, the newest first, at most `limit` of each. What a source's first poll
    brought is old and left out."""
    found: list[Telling] = []
    columns: tuple[Any, ...] = (
        MatchRow.topic_id, func.coalesce(StoryRow.merged_into, ItemRow.story_id, 0), ItemRow.id, ItemRow.title,
        ItemRow.link, SourceRow.name, func.coalesce(func.nullif(ItemRow.language, ""), SourceRow.language),
        ItemRow.first_seen_at,
    )  # fmt: skip
    for topic_id in topic_ids:
        query = (
            select(*columns)
            .join(ItemRow, col(ItemRow.id) == MatchRow.item_id)
            .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
            .join(StoryRow, col(StoryRow.id) == ItemRow.story_id, isouter=True)
            .where(
                MatchRow.topic_id == topic_id, col(MatchRow.matched_at) >= since, col(MatchRow.vanished_at).is_(None),
                col(ItemRow.baseline).is_(False),
            )
            .order_by(col(MatchRow.matched_at).desc())
            .limit(limit)
        )  # fmt: skip
        found += [Telling(*row) for row in tx.execute(query)]
    return found


def hourly(tx: Session, topic_ids: Collection[int], since: datetime) -> dict[int, dict[datetime, int]]:
    """Return for each topic how many matches came in each hour (of UTC) since then; none are left out."""
    at = col(MatchRow.matched_at)
    hour = (
        func.to_char(func.timezone("UTC", at), "YYYY-MM-DD HH24")
        if dialect_of(tx) == "postgresql"
        else func.strftime("%Y-%m-%d %H", at)
    )
    query = (
        select(MatchRow.topic_id, hour, func.count())
        .join(ItemRow, col(ItemRow.id) == MatchRow.item_id)
        .where(
            col(MatchRow.topic_id).in_(list(topic_ids)), at >= since, col(MatchRow.vanished_at).is_(None),
            col(ItemRow.baseline).is_(False),
        )
        .group_by(col(MatchRow.topic_id), hour)
    )  # fmt: skip
    found: dict[int, dict[datetime, int]] = {}
    for topic_id, said, number in tx.execute(query):
        begins = datetime.strptime(said, "%Y-%m-%d %H").replace(tzinfo=UTC)
        found.setdefault(topic_id, {})[begins] = int(number)
    return found


@dataclass(frozen=True, slots=True)
class Sums:
    """What happened to items since some time: how many came and match, and how often each verdict was given."""

    seen: int
    matched: int
    verdicts: tuple[tuple[str, int], ...]


def sums(tx: Session, since: datetime) -> Sums:
    """Return how many items came since then, how many of these match, and the verdicts given."""
    new = (col(ItemRow.first_seen_at) >= since, col(ItemRow.baseline).is_(False))
    seen = tx.exec(select(func.count()).select_from(ItemRow).where(*new)).one()
    matched = tx.exec(select(func.count()).select_from(ItemRow).where(*new, col(ItemRow.matched))).one()
    given = select(VerdictRow.verdict, func.count()).where(col(VerdictRow.decided_at) >= since)
    verdicts = tx.execute(given.group_by(col(VerdictRow.verdict)).order_by(func.count().desc()))
    return Sums(int(seen), int(matched), tuple((str(verdict), int(number)) for verdict, number in verdicts))


def latest_messages(tx: Session, limit: int) -> list[OutboxRow]:
    """Return the newest intents to tell, whatever became of them."""
    return list(tx.exec(select(OutboxRow).order_by(col(OutboxRow.id).desc()).limit(limit)))
