"""The chats we write to, what they chose, and when Telegram wants them left alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.engine import insert_into
from storage.tables import (
    AlertRow,
    ChatHoldRow,
    How,
    MuteRow,
    OutboxRow,
    OutboxState,
    ScheduleRow,
    SubscriberRow,
    SubscriberState,
    SubscriptionRow,
    TopicRow,
    VerdictRow,
)


def find(tx: Session, chat_id: int, thread_id: int = 0) -> SubscriberRow | None:
    """Return the subscriber of this chat (and forum topic), or None."""
    return tx.exec(
        select(SubscriberRow).where(SubscriberRow.chat_id == chat_id, SubscriberRow.thread_id == thread_id)
    ).first()


def find_or_add(
    tx: Session, chat_id: int, *, kind: str, language: str, zone: str, now: datetime, thread_id: int = 0
) -> SubscriberRow:
    """Return the subscriber of this chat, made now where there was none."""
    known = find(tx, chat_id, thread_id)
    if known is not None:
        return known
    row = SubscriberRow(chat_id=chat_id, thread_id=thread_id, kind=kind, language=language, zone=zone, joined_at=now)
    tx.add(row)
    tx.flush()
    return row


def numbers_of(tx: Session, chat_id: int) -> list[int]:
    """Return the local numbers of a chat's subscribers (a forum has one for each of its topics)."""
    query = select(SubscriberRow.id).where(SubscriberRow.chat_id == chat_id).order_by(col(SubscriberRow.id))
    return [number for number in tx.exec(query) if number]


def subscribe(tx: Session, subscriber_id: int, topic_id: int, how: How, now: datetime) -> bool:
    """Subscribe to a topic; say whether this is new. A known subscription keeps its start and takes the new `how`."""
    known = tx.get(SubscriptionRow, (subscriber_id, topic_id))
    if known is not None:
        known.how = how.value
        return False
    tx.add(SubscriptionRow(subscriber_id=subscriber_id, topic_id=topic_id, how=how.value, since_at=now))
    tx.flush()
    return True


def unsubscribe(tx: Session, subscriber_id: int, topic_id: int) -> bool:
    """End a subscription; say whether there was one."""
    known = tx.get(SubscriptionRow, (subscriber_id, topic_id))
    if known is None:
        return False
    tx.delete(known)
    tx.flush()
    return True


def subscriptions(tx: Session, subscriber_id: int) -> list[SubscriptionRow]:
    """Return a subscriber's subscriptions, oldest first."""
    return list(
        tx.exec(
            select(SubscriptionRow)
            .where(SubscriptionRow.subscriber_id == subscriber_id)
            .order_by(col(SubscriptionRow.since_at))
        )
    )


def suspend(tx: Session, chat_id: int, note: str) -> int:
    """Suspend a chat that refuses us (its rows are kept); return how many subscribers that were."""
    rows = list(tx.exec(select(SubscriberRow).where(SubscriberRow.chat_id == chat_id)))
    for row in rows:
        if row.state == SubscriberState.ACTIVE.value:
            row.state, row.state_note = SubscriberState.SUSPENDED.value, note
    return len(rows)


def revive(tx: Session, subscriber: SubscriberRow) -> None:
    """Take a subscriber back who wrote to us again after having stopped or refused us."""
    subscriber.state, subscriber.state_note = SubscriberState.ACTIVE.value, ""
    tx.add(subscriber)


def revive_chat(tx: Session, chat_id: int) -> int:
    """Take a chat back that lets us write again; return how many subscribers that were. Who stopped stays stopped."""
    rows = list(
        tx.exec(
            select(SubscriberRow).where(
                SubscriberRow.chat_id == chat_id, SubscriberRow.state == SubscriberState.SUSPENDED.value
            )
        )
    )
    for row in rows:
        revive(tx, row)
    return len(rows)


def forget(tx: Session, subscriber: SubscriberRow) -> None:
    """Delete a subscriber with everything that knows them: choices, private topics, verdicts, messages, deliveries.

    A message that is being sent at this moment loses its row under way. Where the chat has no other subscriber (a forum
    has one for each of its topics), Telegram's wish to leave it alone goes too: it names the chat.
    """
    tx.execute(delete(TopicRow).where(col(TopicRow.owner_id) == subscriber.id, col(TopicRow.owner_id) != 0))
    tx.execute(delete(SubscriberRow).where(col(SubscriberRow.id) == subscriber.id))
    tx.expunge(subscriber)
    others = select(SubscriberRow.id).where(SubscriberRow.chat_id == subscriber.chat_id)
    if tx.exec(others).first() is None:
        tx.execute(delete(ChatHoldRow).where(col(ChatHoldRow.chat_id) == subscriber.chat_id))


def migrate_chat(tx: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Move everything open from a group to the supergroup it became. Safe to call twice."""
    for row in list(tx.exec(select(SubscriberRow).where(SubscriberRow.chat_id == old_chat_id))):
        there = find(tx, new_chat_id, row.thread_id)
        if there is None:
            row.chat_id, row.kind = new_chat_id, "group"
            if row.state == SubscriberState.SUSPENDED.value:
                revive(tx, row)
        elif row.state_note != _became(there):
            _merge(tx, row, there)
    tx.execute(
        update(OutboxRow)
        .where(
            col(OutboxRow.chat_id) == old_chat_id,
            col(OutboxRow.state).in_([OutboxState.WAITING.value, OutboxState.SENDING.value]),
        )
        .values(chat_id=new_chat_id)
    )
    tx.execute(delete(ChatHoldRow).where(col(ChatHoldRow.chat_id) == old_chat_id))


def _merge(tx: Session, row: SubscriberRow, there: SubscriberRow) -> None:
    """Give a supergroup that began with us on its own what the group had: nothing is lost, and no story rings twice."""
    old, new = row.id or 0, there.id or 0
    have = {s.topic_id for s in subscriptions(tx, new)}
    for subscription in subscriptions(tx, old):
        if subscription.topic_id not in have:
            subscribe(tx, new, subscription.topic_id, How(subscription.how), subscription.since_at)
    told = select(AlertRow.story_id).where(AlertRow.subscriber_id == new)
    tx.execute(
        update(AlertRow)
        .where(col(AlertRow.subscriber_id) == old, col(AlertRow.story_id).not_in(told))
        .values(subscriber_id=new)
    )
    if tx.exec(select(ScheduleRow.id).where(ScheduleRow.subscriber_id == new)).first() is None:
        tx.execute(update(ScheduleRow).where(col(ScheduleRow.subscriber_id) == old).values(subscriber_id=new))
    for mute in tx.exec(select(MuteRow).where(MuteRow.subscriber_id == old)):
        if tx.get(MuteRow, (new, mute.kind, mute.target_id)) is None:
            tx.add(MuteRow(**(mute.model_dump() | {"subscriber_id": new})))
    slugs = set(tx.exec(select(TopicRow.slug).where(TopicRow.owner_id == new)))
    for topic in tx.exec(select(TopicRow).where(TopicRow.owner_id == old, TopicRow.owner_id != 0)):
        topic.owner_id = new
        topic.slug = topic.slug if topic.slug not in slugs else f"{topic.slug}-{topic.id}"
    tx.execute(update(VerdictRow).where(col(VerdictRow.subscriber_id) == old).values(subscriber_id=new))
    tx.execute(update(OutboxRow).where(col(OutboxRow.subscriber_id) == old).values(subscriber_id=new))
    row.state, row.state_note = SubscriberState.STOPPED.value, _became(there)


def _became(there: SubscriberRow) -> str:
    return f"became subscriber {there.id}"


def hold_chat(tx: Session, chat_id: int, until: datetime) -> None:
    """Remember until when Telegram wants this chat (0: everyone) left alone; a later time wins."""
    known = tx.get(ChatHoldRow, chat_id)
    if known is None:
        tx.execute(insert_into(tx, ChatHoldRow).values(chat_id=chat_id, held_until=until))
    elif known.held_until < until:
        known.held_until = until


def chat_holds(tx: Session, now: datetime) -> dict[int, datetime]:
    """Return the holds still in force, by chat; the spent ones are not returned."""
    rows = tx.exec(select(ChatHoldRow).where(col(ChatHoldRow.held_until) > now))
    return {row.chat_id: row.held_until for row in rows}


def suspend_thread(tx: Session, chat_id: int, thread_id: int, note: str) -> bool:
    """Suspend the subscriber of a forum topic that is gone; say whether one was still written to there."""
    row = find(tx, chat_id, thread_id)
    if row is None or row.state != SubscriberState.ACTIVE.value:
        return False
    row.state, row.state_note = SubscriberState.SUSPENDED.value, note
    return True
