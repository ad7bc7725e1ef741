"""The subscribers' door: takes Telegram's updates one by one, each exactly once, and answers through the outbox.

Not python-telegram-bot's Updater: that one tells Telegram that it has an update before anybody handled it, so a kill
at the wrong moment loses a /start. Here the update's number is written in the commit that does what it asks, and
only then is Telegram told, by the next call (docs/adr/0006).
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import structlog
from telegram import Bot, Update
from telegram.error import BadRequest, Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.chat import admin, aftermath, commands, finding, menu, saying, turns, why
from bot.chat.admins import Admins
from bot.chat.texts import plain, text
from bot.chat.updates import ALLOWED_UPDATES, Ask, Wish, read_update
from bot.chat.visit import Answer, Reply, Right, Visit
from bot.database import Database
from bot.settings import Settings
from storage.engine import Session, may_pass

log = structlog.get_logger()
T = TypeVar("T")
Explain = Callable[[int], Awaitable[list[str]]]

BACK_OFF_FIRST_S = 1.0
BACK_OFF_LAST_S = 30.0
EMPTY_PAUSE_S = 0.5
EXPLAIN_TIMEOUT_S = 15.0


class ChatDoor:
    """Long-polls Telegram and lets each update do its work.

    `last_update_at` is when Telegram last answered that there is nothing new, or we had taken all it had; `fault` says
    in words why there is no answer ("" while all is well). `explain` gives the full account of an item as bare lines.
    """

    def __init__(
        self,
        db: Database,
        bot: Bot,
        settings: Settings,
        now: Callable[[], datetime],
        wake: Callable[[], object],
        explain: Explain,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.last_update_at: datetime | None = None
        self.fault = ""
        self._db = db
        self._bot = bot
        self._settings = settings
        self._now = now
        self._wake = wake
        self._explain = explain
        self._sleep = sleep
        self._admins = Admins(bot, now)
        self._name = ""
        self._bot_id = 0
        self._back_off_s = BACK_OFF_FIRST_S

    async def run(self) -> None:
        """Take updates until cancelled. A cancellation between two commits loses nothing and doubles nothing."""
        while True:
            try:
                taken = await self.poll_once()
            except TelegramError as error:
                await self._back_off(error)
                continue
            if not taken:
                self.fault = "the database does not take changes"
                await self._wait_longer()
                continue
            self.fault, self._back_off_s = "", BACK_OFF_FIRST_S
            self.last_update_at = self._now()

    async def poll_once(self) -> bool:
        """Ask Telegram once and take all it gives. False where the database refused: what is left comes again.

        Raises TelegramError where Telegram gave no usable answer.
        """
        if not self._bot_id:
            await self._meet()
        loop = asyncio.get_running_loop()
        began = loop.time()
        last = await self._db.read(partial(turns.last_taken, bot_id=self._bot_id, now=self._now()))
        raws = await self._fetch(None if last is None else last + 1)
        for raw in sorted(raws, key=lambda raw: int(raw["update_id"])):
            if not await self._take(raw):
                return False
        if not raws and loop.time() - began < EMPTY_PAUSE_S:
            await self._sleep(EMPTY_PAUSE_S)
        return True

    async def _meet(self) -> None:
        """Learn who we are, and show our commands in Telegram's menu (as far as it lets us)."""
        me = await self._bot.get_me()
        self._name, self._bot_id = me.username or "", me.id
        await menu.show_all(self._bot)
        log.info("chat door open")

    async def _fetch(self, offset: int | None) -> list[dict[str, Any]]:
        """Return the updates as Telegram wrote them.

        Bot.get_updates reads all of them or none, so one odd update would hold up all behind it for ever, and it logs
        their text while failing. The underscore keeps the library from advising that method.
        """
        wait_s = int(self._settings.telegram_poll_s)
        found = await self._bot.do_api_request(
            "get_Updates",
            api_kwargs={"offset": offset, "timeout": wait_s, "allowed_updates": list(ALLOWED_UPDATES)},
            read_timeout=wait_s + self._settings.telegram_timeout_s,
        )
        if not isinstance(found, list):
            raise TelegramError("the answer is no list of updates")
        return [raw for raw in found if isinstance(raw, dict) and isinstance(raw.get("update_id"), int)]

    async def _take(self, raw: dict[str, Any]) -> bool:
        """Let one update do its work in one transaction; False where the database refused for now.

        Whatever goes wrong in a handler costs this update only: it counts as taken, and its chat is told.
        """
        update_id, began = raw["update_id"], asyncio.get_running_loop().time()
        read = await self._attempt(self._read(raw))
        ask = Ask(update_id) if isinstance(read, Exception) else read
        done = read if isinstance(read, Exception) else await self._attempt(self._handle(ask))
        answer = await self._excuse(ask, done) if isinstance(done, Exception) else done
        if answer is None:
            return False
        seconds = round(asyncio.get_running_loop().time() - began, 3)
        log.info("update taken", update=update_id, about=answer.about, subscriber=answer.subscriber_id, seconds=seconds)
        if answer.replies or answer.rewritten is not None:
            self._wake()
        await aftermath.finish_press(self._bot, ask, answer)
        if answer.menu_language:
            await menu.show_in(self._bot, ask.chat_id, answer.menu_language)
        return True

    async def _excuse(self, ask: Ask, error: Exception) -> Answer | None:
        """Take an update whose handler failed, and tell its chat; None where the database refuses for now."""
        if may_pass(error):
            log.error("update waits for the database", update=ask.update_id, reason=type(error).__name__)
            return None
        log.error("update failed", update=ask.update_id, **_facts(error))
        told = await self._attempt(self._db.write(partial(self._give_up, ask=ask, tell=True)))
        if isinstance(told, Exception) and not may_pass(told):
            told = await self._attempt(self._db.write(partial(self._give_up, ask=ask, tell=False)))
        if isinstance(told, Exception):
            log.error("update can't be marked as taken", update=ask.update_id, **_facts(told))
            return None
        return told

    async def _attempt(self, work: Awaitable[T]) -> T | Exception:
        try:
            return await work
        except Exception as error:  # noqa: BLE001 - the one place of this door; the caller logs it and goes on
            return error

    async def _read(self, raw: dict[str, Any]) -> Ask:
        return read_update(Update.de_json(raw, self._bot), self._name)

    async def _handle(self, ask: Ask) -> Answer:
        now = self._now()
        if ask.wish is Wish.PRESENCE:
            self._admins.forget(ask.chat_id)
        commanded = ask.wish is Wish.COMMAND and (commands.changes(ask.command) or admin.concerns(ask))
        asks_right = ask.wish is Wish.PRESS or commanded
        right = await self._admins.right(ask) if asks_right else Right.YES
        visit = Visit(ask, now, self._settings.zone, right, console_url=self._settings.console_url)
        if finding.wants(ask):
            visit = replace(visit, page=await self._db.read(partial(finding.look, visit=visit)))
        if why.asks_why(ask):
            found = await self._db.read(partial(why.find_item, ask=ask))
            if found is not None:
                account = None if found.complete else await self._account(found.item_id)
                visit = replace(visit, item_id=found.item_id, account=account)
        return await self._db.write(partial(self._commit, visit=visit))

    async def _account(self, item_id: int) -> tuple[str, ...]:
        """Return the rules' account of an item; empty where the worker gave none in time."""
        found = await self._attempt(asyncio.wait_for(self._told(item_id), EXPLAIN_TIMEOUT_S))
        if isinstance(found, Exception):
            log.warning("no account of an item", item=item_id, **_facts(found))
            return ()
        return tuple(found)

    async def _told(self, item_id: int) -> list[str]:
        return await self._explain(item_id)

    def _commit(self, tx: Session, visit: Visit) -> Answer:
        ask = visit.ask
        if turns.is_taken(tx, self._bot_id, ask.update_id, visit.now):
            return Answer(about="taken before", taken_before=True)
        turns.take(tx, self._bot_id, ask.update_id, visit.now)
        known = replace(visit, admins=self._settings.admins, bot_name=self._name)
        answer = admin.answer(tx, known) or commands.answer(tx, known)
        saying.put(tx, ask, answer, visit.now)
        return answer

    def _give_up(self, tx: Session, ask: Ask, tell: bool) -> Answer:
        now = self._now()
        if turns.is_taken(tx, self._bot_id, ask.update_id, now):
            return Answer(about="taken before", taken_before=True)
        turns.take(tx, self._bot_id, ask.update_id, now)
        to_say = tell and ask.wish in (Wish.COMMAND, Wish.WORDS)
        replies = (Reply(text("error", ask.language)),) if to_say else ()
        answer = Answer(replies, toast=plain("toast error", ask.language), about="failed")
        saying.put(tx, ask, answer, now)
        return answer

    async def _back_off(self, error: TelegramError) -> None:
        """Say what is wrong, without what Telegram said: its words may hold the token. Then wait."""
        if isinstance(error, RetryAfter):
            self.fault = "Telegram asks us to slow down"
            wait = error.retry_after
            await self._sleep(wait.total_seconds() if isinstance(wait, timedelta) else float(wait))
            return
        said = error.message.lower()
        # Our transport gives 409 as a BadRequest that begins with its name.
        if isinstance(error, Conflict) or said.startswith("conflict"):
            self.fault = "another program takes this bot's updates: only one may run with this token"
            if "webhook" in said:
                self.fault = "a webhook was set for this bot: it is being removed"
                await aftermath.attempt("webhook", self._bot.delete_webhook(drop_pending_updates=False))
        elif isinstance(error, InvalidToken | EndPointNotFound):
            self.fault = "Telegram does not know this token: check MEDIAWATCH_TELEGRAM_TOKEN"
        else:
            self.fault = "Telegram can't be reached"
        known = isinstance(error, Conflict | InvalidToken | EndPointNotFound | BadRequest)
        (log.error if known else log.warning)(
            "no updates", reason=self.fault, kind=type(error).__name__, seconds=self._back_off_s
        )
        await self._wait_longer()

    async def _wait_longer(self) -> None:
        wait_s, self._back_off_s = self._back_off_s, min(self._back_off_s * 2, BACK_OFF_LAST_S)
        await self._sleep(wait_s)


def _facts(error: Exception) -> dict[str, str]:
    """Return what may be logged of an error: its kind and place. Its words may quote what a person wrote."""
    frames: Sequence[traceback.FrameSummary] = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return {"error": type(error).__name__, "place": place}
