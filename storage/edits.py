"""Messages about one story for many chats at once: the alerts that ring, and the edits of those that rang before.

What `storage.outbox` does for one message, in a fixed number of statements for all of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, insert, update
from sqlmodel import Session, SQLModel, col, select

from storage.outbox import OPEN, Buttons, plain_lists
from storage.tables import AlertRow, OutboxKind, OutboxRow, OutboxState

_OUTBOX = SQLModel.metadata.tables["outbox"]
REPLACED = "a newer revision took its place"


class Words(NamedTuple):
    """What a subscriber's alert should say from now on. `message_id` is the message known, None or 0 for none;
    `due_at` the earliest moment for an edit."""

    alert_id: int
    subscriber_id: int
    chat_id: int
    thread_id: int
    text: str
    buttons: Buttons
    revision: int
    due_at: datetime
    silent: bool = True
    message_id: int | None = None


def put_alerts(tx: Session, words: Sequence[Words], now: datetime) -> None:
    """Note the intents to send these alerts as new messages."""
    if words:
        tx.execute(insert(_OUTBOX), [_row(each, OutboxKind.ALERT, now) | {"message_id": None} for each in words])


def put_edits(tx: Session, story_id: int, words: Sequence[Words], now: datetime) -> set[int]:
    """Note that the messages about a story should read anew; return the alerts for which that can be.

    An alert that has not gone out yet is rewritten in place; an edit not yet made is replaced; while a send is under
    way the edit waits for it. Where no message is known and none will be, the growth belongs into the digest.
    """
    if not words:
        return set()
    wanted = {each.alert_id for each in words}
    sends, edits = _open_rows(tx, story_id, wanted)
    rewritten = [
        {"row": sends[each.alert_id][0], "said": each.text, "keyboard": plain_lists(each.buttons), "to": each.revision}
        for each in words
        if each.alert_id in sends and sends[each.alert_id][1] == OutboxState.WAITING.value
    ]
    fresh = [
        each
        for each in words
        if (sends[each.alert_id][1] != OutboxState.WAITING.value if each.alert_id in sends else each.message_id)
    ]
    if rewritten:
        change = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("row"))
        tx.execute(
            change.values(text=bindparam("said"), buttons=bindparam("keyboard"), revision=bindparam("to"), plain=False),
            rewritten,
        )
    _replace(tx, [row for each in fresh for row in edits.get(each.alert_id, ())], now)
    if fresh:
        tx.execute(insert(_OUTBOX), [_row(each, OutboxKind.EDIT, now) for each in fresh])
    return {each.alert_id for each in fresh} | (wanted & {a for a, (_, s) in sends.items() if s == "waiting"})


def drop_edits(tx: Session, story_id: int, alert_ids: set[int], now: datetime) -> None:
    """Make no more edits of these alerts' messages: a newer message speaks from now on."""
    _, edits = _open_rows(tx, story_id, alert_ids)
    _replace(tx, [row for rows in edits.values() for row in rows], now)


def _open_rows(
    tx: Session, story_id: int, alert_ids: set[int]
) -> tuple[dict[int, tuple[int, str]], dict[int, list[int]]]:
    """Return of these alerts of a story the open sends (row and state), and the edits that wait."""
    query = select(OutboxRow.id, OutboxRow.alert_id, OutboxRow.kind, OutboxRow.state).where(OPEN)
    if len(alert_ids) <= 100:
        query = query.where(col(OutboxRow.alert_id).in_(list(alert_ids)))
    else:
        query = query.where(col(OutboxRow.alert_id).in_(select(AlertRow.id).where(AlertRow.story_id == story_id)))
    sends: dict[int, tuple[int, str]] = {}
    edits: dict[int, list[int]] = {}
    for row, alert_id, kind, state in tx.execute(query):
        if kind == OutboxKind.ALERT.value:
            sends[alert_id] = (row, state)
        elif kind == OutboxKind.EDIT.value and state == OutboxState.WAITING.value:
            edits.setdefault(alert_id, []).append(row)
    return sends, edits


def _replace(tx: Session, rows: Sequence[int], now: datetime) -> None:
    if rows:
        ended = {"state": OutboxState.REPLACED.value, "finished_at": now, "note": REPLACED}
        change = update(_OUTBOX).where(_OUTBOX.c.id == bindparam("row")).values(**ended)
        tx.execute(change, [{"row": row} for row in rows])


def _row(words: Words, kind: OutboxKind, now: datetime) -> dict[str, object]:
    return {
        "subscriber_id": words.subscriber_id, "chat_id": words.chat_id, "thread_id": words.thread_id,
        "kind": kind.value, "alert_id": words.alert_id, "revision": words.revision, "text": words.text,
        "buttons": plain_lists(words.buttons), "silent": words.silent, "created_at": now, "due_at": words.due_at,
        "state": OutboxState.WAITING.value, "attempts": 0, "lost_answers": 0, "crashes": 0, "plain": False,
        "message_id": words.message_id or None, "note": "", "attachment_name": "",
    }  # fmt: skip
