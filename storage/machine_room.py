"""What admins see of the machine: messages and what became of them, subscribers by their numbers, changes, digests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.outbox import OPEN
from storage.tables import (
    AuditRow,
    DeliveryRow,
    DigestRow,
    ItemRow,
    OutboxRow,
    OutboxState,
    SubscriberRow,
    SubscriptionRow,
    TopicRow,
    VerdictRow,
)

WENT_WRONG = (OutboxState.FAILED.value, OutboxState.UNKNOWN.value, OutboxState.DROPPED.value)
LOOKED_BACK = 5_000


def open_messages(tx: Session, limit: int) -> tuple[int, list[OutboxRow]]:
    """Return how many messages wait, and those due first."""
    number = tx.exec(select(func.count()).select_from(OutboxRow).where(OPEN)).one()
    query = select(OutboxRow).where(OPEN).order_by(col(OutboxRow.due_at), col(OutboxRow.id)).limit(limit)
    return int(number), list(tx.exec(query))


def failed_messages(tx: Session, limit: int) -> list[OutboxRow]:
    """Return the newest messages that did not arrive, of the newest LOOKED_BACK there are."""
    newest = tx.exec(select(func.max(OutboxRow.id))).one() or 0
    query = select(OutboxRow).where(col(OutboxRow.id) > newest - LOOKED_BACK, col(OutboxRow.state).in_(WENT_WRONG))
    return list(tx.exec(query.order_by(col(OutboxRow.id).desc()).limit(limit)))


def deliveries(tx: Session, since: datetime) -> list[tuple[str, int]]:
    """Return how often each outcome of sending came since then."""
    query = select(DeliveryRow.outcome, func.count()).where(col(DeliveryRow.attempted_at) >= since)
    counted = query.group_by(col(DeliveryRow.outcome)).order_by(func.count().desc())
    return [(str(outcome), int(number)) for outcome, number in tx.execute(counted)]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A subscriber as pages show them: a local number and choices, never a chat id."""

    number: int
    kind: str
    language: str
    zone: str
    state: str
    note: str
    role: str
    topics: int
    joined_at: datetime


def subscribers(tx: Session, limit: int, *, state: str = "", beyond: int = 0) -> list[Numbered]:
    """Return subscribers by number, those beyond a number; of one state if given."""
    topics = select(func.count()).where(SubscriptionRow.subscriber_id == SubscriberRow.id).scalar_subquery()
    query = select(SubscriberRow, topics).where(col(SubscriberRow.id) > beyond)
    if state:
        query = query.where(SubscriberRow.state == state)
    return [
        Numbered(
            row.id or 0, row.kind, row.language, row.zone, row.state, row.state_note, row.role, int(number),
            row.joined_at,
        )
        for row, number in tx.execute(query.order_by(col(SubscriberRow.id)).limit(limit))
    ]  # fmt: skip


def subscriber_counts(tx: Session) -> dict[str, int]:
    """Return how many subscribers there are in each state."""
    query = select(SubscriberRow.state, func.count()).group_by(col(SubscriberRow.state))
    return {str(state): int(number) for state, number in tx.execute(query)}


def newest_item(tx: Session) -> int:
    """Return the number of the newest item: how many there were so far (counting a million takes too long)."""
    return int(tx.exec(select(func.max(ItemRow.id))).one() or 0)


def changes(tx: Session, limit: int, *, below: int = 0) -> list[AuditRow]:
    """Return what people changed, the newest first, below a row's number if given."""
    query = select(AuditRow).order_by(col(AuditRow.id).desc()).limit(limit)
    return list(tx.exec(query.where(col(AuditRow.id) < below) if below else query))


def digests(tx: Session, limit: int, *, subscriber_id: int | None = None) -> list[DigestRow]:
    """Return the newest digests, of one subscriber if given."""
    query = select(DigestRow).order_by(col(DigestRow.id).desc()).limit(limit)
    return list(tx.exec(query if subscriber_id is None else query.where(DigestRow.subscriber_id == subscriber_id)))


def digest_messages(tx: Session, digest_id: int) -> Sequence[OutboxRow]:
    """Return the messages of a digest as they were sent, in order."""
    query = select(OutboxRow).where(OutboxRow.digest_id == digest_id).order_by(col(OutboxRow.id))
    return list(tx.exec(query))


def tells_private(tx: Session, digest_id: int) -> bool:
    """Say whether a digest tells of somebody's private topic, which nobody else may see."""
    query = (
        select(VerdictRow.id)
        .join(TopicRow, col(TopicRow.id) == VerdictRow.topic_id)
        .where(VerdictRow.digest_id == digest_id, TopicRow.owner_id != 0)
    )
    return tx.exec(query.limit(1)).first() is not None
