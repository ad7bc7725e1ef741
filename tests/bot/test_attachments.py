"""Pictures and documents that come with a message, and what becomes of the words where a chat takes no picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.delivery.model import NoAttachment, Outgoing, Sent
from bot.delivery.telegram import TelegramSender
from bot.settings import Settings
from tests.fakes.telegram import TOKEN, FakeTelegram

ADA = 101


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


DOT = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    + _chunk(b"IDAT", zlib.compress(b"\0\xff\0\0"))
    + _chunk(b"IEND", b"")
)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(limits=False) as fake:
        yield fake
        assert fake.complaints == []


@pytest.fixture
async def sender(telegram: FakeTelegram) -> AsyncIterator[TelegramSender]:
    made = TelegramSender.open(
        Settings(telegram_token=SecretStr(TOKEN), telegram_base_url=telegram.base_url, telegram_timeout_s=2)
    )
    yield made
    await made.close()


async def test_a_picture_goes_out_with_its_caption_and_buttons(telegram: FakeTelegram, sender: TelegramSender) -> None:
    buttons = ((("mute", "mute:5"),),)
    message = Outgoing(
        1, ADA, "<b>Loud</b>", buttons=buttons, silent=True, attachment=DOT, attachment_name="mentions.png"
    )
    assert await sender.send(message) == Sent(1)
    [shown] = telegram.messages.values()
    assert (shown.text, shown.silent, shown.attached) == ("Loud", True, DOT)
    assert shown.buttons[0][0]["callback_data"] == "mute:5"
    assert [call.method for call in telegram.sends] == ["sendPhoto"]


async def test_a_document_goes_out_as_a_file(telegram: FakeTelegram, sender: TelegramSender) -> None:
    message = Outgoing(1, ADA, "Your data", attachment=b'{"topics": []}', attachment_name="mediawatch.json")
    assert await sender.send(message) == Sent(1)
    [shown] = telegram.messages.values()
    assert (shown.text, shown.attached) == ("Your data", b'{"topics": []}')
    assert telegram.sends[0].method == "sendDocument"


async def test_a_text_too_long_for_a_caption_goes_without_its_picture(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    message = Outgoing(1, ADA, "word " * 300, attachment=DOT, attachment_name="mentions.png")
    assert await sender.send(message) == Sent(1)
    assert [call.method for call in telegram.sends] == ["sendMessage"]


async def test_a_document_comes_even_where_its_words_must_be_cut(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    message = Outgoing(1, ADA, "<b>word</b> " * 300, attachment=b"{}", attachment_name="mediawatch.json")
    assert await sender.send(message) == Sent(1)
    [shown] = telegram.messages.values()
    assert shown.attached == b"{}"
    assert shown.text.startswith("word word")


async def test_where_pictures_are_refused_it_is_the_picture_that_is_refused(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    telegram.without_pictures.add(ADA)
    refused = await sender.send(Outgoing(1, ADA, "Loud", attachment=DOT, attachment_name="mentions.png"))
    assert isinstance(refused, NoAttachment)
    garbage = Outgoing(2, ADA + 1, "Loud", attachment=b"no picture", attachment_name="mentions.png")
    assert isinstance(await sender.send(garbage), NoAttachment)
