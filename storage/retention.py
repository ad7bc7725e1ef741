"""What is kept for how long (DESIGN §8): texts go first, identities last, so that forgetting never re-alerts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from storage import sketches
from storage.engine import insert_into
from storage.tables import (
    DailyCountRow,
    DeliveryRow,
    EntryRow,
    ItemRow,
    OutboxKind,
    OutboxRow,
    OutboxState,
    StoryKeyRow,
    TextRow,
    VerdictRow,
)

ROWS_A_STEP = 2_000
STRANGERS_KEPT = timedelta(minutes=10)
ANSWERS_KEPT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Keep:
    """How long each kind of row is kept."""

    unmatched_text: timedelta
    matched_text: timedelta
    deliveries: timedelta
    entries: timedelta
    story_keys: timedelta = timedelta(days=30)
    # Items are compared with those of three days before and after them.
    sketches: timedelta = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep removed; `more` says that another is worth while at once."""

    texts: int
    deliveries: int
    entries: int
    messages: int
    sketches: int = 0

    @property
    def more(self) -> bool:
        """Whether a step was filled to its limit."""
        fullest = max(self.texts, self.deliveries, self.entries, self.messages)
        return fullest >= ROWS_A_STEP or self.sketches >= sketches.ITEMS_A_SWEEP


def sweep(tx: Session, keep: Keep, now: datetime) -> Swept:
    """Delete one step of what is past its time, at most ROWS_A_STEP rows of a kind (a writer must not wait long)."""
    tx.execute(delete(StoryKeyRow).where(col(StoryKeyRow.seen_at) < now - keep.story_keys))
    return Swept(
        texts=_sweep_texts(tx, keep, now),
        deliveries=_sweep_deliveries(tx, now - keep.deliveries),
        entries=_sweep_entries(tx, now - keep.entries),
        messages=_sweep_messages(tx, now - keep.deliveries, now),
        sketches=sketches.forget(tx, now - keep.sketches),
    )


def _sweep_texts(tx: Session, keep: Keep, now: datetime) -> int:
    old = (
        select(TextRow.item_id, TextRow.hash)
        .join(ItemRow, col(ItemRow.id) == TextRow.item_id)
        .where(
            (col(TextRow.stored_at) < now - keep.matched_text)
            | ((col(TextRow.stored_at) < now - keep.unmatched_text) & col(ItemRow.matched).is_(False))
        )
        .where(col(ItemRow.analyse_due).is_(False))
        .limit(ROWS_A_STEP)
    )
    rows = list(tx.execute(old))
    for item_id, text_hash in rows:
        tx.execute(delete(TextRow).where(col(TextRow.item_id) == item_id, col(TextRow.hash) == text_hash))
        tx.execute(
            update(ItemRow)
            .where(col(ItemRow.id) == item_id, col(ItemRow.text_hash) == text_hash)
            .values(text_hash="", search_due=True)
        )
    return len(rows)


def _sweep_deliveries(tx: Session, before: datetime) -> int:
    old = tx.execute(
        select(DeliveryRow.id, DeliveryRow.attempted_at, DeliveryRow.outcome)
        .where(DeliveryRow.attempted_at < before)
        .limit(ROWS_A_STEP)
    ).all()
    numbers: dict[tuple[object, str], int] = {}
    for _, attempted_at, outcome in old:
        day_outcome = (attempted_at.date(), f"delivery {outcome}")
        numbers[day_outcome] = numbers.get(day_outcome, 0) + 1
    for (day, name), number in numbers.items():
        insert = insert_into(tx, DailyCountRow).values(day=day, name=name, value=number)
        tx.execute(
            insert.on_conflict_do_update(
                index_elements=["day", "name"], set_={"value": DailyCountRow.value + insert.excluded.value}
            )
        )
    tx.execute(delete(DeliveryRow).where(col(DeliveryRow.id).in_([row[0] for row in old])))
    return len(old)


def _sweep_entries(tx: Session, before: datetime) -> int:
    """Forget identities that no document has listed for the whole time; a pinned old entry stays known."""
    old = tx.execute(
        select(EntryRow.source_id, EntryRow.key).where(EntryRow.last_listed_at < before).limit(ROWS_A_STEP)
    ).all()
    for source_id, key in old:
        tx.execute(delete(EntryRow).where(col(EntryRow.source_id) == source_id, col(EntryRow.key) == key))
    return len(old)


def _sweep_messages(tx: Session, before: datetime, now: datetime) -> int:
    """Delete finished messages and spent verdicts; whom a story was told to stays in `alert`."""
    final = [s.value for s in OutboxState if s not in (OutboxState.WAITING, OutboxState.SENDING)]
    old = list(
        tx.exec(
            select(OutboxRow.id)
            .where(OutboxRow.created_at < before, col(OutboxRow.state).in_(final))
            .where(~select(DeliveryRow.id).where(DeliveryRow.outbox_id == OutboxRow.id).exists())
            .limit(ROWS_A_STEP)
        )
    )
    tx.execute(delete(OutboxRow).where(col(OutboxRow.id).in_(old)))
    # A goodbye to one who wished to be forgotten, or an answer to a chat that we do not keep: only the chat id is left.
    tx.execute(
        delete(OutboxRow).where(
            col(OutboxRow.subscriber_id).is_(None),
            col(OutboxRow.state).in_(final),
            col(OutboxRow.finished_at) < now - STRANGERS_KEPT,
        )
    )
    # Answers repeat what a person wrote to us: their words go, that something was answered stays.
    answers = [OutboxKind.REPLY.value, OutboxKind.EDIT.value]
    told = select(OutboxRow.id).where(
        col(OutboxRow.kind).in_(answers),
        col(OutboxRow.alert_id).is_(None),
        col(OutboxRow.state).in_(final),
        col(OutboxRow.finished_at) < now - ANSWERS_KEPT,
        OutboxRow.text != "",
    )
    wordless = list(tx.exec(told.limit(ROWS_A_STEP)))
    tx.execute(update(OutboxRow).where(col(OutboxRow.id).in_(wordless)).values(text="", buttons=[]))
    spent = select(VerdictRow.id).where(VerdictRow.decided_at < before, col(VerdictRow.waits).is_(False))
    tx.execute(delete(VerdictRow).where(col(VerdictRow.id).in_(spent.limit(ROWS_A_STEP))))
    return max(len(old), len(wordless))


def oldest_unread_at(tx: Session) -> datetime | None:
    """Return when the longest waiting unread item was first seen; None where all are read."""
    found: datetime | None = tx.exec(select(func.min(ItemRow.first_seen_at)).where(ItemRow.analyse_due)).one()
    return found
