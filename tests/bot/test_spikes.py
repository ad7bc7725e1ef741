"""A topic that grows loud is told of once, with a chart, to those who want it at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.pipeline.mentions import ChartOrder, drawn_by
from bot.pipeline.spikes import tell_spikes
from storage import mutes, stories
from storage.mutes import Muted
from storage.tables import How, ItemRow, MatchRow, OutboxRow, SourceRow, SpikeRow, SubscriberRow
from tests.fakes.telegram_html import read, units
from tests.newsroom import Newsroom, open_newsroom

PNG = b"\x89PNG\r\n\x1a\n"
WEEKS = timedelta(days=30)


async def no_picture(_order: ChartOrder) -> bytes | None:
    return None


async def some_picture(_order: ChartOrder) -> bytes | None:
    return PNG


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as opened:
        opened.at += WEEKS
        await opened.db.write(lambda tx: [news(tx, opened.at - timedelta(days=n), n) for n in range(1, 30)])
        yield opened


def news(tx: Any, at: Any, number: int, *, baseline: bool = False) -> None:
    item = ItemRow(
        source_id=1, key=f"k{number}", title=f"Flood <{number}>", link=f"https://paper.example/{number}",
        published_at=at, first_seen_at=at, baseline=baseline, analyse_due=False, matched=True,
    )  # fmt: skip
    tx.add(item)
    tx.flush()
    item.story_id = stories.open_story(tx, item.id or 0, item.title, at)
    tx.add(MatchRow(item_id=item.id, topic_id=1, rule_id=1, because="flood", matched_at=at))
    tx.flush()


async def burst(room: Newsroom, number: int = 9, first: int = 1_000, **values: Any) -> None:
    await room.db.write(
        lambda tx: [news(tx, room.at - timedelta(minutes=5 + n), first + n, **values) for n in range(number)]
    )


async def sent(room: Newsroom) -> list[Any]:
    return await room.db.read(lambda tx: list(tx.exec(OutboxRow.__table__.select())))


async def test_a_loud_topic_is_told_of_once_with_its_chart(room: Newsroom) -> None:
    await burst(room)
    assert await tell_spikes(room.db, room.at, some_picture) == 1
    [message] = await sent(room)
    assert read(message.text).splitlines() == [
        "Floods is in the news more than usual: 9 stories in the last 3 hours, where about 1 would be usual.",
        "",
        "The latest:",
        "• Flood <1008> · Paper",
        "• Flood <1007> · Paper",
        "• Flood <1006> · Paper",
    ]
    assert (message.attachment, message.attachment_name) == (PNG, "mentions.png")
    assert units(message.text) <= 1_024
    room.at += timedelta(minutes=10)
    await burst(room, 9, 2_000)
    assert await tell_spikes(room.db, room.at, some_picture) == 0


async def test_the_next_spike_is_told_after_the_first_has_calmed_down(room: Newsroom) -> None:
    await burst(room)
    await tell_spikes(room.db, room.at, no_picture)
    room.at += timedelta(hours=6)
    await tell_spikes(room.db, room.at, no_picture)
    rows = await room.db.read(lambda tx: list(tx.exec(SpikeRow.__table__.select())))
    assert rows[0].ended_at == room.at
    room.at += timedelta(days=4)
    await burst(room, 9, 2_000)
    assert await tell_spikes(room.db, room.at, no_picture) == 1
    assert len(await sent(room)) == 2


async def test_without_a_picture_the_words_come_alone(room: Newsroom) -> None:
    await burst(room)
    await tell_spikes(room.db, room.at, no_picture)
    [message] = await sent(room)
    assert message.attachment is None
    assert message.attachment_name == ""


async def test_the_real_chart_is_a_picture(room: Newsroom) -> None:
    await burst(room)
    workers: Any = room.workers
    await tell_spikes(room.db, room.at, drawn_by(workers))
    [message] = await sent(room)
    assert message.attachment.startswith(PNG)


async def test_what_a_first_poll_brings_is_no_spike(room: Newsroom) -> None:
    await burst(room, 50, baseline=True)
    assert await tell_spikes(room.db, room.at, no_picture) == 0


async def test_a_backlog_of_days_is_no_spike(room: Newsroom) -> None:
    def late(tx: Any) -> None:
        for n in range(40):
            news(tx, room.at - timedelta(hours=10 + n), 3_000 + n)
        for row in tx.exec(MatchRow.__table__.select()):
            tx.get(MatchRow, row.id).matched_at = room.at

    await room.db.write(late)
    assert await tell_spikes(room.db, room.at, no_picture) == 0


@pytest.mark.parametrize("reason", ["digest", "muted", "paused"])
async def test_who_does_not_want_it_is_not_told(room: Newsroom, reason: str) -> None:
    if reason == "digest":
        await room.subscribe(how=How.DIGEST)

    def change(tx: Any) -> None:
        if reason == "muted":
            mutes.mute(tx, 1, Muted.TOPIC, 1, room.at)
        elif reason == "paused":
            tx.get(SubscriberRow, 1).paused_until = room.at + timedelta(days=1)

    await room.db.write(change)
    await burst(room)
    assert await tell_spikes(room.db, room.at, no_picture) == 1
    assert await sent(room) == []


async def test_in_quiet_hours_it_waits_for_their_end(room: Newsroom) -> None:
    await room.db.write(
        lambda tx: [setattr(tx.get(SubscriberRow, 1), name, m) for name, m in (("quiet_from", 660), ("quiet_to", 840))]
    )
    await burst(room)
    await tell_spikes(room.db, room.at, no_picture)
    [message] = await sent(room)
    assert message.due_at.hour == 11
    assert message.due_at.minute == 0


async def test_a_young_house_has_no_spikes(room: Newsroom) -> None:
    await room.db.write(lambda tx: setattr(tx.get(SourceRow, 1), "added_at", room.at - timedelta(days=3)))
    await burst(room)
    assert await tell_spikes(room.db, room.at, no_picture) == 0
