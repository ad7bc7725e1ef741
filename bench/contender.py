"""One who polls, and how it is measured: in a process of its own, which prints one JSON line per thing measured."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
import urllib.request
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import cpu_s, peak_mb


@dataclass(frozen=True, slots=True)
class Contender:
    """One who polls: `poll` asks every feed once, `kept` says how many entries there are then, `children` which
    processes work for it."""

    poll: Callable[[], Awaitable[None]]
    kept: Callable[[], Awaitable[int]]
    children: Callable[[], Sequence[int]] = tuple


Opening = Callable[[Path, Sequence[str]], AbstractAsyncContextManager[Contender]]
"""Opens a contender in an empty folder, for these feeds."""


def run(opening: Opening) -> None:
    """Poll cold once, unchanged `rounds` times and with five per cent changed `rounds` times.

    The command line says: port of the server, number of feeds, rounds.
    """
    port, feeds, rounds = (int(said) for said in sys.argv[1:4])
    asyncio.run(_run(opening, port, feeds, rounds))


def _control(port: int, what: str) -> dict[str, int]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/control/{what}") as answer:
        found: dict[str, int] = json.load(answer)
    return found


def _say(**line: object) -> None:
    print(json.dumps(line), flush=True)


async def _measured(contender: Contender, phase: str, port: int, feeds: int) -> None:
    """Let the contender poll all feeds once and say what that took."""
    _control(port, "counts")
    spent_s, began_s = cpu_s(contender.children()), time.monotonic()
    await contender.poll()
    took_s = time.monotonic() - began_s
    spent_s = cpu_s(contender.children()) - spent_s
    asked = _control(port, "counts")
    kept = await contender.kept()
    _say(phase=phase, cpu_ms=spent_s / feeds * 1000, feeds_per_s=feeds / took_s, kept=kept, **asked)


async def _run(opening: Opening, port: int, feeds: int, rounds: int) -> None:
    urls = [f"http://127.0.0.1:{port}/feed/{number}" for number in range(feeds)]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        began_s = time.monotonic()
        async with opening(Path(folder), urls) as contender:
            _say(phase="start", cpu_s=cpu_s(contender.children()), seconds=time.monotonic() - began_s)
            await _measured(contender, "cold", port, feeds)
            for _ in range(rounds):
                await _measured(contender, "unchanged", port, feeds)
            for _ in range(rounds):
                _control(port, "publish")
                await _measured(contender, "changed", port, feeds)
            workers = [peak_mb(child) for child in contender.children()]
            _say(phase="memory", main_mb=peak_mb(), all_mb=peak_mb() + sum(workers), processes=1 + len(workers))
