"""A running service for walks and benches: the command in a process of its own, and a paper that it polls."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest

from tests.fakes.hostile import entry, rss, served
from tests.fakes.web import FakeWeb
from tests.newsroom import FLOODS

ROOT = Path(__file__).parents[2]
ENDS_WITHIN_S = 10.0
PATIENCE_S = 60.0


@dataclass
class Service:
    """A running process of ours: what it said, and how to ask it."""

    process: asyncio.subprocess.Process
    said: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    readers: list[asyncio.Task[None]] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    address: str = ""

    @property
    def output(self) -> str:
        """Return all that it wrote, to whichever stream."""
        return "".join(self.said + self.shown)

    async def ask(self, path: str) -> tuple[int, str]:
        """Ask its HTTP door; return status and body."""
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.address}{path}") as answer:
            return answer.status, await answer.text()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop, and see that it does: soon, with success and without a traceback."""
        self.process.send_signal(number)
        assert await asyncio.wait_for(self.process.wait(), ENDS_WITHIN_S) == 0, self.output[-3000:]
        await asyncio.gather(*self.readers)
        assert "Traceback" not in self.output, self.output[-3000:]


async def eventually(reached: Callable[[], bool | Awaitable[bool]], what: str) -> None:
    """Wait until something is so, or fail with its name."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                so = reached()
                if so if isinstance(so, bool) else await so:
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        pytest.fail(f"not within {PATIENCE_S:.0f} s: {what}")


@asynccontextmanager
async def started(folder: Path, *arguments: str, **settings: str) -> AsyncIterator[Service]:
    """Start a command with these settings in a folder of its own; kill it at the end if it still runs."""
    variables = {f"MEDIAWATCH_{name.upper()}": value for name, value in settings.items()}
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MEDIAWATCH_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "bot", *(arguments or ("run",)),
        cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, limit=2**24,
        env={**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **variables},
    )  # fmt: skip
    service = Service(process)
    assert process.stdout is not None
    assert process.stderr is not None
    service.readers = [
        asyncio.create_task(_listen(process.stdout, service.shown, service)),
        asyncio.create_task(_listen(process.stderr, service.said, service)),
    ]
    try:
        yield service
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await asyncio.gather(*service.readers)


async def _listen(stream: asyncio.StreamReader, lines: list[str], service: Service) -> None:
    while line := (await stream.readline()).decode("utf-8", "replace"):
        lines.append(line)
        if line.startswith("{") and json.loads(line).get("event") == "ready":
            service.address = json.loads(line)["address"]
            service.ready.set()


async def ran(folder: Path, *arguments: str, **settings: str) -> tuple[int, str]:
    """Run a command to its end; return its exit code and all that it wrote."""
    async with started(folder, *arguments, **settings) as service:
        code = await asyncio.wait_for(service.process.wait(), PATIENCE_S)
        await asyncio.gather(*service.readers)
        return code, service.output


async def until_ready(service: Service) -> None:
    """Wait until the service says that it is ready; fail with what it said where it ended instead."""
    ended = asyncio.create_task(service.process.wait())
    ready = asyncio.create_task(service.ready.wait())
    await asyncio.wait({ended, ready}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    ready.cancel()
    assert service.ready.is_set(), service.output[-3000:]


@dataclass
class Place:
    """A folder with all that a service needs, and a paper on loopback that it polls every second."""

    folder: Path
    web: FakeWeb
    published: int = 0

    def publish(self, count: int = 1) -> list[str]:
        """Put stories about a watched topic on top of the feed; return their titles, the newest first."""
        self.published += count
        titles = {n: f"Flood in {_name(n)}" for n in range(self.published, 0, -1)}
        self.web.on("/feed", served(rss(*(entry(n, title=title) for n, title in titles.items()))))
        return list(titles.values())[:count]

    def settings(self, **more: str) -> dict[str, str]:
        """Return the settings of a service here."""
        database = f"sqlite:///{self.folder / 'news.sqlite3'}"
        return {
            "database_url": database, "sources": str(self.folder / "list.yaml"), "rules": str(self.folder / "topics"),
            "http_bind": "127.0.0.1:0", "log_format": "json", "poll_min_s": "1", "poll_max_s": "1", "host_delay_s": "0",
            "allow_private_hosts": self.web.host, "fetch_pages": "false", "flood_limit": "1000", "edit_every_s": "0",
            "workers": "1", **more,
        }  # fmt: skip


def _name(number: int) -> str:
    """Return a town's name of its own for each number, so that no two titles are nearly the same."""
    return f"{chr(65 + number % 26)}{chr(97 + number * 7 % 26) * 5}{chr(97 + number // 26 % 26) * 4} {number * 7919}"


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[Place]:
    """Make a place in this folder, with one sound rule and one with a mistake."""
    async with FakeWeb() as web:
        (folder / "topics").mkdir()
        (folder / "topics" / "floods.yaml").write_text(FLOODS)
        here = Place(folder, web)
        here.publish()
        (folder / "list.yaml").write_text(f"sources:\n  - {{url: '{web.url('/feed')}', name: Paper, language: en}}\n")
        yield here


@dataclass
class Running:
    """A service that is up, in its place."""

    place: Place
    service: Service

    async def tells(self, titles: list[str]) -> None:
        """Wait until all of these were told on the terminal."""
        await eventually(lambda: all(any(t in line for line in self.service.shown) for t in titles), f"told: {titles}")
