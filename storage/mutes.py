"""What subscribers do not want to hear of: a story, a source or a topic, for a while or until they say otherwise.

A story that proved to be part of another stays muted under the older one's number too: mutes are looked up for a story
and all that was merged into it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, delete, or_
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from storage.engine import insert_into
from storage.tables import AlertRow, MuteRow, StoryRow


class Muted(StrEnum):
    """What can be muted; the values are those of `MuteRow.kind`."""

    STORY = "story"
    SOURCE = "source"
    TOPIC = "topic"


def mute(
    tx: Session, subscriber_id: int, kind: Muted, target_id: int, now: datetime, until: datetime | None = None
) -> bool:
    """Let a subscriber hear no more of this until then (None: until they say otherwise); say whether that is new."""
    known = is_muted(tx, subscriber_id, kind, target_id, now)
    insert = insert_into(tx, MuteRow).values(
        subscriber_id=subscriber_id, kind=kind.value, target_id=target_id, until=until, made_at=now
    )
    renewed = {name: insert.excluded[name] for name in ("until", "made_at")}
    tx.execute(insert.on_conflict_do_update(index_elements=["subscriber_id", "kind", "target_id"], set_=renewed))
    return not known


def unmute(tx: Session, subscriber_id: int, kind: Muted, target_id: int) -> bool:
    """Let a subscriber hear of this again; say whether it was muted."""
    targets = [target_id]
    if kind is Muted.STORY:
        targets += [number for number in tx.exec(_merged_into(target_id)) if number]
    done = tx.execute(
        delete(MuteRow).where(
            col(MuteRow.subscriber_id) == subscriber_id,
            col(MuteRow.kind) == kind.value,
            col(MuteRow.target_id).in_(targets),
        )
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def of_subscriber(tx: Session, subscriber_id: int, now: datetime) -> list[MuteRow]:
    """Return what a subscriber has muted and is still muted, the newest first."""
    query = select(MuteRow).where(MuteRow.subscriber_id == subscriber_id, in_force(now))
    return list(tx.exec(query.order_by(col(MuteRow.made_at).desc(), col(MuteRow.kind), col(MuteRow.target_id))))


def is_muted(tx: Session, subscriber_id: int, kind: Muted, target_id: int, now: datetime) -> bool:
    """Say whether a subscriber hears nothing of this at present."""
    return subscriber_id in _who(tx, kind, target_id, now, subscriber_id)


def story_and_source(tx: Session, story_id: int, source_id: int, now: datetime) -> set[int]:
    """Return the subscribers that muted this story, or this source."""
    return _who(tx, Muted.STORY, story_id, now) | _who(tx, Muted.SOURCE, source_id, now)


def topics(tx: Session, topic_ids: Collection[int], now: datetime) -> set[tuple[int, int]]:
    """Return (subscriber, topic) for each of these topics that a subscriber muted."""
    query = select(MuteRow.subscriber_id, MuteRow.target_id).where(
        MuteRow.kind == Muted.TOPIC.value, col(MuteRow.target_id).in_(list(topic_ids)), in_force(now)
    )
    return {(subscriber_id, topic_id) for subscriber_id, topic_id in tx.execute(query)}


def sources_of_told(tx: Session, story_id: int, now: datetime) -> set[tuple[int, int]]:
    """Return (subscriber, source) for what those who were told of a story have muted among sources."""
    query = (
        select(MuteRow.subscriber_id, MuteRow.target_id)
        .join(AlertRow, col(AlertRow.subscriber_id) == MuteRow.subscriber_id)
        .where(AlertRow.story_id == story_id, MuteRow.kind == Muted.SOURCE.value, in_force(now))
    )
    return {(subscriber_id, source_id) for subscriber_id, source_id in tx.execute(query)}


def in_force(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a mute has not run out."""
    return or_(col(MuteRow.until).is_(None), col(MuteRow.until) > now)


def _who(tx: Session, kind: Muted, target_id: int, now: datetime, only: int | None = None) -> set[int]:
    targets = [target_id]
    if kind is Muted.STORY:
        targets += [number for number in tx.exec(_merged_into(target_id)) if number]
    query = select(MuteRow.subscriber_id).where(
        MuteRow.kind == kind.value, col(MuteRow.target_id).in_(targets), in_force(now)
    )
    if only is not None:
        query = query.where(MuteRow.subscriber_id == only)
    return set(tx.exec(query))


def _merged_into(story_id: int) -> SelectOfScalar[int | None]:
    return select(StoryRow.id).where(StoryRow.merged_into == story_id)  # type: ignore[return-value]
