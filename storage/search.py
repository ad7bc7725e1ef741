"""The archive as a search sees it: each item's folded words, looked through newest first, a bounded stretch at a time.

Words are compared from their beginning, so that "нефт" finds "нефтепровод". What folds a word is the caller's matter;
here are only rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, true, update
from sqlmodel import Session, col, select

from storage.engine import dialect_of, insert_into
from storage.tables import ItemRow, MatchRow, SearchRow, SourceRow, TextRow

# Rows of some two kilobytes: a stretch takes some 30 ms, wherever the words stand.
STRETCH = 10_000
STRETCHES_AT_MOST = 10
TITLES_OF_A_TOPIC = 200


@dataclass(frozen=True, slots=True)
class Unsearched:
    """An item whose present text a search does not know yet."""

    item_id: int
    text_hash: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a list of results names it; `topic_id` is the topic that it was listed for, 0 for none."""

    item_id: int
    title: str
    link: str
    source_name: str
    shown_at: datetime
    story_id: int | None = None
    topic_id: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Some results, newest first. `older` is the id below which the search goes on, 0 where nothing is left; `newer`
    the id above which results were passed over, 0 where these are the newest. `searched_to` is how far back this went
    without filling the page (None: it is full, or nothing is left)."""

    entries: tuple[Entry, ...]
    older: int = 0
    newer: int = 0
    searched_to: datetime | None = None


def due(tx: Session, limit: int) -> list[Unsearched]:
    """Return items that a search does not know yet and the rules have read, the newest first."""
    query = (
        select(ItemRow.id, ItemRow.text_hash, ItemRow.title, func.coalesce(TextRow.text, ""))
        .outerjoin(TextRow, (col(TextRow.item_id) == ItemRow.id) & (col(TextRow.hash) == ItemRow.text_hash))
        .where(col(ItemRow.search_due) == true(), col(ItemRow.analyse_due).is_(False))
        .order_by(col(ItemRow.id).desc())
        .limit(limit)
    )
    return [Unsearched(*row) for row in tx.execute(query)]


def put(tx: Session, done: Iterable[tuple[Unsearched, str]]) -> None:
    """Write the folded words of items. One whose text changed meanwhile is looked at again."""
    for item, words in done:
        if tx.exec(select(ItemRow.id).where(ItemRow.id == item.item_id)).first() is None:
            continue
        insert = insert_into(tx, SearchRow).values(item_id=item.item_id, words=words)
        tx.execute(insert.on_conflict_do_update(index_elements=["item_id"], set_={"words": insert.excluded.words}))
        tx.execute(
            update(ItemRow)
            .where(col(ItemRow.id) == item.item_id, col(ItemRow.text_hash) == item.text_hash)
            .values(search_due=False)
        )


def find(tx: Session, stems: Sequence[str], limit: int, *, below: int = 0, above: int = 0) -> Page:
    """Return items that have a word beginning with each of `stems` (none where a minus sign stands before it): the
    newest; the newest below an item's id; or, with `above`, the page before.

    At most STRETCHES_AT_MOST × STRETCH items are looked through, however rare the words are.
    """
    if above:
        found, _ = _scan(tx, stems, limit + 1, above=above)
        ids = sorted(found[:limit], reverse=True)
        return Page(_entries(tx, ids), ids[-1] if ids else above + 1, ids[0] if len(found) > limit else 0)
    found, reached = _scan(tx, stems, limit + 1, below=below)
    ids = found[:limit]
    newer = ids[0] if ids and below else 0
    if len(found) > limit:
        return Page(_entries(tx, ids), ids[-1], newer)
    if reached:
        at = tx.exec(select(ItemRow.first_seen_at).where(ItemRow.id == reached)).first()
        return Page(_entries(tx, ids), reached, newer, at)
    return Page(_entries(tx, ids), 0, newer)


def _scan(tx: Session, stems: Sequence[str], wanted: int, *, below: int = 0, above: int = 0) -> tuple[list[int], int]:
    """Return the ids found, and the id at which the search stopped for having looked through enough (0: it did not)."""
    found: list[int] = []
    edge = above or below
    for _ in range(STRETCHES_AT_MOST):
        key = col(SearchRow.item_id)
        stretch = select(SearchRow.item_id, SearchRow.words)
        if edge:
            stretch = stretch.where(key > edge if above else key < edge)
        part = stretch.order_by(key if above else key.desc()).limit(STRETCH).subquery()
        order = part.c.item_id if above else part.c.item_id.desc()
        query = select(part.c.item_id).where(*_begin_with(tx, part.c.words, stems)).order_by(order)
        found += [row for (row,) in tx.execute(query.limit(wanted - len(found)))]
        last = func.max(part.c.item_id) if above else func.min(part.c.item_id)
        count, end = tx.execute(select(func.count(), last).select_from(part)).one()
        if len(found) >= wanted or count < STRETCH:
            return found, 0
        edge = end
    return found, edge


def _begin_with(tx: Session, words: Any, stems: Sequence[str]) -> list[Any]:
    inside = func.strpos if dialect_of(tx) == "postgresql" else func.instr
    unwanted = [stem.removeprefix("-") for stem in stems if stem.startswith("-")]
    wanted = [stem for stem in stems if not stem.startswith("-")]
    there = [inside(words, f" {stem}") > 0 for stem in wanted]
    return there + [inside(words, f" {stem}") == 0 for stem in unwanted]


def _entries(tx: Session, ids: Collection[int]) -> tuple[Entry, ...]:
    rows = {entry.item_id: entry for entry in map(_entry, tx.execute(_listed().where(col(ItemRow.id).in_(list(ids)))))}
    return tuple(rows[item_id] for item_id in ids if item_id in rows)


def _listed(*more: Any) -> Any:
    shown_at = func.coalesce(ItemRow.published_at, ItemRow.first_seen_at, type_=ItemRow.first_seen_at.type)  # type: ignore[attr-defined]
    columns: tuple[Any, ...] = (ItemRow.id, ItemRow.title, ItemRow.link, SourceRow.name, shown_at, ItemRow.story_id)
    return select(*columns, *more).join(SourceRow, col(SourceRow.id) == ItemRow.source_id)


def _entry(row: Any) -> Entry:
    return Entry(*row)


def latest(tx: Session, topic_ids: Collection[int], limit: int) -> list[Entry]:
    """Return the newest stories that these topics found, the newest item of each, at most `limit`."""
    found: list[Entry] = []
    for topic_id in topic_ids:
        query = (
            _listed(MatchRow.topic_id)
            .join(MatchRow, col(MatchRow.item_id) == ItemRow.id)
            .where(col(MatchRow.topic_id) == topic_id, col(MatchRow.vanished_at).is_(None))
            .order_by(col(MatchRow.matched_at).desc(), col(MatchRow.id).desc())
            .limit(TITLES_OF_A_TOPIC)
        )
        found += map(_entry, tx.execute(query))
    stories: dict[tuple[bool, int], Entry] = {}
    for entry in sorted(found, key=lambda entry: (entry.shown_at, entry.item_id), reverse=True):
        stories.setdefault((entry.story_id is None, entry.story_id or entry.item_id), entry)
    return list(stories.values())[:limit]
