"""The patient way to read a feed: feedparser, for what is not well-formed XML."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import feedparser

from bot.feeds.model import FetchError, FetchFault
from bot.feeds.raw import RawEntry, RawFeed

_ANY_REFERENCE = re.compile(rb"&#[^;\s<]{0,40};?")
_GUID = re.compile(rb"<guid(?:\s[^<>]{0,200})?>")
# What feedparser and the parsers below it were seen to raise on crafted documents.
_BREAKS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)


def read_loosely(body: bytes, url: str) -> RawFeed:
    """Return the fields of a broken feed in UTF-8, as far as feedparser makes sense of it, with the problem in words.

    Raises FetchError(NOT_A_FEED) where it raises; a document is tried once more without character references first.
    """
    # feedparser would resolve a guid like a link, and it would change with the feed's address.
    body = _GUID.sub(b'<guid isPermaLink="false">', body)
    try:
        result = _parsed(body, url)
    except _BREAKS:
        try:
            result = _parsed(_ANY_REFERENCE.sub(b"", body), url)
        except _BREAKS as error:
            raise FetchError(FetchFault.NOT_A_FEED, f"unreadable: {type(error).__name__}", url=url) from error
    feed = result["feed"]
    why = dict.get(result, "bozo_exception")
    return RawFeed(
        title=_text(feed, "title"),
        link=_text(feed, "link"),
        language=_text(feed, "language") or _language_of(feed),
        ttl=_text(feed, "ttl"),
        period=_text(feed, "sy_updateperiod"),
        frequency=_text(feed, "sy_updatefrequency"),
        entries=tuple(_raw(row) for row in result["entries"]),
        problem="broken XML" + (f": {' '.join(str(why).split())[:200]}" if why is not None else ""),
    )


def _parsed(body: bytes, url: str) -> Any:
    # A stream, because feedparser opens bytes that happen to name a file.
    return feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def _raw(row: dict[str, Any]) -> RawEntry:
    """Return the fields of one of feedparser's entries. Its own look-ups guess at missing keys, slowly: `dict.get`."""
    contents = [_text(each, "value") for each in dict.get(row, "content") or () if isinstance(each, dict)]
    full_text = _text(row, "yandex_full-text", "full-text", "fulltext", "full_text")
    return RawEntry(
        guid=_text(row, "id"),
        links=tuple(_links(row)),
        title=_text(row, "title"),
        summary=_text(row, "summary", "media_description", "itunes_summary", "abstract"),
        content=max((*contents, full_text), key=len),
        dates=tuple(_texts(row, ("published", "created", "issued", "date", "updated", "modified"))),
        language=_text(row, "language") or _language_of(row),
    )


def _links(row: dict[str, Any]) -> Iterator[str]:
    """Yield the links that may be the article, best first: the publisher's own, alternates, the guid, enclosures."""
    yield _text(row, "feedburner_origlink", "pheedo_origlink")
    listed = [each for each in dict.get(row, "links") or () if isinstance(each, dict)]
    alternates = [each for each in listed if _text(each, "rel") in ("", "alternate")]
    for wanted in (("text/html", "application/xhtml+xml"), ("",)):
        yield from (_text(each, "href") for each in alternates if _text(each, "type") in wanted)
    yield from (_text(each, "href") for each in alternates)
    yield _text(row, "link")
    if dict.get(row, "guidislink"):
        yield _text(row, "id")
    for relation in ("canonical", "related", "via", "enclosure"):
        yield from (_text(each, "href") for each in listed if _text(each, "rel") == relation)


def _language_of(row: dict[str, Any]) -> str:
    """Return the xml:lang that held where the title (or the text) stands."""
    for key in ("title_detail", "summary_detail"):
        detail = dict.get(row, key)
        if isinstance(detail, dict) and _text(detail, "language"):
            return _text(detail, "language")
    return ""


def _text(row: dict[str, Any], *keys: str) -> str:
    return next(_texts(row, keys), "")


def _texts(row: dict[str, Any], keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        value = dict.get(row, key)
        if isinstance(value, str) and value.strip():
            yield value
