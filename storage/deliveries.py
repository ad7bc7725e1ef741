"""What became of each intent to tell: one attempt after the other, until a row is finished.

A row is marked SENDING in a commit before its request and finished (or put back) in a commit right after the answer,
so a row found SENDING at start was interrupted by our own end (docs/adr/0005).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.outbox import OPEN, Buttons, plain_lists, replaced, rewrite, waiting_edits
from storage.tables import AlertRow, DeliveryRow, OutboxKind, OutboxRow, OutboxState

CRASHES_AT_MOST = 10
NEVER_KNOWN = 0


@dataclass(frozen=True, slots=True)
class Growth:
    """Growth of a story, since `since`, that can't be edited into this alert's message: it belongs into the digest."""

    alert_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start found interrupted: `known` had been answered, `again` are sent again (they may become copies),
    `given_up` were interrupted too often; `chats` are those of `again`."""

    known: int = 0
    again: int = 0
    given_up: int = 0
    chats: tuple[int, ...] = ()


def finish(
    tx: Session,
    outbox_id: int,
    state: OutboxState,
    now: datetime,
    *,
    message_id: int | None = None,
    outcome: str = "",
    detail: str = "",
    editable: bool = True,
) -> Growth | None:
    """End a row for good, note the attempt, and tell its alert which message it became.

    `editable` says whether the message of an edit that failed can ever be edited. Returns growth that can't be shown
    by an edit any more, else None. A row that was forgotten meanwhile is no error.
    """
    row = tx.get(OutboxRow, outbox_id)
    if row is None:
        return None
    row.state, row.finished_at, row.note = state.value, now, detail
    row.attachment = None  # thousands of copies of one picture would stay in the file
    _attempt(tx, row, now, outcome or state.value, detail)
    sent = state is OutboxState.SENT
    if sent and row.kind != OutboxKind.EDIT.value:
        row.message_id = message_id
    alert = tx.get(AlertRow, row.alert_id) if row.alert_id else None
    if alert is None:
        return None
    if row.kind == OutboxKind.EDIT.value:
        return _edit_finished(tx, row, alert, now, sent=sent, editable=editable)
    alert.message_id = message_id if sent else NEVER_KNOWN
    if sent and message_id:
        for edit in waiting_edits(tx, alert.id or 0):
            edit.message_id = message_id
        return None
    dropped = _drop_edits(tx, alert.id or 0, now, "its message is not known")
    return Growth(alert.id or 0, dropped) if dropped else None


def again(
    tx: Session,
    outbox_id: int,
    now: datetime,
    *,
    due_at: datetime,
    outcome: str,
    detail: str = "",
    lost: bool = False,
    plain: bool | None = None,
    text: str | None = None,
    buttons: Buttons | None = None,
    thread_id: int | None = None,
    without_attachment: bool = False,
) -> None:
    """Put a row back to wait until `due_at`, changed as given; `lost` counts an answer that never came."""
    row = tx.get(OutboxRow, outbox_id)
    if row is None:
        return
    _attempt(tx, row, now, outcome, detail)
    row.state, row.due_at, row.note = OutboxState.WAITING.value, due_at, detail
    row.lost_answers += lost
    row.plain = row.plain if plain is None else plain
    row.text = row.text if text is None else text
    row.buttons = row.buttons if buttons is None else plain_lists(buttons)
    row.thread_id = row.thread_id if thread_id is None else thread_id
    row.attachment = None if without_attachment else row.attachment
    _give_way(tx, row, now)


def recover_crashed(
    tx: Session, now: datetime, answered: Mapping[int, int] | None = None, *, keep: Collection[int] = ()
) -> Recovered:
    """Take care of rows left SENDING by a process that was killed; called before anything is sent.

    `answered` (row id to message id) are answers that arrived but could not be committed. The others wait to be sent
    again, which may make one copy each; after ten such ends a row is given up. `keep` are rows whose answers this
    process itself still awaits.
    """
    known = given_up = 0
    chats: list[int] = []
    rows = list(tx.exec(select(OutboxRow).where(OPEN, col(OutboxRow.state) == OutboxState.SENDING.value)))
    for row in rows:
        if row.id in keep:
            continue
        message_id = (answered or {}).get(row.id or 0)
        if message_id is not None:
            known += 1
            finish(tx, row.id or 0, OutboxState.SENT, now, message_id=message_id, detail="the answer was kept")
            continue
        row.crashes += 1
        if row.crashes > CRASHES_AT_MOST:
            given_up += 1
            finish(tx, row.id or 0, OutboxState.UNKNOWN, now, detail=f"interrupted {row.crashes} times")
            continue
        chats.append(row.chat_id)
        again(tx, row.id or 0, now, due_at=now, outcome="interrupted", detail="our own end")
    return Recovered(known, len(chats), given_up, tuple(chats))


def recent_attempts(tx: Session, since: datetime) -> list[tuple[int, datetime]]:
    """Return chat and time of each attempt since then, oldest first: what Telegram's own counters still remember."""
    return [
        (chat, at)
        for chat, at in tx.exec(
            select(OutboxRow.chat_id, DeliveryRow.attempted_at)
            .join(DeliveryRow, col(DeliveryRow.outbox_id) == OutboxRow.id)
            .where(DeliveryRow.attempted_at >= since)
            .order_by(col(DeliveryRow.attempted_at))
        )
    ]


def _attempt(tx: Session, row: OutboxRow, now: datetime, outcome: str, detail: str) -> None:
    tx.add(
        DeliveryRow(outbox_id=row.id, subscriber_id=row.subscriber_id, attempted_at=now, outcome=outcome, detail=detail)
    )


def _edit_finished(
    tx: Session, row: OutboxRow, alert: AlertRow, now: datetime, *, sent: bool, editable: bool
) -> Growth | None:
    if sent:
        alert.edited_at = now
        return None
    if not editable:
        alert.message_id = NEVER_KNOWN
        _drop_edits(tx, alert.id or 0, now, "its message can't be edited")
    return Growth(alert.id or 0, row.created_at)


def _drop_edits(tx: Session, alert_id: int, now: datetime, note: str) -> datetime | None:
    edits = waiting_edits(tx, alert_id)
    for edit in edits:
        edit.state, edit.finished_at, edit.note = OutboxState.DROPPED.value, now, note
    return edits[0].created_at if edits else None


def _give_way(tx: Session, row: OutboxRow, now: datetime) -> None:
    """Let the newest edit that came up behind `row` speak in its place: what waits says the latest, once."""
    if not row.alert_id:
        return
    newer = [edit for edit in waiting_edits(tx, row.alert_id) if edit.id != row.id and edit.revision > row.revision]
    if not newer:
        return
    if row.kind == OutboxKind.EDIT.value:
        replaced(row, now)
        return
    rewrite(row, newer[-1].text, newer[-1].revision, newer[-1].buttons)
    for edit in newer:
        replaced(edit, now)
