"""What serving digests needs to know of their readers, read for several at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage import mutes, waiting
from storage.tables import DigestRow, DigestState, MuteRow, ScheduleRow, SubscriberRow
from storage.waiting import Waiting


@dataclass(slots=True)
class Reader:
    """A subscriber with the slots, the last date that each served, the digests that were skipped, all that waits
    and what is muted (kind, number)."""

    person: SubscriberRow
    slots: list[ScheduleRow] = field(default_factory=list)
    dates: dict[int, date] = field(default_factory=dict)
    skipped: list[DigestRow] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    muted: set[tuple[str, int]] = field(default_factory=set)

    @property
    def number(self) -> int:
        """Return the subscriber's local number."""
        return self.person.id or 0

    @property
    def last_date(self) -> date | None:
        """Return the last local date on which any slot had its digest."""
        return max((day for slot, day in self.dates.items() if slot), default=None)


def readers(tx: Session, subscriber_ids: Collection[int], now: datetime) -> dict[int, Reader]:
    """Return these subscribers (at most 500) as digests need them; who is gone is left out."""
    ids = list(subscriber_ids)
    found = {row.id or 0: Reader(row) for row in tx.exec(select(SubscriberRow).where(col(SubscriberRow.id).in_(ids)))}
    slots = select(ScheduleRow).where(col(ScheduleRow.subscriber_id).in_(ids))
    for slot in tx.exec(slots.order_by(col(ScheduleRow.minute), col(ScheduleRow.id))):
        found[slot.subscriber_id].slots.append(slot)
    _add_digests(tx, ids, found)
    for row in waiting.of_many(tx, ids):
        found[row.subscriber_id].waiting.append(row)
    muted = select(MuteRow).where(col(MuteRow.subscriber_id).in_(ids), mutes.in_force(now))
    for mute in tx.exec(muted):
        found[mute.subscriber_id].muted.add((mute.kind, mute.target_id))
    return found


def _add_digests(tx: Session, ids: list[int], found: dict[int, Reader]) -> None:
    mine = col(DigestRow.subscriber_id).in_(ids)
    slot, last = col(DigestRow.schedule_id), func.max(DigestRow.local_date)
    served = select(DigestRow.subscriber_id, slot, last).where(mine, DigestRow.state == DigestState.PREPARED.value)
    for subscriber_id, slot_id, day in tx.execute(served.group_by(col(DigestRow.subscriber_id), slot)):
        found[subscriber_id].dates[slot_id] = day
    skipped = select(DigestRow).where(mine, DigestRow.state != DigestState.PREPARED.value)
    for row in tx.exec(skipped.order_by(col(DigestRow.id))):
        found[row.subscriber_id].skipped.append(row)
