"""`mediawatch demo`: the service itself, on a temporary database, fed by a newswire that we wrote.

Nothing is simulated but the world: the wire is polled over HTTP on loopback like any source.
"""

from __future__ import annotations

import asyncio
import signal
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from rich.console import Console
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from bot.actions.manage_sources import add_all, unlisted
from bot.app import Running, running
from bot.delivery.console import ConsoleSender
from bot.demo.newswire import Newswire
from bot.feeds.sourcerow import SourceEntry
from bot.machine import utc_now
from bot.settings import Settings, read_settings
from storage import items, summary, terminal
from storage.tables import How

WAVES = (
    (1, "the first news of the day comes over the wire"),
    (2, "other outlets pick the stories up: their alerts grow, nobody is rung twice"),
    (3, "late news, and much that only looks like the watched topics"),
)
# Two topics at once, of which one is summed up in the digest again, and one in the digest alone.
WISHES = MappingProxyType({"kazakh-oil": How.BOTH, "customs-union-duties": How.DIGEST})
PATIENCE_S = 20.0
STEP_S = 0.1


async def run_demo(*, quiet: bool, keep: bool = False) -> dict[str, object]:
    """Run the demo to its end; return the summary. `quiet` prints nothing on the way; `keep` leaves the console open to
    this machine until Ctrl-C."""
    console = Console(highlight=False, quiet=quiet)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="mediawatch-demo-") as folder:
        counts = await _serve(Path(folder), console, keep=keep)
    result: dict[str, object] = {**counts, "seconds": round(time.monotonic() - began, 1)}
    table = Table(*result, box=None, header_style="bold", padding=(0, 2))
    table.add_row(*(str(value) for value in result.values()))
    console.print(Rule("what happened"), table)
    console.print(
        Text("\nThis was the real service. `make run` starts it on real sources; README.md says how to go live.")
    )
    return result


async def _serve(folder: Path, console: Console, *, keep: bool) -> dict[str, int]:
    """Run wire and service, show what comes, and return what came of it."""
    async with Newswire(started_at=utc_now()) as wire:
        settings = demo_settings(folder, wire.base_url.removeprefix("http://"))
        console.print(_welcome(wire))
        async with running(settings, ConsoleSender(console), open_here=keep) as service:
            await _show(service, wire, console)
            if keep:
                await _stay(service)
            counts = await service.machine.db.read(summary.counts)
            return {"polled": service.machine.collector.total.polled, **counts}


def demo_settings(folder: Path, wire: str) -> Settings:
    """Return settings for a service of its own: nothing of the environment's database, token or sources."""
    return read_settings(
        database_url=f"sqlite:///{folder / 'demo.sqlite3'}",
        sources=folder,
        rules=None,
        telegram_token=None,
        http_bind="127.0.0.1:0",
        http_token=None,
        poll_min_s=1.0,
        poll_max_s=1.0,
        host_delay_s=0.0,
        host_connections=8,
        allow_private_hosts=frozenset({wire}),
        fetch_pages=True,
        edit_every_s=0.0,
        flood_limit=1_000,
        notify_socket="",
        watchdog_usec=0,
        workers=2,
    )


def _welcome(wire: Newswire) -> Panel:
    feeds = len(wire.wire.feeds)
    return Panel(
        f"A sample newswire of {feeds} outlets in five languages is served on this machine, and mediawatch "
        "watches it for three topics: Aliaksandr Lukashenka, Customs Union duties, Kazakh oil. "
        "What follows are the messages that a subscriber would get on Telegram.",
        title="mediawatch demo",
        width=100,
    )


async def _show(service: Running, wire: Newswire, console: Console) -> None:
    machine = service.machine
    rows = [
        unlisted(SourceEntry(url=row["url"], name=row["name"], language=row["language"], home_url=row["home"]))
        for row in wire.sources()
    ]
    now = utc_now()
    await machine.db.write(lambda tx: terminal.listen(tx, now, here=True, how=WISHES))
    await machine.db.write(lambda tx: terminal.digest_at(tx, now + timedelta(hours=2)))
    await add_all(machine.db, rows, who="demo", now=now)
    expected = len(wire.published)
    await _settled(service, expected)
    console.print(Text(f"\n{len(rows)} sources polled, {expected} items on the wire: a silent baseline.", "dim"))
    for wave, says in WAVES:
        console.print(Rule(says, style="dim"))
        expected += wire.publish(wave, at=utc_now())
        await _settled(service, expected)
    console.print(Rule("the hour of the digest", style="dim"))
    begun = utc_now() - timedelta(minutes=1)
    await machine.db.write(lambda tx: terminal.digest_at(tx, begun))
    await _until(lambda: summary_digests(service))
    await _settled(service, expected)


async def _stay(service: Running) -> None:
    """Leave all running until somebody ends it. The address is told even where all else is quiet."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    Console(stderr=True, highlight=False).print(
        f"the console is open to this machine: http://127.0.0.1:{service.port}/ (Ctrl-C ends it)", soft_wrap=True
    )
    await stop.wait()


async def summary_digests(service: Running) -> bool:
    """Say whether a digest was prepared."""
    counts = await service.machine.db.read(summary.counts)
    return counts["digests"] > 0


async def _settled(service: Running, expected: int) -> None:
    """Wait until so many items are kept, read and told."""

    async def quiet() -> bool:
        counts = await service.machine.db.read(items.counts)
        waiting = await service.machine.db.read(summary.unsent)
        return counts["items"] >= expected and counts["unread"] == 0 and waiting == 0

    await _until(quiet)
    await asyncio.sleep(timedelta(milliseconds=300).total_seconds())


async def _until(reached: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if await reached():
            return
        await asyncio.sleep(STEP_S)
