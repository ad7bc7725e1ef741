"""The whole service under kills: feeds publish meanwhile, people are subscribed by the bot's own door."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

from sqlmodel import func, select

from storage import outbox
from storage.engine import Engine, open_engine, reading
from storage.migrate import upgrade
from storage.tables import ItemRow, SourceRow, SubscriptionRow
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_wire import Answer, Wire
from tests.walks.killing import LOST_SHARE, Figures, Killer, account, at_telegram, processes

CHATS = tuple(range(2_001, 2_013))
ITEMS_LISTED = 60
BACKLOG_MOST = 4
RULE = """
topic: floods
title: {en: Floods}
concepts:
  flood: {en: [flood ~0]}
when: |
  flood
examples:
  match: ["Flood in Aktobe"]
  ignore: ["Sun in Aktobe"]
"""
_TITLE = re.compile(r"Flood [a-z]+ (?:[a-z]+ )+n\d+")


@dataclass
class Press:
    """A feed that lists one more item at each poll, once it is running, as long as those told keep up with those
    published: a backlog would only become a digest. No two items tell the same event."""

    rng: random.Random
    told: Callable[[], int]
    running: bool = False
    titles: list[str] = field(default_factory=list)

    async def answer(self, _path: str, _params: dict[str, Any]) -> Answer:
        """Return the feed as it stands."""
        if self.running and len(self.titles) < self.told() + BACKLOG_MOST:
            words = " ".join("".join(self.rng.choices("abdegiklmnoprstuz", k=8)) for _ in range(6))
            self.titles.append(f"Flood {words} n{len(self.titles)}")
        items = "".join(
            f"<item><title>{escape(title)}</title><link>https://paper.example/{number}</link>"
            f"<guid>https://paper.example/{number}</guid><description>{escape(title)}.</description></item>"
            for number, title in list(enumerate(self.titles))[-ITEMS_LISTED:]
        )
        old = "<item><title>Sun</title><link>https://paper.example/old</link><description>d</description></item>"
        channel = f"<title>Paper</title><link>https://paper.example/</link><description>d</description>{items}{old}"
        body = f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}</channel></rss>'
        return Answer(raw=body.encode(), headers={"Content-Type": "application/rss+xml"})


def settings_for(folder: Path, feed_port: int) -> dict[str, str]:
    """Write the files that the service reads and return its settings."""
    (folder / "rules").mkdir()
    (folder / "rules" / "floods.yaml").write_text(RULE)
    (folder / "sources.yaml").write_text(f"- url: http://127.0.0.1:{feed_port}/feed\n  name: Paper\n")
    return {
        "MEDIAWATCH_SOURCES": str(folder / "sources.yaml"),
        "MEDIAWATCH_RULES": str(folder / "rules"),
        "MEDIAWATCH_ALLOW_PRIVATE_HOSTS": "*",
        "MEDIAWATCH_POLL_MIN_S": "1",
        "MEDIAWATCH_POLL_MAX_S": "1",
        "MEDIAWATCH_HOST_DELAY_S": "0",
        "MEDIAWATCH_FETCH_PAGES": "false",
        "MEDIAWATCH_HTTP_BIND": "127.0.0.1:0",
        "MEDIAWATCH_WORKERS": "1",
        "MEDIAWATCH_FLOOD_LIMIT": "1000",
        "MEDIAWATCH_TELEGRAM_POLL_S": "1",
    }


def title_in(chat_id: int, text: str) -> str:
    """Return which message a text is: the chat and the item's title."""
    found = _TITLE.search(text)
    return f"{chat_id}: {found[0]}" if found else ""


async def until(is_so: Callable[[], bool], *, within_s: float) -> None:
    """Wait for something that another process brings about; TimeoutError after `within_s`."""
    async with asyncio.timeout(within_s):
        while not await asyncio.to_thread(is_so):  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def kill_the_service(
    folder: Path, kills: int, rng: random.Random, *, latency_s: Callable[[], float], patience_s: float = 60.0
) -> tuple[Figures, float]:
    """Kill the whole service `kills` times while a feed publishes; return what came of it, and how many seconds the
    last one took to end after SIGTERM."""
    url = f"sqlite:///{folder / 'mediawatch.sqlite3'}"
    engine = open_engine(url)
    upgrade(engine)
    async with FakeTelegram(latency_s=latency_s) as telegram:
        press = Press(rng, lambda: len({title_in(CHATS[-1], text) for text in telegram.texts(CHATS[-1])} - {""}))
        feed = Wire(press.answer)
        await feed.open()
        environment = {**at_telegram(url, telegram), **settings_for(folder, feed.port)}
        async with processes("service", environment, folder / "log") as start:
            first = await start()
            await _subscribe(engine, telegram, patience_s)
            os.kill(first, signal.SIGKILL)
            telegram.drop_share(LOST_SHARE, rng)
            killer = Killer(telegram, rng)
            telegram.hooks.append(killer)
            press.running = True
            for _ in range(kills):
                async with asyncio.timeout(patience_s):
                    await killer.kill(start)
            press.running = False
            ended_s = await _let_it_finish(engine, press, start, patience_s)
        wanted = [f"{chat}: {title}" for chat in CHATS for title in press.titles]
        figures = account(telegram, killer, wanted, title_in)
        await feed.close()
    engine.dispose()
    return figures, ended_s


async def _subscribe(engine: Engine, telegram: FakeTelegram, patience_s: float) -> None:
    for chat in CHATS:
        telegram.write(chat, "/start floods")

    def ready() -> bool:
        with reading(engine) as tx:
            people = tx.exec(select(func.count()).select_from(SubscriptionRow)).one()
            source = tx.exec(select(SourceRow)).first()
            quiet = not outbox.open_count_by_chat(tx)
            return people == len(CHATS) and source is not None and source.baseline_done and quiet

    await until(ready, within_s=patience_s)


async def _let_it_finish(engine: Engine, press: Press, start: Callable[[], Awaitable[int]], patience_s: float) -> float:
    last = await start()

    def finished() -> bool:
        with reading(engine) as tx:
            items = tx.exec(select(func.count()).select_from(ItemRow).where(ItemRow.analyse_due)).one()
            kept = tx.exec(select(func.count()).select_from(ItemRow)).one()
            return kept > len(press.titles) and not items and not outbox.open_count_by_chat(tx)

    await until(finished, within_s=patience_s + len(press.titles) * len(CHATS) / 10)
    os.kill(last, signal.SIGTERM)
    began_s = time.monotonic()
    await until(lambda: not Path(f"/proc/{last}").exists(), within_s=patience_s)
    return time.monotonic() - began_s
