"""How much there is of everything, in one look."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import DigestRow, ItemRow, OutboxKind, OutboxRow, OutboxState, StoryRow


def counts(tx: Session) -> dict[str, int]:
    """Return how many items are new (kept) and matched, stories opened, alerts sent and digests prepared."""
    items = tx.exec(select(func.count()).select_from(ItemRow)).one()
    matched = tx.exec(select(func.count()).select_from(ItemRow).where(ItemRow.matched)).one()
    alerts = select(func.count()).where(
        OutboxRow.kind == OutboxKind.ALERT.value, OutboxRow.state == OutboxState.SENT.value
    )
    return {
        "new": int(items),
        "matched": int(matched),
        "stories": int(tx.exec(select(func.count()).select_from(StoryRow)).one()),
        "alerts": int(tx.exec(alerts).one()),
        "digests": int(tx.exec(select(func.count()).select_from(DigestRow).where(DigestRow.stories > 0)).one()),
    }


def unsent(tx: Session) -> int:
    """Return how many messages wait to be sent for the first time (edits may rightly wait for their minute)."""
    query = select(func.count()).where(
        col(OutboxRow.state).in_([OutboxState.WAITING.value, OutboxState.SENDING.value]),
        OutboxRow.kind != OutboxKind.EDIT.value,
    )
    return int(tx.exec(query).one())
