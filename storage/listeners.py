"""Who listens to a topic, with all that a verdict about one item depends on: a fixed number of queries for an item,
whether ten people listen or ten thousand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlmodel import Session, SQLModel, col

from storage import mutes, outbox
from storage.tables import SubscriberState, VerdictRow

FORUM_TOPICS = 8


class Listener(NamedTuple):
    """A subscriber of a topic. `quiet_from` and `quiet_to` are minutes of the day on the subscriber's own clock.

    `paused` and the other yes-or-no columns are 0 or 1 where the database has no truth values."""

    subscriber_id: int
    chat_id: int
    thread_id: int
    kind: str
    language: str
    zone: str
    state: str
    paused: bool
    silent: bool
    quiet_from: int | None
    quiet_to: int | None
    escalate: bool
    topic_id: int
    how: str
    urgent: bool


class Told(NamedTuple):
    """The alert by which a subscriber was told of a story. `message_id` None: not answered yet, 0: never known."""

    alert_id: int
    subscriber_id: int
    topic_id: int
    item_id: int
    revision: int
    message_id: int | None
    decided_at: datetime
    edited_at: datetime | None
    rung_sources: int


@dataclass(frozen=True, slots=True)
class Desk:
    """What one item's verdicts need to know, looked up once for all who listen.

    `told` are the alerts of the story by subscriber; `digested` whom a digest told of it; `waiting` by subscriber the
    verdicts under which it waits; `queues` the open messages by chat; `muted` who muted the story or the item's source;
    `muted_topics` (subscriber, topic); `muted_sources` (subscriber, source) of those who were told.
    """

    told: dict[int, Told]
    digested: set[int]
    waiting: dict[int, set[str]]
    queues: dict[int, int]
    muted: set[int]
    muted_topics: set[tuple[int, int]]
    muted_sources: set[tuple[int, int]]


_PEOPLE = SQLModel.metadata.tables["subscriber"].c
_WISHES = SQLModel.metadata.tables["subscription"].c
_ALERTS = SQLModel.metadata.tables["alert"].c
_TOLD: tuple[Any, ...] = (
    *(_ALERTS.id, _ALERTS.subscriber_id, _ALERTS.topic_id, _ALERTS.item_id, _ALERTS.revision),
    *(_ALERTS.message_id, _ALERTS.decided_at, _ALERTS.edited_at, _ALERTS.rung_sources),
)
_WAITING: tuple[Any, ...] = (VerdictRow.subscriber_id, VerdictRow.verdict, VerdictRow.waits, VerdictRow.digest_id)


def of_topics(tx: Session, topic_ids: Collection[int], now: datetime) -> dict[int, list[Listener]]:
    """Return the wishes of all who listen to any of these topics, by subscriber; stopped subscribers left out."""
    # Bare columns, not the mapped classes: ten thousand rows are read for one item, and nothing is done to them.
    paused = func.coalesce(_PEOPLE.paused_until > now, False)
    columns: tuple[Any, ...] = (
        *(_PEOPLE.id, _PEOPLE.chat_id, _PEOPLE.thread_id, _PEOPLE.kind, _PEOPLE.language, _PEOPLE.zone, _PEOPLE.state),
        *(paused, _PEOPLE.silent, _PEOPLE.quiet_from, _PEOPLE.quiet_to, _PEOPLE.escalate),
        *(_WISHES.topic_id, _WISHES.how, _WISHES.urgent),
    )
    query = (
        select(*columns)
        .join_from(_WISHES.topic_id.table, _PEOPLE.id.table, _WISHES.subscriber_id == _PEOPLE.id)
        .where(_WISHES.topic_id.in_(list(topic_ids)), _PEOPLE.state != SubscriberState.STOPPED.value)
    )
    found: dict[int, list[Listener]] = {}
    for wish in map(Listener._make, tx.connection().execute(query).all()):
        known = found.get(wish[0])
        if known is None:
            found[wish[0]] = [wish]
        else:
            known.append(wish)
    return found


def desk(
    tx: Session,
    *,
    story_id: int,
    source_id: int,
    topic_ids: Collection[int],
    chats: Collection[int],
    flood_limit: int,
    now: datetime,
) -> Desk:
    """Return what the verdicts about an item of this source and story need to know. Of the queues, those that come near
    the flood limit (0: none); no chat has so many forum topics with us that one item could fill the rest."""
    told = told_of(tx, story_id)
    digested: set[int] = set()
    waiting: dict[int, set[str]] = {}
    verdicts = select(*_WAITING).where(
        col(VerdictRow.story_id) == story_id, or_(col(VerdictRow.waits), col(VerdictRow.digest_id).is_not(None))
    )
    for subscriber_id, verdict, waits, digest_id in tx.execute(verdicts):
        if digest_id is not None:
            digested.add(subscriber_id)
        if waits:
            waiting.setdefault(subscriber_id, set()).add(verdict)
    return Desk(
        told,
        digested,
        waiting,
        outbox.open_count_by_chat(tx, chats, at_least=flood_limit - FORUM_TOPICS) if flood_limit else {},
        mutes.story_and_source(tx, story_id, source_id, now),
        mutes.topics(tx, topic_ids, now),
        mutes.sources_of_told(tx, story_id, now) if told else set(),
    )


def told_of(tx: Session, story_id: int) -> dict[int, Told]:
    """Return the alerts of a story, by subscriber."""
    rows = tx.connection().execute(select(*_TOLD).where(_ALERTS.story_id == story_id)).all()
    return {row[1]: Told._make(row) for row in rows}
