"""The archive as the console lists it: by words, topic, source, language and day, the newest first, a page at a time.

The rarest of what was asked for leads; the rest is checked on its items, a batch at a time and not for ever, so that no
question takes long however big the archive is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import text as sql
from sqlmodel import Session, SQLModel, col, select

from storage import word_index
from storage.engine import dialect_of
from storage.tables import ItemRow, MatchRow, SourceRow, TextRow, TopicRow

BATCH = 500
LOOKED_AT_MOST = 20_000
FACETS_OF = 500
TEASER = 1_200

ITEM, MATCH = (SQLModel.metadata.tables[str(row.__tablename__)] for row in (ItemRow, MatchRow))


@dataclass(frozen=True, slots=True)
class Terms:
    """What items are asked for: words by their folded beginnings, a topic, a source, a language, first seen in
    [since, until). Empty values ask for nothing."""

    stems: tuple[str, ...] = ()
    topic_id: int = 0
    source_id: int = 0
    language: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """An item in a list; `teaser` is the beginning of its text, "" where that is gone; `topics` are ids."""

    item_id: int
    title: str
    link: str
    source_id: int
    source_name: str
    language: str
    published_at: datetime | None
    first_seen_at: datetime
    story_id: int | None
    teaser: str = ""
    topics: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Facets:
    """How the newest items found fall on topics (by id), sources (by id and name) and languages; `of` so many."""

    of: int
    topics: tuple[tuple[int, int], ...]
    sources: tuple[tuple[int, str, int], ...]
    languages: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A page of items. `older` is the id below which the list goes on, 0 where it ends; `stopped` says that the search
    stopped for having looked at enough."""

    items: tuple[Listed, ...]
    older: int = 0
    stopped: bool = False
    facets: Facets | None = None


def find(tx: Session, terms: Terms, limit: int, *, below: int = 0, facets: bool = False) -> Found:
    """Return the newest items that these terms ask for, below an id if given; with facets if wanted."""
    wanted = max(limit + 1, FACETS_OF if facets else 0)
    ids, reached, stopped = _ids(tx, terms, wanted, below)
    shown = ids[:limit]
    older = shown[-1] if len(ids) > limit else reached if stopped else 0
    return Found(listed(tx, shown), older, stopped and len(ids) <= limit, _facets(tx, ids) if facets else None)


def _ids(tx: Session, terms: Terms, wanted: int, below: int) -> tuple[list[int], int, bool]:
    """Return the ids found, the id down to which was looked, and whether that was the bound's doing."""
    low, high = _bounds(tx, terms)
    below = min(below, high) if below and high else below or high
    found: list[int] = []
    looked = reached = 0
    while len(found) < wanted:
        batch = _lead(tx, terms, low, below, BATCH if _is_checked(terms) else wanted - len(found))
        found += _checked(tx, terms, batch) if _is_checked(terms) else batch
        looked += len(batch)
        if not batch or len(batch) < (BATCH if _is_checked(terms) else 1):
            return found[:wanted], reached, False
        reached = below = batch[-1]
        if looked >= LOOKED_AT_MOST:
            return found[:wanted], reached, len(found) < wanted
    return found[:wanted], reached, False


def _bounds(tx: Session, terms: Terms) -> tuple[int, int]:
    """Return the ids between which the days asked for lie: above the first, below the second (0: no bound)."""
    low = high = 0
    at = col(ItemRow.first_seen_at)
    if terms.since is not None:
        first = tx.exec(select(ItemRow.id).where(at < terms.since).order_by(at.desc()).limit(1)).first()
        low = int(first or 0)
    if terms.until is not None:
        beyond = tx.exec(select(ItemRow.id).where(at >= terms.until).order_by(at).limit(1)).first()
        high = int(beyond or 0)
    return low, high


def _is_checked(terms: Terms) -> bool:
    """Say whether more is asked for than what leads."""
    asked = (terms.stems, terms.topic_id, terms.source_id, terms.language)
    return sum(map(bool, asked)) > 1 or terms.since is not None or terms.until is not None


def _lead(tx: Session, terms: Terms, low: int, below: int, limit: int) -> list[int]:
    if terms.stems:
        return _by_words(tx, terms.stems, low, below, limit)
    if terms.topic_id:
        key = MATCH.c.item_id
        query = select(key).where(MATCH.c.topic_id == terms.topic_id, MATCH.c.vanished_at.is_(None))
    else:
        key = ITEM.c.id
        query = select(key)
        if terms.source_id:
            query = query.where(ITEM.c.source_id == terms.source_id)
        elif terms.language:
            query = query.where(ITEM.c.language == terms.language)
    query = query.where(key > low) if low else query
    query = query.where(key < below) if below else query
    return [row for (row,) in tx.execute(query.order_by(key.desc()).limit(limit))]


def _by_words(tx: Session, stems: tuple[str, ...], low: int, below: int, limit: int) -> list[int]:
    dialect = dialect_of(tx)
    asked: dict[str, Any] = {"words": word_index.query(dialect, stems), "low": low, "most": limit}
    asked["below"] = below or 1 << 62
    if dialect == "postgresql":
        said = (
            "SELECT item_id FROM item_search WHERE to_tsvector('simple', words) @@ to_tsquery('simple', :words) "
            "AND item_id > :low AND item_id < :below ORDER BY item_id DESC LIMIT :most"
        )
    else:
        said = (
            f"SELECT rowid FROM {word_index.TABLE} WHERE {word_index.TABLE} MATCH :words AND rowid > :low "
            "AND rowid < :below ORDER BY rowid DESC LIMIT :most"
        )
    return [int(row) for (row,) in tx.execute(sql(said), asked)]


def _checked(tx: Session, terms: Terms, ids: Sequence[int]) -> list[int]:
    if not ids:
        return []
    query = select(ITEM.c.id).where(ITEM.c.id.in_(list(ids)))
    if terms.source_id:
        query = query.where(ITEM.c.source_id == terms.source_id)
    if terms.language:
        query = query.where(ITEM.c.language == terms.language)
    if terms.since is not None:
        query = query.where(ITEM.c.first_seen_at >= terms.since)
    if terms.until is not None:
        query = query.where(ITEM.c.first_seen_at < terms.until)
    if terms.topic_id and terms.stems:
        standing = (MATCH.c.topic_id == terms.topic_id) & MATCH.c.vanished_at.is_(None)
        query = query.join(MATCH, (MATCH.c.item_id == ITEM.c.id) & standing)
    return sorted((row for (row,) in tx.execute(query)), reverse=True)


def listed(tx: Session, ids: Sequence[int]) -> tuple[Listed, ...]:
    """Return these items (at most some hundreds) as a list shows them, in this order; private topics left out."""
    columns: tuple[Any, ...] = (
        ItemRow.id, ItemRow.title, ItemRow.link, ItemRow.source_id, SourceRow.name,
        func.coalesce(func.nullif(ItemRow.language, ""), SourceRow.language), ItemRow.published_at,
        ItemRow.first_seen_at, ItemRow.story_id, func.coalesce(func.substr(TextRow.text, 1, TEASER), ""),
    )  # fmt: skip
    query = (
        select(*columns)
        .join(SourceRow, col(SourceRow.id) == ItemRow.source_id)
        .outerjoin(TextRow, (col(TextRow.item_id) == ItemRow.id) & (col(TextRow.hash) == ItemRow.text_hash))
        .where(col(ItemRow.id).in_(list(ids)))
    )
    topics: dict[int, list[int]] = {}
    for item_id, topic_id in _matches(tx, ids):
        topics.setdefault(item_id, []).append(topic_id)
    found = (Listed(*row) for row in tx.execute(query))
    rows = {one.item_id: replace(one, topics=tuple(sorted(topics.get(one.item_id, ())))) for one in found}
    return tuple(rows[item_id] for item_id in ids if item_id in rows)


def _matches(tx: Session, ids: Sequence[int]) -> Iterator[tuple[int, int]]:
    query = (
        select(MatchRow.item_id, MatchRow.topic_id)
        .join(TopicRow, col(TopicRow.id) == MatchRow.topic_id)
        .where(col(MatchRow.item_id).in_(list(ids)), col(MatchRow.vanished_at).is_(None), TopicRow.owner_id == 0)
    )
    yield from ((item_id, topic_id) for item_id, topic_id in tx.execute(query))


def _facets(tx: Session, ids: Sequence[int]) -> Facets:
    query = select(ItemRow.source_id, SourceRow.name, ItemRow.language, SourceRow.language).join(
        SourceRow, col(SourceRow.id) == ItemRow.source_id
    )
    rows = list(tx.execute(query.where(col(ItemRow.id).in_(list(ids)))))
    topics = Counter(topic_id for _, topic_id in _matches(tx, ids))
    names = {source_id: name for source_id, name, _, _ in rows}
    sources = Counter(row[0] for row in rows)
    languages = Counter(own or usual for _, _, own, usual in rows)
    return Facets(
        len(ids), tuple(topics.most_common()),
        tuple((source_id, names[source_id], number) for source_id, number in sources.most_common(15)),
        tuple((code, number) for code, number in languages.most_common() if code),
    )  # fmt: skip
