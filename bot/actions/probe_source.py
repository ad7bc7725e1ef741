"""Trying an address before it becomes a source: what would come in, and from which feed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.feeds.fetch import Fetcher
from bot.feeds.model import FeedLink, Fetched, FetchError, FetchFault, ParsedFeed
from bot.workers import WorkerFault, Workers

CANDIDATES = 4


@dataclass(frozen=True, slots=True)
class Probe:
    """What an address gave: the feed (`url`, maybe found on the home page `asked`), or what is wrong with it."""

    asked: str
    url: str = ""
    title: str = ""
    language: str = ""
    entries: int = 0
    example: str = ""
    problem: str = ""


async def probe(fetcher: Fetcher, readers: Workers, url: str) -> Probe:
    """Return what would come in from `url`; a home page is followed to the first of its feeds that answers."""
    try:
        fetched = await fetcher.get(url)
        return await _as_feed(readers, url, fetched)
    except WorkerFault as fault:
        return Probe(url, problem=str(fault.fault))
    except FetchError as error:
        if error.fault is not FetchFault.HTML:
            return Probe(url, problem=str(error))
    links: Sequence[FeedLink] = await readers.run(
        "bot.feeds.discover:feed_links", fetched.body, fetched.content_type, fetched.url
    )
    for link in links[:CANDIDATES]:
        try:
            return await _as_feed(readers, url, await fetcher.get(link.url))
        except (FetchError, WorkerFault):
            continue
    return Probe(url, problem="a web page that names no feed that answers; look for its RSS address")


async def _as_feed(readers: Workers, asked: str, fetched: Fetched) -> Probe:
    document: ParsedFeed = await readers.run(
        "bot.feeds.parse:parse_feed", fetched.body, fetched.content_type, fetched.url
    )
    example = document.entries[0].title if document.entries else ""
    return Probe(asked, fetched.url, document.title, document.language, len(document.entries), example)
