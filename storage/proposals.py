"""Changes to rules that votes speak for, until an admin decides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.tables import ItemRow, ProposalRow, RuleRow, SourceRow, TextRow, TopicRow, VoteRow

OPEN, ACCEPTED, DECLINED, OUTDATED = "open", "accepted", "declined", "outdated"
ITEMS_MOST = 400


@dataclass(frozen=True, slots=True)
class Voted:
    """An item that people voted on: its words as stored, and whether more of them call it relevant than not."""

    item_id: int
    title: str
    text: str
    language: str
    source: str
    relevant: bool


def candidates(tx: Session, least: int) -> list[tuple[TopicRow, RuleRow]]:
    """Return the house's topics (with their rule in force) on whose matches at least so many items were rejected."""
    query = (
        select(TopicRow, RuleRow)
        .join(RuleRow, col(RuleRow.id) == TopicRow.published_id)
        .where(TopicRow.owner_id == 0, col(TopicRow.removed_at).is_(None))
        .order_by(TopicRow.slug)
    )
    found = [(topic, rule) for topic, rule in tx.execute(query)]
    return [(topic, rule) for topic, rule in found if _rejections(tx, topic.id or 0) >= least]


def _rejections(tx: Session, topic_id: int) -> int:
    query = select(VoteRow.item_id).where(VoteRow.topic_id == topic_id, col(VoteRow.relevant).is_(False)).distinct()
    return len(list(tx.exec(query.limit(ITEMS_MOST))))


def voted(tx: Session, topic_id: int) -> list[Voted]:
    """Return the items of a topic with votes, the newest first, at most ITEMS_MOST; a draw is left out."""
    balance: dict[int, int] = {}
    rows = tx.exec(select(VoteRow).where(VoteRow.topic_id == topic_id).order_by(col(VoteRow.item_id).desc()))
    for row in rows:
        balance[row.item_id] = balance.get(row.item_id, 0) + (1 if row.relevant else -1)
    ids = [item_id for item_id, votes in balance.items() if votes][:ITEMS_MOST]
    query = (
        select(ItemRow, SourceRow.name, TextRow.text)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .outerjoin(TextRow, (col(TextRow.item_id) == ItemRow.id) & (col(TextRow.hash) == ItemRow.text_hash))
        .where(col(ItemRow.id).in_(ids))
        .order_by(col(ItemRow.id).desc())
    )
    return [
        Voted(item.id or 0, item.title, text or "", item.language, name, balance[item.id or 0] > 0)
        for item, name, text in tx.execute(query)
    ]


def last_vote(tx: Session, topic_id: int) -> str:
    """Return a mark of a topic's votes as they stand: it changes with every vote."""
    query = select(VoteRow.id, VoteRow.voted_at).where(VoteRow.topic_id == topic_id)
    newest = max((at for _, at in tx.execute(query)), default=None)
    return newest.isoformat() if newest else ""


def of_topic(tx: Session, topic_id: int, based_on: int) -> list[ProposalRow]:
    """Return all proposals ever made for this version of a topic's rule."""
    query = select(ProposalRow).where(ProposalRow.topic_id == topic_id, ProposalRow.based_on == based_on)
    return list(tx.exec(query.order_by(col(ProposalRow.id))))


def make(
    tx: Session, topic_id: int, based_on: int, *, text: str, summary: str, figures: Mapping[str, Any], now: datetime
) -> ProposalRow:
    """Keep a proposal; an open one of the same topic is out of date from now on."""
    for older in tx.exec(select(ProposalRow).where(ProposalRow.topic_id == topic_id, ProposalRow.state == OPEN)):
        older.state, older.decided_at = OUTDATED, now
        tx.add(older)
    row = ProposalRow(
        topic_id=topic_id, based_on=based_on, text=text, summary=summary, figures=dict(figures), made_at=now
    )
    tx.add(row)
    tx.flush()
    return row


def standing(tx: Session) -> list[tuple[ProposalRow, TopicRow]]:
    """Return the open proposals with their topics, those of a rule that changed since left out."""
    query = (
        select(ProposalRow, TopicRow)
        .join(TopicRow, col(TopicRow.id) == ProposalRow.topic_id)
        .where(ProposalRow.state == OPEN, TopicRow.owner_id == 0, col(TopicRow.removed_at).is_(None))
        .order_by(col(ProposalRow.id))
    )
    return [(row, topic) for row, topic in tx.execute(query) if number_in_force(tx, topic) == row.based_on]


def number_in_force(tx: Session, topic: TopicRow) -> int:
    """Return the number of the version by which a topic is recognised today, 0 for none."""
    rule = tx.get(RuleRow, topic.published_id) if topic.published_id else None
    return rule.number if rule is not None else 0


def decide(tx: Session, row: ProposalRow, state: str, decided_by: int, now: datetime) -> None:
    """Note what an admin decided."""
    row.state, row.decided_by, row.decided_at = state, decided_by, now
    tx.add(row)
