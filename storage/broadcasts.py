"""What admins say to everybody: shown to its writer, confirmed, put down once for each chat."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, update
from sqlmodel import Session, SQLModel, col, select

from storage.tables import BroadcastRow, OutboxKind, OutboxState, SubscriberRow, SubscriberState

KEPT = timedelta(days=90)
SHOWN, SENT, DROPPED = "shown", "sent", "dropped"
_OUTBOX = SQLModel.metadata.tables["outbox"]
ROWS_A_STATEMENT = 500


def show(tx: Session, text: str, made_by: int, now: datetime) -> BroadcastRow:
    """Keep a message that its writer sees first; an older one of theirs that was never decided is dropped."""
    tx.execute(delete(BroadcastRow).where(col(BroadcastRow.made_at) < now - KEPT))
    undecided = (col(BroadcastRow.made_by) == made_by, col(BroadcastRow.state) == SHOWN)
    tx.execute(update(BroadcastRow).where(*undecided).values(state=DROPPED, decided_at=now))
    row = BroadcastRow(made_by=made_by, text=text, made_at=now)
    tx.add(row)
    tx.flush()
    return row


def receivers(tx: Session) -> list[SubscriberRow]:
    """Return who is written to, one for each chat (of a forum the first of its topics): neither stopped nor suspended
    ones."""
    query = select(SubscriberRow).where(
        SubscriberRow.state == SubscriberState.ACTIVE.value, SubscriberRow.kind != "terminal"
    )
    found: dict[int, SubscriberRow] = {}
    for row in tx.exec(query.order_by(col(SubscriberRow.thread_id), col(SubscriberRow.id))):
        found.setdefault(row.chat_id, row)
    return list(found.values())


def put(tx: Session, row: BroadcastRow, html: str, people: Iterable[tuple[SubscriberRow, bool]], now: datetime) -> int:
    """Put a confirmed message into the outbox for these people (and whether it comes to them in silence); return for
    how many. It goes out behind answers, alerts and digests."""
    rows: list[dict[str, Any]] = [
        {
            "subscriber_id": person.id, "chat_id": person.chat_id, "thread_id": person.thread_id,
            "kind": OutboxKind.BROADCAST.value, "revision": 1, "text": html, "buttons": [], "silent": silent,
            "created_at": now, "due_at": now, "state": OutboxState.WAITING.value, "attempts": 0, "lost_answers": 0,
            "crashes": 0, "plain": False, "note": "", "attachment_name": "",
        }
        for person, silent in people
    ]  # fmt: skip
    for first in range(0, len(rows), ROWS_A_STATEMENT):
        tx.execute(insert(_OUTBOX), rows[first : first + ROWS_A_STATEMENT])
    row.state, row.recipients, row.decided_at = SENT, len(rows), now
    tx.add(row)
    return len(rows)


def drop(tx: Session, row: BroadcastRow, now: datetime) -> None:
    """Note that a message is not sent, and forget its words."""
    row.state, row.decided_at, row.text = DROPPED, now, ""
    tx.add(row)
