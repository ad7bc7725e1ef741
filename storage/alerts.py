"""What was decided for whom: verdicts with their reasons, and which story a subscriber was told of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import AlertRow, VerdictRow


def told(tx: Session, story_id: int, subscriber_ids: Iterable[int]) -> dict[int, AlertRow]:
    """Return the alerts of this story by subscriber, for those of `subscriber_ids` that were told."""
    query = select(AlertRow).where(AlertRow.story_id == story_id, col(AlertRow.subscriber_id).in_(list(subscriber_ids)))
    return {row.subscriber_id: row for row in tx.exec(query)}


def waiting_stories(tx: Session, story_id: int, subscriber_ids: Iterable[int]) -> set[int]:
    """Return those subscribers for whom this story already waits for a digest."""
    query = select(VerdictRow.subscriber_id).where(
        VerdictRow.story_id == story_id, VerdictRow.waits, col(VerdictRow.subscriber_id).in_(list(subscriber_ids))
    )
    return set(tx.exec(query))


def digested_stories(tx: Session, story_id: int, subscriber_ids: Iterable[int]) -> set[int]:
    """Return those subscribers whom a digest has told of this story."""
    query = select(VerdictRow.subscriber_id).where(
        VerdictRow.story_id == story_id,
        col(VerdictRow.digest_id).is_not(None),
        col(VerdictRow.subscriber_id).in_(list(subscriber_ids)),
    )
    return set(tx.exec(query))


def open_alert(
    tx: Session, *, subscriber_id: int, story_id: int, topic_id: int, item_id: int, now: datetime
) -> AlertRow:
    """Record that a subscriber is told of a story; there is one such row for each pair, ever."""
    row = AlertRow(subscriber_id=subscriber_id, story_id=story_id, topic_id=topic_id, item_id=item_id, decided_at=now)
    tx.add(row)
    tx.flush()
    return row


def record_verdict(
    tx: Session,
    *,
    subscriber_id: int,
    item_id: int,
    story_id: int,
    topic_id: int,
    verdict: str,
    waits: bool,
    now: datetime,
) -> None:
    """Write a decision with its reason; `waits` puts the story down for the subscriber's next digest."""
    tx.add(
        VerdictRow(
            subscriber_id=subscriber_id,
            item_id=item_id,
            story_id=story_id,
            topic_id=topic_id,
            verdict=verdict,
            decided_at=now,
            waits=waits,
        )
    )


def verdicts_of(tx: Session, item_id: int, subscriber_id: int) -> list[VerdictRow]:
    """Return what was decided for a subscriber about an item, oldest first."""
    query = select(VerdictRow).where(VerdictRow.item_id == item_id, VerdictRow.subscriber_id == subscriber_id)
    return list(tx.exec(query.order_by(col(VerdictRow.id))))


def counts(tx: Session) -> dict[str, int]:
    """Return how many verdicts of each kind were decided."""
    query = select(VerdictRow.verdict, func.count()).group_by(VerdictRow.verdict)
    return {verdict: int(number) for verdict, number in tx.execute(query)}
