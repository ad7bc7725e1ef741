"""When a digest is due, what waits for it, and that a slot has at most one on a date.

A slot is the id of a subscriber's schedule row, not its hour: moving the hour or the zone gives no second digest on a
date that had one. Content is what was put down for it (`VerdictRow.waits`), never a window of time, so none is lost
and none comes twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from storage.outbox import OPEN
from storage.rulebook import Topic
from storage.slots import EVERY_DAY, Occurrence, next_slot
from storage.tables import (
    DigestRow,
    DigestState,
    OutboxKind,
    OutboxRow,
    ScheduleRow,
    TopicRow,
    VerdictRow,
)
from storage.waiting import chunks

FLOOD_SLOT = 0
DAY_MINUTES = 24 * 60


def hours(tx: Session, subscriber_id: int) -> list[ScheduleRow]:
    """Return a subscriber's digest slots by their minute of the day."""
    query = select(ScheduleRow).where(ScheduleRow.subscriber_id == subscriber_id)
    return list(tx.exec(query.order_by(col(ScheduleRow.minute), col(ScheduleRow.id))))


def set_hours(
    tx: Session, subscriber_id: int, minutes: Iterable[int], zone: ZoneInfo, now: datetime, *, weekdays: int = EVERY_DAY
) -> list[ScheduleRow]:
    """Let the subscriber's digests come at these minutes of the local day, all on the same weekdays (none: no digests);
    return the slots."""
    return set_slots(tx, subscriber_id, ((minute, weekdays) for minute in minutes), zone, now)


def set_slots(
    tx: Session, subscriber_id: int, wanted: Iterable[tuple[int, int]], zone: ZoneInfo, now: datetime
) -> list[ScheduleRow]:
    """Let the subscriber's digests come at these (minute of the local day, weekdays); return the slots.

    Slots live on as far as they can: one that stays keeps its next time, one whose minute or weekdays change keeps its
    id and with it the dates that it has served; only what is left over is deleted. A minute named twice has the
    weekdays of both.
    """
    days: dict[int, int] = {}
    for minute, weekdays in wanted:
        days[minute % DAY_MINUTES] = days.get(minute % DAY_MINUTES, 0) | (weekdays & EVERY_DAY)
    spare = hours(tx, subscriber_id)
    kept = {row.minute: row for row in spare if days.get(row.minute) == row.weekdays}
    open_minutes = sorted(minute for minute in days if minute not in kept)
    spare = [row for row in spare if kept.get(row.minute) is not row]
    # A slot whose weekdays change is still the slot of its hour.
    spare.sort(key=lambda row: (row.minute not in open_minutes, row.minute, row.id or 0))
    for minute in open_minutes:
        same = next((row for row in spare if row.minute == minute), None)
        strangers = [row for row in spare if row.minute not in open_minutes]
        row = same or next(iter(strangers), None) or ScheduleRow(subscriber_id=subscriber_id)
        spare = [one for one in spare if one is not row]
        row.minute, row.weekdays = minute, days[minute]
        tx.add(row)
        tx.flush()
        row.next_due_at = next_slot(row, zone, now, done=last_date(tx, row.id or 0))
    for row in spare:
        tx.delete(row)
    tx.flush()
    return hours(tx, subscriber_id)


def replan(tx: Session, subscriber_id: int, zone: ZoneInfo, now: datetime) -> None:
    """Set every slot's next time anew, as a change of zone asks for."""
    for row in hours(tx, subscriber_id):
        row.next_due_at = next_slot(row, zone, now, done=last_date(tx, row.id or 0))


def last_date(tx: Session, schedule_id: int) -> date | None:
    """Return the last local date for which this slot had its digest (or was found to have nothing to say). A date that
    was skipped is not one: where its hour is moved to later that day, it has its digest still."""
    found: date | None = tx.exec(
        select(func.max(DigestRow.local_date)).where(
            DigestRow.schedule_id == schedule_id, DigestRow.state == DigestState.PREPARED.value
        )
    ).one()
    return found


def due_subscribers(tx: Session, now: datetime) -> list[int]:
    """Return the subscribers of whose slots the time has come, the longest waiting first."""
    first = func.min(ScheduleRow.next_due_at)
    query = select(ScheduleRow.subscriber_id).where(col(ScheduleRow.next_due_at) <= now)
    return list(tx.exec(query.group_by(col(ScheduleRow.subscriber_id)).order_by(first, col(ScheduleRow.subscriber_id))))


def open_digest(
    tx: Session,
    *,
    subscriber_id: int,
    schedule_id: int,
    local_date: date,
    stories: int,
    now: datetime,
    due_at: datetime | None = None,
    skipped: Iterable[DigestRow] = (),
) -> int:
    """Record that a digest is prepared and return its id. The database refuses a second one for slot and date; one of
    those `skipped` is no longer."""
    of_slot = (one for one in skipped if (one.schedule_id, one.local_date) == (schedule_id, local_date))
    row = next(of_slot, None) or DigestRow(
        subscriber_id=subscriber_id, schedule_id=schedule_id, local_date=local_date, prepared_at=now
    )
    row.state, row.stories, row.prepared_at, row.due_at = DigestState.PREPARED.value, stories, now, due_at
    tx.add(row)
    tx.flush()
    return row.id or 0


def skip_digest(tx: Session, *, subscriber_id: int, schedule_id: int, missed: Occurrence, now: datetime) -> DigestRow:
    """Record that a digest did not come because it would have been too late; the next one says so."""
    row = DigestRow(
        subscriber_id=subscriber_id, schedule_id=schedule_id, local_date=missed.local_date, prepared_at=now,
        due_at=missed.due_at, state=DigestState.SKIPPED.value,
    )  # fmt: skip
    tx.add(row)
    return row


def take_skipped(skipped: Iterable[DigestRow]) -> list[datetime]:
    """Return when the digests were due that were skipped and not yet named, in order, and mark them as named."""
    rows = [row for row in skipped if row.state == DigestState.SKIPPED.value]
    for row in rows:
        row.state = DigestState.NAMED.value
    return sorted(row.due_at for row in rows if row.due_at)


def take_waiting(
    tx: Session, subscriber_id: int, digest_id: int | None, verdicts: Collection[str] | None = None
) -> int:
    """Mark what waits for a subscriber as taken by a digest (None: let go untold); return how many."""
    change = update(VerdictRow).where(col(VerdictRow.subscriber_id) == subscriber_id, col(VerdictRow.waits))
    if verdicts is not None:
        change = change.where(col(VerdictRow.verdict).in_(list(verdicts)))
    done = tx.execute(change.values(waits=False, digest_id=digest_id))
    return int(done.rowcount)  # type: ignore[attr-defined]


def take_named(tx: Session, verdict_ids: Iterable[int], digest_id: int) -> None:
    """Mark these decisions as told by a digest."""
    for chunk in chunks(verdict_ids):
        change = update(VerdictRow).where(col(VerdictRow.id).in_(chunk))
        tx.execute(change.values(waits=False, digest_id=digest_id), execution_options={"synchronize_session": False})


def topics_by_id(tx: Session, topic_ids: Collection[int]) -> dict[int, Topic]:
    """Return these topics by id, removed ones too: what was put down for a digest is still told."""
    rows = tx.exec(select(TopicRow).where(col(TopicRow.id).in_(list(topic_ids))))
    return {row.id or 0: Topic(row.id or 0, row.slug, row.titles, row.published_id or 0, row.owner_id) for row in rows}


def waiting_subscribers(tx: Session) -> list[tuple[int, str, int]]:
    """Return (subscriber, verdict, how many) of everything that waits for a digest, by subscriber."""
    query = (
        select(VerdictRow.subscriber_id, VerdictRow.verdict, func.count())
        .where(VerdictRow.waits)
        .group_by(col(VerdictRow.subscriber_id), col(VerdictRow.verdict))
        .order_by(col(VerdictRow.subscriber_id))
    )
    return [(subscriber_id, verdict, number) for subscriber_id, verdict, number in tx.execute(query)]


def with_hours(tx: Session, subscriber_ids: Collection[int]) -> set[int]:
    """Return those subscribers that have a digest hour."""
    found: set[int] = set()
    for chunk in chunks(subscriber_ids):
        found |= set(tx.exec(select(ScheduleRow.subscriber_id).where(col(ScheduleRow.subscriber_id).in_(chunk))))
    return found


def open_messages(tx: Session, chat_id: int, kinds: Sequence[OutboxKind]) -> int:
    """Return how many messages of these kinds still wait to be sent to a chat."""
    query = (
        select(func.count())
        .select_from(OutboxRow)
        .where(OPEN, OutboxRow.chat_id == chat_id, col(OutboxRow.kind).in_([kind.value for kind in kinds]))
    )
    return int(tx.exec(query).one())
