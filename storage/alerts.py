"""What was decided for whom: verdicts with their reasons, and which story a subscriber was told of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, func, insert, update
from sqlmodel import Session, SQLModel, col, select

from storage.tables import AlertRow, StoryRow, SubscriberRow, VerdictRow

_ALERTS = SQLModel.metadata.tables["alert"]
_VERDICTS = SQLModel.metadata.tables["verdict"]


class NewVerdict(NamedTuple):
    """A decision to be written; `waits` puts the story down for a digest, or for the end of quiet hours."""

    subscriber_id: int
    topic_id: int
    verdict: str
    waits: bool


class NewAlert(NamedTuple):
    """That a subscriber is told of a story now, by this item under this topic."""

    subscriber_id: int
    topic_id: int
    item_id: int


def open_alerts(tx: Session, story_id: int, new: Sequence[NewAlert], sources: int, now: datetime) -> dict[int, int]:
    """Record that these subscribers are told of a story, which `sources` have now; return the alerts' ids by
    subscriber. There is one alert for each pair, ever: the database refuses a second."""
    if not new:
        return {}
    rows = [
        {"story_id": story_id, "revision": 1, "decided_at": now, "rung_sources": sources, **each._asdict()}
        for each in new
    ]
    tx.execute(insert(_ALERTS), rows)
    query = select(AlertRow.subscriber_id, AlertRow.id).where(AlertRow.story_id == story_id)
    if len(new) <= 100:
        query = query.where(col(AlertRow.subscriber_id).in_([each.subscriber_id for each in new]))
    return {row[0]: row[1] for row in tx.execute(query)}


def revise(tx: Session, revisions: Sequence[tuple[int, int]]) -> None:
    """Note the revision (the second of each pair) that these alerts (the first) now have."""
    if revisions:
        change = update(_ALERTS).where(_ALERTS.c.id == bindparam("alert")).values(revision=bindparam("now"))
        tx.execute(change, [{"alert": alert_id, "now": revision} for alert_id, revision in revisions])


def ring_again(tx: Session, alert_ids: Collection[int], sources: int, now: datetime) -> None:
    """Note that these alerts ring anew, with this many sources: a message of theirs is not known until it is sent."""
    change = update(AlertRow).where(col(AlertRow.id).in_(list(alert_ids)))
    tx.execute(change.values(rung_sources=sources, message_id=None, edited_at=now))


def said_at(tx: Session, story_id: int) -> dict[int, datetime]:
    """Return by alert of a story when its message last changed: when it was decided, or edited since."""
    rows = tx.execute(select(AlertRow.id, AlertRow.decided_at, AlertRow.edited_at).where(AlertRow.story_id == story_id))
    return {alert_id: edited_at or decided_at for alert_id, decided_at, edited_at in rows}


def record_verdicts(tx: Session, *, item_id: int, story_id: int, new: Sequence[NewVerdict], now: datetime) -> None:
    """Write what was decided about one item for these subscribers."""
    if new:
        shared = {"item_id": item_id, "story_id": story_id, "decided_at": now}
        tx.execute(insert(_VERDICTS), [{**shared, **each._asdict()} for each in new])


def record_verdict(
    tx: Session,
    *,
    subscriber_id: int,
    item_id: int,
    story_id: int,
    topic_id: int,
    verdict: str,
    waits: bool,
    now: datetime,
) -> None:
    """Write one decision with its reason."""
    record_verdicts(
        tx, item_id=item_id, story_id=story_id, new=[NewVerdict(subscriber_id, topic_id, verdict, waits)], now=now
    )


def waiting_under(tx: Session, verdict: str) -> list[SubscriberRow]:
    """Return the subscribers for whom something waits under this verdict."""
    waits = select(VerdictRow.subscriber_id).where(VerdictRow.waits, VerdictRow.verdict == verdict).distinct()
    return list(tx.exec(select(SubscriberRow).where(col(SubscriberRow.id).in_(waits)).order_by(col(SubscriberRow.id))))


def waiting_of(tx: Session, subscriber_id: int, verdict: str) -> list[VerdictRow]:
    """Return what waits for a subscriber under this verdict, oldest first."""
    query = select(VerdictRow).where(
        VerdictRow.subscriber_id == subscriber_id, VerdictRow.waits, VerdictRow.verdict == verdict
    )
    return list(tx.exec(query.order_by(col(VerdictRow.id))))


def let_go(tx: Session, story_id: int, subscriber_ids: Collection[int], verdict: str) -> None:
    """Let a story wait no longer under this verdict for these subscribers: they are told of it now."""
    if subscriber_ids:
        change = update(VerdictRow).where(
            col(VerdictRow.story_id) == story_id,
            col(VerdictRow.waits),
            col(VerdictRow.verdict) == verdict,
            col(VerdictRow.subscriber_id).in_(list(subscriber_ids)),
        )
        tx.execute(change.values(waits=False))


def lead(tx: Session, story_id: int) -> int:
    """Return the story that this one proved to be part of, itself where it stands alone."""
    story = tx.get(StoryRow, story_id)
    return (story.merged_into if story else None) or story_id


def verdicts_of(tx: Session, item_id: int, subscriber_id: int) -> list[VerdictRow]:
    """Return what was decided for a subscriber about an item, oldest first."""
    query = select(VerdictRow).where(VerdictRow.item_id == item_id, VerdictRow.subscriber_id == subscriber_id)
    return list(tx.exec(query.order_by(col(VerdictRow.id))))


def counts(tx: Session) -> dict[str, int]:
    """Return how many verdicts of each kind were decided."""
    query = select(VerdictRow.verdict, func.count()).group_by(VerdictRow.verdict)
    return {verdict: int(number) for verdict, number in tx.execute(query)}
