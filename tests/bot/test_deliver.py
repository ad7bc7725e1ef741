"""From the outbox to the chats, against a stand-in as strict and as unreliable as the real one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlmodel import Session, SQLModel, select

from bot.database import Database
from bot.delivery.limits import Limits
from bot.delivery.telegram import TelegramSender
from bot.pipeline.deliver import Deliverer
from bot.settings import Settings
from storage import outbox, subscribers
from storage.deliveries import Growth
from storage.engine import open_engine
from storage.tables import AlertRow, OutboxKind, OutboxRow, StoryRow, TopicRow
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_wire import Answer

BEGIN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADA, BEN, GROUP = 101, 102, -1001


@dataclass
class Post:
    """An outbox, a sender and Telegram, on one clock that only the test moves."""

    db: Database
    telegram: FakeTelegram
    sender: TelegramSender
    clock: Callable[[], float]
    passed_s: list[float]
    grown: list[Growth] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.deliverer = self.begin()

    def begin(self) -> Deliverer:
        self.deliverer = Deliverer(
            self.db,
            self.sender,
            Limits(),
            now=self.now,
            clock=self.clock,
            on_growth=lambda _tx, growth, _now: self.grown.append(growth),
        )
        return self.deliverer

    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=self.passed_s[0])

    async def put(self, chat_id: int, text: str, kind: OutboxKind = OutboxKind.ALERT, **more: object) -> int:
        return await self.db.write(
            lambda tx: outbox.put(tx, chat_id=chat_id, kind=kind, text=text, now=self.now(), **more)  # type: ignore[arg-type]
        )

    async def person(self, chat_id: int, thread_id: int = 0) -> int:
        def add(tx: Session) -> int:
            row = subscribers.find_or_add(
                tx, chat_id, kind="private", language="en", zone="UTC", now=self.now(), thread_id=thread_id
            )
            return row.id or 0

        return await self.db.write(add)

    async def alert(self, chat_id: int, text: str) -> int:
        person = await self.person(chat_id)

        def add(tx: Session) -> int:
            topic = TopicRow(slug=f"t{text}", titles={})
            story = StoryRow(title=text, opened_at=self.now(), last_at=self.now())
            tx.add_all([topic, story])
            tx.flush()
            alert = AlertRow(
                subscriber_id=person, story_id=story.id or 0, topic_id=topic.id or 0, decided_at=self.now()
            )
            tx.add(alert)
            tx.flush()
            outbox.put(
                tx,
                chat_id=chat_id,
                kind=OutboxKind.ALERT,
                text=text,
                now=self.now(),
                subscriber_id=person,
                alert_id=alert.id,
            )
            return alert.id or 0

        return await self.db.write(add)

    async def grow(self, alert_id: int, text: str, revision: int = 2) -> int | None:
        return await self.db.write(
            lambda tx: outbox.put_edit(tx, alert_id=alert_id, text=text, now=self.now(), revision=revision)
        )

    async def run(self, seconds: float = 10.0, step_s: float = 0.25) -> None:
        """Let that much time pass, ticking."""
        for _ in range(round(seconds / step_s)):
            await self.deliverer.tick()
            await self.deliverer.settled()
            self.passed_s[0] += step_s

    async def rows(self) -> list[OutboxRow]:
        return await self.db.read(lambda tx: list(tx.exec(select(OutboxRow).order_by(OutboxRow.id))))  # type: ignore[arg-type]

    async def states(self) -> list[str]:
        return [row.state for row in await self.rows()]


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    engine = open_engine(f"sqlite:///{tmp_path / 'post.sqlite3'}")
    SQLModel.metadata.create_all(engine)
    db = Database(engine)
    passed_s = [0.0]
    clock = lambda: 1_000.0 + passed_s[0]  # noqa: E731
    async with FakeTelegram(clock=clock) as telegram:
        sender = TelegramSender.open(
            Settings(telegram_token=SecretStr(TOKEN), telegram_base_url=telegram.base_url, telegram_timeout_s=5)
        )
        made = Post(db, telegram, sender, clock, passed_s)
        yield made
        await made.deliverer.stop(1)
        await sender.close()
        assert telegram.complaints == []
    db.close()


async def test_a_chat_gets_its_messages_in_order(post: Post) -> None:
    for number in range(4):
        await post.put(ADA, f"news {number}")
    await post.run(6)
    assert post.telegram.texts(ADA) == ["news 0", "news 1", "news 2", "news 3"]
    assert await post.states() == ["sent"] * 4


async def test_limits_are_kept_so_that_telegram_never_says_too_many(post: Post) -> None:
    for number in range(45):
        await post.put(GROUP, f"group {number}")
        await post.put(1_000 + number, "one each")
        await post.put(ADA, f"many for one {number}")
    await post.run(90)
    assert post.deliverer.counts["retryat"] == 0
    assert len(post.telegram.texts(ADA)) == 45
    assert 20 <= len(post.telegram.texts(GROUP)) <= 41


async def test_an_answer_to_a_person_goes_before_alerts_and_alerts_before_digests(post: Post) -> None:
    await post.put(ADA, "digest", OutboxKind.DIGEST)
    await post.put(ADA, "alert")
    await post.put(ADA, "reply", OutboxKind.REPLY)
    await post.run(5)
    assert post.telegram.texts(ADA) == ["reply", "alert", "digest"]


async def test_one_chat_with_two_thousand_messages_delays_nobody(post: Post) -> None:
    def fill(tx: Session) -> None:
        for number in range(2_000):
            outbox.put(tx, chat_id=ADA, kind=OutboxKind.ALERT, text=f"n {number}", now=post.now())
        for chat in range(200, 260):
            outbox.put(tx, chat_id=chat, kind=OutboxKind.ALERT, text="one", now=post.now())

    await post.db.write(fill)
    await post.run(10)
    assert all(post.telegram.texts(chat) == ["one"] for chat in range(200, 260))
    assert len(post.telegram.texts(ADA)) >= 7


async def test_a_lost_answer_makes_one_copy_and_no_more(post: Post) -> None:
    post.telegram.drop_next(1)
    await post.put(ADA, "news")
    await post.run(5)
    assert post.telegram.texts(ADA) == ["news", "news"]
    assert await post.states() == ["sent"]


async def test_a_message_whose_answer_is_lost_twice_is_not_sent_a_third_time(post: Post) -> None:
    post.telegram.drop_next(5)
    alert = await post.alert(ADA, "news")
    await post.run(5)
    assert post.telegram.texts(ADA) == ["news", "news"]
    assert await post.states() == ["unknown"]
    assert await post.grow(alert, "news, more") is None


async def test_the_one_further_try_is_not_spent_while_telegram_is_down(post: Post) -> None:
    alert = await post.alert(ADA, "news")
    swallow = Answer(status=None)
    post.telegram.answer_next(swallow, count=1)
    post.telegram.faults.append(lambda call: swallow if call.method == "getMe" and post.passed_s[0] < 300 else None)
    await post.run(290, step_s=1)
    assert len(post.telegram.sends) == 1
    assert post.deliverer.down_since is not None
    await post.run(60, step_s=1)
    assert post.telegram.texts(ADA) == ["news"]
    assert await post.db.read(lambda tx: tx.get(AlertRow, alert).message_id) is not None  # type: ignore[union-attr]


async def test_a_line_that_answers_probes_but_swallows_messages_is_tried_with_one_at_a_time(post: Post) -> None:
    for chat in range(300, 340):
        await post.put(chat, "news")
    swallow = Answer(status=None)
    hole = lambda call: swallow if call.method == "sendMessage" and post.passed_s[0] < 60 else None  # noqa: E731
    post.telegram.faults.append(hole)
    await post.run(60, step_s=0.5)
    assert (await post.states()).count("unknown") <= 16
    await post.run(60, step_s=0.5)
    assert len(post.telegram.texts()) >= 24


async def test_telegram_down_for_minutes_loses_and_doubles_nothing(post: Post) -> None:
    for chat in range(300, 310):
        await post.put(chat, "news")
    await post.telegram.unplug()
    await post.run(240, step_s=2)
    assert (await post.states()).count("waiting") == 10
    await post.telegram.plug_in()
    await post.run(60, step_s=1)
    assert sorted(post.telegram.texts()) == ["news"] * 10
    assert post.deliverer.down_since is None


async def test_minutes_of_server_errors_lose_and_double_nothing(post: Post) -> None:
    for number in range(5):
        await post.put(ADA, f"news {number}")
    back = post.telegram.out_of_order()
    await post.run(240, step_s=1)
    back()
    await post.run(60)
    assert post.telegram.texts(ADA) == [f"news {number}" for number in range(5)]


async def test_a_message_that_telegram_can_not_digest_holds_nobody_up(post: Post) -> None:
    await post.put(ADA, "poison")
    for number in range(5):
        await post.put(ADA, f"news {number}")
    post.telegram.faults.append(lambda call: Answer(500, raw=b"{}") if call.params.get("text") == "poison" else None)
    await post.run(30)
    assert post.telegram.texts(ADA) == [f"news {number}" for number in range(5)]
    assert (await post.states())[0] == "waiting"


async def test_a_storm_of_429_is_obeyed_and_loses_nothing(post: Post) -> None:
    too_many = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 30}}
    for chat in range(300, 320):
        await post.put(chat, "news")
    post.telegram.faults.append(lambda call: Answer(429, too_many) if post.passed_s[0] < 60 else None)
    await post.run(29)
    assert len(post.telegram.sends) <= 20
    await post.run(120)
    assert sorted(post.telegram.texts()) == ["news"] * 20


async def test_a_429_of_one_chat_holds_that_chat_only_and_survives_a_restart(post: Post) -> None:
    too_many = {"ok": False, "error_code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 40}}
    await post.put(ADA, "first")
    await post.put(ADA, "second")
    await post.put(BEN, "hello")
    post.telegram.faults.append(
        lambda call: Answer(429, too_many) if call.params.get("chat_id") == str(ADA) and post.passed_s[0] < 9 else None
    )
    await post.run(10)
    post.begin()
    await post.run(25)
    assert post.telegram.texts() == ["hello"]
    assert len([call for call in post.telegram.sends if call.params["chat_id"] == str(ADA)]) == 1
    await post.run(20)
    assert post.telegram.texts(ADA) == ["first", "second"]


async def test_a_person_who_blocked_us_is_suspended_and_others_go_on(post: Post) -> None:
    person = await post.person(ADA)
    post.telegram.blocked.add(ADA)
    await post.put(ADA, "one", subscriber_id=person)
    await post.put(ADA, "two", subscriber_id=person)
    await post.put(BEN, "hello")
    await post.run(5)
    assert await post.states() == ["dropped", "dropped", "sent"]
    assert post.telegram.texts() == ["hello"]
    found = await post.db.read(lambda tx: subscribers.find(tx, ADA))
    assert found is not None
    assert (found.state, found.state_note) == ("suspended", "Forbidden: bot was blocked by the user")


async def test_the_403_of_a_proxy_suspends_nobody(post: Post) -> None:
    await post.person(ADA)
    post.telegram.answer_next(Answer(403, raw=b"<html>Forbidden by company policy</html>"), count=2)
    await post.put(ADA, "news")
    await post.run(10)
    found = await post.db.read(lambda tx: subscribers.find(tx, ADA))
    assert found is not None
    assert found.state == "active"
    assert post.telegram.texts(ADA) == ["news"]


async def test_a_group_that_became_a_supergroup_gets_everything_there(post: Post) -> None:
    person = await post.person(GROUP)
    post.telegram.migrated[GROUP] = -100_500
    for number in range(3):
        await post.put(GROUP, f"news {number}", subscriber_id=person)
    await post.run(8)
    assert post.telegram.texts(-100_500) == ["news 0", "news 1", "news 2"]
    assert await post.db.read(lambda tx: subscribers.find(tx, GROUP)) is None


async def test_markup_that_telegram_can_not_read_goes_out_once_more_as_plain_text(post: Post) -> None:
    await post.put(ADA, 'broken <b>news & <a href="https://a.example/">link</a>')
    await post.run(4)
    assert post.telegram.texts(ADA) == ["broken news & link (https://a.example/)"]


async def test_a_text_that_is_too_long_is_split_and_one_that_is_refused_holds_nothing_up(post: Post) -> None:
    await post.put(ADA, "word " * 1_500)
    await post.put(ADA, " ")
    await post.put(ADA, "after")
    await post.run(10)
    assert len(post.telegram.texts(ADA)) == 4
    assert "".join(post.telegram.texts(ADA)).count("word") == 1_500
    assert "after" in post.telegram.texts(ADA)
    assert (await post.states()).count("failed") == 1


async def test_a_keyboard_that_telegram_refuses_does_not_cost_the_news(post: Post) -> None:
    await post.put(ADA, "news", buttons=[[("mute", "x" * 65)]])
    await post.run(4)
    assert post.telegram.texts(ADA) == ["news"]


async def test_news_for_a_closed_forum_topic_goes_to_the_chat_with_a_word_and_once(post: Post) -> None:
    person = await post.person(GROUP, thread_id=7)
    post.telegram.dead_threads.add((GROUP, 7))
    for number in range(3):
        await post.put(GROUP, f"news {number}", subscriber_id=person, thread_id=7)
    await post.run(10)
    texts = post.telegram.texts(GROUP)
    assert [text for text in texts if text.startswith("news")] == ["news 0", "news 1", "news 2"]
    assert len(texts) == 4
    found = await post.db.read(lambda tx: subscribers.find(tx, GROUP, 7))
    assert found is not None
    assert found.state == "suspended"


async def test_a_story_that_grows_is_edited_not_told_again(post: Post) -> None:
    alert = await post.alert(ADA, "flood")
    await post.run(3)
    await post.grow(alert, "flood, 2 sources", 2)
    await post.grow(alert, "flood, 3 sources", 3)
    await post.run(3)
    [shown] = post.telegram.messages.values()
    assert shown.texts == ["flood", "flood, 3 sources"]
    assert await post.states() == ["sent", "replaced", "sent"]


async def test_growth_before_the_send_rewrites_the_send(post: Post) -> None:
    alert = await post.alert(ADA, "flood")
    await post.grow(alert, "flood, 2 sources")
    await post.run(3)
    [shown] = post.telegram.messages.values()
    assert shown.texts == ["flood, 2 sources"]


async def test_growth_during_the_send_waits_for_it(post: Post) -> None:
    alert = await post.alert(ADA, "flood")
    ask = asyncio.Event()
    post.telegram.hooks.append(lambda call: ask.set() if call.method == "sendMessage" else None)
    gate = asyncio.Event()
    original = post.telegram._dawdle

    async def held(call: object) -> None:
        await gate.wait()

    post.telegram._dawdle = held  # type: ignore[method-assign]
    await post.deliverer.tick()
    await ask.wait()
    await post.grow(alert, "flood, 2 sources")
    await post.deliverer.tick()
    assert len(post.telegram.sends) == 1
    gate.set()
    post.telegram._dawdle = original  # type: ignore[method-assign]
    await post.deliverer.settled()
    post.passed_s[0] += 2
    await post.run(3)
    [shown] = post.telegram.messages.values()
    assert shown.texts == ["flood", "flood, 2 sources"]


async def test_an_edit_whose_answer_is_lost_is_made_again_without_harm(post: Post) -> None:
    alert = await post.alert(ADA, "flood")
    await post.run(2)
    post.telegram.drops.append(lambda call: call.method == "editMessageText" and len(post.telegram.sends) < 5)
    await post.grow(alert, "flood, 2 sources")
    await post.run(30)
    [shown] = post.telegram.messages.values()
    assert shown.texts == ["flood", "flood, 2 sources"]
    assert await post.states() == ["sent", "sent"]


async def test_growth_of_a_message_that_was_deleted_is_handed_to_the_digest(post: Post) -> None:
    alert = await post.alert(ADA, "flood")
    await post.run(2)
    post.telegram.messages.clear()
    await post.grow(alert, "flood, 2 sources")
    await post.run(4)
    assert [one.alert_id for one in post.grown] == [alert]
    assert await post.grow(alert, "flood, 3 sources", 3) is None


async def test_a_wrong_token_keeps_everything_and_says_so(post: Post) -> None:
    post.telegram.token = "another"
    await post.put(ADA, "news")
    await post.run(30, step_s=1)
    assert await post.states() == ["waiting"]
    assert len(post.telegram.calls) < 5
    assert post.deliverer.down_since is not None
    assert post.deliverer.down_reason == "Unauthorized"
    post.telegram.token = TOKEN
    await post.run(120, step_s=1)
    assert post.telegram.texts(ADA) == ["news"]


@pytest.mark.parametrize("garbage", [b"", b"<html>", b"[]", b"null", b'{"ok": true}', b'{"ok": true, "result": {}}'])
async def test_an_answer_that_makes_no_sense_counts_as_lost(post: Post, garbage: bytes) -> None:
    post.telegram.answer_next(Answer(200, raw=garbage))
    await post.put(ADA, "news")
    await post.run(5)
    assert [(row.state, row.lost_answers) for row in await post.rows()] == [("sent", 1)]


async def test_a_row_found_half_sent_is_sent_again(post: Post) -> None:
    row = await post.put(ADA, "news")
    await post.db.write(lambda tx: len(outbox.mark_sending(tx, [row], post.now())))
    await post.run(4)
    assert post.telegram.texts(ADA) == ["news"]
    assert [(row.state, row.crashes) for row in await post.rows()] == [("sent", 1)]


async def test_stopping_lets_answers_come_in_and_starts_nothing_more(post: Post) -> None:
    for number in range(3):
        await post.put(ADA, f"news {number}")
    await post.deliverer.tick()
    await post.deliverer.stop(8)
    post.passed_s[0] += 5
    assert await post.deliverer.tick() == 0
    assert await post.states() == ["sent", "waiting", "waiting"]


async def test_many_lost_answers_never_lose_a_message(post: Post) -> None:
    post.telegram.drop_share(0.1, random.Random(7))
    for number in range(120):
        await post.put(500 + number % 30, f"<b>news</b> {number}")
    await post.run(60)
    texts = post.telegram.texts()
    assert set(texts) == {f"news {number}" for number in range(120)}
    assert len(texts) - 120 <= len(post.telegram.lost)


async def test_an_answer_that_could_not_be_committed_before_a_kill_makes_no_copy(post: Post, tmp_path: Path) -> None:
    row = await post.put(ADA, "news")
    await post.db.write(lambda tx: len(outbox.mark_sending(tx, [row], post.now())))
    (tmp_path / "post.sqlite3.answers").write_text(f"{row} 77\n8 half a li")
    await post.run(4)
    assert post.telegram.texts() == []
    assert [(one.state, one.message_id) for one in await post.rows()] == [("sent", 77)]
    assert not (tmp_path / "post.sqlite3.answers").exists()


async def test_nothing_stays_beside_the_database_once_all_is_committed(post: Post, tmp_path: Path) -> None:
    for chat in range(300, 310):
        await post.put(chat, "news")
    await post.run(4)
    assert (tmp_path / "post.sqlite3.answers").read_text() == ""
    await post.deliverer.stop(1)
    assert not (tmp_path / "post.sqlite3.answers").exists()


async def test_a_terminal_leaves_the_messages_for_telegram_alone(post: Post) -> None:
    await post.put(ADA, "for Telegram")
    await post.put(BEN, "for this one")
    post.deliverer = Deliverer(post.db, post.sender, Limits.none(), now=post.now, clock=post.clock, only_chat=BEN)
    await post.run(3)
    assert post.telegram.texts() == ["for this one"]


async def test_waking_sends_at_once(post: Post) -> None:
    await post.put(ADA, "reply", OutboxKind.REPLY)
    post.deliverer.wake()
    while not post.telegram.texts(ADA):  # noqa: ASYNC110
        await asyncio.sleep(0)
    await post.deliverer.settled()
    assert await post.states() == ["sent"]


async def test_stopping_under_load_loses_nothing_and_makes_no_copy(post: Post) -> None:
    for chat in range(300, 340):
        await post.put(chat, f"news for {chat}")
    await post.deliverer.tick()
    assert post.deliverer.under_way == 16
    await post.deliverer.stop(8)
    assert (await post.states()).count("sent") == 16
    post.begin()
    await post.run(10)
    assert sorted(post.telegram.texts()) == [f"news for {chat}" for chat in range(300, 340)]


async def test_two_sources_of_ticks_never_send_twice(post: Post) -> None:
    for chat in range(300, 310):
        await post.put(chat, f"news for {chat}")
    await asyncio.gather(*(post.deliverer.tick() for _ in range(5)))
    await post.deliverer.settled()
    await post.run(3)
    assert sorted(post.telegram.texts()) == [f"news for {chat}" for chat in range(300, 310)]
