"""What each answer of Telegram means for the row that was sent: ended, tried again, moved, or its chat suspended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch

from bot.delivery import render, wording
from bot.delivery.model import (
    BadButtons,
    BadToken,
    Gone,
    Lost,
    Malformed,
    Moved,
    NoAttachment,
    NotEditable,
    NoThread,
    NotSent,
    Outcome,
    Outgoing,
    Refused,
    RetryAt,
    Sent,
    TooLong,
)
from storage import deliveries, outbox, subscribers
from storage.deliveries import Growth
from storage.engine import Session
from storage.tables import OutboxKind, OutboxRow, OutboxState

AT_ONCE_TRIES = 2
BACKOFF_MOST_S = 300.0
CUT_FIRST = 3_000
CUT_LEAST = 100
EVERYONE = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One send or edit as it went out, and what the row knew then. `everyone_s` is set where Telegram throttles us as
    a whole: how long to leave all chats alone."""

    message: Outgoing
    kind: str
    subscriber_id: int | None
    digest_id: int | None
    row_text: str
    attempts: int
    lost_answers: int
    everyone_s: float | None = None

    @property
    def is_edit(self) -> bool:
        """Say whether this edits a message, which may be done twice without harm."""
        return self.kind == OutboxKind.EDIT.value


def attempt(row: OutboxRow) -> Attempt:
    """Return what goes out for a row."""
    edit = row.kind == OutboxKind.EDIT.value
    message = Outgoing(
        outbox_id=row.id or 0,
        chat_id=row.chat_id,
        text=render.plain(row.text) if row.plain else row.text,
        thread_id=row.thread_id,
        buttons=tuple(tuple((label, action) for label, action in line) for line in row.buttons),
        silent=row.silent,
        plain=row.plain,
        message_id=row.message_id if edit else None,
        attachment=row.attachment or b"",
        attachment_name=row.attachment_name,
    )
    return Attempt(message, row.kind, row.subscriber_id, row.digest_id, row.text, row.attempts, row.lost_answers)


def backoff_s(attempts: int) -> float:
    """Return how long a row waits after its n-th attempt failed: two at once (the line was probed), then 2 s, 4 s …
    up to five minutes, while the chat's other messages pass it."""
    return 0.0 if attempts <= AT_ONCE_TRIES else min(2.0 ** min(attempts - AT_ONCE_TRIES, 20), BACKOFF_MOST_S)


def name(outcome: Outcome) -> str:
    """Return the word under which an outcome is counted and kept."""
    return type(outcome).__name__.lower()


def settle(tx: Session, outcome: Outcome, tried: Attempt, now: datetime) -> Growth | None:
    """Write down what came of an attempt; return growth of a story that now belongs into the digest."""
    return _settle(outcome, tx, tried, now)


@singledispatch
def _settle(outcome: object, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    raise TypeError(f"not an outcome: {outcome!r}")


@_settle.register
def _sent(outcome: Sent, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    return deliveries.finish(
        tx, tried.message.outbox_id, OutboxState.SENT, now, message_id=outcome.message_id, outcome=name(outcome)
    )


@_settle.register
def _retry_at(outcome: RetryAt, tx: Session, tried: Attempt, now: datetime) -> None:
    until = now + timedelta(seconds=outcome.seconds)
    subscribers.hold_chat(tx, tried.message.chat_id, until)
    if tried.everyone_s is not None:
        subscribers.hold_chat(tx, EVERYONE, now + timedelta(seconds=tried.everyone_s))
    _again(tx, tried, now, outcome, f"{outcome.seconds:g} s", due_at=until)


@_settle.register
def _not_sent(outcome: NotSent, tx: Session, tried: Attempt, now: datetime) -> None:
    _again(tx, tried, now, outcome, outcome.reason, due_at=now + timedelta(seconds=backoff_s(tried.attempts)))


@_settle.register
def _bad_token(outcome: BadToken, tx: Session, tried: Attempt, now: datetime) -> None:
    _again(tx, tried, now, outcome, outcome.reason, due_at=now)


@_settle.register
def _lost(outcome: Lost, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    if tried.is_edit:
        due_at = now + timedelta(seconds=backoff_s(tried.attempts))
        _again(tx, tried, now, outcome, outcome.reason, due_at=due_at)
        return None
    if tried.lost_answers:
        return _end(tx, tried, now, outcome, outcome.reason, OutboxState.UNKNOWN)
    deliveries.again(
        tx, tried.message.outbox_id, now, due_at=now, outcome=name(outcome), detail=outcome.reason, lost=True
    )
    return None


@_settle.register
def _gone(outcome: Gone, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    subscribers.suspend(tx, tried.message.chat_id, outcome.reason)
    growth = _end(tx, tried, now, outcome, outcome.reason, OutboxState.DROPPED)
    outbox.drop_chat(tx, tried.message.chat_id, now, outcome.reason)
    return growth


@_settle.register
def _moved(outcome: Moved, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    if outcome.new_chat_id == tried.message.chat_id:
        return _end(tx, tried, now, outcome, "moved to where it was", OutboxState.FAILED)
    subscribers.migrate_chat(tx, tried.message.chat_id, outcome.new_chat_id)
    _again(tx, tried, now, outcome, "", due_at=now + timedelta(seconds=backoff_s(tried.attempts)))
    return None


@_settle.register
def _no_thread(outcome: NoThread, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    message = tried.message
    if not message.thread_id:
        return _gone(Gone(outcome.reason), tx, tried, now)
    outbox.leave_thread(tx, message.chat_id, message.thread_id)
    deliveries.again(tx, message.outbox_id, now, due_at=now, outcome=name(outcome), detail=outcome.reason, thread_id=0)
    if subscribers.suspend_thread(tx, message.chat_id, message.thread_id, outcome.reason):
        outbox.put(tx, chat_id=message.chat_id, kind=OutboxKind.NOTICE, text=wording.THREAD_GONE, now=now)
    return None


@_settle.register
def _malformed(outcome: Malformed, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    if tried.message.plain:
        return _end(tx, tried, now, outcome, outcome.reason, OutboxState.FAILED)
    _again(tx, tried, now, outcome, outcome.reason, due_at=now, plain=True)
    return None


@_settle.register
def _bad_buttons(outcome: BadButtons, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    if not tried.message.buttons:
        return _end(tx, tried, now, outcome, outcome.reason, OutboxState.FAILED)
    deliveries.again(
        tx, tried.message.outbox_id, now, due_at=now, outcome=name(outcome), detail=outcome.reason, buttons=()
    )
    return None


@_settle.register
def _no_attachment(outcome: NoAttachment, tx: Session, tried: Attempt, now: datetime) -> None:
    deliveries.again(
        tx, tried.message.outbox_id, now, due_at=now, outcome=name(outcome), detail=outcome.reason,
        without_attachment=True,
    )  # fmt: skip


@_settle.register
def _too_long(outcome: TooLong, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    text, message = tried.row_text, tried.message
    limit = min(CUT_FIRST, render.units(text) // 2)
    pieces = render.split(text, limit) if limit >= CUT_LEAST else []
    if len(pieces) < 2:
        return _end(tx, tried, now, outcome, outcome.reason, OutboxState.FAILED)
    deliveries.again(
        tx, message.outbox_id, now, due_at=now, outcome=name(outcome), detail=outcome.reason, text=pieces[0]
    )
    if tried.is_edit:
        return None
    for piece in pieces[1:]:
        outbox.put(
            tx,
            chat_id=message.chat_id,
            kind=OutboxKind(tried.kind),
            text=piece,
            now=now,
            subscriber_id=tried.subscriber_id,
            thread_id=message.thread_id,
            digest_id=tried.digest_id,
            silent=True,
        )
    return None


@_settle.register
def _not_editable(outcome: NotEditable, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    return _end(tx, tried, now, outcome, outcome.reason, OutboxState.DROPPED, editable=False)


@_settle.register
def _refused(outcome: Refused, tx: Session, tried: Attempt, now: datetime) -> Growth | None:
    return _end(tx, tried, now, outcome, outcome.reason, OutboxState.FAILED)


def _again(
    tx: Session, tried: Attempt, now: datetime, outcome: Outcome, detail: str, *, due_at: datetime, plain: bool = False
) -> None:
    outbox_id = tried.message.outbox_id
    deliveries.again(
        tx, outbox_id, now, due_at=due_at, outcome=name(outcome), detail=detail, plain=plain or tried.message.plain
    )


def _end(
    tx: Session,
    tried: Attempt,
    now: datetime,
    outcome: Outcome,
    detail: str,
    state: OutboxState,
    *,
    editable: bool = True,
) -> Growth | None:
    return deliveries.finish(
        tx, tried.message.outbox_id, state, now, outcome=name(outcome), detail=detail, editable=editable
    )
