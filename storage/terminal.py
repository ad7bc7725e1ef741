"""The terminal as a subscriber: where no token is set, the one who started the service reads the messages there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import Session

from storage import rulebook, subscribers
from storage.tables import How, ScheduleRow, SubscriberState

# No Telegram chat has this number.
CHAT_ID = 0


def listen(tx: Session, now: datetime, *, here: bool, how: How = How.AT_ONCE) -> None:
    """Let the terminal follow all topics of the house, or (`here` false: messages go to Telegram) follow nothing."""
    row = subscribers.find(tx, CHAT_ID)
    if not here:
        if row is not None:
            row.state, row.state_note = SubscriberState.STOPPED.value, "messages go to Telegram"
        return
    row = row or subscribers.find_or_add(tx, CHAT_ID, kind="terminal", language="en", zone="UTC", now=now)
    subscribers.revive(tx, row)
    for topic in rulebook.topics(tx):
        subscribers.subscribe(tx, row.id or 0, topic.topic_id, how, now)


def digest_now(tx: Session, now: datetime) -> None:
    """Give the terminal a digest slot at the minute that just began, due at once."""
    row = subscribers.find(tx, CHAT_ID)
    if row is not None:
        just_begun = (now - timedelta(minutes=1)).astimezone(UTC)
        minute = just_begun.hour * 60 + just_begun.minute
        tx.add(
            ScheduleRow(
                subscriber_id=row.id or 0, minute=minute, next_due_at=just_begun.replace(second=0, microsecond=0)
            )
        )
