"""What an answer becomes in the outbox, in the commit that made it: new messages, and edits of the pressed one."""

from __future__ import annotations

from datetime import datetime

import structlog

from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Reply
from storage import digests, outbox, rewrites
from storage.engine import Session
from storage.tables import OutboxKind

log = structlog.get_logger()

# One who floods us with messages does not flood the outbox with answers, behind which their own alerts would wait.
REPLIES_AT_MOST = 30
IDLE_REPLIES_AT_MOST = 3
FILES_AT_MOST = 3


def put(tx: Session, ask: Ask, answer: Answer, now: datetime) -> None:
    """Note what is to be said in answer to an ask, and what the pressed message should read now."""
    if answer.rewritten is not None and ask.message_id:
        rewrites.put(
            tx, chat_id=ask.chat_id, message_id=ask.message_id, text=answer.rewritten.text,
            buttons=answer.rewritten.buttons, now=now, subscriber_id=answer.subscriber_id, thread_id=ask.thread_id,
        )  # fmt: skip
    if not answer.replies:
        return
    limit = IDLE_REPLIES_AT_MOST if ask.wish is Wish.WORDS else REPLIES_AT_MOST
    limit = FILES_AT_MOST if any(reply.document for reply in answer.replies) else limit
    if digests.open_messages(tx, ask.chat_id, [OutboxKind.REPLY]) >= limit:
        log.warning("reply left out: too many wait already", update=ask.update_id, subscriber=answer.subscriber_id)
        return
    for reply in answer.replies:
        put_reply(tx, reply, ask.chat_id, ask.thread_id, answer.subscriber_id, now)


def put_reply(
    tx: Session, reply: Reply, chat_id: int, thread_id: int, subscriber_id: int | None, now: datetime
) -> None:
    """Note one message to be said."""
    outbox.put(
        tx, chat_id=chat_id, kind=OutboxKind.REPLY, text=reply.text, now=now, subscriber_id=subscriber_id,
        thread_id=thread_id, buttons=reply.buttons, attachment=reply.document or None,
        attachment_name=reply.document_name,
    )  # fmt: skip
