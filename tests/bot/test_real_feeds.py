"""Every feed document that real sites served, with the content types that servers send, right and wrong."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urljoin

import pytest

from bot.feeds.dates import EARLIEST_YEAR
from bot.feeds.entries import entries_of
from bot.feeds.identity import IdentityMode, choose_mode, sort_known
from bot.feeds.loose import read_loosely
from bot.feeds.model import ParsedFeed
from bot.feeds.parse import parse_feed
from bot.feeds.prepare import prepare
from bot.feeds.wellformed import read_well_formed

FEEDS = Path(__file__).parents[3] / "shared" / "feeds"
DOCUMENTS = sorted(path for path in FEEDS.glob("*") if path.suffix != ".md") if FEEDS.is_dir() else []
CONTENT_TYPES = ("application/rss+xml", "text/xml; charset=iso-8859-1", "text/html; charset=windows-1251", "")
URL = "https://paper.example/feed"

pytestmark = pytest.mark.skipif(not DOCUMENTS, reason="the real feeds are not on this machine (../shared/feeds)")


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def document(request: pytest.FixtureRequest) -> bytes:
    path: Path = request.param
    return path.read_bytes()


def read(document: bytes, content_type: str = CONTENT_TYPES[0]) -> ParsedFeed:
    return parse_feed(document, content_type, URL)


def test_it_lists_entries_whatever_the_server_calls_it(document: bytes) -> None:
    readings = [read(document, content_type) for content_type in CONTENT_TYPES]
    assert len(readings[0].entries) >= 1
    assert all(reading == readings[0] for reading in readings)


def test_every_entry_can_be_shown_and_told_apart(document: bytes) -> None:
    feed = read(document)
    for entry in feed.entries:
        assert entry.title
        assert entry.link.startswith(("https://", "http://"))
        assert entry.published_at is None or entry.published_at.year > EARLIEST_YEAR
        assert "<p>" not in entry.text
        assert "\ufffd" not in entry.title + entry.text
    mode = choose_mode(feed.entries, IdentityMode.GUID)
    keyed = sort_known(feed.entries, mode, {}).new
    assert len({each.key for each in keyed}) == len(keyed)
    assert len(feed.entries) - len(keyed) <= 1, "at most one entry was listed twice"


def test_a_second_look_finds_nothing_new(document: bytes) -> None:
    entries = read(document).entries
    mode = choose_mode(entries, IdentityMode.GUID)
    known = {key: each.fingerprint for each in sort_known(entries, mode, {}).new for key in (each.key, *each.aliases)}
    again = sort_known(entries, mode, known)
    assert not again.new
    assert not again.changed


def test_a_cut_off_document_is_read_as_far_as_it_goes(document: bytes) -> None:
    whole = read(document)
    if whole.kind == "json" or len(whole.entries) < 4:
        return
    cut = read(document[: len(document) * 3 // 4])
    assert 1 <= len(cut.entries) <= len(whole.entries)
    assert cut.problem


def test_our_reader_of_well_formed_feeds_and_feedparser_read_the_same_entries(document: bytes) -> None:
    """feedparser makes addresses of relative guids, which is one reason why it is the second reader here (ADR 0013)."""
    if document.lstrip()[:1] == b"{":
        pytest.skip("a JSON Feed: feedparser does not read it")
    body = prepare(document, CONTENT_TYPES[0], 1000).body
    ours = read_well_formed(body, URL)
    if ours is None:
        pytest.skip("not well-formed: only feedparser reads it")
    first, second = entries_of(ours.entries, URL), entries_of(read_loosely(body, URL).entries, URL)
    assert [(e.link, e.title, e.published_at) for e in first] == [(e.link, e.title, e.published_at) for e in second]
    assert [urljoin(URL, e.guid) for e in first] == [urljoin(URL, e.guid) for e in second]
