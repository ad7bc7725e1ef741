"""Which article a question is about: the item behind a link, or behind an alert that was answered."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session, col, select

from storage.tables import AlertRow, ItemRow


def item_by_link_keys(tx: Session, keys: Iterable[str]) -> ItemRow | None:
    """Return the item under one of these canonical addresses; of several, one that matched, then the newest."""
    wanted = sorted({key for key in keys if key})
    if not wanted:
        return None
    query = select(ItemRow).where(col(ItemRow.link_key).in_(wanted))
    return tx.exec(query.order_by(col(ItemRow.matched).desc(), col(ItemRow.id).desc()).limit(1)).first()


def item_by_message(tx: Session, subscriber_id: int, message_id: int) -> ItemRow | None:
    """Return the item that a subscriber's alert told first, by the message the alert became."""
    query = select(AlertRow).where(AlertRow.subscriber_id == subscriber_id, AlertRow.message_id == message_id)
    alert = tx.exec(query).first()
    return tx.get(ItemRow, alert.item_id) if alert else None
