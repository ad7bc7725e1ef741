"""Who the admins are, and when each one's daily report comes."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import or_
from sqlmodel import Session, col, select

from storage import subscribers
from storage.slots import next_slot, zone_of
from storage.tables import ReportRow, ScheduleRow, SubscriberRow, SubscriberState

ADMIN = "admin"
DEFAULT_MINUTE = 9 * 60
FIRST_COVERS = timedelta(days=1)


def ensure(tx: Session, chat_ids: Collection[int], zone: str, now: datetime) -> None:
    """Let the chats that the settings name, and all who were invited, be known with their hour of the report."""
    for chat_id in sorted(chat_ids):
        kind = "private" if chat_id > 0 else "group"
        subscribers.find_or_add(tx, chat_id, kind=kind, language="en", zone=zone, now=now)
    for person in listed(tx, chat_ids):
        report_of(tx, person, now)


def is_admin(person: SubscriberRow | None, chat_ids: Collection[int], chat_id: int) -> bool:
    """Say whether a chat is an admin's: the settings name it (`chat_ids`), or it was invited. Of a forum, only its
    general topic is."""
    if person is None:
        return chat_id in chat_ids
    return not person.thread_id and (person.chat_id in chat_ids or person.role == ADMIN)


def listed(tx: Session, chat_ids: Collection[int]) -> list[SubscriberRow]:
    """Return all admins that we know, by their local number."""
    named = or_(col(SubscriberRow.role) == ADMIN, col(SubscriberRow.chat_id).in_(list(chat_ids)))
    query = select(SubscriberRow).where(named, SubscriberRow.thread_id == 0).order_by(col(SubscriberRow.id))
    return list(tx.exec(query))


def reachable(tx: Session, chat_ids: Collection[int]) -> list[SubscriberRow]:
    """Return the admins that may be written to."""
    return [person for person in listed(tx, chat_ids) if person.state == SubscriberState.ACTIVE.value]


def report_of(tx: Session, person: SubscriberRow, now: datetime) -> ReportRow:
    """Return when an admin's report comes, set to the usual hour where nothing was chosen yet."""
    row = tx.get(ReportRow, person.id or 0)
    if row is None:
        row = ReportRow(subscriber_id=person.id or 0, covered_until=now - FIRST_COVERS)
        set_minute(tx, row, person, DEFAULT_MINUTE, now)
    return row


def set_minute(tx: Session, row: ReportRow, person: SubscriberRow, minute: int | None, now: datetime) -> None:
    """Let an admin's report come at this minute of their day (None: never).

    The first one after a time without reaches back a day."""
    if row.minute is None and minute is not None:
        row.covered_until = max(row.covered_until, now - FIRST_COVERS)
    row.minute = minute
    plan(tx, row, person, now)


def plan(tx: Session, row: ReportRow, person: SubscriberRow, now: datetime) -> None:
    """Set when the report is due next: at most once on a date of the admin's own clock."""
    row.next_due_at = next_time(row, person, now)
    tx.add(row)
    tx.flush()


def next_time(row: ReportRow, person: SubscriberRow, now: datetime) -> datetime | None:
    """Return when a report comes next by the admin's clock, None where none is wanted."""
    if row.minute is None:
        return None
    slot = ScheduleRow(subscriber_id=row.subscriber_id, minute=row.minute)
    return next_slot(slot, zone_of(person.zone), now, done=row.last_date)


def due(tx: Session, now: datetime) -> list[ReportRow]:
    """Return the reports whose time has come, or that are wanted at once."""
    wanted = or_(col(ReportRow.next_due_at) <= now, col(ReportRow.asked_at).is_not(None))
    return list(tx.exec(select(ReportRow).where(wanted).order_by(col(ReportRow.subscriber_id))))


def make_admin(tx: Session, person: SubscriberRow, now: datetime) -> None:
    """Let a subscriber be an admin from now on."""
    person.role = ADMIN
    tx.add(person)
    report_of(tx, person, now)


def dismiss(tx: Session, person: SubscriberRow) -> None:
    """Let an invited admin be an ordinary subscriber again."""
    person.role = ""
    tx.add(person)
    row = tx.get(ReportRow, person.id or 0)
    if row is not None:
        tx.delete(row)
