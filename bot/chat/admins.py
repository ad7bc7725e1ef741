"""Whether somebody is an admin of a group, asked of Telegram at most every five minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from telegram import Bot
from telegram.constants import ChatMemberStatus
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.chat.updates import Ask
from bot.chat.visit import Right

log = structlog.get_logger()

KEPT_FOR = timedelta(minutes=5)
KEPT_AT_MOST = 1_000
CALL_TIMEOUT_S = 10.0
ADMINS = frozenset({ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})


class Admins:
    """Who may change what a group follows: its admins, anonymous ones too."""

    def __init__(self, bot: Bot, now: Callable[[], datetime]) -> None:
        self._bot = bot
        self._now = now
        self._known: dict[tuple[int, int], tuple[bool, datetime]] = {}

    async def right(self, ask: Ask) -> Right:
        """Return whether the sender of this ask may change what its chat follows."""
        if ask.private or ask.admin:
            return Right.YES
        if not ask.sender_id:
            return Right.NO
        now, key = self._now(), (ask.chat_id, ask.sender_id)
        known = self._known.get(key)
        if known is None or now - known[1] >= KEPT_FOR:
            asked = await self._ask(ask)
            if asked is None:
                return Right.UNSURE
            if len(self._known) >= KEPT_AT_MOST:
                self._known.clear()
            known = self._known[key] = (asked, now)
        return Right.YES if known[0] else Right.NO

    def forget(self, chat_id: int) -> None:
        """Ask anew about this chat: our own place in it changed."""
        for key in [key for key in self._known if key[0] == chat_id]:
            del self._known[key]

    async def _ask(self, ask: Ask) -> bool | None:
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                member = await self._bot.get_chat_member(ask.chat_id, ask.sender_id)
        except (BadRequest, Forbidden):
            return False
        except (TelegramError, TimeoutError, TypeError, ValueError, AttributeError, KeyError) as error:
            # The latter four: an answer that is no member at all breaks the library that reads it.
            log.warning("admin check failed", reason=type(error).__name__)
            return None
        return member.status in ADMINS
