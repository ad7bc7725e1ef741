"""Stories as subscribers meet them: one message for one event, in whatever words, tongues and order it is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.stories import labelled, scores, stream
from bot.pipeline.cleanup import clean_up
from storage.engine import open_engine
from storage.retention import Keep
from storage.tables import AlertRow, StoryClueRow, StoryRow, StorySketchRow, TopicRow
from tests.newsroom import FLOODS, Newsroom, Story, open_newsroom

HERALD, TIMES, POST = (f"https://{name}.example/feed" for name in ("herald", "times", "post"))
DAM = Story(
    "Flood breaks the dam of Tainak above Atyrau", "The flood broke the dam at dawn, governor Serik Shapkenov said."
)
FAMILIES = Story(
    "Four hundred families flee from flood near Atyrau", "Rescuers took 400 families to the schools of Makhambet."
)
BOTH = Story(
    "Dam of Tainak near Atyrau breaks, flood drives 400 families away",
    "The flood broke the dam at dawn, said governor Serik Shapkenov. Rescuers took 400 families to the schools of "
    "Makhambet.",
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as opened:
        for url, name in ((HERALD, "Herald"), (TIMES, "Times"), (POST, "Post")):
            await opened.add_source(url, name=name)
        await opened.run()
        opened.at += timedelta(minutes=5)
        yield opened


async def rows(room: Newsroom, table: Any) -> list[Any]:
    return await room.db.read(lambda tx: list(tx.exec(table.__table__.select())))


def test_the_labelled_set_finds_its_stories_as_well_as_when_it_was_measured(tmp_path: Path) -> None:
    gold = labelled()
    engine = open_engine(f"sqlite:///{tmp_path / 'gold.sqlite3'}")
    found = {score.what: score for score in scores(gold, stream(gold, engine).stories)}
    engine.dispose()
    one, across = found["in one language"], found["across languages"]
    assert min(one.precision, across.precision) >= 0.98
    assert min(one.recall, across.recall) >= 0.87
    held = found["in one language, events held out"], found["across languages, events held out"]
    assert min(score.precision for score in held) >= 0.985
    assert min(score.recall for score in held) >= 0.85
    assert found["look-alikes within 72 h"].wrong <= 6


async def test_two_stories_that_prove_one_leave_both_messages_and_only_the_older_grows(room: Newsroom) -> None:
    room.publish(DAM)
    await room.later(minutes=5)
    room.publish(FAMILIES, url=HERALD)
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 2
    await room.subscribe(18)
    room.publish(BOTH, url=TIMES)
    await room.later(minutes=5)
    await room.later(minutes=5)
    older, newer = room.telegram.texts(17)
    assert older.splitlines()[-1] == "also: Herald, Times · 3 sources"
    assert "also" not in newer
    assert [row.merged_into for row in await rows(room, StoryRow)] == [None, 1]
    room.publish(Story("UPDATE 1-" + FAMILIES.title, "Copied.", "https://post.example/1"), url=POST)
    await room.later(minutes=5)
    await room.later(minutes=5)
    older, newer = room.telegram.texts(17)
    assert "Post" in older
    assert "Post" not in newer
    assert len(room.telegram.texts(18)) == 1


async def test_who_was_told_of_the_newer_story_alone_sees_it_grow(room: Newsroom) -> None:
    room.publish(DAM)
    await room.later(minutes=5)
    await room.subscribe(18)
    room.publish(FAMILIES, url=HERALD)
    await room.later(minutes=5)
    room.publish(BOTH, url=TIMES)
    await room.later(minutes=5)
    await room.later(minutes=5)
    [told] = room.telegram.texts(18)
    assert told.startswith("Floods\nFour hundred families")
    assert told.splitlines()[-1] == "also: Paper, Times · 3 sources"
    assert {(row.subscriber_id, row.story_id) for row in await rows(room, AlertRow)} == {(1, 1), (1, 2), (2, 1)}


async def test_the_same_flood_in_another_language_joins_after_a_restart_too(room: Newsroom) -> None:
    room.publish(BOTH)
    await room.later(minutes=5)
    room.analyst = type(room.analyst)(room.db, room.workers, room.analyst._teller, room.metrics, room.now)  # type: ignore[arg-type]
    room.publish(
        Story(
            "Под Атырау наводнение прорвало дамбу, 400 семей покинули дома",
            "Наводнение прорвало дамбу на рассвете, сказал аким Серик Шапкенов. Спасатели вывезли четыреста семей в "
            "школы Махамбета.",
            "https://herald.example/ru",
        ),
        url=HERALD,
    )
    await room.later(minutes=5)
    await room.later(minutes=5)
    [text] = room.telegram.texts()
    assert text.splitlines()[-1] == "also: Herald · 2 sources · 2 languages"


async def test_last_weeks_words_are_another_story_and_old_sketches_are_forgotten(room: Newsroom) -> None:
    room.publish(BOTH)
    await room.later(minutes=5)
    await room.later(days=8)
    room.publish(Story(BOTH.title, BOTH.text, "https://paper.example/again"))
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 2
    swept = await clean_up(room.db, Keep(*4 * [timedelta(days=90)]), room.at)
    assert swept.sketches == 1
    assert len(await rows(room, StorySketchRow)) == 1
    assert {row.item_id for row in await rows(room, StoryClueRow)} == {2}


async def test_what_a_person_watches_in_private_leaves_no_trace_in_a_sketch(room: Newsroom) -> None:
    await room.add_topic(FLOODS.replace("topic: floods", "topic: my-dam"), "my-dam", "My dam")
    await room.db.write(lambda tx: setattr(tx.get(TopicRow, 2), "owner_id", 1))
    room.publish(BOTH)
    await room.later(minutes=5)
    [kept] = await rows(room, StorySketchRow)
    assert "r:floods/flood" in kept.sketch["clues"]
    assert "my-dam" not in str(kept.sketch)
