"""mediawatch as a contender: `python -m bench.ours PORT FEEDS ROUNDS`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from bench.contender import Contender, run
from bot.actions.manage_sources import add_all, unlisted
from bot.feeds.sourcerow import SourceEntry
from bot.logs import set_up_logs
from bot.machine import opened, spare_what_stays
from bot.settings import Settings
from storage import items, sources

CONNECTIONS = 50


@asynccontextmanager
async def mediawatch(folder: Path, urls: Sequence[str]) -> AsyncIterator[Contender]:
    """Our own collector as the service runs it: guarded client, worker processes, SQLite, logs (to a file)."""
    settings = Settings(
        database_url=f"sqlite:///{folder / 'mediawatch.sqlite3'}",
        host_delay_s=0,
        host_connections=CONNECTIONS,
        fetch_parallel=CONNECTIONS,
        allow_private_hosts=frozenset({"127.0.0.1"}),
    )
    with (folder / "log").open("w") as logs:
        set_up_logs("info", "json", stream=logs)
        async with opened(settings) as machine:
            listed = [unlisted(SourceEntry(url=url, name=f"Wire {number}")) for number, url in enumerate(urls)]
            await add_all(machine.db, listed, who="bench", now=machine.now())
            spare_what_stays()

            async def poll() -> None:
                await machine.collector.poll_each(await machine.db.read(sources.active))

            async def kept() -> int:
                return (await machine.db.read(items.counts))["items"]

            yield Contender(poll, kept, lambda: (*machine.readers.process_ids, *machine.judges.process_ids))


if __name__ == "__main__":
    run(mediawatch)
