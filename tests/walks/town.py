"""A town with papers of its own, and a service that reads them and speaks through the stand-in Bot API: for walks that
see of mediawatch what its subscribers see, on a clock that only moves on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

from sqlmodel import select

from bot.app import Running, jobs, running
from bot.delivery.console import ConsoleSender
from bot.settings import Settings
from storage import subscribers
from storage.engine import Session
from storage.tables import ItemRow, SourceRow
from tests.fakes.hostile import rss, served
from tests.fakes.telegram import FakeTelegram
from tests.fakes.telegram_chats import Call, Shown
from tests.fakes.web import FakeWeb
from tests.newsroom import FLOODS
from tests.walks.running import eventually

PAPERS = ("Paper", "Herald", "Times", "Post", "Echo", "Globe")
RUSSIAN = "Vesti"


@dataclass
class Clock:
    """The service's clock: the machine's, and as much later as a test has it."""

    ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """Return the time in the town."""
        return datetime.now(UTC) + self.ahead


@dataclass
class Town:
    """The papers, the chats and the service between them."""

    web: FakeWeb
    telegram: FakeTelegram
    clock: Clock
    service: Running
    printed: dict[str, list[str]] = field(default_factory=dict)

    def publish(
        self, paper: str, title: str, text: str = "", *, link: str = "", later: timedelta = timedelta(0)
    ) -> None:
        """Put an article on top of a paper's feed."""
        entries = self.printed.setdefault(paper, [])
        link = link or f"https://{paper.lower()}.example/{len(entries) + 1}.html"
        entries.insert(
            0,
            f"<item><title>{escape(title)}</title><link>{escape(link)}</link><guid>{escape(link)}</guid>"
            f"<description>{escape(text)}</description>"
            f"<pubDate>{format_datetime(self.clock.now() + later)}</pubDate></item>",
        )
        self.web.on(f"/{paper}", served(rss(*entries)))

    async def kept(self, title: str, copies: int = 1) -> None:
        """Wait until an article is kept and read, so many times."""

        def read(tx: Session) -> bool:
            rows = tx.exec(select(ItemRow).where(ItemRow.title == title, ItemRow.analyse_due == False)).all()  # noqa: E712
            return len(rows) >= copies

        await eventually(lambda: self.service.machine.db.read(read), f"read: {title}")

    def shown(self, chat_id: int, words: str) -> list[Shown]:
        """Return a chat's messages that hold these words now, oldest first."""
        return [each for each in self.telegram.messages.values() if each.chat_id == chat_id and words in each.text]

    async def told(self, chat_id: int, words: str) -> Shown:
        """Wait until a message of a chat holds these words; return it."""
        await eventually(lambda: bool(self.shown(chat_id, words)), f"told in {chat_id}: {words}")
        return self.shown(chat_id, words)[-1]

    async def joined(self, chat_id: int, **choices: Any) -> int:
        """Let a person start and follow floods, then have made these choices; return the subscriber's number."""
        self.telegram.write(chat_id, "/start floods")
        await eventually(lambda: bool(self.shown(chat_id, "Floods")), "an answer to /start")
        return await self.chosen(chat_id, **choices)

    async def chosen(self, chat_id: int, **choices: Any) -> int:
        """Let a subscriber have made these choices; return the subscriber's number."""

        def change(tx: Session) -> int:
            person = subscribers.find(tx, chat_id)
            assert person is not None
            for name, value in choices.items():
                setattr(person, name, value)
            tx.add(person)
            return person.id or 0

        return await self.service.machine.db.write(change)

    async def pressed(self, message: Shown, label: str, *, by: int = 0) -> str:
        """Press the button with this label under a message; return the note that pops up. `by`: from another chat."""
        actions = {b["text"]: b["callback_data"] for row in message.buttons for b in row if "callback_data" in b}
        before = len(self._answers())
        self.telegram.press(by or message.chat_id, message.message_id, actions[label])
        await eventually(lambda: len(self._answers()) > before, f"an answer to {label}")
        return str(self._answers()[-1].params.get("text", ""))

    def _answers(self) -> list[Call]:
        return [call for call in self.telegram.calls if call.method == "answerCallbackQuery"]

    async def tick(self, name: str) -> None:
        """Let a job of the service do its work now, whenever its time is."""
        found = jobs(self.service.machine, self.service.deliverer, None)
        await next(job for job in found if job.name == name).tick()


@asynccontextmanager
async def town(folder: Path, **more: Any) -> AsyncIterator[Town]:
    """Open a town whose papers are known and empty, with one topic: floods."""
    async with FakeWeb() as web, FakeTelegram() as telegram:
        (folder / "topics").mkdir()
        (folder / "topics" / "floods.yaml").write_text(FLOODS)
        lines = [
            f"  - {{url: '{web.url(f'/{name}')}', name: {name}, language: {'ru' if name == RUSSIAN else 'en'}}}\n"
            for name in (*PAPERS, RUSSIAN)
        ]
        (folder / "list.yaml").write_text("sources:\n" + "".join(lines))
        for name in (*PAPERS, RUSSIAN):
            web.on(f"/{name}", served(rss()))
        values: dict[str, Any] = {
            "database_url": f"sqlite:///{folder / 'news.sqlite3'}", "sources": folder / "list.yaml",
            "rules": folder / "topics", "http_bind": "127.0.0.1:0", "poll_min_s": 1, "poll_max_s": 1,
            "host_delay_s": 0, "host_connections": 20, "allow_private_hosts": web.host, "fetch_pages": False,
            "workers": 1, "telegram_token": telegram.token, "telegram_base_url": telegram.base_url,
            "telegram_poll_s": 1, **more,
        }  # fmt: skip
        clock = Clock()
        async with running(Settings(**values), ConsoleSender(), now=clock.now) as service:
            here = Town(web, telegram, clock, service)
            await eventually(lambda: {f"/{name}" for name in PAPERS} <= set(web.paths()), "the first polls")
            await eventually(lambda: service.machine.db.read(_all_polled), "the baselines")
            yield here
        assert telegram.complaints == []


def _all_polled(tx: Session) -> bool:
    return all(row.last_ok_at is not None for row in tx.exec(select(SourceRow)))
