"""What follows a commit in the chat itself: the press is acknowledged. Best effort, for the truth is in the rows
already, and what the message reads from now on is in the outbox."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import structlog
from telegram import Bot
from telegram.error import BadRequest, TelegramError

from bot.chat.updates import Ask
from bot.chat.visit import Answer

log = structlog.get_logger()

CALL_TIMEOUT_S = 5.0
TOAST_LIMIT = 190
TRIES = 2


async def finish_press(bot: Bot, ask: Ask, answer: Answer) -> None:
    """Answer the call of a pressed button, always: a button that spins looks broken."""
    if not ask.press_id:
        return
    for _ in range(TRIES):
        if await attempt("press", bot.answer_callback_query(ask.press_id, text=answer.toast[:TOAST_LIMIT] or None)):
            return


async def attempt(what: str, call: Awaitable[object]) -> bool:
    """Make a call on which nothing depends and say whether it was answered; a failure is noted and forgotten."""
    try:
        async with asyncio.timeout(CALL_TIMEOUT_S):
            await call
    except (TelegramError, TimeoutError) as error:
        log.debug("call failed", call=what, reason=type(error).__name__)
        # The library takes a refusal for a network's error; what is refused once is refused again.
        return isinstance(error, BadRequest)
    return True
