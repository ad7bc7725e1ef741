"""Another writer holds the database for half a minute while news comes in and Telegram is there: nothing is lost.

`hold` measures what people notice meanwhile: how long `/healthz` takes, and how soon the news is told afterwards.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.walks.running import Service, eventually, place, started, until_ready

CHAT = 4_711
PUBLISHED = 12
HELD_S = 30.0
ASK_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Held:
    """What came of it: answers of /healthz (all, those that were not "ok", the slowest), messages, and how long after
    the release the last one came."""

    seconds: float
    asked: int
    unwell: int
    slowest_ms: float
    published: int
    missing: int
    copies: int
    told_after_s: float


async def hold(folder: Path, held_s: float = HELD_S) -> Held:
    """Hold the write lock for `held_s` seconds under a running service; return what came of it."""
    async with place(folder) as here, FakeTelegram(limits=False) as telegram:
        settings = here.settings(
            telegram_token=telegram.token, telegram_base_url=telegram.base_url, telegram_poll_s="1", fetch_pages="false"
        )
        async with started(folder, **settings) as service:
            await until_ready(service)
            telegram.write(CHAT, "/start floods")
            await eventually(lambda: len(telegram.sends) == 1, "an answer to /start")
            await eventually(lambda: '"new": 1' in service.output, "the baseline")
            with closing(sqlite3.connect(folder / "news.sqlite3", isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                titles = here.publish(PUBLISHED)
                took_ms, unwell = await _watch(service, held_s)
                other.execute("ROLLBACK")
            released_s = time.monotonic()

            def told() -> Counter[str]:
                return Counter(title for text in telegram.texts(CHAT) for title in titles if title in text)

            await eventually(lambda: len(told()) == len(titles), "all of the news")
            after_s = time.monotonic() - released_s
            await service.end()
    found = told()
    copies = sum(found.values()) - len(found)
    return Held(
        held_s, len(took_ms), unwell, max(took_ms), len(titles), len(titles) - len(found), copies, round(after_s, 1)
    )


async def _watch(service: Service, held_s: float) -> tuple[list[float], int]:
    """Ask /healthz as long as the lock is held; return the milliseconds of each answer, and how many were bad."""
    took_ms, unwell = [], 0
    until_s = time.monotonic() + held_s
    while time.monotonic() < until_s:
        began_s = time.monotonic()
        status, _ = await service.ask("/healthz")
        took_ms.append((time.monotonic() - began_s) * 1000)
        unwell += status != 200
        await asyncio.sleep(ASK_EVERY_S)
    return took_ms, unwell
