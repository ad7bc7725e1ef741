"""What of items is kept for finding others about the same event: sketches, and the clues that lead to them.

A clue is the hash of a name, a number, a meaning or a MinHash band (`rules.stories.sketch`). Both live as long as an
item may still be compared, a window of days before and after it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import delete, select
from sqlmodel import Session, SQLModel, col

from storage.engine import dialect_of, insert_for
from storage.tables import StoryClueRow, StorySketchRow

SKETCH, CLUE = (SQLModel.metadata.tables[name] for name in ("story_sketch", "story_clue"))
ITEMS_A_SWEEP = 500
ROWS_A_QUESTION = 200

# Values are whole numbers and floats of our own, written out: bound, a hundred of them cost more than the question.
# A clue that very many items have tells nothing more when it is counted to the end.
_COUNTS = """
    WITH asked(clue) AS (VALUES {clues})
    SELECT asked.clue, (SELECT count(*) FROM (
        SELECT 1 FROM story_clue AS known
        WHERE known.clue = asked.clue AND known.hour BETWEEN {first} AND {last} LIMIT {most}) AS some_items)
    FROM asked
"""
_SHARING = """
    WITH asked(clue, weight) AS (VALUES {clues})
    SELECT known.item_id, sum(asked.weight) AS shared
    FROM asked JOIN story_clue AS known ON known.clue = asked.clue
    WHERE known.hour BETWEEN {first} AND {last} AND known.item_id <> {item_id}
    GROUP BY known.item_id HAVING sum(asked.weight) >= {least}
    ORDER BY shared DESC, known.item_id LIMIT {limit}
"""


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of hours since 1970 (UTC), both ends included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Kept:
    """An item's sketch as plain values, with the story it stands in; `core` where new items are compared with it."""

    item_id: int
    story_id: int
    core: bool
    sketch: Mapping[str, Any]


def hour_of(at: datetime) -> int:
    """Return the hours since 1970 (UTC) at a time."""
    return int(at.timestamp() // 3_600)


def around(at: datetime, window: timedelta) -> Hours:
    """Return the hours in which an item of that time may find others."""
    return Hours(hour_of(at - window), hour_of(at + window))


def keep(
    tx: Session,
    item_id: int,
    at: datetime,
    edition: int,
    sketch: Mapping[str, Any],
    clues: Iterable[int],
    *,
    again: bool = False,
) -> None:
    """Keep an item's sketch and its clues; `again`: in place of those of an earlier text of it."""
    hour, connection, dialect = hour_of(at), tx.connection(), dialect_of(tx)
    if again:
        connection.execute(delete(CLUE).where(CLUE.c.item_id == item_id))
    row = {"item_id": item_id, "hour": hour, "edition": edition, "sketch": dict(sketch)}
    connection.execute(_new_sketch(dialect), [row])
    rows = [{"clue": clue, "hour": hour, "item_id": item_id} for clue in sorted(set(clues))]
    if rows:
        connection.execute(_new_clues(dialect), rows)


@cache
def _new_sketch(dialect: str) -> Any:
    insert = insert_for(dialect, SKETCH)
    renewed = {name: insert.excluded[name] for name in ("hour", "edition", "sketch")}
    return insert.on_conflict_do_update(index_elements=["item_id"], set_=renewed)


@cache
def _new_clues(dialect: str) -> Any:
    return insert_for(dialect, CLUE).on_conflict_do_nothing()


def how_many(tx: Session, hours: Hours) -> int:
    """Return how many items have a sketch in these hours."""
    query = f"SELECT count(*) FROM story_sketch WHERE hour BETWEEN {int(hours.first)} AND {int(hours.last)}"
    return int(tx.connection().exec_driver_sql(query).scalar_one())


def counts(tx: Session, clues: Collection[int], hours: Hours, most: int) -> dict[int, int]:
    """Return how many items of these hours have each clue, counted up to `most`."""
    if not clues:
        return {}
    asked = ",".join(f"({int(clue)})" for clue in clues)
    query = _COUNTS.format(clues=asked, first=int(hours.first), last=int(hours.last), most=int(most))
    return {int(clue): int(number) for clue, number in tx.connection().exec_driver_sql(query)}


def sharing(
    tx: Session, weights: Mapping[int, float], hours: Hours, item_id: int, *, least: float, limit: int
) -> list[int]:
    """Return the items that share clues with `item_id`, those of the greatest summed weight first: `least` and more, at
    most `limit` items."""
    if not weights:
        return []
    asked = ",".join(f"({int(clue)},{float(weight):.4f})" for clue, weight in weights.items())
    query = _SHARING.format(
        clues=asked, first=int(hours.first), last=int(hours.last), item_id=int(item_id), limit=int(limit),
        least=float(least),
    )  # fmt: skip
    return [int(found) for found, _ in tx.connection().exec_driver_sql(query)]


def load(tx: Session, item_ids: Collection[int], edition: int) -> list[Kept]:
    """Return the sketches of these items that stand in a story, and those of the cores of their stories."""
    if not item_ids:
        return []
    found = _rows(tx, _BY_ITEM, list(item_ids), edition)
    missing = {core for row in found for core in row[2:4] if core} - set(item_ids)
    if missing:
        found += _rows(tx, _BY_ITEM, list(missing), edition)
    return [_kept(row) for row in found]


def members(tx: Session, story_id: int, edition: int, limit: int) -> list[Kept]:
    """Return the sketches of the first `limit` items of a story, oldest first."""
    return [_kept(row) for row in _rows(tx, _BY_STORY, [story_id], edition)[:limit]]


Row = tuple[int, int, int | None, int | None, str]
_OF_ITEMS = """
    SELECT item.id, story.id, story.first_item_id, story.core_item_id, story_sketch.sketch
    FROM item JOIN story_sketch ON story_sketch.item_id = item.id JOIN story ON story.id = item.story_id
    WHERE story_sketch.edition = {edition} AND {where} ORDER BY item.id LIMIT {most}
"""
_BY_ITEM, _BY_STORY = "item.id IN ({numbers})", "item.story_id IN ({numbers})"


def _rows(tx: Session, where: str, numbers: Iterable[int], edition: int) -> list[Row]:
    asked = where.format(numbers=",".join(str(int(number)) for number in numbers))
    query = _OF_ITEMS.format(edition=int(edition), where=asked, most=ROWS_A_QUESTION)
    return [
        (item, story, first, core, plain) for item, story, first, core, plain in tx.connection().exec_driver_sql(query)
    ]


def _kept(row: Row) -> Kept:
    item_id, story_id, first, core, plain = row
    # SQLite hands JSON back as text, PostgreSQL as what it means.
    return Kept(item_id, story_id, item_id in (first, core), json.loads(plain) if isinstance(plain, str) else plain)


def forget(tx: Session, before: datetime) -> int:
    """Delete sketches and clues of items published before that, at most ITEMS_A_SWEEP items; return how many."""
    old = list(
        tx.execute(
            select(col(StorySketchRow.item_id)).where(col(StorySketchRow.hour) < hour_of(before)).limit(ITEMS_A_SWEEP)
        ).scalars()
    )
    tx.execute(delete(StoryClueRow).where(col(StoryClueRow.item_id).in_(old)))
    tx.execute(delete(StorySketchRow).where(col(StorySketchRow.item_id).in_(old)))
    return len(old)
