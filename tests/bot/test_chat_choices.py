"""What subscribers choose: hours, clock, quiet, mutes, languages, and everything of it in one message of buttons."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from bot.chat.places import nearest_zone, read_zone
from bot.chat.times import clock, read_hours, read_length, read_span
from storage import mutes
from storage.mutes import Muted
from storage.tables import MuteRow, ScheduleRow, StoryRow, SubscriptionRow
from tests.bot.chatroom import ADA, BEGIN, BEN, GROUP, Room, add_item


@pytest.mark.parametrize(
    ("words", "hours", "rest"),
    [
        ("9", "1111111 9:00", ""),
        ("mon-fri 9:00 18:30", "0011111 9:00|0011111 18:30", ""),
        ("9:00 mon-fri", "0011111 9:00", ""),
        ("mon-fri 9:00, sat sun 11:00", "0011111 9:00|1100000 11:00", ""),
        ("9:00 mon-fri 11:00 sat", "0011111 9:00|0100000 11:00", ""),
        ("fri - mon 8", "1110001 8:00", ""),
        ("weekends 11am and weekdays 9 pm", "1100000 11:00|0011111 21:00", ""),
        ("пн-пт 9:00 18.30", "0011111 9:00|0011111 18:30", ""),
        ("по будням в 9:00", "0011111 9:00", ""),
        ("вторник 10:00 и четверг 12:00", "0000010 10:00|0001000 12:00", ""),
        ("аўторак 10:00", "0000010 10:00", ""),
        ("every day at 9 pm", "1111111 21:00", ""),
        ("9:00 mon 9:00 tue", "0000011 9:00", ""),
        ("9:00 Алматы", "1111111 9:00", "алматы"),
        ("9:00 monaco", "1111111 9:00", "monaco"),
        ("mon", "", "mon"),
        ("mon 9:00 tue", "0000001 9:00", "tue"),
        ("25:00", "", "25:00"),
        ("9:00-18:00", "", "9:00-18:00"),
    ],
)
def test_digest_hours_are_read_with_their_days(words: str, hours: str, rest: str) -> None:
    found = read_hours(words)
    assert "|".join(f"{days:07b} {clock(minute)}" for minute, days in found.slots) == hours
    assert found.rest == rest


@pytest.mark.parametrize(
    ("words", "span"),
    [
        ("23-7", (1380, 420)),
        ("23:00–07:00", (1380, 420)),
        ("22:30 to 6:15", (1350, 375)),
        ("с 23 до 7", (1380, 420)),
        ("11 pm - 7 am", (1380, 420)),
        ("23 7", (1380, 420)),
        ("7-7", None),
        ("23", None),
        ("25-7", None),
        ("", None),
        ("-" * 5000, None),
    ],
)
def test_quiet_hours_are_read_as_people_write_them(words: str, span: tuple[int, int] | None) -> None:
    assert read_span(words) == span


def test_lengths_of_time_are_read_in_russian_and_belarusian() -> None:
    assert read_length("3 дня") == timedelta(days=3)
    assert read_length("2 гадзіны") == timedelta(hours=2)


@pytest.mark.parametrize(
    ("words", "zone"),
    [
        ("Минск", "Europe/Minsk"),
        ("Менск", "Europe/Minsk"),
        ("алматы", "Asia/Almaty"),
        ("Нью Йорк", "America/New_York"),
        ("sao paulo", "America/Sao_Paulo"),
        ("Kraków", "Europe/Warsaw"),
        ("buenos aires", "America/Argentina/Buenos_Aires"),
        ("europe/kiev", "Europe/Kiev"),
        ("Etc/GMT-3", "Etc/GMT-3"),
        ("Paris, France", "Europe/Paris"),
        ("Minsk time", "Europe/Minsk"),
        ("EST", "America/New_York"),
        ("мск", "Europe/Moscow"),
        ("UTC+3", None),
        ("nowhere", None),
        ("", None),
    ],
)
def test_a_clock_is_found_by_a_citys_name_in_our_readers_languages(words: str, zone: str | None) -> None:
    assert read_zone(words)[0] == zone


@pytest.mark.parametrize(
    ("latitude", "longitude", "zone"),
    [
        (53.9, 27.56, "Europe/Minsk"),
        (52.1, 23.7, "Europe/Minsk"),
        (43.24, 76.9, "Asia/Almaty"),
        (54.69, 25.28, "Europe/Vilnius"),
        (27.7, 85.3, "Asia/Kathmandu"),
        (-31.55, 159.08, "Australia/Lord_Howe"),
        (89.9, 0.0, "Arctic/Longyearbyen"),
        (91.0, 0.0, None),
    ],
)
def test_a_place_has_the_clock_of_the_nearest_city(latitude: float, longitude: float, zone: str | None) -> None:
    found = nearest_zone(latitude, longitude)
    assert found == zone or (zone == "Arctic/Longyearbyen" and found is not None)


async def test_digests_have_weekdays_and_a_city_and_show_the_next_three(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    said = await chat.ask("/digest mon-fri 9:00 18:30, sat 11 Алматы")
    assert "I took Asia/Almaty as your clock." in said
    assert "Mon–Fri 9:00, 18:30; Sat 11:00 (Asia/Almaty time)" in said
    assert "• Monday, 23 November, 18:30\n• Tuesday, 24 November, 9:00\n• Tuesday, 24 November, 18:30" in said
    days = sorted((row.minute, row.weekdays) for row in await chat.rows(ScheduleRow))
    assert days == [(540, 31), (660, 32), (1110, 31)]
    assert "Nothing was changed" in await chat.ask("/digest 9:00 somewhere")
    assert len(await chat.rows(ScheduleRow)) == 3


async def test_midnight_is_a_digest_hour_however_it_is_written(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    assert "Digests come at 0:00" in await chat.ask("/digest 24:00")
    assert "did not understand “24:30”" in await chat.ask("/digest 24:30")


async def test_who_sets_a_digest_hour_and_follows_nothing_is_led_to_the_topics(chat: Room) -> None:
    assert "You follow no topic yet. /topics shows them." in await chat.ask("/digest 9")


async def test_a_clock_that_is_not_known_is_offered_by_buttons(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    said = await chat.ask("/zone UTC+3")
    assert "I don't know" in said
    assert "Did you mean" not in said
    assert "Europe/Vilnius" in await chat.tap("Vilnius")


async def test_what_ends_in_another_year_says_in_which(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    assert "until 24 November 2027, 12:00" in await chat.ask("/pause 999d")
    assert "until Thursday, 26 November, 12:00" in await chat.ask("/pause 3d")
    assert "until 23 May 2027" in await chat.ask("/mute kazakh-oil 181d")
    assert "until 23 May 2027" in await chat.ask("/mute")


async def test_digest_hours_are_set_by_buttons_too(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.ask("/digest")
    assert "Digests come at Mon–Fri 9:00" in await chat.tap("Mon–Fri 9:00")
    assert "Digests come at 9:00, 18:30" in await chat.tap("9:00 and 18:30")
    assert "no digest hours" in await chat.tap("No digests")
    assert [row.how for row in await chat.rows(SubscriptionRow)] == ["at once"]


async def test_a_shared_place_sets_the_clock_and_is_not_kept(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.ask("/digest 9:00")
    sender = {"id": ADA, "is_bot": False, "first_name": "P"}
    place = {"latitude": 43.25, "longitude": 76.91}
    private = {"id": ADA, "type": "private", "first_name": "P"}
    chat.telegram.update(message={"message_id": 7, "date": 1, "chat": private, "from": sender, "location": place})
    await chat.door.poll_once()
    await chat.deliver()
    assert "Your clock is now Asia/Almaty: it is 14:00 there" in chat.last().text
    assert "• Tuesday, 24 November, 9:00" in chat.last().text
    [slot] = await chat.rows(ScheduleRow)
    assert slot.next_due_at == datetime(2026, 11, 24, 4, tzinfo=UTC)
    kept = await chat.person()
    assert kept is not None
    assert "43.2" not in str(kept.model_dump())


async def test_quiet_hours_and_what_breaks_through_them(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    assert "Quiet hours: 23:00 to 7:00, Europe/Minsk time" in await chat.ask("/quiet 23-7")
    person = await chat.person()
    assert person is not None
    assert (person.quiet_from, person.quiet_to) == (1380, 420)
    await chat.tap("Kazakh oil")
    assert chat.labels()[0] == "❗ Kazakh oil"
    assert [row.urgent for row in await chat.rows(SubscriptionRow)] == [True]
    await chat.tap("❗ Kazakh oil")
    assert [row.urgent for row in await chat.rows(SubscriptionRow)] == [False]
    assert "did not understand “late”" in await chat.ask("/quiet late")
    assert "no quiet hours" in await chat.ask("/quiet off")
    assert "22:00 to 8:00" in await chat.tap("22:00–8:00")
    assert "no quiet hours" in await chat.tap("No quiet hours")


async def test_mutes_are_made_by_name_listed_and_taken_back(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.db.write(add_item)
    assert "You have muted nothing" in await chat.ask("/mute")
    assert "nothing of Kazakh oil any more" in await chat.ask("/mute kazakh oil")
    assert "The <Source> until Thursday, 26 November, 12:00" in await chat.ask("/mute the <source> 3d")
    assert "no topic and no source called “<b>xyz”.\n/topics lists the topics" in await chat.ask("/mute <b>xyz")

    def story(tx: Session) -> None:
        tx.add(StoryRow(id=9, title="Oil & <gas>", opened_at=BEGIN, last_at=BEGIN))
        tx.flush()
        mutes.mute(tx, 1, Muted.STORY, 9, BEGIN)

    await chat.db.write(story)
    said = await chat.ask("/mute")
    assert "• Story: Oil & <gas>" in said
    assert "• Source: The <Source> (until Thursday" in said
    assert "• Topic: Kazakh oil" in said
    await chat.tap("🔔 Oil & <gas>")
    await chat.tap("🔔 Kazakh oil")
    assert [row.kind for row in await chat.rows(MuteRow)] == ["source"]
    chat.now_at += timedelta(days=4)
    assert "You have muted nothing" in await chat.ask("/mute")


async def test_everything_is_found_in_one_message(chat: Room) -> None:
    assert "/start" in await chat.ask("/settings")
    await chat.ask("/start kazakh-oil")
    said = await chat.ask("/settings")
    assert "Topics: You follow 1 topic." in said
    assert "Digests: none" in said
    assert "Clock: Europe/Minsk, now 12:00" in said
    doors = chat.labels()
    message_id = chat.last().message_id
    for door in doors:
        await chat.tap(door)
        assert chat.last().message_id == message_id
        assert "Your settings" in await chat.tap("‹ Settings"), door
    await chat.tap("Extras")
    for name in [label for label in chat.labels() if label.startswith("⬜")]:
        await chat.tap(name)
    assert len([label for label in chat.labels() if label.startswith("✅")]) == 5
    person = await chat.person()
    assert person is not None
    assert (person.silent, person.escalate, person.chart, person.weekly, person.nothing_note) == (True,) * 5
    await chat.tap("Sett")
    await chat.tap("Pause")
    assert "Paused until Thursday" in await chat.tap("3 days")
    assert "Messages are on again" in await chat.tap("Messages on again")


async def test_every_screen_says_the_same_to_a_chat_that_follows_nothing(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.ask("/topics")
    await chat.tap("Kazakh oil")
    await chat.ask("/settings")
    for door in chat.labels():
        await chat.tap(door)
        await chat.tap("‹ Settings")


async def test_the_language_changes_by_word_and_by_button(chat: Room) -> None:
    await chat.ask("/start kazakh-oil")
    await chat.ask("/language русский")
    assert (await chat.person()).language == "ru"  # type: ignore[union-attr]
    await chat.ask("/language klingon")
    await chat.tap("English")
    assert (await chat.person()).language == "en"  # type: ignore[union-attr]
    assert "✓ English" in chat.labels()


async def test_in_a_group_only_admins_press_settings(chat: Room) -> None:
    chat.telegram.admins = frozenset({(GROUP, BEN)})
    sender = {"id": BEN, "is_bot": False, "first_name": "P", "language_code": "en"}
    group = {"id": GROUP, "type": "supergroup", "title": "G"}
    words: dict[str, Any] = {"message_id": 5, "date": 1, "chat": group, "from": sender, "text": "/start kazakh-oil"}
    chat.telegram.update(message=words)
    chat.telegram.update(message={**words, "message_id": 6, "text": "/quiet 23-7"})
    await chat.door.poll_once()
    await chat.deliver()
    assert "Only admins" in await chat.press("u:off", GROUP, who=ADA)
    person = await chat.person(GROUP)
    assert person is not None
    assert person.quiet_from == 1380
    await chat.press("u:off", GROUP, who=BEN)
    person = await chat.person(GROUP)
    assert person is not None
    assert person.quiet_from is None


async def test_a_channel_is_configured_by_its_own_posts(chat: Room) -> None:
    channel = {"id": -1005, "type": "channel", "title": "C"}
    post = {"message_id": 5, "date": 1, "chat": channel, "sender_chat": channel, "text": "/start kazakh-oil"}
    chat.telegram.update(channel_post=post)
    await chat.door.poll_once()
    await chat.deliver()
    person = await chat.person(-1005)
    assert person is not None
    assert person.kind == "channel"
    assert "You now follow" in chat.last(-1005).text
    robot = {"id": 12345, "is_bot": True, "first_name": "Stand-in", "username": "standin_bot"}
    for status, state in (("member", "suspended"), ("administrator", "active"), ("left", "suspended")):
        rights = dict.fromkeys(
            ("can_be_edited", "can_manage_chat", "can_delete_messages", "can_manage_video_chats", "is_anonymous",
             "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
             "can_edit_stories", "can_delete_stories", "can_post_messages"), True,
        )  # fmt: skip
        new = {"status": status, "user": robot, **(rights if status == "administrator" else {})}
        change = {"chat": channel, "from": {"id": ADA, "is_bot": False, "first_name": "P"}, "date": 1,
                  "old_chat_member": {"status": "left", "user": robot}, "new_chat_member": new}  # fmt: skip
        chat.telegram.update(my_chat_member=change)
        await chat.door.poll_once()
        assert (await chat.person(-1005)).state == state  # type: ignore[union-attr]
