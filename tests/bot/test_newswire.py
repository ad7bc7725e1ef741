"""The sample newswire: what it carries, how it is served, and that the shipped rules read it as a person does."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import Message
from functools import cache
from pathlib import Path

import feedparser
import pytest
from ruamel.yaml import YAML

from bot.demo.newswire import Newswire
from bot.demo.wire import WireItem, read_wire
from bot.feeds.extract import extract_article
from bot.feeds.parse import parse_feed
from bot.feeds.sourcelist import read_yaml
from rules.model import Document, Match, RuleText

NOON = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
TOPICS = {"lukashenka", "customs-union-duties", "kazakh-oil"}
WIRE = read_wire()
LANGUAGE = {feed.slug: feed.language for feed in WIRE.feeds}
PACKS = Path(__file__).parent.parent.parent / "rules" / "packs"


@cache
def shipped_rules() -> object:
    """Return the shipped topics, compiled."""
    evaluate = pytest.importorskip("rules.engine.evaluate", reason="the rule engine is not there yet")
    texts = [
        RuleText(path.stem, path.read_text(encoding="utf-8"), file=path.name) for path in sorted(PACKS.glob("*.yaml"))
    ]
    if not texts:
        pytest.skip("there are no shipped topics yet")
    return evaluate.compile_rules(texts)


def matches(item: WireItem, text: str) -> tuple[Match, ...]:
    """Return what the shipped rules find in an item with this text."""
    return shipped_rules().match(Document(item.title, text, LANGUAGE[item.feed]))  # type: ignore[attr-defined]


async def fetch(url: str, **headers: str) -> tuple[int, bytes, Message]:
    """Return status, body and headers of a GET; header names come with underscores."""

    def ask() -> tuple[int, bytes, Message]:
        asked = urllib.request.Request(url, headers={name.replace("_", "-"): value for name, value in headers.items()})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read(), refusal.headers

    return await asyncio.to_thread(ask)


def test_the_wire_has_sixty_items_in_five_languages_and_four_formats() -> None:
    assert 55 <= len(WIRE.items) <= 75
    assert 8 <= len(WIRE.feeds) <= 10
    assert {feed.language for feed in WIRE.feeds} == {"en", "ru", "be", "uk", "kk"}
    assert {feed.kind for feed in WIRE.feeds} == {"rss", "rdf", "atom", "json"}
    assert {feed.full for feed in WIRE.feeds} == {True, False}


def test_the_wire_tells_of_every_topic_and_of_much_else_in_every_wave() -> None:
    assert {topic for item in WIRE.items for topic in item.topics} == TOPICS
    for wave in range(WIRE.last_wave + 1):
        told = [item for item in WIRE.items if item.wave == wave]
        assert len(told) >= 8
        assert any(item.topics for item in told)
        assert any(not item.topics for item in told)
    assert sum(not item.topics for item in WIRE.items) >= 20


def test_every_item_is_told_apart_and_every_copy_has_its_original() -> None:
    places = Counter(f"{item.feed}/{item.slug}" for item in WIRE.items)
    assert max(places.values()) == 1
    wave_of = {f"{item.feed}/{item.slug}": item.wave for item in WIRE.items}
    copies = [item for item in WIRE.items if item.copy_of]
    assert len(copies) >= 3
    for copy in copies:
        assert wave_of[copy.copy_of] <= copy.wave
    assert all(item.text.count(".") + item.text.count(",") >= 3 for item in WIRE.items)


def test_outlets_that_give_only_summaries_have_them() -> None:
    full = {feed.slug: feed.full for feed in WIRE.feeds}
    assert all(item.summary for item in WIRE.items if not full[item.feed])


async def test_every_feed_can_be_read_and_lists_the_baseline() -> None:
    async with Newswire(started_at=NOON) as wire:
        for feed in wire.wire.feeds:
            status, body, headers = await fetch(wire.feed_url(feed))
            assert status == 200
            expected = [item.title for item in feed.items if item.wave == 0]
            if feed.kind == "json":
                assert headers.get_content_type() == "application/feed+json"
                listed = json.loads(body)["items"]
                titles = [item["title"] for item in listed]
            else:
                read = feedparser.parse(body)
                assert not read.bozo, read.get("bozo_exception")
                assert read.feed.title == feed.title
                titles = [entry.title for entry in read.entries]
                published = [
                    datetime(*entry.get("published_parsed", entry.updated_parsed)[:6], tzinfo=UTC)
                    for entry in read.entries
                ]
                assert published == sorted(published, reverse=True)
                assert all(NOON - timedelta(days=1) < at < NOON for at in published)
            assert titles == expected


async def test_a_feed_that_did_not_change_answers_304_and_a_new_wave_ends_that() -> None:
    async with Newswire(started_at=NOON) as wire:
        feed = wire.wire.feeds[0]
        _, before, headers = await fetch(wire.feed_url(feed))
        etag, changed = headers["ETag"], headers["Last-Modified"]
        assert (await fetch(wire.feed_url(feed), If_None_Match=etag))[:2] == (304, b"")
        assert (await fetch(wire.feed_url(feed), If_None_Match=f'"other", W/{etag}'))[0] == 304
        assert (await fetch(wire.feed_url(feed), If_Modified_Since=changed))[0] == 304
        assert (await fetch(wire.feed_url(feed), If_Modified_Since=changed, If_None_Match='"other"'))[0] == 200
        assert (await fetch(wire.feed_url(feed), If_Modified_Since="yesterday"))[0] == 200

        assert wire.publish(1, at=NOON + timedelta(seconds=10)) > 0
        assert wire.publish(1, at=NOON + timedelta(seconds=11)) == 0
        status, after, _ = await fetch(wire.feed_url(feed), If_None_Match=etag, If_Modified_Since=changed)
        assert status == 200
        assert after != before
        assert wire.statuses[304] == 3


async def test_what_a_wave_does_not_touch_stays_unchanged() -> None:
    async with Newswire(started_at=NOON) as wire:
        touched = {item.feed for item in wire.wire.items if item.wave == 1}
        quiet = [feed for feed in wire.wire.feeds if feed.slug not in touched]
        assert quiet, "the wire wants an outlet that sleeps through a wave"
        for feed in quiet:
            etag = (await fetch(wire.feed_url(feed)))[2]["ETag"]
            wire.publish(1, at=NOON + timedelta(seconds=10))
            assert (await fetch(wire.feed_url(feed), If_None_Match=etag))[0] == 304


async def test_every_link_leads_to_a_page_with_the_whole_article() -> None:
    async with Newswire(started_at=NOON) as wire:
        for wave in range(1, wire.wire.last_wave + 1):
            wire.publish(wave, at=NOON + timedelta(minutes=wave))
        assert len(wire.published) == len(wire.wire.items)
        for item in wire.published:
            status, page, _ = await fetch(wire.link(item))
            assert status == 200
            assert ("utm_source" in wire.link(item)) == bool(item.copy_of)
            if not item.copy_of:
                assert item.text.rpartition(". ")[2].replace("'", "&#x27;") in page.decode()


async def test_the_wire_names_its_sources_and_offers_its_feeds_on_its_front_pages() -> None:
    async with Newswire(started_at=NOON) as wire:
        rows = YAML(typ="safe", pure=True).load(wire.sources_yaml())["sources"]
        assert [dict(row) for row in rows] == [dict(row) for row in wire.sources()]
        assert all(row.entry and not row.problem for row in read_yaml(wire.sources_yaml(), "wire"))
        for row in rows:
            _, home, _ = await fetch(row["home"])
            assert 'rel="alternate"' in home.decode()
            assert row["url"].removeprefix(wire.base_url) in home.decode()
        assert (await fetch(f"{wire.base_url}/robots.txt"))[0] == 200
        assert (await fetch(f"{wire.base_url}/nothing-here"))[0] == 404


async def test_a_newswire_that_has_ended_answers_nobody() -> None:
    async with Newswire(started_at=NOON) as wire:
        url = wire.feed_url(wire.wire.feeds[0])
    with pytest.raises(urllib.error.URLError):
        await fetch(url)
    with pytest.raises(RuntimeError, match="enter it first"):
        _ = wire.base_url


@pytest.mark.parametrize("item", WIRE.items, ids=lambda item: f"{item.feed}/{item.slug}")
def test_the_shipped_rules_read_an_item_as_a_person_does(item: WireItem) -> None:
    found = matches(item, item.text)
    told = [(match.topic, match.because) for match in found]
    assert tuple(sorted(match.topic for match in found)) == item.topics, told


def test_some_items_show_what_they_are_about_only_on_their_page() -> None:
    full = {feed.slug: feed.full for feed in WIRE.feeds}
    late = [item for item in WIRE.items if item.topics and not full[item.feed] and not matches(item, item.summary)]
    assert len(late) >= 2


async def test_the_product_reads_every_feed_of_the_wire_whole() -> None:
    async with Newswire(started_at=NOON) as wire:
        for wave in range(1, wire.wire.last_wave + 1):
            wire.publish(wave, at=NOON + timedelta(minutes=wave))
        for feed in wire.wire.feeds:
            _, body, headers = await fetch(wire.feed_url(feed))
            read = parse_feed(body, headers["Content-Type"], wire.feed_url(feed))
            assert (read.title, read.language, read.problem) == (feed.title, feed.language, "")
            told = {entry.link: entry for entry in read.entries}
            assert set(told) == {wire.link(item) for item in feed.items}
            for item in feed.items:
                entry = told[wire.link(item)]
                assert (entry.title, entry.full) == (item.title, feed.full)
                assert entry.text == (item.text if feed.full else item.summary)
                assert entry.published_at is not None


async def test_an_article_page_yields_the_article_and_nothing_that_surrounds_it() -> None:
    async with Newswire(started_at=NOON) as wire:
        for wave in range(1, wire.wire.last_wave + 1):
            wire.publish(wave, at=NOON + timedelta(minutes=wave))
        for item in wire.published:
            _, page, headers = await fetch(wire.link(item))
            article = extract_article(page, headers["Content-Type"], wire.link(item), item.title)
            if not item.copy_of:
                assert " ".join(article.text.split()) == item.text
            found = matches(item, article.text)
            assert tuple(sorted(match.topic for match in found)) == item.topics, article.text
