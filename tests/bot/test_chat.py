"""The subscribers' door: what people write and press, and what they read in answer, through the strict stand-in."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import delete
from sqlmodel import Session

from bot.chat import commands
from bot.chat.places import read_zone
from bot.chat.times import read_length, read_time
from bot.chat.updates import links_in
from storage import rulebook, state, subscribers
from storage.tables import (
    AlertRow,
    AuditRow,
    DeliveryRow,
    MuteRow,
    OutboxRow,
    ScheduleRow,
    SubscriberRow,
    SubscriptionRow,
    TopicRow,
    VerdictRow,
)
from tests.bot.chatroom import ADA, BEGIN, BEN, FORUM, GROUP, LINK, Room, add_item, open_room
from tests.fakes.telegram import TOKEN
from tests.fakes.telegram_chats import Call
from tests.fakes.telegram_html import read
from tests.fakes.telegram_wire import Answer


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(tmp_path) as opened:
        yield opened


async def test_three_taps_lead_a_newcomer_to_a_subscription(room: Room) -> None:
    assert "In which language" in await room.ask("/start")
    assert room.labels() == ["English", "Русский", "Беларуская"]
    assert "Which topic" in await room.tap("English")
    assert room.labels() == ["Kazakh oil", "A. <Lukashenka> & co"]
    assert "How shall its stories come?" in await room.tap("Kazakh oil")
    assert await room.topics() == {"kazakh-oil"}
    said = await room.tap("Both")
    assert "All set. Kazakh oil – at once and in the digest." in said
    assert "Digests come at 9:00, Europe/Minsk time" in said
    assert [row.how for row in await room.rows(SubscriptionRow)] == ["both"]
    assert len(room.telegram.messages) == 1
    assert room.woken


async def test_who_stops_after_the_topic_is_subscribed_already(room: Room) -> None:
    await room.ask("/start")
    await room.tap("English")
    await room.tap("Lukashenka")
    assert [row.how for row in await room.rows(SubscriptionRow)] == ["at once"]
    await room.tap("One more topic")
    await room.tap("Kazakh oil")
    assert "A. <Lukashenka> & co" in await room.tap("In a digest at 9:00")
    assert [row.how for row in await room.rows(SubscriptionRow)] == ["digest", "digest"]
    assert [row.minute for row in await room.rows(ScheduleRow)] == [540]


async def test_the_language_is_telegrams_until_another_is_chosen(room: Room) -> None:
    said = await say_raw(room, message(ADA, "/start", language="ru-RU"))
    person = await room.person()
    assert person is not None
    assert (person.language, person.language_chosen) == ("ru", False)
    assert said
    await room.deliver()
    await room.tap("Беларуская")
    person = await room.person()
    assert person is not None
    assert (person.language, person.language_chosen) == ("be", True)
    menus = [call.params for call in room.telegram.calls if call.method == "setMyCommands"]
    assert [menu.get("language_code") for menu in menus] == [None, "ru", "be", "kk", None]
    assert "101" in str(menus[-1]["scope"])


async def test_a_deep_link_follows_its_topic_at_once_with_no_further_tap(room: Room) -> None:
    assert "You now follow Kazakh oil: at once" in await room.say("/start kazakh-oil")
    assert await room.topics() == {"kazakh-oil"}
    assert "already follow" in await room.say("/start KAZAKH_OIL")


async def test_a_topic_is_found_by_its_title_too_and_its_title_is_never_markup(room: Room) -> None:
    assert "A. <Lukashenka> & co" in await room.say("/start a. <lukashenka> & CO")
    assert await room.topics() == {"lukashenka"}


async def test_an_unknown_topic_is_answered_with_the_list(room: Room) -> None:
    said = await room.say("/start <b>football&")
    assert "“<b>football&”" in said
    assert "/start kazakh-oil" in said
    assert await room.topics() == set()
    assert await room.keyboard()


async def test_a_tap_follows_a_topic_and_the_same_message_shows_it(room: Room) -> None:
    await room.ask("/start kazakh-oil")
    await room.ask("/topics")
    assert "You follow 2 topics" in await room.tap("Lukashenka")
    assert await room.topics() == {"kazakh-oil", "lukashenka"}
    assert room.labels()[:2] == ["✓ Kazakh oil", "✓ A. <Lukashenka> & co"]
    assert "You follow 1 topic." in await room.tap("✓ Kazakh oil")
    assert await room.topics() == {"lukashenka"}
    assert len(room.telegram.messages) == 2


async def test_a_press_that_changes_nothing_edits_nothing(room: Room) -> None:
    await room.ask("/start kazakh-oil")
    await room.ask("/topics")
    carried = room.last().buttons[1][0]["callback_data"]
    for _ in range(3):
        await room.press(carried)
    assert len([call for call in room.telegram.calls if call.method == "editMessageText"]) == 1


async def test_a_button_pressed_twice_stays_true_to_its_label(room: Room) -> None:
    await room.say("/start lukashenka")
    await room.say("/topics")
    carried = (await room.keyboard())[0][0][1]
    await room.press(carried)
    await room.press(carried)
    assert await room.topics() == {"kazakh-oil", "lukashenka"}


@pytest.mark.parametrize(
    "carried",
    ["", "t:999:1:0", "t:1:2:0", "t:-1:1:0", "t:1:1:9999", "t:99999999999999999999:1:0", "p:9", "forget:99:1",
     "forget:1", "x" * 64, "t:１:1:0", "\ud83d", "t:1:1:0\n"],
)  # fmt: skip
async def test_forged_and_stale_buttons_are_answered_and_harmless(room: Room, carried: str) -> None:
    await room.say("/start lukashenka")
    note = await room.press(carried)
    assert await room.person() is not None
    assert "lukashenka" in await room.topics()
    assert note or carried in ("p:9", "t:1:1:9999")
    assert not [row for row in await room.rows(AuditRow) if row.action == "forgotten"]


async def test_a_press_of_a_stranger_makes_nobody_a_subscriber(room: Room) -> None:
    assert "/start" in await room.press("t:1:1:0", chat_id=BEN)
    assert await room.rows(SubscriberRow) == []


async def test_another_persons_private_topic_can_be_neither_seen_nor_followed(room: Room) -> None:
    await room.say("/start")

    def add(tx: Session) -> int:
        topic = TopicRow(owner_id=77, slug="secret", titles={"en": "Secret"}, published_id=1)
        tx.add(topic)
        tx.flush()
        return topic.id or 0

    number = await room.db.write(add)
    assert "out of date" in await room.press(f"t:{number}:1:0")
    assert "secret" not in (await room.say("/start secret")).casefold().replace("“secret”", "")
    assert await room.topics() == set()


async def test_an_update_is_taken_once_however_often_telegram_sends_it(room: Room) -> None:
    number = room.telegram.write(ADA, "/start kazakh-oil")
    again = dict(room.telegram._updates[0])
    await room.door.poll_once()
    room.telegram.faults.append(lambda call: Answer(200, {"ok": True, "result": [again]}) if _polls(call) else None)
    await room.opened().poll_once()
    assert len(await room.replies()) == 1
    assert await room.db.read(lambda tx: state.get(tx, "telegram_update")) == str(number)


def _polls(call: Call) -> bool:
    return call.method == "getUpdates"


async def test_telegram_hears_that_an_update_was_taken_only_after_its_commit(room: Room) -> None:
    number = room.telegram.write(ADA, "/start kazakh-oil")
    await room.door.poll_once()
    assert [call.params.get("offset") for call in room.telegram.calls if _polls(call)] == [None]
    await room.opened().poll_once()
    assert [call.params.get("offset") for call in room.telegram.calls if _polls(call)][-1] == str(number + 1)


async def test_kills_at_any_moment_lose_no_start_and_answer_none_twice(room: Room) -> None:
    rng = random.Random(20261123)
    for chat_id in range(200, 230):
        room.telegram.write(chat_id, "/start kazakh-oil")
    for _ in range(60):
        task = asyncio.create_task(room.opened().poll_once())
        for _ in range(rng.randrange(1, 60)):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await room.opened().poll_once()
    assert sorted(row.chat_id for row in await room.replies()) == list(range(200, 230))
    assert len(await room.rows(SubscriptionRow)) == 30


async def test_numbers_that_begin_anew_after_a_long_silence_are_new_updates(room: Room) -> None:
    await room.say("/start")
    await room.db.write(lambda tx: state.put(tx, "telegram_update", "900000000"))
    room.now_at += timedelta(days=8)
    assert "follow Kazakh oil" in await room.say("/start kazakh-oil")
    assert await room.db.read(lambda tx: state.get(tx, "telegram_update")) == "2"


async def test_a_smaller_number_soon_after_is_an_update_already_taken(room: Room) -> None:
    await room.say("/start")
    await room.db.write(lambda tx: state.put(tx, "telegram_update", "900000000"))
    room.now_at += timedelta(hours=40)
    assert await room.say("/start kazakh-oil") == ""


async def test_another_bots_numbers_say_nothing_about_ours(room: Room) -> None:
    await room.db.write(lambda tx: state.put(tx, "telegram_update", "900"))
    await room.db.write(lambda tx: state.put(tx, "telegram_bot", "1"))
    assert "In which language" in await room.say("/start")


async def test_an_update_that_cannot_be_read_holds_up_nothing(room: Room) -> None:
    room.telegram.update(message={"message_id": 1, "date": "yesterday", "chat": 7})
    room.telegram.update(something_new={"a": [1, 2]})
    room.telegram.update(callback_query={"id": "9", "from": {"id": 1, "is_bot": False, "first_name": "x"}})
    room.telegram.update(poll_answer=None)
    assert "In which language" in await room.say("/start")


async def test_a_failing_handler_costs_one_update_and_says_so(
    room: Room, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("private words of chat 101")

    with structlog.testing.capture_logs() as logs:
        monkeypatch.setattr(commands, "_words", broken)
        assert "Something went wrong" in await room.say("how are you")
        assert "In which language" in await room.say("/start")
    assert [entry["event"] for entry in logs if entry["log_level"] == "error"] == ["update failed"]
    assert "private words" not in str(logs)


async def test_logs_know_local_numbers_only(room: Room) -> None:
    chat_id = 987654321
    with structlog.testing.capture_logs() as logs:
        await room.say("/start kazakh-oil", chat_id)
        await room.say("my secret words", chat_id)
        await room.say("/pause 3d", chat_id)
    assert logs
    assert str(chat_id) not in str(logs)
    assert "secret" not in str(logs)
    assert {entry["subscriber"] for entry in logs if entry["event"] == "update taken"} == {1}


async def test_what_a_person_writes_is_kept_nowhere(room: Room) -> None:
    await room.say("/start kazakh-oil")
    await room.say("Ada Lovelace was here /why")
    await room.say("/zone AdaLovelace")
    audit = [str(row.model_dump()) for row in await room.rows(AuditRow)]
    assert audit
    assert not [row for row in audit if "Lovelace" in row or str(ADA) in row]


async def test_the_door_waits_longer_and_longer_and_names_what_is_wrong(room: Room) -> None:
    well = room.telegram.out_of_order()
    await room.run_until_slept(7)
    assert room.slept_s[:7] == [1, 2, 4, 8, 16, 30, 30]
    assert room.door.fault == "Telegram can't be reached"
    assert room.door.last_update_at is None
    well()
    await room.run_until_slept(9)
    assert room.door.fault == ""
    assert room.door.last_update_at == room.now_at


@pytest.mark.parametrize(
    ("code", "said", "fault"),
    [
        (401, "Unauthorized", "does not know this token"),
        (404, "Not Found", "does not know this token"),
        (409, "Conflict: terminated by other getUpdates request", "only one may run"),
        (409, "Conflict: can't use getUpdates method while webhook is active", "webhook"),
        (429, "Too Many Requests: retry after 17", "slow down"),
    ],
)
async def test_refusals_are_told_apart(room: Room, code: int, said: str, fault: str) -> None:
    body = {"ok": False, "error_code": code, "description": said, "parameters": {"retry_after": 17}}
    body = body if code == 429 else {k: v for k, v in body.items() if k != "parameters"}
    room.telegram.answer_next(Answer(code, body), method="getUpdates", count=10**6)
    with structlog.testing.capture_logs() as logs:
        await room.run_until_slept(2)
    assert fault in room.door.fault
    assert TOKEN not in str(logs)
    assert room.slept_s[:2] == ([17, 17] if code == 429 else [1, 2])
    removed = [call for call in room.telegram.calls if call.method == "deleteWebhook"]
    assert bool(removed) == ("webhook" in said)


async def test_pause_and_resume(room: Room) -> None:
    await room.say("/start kazakh-oil")
    assert "until Thursday, 26 November, 12:00" in await room.say("/pause 3d")
    person = await room.person()
    assert person is not None
    assert person.paused_until == BEGIN + timedelta(days=3)
    assert "/resume" in await room.say("/start")
    assert "on again" in await room.say("/resume")
    assert "had not paused" in await room.say("/resume")
    assert "until you send /resume" in await room.say("/pause")
    assert "did not understand “when pigs <fly>”" in await room.say("/pause when pigs <fly>")


async def test_stop_ends_what_waits_and_start_brings_the_choices_back(room: Room) -> None:
    await room.say("/start kazakh-oil")
    await room.say("/digest 9:00")

    def alert(tx: Session) -> None:
        tomorrow = BEGIN + timedelta(days=1)
        tx.add(OutboxRow(subscriber_id=1, chat_id=ADA, kind="alert", text="news", created_at=BEGIN, due_at=tomorrow))
        item = add_item(tx)
        tx.add(VerdictRow(subscriber_id=1, item_id=item, story_id=1, topic_id=1, decided_at=BEGIN, waits=True))

    await room.db.write(alert)
    assert "Messages are off" in await room.say("/stop")
    assert {row.state for row in await room.rows(OutboxRow) if row.kind == "alert"} == {"dropped"}
    assert [row.waits for row in await room.rows(VerdictRow)] == [False]
    assert (await room.person()).state == "stopped"  # type: ignore[union-attr]
    assert "off already" in await room.say("/stop")
    assert "Send /start" in await room.press("t:2:1:0")
    assert "on again" in await room.say("/start")
    assert await room.topics() == {"kazakh-oil"}
    assert (await room.person()).state == "active"  # type: ignore[union-attr]


async def test_forgetting_asks_first_then_deletes_all_but_the_local_number(room: Room) -> None:
    await room.say("/start kazakh-oil")
    await room.say("/digest 9:00")

    def more(tx: Session) -> None:
        tx.add(TopicRow(owner_id=1, slug="own", titles={"en": "Own"}, published_id=1))
        item = add_item(tx)
        tx.add(VerdictRow(subscriber_id=1, item_id=item, story_id=1, topic_id=1, decided_at=BEGIN, waits=True))
        tx.add(AlertRow(subscriber_id=1, story_id=1, topic_id=1, decided_at=BEGIN))
        tx.add(DeliveryRow(outbox_id=1, subscriber_id=1, attempted_at=BEGIN))
        subscribers.hold_chat(tx, ADA, BEGIN)

    await room.db.write(more)
    assert "can't be undone" in await room.say("/forget")
    yes, no = [row[0][1] for row in await room.keyboard()]
    before = await room.last_row()
    await room.press(no)
    assert await room.person() is not None
    await room.press(yes)
    assert await room.person() is None
    for table in (SubscriberRow, SubscriptionRow, ScheduleRow, VerdictRow, AlertRow):
        assert await room.rows(table) == [], table
    assert {row.subscriber_id for row in await room.rows(DeliveryRow)} <= {None}
    assert [row.slug for row in await room.rows(TopicRow)] == ["kazakh-oil", "lukashenka"]
    [last] = [row for row in await room.replies(before) if row.kind == "reply"]
    assert "I have forgotten this chat" in last.text
    assert last.subscriber_id is None
    audit = await room.rows(AuditRow)
    assert audit[-1].action == "forgotten"
    assert audit[-1].who == "subscriber 1"
    assert str(ADA) not in str([row.model_dump() for row in audit])
    # The old question can't delete whoever comes next.
    await room.say("/start")
    await room.press(yes)
    assert await room.person() is not None


async def test_digest_hours_are_set_shown_and_ended(room: Room) -> None:
    await room.say("/start kazakh-oil")
    assert "no digest hours" in await room.say("/digest")
    said = await room.say("/digest 9:00 18.30")
    assert "Digests come at 9:00, 18:30 (Europe/Minsk time). The next ones:" in said
    assert "• Monday, 23 November, 18:30\n• Tuesday, 24 November, 9:00\n• Tuesday, 24 November, 18:30" in said
    assert [row.how for row in await room.rows(SubscriptionRow)] == ["both"]
    assert "at once and in the digest" in await room.say("/start lukashenka")
    assert "Nothing was changed" in await room.say("/digest 9:00 25:00")
    assert "Nothing was changed" in await room.say(
        "/digest " + " ".join(f"{h}:{m:02}" for h in range(5) for m in range(60))
    )
    assert len(await room.rows(ScheduleRow)) == 2
    assert "Digests are off" in await room.say("/digest off")
    assert {row.how for row in await room.rows(SubscriptionRow)} == {"at once"}
    assert await room.rows(ScheduleRow) == []


async def test_how_topics_come_can_be_chosen_for_all_or_for_one(room: Room) -> None:
    assert "Send /start" in await room.say("/how digest")
    await room.say("/start kazakh-oil")
    await room.say("/start lukashenka")
    said = await room.say("/how digest")
    assert "2 topics now come in the digest" in said
    assert "so I set one: 9:00" in said
    assert "Kazakh oil now comes at once" in await room.say("/how at once kazakh oil")
    assert "co now comes at once and in the digest" in await room.say("/how lukashenka both")
    said = await room.say("/how")
    assert "• Kazakh oil: at once" in said
    assert "Lukashenka> & co: at once and in the digest" in said
    assert "did not understand “<i>never”" in await room.say("/how <i>never")


async def test_a_zone_is_set_by_name_or_city_and_moves_the_digests(room: Room) -> None:
    await room.say("/start kazakh-oil")
    await room.say("/digest 9:00")
    said = await room.say("/zone new york")
    assert "America/New_York: it is 4:00 there" in said
    assert "• Monday, 23 November, 9:00" in said
    [slot] = await room.rows(ScheduleRow)
    assert slot.next_due_at == datetime(2026, 11, 23, 14, tzinfo=UTC)
    assert "Did you mean /zone Europe/Berlin" in await room.say("/zone Europe/Berln")
    assert "don't know a city or time zone" in await room.say("/zone ../../etc/passwd")


async def test_unknown_commands_and_words_get_a_helpful_answer(room: Room) -> None:
    assert "Did you mean /topics" in await room.say("/topcis")
    assert "/help" in await room.say("/xyzzy")
    assert "/topics" in await room.say("good morning <3")
    assert "/start kazakh-oil" in await room.say("Kazakh Oil")
    assert "/why link" in await room.say("/help")
    assert "/why link" in await room.say("/HELP@standin_bot")
    assert await room.say("/help@another_bot") == ""


async def test_every_command_answers_a_stranger_and_a_subscriber(room: Room) -> None:
    for command in sorted(commands.COMMANDS):
        assert await room.say(f"/{command}", chat_id=500), command
        await room.db.write(lambda tx: tx.execute(delete(SubscriberRow)) and None)
    await room.say("/start kazakh-oil")
    for command in sorted(commands.COMMANDS):
        for argument in ("", "x", "🜁" * 2000, "<b>&amp;", "{topic}", "%s\0"):
            said = await room.say(f"/{command} {argument}")
            assert said or await room.try_watches(), (command, argument)


async def test_why_tells_of_each_topic_with_the_evidence(room: Room) -> None:
    item = await room.db.write(add_item)
    await room.say("/start kazakh-oil")
    said = await room.say("/why http://www.news.example/2026/oil/?utm_source=x&id=7")
    assert "Oil & <b>gas" in said
    assert "✓ Kazakh oil: “нефть” near “Казахстан”" in said
    assert "found: “казахстанской <нефти>” (another form of the word)" in said
    assert "✗ A. <Lukashenka> & co: no match" in said
    assert "<gate> oil NEAR kazakhstan: no" in said
    assert room.explained == [item]


@pytest.mark.parametrize(
    "words",
    [
        "/why news.example/2026/oil?id=7",
        "/why «https://news.example/2026/oil?id=7».",
        "/why Нефть (https://news.example/2026/oil?id=7)",
        "/why Kazakh oil\nSomething happened\nThe Source · 9:00\nhttps://news.example/2026/oil?id=7\nwhy: oil",
        "https://news.example/2026/oil?id=7",
    ],
)
async def test_a_link_is_found_however_it_is_pasted(room: Room, words: str) -> None:
    await room.db.write(add_item)
    assert "Oil & <b>gas" in await room.say(words)


async def test_why_answers_a_message_of_ours_without_a_link(room: Room) -> None:
    await room.say("/start kazakh-oil")

    def told(tx: Session) -> None:
        item = add_item(tx)
        tx.add(AlertRow(subscriber_id=1, story_id=1, topic_id=1, item_id=item, message_id=44, decided_at=BEGIN))

    await room.db.write(told)
    update = message(ADA, "/why", reply_to_message={"message_id": 44, "date": 1, "chat": chat(ADA), "text": "Oil"})
    assert "Oil & <b>gas" in await say_raw(room, update)


async def test_why_of_an_unknown_link_says_what_to_do(room: Room) -> None:
    said = await room.say("/why https://unknown.example/<a>")
    assert "None of my sources has listed this link" in said
    assert "add the source" in said
    assert "/why https://example.org/article" in await room.say("/why")


async def test_why_goes_on_without_an_account_that_fails(room: Room) -> None:
    await room.db.write(add_item)

    def fail(_item: int) -> list[str]:
        raise RuntimeError("the worker died")

    room.account = fail
    said = await room.say(f"/why {LINK}")
    assert "✓ Kazakh oil" in said
    assert "can't be given right now" in said


async def test_a_long_account_is_split_between_lines(room: Room) -> None:
    await room.db.write(add_item)
    room.account = lambda _item: ["<&>" * 400] * 500
    before = await room.last_row()
    assert await room.say(f"/why {LINK}")
    assert len(await room.replies(before)) > 3


def chat(chat_id: int) -> dict[str, Any]:
    if chat_id > 0:
        return {"id": chat_id, "type": "private", "first_name": "P"}
    return {"id": chat_id, "type": "supergroup", "title": "G"}


def message(chat_id: int, text: str, user: int = ADA, language: str = "en-GB", **more: Any) -> dict[str, Any]:
    sender = {"id": user, "is_bot": False, "first_name": "P", "language_code": language}
    return {"message_id": 5, "date": 1, "chat": chat(chat_id), "from": sender, "text": text, **more}


async def say_raw(room: Room, content: dict[str, Any]) -> str:
    before = await room.last_row()
    room.telegram.update(message=content)
    await room.door.poll_once()
    return "\n".join([read(row.text) for row in await room.replies(before)])


async def test_in_a_group_only_admins_change_what_it_follows(room: Room) -> None:
    assert "Only admins" in await say_raw(room, message(GROUP, "/start kazakh-oil"))
    assert await room.rows(SubscriberRow) == []
    room.telegram.admins = frozenset({(GROUP, BEN)})
    assert "kazakh-oil" in await say_raw(room, message(GROUP, "/start@standin_bot kazakh-oil", BEN, "ru-RU"))
    [who] = await room.rows(SubscriberRow)
    assert (who.kind, who.language) == ("group", "ru")
    who.language = "en"
    await room.db.write(lambda tx: tx.merge(who))
    assert "Only admins" in await say_raw(room, message(GROUP, "/stop"))
    assert "I watch news" in await say_raw(room, message(GROUP, "/help"))
    asked = [call for call in room.telegram.calls if call.method == "getChatMember"]
    assert len(asked) == 2
    room.now_at += timedelta(minutes=5)
    room.telegram.admins = frozenset()
    assert "Only admins" in await say_raw(room, message(GROUP, "/stop", BEN))


async def test_an_anonymous_admin_is_one_and_a_channels_voice_is_none(room: Room) -> None:
    robot = {"id": 1087968824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
    said = await say_raw(room, {**message(GROUP, "/start kazakh-oil"), "from": robot, "sender_chat": chat(GROUP)})
    assert "now follow" in said
    channel = {"id": -1009, "type": "channel", "title": "C"}
    robot = {"id": 136817688, "is_bot": True, "first_name": "Channel", "username": "Channel_Bot"}
    said = await say_raw(room, {**message(GROUP, "/stop"), "from": robot, "sender_chat": channel})
    assert said == ""
    assert (await room.person(GROUP)).state == "active"  # type: ignore[union-attr]


async def test_when_telegram_does_not_say_who_is_admin_nothing_changes(room: Room) -> None:
    room.telegram.answer_next(Answer(502, raw=b"<html>"), method="getChatMember", count=3)
    assert "could not check" in await say_raw(room, message(GROUP, "/digest 9:00"))
    assert await room.rows(SubscriberRow) == []


async def test_a_group_may_begin_where_telegram_does_not_say_who_is_admin(room: Room) -> None:
    room.telegram.answer_next(Answer(404, raw=b"<html>"), method="getChatMember", count=3)
    assert "now follow" in await say_raw(room, message(GROUP, "/start kazakh-oil"))


@pytest.mark.parametrize(
    "text", ["hello all", "/unknown", "/start@other_bot x", "look: https://news.example/a", "kazakh oil"]
)
async def test_in_a_group_other_peoples_talk_is_left_alone(room: Room, text: str) -> None:
    assert await say_raw(room, message(GROUP, text)) == ""


async def test_a_forum_has_a_subscriber_for_each_of_its_topics(room: Room) -> None:
    room.telegram.admins = frozenset({(FORUM, ADA)})
    in_topic = {"message_thread_id": 12, "is_topic_message": True}
    assert "now follow" in await say_raw(room, message(FORUM, "/start kazakh-oil", **in_topic))
    assert "now follow" in await say_raw(room, message(FORUM, "/start kazakh-oil", message_thread_id=3))
    assert [row.thread_id for row in await room.rows(SubscriberRow)] == [12, 0]
    assert [row.thread_id for row in await room.replies()] == [12, 0]


async def test_channel_posts_service_messages_and_other_bots_are_passed_over(room: Room) -> None:
    channel = {"id": -5, "type": "channel", "title": "C"}
    room.telegram.update(channel_post={"message_id": 1, "date": 1, "chat": channel, "text": "Oil: /start of a boom"})
    room.telegram.update(channel_post={"message_id": 2, "date": 1, "chat": channel, "text": "/start@other_bot"})
    await room.door.poll_once()
    assert await room.rows(SubscriberRow) == []
    robot = {"id": 9, "is_bot": True, "first_name": "R"}
    assert await say_raw(room, {**message(ADA, "/start"), "from": robot}) == ""
    joined = {key: value for key, value in message(GROUP, "").items() if key != "text"}
    assert await say_raw(room, {**joined, "new_chat_members": [robot]}) == ""
    assert await say_raw(room, {**joined, "chat": chat(ADA), "pinned_message": message(ADA, "x")}) == ""
    sticker = {"file_id": "f", "file_unique_id": "u", "type": "regular", "width": 1, "height": 1,
               "is_animated": False, "is_video": False}  # fmt: skip
    assert await room.rows(SubscriberRow) == []
    assert "only understand commands" in await say_raw(room, {**joined, "chat": chat(ADA), "sticker": sticker})


def presence(chat_id: int, status: str) -> dict[str, Any]:
    robot = {"id": 12345, "is_bot": True, "first_name": "Stand-in"}
    person = {"id": ADA, "is_bot": False, "first_name": "P"}
    extra = {"until_date": 0} if status == "kicked" else {}
    return {
        "chat": chat(chat_id), "from": person, "date": 1,
        "old_chat_member": {"status": "member", "user": robot},
        "new_chat_member": {"status": status, "user": robot, **extra},
    }  # fmt: skip


async def test_a_block_suspends_and_an_unblock_revives_but_stopped_stays_stopped(room: Room) -> None:
    await room.say("/start kazakh-oil")
    await room.say("/start", BEN)
    await room.say("/stop", BEN)
    for status, expected in (("kicked", "suspended"), ("member", "active"), ("kicked", "suspended")):
        for chat_id in (ADA, BEN):
            room.telegram.update(my_chat_member=presence(chat_id, status))
        await room.door.poll_once()
        assert (await room.person(ADA)).state == expected  # type: ignore[union-attr]
        assert (await room.person(BEN)).state == "stopped"  # type: ignore[union-attr]
    await room.say("hello again")
    assert (await room.person(ADA)).state == "active"  # type: ignore[union-attr]


async def test_a_group_that_became_a_supergroup_is_followed_whichever_message_comes_first(room: Room) -> None:
    room.telegram.admins = frozenset({(GROUP, ADA)})
    await say_raw(room, message(GROUP, "/start kazakh-oil"))
    bare = {key: value for key, value in message(GROUP, "").items() if key != "text"}
    room.telegram.update(message={**bare, "migrate_to_chat_id": -100200})
    room.telegram.update(message={**bare, "chat": chat(-100200), "migrate_from_chat_id": GROUP})
    await room.door.poll_once()
    assert [row.chat_id for row in await room.rows(SubscriberRow)] == [-100200]
    assert [row.chat_id for row in await room.replies()] == [-100200]
    assert len(await room.rows(SubscriptionRow)) == 1


async def test_a_supergroup_that_began_on_its_own_takes_all_that_the_group_had(room: Room) -> None:
    room.telegram.admins = frozenset({(GROUP, ADA), (-100200, ADA)})
    await say_raw(room, message(GROUP, "/start kazakh-oil"))
    await say_raw(room, message(GROUP, "/digest 9:00"))
    await say_raw(room, message(GROUP, "/mute kazakh-oil"))
    await say_raw(room, message(GROUP, "/watch oil pipeline"))
    await room.try_watches()
    await room.deliver()
    await room.press(room.last(GROUP).buttons[0][0]["callback_data"], GROUP, who=ADA)
    await say_raw(room, message(-100200, "/start lukashenka"))

    def told(tx: Session) -> None:
        item = add_item(tx)
        tx.add(AlertRow(subscriber_id=1, story_id=1, topic_id=1, item_id=item, decided_at=BEGIN))
        tx.add(VerdictRow(subscriber_id=1, item_id=item, story_id=1, topic_id=1, decided_at=BEGIN, waits=True))

    await room.db.write(told)
    for _ in range(2):
        await room.db.write(lambda tx: subscribers.migrate_chat(tx, GROUP, -100200))
    there = await room.person(-100200)
    assert there is not None
    assert {row.slug for row in await room.db.read(lambda tx: rulebook.topics(tx, there.id or 0))} == {"watch-1"}
    followed = await room.db.read(lambda tx: subscribers.subscriptions(tx, there.id or 0))
    assert len(followed) == 3
    for table in (ScheduleRow, MuteRow, AlertRow, VerdictRow):
        assert there.id in {row.subscriber_id for row in await room.rows(table)}, table


async def test_one_who_floods_us_gets_no_flood_of_answers(room: Room) -> None:
    for _ in range(50):
        room.telegram.write(ADA, "spam")
    room.telegram.write(BEN, "/start")
    await room.door.poll_once()
    rows = await room.replies()
    assert len([row for row in rows if row.chat_id == ADA]) == 3
    assert [row for row in rows if row.chat_id == BEN]


async def test_broken_letters_are_no_trouble(room: Room) -> None:
    assert await room.say("/start \ud83d\0x")
    assert await room.say("\ud83d")


async def test_a_failed_note_after_a_press_undoes_nothing(room: Room) -> None:
    await room.say("/start")
    room.telegram.answer_next(
        Answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: query is too old"}),
        method="answerCallbackQuery",
    )
    await room.press("t:1:1:0")
    assert await room.topics() == {"kazakh-oil"}


@pytest.mark.parametrize(
    ("words", "minute"),
    [("9:00", 540), ("9", 540), ("18.30", 1110), ("0:00", 0), ("23:59", 1439), ("9pm", 1260), ("12am", 0),
     ("24:01", None), ("9:60", None), ("13pm", None), ("", None), ("9:0", None), ("-1", None), ("٩:00", None)],
)  # fmt: skip
def test_hours_are_read_as_people_write_them(words: str, minute: int | None) -> None:
    assert read_time(words) == minute


@pytest.mark.parametrize(
    ("words", "hours"),
    [("3d", 72), ("2 hours", 2), ("1d 12h", 36), ("1w", 168), ("90m", 1.5), ("9999w", 366 * 24),
     ("0d", None), ("d", None), ("3 x", None), ("3d or so", None), ("99999d", None), ("-3d", None)],
)  # fmt: skip
def test_lengths_of_time_are_read_as_people_write_them(words: str, hours: float | None) -> None:
    assert read_length(words) == (None if hours is None else timedelta(hours=hours))


def test_zones_are_found_by_city_only_where_there_is_one_such_city() -> None:
    assert read_zone("minsk") == ("Europe/Minsk", "")
    assert read_zone("EUROPE/kyiv") == ("Europe/Kyiv", "")
    assert read_zone("localtime")[0] is None
    assert read_zone("x" * 4000)[0] is None


@pytest.mark.parametrize(
    ("words", "links"),
    [
        ("see https://a.example/x_(y).", ("https://a.example/x_(y)",)),
        ("(https://a.example/x)", ("https://a.example/x",)),
        ("пример.рф/новость, да", ("пример.рф/новость",)),
        ("a.example", ("a.example",)),
        ("write to ada@a.example please", ()),
        ("version 1.2.3 of it", ()),
        ("no link", ()),
        ("a." * 2000 + "b/" + "c" * 50, None),
    ],
)
def test_links_are_found_in_words(words: str, links: tuple[str, ...] | None) -> None:
    found = links_in(words)
    assert links is None or found == links
