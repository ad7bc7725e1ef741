"""The buttons under an alert: what a press does, for whom, and that an old or forged one does nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.chat import presses
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Answer, Right, Visit
from storage.tables import AuditRow, MatchRow, MuteRow, RuleRow, VoteRow
from tests.fakes.telegram_html import read
from tests.newsroom import Newsroom, Story, open_newsroom

HERALD = "https://herald.example/feed"
FLOOD = "Flood in Aktobe drives four hundred families from their homes"


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    async with open_newsroom(tmp_path) as opened:
        await opened.add_source(HERALD, name="Herald & <Sons>")
        await opened.run()
        opened.publish(Story(FLOOD, "The flood came at night, said the mayor."))
        await opened.later(minutes=5)
        yield opened


async def press(room: Newsroom, carried: str, *, chat_id: int = 17, right: Right = Right.YES) -> Answer:
    ask = Ask(1, Wish.PRESS, chat_id=chat_id, sender_id=5, press_id="p", press=carried, message_id=1)
    return await room.db.write(lambda tx: presses.press(tx, Visit(ask, room.at, "Europe/Minsk", right)))


async def rows(room: Newsroom, table: Any) -> list[Any]:
    return await room.db.read(lambda tx: list(tx.exec(table.__table__.select())))


def labels(room: Newsroom) -> list[str]:
    [message] = room.telegram.messages.values()
    return [label for row in message.buttons for label, _ in row]


async def test_a_vote_is_kept_with_item_topic_and_the_rules_version(room: Newsroom) -> None:
    assert (await press(room, "a:1:y")).toast == "Thank you. Noted as relevant: Floods"
    [vote] = await rows(room, VoteRow)
    [match], [rule] = await rows(room, MatchRow), await rows(room, RuleRow)
    assert (vote.item_id, vote.topic_id, vote.rule_id) == (match.item_id, match.topic_id, rule.id)
    assert vote.relevant
    assert vote.subscriber_id == 1


async def test_a_second_vote_takes_the_place_of_the_first_and_says_so(room: Newsroom) -> None:
    await press(room, "a:1:y")
    assert (await press(room, "a:1:n")).toast == "Changed: not relevant now, Floods"
    assert (await press(room, "a:1:n")).toast == "That is what you said already. Thank you."
    assert [vote.relevant for vote in await rows(room, VoteRow)] == [False]


async def test_a_muted_story_is_heard_of_no_more_until_the_button_takes_it_back(room: Newsroom) -> None:
    assert "no more of this story" in (await press(room, "a:1:s")).toast
    await room.send()
    assert "🔔 Unmute story" in labels(room)
    room.publish(Story(FLOOD, "Again.", "https://herald.example/1"), url=HERALD)
    await room.later(minutes=5)
    assert "also" not in room.telegram.texts()[0]
    assert "hear of this story again" in (await press(room, "a:1:S")).toast
    await room.send()
    assert "🔕 Mute story" in labels(room)
    assert await rows(room, MuteRow) == []
    assert [row.action for row in await rows(room, AuditRow) if "muted" in row.action] == ["muted", "unmuted"]


async def test_a_muted_source_is_named_and_its_button_survives_growth(room: Newsroom) -> None:
    assert (await press(room, "a:1:o")).toast == "You hear no more from Paper. The button now takes that back."
    room.publish(Story(FLOOD, "Again.", "https://herald.example/1"), url=HERALD)
    await room.later(minutes=5)
    await room.later(minutes=5)
    assert "also: Herald & <Sons>" in room.telegram.texts()[0]
    assert "🔔 Unmute source" in labels(room)
    room.publish(Story("Flood in Oral closes the market", "New."))
    await room.later(minutes=5)
    assert len(room.telegram.texts()) == 1


async def test_more_tells_what_matched_and_who_tells_the_story(room: Newsroom) -> None:
    room.publish(Story(FLOOD, "Again.", "https://herald.example/1"), url=HERALD)
    await room.later(minutes=5)
    [reply] = (await press(room, "a:1:m")).replies
    said = read(reply.text)
    assert "Floods: “Flood”" in said
    assert "found: “Flood” (as written)" in said
    assert "Told by 2 sources:" in said
    assert "Herald & <Sons> · 2 March 2026" in said
    assert "<blockquote expandable>" in reply.text


@pytest.mark.parametrize(
    "carried", ["a:2:y", "a:0:y", "a:1:z", "a:1", "a:", "a:-1:y", "a:١:y", "a:99999999999999999999:y", "a:1:y\n"]
)
async def test_an_old_or_forged_press_does_nothing_and_is_answered(room: Newsroom, carried: str) -> None:
    answer = await press(room, carried)
    assert answer.toast == "This button is out of date."
    assert await rows(room, VoteRow) == []


async def test_another_chats_alert_is_out_of_reach(room: Newsroom) -> None:
    for letter in "ynsSoOm":
        answer = await press(room, f"a:1:{letter}", chat_id=666)
        assert (answer.toast, answer.replies) == ("This button is out of date.", ())
    assert await rows(room, VoteRow) == []
    assert await rows(room, MuteRow) == []


@pytest.mark.parametrize("right", [Right.NO, Right.UNSURE])
async def test_in_a_group_every_member_votes_and_only_admins_mute(room: Newsroom, right: Right) -> None:
    await press(room, "a:1:y", right=right)
    assert len(await rows(room, VoteRow)) == 1
    answer = await press(room, "a:1:s", right=right)
    assert "admin" in answer.toast
    assert await rows(room, MuteRow) == []
