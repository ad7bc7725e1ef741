"""Topics and their rules: immutable versions, of which one is in force. The database is right; files are offers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import func
from sqlmodel import Session, col, select

from rules.model import RuleText
from storage.tables import RuleRow, TopicRow

HOUSE = 0
FILE_AUTHOR = "file"


class Offer(StrEnum):
    """What became of a rule file."""

    UNCHANGED = "unchanged"
    PUBLISHED = "published"
    DRAFT = "kept as a draft: the topic was edited since the file was last taken"
    REMOVED = "left out: a person removed the topic"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its rule in force."""

    topic_id: int
    slug: str
    titles: Mapping[str, str]
    rule_id: int
    owner_id: int = HOUSE

    def title(self, language: str) -> str:
        """Return the title in this language, else in English, else any, else the slug."""
        return self.titles.get(language) or self.titles.get("en") or next(iter(self.titles.values()), self.slug)


def hash_text(text: str) -> str:
    """Return the SHA-256 of a rule file's text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def topics(tx: Session, owner_id: int = HOUSE) -> list[Topic]:
    """Return the owner's topics that have a rule in force, by slug."""
    query = (
        select(TopicRow)
        .where(
            TopicRow.owner_id == owner_id, col(TopicRow.removed_at).is_(None), col(TopicRow.published_id).is_not(None)
        )
        .order_by(TopicRow.slug)
    )
    return [Topic(r.id or 0, r.slug, r.titles, r.published_id or 0, r.owner_id) for r in tx.exec(query)]


def topic(tx: Session, slug: str, owner_id: int = HOUSE) -> Topic | None:
    """Return one topic in force by its slug (case does not matter), or None."""
    return next((t for t in topics(tx, owner_id) if t.slug == slug.strip().casefold()), None)


def in_force(tx: Session, owner_id: int = HOUSE) -> tuple[RuleText, ...]:
    """Return the rules in force by slug; each one's `version` is its row id, so a newer one is another value."""
    query = (
        select(TopicRow.slug, RuleRow.text, RuleRow.id, RuleRow.number)
        .join(RuleRow, col(RuleRow.id) == TopicRow.published_id)
        .where(TopicRow.owner_id == owner_id, col(TopicRow.removed_at).is_(None))
        .order_by(col(TopicRow.slug))
    )
    return tuple(
        RuleText(slug, text, version=str(rule_id), file=f"{slug} (version {number})")
        for slug, text, rule_id, number in tx.execute(query)
    )


def known_file_hashes(tx: Session) -> dict[str, str]:
    """Return for each house topic the hash of the file text it came from."""
    return dict(tx.exec(select(TopicRow.slug, TopicRow.file_hash).where(TopicRow.owner_id == HOUSE)).all())


def offer_file(tx: Session, slug: str, titles: Mapping[str, str], text: str, now: datetime) -> Offer:
    """Take a rule file that compiled: publish it where nobody edited the topic since, else keep it as a draft."""
    row = tx.exec(select(TopicRow).where(TopicRow.owner_id == HOUSE, TopicRow.slug == slug)).first()
    if row is None:
        row = TopicRow(owner_id=HOUSE, slug=slug, titles=dict(titles))
        tx.add(row)
        tx.flush()
    if row.removed_at is not None:
        return Offer.REMOVED
    if row.file_hash == hash_text(text):
        return Offer.UNCHANGED
    row.file_hash = hash_text(text)
    current = tx.get(RuleRow, row.published_id) if row.published_id else None
    edited = current is not None and current.author != FILE_AUTHOR
    if current is not None and current.text == text:
        return Offer.UNCHANGED
    rule = add_version(tx, row.id or 0, text, FILE_AUTHOR, "taken from the rule file", now, draft=edited)
    if edited:
        return Offer.DRAFT
    row.titles, row.published_id = dict(titles), rule.id
    return Offer.PUBLISHED


def add_version(
    tx: Session, topic_id: int, text: str, author: str, reason: str, now: datetime, *, draft: bool
) -> RuleRow:
    """Write the next immutable version of a topic's rule."""
    last = tx.exec(select(func.max(RuleRow.number)).where(RuleRow.topic_id == topic_id)).one() or 0
    rule = RuleRow(
        topic_id=topic_id, number=last + 1, text=text, author=author, reason=reason, draft=draft, published_at=now
    )
    tx.add(rule)
    tx.flush()
    return rule
