"""Searches that people keep, and the keys of Atom feeds: of a topic, or of a kept search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete
from sqlmodel import Session, col, select

from storage.sessions import Person
from storage.tables import AtomKeyRow, SavedSearchRow, TopicRow

MOST_SEARCHES = 100


@dataclass(frozen=True, slots=True)
class Feed:
    """What an Atom feed tells: a topic of the house, or a kept search with its terms."""

    name: str
    topic_id: int
    terms: Mapping[str, Any]


def of_person(tx: Session, person: Person) -> list[SavedSearchRow]:
    """Return a person's kept searches by name."""
    query = select(SavedSearchRow).where(SavedSearchRow.owner == person.name)
    return list(tx.exec(query.order_by(col(SavedSearchRow.name))))


def keep(tx: Session, person: Person, name: str, terms: Mapping[str, Any], now: datetime) -> bool:
    """Keep a search under a name, in place of one of that name; False where there are too many already."""
    known = [row for row in of_person(tx, person) if row.name == name]
    if not known and len(of_person(tx, person)) >= MOST_SEARCHES:
        return False
    row = known[0] if known else SavedSearchRow(
        owner=person.name, subscriber_id=person.subscriber_id, name=name, made_at=now
    )  # fmt: skip
    row.terms = dict(terms)
    tx.add(row)
    return True


def drop(tx: Session, person: Person, search_id: int) -> bool:
    """Forget a kept search and its feed; say whether there was one of this person's."""
    gone = delete(SavedSearchRow).where(col(SavedSearchRow.id) == search_id, col(SavedSearchRow.owner) == person.name)
    return bool(tx.connection().execute(gone).rowcount)


def keys(tx: Session, person: Person) -> dict[tuple[str, int], str]:
    """Return the keys of a person's feeds by ("topic" or "search", id)."""
    rows = tx.exec(select(AtomKeyRow).where(AtomKeyRow.owner == person.name))
    return {("topic", row.topic_id) if row.topic_id else ("search", row.search_id or 0): row.token for row in rows}


def make_key(tx: Session, person: Person, token: str, kind: str, target_id: int, now: datetime) -> bool:
    """Make the key of a feed, in place of this person's former one; False where there is nothing to tell of."""
    if kind == "topic":
        topic = tx.get(TopicRow, target_id)
        if topic is None or topic.owner_id != 0:
            return False
    elif not any(row.id == target_id for row in of_person(tx, person)):
        return False
    drop_key(tx, person, kind, target_id)
    row = AtomKeyRow(token=token, owner=person.name, subscriber_id=person.subscriber_id, made_at=now)
    row.topic_id, row.search_id = (target_id, None) if kind == "topic" else (None, target_id)
    tx.add(row)
    return True


def drop_key(tx: Session, person: Person, kind: str, target_id: int) -> None:
    """Let the address of a feed lead nowhere from now on."""
    target: ColumnElement[bool] = (
        col(AtomKeyRow.topic_id) == target_id if kind == "topic" else col(AtomKeyRow.search_id) == target_id
    )
    tx.execute(delete(AtomKeyRow).where(target, col(AtomKeyRow.owner) == person.name))


def feed_of(tx: Session, token: str, language: str) -> Feed | None:
    """Return what the feed of this key tells, None for an unknown key or a topic that is gone."""
    row = tx.get(AtomKeyRow, token)
    if row is None:
        return None
    if row.topic_id:
        topic = tx.get(TopicRow, row.topic_id)
        if topic is None or topic.removed_at is not None:
            return None
        return Feed(topic.titles.get(language) or topic.titles.get("en") or topic.slug, row.topic_id, {})
    search = tx.get(SavedSearchRow, row.search_id)
    return Feed(search.name, 0, search.terms) if search is not None else None
