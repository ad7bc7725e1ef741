"""How the service is: what an admin looks at, counted in one reading transaction; no names, no chats in any of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.outbox import OPEN
from storage.tables import (
    DeliveryRow,
    ItemRow,
    MatchRow,
    MuteRow,
    OutboxKind,
    OutboxRow,
    OutboxState,
    ReportRow,
    ScheduleRow,
    SourceRow,
    SourceState,
    SubscriberRow,
    SubscriberState,
    SubscriptionRow,
    TopicRow,
)

NOTED_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Work:
    """What the machine did since a moment, and what waits now. `oldest_unread_at` and `waiting_since` are empty where
    nothing waits."""

    items: int
    matched: int
    unread: int
    oldest_unread_at: datetime | None
    waiting: int
    waiting_since: datetime | None
    last_polled_at: datetime | None
    attempts: dict[str, int]


@dataclass(frozen=True, slots=True)
class People:
    """How many we write to, by state, kind and language, and what they chose; `topics` are (title, followers) of the
    house's topics, `own` how many topics are people's own."""

    states: dict[str, int]
    kinds: dict[str, int]
    languages: dict[str, int]
    topics: tuple[tuple[dict[str, str], str, int], ...]
    own: int
    with_digest: int
    paused: int
    quiet: int
    muting: int
    suspended: tuple[tuple[int, str], ...]


def work(tx: Session, since: datetime, now: datetime) -> Work:
    """Return what was done since then and what waits."""
    seen = select(func.count()).select_from(ItemRow).where(ItemRow.first_seen_at >= since)
    unread = select(func.count(), func.min(ItemRow.first_seen_at)).where(ItemRow.analyse_due)
    due = select(func.count(), func.min(OutboxRow.created_at)).where(
        OPEN, OutboxRow.due_at <= now, OutboxRow.kind != OutboxKind.EDIT.value
    )
    polled = select(func.max(SourceRow.last_polled_at)).where(SourceRow.state == SourceState.ACTIVE.value)
    unread_count, oldest_unread = tx.execute(unread).one()
    waiting, waiting_since = tx.execute(due).one()
    return Work(
        int(tx.exec(seen).one()),
        int(tx.exec(seen.where(ItemRow.matched)).one()),
        int(unread_count),
        oldest_unread,
        int(waiting),
        waiting_since,
        tx.exec(polled).one(),
        attempts(tx, since, now),
    )


def attempts(tx: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Return how often each outcome came of sending, from `since` up to `until`."""
    query = select(DeliveryRow.outcome, func.count()).where(
        DeliveryRow.attempted_at >= since, DeliveryRow.attempted_at < until
    )
    return {outcome: int(number) for outcome, number in tx.execute(query.group_by(col(DeliveryRow.outcome)))}


def messages(tx: Session, since: datetime, until: datetime) -> dict[str, int]:
    """Return how many messages were put down in that time, by what became of them (answers to people left out)."""
    query = select(OutboxRow.state, func.count()).where(
        OutboxRow.created_at >= since, OutboxRow.created_at < until, OutboxRow.kind != OutboxKind.REPLY.value
    )
    return {state: int(number) for state, number in tx.execute(query.group_by(col(OutboxRow.state)))}


def messages_total(tx: Session, since: datetime, until: datetime) -> int:
    """Return how many messages were put down in that time."""
    query = select(func.count()).where(
        OutboxRow.created_at >= since, OutboxRow.created_at < until, OutboxRow.kind != OutboxKind.REPLY.value
    )
    return int(tx.exec(query).one())


def failed_messages(tx: Session, since: datetime, until: datetime, limit: int) -> list[tuple[int | None, str, str]]:
    """Return (subscriber, state, why) of messages of that time that will not arrive, the newest first."""
    lost = [OutboxState.FAILED.value, OutboxState.UNKNOWN.value]
    query = (
        select(OutboxRow.subscriber_id, OutboxRow.state, OutboxRow.note)
        .where(OutboxRow.created_at >= since, OutboxRow.created_at < until, col(OutboxRow.state).in_(lost))
        .order_by(col(OutboxRow.id).desc())
        .limit(limit)
    )
    return [(number, state, note) for number, state, note in tx.execute(query)]


def suspended(tx: Session) -> list[tuple[int, str]]:
    """Return the local numbers of the chats that refuse us, with Telegram's reason."""
    query = select(SubscriberRow.id, SubscriberRow.state_note).where(
        SubscriberRow.state == SubscriberState.SUSPENDED.value
    )
    return [(number or 0, note) for number, note in tx.execute(query.order_by(col(SubscriberRow.id)))]


def of_note(tx: Session, now: datetime, source_ids: Collection[int]) -> set[int]:
    """Return those of these sources that brought a match within the last 30 days."""
    if not source_ids:
        return set()
    query = (
        select(ItemRow.source_id)
        .join(MatchRow, col(MatchRow.item_id) == ItemRow.id)
        .where(MatchRow.matched_at >= now - NOTED_FOR, col(ItemRow.source_id).in_(list(source_ids)))
        .distinct()
    )
    return set(tx.exec(query))


def people(tx: Session, now: datetime) -> People:
    """Return the counts of subscribers. The terminal is none."""
    real = SubscriberRow.kind != "terminal"
    active = SubscriberRow.state == SubscriberState.ACTIVE.value

    def by(column: object) -> dict[str, int]:
        query = select(column, func.count()).where(real).group_by(column)  # type: ignore[call-overload]
        return {str(name): int(number) for name, number in tx.execute(query)}

    followers = (
        select(TopicRow.titles, TopicRow.slug, func.count(col(SubscriberRow.id)))
        .outerjoin(SubscriptionRow, col(SubscriptionRow.topic_id) == TopicRow.id)
        .outerjoin(SubscriberRow, (col(SubscriberRow.id) == SubscriptionRow.subscriber_id) & real & active)
        .where(TopicRow.owner_id == 0, col(TopicRow.removed_at).is_(None), col(TopicRow.published_id).is_not(None))
        .group_by(col(TopicRow.id))
        .order_by(TopicRow.slug)
    )
    own = select(func.count()).where(TopicRow.owner_id != 0, col(TopicRow.removed_at).is_(None))
    alive = select(func.count()).select_from(SubscriberRow).where(real, active)
    digests = select(func.count(func.distinct(ScheduleRow.subscriber_id)))
    return People(
        by(SubscriberRow.state),
        by(SubscriberRow.kind),
        by(SubscriberRow.language),
        tuple((titles, slug, int(number)) for titles, slug, number in tx.execute(followers)),
        int(tx.exec(own).one()),
        int(tx.exec(digests).one()),
        int(tx.exec(alive.where(col(SubscriberRow.paused_until) > now)).one()),
        int(tx.exec(alive.where(col(SubscriberRow.quiet_from).is_not(None))).one()),
        int(tx.exec(select(func.count(func.distinct(MuteRow.subscriber_id)))).one()),
        tuple(suspended(tx)),
    )


def reports(tx: Session) -> list[ReportRow]:
    """Return the daily reports of all admins."""
    return list(tx.exec(select(ReportRow)))
