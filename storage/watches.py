"""The private topics of subscribers: what they watch by words of their own. Every function asks for the owner.

A topic waits as a draft until its owner has seen what it finds and saves it; one that waits takes the place of another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, true, update
from sqlmodel import Session, col, select

from storage import drafts, rulebook, versions
from storage.rulebook import Topic
from storage.tables import (
    DraftRow,
    MatchRow,
    RuleRow,
    SubscriberRow,
    SubscriptionRow,
    TopicRow,
    VerdictRow,
)
from storage.versions import Change

WAITS_AT_MOST = timedelta(days=2)
WORDS = "en"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A topic that waits to be saved: its words as they were typed, its rule's text, and the draft's revision."""

    topic_id: int
    owner_id: int
    words: str
    text: str
    revision: int


def count(tx: Session, owner_id: int) -> int:
    """Return how many topics of their own a subscriber has saved."""
    return len(rulebook.topics(tx, owner_id)) if owner_id else 0


def put(tx: Session, owner_id: int, words: str, text: str, now: datetime) -> Waiting:
    """Let a topic wait to be shown to its owner and saved, in the place of one that waited before.

    The row is used again and its revision goes on, so that a button under an older preview never means this one.
    """
    topic = _unsaved(tx, owner_id)
    if topic is None:
        number = tx.exec(select(func.count()).select_from(TopicRow).where(TopicRow.owner_id == owner_id)).one() + 1
        while rulebook.find_topic(tx, f"watch-{number}", owner_id) is not None:
            number += 1
        topic = TopicRow(owner_id=owner_id, slug=f"watch-{number}")
    topic.titles = {WORDS: words}
    tx.add(topic)
    tx.flush()
    known = drafts.find(tx, topic.id or 0)
    return _save(tx, topic, text, known.revision if known else 0, now)


def change(tx: Session, waiting: Waiting, text: str, now: datetime) -> Waiting | None:
    """Give a waiting topic another text, to be shown anew; None where it waits no longer."""
    topic = _row(tx, waiting.topic_id, waiting.owner_id)
    return _save(tx, topic, text, waiting.revision, now) if topic is not None else None


def find(tx: Session, topic_id: int, owner_id: int) -> Waiting | None:
    """Return a topic that waits for its owner, None where there is none such."""
    topic = _row(tx, topic_id, owner_id)
    draft = drafts.find(tx, topic_id) if topic is not None and topic.published_id is None else None
    return _waiting(topic, draft) if topic is not None and draft is not None and draft.text else None


def due(tx: Session, now: datetime, limit: int) -> list[Waiting]:
    """Return topics whose owners wait to see what they find, the longest waiting first."""
    query = (
        select(TopicRow, DraftRow)
        .join(DraftRow, col(DraftRow.topic_id) == TopicRow.id)
        .where(col(DraftRow.preview_due) == true(), TopicRow.owner_id != rulebook.HOUSE)
        .where(DraftRow.saved_at > now - WAITS_AT_MOST)
        .order_by(col(DraftRow.saved_at), col(DraftRow.id))
        .limit(limit)
    )
    return [_waiting(topic, draft) for topic, draft in tx.execute(query)]


def shown(tx: Session, waiting: Waiting) -> SubscriberRow | None:
    """Mark a waiting topic as shown and return its owner; None where it waits no longer or has another text by now."""
    marked = tx.execute(
        update(DraftRow)
        .where(col(DraftRow.topic_id) == waiting.topic_id, col(DraftRow.revision) == waiting.revision)
        .where(col(DraftRow.preview_due) == true())
        .values(preview_due=False)
    )
    return tx.get(SubscriberRow, waiting.owner_id) if marked.rowcount else None  # type: ignore[attr-defined]


def save(tx: Session, waiting: Waiting, now: datetime) -> Topic | None:
    """Put a waiting topic in force as it was shown; None where it has another text by now."""
    topic = _row(tx, waiting.topic_id, waiting.owner_id)
    if topic is None or not drafts.drop(tx, waiting.topic_id, waiting.revision):
        return None
    author = f"subscriber {waiting.owner_id}"
    versions.publish(tx, topic, Change(waiting.text, author, "a topic of their own", 0), now)
    return next((one for one in rulebook.topics(tx, waiting.owner_id) if one.topic_id == waiting.topic_id), None)


def drop_waiting(tx: Session, owner_id: int, now: datetime) -> None:
    """Forget the words that wait to be saved by a subscriber; their number stays, see `put`."""
    topic = _unsaved(tx, owner_id)
    draft = drafts.find(tx, topic.id or 0) if topic is not None else None
    if topic is None or draft is None:
        return
    topic.titles = {}
    tx.add(topic)
    drafts.save(tx, topic.id or 0, "", draft.author, based_on=0, seen=draft.revision, now=now)
    tx.execute(update(DraftRow).where(col(DraftRow.topic_id) == topic.id).values(preview_due=False))


def _unsaved(tx: Session, owner_id: int) -> TopicRow | None:
    never = col(TopicRow.published_id).is_(None) & col(TopicRow.removed_at).is_(None)
    return tx.exec(select(TopicRow).where(TopicRow.owner_id == owner_id, TopicRow.owner_id != 0, never)).first()


def remove(tx: Session, topic_id: int, owner_id: int, now: datetime) -> bool:
    """Delete a subscriber's own topic: its words, rule and matches; say whether there was one.

    A nameless row stays, for which stories its owner was told of already: none of them rings again.
    """
    topic = _row(tx, topic_id, owner_id)
    if topic is None or topic.published_id is None:
        return False
    for table in (SubscriptionRow, MatchRow, DraftRow, RuleRow):
        tx.execute(delete(table).where(col(table.topic_id) == topic_id))
    tx.execute(
        update(VerdictRow).where(col(VerdictRow.topic_id) == topic_id, col(VerdictRow.waits)).values(waits=False)
    )
    topic.removed_at, topic.published_id, topic.titles = now, None, {}
    tx.add(topic)
    tx.flush()
    return True


def _row(tx: Session, topic_id: int, owner_id: int) -> TopicRow | None:
    if not owner_id:
        return None
    mine = select(TopicRow).where(TopicRow.id == topic_id, TopicRow.owner_id == owner_id)
    return tx.exec(mine.where(col(TopicRow.removed_at).is_(None))).first()


def _save(tx: Session, topic: TopicRow, text: str, seen: int, now: datetime) -> Waiting:
    number = topic.id or 0
    drafts.save(tx, number, text, f"subscriber {topic.owner_id}", based_on=0, seen=seen, now=now)
    tx.execute(update(DraftRow).where(col(DraftRow.topic_id) == number).values(preview_due=True))
    draft = drafts.find(tx, number)
    assert draft is not None
    return _waiting(topic, draft)


def _waiting(topic: TopicRow, draft: DraftRow) -> Waiting:
    return Waiting(topic.id or 0, topic.owner_id, topic.titles.get(WORDS, ""), draft.text, draft.revision)
