"""What admins are told of at once, each cause once: begun, told, over."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from storage.tables import NoticeRow

KEPT = timedelta(days=90)


def standing(tx: Session) -> list[NoticeRow]:
    """Return what is not over yet, the oldest first."""
    return list(tx.exec(select(NoticeRow).where(col(NoticeRow.ended_at).is_(None)).order_by(col(NoticeRow.id))))


def begin(tx: Session, cause: str, detail: str, began_at: datetime) -> NoticeRow:
    """Note that something began; there is at most one open notice of a cause."""
    row = NoticeRow(cause=cause, detail=detail, began_at=began_at)
    tx.add(row)
    tx.flush()
    return row


def end(tx: Session, row: NoticeRow, now: datetime) -> None:
    """Note that it is over; what is long over is deleted."""
    row.ended_at = now
    tx.add(row)
    tx.execute(delete(NoticeRow).where(col(NoticeRow.ended_at) < now - KEPT))


def told(tx: Session, row: NoticeRow, now: datetime) -> None:
    """Note that admins were told of it."""
    row.told_at = now
    tx.add(row)
