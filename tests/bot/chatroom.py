"""The subscribers' door with Telegram before it and a database behind it, for tests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlmodel import Session, SQLModel, col, select

from bot.chat.application import ChatDoor
from bot.chat.rehearsals import Rehearsals
from bot.database import Database
from bot.delivery.limits import Limits
from bot.delivery.telegram import Client, TelegramSender, open_bot
from bot.pipeline.deliver import Deliverer
from bot.settings import Settings
from rules.stories import canonical_url
from storage import rulebook, subscribers
from storage.engine import open_engine
from storage.tables import (
    ItemRow,
    MatchRow,
    OutboxRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
    SubscriptionRow,
    TopicRow,
)
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_chats import Call, Shown
from tests.fakes.telegram_html import read, units
from tests.newsroom import InlineWorkers

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA, BEN, GROUP, FORUM = 101, 102, -1001, -1002
REPLIES = col(OutboxRow.kind) == "reply"
LINK = "https://news.example/2026/oil?id=7"


class Stranger(FakeTelegram):
    """The stand-in with a getChatMember: `admins` are pairs of chat and person."""

    admins: frozenset[tuple[int, int]] = frozenset()

    async def _result(self, call: Call) -> Any:
        if call.method != "getChatMember":
            return await super()._result(call)
        pair = int(call.params["chat_id"]), int(call.params["user_id"])
        user = {"id": pair[1], "is_bot": False, "first_name": "P"}
        if pair in self.admins:
            return {"status": "creator", "user": user, "is_anonymous": False}
        return {"status": "member", "user": user}


@dataclass
class Room:
    """A door, Telegram before it and a database behind it, on a clock that only the test moves."""

    db: Database
    telegram: Stranger
    bot: Client
    settings: Settings
    now_at: datetime = BEGIN
    woken: list[int] = field(default_factory=list)
    slept_s: list[float] = field(default_factory=list)
    explained: list[int] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)
    wakes_after: int = 10**9
    account: Callable[[int], list[str]] = lambda _item: ["<gate> oil NEAR kazakhstan: no"]

    def __post_init__(self) -> None:
        self.door = self.opened()

    def opened(self) -> ChatDoor:
        """Open a new door on the same database, as a restart does."""

        async def explain(item_id: int) -> list[str]:
            self.explained.append(item_id)
            return self.account(item_id)

        async def sleep(seconds: float) -> None:
            self.slept_s.append(seconds)
            if len(self.slept_s) >= self.wakes_after:
                self.enough.set()
            await asyncio.sleep(0)

        self.door = ChatDoor(
            self.db, self.bot, self.settings, lambda: self.now_at, lambda: self.woken.append(1), explain, sleep=sleep
        )
        return self.door

    async def say(self, text: str, chat_id: int = ADA, **more: Any) -> str:
        """Write to the bot and return all that it answers, as one reads it; what it said before counts as sent."""
        await self.deliver()
        before = await self.last_row()
        self.telegram.write(chat_id, text, **more)
        await self.door.poll_once()
        return "\n".join([read(row.text) for row in await self.replies(before)])

    async def run_until_slept(self, times: int) -> None:
        """Let the door run until it has slept that often in all."""
        self.wakes_after = times
        self.enough.clear()
        task = asyncio.create_task(self.door.run())
        await self.enough.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def deliver(self) -> None:
        """Let all that was said be sent, and edited, in the chats."""
        sender = TelegramSender(self.bot, timeout_s=5)
        deliverer = Deliverer(self.db, sender, Limits.none(), now=lambda: self.now_at, clock=lambda: 1.0)
        while await deliverer.tick():
            await deliverer.settled()
        await deliverer.stop(1)

    async def last_row(self) -> int:
        return max([row.id or 0 for row in await self.rows(OutboxRow)], default=0)

    async def replies(self, after: int = 0) -> list[OutboxRow]:
        rows = [row for row in await self.rows(OutboxRow) if (row.id or 0) > after]
        assert all(units(read(row.text)) <= 4096 for row in rows)
        return rows

    async def keyboard(self) -> list[list[list[str]]]:
        return (await self.replies())[-1].buttons

    async def press(self, carried: str, chat_id: int = ADA, message_id: int = 0, **more: Any) -> str:
        """Press a button (of the chat's last message where none is named) and return the note that pops up."""
        await self.deliver()
        theirs = [number for chat, number in self.telegram.messages if chat == chat_id]
        self.telegram.press(chat_id, message_id or max(theirs, default=1), carried, **more)
        before = len(self.telegram.calls)
        await self.door.poll_once()
        await self.deliver()
        answers = [call for call in self.telegram.calls[before:] if call.method == "answerCallbackQuery"]
        assert len(answers) == 1
        return str(answers[-1].params.get("text", ""))

    async def tap(self, label: str, chat_id: int = ADA) -> str:
        """Press the button of the chat's last message whose label has these words; return what the chat reads then."""
        shown = self.last(chat_id)
        [carried] = [b["callback_data"] for row in shown.buttons for b in row if label in b["text"]][:1]
        await self.press(carried, chat_id, shown.message_id)
        return self.last(chat_id).text

    async def ask(self, text: str, chat_id: int = ADA, **more: Any) -> str:
        """Write to the bot and return the chat's last message, as it arrived there."""
        await self.say(text, chat_id, **more)
        await self.try_watches()
        await self.deliver()
        return self.last(chat_id).text

    async def try_watches(self) -> int:
        """Let waiting topics be tried."""
        judges: Any = InlineWorkers()
        return await Rehearsals(self.db, judges, lambda: self.now_at, lambda: 1.0, lambda: None).tick()

    def last(self, chat_id: int = ADA) -> Shown:
        """Return the last message of a chat as it reads now."""
        return self.telegram.messages[max(key for key in self.telegram.messages if key[0] == chat_id)]

    def labels(self, chat_id: int = ADA) -> list[str]:
        """Return what the buttons under the chat's last message say."""
        return [button["text"] for row in self.last(chat_id).buttons for button in row]

    async def rows(self, table: type[Any]) -> list[Any]:
        return await self.db.read(lambda tx: list(tx.exec(select(table).order_by(*table.__table__.primary_key))))

    async def topics(self) -> set[str]:
        """Return the slugs that anybody follows."""
        query = select(TopicRow.slug).join(SubscriptionRow, SubscriptionRow.topic_id == TopicRow.id)  # type: ignore[arg-type]
        return await self.db.read(lambda tx: set(tx.exec(query)))

    async def person(self, chat_id: int = ADA, thread_id: int = 0) -> SubscriberRow | None:
        return await self.db.read(lambda tx: subscribers.find(tx, chat_id, thread_id))


def add_topics(tx: Session) -> None:
    for slug, title in (("kazakh-oil", "Kazakh oil"), ("lukashenka", "A. <Lukashenka> & co")):
        rulebook.offer_file(tx, slug, {"en": title, "ru": f"{slug} по-русски"}, f"topic: {slug}", BEGIN)


def add_item(tx: Session, link: str = LINK, matched: bool = True) -> int:
    source = SourceRow(name="The <Source>", imported_url=link, added_at=BEGIN)
    tx.add(source)
    tx.flush()
    story = StoryRow(title="t", opened_at=BEGIN, last_at=BEGIN)
    tx.add(story)
    tx.flush()
    item = ItemRow(
        source_id=source.id or 0, key=link, link=link, link_key=canonical_url(link), title="Oil & <b>gas",
        first_seen_at=BEGIN, analyse_due=False, matched=matched, story_id=story.id,
    )  # fmt: skip
    tx.add(item)
    tx.flush()
    if matched:
        topic = rulebook.topic(tx, "kazakh-oil")
        assert topic
        tx.add(
            MatchRow(
                item_id=item.id or 0, topic_id=topic.topic_id, because="“нефть” near “Казахстан”", matched_at=BEGIN,
                evidence=[{"quoted": "казахстанской <нефти>", "reach": "case"}],
            )
        )  # fmt: skip
    return item.id or 0


@asynccontextmanager
async def open_room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a room on a database of its own."""
    engine = open_engine(f"sqlite:///{tmp_path / 'chat.sqlite3'}")
    SQLModel.metadata.create_all(engine)
    db = Database(engine)
    await db.write(add_topics)
    telegram = Stranger(limits=False)
    async with telegram:
        settings = Settings(
            telegram_token=SecretStr(TOKEN),
            telegram_base_url=telegram.base_url,
            telegram_timeout_s=5,
            telegram_poll_s=0,
        )
        async with open_bot(settings) as bot:
            yield Room(db, telegram, bot, settings)
        assert telegram.complaints == []
    db.close()
