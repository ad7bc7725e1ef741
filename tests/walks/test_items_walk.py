"""An item's walk from the feed to the chat, and everything a site may do to it on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.feeds.model import FetchError, FetchFault
from storage import items, rulebook
from storage.tables import How, ItemRow
from tests.newsroom import FLOODS, Newsroom, Story

FEED = "https://paper.example/feed"
FLOOD = Story("Flood in Aktobe cuts off two villages")
OLD = [Story(f"Old news number {n} about the weather") for n in range(5)]


async def begin(room: Newsroom) -> None:
    """Let the first poll go by with some old news on the feed."""
    room.publish(*OLD)
    await room.run()


async def test_a_new_item_about_a_topic_is_told_with_title_source_and_reason(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.publish(FLOOD)
    await newsroom.later()
    (message,) = newsroom.telegram.texts()
    assert "Flood in Aktobe cuts off two villages" in message
    assert "Paper" in message
    assert "Floods" in message


async def test_the_first_poll_of_a_source_tells_nothing(newsroom: Newsroom) -> None:
    newsroom.publish(FLOOD, *OLD)
    analysed = await newsroom.run()
    assert analysed.matched == 1
    assert newsroom.telegram.texts() == []


def nothing(room: Newsroom) -> None:
    """Change nothing."""


def the_same_item_again(room: Newsroom) -> None:
    room.publish(FLOOD)


def a_corrected_typo(room: Newsroom) -> None:
    room.feeds[FEED][0] = Story("Flood in Aktobe cuts off three villages", link=FLOOD.link, guid=FLOOD.guid)
    room.render(FEED)


def a_longer_text(room: Newsroom) -> None:
    room.feeds[FEED][0] = Story(FLOOD.title, text="The flood grows.", link=FLOOD.link, guid=FLOOD.guid)
    room.render(FEED)


def every_guid_changed(room: Newsroom) -> None:
    for number, story in enumerate(room.feeds[FEED]):
        story.guid = f"new-{number}"
    room.render(FEED)


def https_instead_of_http(room: Newsroom) -> None:
    for story in room.feeds[FEED]:
        story.link = story.link.replace("https://", "http://www.")
        story.guid = story.link
    room.render(FEED)


def every_address_changed(room: Newsroom) -> None:
    for number, story in enumerate(room.feeds[FEED]):
        story.link = f"https://new.example/{number}"
        story.guid = story.link
    room.render(FEED)


CHANGES = [
    nothing,
    the_same_item_again,
    a_corrected_typo,
    a_longer_text,
    every_guid_changed,
    https_instead_of_http,
    every_address_changed,
]


@pytest.mark.parametrize("change", CHANGES)
async def test_one_story_alerts_a_subscriber_once(newsroom: Newsroom, change: Callable[[Newsroom], None]) -> None:
    for story in (*OLD, FLOOD):
        story.__post_init__()
    stories = [Story(s.title, s.text) for s in OLD]
    newsroom.publish(*stories)
    await newsroom.run()
    newsroom.publish(Story(FLOOD.title))
    await newsroom.later()
    change(newsroom)
    await newsroom.later()
    assert len(newsroom.telegram.messages) == 1


async def test_an_edit_that_makes_a_rule_match_alerts_once(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.publish(Story("Two villages cut off", guid="v"))
    await newsroom.later()
    assert newsroom.telegram.texts() == []
    for text in ("The flood came at night.", "The flood came at night, says the mayor."):
        newsroom.feeds[FEED][0] = Story("Two villages cut off", text=text, guid="v")
        newsroom.render(FEED)
        await newsroom.later()
    assert len(newsroom.telegram.messages) == 1


async def test_a_match_that_vanishes_and_returns_is_not_told_again(newsroom: Newsroom) -> None:
    await begin(newsroom)
    for title in ("Flood near the town of Aktobe", "Rain near the town of Aktobe", "Flood near the town of Aktobe"):
        newsroom.feeds[FEED] = [Story(title, guid="same", link="https://paper.example/same"), *OLD]
        newsroom.render(FEED)
        await newsroom.later()
    assert len(newsroom.telegram.messages) == 1


async def test_a_wire_copy_in_another_paper_edits_the_message_and_does_not_ring(newsroom: Newsroom) -> None:
    other = "https://other.example/feed"
    await newsroom.add_source(other, name="Other Paper")
    newsroom.publish(*OLD, url=other)
    await begin(newsroom)
    newsroom.publish(Story(FLOOD.title))
    await newsroom.later()
    newsroom.publish(Story(FLOOD.title, link="https://other.example/flood"), url=other)
    await newsroom.later()
    await newsroom.later(minutes=2)
    (message,) = newsroom.telegram.texts()
    assert "Other Paper" in message
    assert newsroom.telegram.edits == 1


async def test_a_failing_source_is_asked_less_and_less_but_always_again(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.web.faults[FEED] = FetchError(FetchFault.HTTP, "500", url=FEED, status=500)
    waits = []
    for _ in range(12):
        newsroom.at = (await newsroom.source()).next_poll_at or newsroom.at
        await newsroom.run()
        waits.append(((await newsroom.source()).next_poll_at or newsroom.at) - newsroom.at)
    assert waits[0] < waits[3] < waits[6]
    assert max(waits).total_seconds() <= 86_400
    newsroom.web.faults.clear()
    newsroom.publish(FLOOD)
    newsroom.at = (await newsroom.source()).next_poll_at or newsroom.at
    await newsroom.run()
    assert (await newsroom.source()).failures == 0
    assert len(newsroom.telegram.messages) == 1


async def test_a_source_that_is_gone_is_paused_with_a_note(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.web.faults[FEED] = FetchError(FetchFault.GONE, "410", url=FEED, status=410)
    await newsroom.later()
    source = await newsroom.source()
    assert source.state == "paused"
    assert "410" in source.state_note


async def test_an_unchanged_document_is_not_read_again(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.workers.faults["bot.feeds.parse:parse_feed"] = lambda *_: AssertionError("parsed again")
    await newsroom.later()
    assert newsroom.web.unchanged == 1
    assert (await newsroom.source()).failures == 0


async def test_a_document_is_fetched_in_full_once_a_day(newsroom: Newsroom) -> None:
    await begin(newsroom)
    await newsroom.later(hours=2)
    assert newsroom.web.unchanged == 1
    await newsroom.later(hours=23)
    assert newsroom.web.unchanged == 1


async def test_a_gap_is_recorded_and_the_new_items_are_told(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.feeds[FEED] = [Story(f"Flood number {n} of the night in town {n}") for n in range(3)]
    newsroom.render(FEED)
    await newsroom.later()
    assert (await newsroom.source()).gaps == 1
    assert len(newsroom.telegram.messages) == 3


async def test_a_home_page_is_followed_to_its_feed(newsroom: Newsroom) -> None:
    home = "https://paper.example/"
    newsroom.web.documents[home] = (
        b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/feed"></head>'
        b"<body><p>Welcome</p></body></html>"
    )
    number = await newsroom.add_source(home)
    newsroom.web.documents[home] = newsroom.web.documents.get(home, b"")
    newsroom.web.documents[home] = (
        b'<!doctype html><html><head><link rel="alternate" type="application/rss+xml" href="/other"></head></html>'
    )
    newsroom.feeds["https://paper.example/other"] = [Story("Something else")]
    newsroom.render("https://paper.example/other")
    await newsroom.run()
    await newsroom.later(minutes=1)
    source = await newsroom.source(number)
    assert source.url == "https://paper.example/other"
    assert source.imported_url == home
    assert source.baseline_done


async def test_html_instead_of_a_feed_is_a_failure_and_nothing_is_lost(newsroom: Newsroom) -> None:
    await begin(newsroom)
    document = newsroom.web.documents[FEED]
    newsroom.web.documents[FEED] = b"<!doctype html><html><body><h1>We will be back soon</h1></body></html>"
    await newsroom.later()
    source = await newsroom.source()
    assert source.fault == FetchFault.HTML.value
    assert source.failures == 1
    newsroom.web.documents[FEED] = document
    newsroom.publish(FLOOD)
    await newsroom.later()
    assert len(newsroom.telegram.messages) == 1


async def test_a_moved_feed_is_adopted_only_after_its_target_served_known_items_for_a_day(newsroom: Newsroom) -> None:
    await begin(newsroom)
    there = "https://new.example/feed"
    newsroom.web.moved[FEED] = there
    newsroom.web.documents[there] = newsroom.web.documents[FEED]
    await newsroom.later()
    assert (await newsroom.source()).url == FEED
    for _ in range(6):
        await newsroom.later(hours=6)
    source = await newsroom.source()
    assert source.url == there
    assert source.imported_url == FEED


async def test_an_item_that_breaks_the_reader_costs_that_item_only(newsroom: Newsroom) -> None:
    from bot.workers import Fault, WorkerFault  # noqa: PLC0415

    await begin(newsroom)

    def breaks(rules: object, documents: list[object]) -> Exception | None:
        poison = any("poison" in getattr(document, "title", "") for document in documents)
        return WorkerFault(Fault.MEMORY, "judge") if poison else None

    newsroom.workers.faults["bot.judge:judge"] = breaks
    newsroom.publish(Story("A poison item of the hostile kind"), FLOOD)
    await newsroom.later()
    await newsroom.run()
    await newsroom.run()
    assert len(newsroom.telegram.messages) == 1
    assert (await newsroom.db.read(items.counts))["unread"] == 0


async def test_a_page_becomes_the_text_and_may_make_the_first_match(newsroom: Newsroom) -> None:
    number = await newsroom.add_source("https://short.example/feed", name="Short", fetch_pages=True)
    newsroom.publish(*OLD, url="https://short.example/feed")
    await begin(newsroom)
    link = "https://short.example/villages.html"
    paragraphs = "".join(
        f"<p>The water rose for the {n}th hour and the flood reached the school of the village, people said.</p>"
        for n in range(12)
    )
    newsroom.web.documents[link] = (
        f"<!doctype html><html><head><title>Villages</title></head><body><article><h1>Villages cut off</h1>"
        f"{paragraphs}</article></body></html>"
    ).encode()
    newsroom.publish(Story("Villages cut off", link=link), url="https://short.example/feed")
    await newsroom.later()
    assert newsroom.telegram.texts() == []
    await newsroom.pages.tick()
    await newsroom.pages.drain()
    await newsroom.run()
    (message,) = newsroom.telegram.texts()
    assert "Villages cut off" in message
    assert "flood" in message
    assert number


async def test_a_page_that_cannot_be_had_leaves_the_summary_and_is_tried_three_times(newsroom: Newsroom) -> None:
    await newsroom.add_source("https://short.example/feed", name="Short", fetch_pages=True)
    await begin(newsroom)
    link = "https://short.example/flood.html"
    newsroom.web.faults[link] = FetchError(FetchFault.HTTP, "503", url=link, status=503)
    newsroom.publish(Story("Flood in the valley of the river", link=link), url="https://short.example/feed")
    await newsroom.later()
    assert len(newsroom.telegram.messages) == 1
    for _ in range(8):
        await newsroom.pages.tick()
        await newsroom.pages.drain()
        newsroom.at += timedelta(days=1)
    assert newsroom.web.asked.count(link) == 3


async def test_a_digest_subscriber_is_not_rung(newsroom: Newsroom) -> None:
    await newsroom.subscribe(chat_id=23, how=How.DIGEST)
    await begin(newsroom)
    newsroom.publish(FLOOD)
    await newsroom.later()
    assert newsroom.telegram.texts(23) == []
    assert len(newsroom.telegram.texts(17)) == 1


async def test_a_flood_of_stories_becomes_a_digest_that_names_each(newsroom: Newsroom) -> None:
    from bot.pipeline.gathering import gather_floods  # noqa: PLC0415

    await begin(newsroom)
    towns = [f"Town{n:03d}" for n in range(100)]
    newsroom.publish(*(Story(f"Flood reaches the streets of {town} at {n} o'clock") for n, town in enumerate(towns)))
    await newsroom.later()
    await gather_floods(newsroom.db, newsroom.at)
    await newsroom.send()
    told = "\n".join(newsroom.telegram.texts())
    assert all(town in told for town in towns)
    assert len(newsroom.telegram.messages) < 40


async def test_a_rule_that_no_longer_compiles_leaves_the_others_working(newsroom: Newsroom) -> None:
    await newsroom.db.write(
        lambda tx: rulebook.offer_file(tx, "broken", {"en": "Broken"}, "topic: broken\nwhen: nonsense(", newsroom.at)
    )
    await begin(newsroom)
    newsroom.publish(FLOOD)
    await newsroom.later()
    assert len(newsroom.telegram.messages) == 1


async def test_a_changed_rule_applies_to_what_comes_after_it(newsroom: Newsroom) -> None:
    await begin(newsroom)
    await newsroom.add_topic(FLOODS.replace("flood ~0, floods ~0", "drought ~0").replace("Flood in", "Drought in"))
    newsroom.publish(Story("Drought in the south, say farmers"), FLOOD)
    await newsroom.later()
    (message,) = newsroom.telegram.texts()
    assert "Drought" in message


async def test_what_breaks_the_database_costs_that_document_only(newsroom: Newsroom) -> None:
    from bot.feeds.model import Entry, ParsedFeed  # noqa: PLC0415

    await newsroom.add_source("https://evil.example/feed", name="Evil")
    await begin(newsroom)
    parse = newsroom.workers.run

    async def surrogates(name: str, *args: object, **values: float) -> object:
        if name.endswith(":parse_feed") and args[2] == "https://evil.example/feed":
            return ParsedFeed("Evil", (Entry("g", "https://evil.example/1", "bad \ud800 title", "x"),))
        return await parse(name, *args, **values)

    newsroom.workers.run = surrogates  # type: ignore[method-assign,assignment]
    newsroom.web.documents["https://evil.example/feed"] += b" "
    newsroom.publish(FLOOD)
    await newsroom.later()
    assert len(newsroom.telegram.messages) == 1
    assert (await newsroom.source(2)).failures == 1


async def test_items_keep_what_the_feed_said(newsroom: Newsroom) -> None:
    await begin(newsroom)
    newsroom.publish(FLOOD)
    await newsroom.later()
    item = await newsroom.db.read(lambda tx: tx.get_one(ItemRow, len(OLD) + 1))
    assert (item.title, item.link, item.language) == (FLOOD.title, FLOOD.link, "en")
