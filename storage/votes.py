"""What subscribers said of matches: about the topic or not. Votes change nothing; they weigh a draft's effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, cast, func
from sqlmodel import Session, col, select

from storage.engine import insert_into
from storage.tables import VoteRow


@dataclass(frozen=True, slots=True)
class Votes:
    """How many subscribers called a match relevant, and how many not."""

    relevant: int = 0
    not_relevant: int = 0


def record(
    tx: Session, *, item_id: int, topic_id: int, rule_id: int | None, subscriber_id: int, relevant: bool, now: datetime
) -> None:
    """Write a subscriber's vote on a match; a second vote takes the place of the first."""
    insert = insert_into(tx, VoteRow).values(
        item_id=item_id,
        topic_id=topic_id,
        rule_id=rule_id,
        subscriber_id=subscriber_id,
        relevant=relevant,
        voted_at=now,
    )
    renewed = {name: insert.excluded[name] for name in ("rule_id", "relevant", "voted_at")}
    tx.execute(insert.on_conflict_do_update(index_elements=["item_id", "topic_id", "subscriber_id"], set_=renewed))


def of_subscriber(tx: Session, item_id: int, topic_id: int, subscriber_id: int) -> bool | None:
    """Return whether a subscriber called a match relevant, None where they said nothing."""
    query = select(VoteRow.relevant).where(
        VoteRow.item_id == item_id, VoteRow.topic_id == topic_id, VoteRow.subscriber_id == subscriber_id
    )
    return tx.exec(query).first()


def of_items(tx: Session, topic_id: int, item_ids: Sequence[int]) -> dict[int, Votes]:
    """Return the votes on a topic's matches, for those of `item_ids` (at most a thousand) that have any."""
    relevant = func.sum(cast(col(VoteRow.relevant), Integer))
    query = (
        select(VoteRow.item_id, relevant, func.count())
        .where(VoteRow.topic_id == topic_id, col(VoteRow.item_id).in_(list(item_ids)))
        .group_by(col(VoteRow.item_id))
    )
    return {item_id: Votes(int(yes), int(total) - int(yes)) for item_id, yes, total in tx.execute(query)}
