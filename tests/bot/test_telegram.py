"""What Telegram's answers, and their absence, mean to us; and that the token appears in no log."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from bot.delivery.hush import RedactToken
from bot.delivery.model import (
    BadButtons,
    BadToken,
    Gone,
    Lost,
    Malformed,
    Moved,
    NotEditable,
    NoThread,
    NotSent,
    Outgoing,
    Refused,
    RetryAt,
    Sent,
    TooLong,
)
from bot.delivery.refusals import refusal
from bot.delivery.telegram import TelegramSender, open_bot
from bot.settings import Settings
from tests.fakes.telegram import TOKEN, FakeTelegram
from tests.fakes.telegram_wire import NOTHING, Answer

ADA = 101
HELLO = Outgoing(1, ADA, "hello <b>you</b>")


def wired(telegram: FakeTelegram) -> Settings:
    return elsewhere(telegram.base_url)


def elsewhere(base_url: str) -> Settings:
    return Settings(telegram_token=SecretStr(TOKEN), telegram_base_url=base_url, telegram_timeout_s=2)


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram(limits=False) as fake:
        yield fake
        assert fake.complaints == []


@pytest.fixture
async def sender(telegram: FakeTelegram) -> AsyncIterator[TelegramSender]:
    made = TelegramSender.open(wired(telegram))
    yield made
    await made.close()


def no(code: int, description: str, **parameters: object) -> Answer:
    body = {"ok": False, "error_code": code, "description": description}
    return Answer(code, {**body, "parameters": parameters} if parameters else body)


async def test_a_message_goes_out_as_html_without_preview_with_its_buttons(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    buttons = ((("mute", "mute:5"), ("open", "https://a.example/")),)
    assert await sender.send(Outgoing(1, ADA, "<b>hi</b>", buttons=buttons, silent=True)) == Sent(1)
    [shown] = telegram.messages.values()
    assert (shown.text, shown.silent) == ("hi", True)
    assert [button.get("callback_data", button.get("url")) for button in shown.buttons[0]] == [
        "mute:5",
        "https://a.example/",
    ]
    assert "true" in telegram.calls[0].params["link_preview_options"]


async def test_plain_text_goes_out_as_it_is(telegram: FakeTelegram, sender: TelegramSender) -> None:
    assert await sender.send(Outgoing(1, ADA, "a <b & c", plain=True)) == Sent(1)
    assert telegram.texts() == ["a <b & c"]


async def test_an_edit_that_changes_nothing_is_a_success(telegram: FakeTelegram, sender: TelegramSender) -> None:
    await sender.send(HELLO)
    edit = Outgoing(2, ADA, "hello <b>all</b>", message_id=1)
    assert await sender.edit(edit) == Sent(1)
    assert await sender.edit(edit) == Sent(1)
    assert isinstance(await sender.edit(Outgoing(2, ADA, "x", message_id=99)), NotEditable)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (no(429, "Too Many Requests: retry after 7", retry_after=7), RetryAt(7)),
        (no(429, "Too Many Requests"), RetryAt(5)),
        (no(429, "Too Many Requests", retry_after="soon"), RetryAt(5)),
        (no(429, "Too Many Requests", retry_after=10**12), RetryAt(86_400)),
        (no(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1005), Moved(-1005)),
        (no(403, "Forbidden: bot was blocked by the user"), Gone("Forbidden: bot was blocked by the user")),
        (no(403, "Forbidden: user is deactivated"), Gone("Forbidden: user is deactivated")),
        (no(401, "Unauthorized"), BadToken("Unauthorized")),
        (no(404, "Not Found"), BadToken("Not Found")),
        (no(500, "Internal Server Error"), NotSent("HTTP 500", answered=True)),
        (Answer(502, raw=b"<html>"), NotSent("HTTP 502", answered=True)),
        (Answer(200, {"ok": False, "error_code": 403, "description": "Forbidden: kicked"}), Gone("Forbidden: kicked")),
        (Answer(413, {"ok": False, "description": "Request Entity Too Large"}), TooLong("message is too long")),
    ],
)
async def test_each_answer_means_something(
    telegram: FakeTelegram, sender: TelegramSender, answer: Answer, outcome: object
) -> None:
    telegram.answer_next(answer)
    assert await sender.send(HELLO) == outcome


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 407, 429])
async def test_what_only_a_proxy_can_have_said_is_never_taken_for_telegrams_word(
    telegram: FakeTelegram, sender: TelegramSender, status: int
) -> None:
    telegram.answer_next(Answer(status, raw=b"<html>log in to the hotel network</html>"))
    assert isinstance(await sender.send(HELLO), NotSent)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"<html>",
        b"[1]",
        b"null",
        b"true",
        b'{"ok":true}',
        b'{"ok":true,"result":{"a":1}}',
        b"\xff\xfe",
        b"[" * 5_000,
    ],
)
async def test_an_answer_that_makes_no_sense_may_mean_it_was_delivered(
    telegram: FakeTelegram, sender: TelegramSender, raw: bytes
) -> None:
    telegram.answer_next(Answer(200, raw=raw))
    assert isinstance(await sender.send(HELLO), Lost)


async def test_a_connection_cut_after_the_request_may_mean_it_was_delivered(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    telegram.answer_next(NOTHING)
    assert isinstance(await sender.send(HELLO), Lost)


async def test_an_answer_that_never_comes_ends_by_our_own_patience(telegram: FakeTelegram) -> None:
    impatient = TelegramSender(open_bot(wired(telegram)), timeout_s=0.05)
    telegram.latency_s = lambda: 2.0
    assert isinstance(await impatient.send(HELLO), Lost)
    await impatient.close()


async def test_where_nobody_listens_it_is_certain_that_nothing_was_sent(
    telegram: FakeTelegram, sender: TelegramSender
) -> None:
    await telegram.unplug()
    assert isinstance(await sender.send(HELLO), NotSent)
    assert isinstance(await sender.probe(), NotSent)
    await telegram.plug_in()
    assert await sender.probe() == Sent(0)


@pytest.mark.parametrize("base_url", ["http://no-such-host.invalid/bot", "http://127.0.0.1:1/bot", "http://[/bot"])
async def test_a_wrong_address_is_certain_not_to_send(base_url: str) -> None:
    sender = TelegramSender.open(
        Settings(telegram_token=SecretStr(TOKEN), telegram_base_url=base_url, telegram_timeout_s=2)
    )
    assert isinstance(await sender.send(HELLO), NotSent)
    await sender.close()


async def test_text_that_can_not_be_encoded_is_refused_not_lost(sender: TelegramSender) -> None:
    assert isinstance(await sender.send(Outgoing(1, ADA, "lone \ud800")), Refused)


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("Bad Request: message is not modified: specified new message content", Sent),
        ("Bad Request: message thread not found", NoThread),
        ("Bad Request: TOPIC_CLOSED", NoThread),
        ("Bad Request: message to edit not found", NotEditable),
        ("Bad Request: message can't be edited", NotEditable),
        ("Bad Request: MESSAGE_ID_INVALID", NotEditable),
        ("Bad Request: message is too long", TooLong),
        ("Bad Request: can't parse entities: Unsupported start tag", Malformed),
        ("Bad Request: BUTTON_DATA_INVALID", BadButtons),
        ("Bad Request: chat not found", Gone),
        ("Bad Request: not enough rights to send text messages to the chat", Gone),
        ("Bad Request: need administrator rights in the channel chat", Gone),
        ("Bad Request: CHAT_WRITE_FORBIDDEN", Gone),
        ("Bad Request: message text is empty", Refused),
        ("Bad Request: something Telegram says since yesterday", Refused),
    ],
)
def test_each_refusal_is_told_apart_by_its_words(words: str, meaning: type) -> None:
    assert isinstance(refusal(words, 5), meaning)


async def test_the_token_appears_in_no_log_at_any_level(
    telegram: FakeTelegram, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sender = TelegramSender.open(wired(telegram))
    await sender.send(HELLO)
    telegram.answer_next(no(401, f"Unauthorized: {TOKEN}"))
    outcome = await sender.send(HELLO)
    await telegram.unplug()
    await sender.send(HELLO)
    await sender.close()
    assert TOKEN not in str(outcome)
    assert TOKEN not in caplog.text
    assert str(ADA) not in caplog.text


def test_the_token_is_taken_out_of_what_others_log() -> None:
    record = logging.LogRecord("any", logging.INFO, "", 0, "POST %s", (f"https://x/bot{TOKEN}/getMe",), None)
    assert RedactToken(TOKEN).filter(record)
    assert record.getMessage() == "POST https://x/bot***/getMe"


async def test_the_client_opens_while_telegram_is_down() -> None:
    settings = Settings(
        telegram_token=SecretStr(TOKEN), telegram_base_url="http://127.0.0.1:1/bot", telegram_timeout_s=2
    )
    async with open_bot(settings) as bot:
        assert bot.token == TOKEN


async def test_updates_arrive_once_and_are_confirmed_by_the_next_question(telegram: FakeTelegram) -> None:
    async with open_bot(wired(telegram)) as bot:
        telegram.write(ADA, "/start oil")
        telegram.press(ADA, 1, "mute:5")
        first = await bot.get_updates(timeout=1)
        assert [update.update_id for update in first] == [1, 3]
        asking = asyncio.create_task(bot.get_updates(offset=first[-1].update_id + 1, timeout=5))
        await asyncio.sleep(0)
        telegram.write(ADA, "later")
        [later] = await asking
        assert later.message is not None
        assert later.message.text == "later"


@pytest.mark.parametrize(
    "markup", ["<b>open", "a < b", "a & b", "<blink>x</blink>", "<b><i>x</b></i>", "&nbsp;", "</b>"]
)
async def test_the_stand_in_reads_html_as_strictly_as_telegram(sender: TelegramSender, markup: str) -> None:
    assert isinstance(await sender.send(Outgoing(1, ADA, markup)), Malformed)


async def test_the_stand_in_counts_utf_16_units_after_reading_the_tags(sender: TelegramSender) -> None:
    assert isinstance(await sender.send(Outgoing(1, ADA, "<b>" + "\U0001f600" * 2_048 + "</b>")), Sent)
    assert isinstance(await sender.send(Outgoing(1, ADA, "\U0001f600" * 2_048 + "!")), TooLong)
