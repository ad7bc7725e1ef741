"""Topics and their rules: immutable versions, of which one is in force. The database is right; files are offers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from rules.model import PRIVATE, RuleText
from storage import drafts, versions
from storage.tables import RuleRow, TopicRow
from storage.versions import FILE_AUTHOR

HOUSE = 0


class Offer(StrEnum):
    """What became of a rule file."""

    UNCHANGED = "unchanged"
    PUBLISHED = "published"
    DRAFT = "kept as a draft: the topic was edited since the file was last taken"
    WAITS = "not taken yet: an editor's draft of the topic is to be published or dropped first"
    REMOVED = "left out: a person removed the topic"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its rule in force."""

    topic_id: int
    slug: str
    titles: Mapping[str, str]
    rule_id: int
    owner_id: int = HOUSE

    @property
    def key(self) -> str:
        """Return the name under which its rule is compiled: unlike the short name, of this owner's topic only."""
        return _key(self.topic_id, self.slug, self.owner_id)

    def title(self, language: str) -> str:
        """Return the title in this language, else in English, else any, else the slug."""
        return self.titles.get(language) or self.titles.get("en") or next(iter(self.titles.values()), self.slug)


def hash_text(text: str) -> str:
    """Return the SHA-256 of a rule file's text in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def topics(tx: Session, owner_id: int = HOUSE) -> list[Topic]:
    """Return the owner's topics that have a rule in force, by slug."""
    return [_topic(row) for row in tx.exec(_having_rules().where(TopicRow.owner_id == owner_id))]


def _having_rules() -> SelectOfScalar[TopicRow]:
    with_rule = col(TopicRow.published_id).is_not(None)
    return select(TopicRow).where(col(TopicRow.removed_at).is_(None), with_rule).order_by(TopicRow.slug)


def _topic(row: TopicRow) -> Topic:
    return Topic(row.id or 0, row.slug, row.titles, row.published_id or 0, row.owner_id)


def topic(tx: Session, slug: str, owner_id: int = HOUSE) -> Topic | None:
    """Return one topic in force by its slug (case does not matter), or None."""
    return next((t for t in topics(tx, owner_id) if t.slug == slug.strip().casefold()), None)


def in_force(tx: Session, owner_id: int = HOUSE) -> tuple[RuleText, ...]:
    """Return an owner's rules in force by slug; each one's `version` is its row id, so a newer one is another value."""
    return _in_force(tx, TopicRow.owner_id == owner_id)


def all_in_force(tx: Session) -> tuple[RuleText, ...]:
    """Return every owner's rules in force, as news is judged by them; the house's come first.

    Who asks for these must pass what they find to each topic's owner alone.
    """
    return in_force(tx) + _in_force(tx, TopicRow.owner_id != HOUSE)


def all_by_key(tx: Session) -> dict[str, Topic]:
    """Return every owner's topics in force by the name under which their rules are compiled."""
    found = (_topic(row) for row in tx.exec(_having_rules()))
    return {topic.key: topic for topic in found}


def _in_force(tx: Session, whose: ColumnElement[bool] | bool) -> tuple[RuleText, ...]:
    query = (
        select(TopicRow.id, TopicRow.slug, TopicRow.owner_id, RuleRow.text, RuleRow.id, RuleRow.number)  # type: ignore[call-overload]
        .join(RuleRow, col(RuleRow.id) == TopicRow.published_id)
        .where(whose, col(TopicRow.removed_at).is_(None))
        .order_by(col(TopicRow.owner_id), col(TopicRow.slug))
    )
    named = ((_key(topic_id, slug, owner_id), *rule) for topic_id, slug, owner_id, *rule in tx.execute(query))
    return tuple(
        RuleText(key, text, version=str(rule_id), file=f"{key} (version {number})")
        for key, text, rule_id, number in named
    )


def _key(topic_id: int, slug: str, owner_id: int) -> str:
    return slug if owner_id == HOUSE else f"{PRIVATE}{topic_id}"


def known_file_hashes(tx: Session) -> dict[str, str]:
    """Return for each house topic the hash of the file text it came from."""
    return dict(tx.exec(select(TopicRow.slug, TopicRow.file_hash).where(TopicRow.owner_id == HOUSE)).all())


def offer_file(tx: Session, slug: str, titles: Mapping[str, str], text: str, now: datetime) -> Offer:
    """Take a rule file that compiled: publish it where nobody edited the topic since, else keep it as a draft.

    An editor's own draft is not touched: the file waits until that draft is published or dropped.
    """
    row = find_or_add_topic(tx, slug, titles)
    if row.removed_at is not None:
        return Offer.REMOVED
    if row.file_hash == hash_text(text):
        return Offer.UNCHANGED
    current = versions.in_force(tx, row)
    if current is not None and current.text == text:
        row.file_hash = hash_text(text)
        return Offer.UNCHANGED
    if current is None or current.author == FILE_AUTHOR:
        row.file_hash, row.titles = hash_text(text), dict(titles)
        base = current.number if current else 0
        versions.add(tx, row, versions.Change(text, FILE_AUTHOR, "taken from the rule file", base), now)
        return Offer.PUBLISHED
    waiting = drafts.find(tx, row.id or 0)
    if waiting is not None and waiting.author != FILE_AUTHOR:
        return Offer.WAITS
    row.file_hash = hash_text(text)
    seen = waiting.revision if waiting else 0
    drafts.save(tx, row.id or 0, text, FILE_AUTHOR, based_on=current.number, seen=seen, now=now)
    return Offer.DRAFT


def find_topic(tx: Session, slug: str, owner_id: int = HOUSE, *, to_change: bool = False) -> TopicRow | None:
    """Return a topic's row by its slug (case does not matter), in force or not, or None.

    With `to_change` another writer waits until this transaction ends, so that two publishes come one after the other.
    """
    query = select(TopicRow).where(TopicRow.owner_id == owner_id, TopicRow.slug == slug.strip().casefold())
    return tx.exec(query.with_for_update() if to_change else query).first()


def find_or_add_topic(tx: Session, slug: str, titles: Mapping[str, str], owner_id: int = HOUSE) -> TopicRow:
    """Return a topic's row, to be changed; a new one without any version where there was none."""
    row = find_topic(tx, slug, owner_id, to_change=True)
    if row is None:
        row = TopicRow(owner_id=owner_id, slug=slug.strip().casefold(), titles=dict(titles))
        tx.add(row)
        tx.flush()
    return row
