"""The admins' door: who is one, what they see, and that everybody else meets an unknown command."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session

from bot.settings import SettingsError, read_settings
from storage import subscribers
from storage.tables import AuditRow, BroadcastRow, InviteRow, OutboxRow, ReportRow, SourceRow, SubscriberRow
from tests.admin_house import ADA, BEGIN, BEN, CAT, GROUP, House, follow, open_house
from tests.fakes.telegram_html import units

COMMANDS = ("admin", "health", "sources", "subscribers", "report", "proposals", "broadcast", "invite", "admins")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("command", COMMANDS)
async def test_who_is_no_admin_meets_an_unknown_command(house: House, command: str) -> None:
    assert (await house.say(f"/{command}", BEN)).startswith(f"I don't know the command /{command}.")
    assert "I don't know the command" not in await house.say(f"/{command}", ADA)


async def test_a_wrong_admin_setting_stops_the_start_and_says_what_was_expected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MEDIAWATCH_ADMINS", "101, -1001;7")
    assert read_settings().admins == {101, -1001, 7}
    monkeypatch.setenv("MEDIAWATCH_ADMINS", "@anna")
    with pytest.raises(SettingsError, match="MEDIAWATCH_ADMINS: expected numbers of Telegram chats"):
        read_settings()


async def test_in_an_admins_group_only_its_own_admins_act(house: House) -> None:
    settings = house.settings.model_copy(update={"admins": frozenset({GROUP})})
    house.door._settings = settings
    assert await house.say("/health@standin_bot", GROUP) != ""
    assert "Health" not in house.texts(GROUP)
    house.telegram.group_admins = frozenset({(GROUP, abs(GROUP))})
    house.later(minutes=6)
    assert "Health" in await house.say("/health@standin_bot", GROUP)


async def test_health_says_in_words_how_the_service_is(house: House) -> None:
    said = await house.say("/health")
    assert "Sources: 0 polled, 0 failing" in said
    assert "Nothing was sent in the last 24 hours." in said
    assert str(BEN) not in said


def source(number: int, **values: Any) -> SourceRow:
    url = f"https://paper{number}.example/feed"
    known: dict[str, Any] = {
        "name": f"Paper <{number}>",
        "url": url,
        "imported_url": url,
        "added_at": BEGIN,
        "last_polled_at": BEGIN,
    }
    return SourceRow(**{**known, "last_ok_at": BEGIN, "interval_s": 600.0, **values})


async def test_sources_tells_each_trouble_in_words_the_gravest_first(house: House) -> None:
    day = timedelta(days=1)
    arrivals = [int((BEGIN - 3 * day - timedelta(hours=n)).timestamp()) for n in range(12)]
    failing = {"failing_since": BEGIN - day, "failures": 5}
    rows = [
        source(1),
        source(2, **failing, fault="the server answered with an error", fault_detail="500 & more"),
        source(3, **failing, fault="a web page instead of a feed"),
        source(4, arrivals=arrivals),
        source(5, moved_to="https://new.example/feed", moved_since=BEGIN),
        source(6, state="paused", fault="gone for good (410)", state_note="gone for good (410)", failing_since=BEGIN),
        source(7, state="removed", **failing),
        source(8, state="paused"),
    ]
    await house.change(lambda tx: tx.add_all(rows))
    said = await house.say("/sources")
    assert said.startswith("Sources that want a look: 5 of 7")
    lines = [line.partition("): ")[2] for line in said.splitlines()[1:]]
    assert lines == [
        "paused by itself: gone for good (410)",
        "failing since 22 November 2026, 12:30: 500 & more",
        "since 22 November 2026, 12:30 a web page comes instead of a feed",
        "silent against its usual pace since 20 November 2026, 12:30",
        "moves to https://new.example/feed (on trial since 23 November 2026, 12:30)",
    ]
    assert "well; the last item never, asked every 10 min" in await house.say("/sources paper1.")
    assert "paused by a person" in await house.say("/sources Paper <8")
    assert "No source has" in await house.say("/sources <b>")


async def test_many_sick_sources_come_in_pages_that_turn(house: House) -> None:
    rows = [source(n, failing_since=BEGIN, fault="took too long", name="ы" * 400 + str(n)) for n in range(40)]
    await house.change(lambda tx: tx.add_all(rows))
    assert "40 of 40" in await house.say("/sources")
    shown = house.last()
    first = shown.text
    await house.press(shown, "page 2 ▶" if False else shown.buttons[0][0]["text"])
    assert shown.text != first
    assert len(shown.buttons[0]) == 2
    assert units(shown.text) <= 4_096


async def test_subscribers_are_counts_without_names_or_chats(house: House) -> None:
    await house.change(lambda tx: follow(tx, 77_001, BEGIN, language="ru"))
    await house.change(lambda tx: follow(tx, 77_002, BEGIN, state="suspended", state_note="Forbidden"))
    await house.change(lambda tx: follow(tx, 77_003, BEGIN, state="stopped", kind="channel"))
    said = await house.say("/subscribers")
    assert "4 in all: 2 active, 1 stopped, 1 suspended." in said
    assert "3 persons, 0 groups, 1 channel." in said
    assert "• Floods: 1" in said
    assert "Suspended (local numbers): 3" in said
    assert "7700" not in said


async def test_an_invitation_makes_one_admin_once(house: House) -> None:
    said = await house.say("/invite")
    token = re.search(r"https://t\.me/standin_bot\?start=(admin-[\w-]+)", said)
    assert token is not None
    assert len(token[1]) <= 64
    [row] = await house.rows(InviteRow)
    assert token[1] not in row.token_hash
    assert "You are an admin now" in await house.say(f"/start {token[1]}", BEN)
    assert "number 2 is an admin now" in house.texts(ADA)
    assert "This invitation is not valid" in await house.say(f"/start {token[1]}", CAT)
    assert "All" in await house.say("/sources", BEN) or "no sources yet" in house.texts(BEN)
    assert "Health" not in await house.say("/health", CAT)
    assert {row.action for row in await house.rows(AuditRow)} >= {"invited an admin", "became admin"}


async def test_an_invitation_is_good_for_a_day_and_can_be_withdrawn(house: House) -> None:
    late = (await house.say("/invite")).partition("start=")[2].split()[0]
    house.later(hours=25)
    assert "not valid" in await house.say(f"/start {late}", BEN)
    withdrawn = (await house.say("/invite")).partition("start=")[2].split()[0]
    await house.say("/admins")
    assert await house.press(house.last(), "Withdraw open invitations") == "1 invitation was withdrawn."
    assert "not valid" in await house.say(f"/start {withdrawn}", BEN)
    assert "not valid" in await house.say("/start admin-" + "x" * 40, BEN)
    assert "not valid" in await house.say("/start admin-", BEN)


async def test_an_invited_admin_can_be_removed_one_of_the_settings_can_not(house: House) -> None:
    token = (await house.say("/invite")).partition("start=")[2].split()[0]
    await house.say(f"/start {token}", BEN)
    assert "• number 2: invited" in await house.say("/admins")
    assert "MEDIAWATCH_ADMINS" in await house.say("/admins remove 1", BEN)
    shown = house.last(ADA)
    await house.say("/admins")
    assert await house.press(house.last(), "Remove 2") == "Number 2 is no admin any more."
    assert "You are no admin of mediawatch any more." in house.texts(BEN)
    assert "Health" not in await house.say("/health", BEN)
    assert [row.subscriber_id for row in await house.rows(ReportRow)] == [1]
    assert shown.chat_id == ADA


async def test_a_broadcast_is_shown_first_and_sent_once_to_all_who_are_written_to(house: House) -> None:
    await house.change(lambda tx: follow(tx, BEN, BEGIN))
    await house.change(lambda tx: follow(tx, CAT, BEGIN, state="stopped"))
    await house.change(lambda tx: follow(tx, 104, BEGIN, state="suspended"))
    words = "The bot moves <on> Sunday & rests.\n\nThank you."
    said = await house.say(f"/broadcast {words}")
    assert said.startswith("This goes to 2 chats:")
    assert words in said
    shown = house.last()
    assert house.telegram.texts(BEN) == []
    assert await house.press(shown, "Send to 2") == "On its way to 2 chats."
    assert house.telegram.texts(BEN) == [words]
    assert house.telegram.texts(CAT) == []
    house.telegram.press(ADA, shown.message_id, "A:b:1:y")
    await house.door.poll_once()
    await house.send()
    assert house.telegram.texts(BEN) == [words]
    assert [row.recipients for row in await house.rows(BroadcastRow)] == [2]


async def test_a_broadcast_can_be_dropped_and_is_of_its_writer_alone(house: House) -> None:
    token = (await house.say("/invite")).partition("start=")[2].split()[0]
    await house.say(f"/start {token}", BEN)
    assert "Write the message after the command" in await house.say("/broadcast")
    assert "holds at most" in await house.say("/broadcast " + "я" * 3_900)
    await house.say("/broadcast Hello")
    shown = house.last()
    house.telegram.press(BEN, shown.message_id, "A:b:1:y")
    await house.door.poll_once()
    assert await house.press(shown, "Do not send") == "Not sent."
    assert [row.state for row in await house.rows(BroadcastRow)] == ["dropped"]
    assert [row for row in await house.rows(OutboxRow) if row.kind == "broadcast"] == []


@pytest.mark.parametrize(
    "data", ["A:b:1:y", "A:l:1:0:y", "A:p:1:y", "A:r:1", "A:w", "A:s:0", "A:", "A:b:99999999999999999:y"]
)
async def test_a_forged_press_of_a_stranger_does_nothing_and_is_answered(house: House, data: str) -> None:
    await house.say("/broadcast Hello")
    for chat in (BEN, ADA):
        house.telegram.press(chat, 1, data if chat == BEN else "A:l:99999999999:99:y")
        await house.door.poll_once()
    answers = [call for call in house.telegram.calls if call.method == "answerCallbackQuery"]
    assert len(answers) == 2
    assert [row.state for row in await house.rows(BroadcastRow)] == ["shown"]
    assert await house.rows(SubscriberRow) != []


async def test_the_hour_of_the_report_is_set_on_the_admins_own_clock(house: House) -> None:
    assert "every day at 09:00 (Europe/Minsk time)" in await house.say("/report")
    assert "every day at 18:30" in await house.say("/report 18:30")
    [row] = await house.rows(ReportRow)
    assert row.next_due_at == BEGIN.replace(hour=15, minute=30)
    assert "I did not understand" in await house.say("/report <soon>")
    assert "You get no daily report" in await house.say("/report off")
    assert (await house.rows(ReportRow))[0].next_due_at is None


async def test_an_admin_who_forgets_everything_is_known_again_by_the_settings(house: House) -> None:
    def forget(tx: Session) -> None:
        subscribers.forget(tx, tx.get_one(SubscriberRow, 1))

    await house.change(forget)
    assert "Health" in await house.say("/health")
