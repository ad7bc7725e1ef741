"""A mediawatch with an admin, before the strict stand-in of Telegram, on a clock that only the test moves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, SQLModel, select

from bot.actions.measure_change import Asked, measured
from bot.chat.application import ChatDoor
from bot.database import Database
from bot.delivery.limits import Limits
from bot.delivery.telegram import TelegramSender, open_bot
from bot.metrics import Metrics
from bot.pipeline.admin_digest import Reporter
from bot.pipeline.deliver import Deliverer
from bot.pipeline.notices import Line, Watch
from bot.settings import Settings
from rules.model import RuleText
from storage import admins, rulebook, subscribers
from storage.engine import open_engine
from storage.migrate import upgrade
from storage.tables import (
    How,
)
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Call, Shown
from tests.newsroom import FLOODS, InlineWorkers

BEGIN = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
ADA, BEN, CAT, GROUP = 101, 102, 103, -1001


class Telegram(FakeTelegram):
    """The stand-in with a getChatMember: `group_admins` are pairs of chat and person."""

    group_admins: frozenset[tuple[int, int]] = frozenset()

    async def _result(self, call: Call) -> Any:
        if call.method != "getChatMember":
            return await super()._result(call)
        pair = int(call.params["chat_id"]), int(call.params["user_id"])
        user = {"id": pair[1], "is_bot": False, "first_name": "P"}
        if pair in self.group_admins:
            return {"status": "creator", "user": user, "is_anonymous": False}
        return {"status": "member", "user": user}


@dataclass
class Clock:
    """The test's time."""

    at: datetime = BEGIN

    def now(self) -> datetime:
        """Return it."""
        return self.at


@dataclass
class House:
    """A door, the machine behind it and Telegram before it, on a clock that only the test moves."""

    db: Database
    telegram: Telegram
    bot: Any
    settings: Settings
    deliverer: Deliverer
    clock: Clock

    def __post_init__(self) -> None:
        async def explain(_: int) -> list[str]:
            return []

        self.metrics = Metrics()
        workers: Any = InlineWorkers()
        self.line = Line()
        self.door = ChatDoor(self.db, self.bot, self.settings, self.clock.now, lambda: None, explain)

        async def measure(text: RuleText) -> Mapping[str, Any]:
            asked = Asked(text.topic, text, None, 1)
            return (await measured(self.db, workers, asked, self.clock.at, lambda *_: None)).figures()

        self.reporter = Reporter(self.db, workers, self.settings.admins, Random(7), measure)
        self.watch = Watch(
            self.db, self.metrics, self.settings.admins, timedelta(hours=3), timedelta(minutes=2), BEGIN,
            lambda: self.line,
        )  # fmt: skip

    def later(self, **length: float) -> None:
        """Let time pass."""
        self.clock.at += timedelta(**length)

    async def say(self, text: str, chat_id: int = ADA) -> str:
        """Write to the bot and return what it answers to this chat, as one reads it."""
        before = set(self.telegram.messages)
        kind = "supergroup" if chat_id < 0 else "private"
        self.telegram.write(chat_id, text, kind=kind)
        await self.door.poll_once()
        await self.send()
        new = [shown for key, shown in self.telegram.messages.items() if key not in before]
        return "\n".join(shown.text for shown in new if shown.chat_id == chat_id)

    async def press(self, shown: Shown, label: str, chat_id: int = 0) -> str:
        """Press a button of a message; return the note that follows."""
        [data] = [b["callback_data"] for row in shown.buttons for b in row if b["text"] == label]
        self.telegram.press(chat_id or shown.chat_id, shown.message_id, data)
        await self.door.poll_once()
        await self.send()
        answers = [call for call in self.telegram.calls if call.method == "answerCallbackQuery"]
        return str(answers[-1].params.get("text", ""))

    async def send(self) -> None:
        while await self.deliverer.tick():
            await self.deliverer.settled()

    def last(self, chat_id: int = ADA) -> Shown:
        return [shown for shown in self.telegram.messages.values() if shown.chat_id == chat_id][-1]

    def texts(self, chat_id: int = ADA) -> str:
        return "\n".join(self.telegram.texts(chat_id))

    async def rows(self, table: type[SQLModel]) -> list[Any]:
        return await self.db.read(lambda tx: list(tx.exec(select(table))))

    async def change(self, work: Any) -> Any:
        return await self.db.write(work)

    async def report(self) -> str:
        """Ask for a report now and return all its messages."""
        await self.say("/report now")
        before = len(self.telegram.texts(ADA))
        await self.reporter.tick(self.clock.at)
        await self.send()
        return "\n".join(self.telegram.texts(ADA)[before:])


@asynccontextmanager
async def open_house(tmp_path: Path) -> AsyncIterator[House]:
    """Open a house with one admin and one topic."""
    engine = open_engine(f"sqlite:///{tmp_path / 'news.sqlite3'}")
    upgrade(engine)
    db = Database(engine, patience_s=5)
    telegram = Telegram(limits=False)
    async with telegram:
        settings = Settings(
            telegram_token=SecretStr(TOKEN),
            telegram_base_url=telegram.base_url,
            telegram_timeout_s=2,
            telegram_poll_s=0,
            admins=frozenset({ADA}),
        )
        sender = TelegramSender.open(settings)
        async with open_bot(settings) as bot:
            clock = Clock()
            deliverer = Deliverer(db, sender, Limits.none(), now=clock.now)
            made = House(db, telegram, bot, settings, deliverer, clock)
            await db.write(lambda tx: admins.ensure(tx, settings.admins, settings.zone, BEGIN))
            await db.write(lambda tx: rulebook.offer_file(tx, "floods", {"en": "Floods"}, FLOODS, BEGIN))
            yield made
            await deliverer.stop(1)
        await sender.close()
        assert telegram.complaints == []
    db.close()


def follow(tx: Session, chat_id: int, now: datetime, **values: Any) -> int:
    row = subscribers.find_or_add(tx, chat_id, kind="private", language="en", zone="Europe/Minsk", now=now)
    for name, value in values.items():
        setattr(row, name, value)
    topic = rulebook.topic(tx, "floods")
    assert topic is not None
    subscribers.subscribe(tx, row.id or 0, topic.topic_id, How.AT_ONCE, now)
    return row.id or 0
