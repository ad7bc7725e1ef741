"""What a subscriber sees of a story: one message that grows, when it may ring, and what quiet hours and mutes do."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.pipeline.release import release_held
from storage import mutes, rulebook, subscribers
from storage.mutes import Muted
from storage.tables import How, OutboxRow, SubscriberRow, SubscriptionRow, TopicRow, VerdictRow
from tests.newsroom import FLOODS, Newsroom, Story, open_newsroom

PAPERS = ("https://herald.example/feed", "https://times.example/feed", "https://post.example/feed",
          "https://echo.example/feed", "https://globe.example/feed")  # fmt: skip
FLOOD = "Flood in Aktobe drives four hundred families from their homes"
TEXT = "A summary of the week. The flood came at night, said the mayor. Schools stay closed."


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as opened:
        for url in PAPERS:
            await opened.add_source(url, name=url.split(".")[0].removeprefix("https://").title())
        await opened.run()
        opened.at += timedelta(minutes=5)
        yield opened


async def choose(room: Newsroom, chat_id: int = 17, **choices: Any) -> int:
    def change(tx: Any) -> int:
        person = subscribers.find(tx, chat_id)
        for name, value in choices.items():
            setattr(person, name, value)
        tx.add(person)
        return int(person.id)

    return await room.db.write(change)


async def verdicts(room: Newsroom) -> list[str]:
    return await room.db.read(lambda tx: [row.verdict for row in tx.exec(VerdictRow.__table__.select())])


async def told_everywhere(room: Newsroom, papers: int, first: int = 0) -> None:
    for url in PAPERS[first:papers]:
        room.publish(Story(FLOOD, TEXT, f"{url}/flood"), url=url)
    await room.later(minutes=5)


async def test_an_alert_says_topic_headline_source_time_sentence_and_why(room: Newsroom) -> None:
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    [text] = room.telegram.texts()
    assert text.splitlines() == [
        "Floods",
        f"{FLOOD} (https://paper.example/{Story(FLOOD).link.rpartition('/')[2]})",
        "Paper · 2 March 2026, 12:05",
        "",
        "The flood came at night, said the mayor.",
        "why: “Flood”",
    ]
    [message] = room.telegram.messages.values()
    assert "The <b>flood</b> came" in message.text
    assert [label for row in message.buttons for label, _ in row] == [
        "👍 Relevant", "👎 Not relevant", "🔕 Mute story", "🔕 Mute source", "⋯ More",
    ]  # fmt: skip


async def test_later_items_grow_the_same_message_and_nothing_rings_again(room: Newsroom) -> None:
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    await told_everywhere(room, 3)
    await room.later(minutes=5)
    [text] = room.telegram.texts()
    assert text.splitlines()[-1] == "also: Herald, Times, Post · 4 sources"
    assert room.telegram.edits >= 1


async def test_a_message_is_edited_at_most_once_a_minute(room: Newsroom) -> None:
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    for number in range(4):
        await told_everywhere(room, number + 1, number)
        room.at -= timedelta(minutes=4, seconds=50)
    assert room.telegram.edits <= 2


async def test_a_story_that_spread_rings_again_only_for_who_chose_so(room: Newsroom) -> None:
    await room.subscribe(18)
    await choose(room, 18, escalate=True)
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    await told_everywhere(room, 3)
    await told_everywhere(room, 5, 3)
    await room.later(minutes=5)
    assert len(room.telegram.texts(17)) == 1
    _, again = room.telegram.texts(18)
    assert again.startswith("This story has spread: now ")
    assert "its story spread five-fold since its message rang" in await verdicts(room)
    room.publish(Story(FLOOD, TEXT + " More.", "https://paper.example/second"))
    await room.later(minutes=5)
    assert len(room.telegram.texts(18)) == 2


async def test_quiet_hours_hold_a_story_and_tell_it_once_when_they_end(room: Newsroom) -> None:
    await choose(room, quiet_from=11 * 60, quiet_to=14 * 60)
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    await told_everywhere(room, 2)
    assert room.telegram.texts() == []
    assert await release_held(room.db, room.at) == 0
    room.at += timedelta(hours=3)
    assert await release_held(room.db, room.at) == 1
    await room.send()
    [text] = room.telegram.texts()
    assert text.splitlines()[-1] == "also: Herald, Times · 3 sources"
    assert await release_held(room.db, room.at) == 0
    await told_everywhere(room, 3, 2)
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 1
    assert "Post" in room.telegram.texts()[0]


async def test_many_held_stories_are_left_to_be_gathered(room: Newsroom) -> None:
    await choose(room, quiet_from=11 * 60, quiet_to=14 * 60)
    places = ("Aktobe bridge", "Oral market", "Kostanay school", "Semey hospital", "Taraz railway")
    room.publish(*(Story(f"Flood closes {place} number {n * 17}", "") for n, place in enumerate(places)))
    await room.later(minutes=5)
    room.at += timedelta(hours=3)
    assert await release_held(room.db, room.at) == 0
    waits = await room.db.read(lambda tx: [row.waits for row in tx.exec(VerdictRow.__table__.select())])
    assert waits == [True] * 5


async def test_an_urgent_topic_breaks_through_quiet_hours(room: Newsroom) -> None:
    number = await choose(room, quiet_from=11 * 60, quiet_to=14 * 60)

    def make_urgent(tx: Any) -> None:
        topic = rulebook.topic(tx, "floods")
        assert topic is not None
        tx.get(SubscriptionRow, (number, topic.topic_id)).urgent = True

    await room.db.write(make_urgent)
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 1


@pytest.mark.parametrize("kind", list(Muted))
async def test_nothing_is_heard_of_what_is_muted(room: Newsroom, kind: Muted) -> None:
    number = await choose(room)
    if kind is Muted.STORY:
        room.publish(Story(FLOOD, TEXT))
        await room.later(minutes=5)
    before = room.telegram.texts()

    def silence(tx: Any) -> None:
        topic = rulebook.topic(tx, "floods")
        target = {Muted.STORY: 1, Muted.SOURCE: 2, Muted.TOPIC: topic.topic_id if topic else 0}[kind]
        mutes.mute(tx, number, kind, target, room.at)

    await room.db.write(silence)
    await told_everywhere(room, 1)
    await room.later(minutes=5)
    assert room.telegram.texts() == before
    assert (await verdicts(room))[-1] == "muted by the subscriber"


async def test_a_muted_topic_does_not_silence_another_topic(room: Newsroom) -> None:
    number = await choose(room)
    await room.add_topic(FLOODS.replace("topic: floods", "topic: rivers"), "rivers", "Rivers")
    await room.subscribe(17, "rivers")

    def silence(tx: Any) -> None:
        topic = rulebook.topic(tx, "floods")
        assert topic is not None
        mutes.mute(tx, number, Muted.TOPIC, topic.topic_id, room.at)

    await room.db.write(silence)
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    [text] = room.telegram.texts()
    assert text.startswith("Rivers")


async def test_a_mute_that_ran_out_no_longer_counts(room: Newsroom) -> None:
    number = await choose(room)
    await room.db.write(
        lambda tx: mutes.mute(tx, number, Muted.SOURCE, 1, room.at, until=room.at + timedelta(minutes=1))
    )
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 1


async def test_words_are_in_the_subscribers_language_and_a_channel_has_no_buttons(room: Newsroom) -> None:
    await room.subscribe(18)
    await choose(room, 18, language="ru", zone="Asia/Almaty", kind="channel")
    await room.db.write(lambda tx: setattr(tx.get(TopicRow, 1), "titles", {"en": "Floods", "ru": "Наводнения"}))
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    [text] = room.telegram.texts(18)
    assert text.startswith("Наводнения")
    assert "2 марта 2026, 14:05" in text
    assert [m.buttons for m in room.telegram.messages.values() if m.chat_id == 18] == [()]


async def test_a_burst_is_held_back_for_who_would_drown(room: Newsroom) -> None:
    room.publish(*(Story(f"Flood report {n} from district {n * 31}", f"Number {n * 7919}.") for n in range(40)))
    await room.poll()
    await room.analyst.tick()
    rows = await room.db.read(lambda tx: list(tx.exec(OutboxRow.__table__.select())))
    assert len(rows) <= 20
    assert "too many at once: gathered into a digest" in await verdicts(room)


async def test_who_chose_the_digest_is_not_rung(room: Newsroom) -> None:
    await room.subscribe(19, how=How.DIGEST)
    room.publish(Story(FLOOD, TEXT))
    await room.later(minutes=5)
    assert room.telegram.texts(19) == []
    assert len(room.telegram.texts(17)) == 1


async def test_nobody_who_was_told_is_forgotten_by_name(room: Newsroom) -> None:
    people = await room.db.read(lambda tx: list(tx.exec(SubscriberRow.__table__.select())))
    assert {"name", "username", "first_name"}.isdisjoint(people[0]._mapping)
