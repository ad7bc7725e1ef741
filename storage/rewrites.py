"""Messages of the chat that read otherwise after a press: an edit in the outbox like every other, inside the limits.

A message is edited only where it would change, and what has not gone out yet is replaced by what is newer.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from storage import outbox
from storage.outbox import Buttons
from storage.tables import OutboxKind, OutboxRow, OutboxState


def put(
    tx: Session,
    *,
    chat_id: int,
    message_id: int,
    text: str,
    buttons: Buttons,
    now: datetime,
    subscriber_id: int | None = None,
    thread_id: int = 0,
) -> bool:
    """Note that a message of ours should now read so; say whether it needs an edit for that.

    An alert's message and a document are left as they are: their words follow the story, or are a caption.
    """
    said = _said(tx, subscriber_id, chat_id, message_id)
    if said is not None:
        fixed = said.alert_id is not None or bool(said.attachment_name)
        if fixed or (said.text == text and said.buttons == outbox.plain_lists(buttons) and not said.plain):
            return False
        if said.kind == OutboxKind.EDIT.value and said.state == OutboxState.WAITING.value:
            outbox.replaced(said, now)
    outbox.put(
        tx, chat_id=chat_id, kind=OutboxKind.EDIT, text=text, now=now, subscriber_id=subscriber_id,
        thread_id=thread_id, buttons=buttons, silent=True, message_id=message_id,
    )  # fmt: skip
    return True


def _said(tx: Session, subscriber_id: int | None, chat_id: int, message_id: int) -> OutboxRow | None:
    """Return what made a subscriber's message read as it does, or will: the newest that was sent or is under way."""
    if subscriber_id is None:
        return None
    standing = [OutboxState.SENT.value, OutboxState.WAITING.value, OutboxState.SENDING.value]
    query = select(OutboxRow).where(
        OutboxRow.subscriber_id == subscriber_id,
        OutboxRow.chat_id == chat_id,
        OutboxRow.message_id == message_id,
        col(OutboxRow.state).in_(standing),
    )
    return tx.exec(query.order_by(col(OutboxRow.id).desc()).limit(1)).first()
