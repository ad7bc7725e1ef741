"""All that we keep of one subscriber, as plain values for a file of their own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from storage import rulebook
from storage.tables import (
    AlertRow,
    AuditRow,
    DeliveryRow,
    DigestRow,
    ItemRow,
    MuteRow,
    RuleRow,
    ScheduleRow,
    StoryRow,
    SubscriberRow,
    SubscriptionRow,
    TopicRow,
    VerdictRow,
    VoteRow,
)

# Newest first, so that what is cut off is the oldest; a file must stay one that Telegram takes.
ROWS_AT_MOST = 5_000


def of_subscriber(tx: Session, person: SubscriberRow) -> dict[str, Any]:
    """Return everything that is stored about a subscriber, under plain names."""
    number = person.id or 0
    slugs = {row.id: row.slug for row in tx.exec(select(TopicRow).where(col(TopicRow.owner_id).in_([0, number])))}
    return {
        "subscriber": _plain(person),
        "subscriptions": [
            _plain(row) | {"topic": slugs.get(row.topic_id, "")}
            for row in tx.exec(select(SubscriptionRow).where(SubscriptionRow.subscriber_id == number))
        ],
        "digest_hours": _of(tx, ScheduleRow, number),
        "mutes": _of(tx, MuteRow, number),
        "own_topics": _own_topics(tx, number),
        "votes": _votes(tx, number),
        "alerts": _alerts(tx, number),
        "digests": _of(tx, DigestRow, number),
        "verdicts": _of(tx, VerdictRow, number),
        "deliveries": _of(tx, DeliveryRow, number),
        "changes": [
            _plain(row)
            for row in tx.exec(
                select(AuditRow)
                .where(AuditRow.who == f"subscriber {number}")
                .order_by(col(AuditRow.id).desc())
                .limit(ROWS_AT_MOST)
            )
        ],
    }


def _of(tx: Session, table: type[Any], number: int) -> list[dict[str, Any]]:
    query = select(table).where(table.subscriber_id == number)
    newest = table.made_at if table is MuteRow else table.id
    return [_plain(row) for row in tx.exec(query.order_by(newest.desc()).limit(ROWS_AT_MOST))]


def _own_topics(tx: Session, number: int) -> list[dict[str, Any]]:
    query = (
        select(TopicRow, RuleRow.text)
        .outerjoin(RuleRow, col(RuleRow.id) == TopicRow.published_id)
        .where(TopicRow.owner_id == number, TopicRow.owner_id != rulebook.HOUSE)
        .order_by(col(TopicRow.id))
    )
    return [_plain(topic) | {"rule": text} for topic, text in tx.execute(query)]


def _votes(tx: Session, number: int) -> list[dict[str, Any]]:
    query = (
        select(VoteRow, ItemRow.title, ItemRow.link)
        .outerjoin(ItemRow, col(ItemRow.id) == VoteRow.item_id)
        .where(VoteRow.subscriber_id == number)
        .order_by(col(VoteRow.id).desc())
        .limit(ROWS_AT_MOST)
    )
    return [_plain(vote) | {"title": title, "link": link} for vote, title, link in tx.execute(query)]


def _alerts(tx: Session, number: int) -> list[dict[str, Any]]:
    query = (
        select(AlertRow, StoryRow.title)
        .outerjoin(StoryRow, col(StoryRow.id) == AlertRow.story_id)
        .where(AlertRow.subscriber_id == number)
        .order_by(col(AlertRow.id).desc())
        .limit(ROWS_AT_MOST)
    )
    return [_plain(alert) | {"story": title} for alert, title in tx.execute(query)]


def _plain(row: SQLModel) -> dict[str, Any]:
    values = row.model_dump()
    return {name: _value(values[name]) for name in type(row).model_fields if name in values}


def _value(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    return {str(k): _value(v) for k, v in value.items()} if isinstance(value, dict) else [_value(v) for v in value]
