"""What the list of rules says beside each topic: votes, versions, drafts."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Integer, cast, func
from sqlmodel import Session, col, select

from storage.tables import DraftRow, RuleRow, TopicRow, VoteRow
from storage.votes import Votes


@dataclass(frozen=True, slots=True)
class TopicFigures:
    """A topic of the house with its version in force (number 0: none yet) and its draft, if there is one."""

    topic_id: int
    slug: str
    titles: dict[str, str]
    number: int
    author: str
    published_at: datetime | None
    draft_author: str
    draft_saved_at: datetime | None

    def title(self, language: str) -> str:
        """Return the title in this language, else in English, else any, else the slug."""
        return self.titles.get(language) or self.titles.get("en") or next(iter(self.titles.values()), self.slug)


def listed(tx: Session) -> list[TopicFigures]:
    """Return the house's topics, drafts that were never published among them, by slug."""
    query = (
        select(TopicRow, RuleRow, DraftRow)
        .outerjoin(RuleRow, col(RuleRow.id) == TopicRow.published_id)
        .outerjoin(DraftRow, col(DraftRow.topic_id) == TopicRow.id)
        .where(TopicRow.owner_id == 0, col(TopicRow.removed_at).is_(None))
        .order_by(TopicRow.slug)
    )
    return [
        TopicFigures(
            topic.id or 0, topic.slug, topic.titles, rule.number if rule else 0, rule.author if rule else "",
            rule.published_at if rule else None, draft.author if draft else "", draft.saved_at if draft else None,
        )
        for topic, rule, draft in tx.execute(query)
        if rule is not None or draft is not None
    ]  # fmt: skip


def votes_since(tx: Session, topic_ids: Collection[int], since: datetime) -> dict[int, Votes]:
    """Return for each topic how many votes since then said relevant, and how many not."""
    relevant = func.sum(cast(col(VoteRow.relevant), Integer))
    query = (
        select(VoteRow.topic_id, relevant, func.count())
        .where(col(VoteRow.topic_id).in_(list(topic_ids)), col(VoteRow.voted_at) >= since)
        .group_by(col(VoteRow.topic_id))
    )
    return {topic: Votes(int(yes or 0), int(total) - int(yes or 0)) for topic, yes, total in tx.execute(query)}


def precision_by_version(tx: Session, topic_id: int) -> dict[int, Votes]:
    """Return for each version of a topic's rule (by number) what people said of its matches."""
    relevant = func.sum(cast(col(VoteRow.relevant), Integer))
    query = (
        select(RuleRow.number, relevant, func.count())
        .join(VoteRow, col(VoteRow.rule_id) == RuleRow.id)
        .where(RuleRow.topic_id == topic_id, VoteRow.topic_id == topic_id)
        .group_by(col(RuleRow.number))
    )
    return {number: Votes(int(yes or 0), int(total) - int(yes or 0)) for number, yes, total in tx.execute(query)}
