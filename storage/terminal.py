"""The terminal as a subscriber: where no token is set, the one who started the service reads the messages there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from sqlmodel import Session, select

from storage import rulebook, subscribers
from storage.tables import How, ScheduleRow, SubscriberState

# No Telegram chat has this number.
CHAT_ID = 0
EVERYTHING_AT_ONCE: Mapping[str, How] = MappingProxyType({})


def listen(tx: Session, now: datetime, *, here: bool, how: Mapping[str, How] = EVERYTHING_AT_ONCE) -> None:
    """Let the terminal follow all topics of the house, or (`here` false: messages go to Telegram) follow nothing.

    `how` says by a topic's short name how it is followed, where not at once.
    """
    row = subscribers.find(tx, CHAT_ID)
    if not here:
        if row is not None:
            row.state, row.state_note = SubscriberState.STOPPED.value, "messages go to Telegram"
        return
    row = row or subscribers.find_or_add(tx, CHAT_ID, kind="terminal", language="en", zone="UTC", now=now)
    subscribers.revive(tx, row)
    for topic in rulebook.topics(tx):
        subscribers.subscribe(tx, row.id or 0, topic.topic_id, how.get(topic.slug, How.AT_ONCE), now)


def digest_at(tx: Session, at: datetime) -> None:
    """Let the terminal's digest come at this minute of the day (UTC), next at `at`; a past minute is due at once."""
    row = subscribers.find(tx, CHAT_ID)
    if row is None:
        return
    slot = tx.exec(select(ScheduleRow).where(ScheduleRow.subscriber_id == row.id)).first()
    slot = slot or ScheduleRow(subscriber_id=row.id or 0)
    moment = at.astimezone(UTC).replace(second=0, microsecond=0)
    slot.minute, slot.next_due_at = moment.hour * 60 + moment.minute, moment
    tx.add(slot)
