"""What we intend to tell and have not told yet.

A row is written in the commit that decided it, and marked SENDING in a commit before its request; what became of it is
the matter of `storage.deliveries`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, func, text, update
from sqlmodel import Session, col, select

from storage.tables import (
    AlertRow,
    OutboxKind,
    OutboxRow,
    OutboxState,
    SubscriberRow,
    SubscriberState,
    UtcDateTime,
)

# Written out, not bound: SQLite uses a partial index only where the query repeats its condition word for word.
OPEN = text("state IN ('waiting', 'sending')")
WAITING = text("state IN ('waiting', 'sending') AND state = 'waiting'")

# More values than this in one query cost more than reading every open chat (and databases limit them).
NAMED_MOST = 500

Buttons = Sequence[Sequence[Sequence[str]]]

# One index seek for each chat that has anything open; a DISTINCT would read every open row.
_OPEN_CHATS = text(
    """
    WITH RECURSIVE chats(chat_id) AS (
        SELECT min(chat_id) FROM outbox WHERE state IN ('waiting', 'sending')
        UNION ALL
        SELECT (SELECT min(o.chat_id) FROM outbox o
                WHERE o.state IN ('waiting', 'sending') AND o.chat_id > chats.chat_id)
        FROM chats WHERE chats.chat_id IS NOT NULL
    )
    SELECT chat_id FROM chats WHERE chat_id IS NOT NULL
    """
)

# A chat's most urgent row that may go now: what answers a person, then alerts and their edits as they came, then
# digests, then what admins say to everybody. An edit may go once its message is known.
_HEADS = text(
    """
    SELECT id, chat_id, rank FROM (
        SELECT id, chat_id, rank, row_number() OVER (PARTITION BY chat_id ORDER BY rank, id) AS place FROM (
            SELECT id, chat_id,
                   CASE kind WHEN 'reply' THEN 0 WHEN 'notice' THEN 0 WHEN 'digest' THEN 2 WHEN 'broadcast' THEN 3
                       WHEN 'edit' THEN CASE WHEN alert_id IS NULL THEN 0 ELSE 1 END ELSE 1 END AS rank
            FROM outbox
            WHERE state IN ('waiting', 'sending') AND state = 'waiting' AND chat_id IN :chats
              AND due_at <= :now AND (kind <> 'edit' OR message_id IS NOT NULL)
        ) AS due
    ) AS placed WHERE place = 1
    """
).bindparams(bindparam("chats", expanding=True), bindparam("now", type_=UtcDateTime()))


def put(
    tx: Session,
    *,
    chat_id: int,
    kind: OutboxKind,
    text: str,
    now: datetime,
    subscriber_id: int | None = None,
    thread_id: int = 0,
    alert_id: int | None = None,
    digest_id: int | None = None,
    revision: int = 1,
    buttons: Buttons = (),
    silent: bool = False,
    due_at: datetime | None = None,
    message_id: int | None = None,
    attachment: bytes | None = None,
    attachment_name: str = "",
) -> int:
    """Note the intent to send a finished text, and return its id. Buttons are rows of (label, callback or link);
    `message_id` is the message that an edit edits. `attachment` is a picture (its name ends in .png) or a document;
    the text is its caption then, at most 1,024 units: a longer one goes without its picture."""
    row = OutboxRow(
        subscriber_id=subscriber_id,
        chat_id=chat_id,
        thread_id=thread_id,
        kind=OutboxKind(kind).value,
        alert_id=alert_id,
        digest_id=digest_id,
        revision=revision,
        text=text,
        buttons=plain_lists(buttons),
        silent=silent,
        created_at=now,
        due_at=due_at or now,
        message_id=message_id,
        attachment=attachment,
        attachment_name=attachment_name,
    )
    tx.add(row)
    tx.flush()
    return row.id or 0


def put_edit(
    tx: Session,
    *,
    alert_id: int,
    text: str,
    now: datetime,
    revision: int,
    buttons: Buttons = (),
    due_at: datetime | None = None,
) -> int | None:
    """Note that an alert's message should now read `text`; return the row that will say so.

    An alert that has not gone out yet is rewritten in place; an edit not yet made is replaced; while the send is under
    way the edit waits for it. None where no message is known and none will be: the growth belongs into the digest.
    """
    alert = tx.get(AlertRow, alert_id)
    person = tx.get(SubscriberRow, alert.subscriber_id) if alert else None
    if alert is None or person is None or person.state != SubscriberState.ACTIVE.value:
        return None
    send = _open_send(tx, alert_id)
    if send is not None and send.state == OutboxState.WAITING.value:
        rewrite(send, text, revision, buttons)
        return send.id
    if send is None and not alert.message_id:
        return None
    for older in waiting_edits(tx, alert_id):
        replaced(older, now)
    return put(
        tx,
        chat_id=person.chat_id,
        kind=OutboxKind.EDIT,
        text=text,
        now=now,
        subscriber_id=person.id,
        thread_id=person.thread_id,
        alert_id=alert_id,
        revision=revision,
        buttons=buttons,
        silent=True,
        due_at=due_at,
        message_id=alert.message_id or None,
    )


def next_sendable(
    tx: Session,
    now: datetime,
    limit: int,
    *,
    skip_chats: Collection[int] = (),
    served: Mapping[int, float] | None = None,
    only_chat: int | None = None,
) -> list[int]:
    """Return ids of rows that may be sent now, at most one for each chat: replies before alerts before digests, then
    the chats that have waited longest since they were served (`served`: larger is later; absent is longest ago).
    `only_chat` looks at that chat alone."""
    last = served or {}
    found = [chat for (chat,) in tx.execute(_OPEN_CHATS)] if only_chat is None else [only_chat]
    chats = [chat for chat in found if chat not in skip_chats]
    if not chats or limit <= 0:
        return []
    # Looking at every chat's rows would cost most when there is least time: those served last can wait a tick.
    nearest = sorted(chats, key=lambda chat: last.get(chat, 0.0))[: max(4 * limit, 100)]
    heads = tx.execute(_HEADS, {"chats": nearest, "now": now})
    order = sorted((rank, last.get(chat, 0.0), row) for row, chat, rank in heads)
    return [row for _, _, row in order[:limit]]


def mark_sending(tx: Session, ids: Iterable[int], now: datetime) -> list[OutboxRow]:
    """Mark rows as being sent and return them as they stand now, in the order given. What is no longer waiting (a
    person stopped, a revision was replaced) is left out."""
    wanted = list(ids)
    found = {row.id: row for row in tx.exec(select(OutboxRow).where(col(OutboxRow.id).in_(wanted)))}
    rows = [found[key] for key in wanted if key in found and found[key].state == OutboxState.WAITING.value]
    for row in rows:
        row.state = OutboxState.SENDING.value
        row.attempts += 1
    return rows


def drop_for(tx: Session, subscriber_id: int, now: datetime, note: str) -> int:
    """Drop the news that waits for a subscriber who stopped; return how much that was. Answers still go out."""
    news = col(OutboxRow.kind).not_in([OutboxKind.REPLY.value, OutboxKind.NOTICE.value])
    return _drop(tx, now, note, and_(col(OutboxRow.subscriber_id) == subscriber_id, news))


def drop_chat(tx: Session, chat_id: int, now: datetime, note: str) -> int:
    """Drop what waits for a chat that refuses us; return how much that was."""
    return _drop(tx, now, note, col(OutboxRow.chat_id) == chat_id)


def leave_thread(tx: Session, chat_id: int, thread_id: int) -> None:
    """Send what waits for a forum topic that is gone to the chat itself."""
    tx.execute(
        update(OutboxRow)
        .where(WAITING, col(OutboxRow.chat_id) == chat_id, col(OutboxRow.thread_id) == thread_id)
        .values(thread_id=0)
    )


def open_count_by_chat(tx: Session, chat_ids: Collection[int] | None = None, *, at_least: int = 1) -> dict[int, int]:
    """Return how many rows are open for each chat (of `chat_ids`, or of all) that has `at_least` so many."""
    query = select(OutboxRow.chat_id, func.count()).where(OPEN).group_by(col(OutboxRow.chat_id))
    if at_least > 1:
        query = query.having(func.count() >= at_least)
    few = chat_ids is not None and len(chat_ids) <= NAMED_MOST
    if few:
        query = query.where(col(OutboxRow.chat_id).in_(list(chat_ids or ())))
    return {chat: count for chat, count in tx.exec(query) if few or chat_ids is None or chat in chat_ids}


def oldest_open_at(tx: Session, now: datetime) -> datetime | None:
    """Return since when the longest-waiting row that is due has been waiting, or None where nothing is due."""
    return tx.exec(select(func.min(OutboxRow.created_at)).where(OPEN, col(OutboxRow.due_at) <= now)).one()


def waiting_edits(tx: Session, alert_id: int) -> list[OutboxRow]:
    """Return the edits of an alert's message that have not been made yet, oldest first."""
    return list(
        tx.exec(
            select(OutboxRow)
            .where(
                OutboxRow.alert_id == alert_id,
                OutboxRow.kind == OutboxKind.EDIT.value,
                OutboxRow.state == OutboxState.WAITING.value,
            )
            .order_by(col(OutboxRow.id))
        )
    )


def rewrite(row: OutboxRow, newer_text: str, revision: int, buttons: Buttons) -> None:
    """Let a row that has not gone out say what a newer revision says."""
    row.text, row.revision, row.buttons, row.plain = newer_text, revision, plain_lists(buttons), False


def replaced(row: OutboxRow, now: datetime) -> None:
    """End a row whose words a newer revision has taken over."""
    row.state, row.finished_at, row.note = OutboxState.REPLACED.value, now, "a newer revision took its place"


def plain_lists(buttons: Buttons) -> list[list[list[str]]]:
    """Return an inline keyboard as it is stored. Raises ValueError for a button that is not (label, action)."""
    return [[[label, action] for label, action in line] for line in buttons]


def _open_send(tx: Session, alert_id: int) -> OutboxRow | None:
    return tx.exec(
        select(OutboxRow).where(
            OutboxRow.alert_id == alert_id,
            OutboxRow.kind == OutboxKind.ALERT.value,
            col(OutboxRow.state).in_([OutboxState.WAITING.value, OutboxState.SENDING.value]),
        )
    ).first()


def _drop(tx: Session, now: datetime, note: str, whose: ColumnElement[bool]) -> int:
    ended = {"state": OutboxState.DROPPED.value, "finished_at": now, "note": note}
    return int(tx.execute(update(OutboxRow).where(WAITING, whose).values(ended)).rowcount)  # type: ignore[attr-defined]
