"""`/web` in the chat: a link for whom an admin let in, in private, and nothing for others."""

from __future__ import annotations

import re

import pytest

from bot.chat import web_link
from bot.chat.updates import Ask, Wish
from bot.chat.visit import Visit
from storage.tables import SubscriberRow
from tests.web.house import HOST, House


def ask(chat_id: int = 17, kind: str = "private") -> Ask:
    return Ask(1, Wish.COMMAND, chat_id, kind, command="web")


async def said(house: House, asked: Ask, *admins: int) -> str:
    visit = Visit(asked, house.room.now(), "Europe/Minsk", admins=frozenset(admins), console_url=HOST)
    answer = await house.db.write(lambda tx: web_link.answer(tx, visit))
    return answer.replies[0].text


@pytest.mark.parametrize("role", ["reader", "editor", "admin"])
async def test_a_link_signs_in_with_the_role_that_was_given(house: House, role: str) -> None:
    await house.db.write(lambda tx: setattr(tx.get_one(SubscriberRow, 1), "role", role))
    text = await said(house, ask())
    token = re.search(r"token=([\w-]+)", text)
    assert token is not None
    browser = house.browser()
    assert (await browser.post("/sign-in", data={"token": token[1]})).status_code == 303
    assert f'no. 1</h1><span class="tag">{role}' in (await browser.get("/me")).text


async def test_an_admin_of_the_settings_needs_no_invitation(house: House) -> None:
    assert "token=" in await said(house, ask(chat_id=99), 99)


async def test_others_learn_their_number_and_groups_get_no_link(house: House) -> None:
    refused = await said(house, ask())
    assert "token" not in refused
    assert "number here is 1" in refused
    await house.db.write(lambda tx: setattr(tx.get_one(SubscriberRow, 1), "role", "admin"))
    assert "token" not in await said(house, ask(kind="supergroup"))
