"""What follows a commit in the chat itself: the press is acknowledged, its message brought up to date. Best effort: the
truth is in the rows already, and the next press shows it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import TelegramError

from bot.chat.topics import Buttons
from bot.chat.updates import Ask
from bot.chat.visit import Answer

log = structlog.get_logger()

CALL_TIMEOUT_S = 5.0
TOAST_LIMIT = 190


async def finish_press(bot: Bot, ask: Ask, answer: Answer) -> None:
    """Answer the call of a pressed button (always) and change its message (where the answer says so)."""
    if not ask.press_id:
        return
    calls: list[Awaitable[object]] = [
        bot.answer_callback_query(ask.press_id, text=answer.toast[:TOAST_LIMIT] or None),
    ]
    if answer.rewritten is not None:
        calls.append(
            bot.edit_message_text(
                answer.rewritten.text,
                chat_id=ask.chat_id,
                message_id=ask.message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=_markup(answer.rewritten.buttons),
            )
        )
    await asyncio.gather(*(attempt("press", call) for call in calls))


async def attempt(what: str, call: Awaitable[object]) -> None:
    """Make a call on which nothing depends; a failure is noted and forgotten."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await call
    except (TelegramError, TimeoutError) as error:
        log.debug("call failed", call=what, reason=type(error).__name__)


def _markup(buttons: Buttons) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    rows = [[InlineKeyboardButton(label, callback_data=carried) for label, carried in row] for row in buttons]
    return InlineKeyboardMarkup(rows)
