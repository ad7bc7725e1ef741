"""A feed document to entries: RSS 0.9x/1.0/2.0, Atom, JSON Feed. Loaded by worker processes only.

`prepare` bounds the document before any XML reader sees it. Well-formed ones are read with libxml2, the others with
feedparser, which takes more than linear time on some of what strangers write, and raises on other.
"""

from __future__ import annotations

from bot.feeds.encodings import decode, http_charset, widened
from bot.feeds.entries import entries_of
from bot.feeds.jsonfeed import parse_json_feed
from bot.feeds.languages import language_code
from bot.feeds.links import web_address
from bot.feeds.loose import read_loosely
from bot.feeds.model import FetchError, ParsedFeed
from bot.feeds.plain import plain_line
from bot.feeds.prepare import prepare
from bot.feeds.raw import MARK_BYTES, time_to_live
from bot.feeds.wellformed import read_well_formed

_BLANKS = b" \t\r\n\x0b\x0c\0"


def parse_feed(body: bytes, content_type: str, url: str, max_entries: int = 1000, marks: bytes = b"") -> ParsedFeed:
    """Return what a feed document lists, in document order, at most `max_entries` (the newest ones).

    `content_type` is the response's header, `url` the address after redirects. A document that is broken but
    readable has a `problem`. `marks`, one after the other, are those of entries whose text need not be read again.
    Raises FetchError: HTML for a web page, NOT_A_FEED for anything else that is no feed (an empty but well-formed feed
    is one), TOO_COSTLY for one that is too large to read.
    """
    body = widened(body).lstrip(_BLANKS)
    listed = frozenset(marks[at : at + MARK_BYTES] for at in range(0, len(marks), MARK_BYTES))
    try:
        if body[:1] == b"{":
            return parse_json_feed(decode(body, http_charset(content_type)), url, max_entries, listed)
        prepared = prepare(body, content_type, max_entries)
    except FetchError as error:
        raise FetchError(error.fault, error.detail, url=url) from error
    del body
    raw = read_well_formed(prepared.body, url) or read_loosely(prepared.body, url)
    home = web_address(raw.link, url)
    return ParsedFeed(
        title=plain_line(raw.title),
        entries=entries_of(raw.entries, url, listed),
        home_url=home,
        language=language_code(raw.language),
        kind="atom" if prepared.root == "feed" else "rss",
        dropped=prepared.dropped,
        problem=prepared.problem or raw.problem,
        ttl=time_to_live(raw),
    )
