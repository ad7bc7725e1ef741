"""When a digest is due, what waits for it, and that a slot has at most one on a date.

A slot is the id of a subscriber's schedule row, not its hour: moving the hour or the zone gives no second digest on a
date that had one. Content is what was put down for it (`VerdictRow.waits`), never a window of time, so none is lost
and none comes twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import distinct, func, update
from sqlmodel import Session, col, select

from storage.outbox import OPEN
from storage.rulebook import Topic
from storage.slots import EVERY_DAY, next_slot
from storage.tables import (
    DigestRow,
    ItemRow,
    OutboxKind,
    OutboxRow,
    ScheduleRow,
    SourceRow,
    StoryRow,
    TopicRow,
    VerdictRow,
)

FLOOD_SLOT = 0
DAY_MINUTES = 24 * 60
IDS_A_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class WaitingStory:
    """A story that a subscriber's next digest must name: the first waiting item of it, and how far it spread."""

    story_id: int
    topic_id: int
    item_id: int
    title: str
    link: str
    source_name: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    sources: int
    languages: int


def hours(tx: Session, subscriber_id: int) -> list[ScheduleRow]:
    """Return a subscriber's digest slots by their minute of the day."""
    query = select(ScheduleRow).where(ScheduleRow.subscriber_id == subscriber_id)
    return list(tx.exec(query.order_by(col(ScheduleRow.minute), col(ScheduleRow.id))))


def set_hours(
    tx: Session, subscriber_id: int, minutes: Iterable[int], zone: ZoneInfo, now: datetime, *, weekdays: int = EVERY_DAY
) -> list[ScheduleRow]:
    """Let the subscriber's digests come at these minutes of the local day (none: no digests); return the slots.

    Slots live on as far as they can: one whose minute stays keeps its next time, one that moves keeps its id and with
    it the dates that it has served; only what is left over is deleted.
    """
    spare = {row.id: row for row in hours(tx, subscriber_id)}
    kept = {}
    wanted = sorted({minute % DAY_MINUTES for minute in minutes})
    for row in list(spare.values()):
        if row.minute in wanted and row.minute not in kept and row.weekdays == weekdays:
            kept[row.minute] = spare.pop(row.id)
    moving = list(spare.values())
    for minute in wanted:
        if minute in kept:
            continue
        row = moving.pop(0) if moving else ScheduleRow(subscriber_id=subscriber_id)
        row.minute, row.weekdays = minute, weekdays
        tx.add(row)
        tx.flush()
        row.next_due_at = next_slot(row, zone, now, done=last_date(tx, row.id or 0))
    for row in moving:
        tx.delete(row)
    tx.flush()
    return hours(tx, subscriber_id)


def replan(tx: Session, subscriber_id: int, zone: ZoneInfo, now: datetime) -> None:
    """Set every slot's next time anew, as a change of zone asks for."""
    for row in hours(tx, subscriber_id):
        row.next_due_at = next_slot(row, zone, now, done=last_date(tx, row.id or 0))


def last_date(tx: Session, schedule_id: int) -> date | None:
    """Return the last local date for which this slot had its digest (or was found to have nothing to say)."""
    found: date | None = tx.exec(
        select(func.max(DigestRow.local_date)).where(DigestRow.schedule_id == schedule_id)
    ).one()
    return found


def due_slots(tx: Session, now: datetime) -> list[int]:
    """Return the ids of the slots whose time has come, the longest waiting first."""
    query = select(ScheduleRow.id).where(col(ScheduleRow.next_due_at) <= now)
    return [number for number in tx.exec(query.order_by(col(ScheduleRow.next_due_at), col(ScheduleRow.id))) if number]


def open_digest(
    tx: Session, *, subscriber_id: int, schedule_id: int, local_date: date, stories: int, now: datetime
) -> int:
    """Record that a digest is prepared and return its id. The database refuses a second one for slot and date."""
    row = DigestRow(
        subscriber_id=subscriber_id, schedule_id=schedule_id, local_date=local_date, prepared_at=now, stories=stories
    )
    tx.add(row)
    tx.flush()
    return row.id or 0


def waiting(tx: Session, subscriber_id: int, verdicts: Collection[str] | None = None) -> list[WaitingStory]:
    """Return the stories that wait for this subscriber's digest, each once, the widest spread first.

    `verdicts` names the kinds of decisions to take (None: every kind).
    """
    query = (
        select(VerdictRow, ItemRow, SourceRow.name)
        .join(ItemRow, col(ItemRow.id) == VerdictRow.item_id)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .where(VerdictRow.subscriber_id == subscriber_id, VerdictRow.waits)
        .order_by(col(VerdictRow.id))
    )
    if verdicts is not None:
        query = query.where(col(VerdictRow.verdict).in_(list(verdicts)))
    rows = tx.execute(query).all()
    leads = _leads(tx, {verdict.story_id for verdict, _, _ in rows})
    spread = _spread(tx, set(leads.values()))
    found: dict[int, WaitingStory] = {}
    for verdict, item, source_name in rows:
        story_id = leads[verdict.story_id]
        if story_id in found and (found[story_id].link or not item.link):
            continue
        sources, languages = spread.get(story_id, (1, 1))
        found[story_id] = WaitingStory(
            story_id, verdict.topic_id, item.id, item.title, item.link, source_name, item.language,
            item.published_at, item.first_seen_at, max(sources, 1), max(languages, 1),
        )  # fmt: skip
    return sorted(found.values(), key=lambda s: (-s.sources, -s.languages, s.first_seen_at, s.story_id))


def take_waiting(
    tx: Session, subscriber_id: int, digest_id: int | None, verdicts: Collection[str] | None = None
) -> int:
    """Mark what `waiting` returned in this transaction as taken by a digest (None: let go untold); return how many."""
    change = update(VerdictRow).where(col(VerdictRow.subscriber_id) == subscriber_id, col(VerdictRow.waits))
    if verdicts is not None:
        change = change.where(col(VerdictRow.verdict).in_(list(verdicts)))
    done = tx.execute(change.values(waits=False, digest_id=digest_id))
    return int(done.rowcount)  # type: ignore[attr-defined]


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
    for chunk in _chunks(subscriber_ids):
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


def _leads(tx: Session, story_ids: Collection[int]) -> dict[int, int]:
    """Return for each story the one it proved to be part of (itself where it stands alone), merges followed."""
    leads = {story_id: story_id for story_id in story_ids}
    for _ in range(5):
        merged: dict[int, int] = {}
        for chunk in _chunks(set(leads.values())):
            query = select(StoryRow.id, StoryRow.merged_into).where(
                col(StoryRow.id).in_(chunk), col(StoryRow.merged_into).is_not(None)
            )
            merged.update({row.id: row.merged_into for row in tx.execute(query)})
        if not merged:
            break
        leads = {story_id: merged.get(lead, lead) for story_id, lead in leads.items()}
    return leads


def _spread(tx: Session, story_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return for each story how many sources and languages have it."""
    found: dict[int, tuple[int, int]] = {}
    for chunk in _chunks(story_ids):
        query = (
            select(
                ItemRow.story_id,
                func.count(distinct(col(ItemRow.source_id))),
                func.count(distinct(col(ItemRow.language))),
            )
            .where(col(ItemRow.story_id).in_(chunk))
            .group_by(col(ItemRow.story_id))
        )
        found.update({story_id: (sources, languages) for story_id, sources, languages in tx.execute(query)})
    return found


def _chunks(ids: Iterable[int]) -> list[list[int]]:
    ordered = sorted(ids)
    return [ordered[start : start + IDS_A_STATEMENT] for start in range(0, len(ordered), IDS_A_STATEMENT)]
