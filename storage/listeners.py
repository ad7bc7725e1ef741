"""Who listens to a topic, with all that a verdict about one item depends on: a fixed number of queries for an item,
whether ten people listen or ten thousand.

What only a message needs (its language, its place in the chat) is looked up for those who get one: most of the cost of
reading ten thousand rows is that of their columns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Integer, case, func, or_, select, type_coerce
from sqlmodel import Session, SQLModel, col

from storage import mutes, outbox
from storage.tables import SubscriberState, VerdictRow
from storage.waiting import chunks

FORUM_TOPICS = 8


class Wish(NamedTuple):
    """What a subscriber of a topic wishes for. `quiet_from` and `quiet_to` are minutes of the day in `zone`, which is
    "" where there are none.

    `paused` and the other yes-or-no columns are 0 or 1 where the database has no truth values."""

    subscriber_id: int
    chat_id: int
    topic_id: int
    how: str
    urgent: bool
    state: str
    paused: bool
    escalate: bool
    quiet_from: int | None
    quiet_to: int | None
    zone: str


class Addressee(NamedTuple):
    """Where and how a subscriber's messages go."""

    subscriber_id: int
    chat_id: int
    thread_id: int
    kind: str
    language: str
    zone: str
    silent: bool


class Told(NamedTuple):
    """The alert by which a subscriber was told of a story. `message_id` None: not answered yet, 0: never known.
    `edited`: it was edited, or rang a second time."""

    subscriber_id: int
    alert_id: int
    topic_id: int
    item_id: int
    revision: int
    message_id: int | None
    rung_sources: int
    edited: bool


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


# Bare columns, not the mapped classes: ten thousand rows are read for one item, and nothing is done to them.
_PEOPLE = SQLModel.metadata.tables["subscriber"].c
_WISHES = SQLModel.metadata.tables["subscription"].c
_ALERTS = SQLModel.metadata.tables["alert"].c
_ADDRESS: tuple[Any, ...] = (
    *(_PEOPLE.id, _PEOPLE.chat_id, _PEOPLE.thread_id, _PEOPLE.kind, _PEOPLE.language, _PEOPLE.zone, _PEOPLE.silent),
)
_TOLD: tuple[Any, ...] = (
    *(_ALERTS.subscriber_id, _ALERTS.id, _ALERTS.topic_id, _ALERTS.item_id, _ALERTS.revision, _ALERTS.message_id),
    *(_ALERTS.rung_sources, case((_ALERTS.edited_at.is_(None), 0), else_=1)),
)
_WAITING: tuple[Any, ...] = (VerdictRow.subscriber_id, VerdictRow.verdict, VerdictRow.waits, VerdictRow.digest_id)


def of_topics(tx: Session, topic_ids: Collection[int], now: datetime) -> list[Wish]:
    """Return the wishes of all who listen to any of these topics; stopped subscribers left out."""
    # Yes-or-no columns as they come: reading thirty thousand of them as truth values takes a third of the time.
    urgent, paused, escalate = (
        type_coerce(column, Integer)
        for column in (_WISHES.urgent, func.coalesce(_PEOPLE.paused_until > now, False), _PEOPLE.escalate)
    )
    columns: tuple[Any, ...] = (
        *(_PEOPLE.id, _PEOPLE.chat_id, _WISHES.topic_id, _WISHES.how, urgent, _PEOPLE.state, paused, escalate),
        *(_PEOPLE.quiet_from, _PEOPLE.quiet_to, case((_PEOPLE.quiet_from.is_(None), ""), else_=_PEOPLE.zone)),
    )
    query = (
        select(*columns)
        .join_from(_WISHES.topic_id.table, _PEOPLE.id.table, _WISHES.subscriber_id == _PEOPLE.id)
        .where(_WISHES.topic_id.in_(list(topic_ids)), _PEOPLE.state != SubscriberState.STOPPED.value)
    )
    return list(map(Wish._make, tx.connection().execute(query).all()))


def addressees(tx: Session, subscriber_ids: Collection[int]) -> dict[int, Addressee]:
    """Return where the messages of these subscribers go."""
    found: dict[int, Addressee] = {}
    for chunk in chunks(subscriber_ids):
        for row in tx.connection().execute(select(*_ADDRESS).where(_PEOPLE.id.in_(chunk))).all():
            found[row[0]] = Addressee._make(row)
    return found


def desk(
    tx: Session,
    *,
    story_id: int,
    source_id: int,
    topic_ids: Collection[int],
    wishes: Sequence[Wish],
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
    chats = {wish.chat_id for wish in wishes} if len(wishes) <= outbox.NAMED_MOST else None
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
    return {row[0]: Told._make(row) for row in rows}
