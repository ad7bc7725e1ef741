"""PyPI's `reader` as a contender: `python -m bench.reader_library PORT FEEDS ROUNDS`."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import feedparser_sgmllib
from reader import make_reader

from bench.contender import Contender, run

# reader 3.26 imports sgmllib (later than at its own import), which feedparser no longer brings under that name.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)


@asynccontextmanager
async def reader(folder: Path, urls: Sequence[str]) -> AsyncIterator[Contender]:
    """PyPI's `reader` with its defaults, but for its schedule, by which it would ask nothing the second time."""
    with make_reader(str(folder / "reader.sqlite3")) as library:
        for url in urls:
            library.add_feed(url)

        async def poll() -> None:
            library.update_feeds(scheduled=False)

        async def kept() -> int:
            return library.get_entry_counts().total or 0

        yield Contender(poll, kept)


if __name__ == "__main__":
    run(reader)
