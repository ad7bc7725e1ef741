"""What a document lists again unchanged is not read again, and nothing is missed for it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete
from sqlmodel import Session, col, select

from bot.feeds.model import ParsedFeed
from bot.feeds.parse import parse_feed
from bot.pipeline.marks import Marks
from storage.tables import EntryRow, ItemRow
from tests.newsroom import Newsroom, Story

FEED = "https://paper.example/feed"
OLD = [Story(f"Old news number {n} about the weather", text=f"It rained on day {n}.") for n in range(3)]
FLOOD = Story("Flood in Aktobe cuts off two villages")


def rss(*entries: str) -> bytes:
    return f"<rss version='2.0'><channel><title>Paper</title>{''.join(entries)}</channel></rss>".encode()


def entry(title: str, text: str) -> str:
    return f"<item><title>{title}</title><guid>{title}{text[:1]}</guid><description>{text}</description></item>"


def read(document: bytes, before: ParsedFeed | None = None) -> ParsedFeed:
    marks = b"".join(one.mark for one in before.entries) if before else b""
    return parse_feed(document, "application/rss+xml", FEED, 1000, marks)


def test_only_the_text_of_what_changed_is_read() -> None:
    first = read(rss(entry("A", "one"), entry("B", "two"), entry("C", "three")))
    second = read(rss(entry("N", "new"), entry("A", "one"), entry("B", "two, corrected"), entry("C", "three")), first)
    assert [(one.title, one.text, one.unread) for one in second.entries] == [
        ("N", "new", False),
        ("A", "", True),
        ("B", "two, corrected", False),
        ("C", "", True),
    ]


@pytest.mark.parametrize("title", ["", "&lt;img src=x&gt;"])
def test_an_entry_without_a_title_of_its_own_is_read_each_time(title: str) -> None:
    document = rss(entry(title, "It rained all day."))
    assert read(document, read(document)).entries == read(document).entries


async def test_a_later_correction_of_an_entry_that_was_left_unread_is_noticed(newsroom: Newsroom) -> None:
    newsroom.publish(*OLD)
    await newsroom.run()
    newsroom.publish(FLOOD)
    await newsroom.later()
    newsroom.feeds[FEED][-1].text = "A flood after all: it rained for three days."
    newsroom.render(FEED)
    newsroom.at += timedelta(hours=1)
    settled = await newsroom.poll()
    assert (settled.new, settled.reworded) == (0, 1)


async def test_an_entry_whose_identity_was_lost_meanwhile_is_read_whole_at_the_next_poll(newsroom: Newsroom) -> None:
    newsroom.publish(*OLD)
    await newsroom.run()
    lost = OLD[1].title

    def forget(tx: Session) -> None:
        item = tx.exec(select(ItemRow).where(ItemRow.title == lost)).one()
        tx.execute(delete(EntryRow).where(col(EntryRow.item_id) == item.id))
        tx.delete(item)

    await newsroom.db.write(forget)
    newsroom.publish(FLOOD)
    newsroom.at += timedelta(hours=1)
    assert (await newsroom.poll()).new == 0
    settled = await newsroom.poll()
    assert (settled.new, settled.unread) == (2, 0)


def test_the_sources_polled_longest_ago_are_forgotten_first() -> None:
    marks = Marks(most=4)
    document = read(rss(entry("A", "one"), entry("B", "two")))
    for source_id in (1, 2, 1, 3):
        marks.keep([(source_id, document)])
    assert [len(marks.of(source_id)) for source_id in (1, 2, 3)] == [16, 0, 16]
    marks.forget()
    assert marks.of(3) == b""
