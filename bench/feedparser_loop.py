"""A plain feedparser loop as a contender: `python -m bench.feedparser_loop PORT FEEDS ROUNDS`."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import feedparser

from bench.contender import Contender, run

FIELDS = ("id", "link", "title", "summary", "published")


@asynccontextmanager
async def feedparser_loop(folder: Path, urls: Sequence[str]) -> AsyncIterator[Contender]:
    """A plain loop: feedparser fetches (with ETag and Last-Modified) and parses, a table keeps what is new."""
    database = sqlite3.connect(folder / "loop.sqlite3")
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=NORMAL")
    database.execute("CREATE TABLE entry (feed, id, link, title, text, published, PRIMARY KEY (feed, id))")
    validators: dict[str, tuple[str | None, str | None]] = {}

    async def poll() -> None:
        for url in urls:
            etag, modified = validators.get(url, (None, None))
            feed = feedparser.parse(url, etag=etag, modified=modified)
            if feed.get("status") == 304:
                continue
            validators[url] = (feed.get("etag"), feed.get("modified"))
            rows = [(url, *(entry.get(name) for name in FIELDS)) for entry in feed.entries]
            with database:
                database.executemany("INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, ?, ?)", rows)

    async def kept() -> int:
        return int(database.execute("SELECT count(*) FROM entry").fetchone()[0])

    yield Contender(poll, kept)
    database.close()


if __name__ == "__main__":
    run(feedparser_loop)
