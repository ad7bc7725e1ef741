"""What is kept for finding items about one event: found by the clues they share, within their hours, and forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlmodel import select

from storage import sketches, stories
from storage.engine import Engine, Session, reading, writing
from storage.sketches import around
from storage.tables import ItemRow, SourceRow, StoryClueRow

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
WINDOW = timedelta(days=3)
HUGE = 2**63 - 1


def _item(tx: Session, number: int, at: datetime, clues: list[int], edition: int = 1) -> int:
    item = ItemRow(source_id=1, key=str(number), title=f"Title {number}", first_seen_at=at)
    tx.add(item)
    tx.flush()
    item.story_id = stories.open_story(tx, item.id or 0, item.title, at)
    sketches.keep(tx, item.id or 0, at, edition, {"title": f"Заглавие {number}"}, clues)
    tx.flush()
    return item.id or 0


def _filled(engine: Engine) -> None:
    with writing(engine) as tx:
        tx.add(SourceRow(name="Wire", url="u", imported_url="u", added_at=NOW))
        tx.flush()
        _item(tx, 1, NOW, [1, 2, 3, HUGE])
        _item(tx, 2, NOW - timedelta(days=2), [2, 3])
        _item(tx, 3, NOW - timedelta(days=8), [1, 2, 3])
        _item(tx, 4, NOW, [3, 3, 3])


def test_items_that_share_the_most_come_first_and_old_ones_never(engine: Engine) -> None:
    _filled(engine)
    hours = around(NOW, WINDOW)
    with reading(engine) as tx:
        assert sketches.how_many(tx, hours) == 3
        assert sketches.counts(tx, [1, 2, 3, 4, HUGE], hours, 10) == {1: 1, 2: 2, 3: 3, 4: 0, HUGE: 1}
        assert sketches.counts(tx, [3], hours, 2) == {3: 2}
        weights = {1: 4.0, 2: 2.5, 3: 1.0, HUGE: 0.5}
        assert sketches.sharing(tx, weights, hours, 99, least=0.5, limit=10) == [1, 2, 4]
        assert sketches.sharing(tx, weights, hours, 1, least=0.5, limit=1) == [2]
        assert sketches.sharing(tx, weights, hours, 99, least=3.6, limit=10) == [1]
        assert sketches.sharing(tx, {}, hours, 99, least=0, limit=10) == []


def test_a_sketch_comes_back_with_its_story_and_its_edition_alone(engine: Engine) -> None:
    _filled(engine)
    with writing(engine) as tx:
        _item(tx, 5, NOW, [7], edition=2)
    with reading(engine) as tx:
        found = sketches.load(tx, [1, 2, 5], 1)
        assert [(kept.item_id, kept.story_id, kept.core) for kept in found] == [(1, 1, True), (2, 2, True)]
        assert found[0].sketch == {"title": "Заглавие 1"}


def test_a_later_text_of_an_item_takes_the_place_of_the_earlier(engine: Engine) -> None:
    _filled(engine)
    with writing(engine) as tx:
        sketches.keep(tx, 1, NOW, 1, {"title": "New"}, [9], again=True)
    with reading(engine) as tx:
        assert {row.clue for row in tx.exec(select(StoryClueRow).where(StoryClueRow.item_id == 1))} == {9}
        assert sketches.load(tx, [1], 1)[0].sketch == {"title": "New"}


def test_what_is_past_its_time_is_forgotten_with_its_clues(engine: Engine) -> None:
    _filled(engine)
    with writing(engine) as tx:
        assert sketches.forget(tx, NOW - timedelta(days=7)) == 1
        assert sketches.forget(tx, NOW - timedelta(days=7)) == 0
    with reading(engine) as tx:
        assert {row.item_id for row in tx.exec(select(StoryClueRow))} == {1, 2, 4}
